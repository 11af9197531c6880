"""The settings: where they come from, which values they refuse, and that the manual knows every one."""

import sys
from dataclasses import fields
from datetime import time
from pathlib import Path

import pytest

from chatapp import settings
from chatapp.errors import StartRefused
from chatapp.settings import Settings


def load(folder: Path, flags: dict[str, str] | None = None, environ: dict[str, str] | None = None) -> settings.Loaded:
    """Load with `folder`/data as the data folder and `folder` as the working folder."""
    (folder / "data").mkdir(exist_ok=True)
    return settings.load({"data_dir": str(folder / "data")} | (flags or {}), environ or {}, folder)


def test_nothing_given_is_the_defaults(tmp_path: Path) -> None:
    assert load(tmp_path).settings == Settings(data_dir=tmp_path / "data")


def test_each_place_beats_those_after_it(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    flags: dict[str, str] = {}
    environ: dict[str, str] = {}
    (tmp_path / ".env").write_text("PORT=7\n")
    assert load(tmp_path).settings.port == 7
    (tmp_path / ".env").write_text("CHATAPP_PORT=6\nPORT=7\n")
    assert load(tmp_path).settings.port == 6
    (data / ".env").write_text("PORT=5\n")
    assert load(tmp_path).settings.port == 5
    (data / ".env").write_text("PORT=5\nCHATAPP_PORT=4\n")
    assert load(tmp_path).settings.port == 4
    environ["PORT"] = "3"
    assert load(tmp_path, flags, environ).settings.port == 3
    environ["CHATAPP_PORT"] = "2"
    assert load(tmp_path, flags, environ).settings.port == 2
    flags["port"] = "1"
    assert load(tmp_path, flags, environ).settings.port == 1


def test_an_empty_value_counts_as_not_given(tmp_path: Path) -> None:
    assert load(tmp_path, environ={"CHATAPP_PORT": "", "PORT": "5050"}).settings.port == 5050


def test_the_working_folders_file_may_name_the_data_folder(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"CHATAPP_DATA_DIR={tmp_path / 'elsewhere'}\n")
    assert settings.load({}, {}, tmp_path).settings.data_dir == tmp_path / "elsewhere"


def test_the_frozen_program_does_not_read_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("PORT=6\n")
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert load(tmp_path).settings.port is None


def test_a_marker_puts_the_frozen_programs_data_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "chatapp"))
    assert tmp_path not in settings.default_data_dir().parents
    (tmp_path / "portable").touch()
    assert settings.default_data_dir() == tmp_path / "chatapp-data"


def test_a_file_with_a_byte_order_mark_and_quotes_is_read(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("\ufeffCHATAPP_NAME='Ward 7'\n# a remark\n", encoding="utf-8")
    assert load(tmp_path).settings.name == "Ward 7"


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("debug", "1", True),
        ("rate_limit", "Off", False),
        ("retention_time", "23:05", time(23, 5)),
        ("host", "[::1]", "::1"),
        (
            "cors_origins",
            "http://LOCALHOST:8080, https://chat.example:443/",
            ("http://localhost:8080", "https://chat.example"),
        ),
        ("cors_origins", "http://[::1]:8080,http://[::1]:8080", ("http://[::1]:8080",)),
        ("allowed_hosts", "Chat.Example, 10.0.0.2,[FD00::7],fd00::7", ("chat.example", "10.0.0.2", "fd00::7")),
        ("trusted_proxies", "127.0.0.1, 10.0.0.0/24,::1", ("127.0.0.1/32", "10.0.0.0/24", "::1/128")),
    ],
)
def test_texts_become_values(tmp_path: Path, name: str, text: str, value: object) -> None:
    assert getattr(load(tmp_path, {name: text}).settings, name) == value


@pytest.mark.parametrize(
    ("variable", "text", "words"),
    [
        ("CHATAPP_PORT", "eighty", "whole number from 0 to 65535"),
        ("PORT", "65536", "whole number"),
        ("CHATAPP_RETENTION_DAYS", "-1", "whole number"),
        ("CHATAPP_RETENTION_TIME", "24:00", "time of day"),
        ("CHATAPP_DEBUG", "perhaps", "on or off"),
        ("CHATAPP_MAX_MESSAGE_LENGTH", "0", "whole number"),
        ("CHATAPP_NAME", "a\x07b", "printable"),
        ("SECRET_KEY", "changeme", "at least 16 characters"),
        ("CHATAPP_HOST", "http://here", "one address"),
        ("CHATAPP_CORS_ORIGINS", "*", "any page in the world"),
        ("CHATAPP_CORS_ORIGINS", "http://*.example", "any page in the world"),
        ("CHATAPP_CORS_ORIGINS", "localhost:8080", "origins such as"),
        ("CHATAPP_CORS_ORIGINS", "http://here/path", "origins such as"),
        ("CHATAPP_CORS_ORIGINS", "http://here:99999", "origins such as"),
        ("CHATAPP_CORS_ORIGINS", "null", "origins such as"),
        ("CHATAPP_ALLOWED_HOSTS", "*", "any page in the world"),
        ("CHATAPP_ALLOWED_HOSTS", "http://chat.example", "names or addresses"),
        ("CHATAPP_ALLOWED_HOSTS", "chat.example:5000", "names or addresses"),
        ("CHATAPP_ALLOWED_HOSTS", "chat example", "names or addresses"),
        ("CHATAPP_TRUSTED_PROXIES", "proxy.example", "addresses or networks"),
        ("CHATAPP_TRUSTED_PROXIES", "10.0.0.2/24", "addresses or networks"),
        ("CHATAPP_TRUSTED_PROXIES", "0.0.0.0/0", "not be everybody"),
        ("CHATAPP_TRUSTED_PROXIES", "::/0", "not be everybody"),
    ],
)
def test_a_value_that_cannot_be_is_refused_in_one_sentence(
    tmp_path: Path, variable: str, text: str, words: str
) -> None:
    with pytest.raises(StartRefused) as refusal:
        load(tmp_path, environ={variable: text})
    assert str(refusal.value).startswith(f"{variable} must ")
    assert words in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert refusal.value.exit_code == 2


def test_a_refusal_names_the_file_that_holds_the_value(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PORT=x\n")
    with pytest.raises(StartRefused, match=r"PORT in .*\.env must"):
        load(tmp_path)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"PORT=\xff\xfe\n")
    with pytest.raises(StartRefused, match="cannot be read"):
        load(tmp_path)


def test_what_is_ignored_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("CHATAPP_PROT=1\nOTHER=2\n")
    notices = load(tmp_path, environ={"FLASK_ENV": "development", "HOME": "/"}).notices
    assert [notice.split()[0] for notice in notices] == ["FLASK_ENV", "CHATAPP_PROT"]


def test_the_manual_has_a_row_for_every_setting() -> None:
    manual = settings.manual()
    assert all(f"`CHATAPP_{field.name.upper()}`" in manual for field in fields(Settings))
    assert len(manual.splitlines()) == len(fields(Settings)) + 2


def test_no_flag_takes_the_secret_key() -> None:
    assert "`--secret-key`" not in settings.manual()

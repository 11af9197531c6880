"""The command line, as a process: what it says and the code it ends with."""

import os
import subprocess
import sys
from pathlib import Path

import chatapp
from chatapp import settings


def run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command in `folder` with no more than this environment, and wait for its end."""
    root = str(Path(chatapp.__file__).parent.parent)
    return subprocess.run(
        [sys.executable, "-m", "chatapp", *arguments],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": root, "COLUMNS": "100", **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_version_is_said(tmp_path: Path) -> None:
    done = run(tmp_path, "--version")
    assert (done.returncode, done.stdout.strip()) == (0, f"chatapp {chatapp.__version__}")


def test_help_names_every_flag_with_its_default(tmp_path: Path) -> None:
    said = " ".join(run(tmp_path, "--help").stdout.split())
    for setting in settings.each():
        if setting.about.has_flag:
            assert f" {setting.flag}" in said
            assert f"{setting.about.help} Default: {setting.default_with_unit}. [{setting.variable}" in said


def test_a_bad_value_is_one_sentence_and_code_2(tmp_path: Path) -> None:
    done = run(tmp_path, "serve", CHATAPP_CORS_ORIGINS="*")
    assert done.returncode == 2
    assert done.stderr.startswith("chatapp: CHATAPP_CORS_ORIGINS must list each origin")
    assert len(done.stderr.splitlines()) == 1


def test_an_unknown_command_is_code_2(tmp_path: Path) -> None:
    assert run(tmp_path, "destroy").returncode == 2


def test_a_data_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = run(tmp_path, "serve", "--port", "0", "--data-dir", str(tmp_path / "file" / "data"))
    assert done.returncode == 2
    assert "cannot be used" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_address_of_another_machine_is_one_sentence(tmp_path: Path) -> None:
    done = run(tmp_path, "serve", "--host", "192.0.2.77", "--port", "0", "--data-dir", "data")
    assert done.returncode == 2
    assert "cannot listen on 192.0.2.77" in done.stderr


def test_a_database_that_is_none_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "chat.sqlite3").write_text(
        "not a database, but long enough to be taken for something else\n" * 50
    )
    done = run(tmp_path, "serve", "--port", "0", "--data-dir", "data")
    assert done.returncode == 3
    assert "left as it is" in done.stderr
    assert "Traceback" not in done.stderr


def test_clean_without_a_chat_says_so(tmp_path: Path) -> None:
    done = run(tmp_path, "clean", "--data-dir", "nowhere")
    assert done.returncode == 2
    assert "There is no chat here" in done.stderr
    assert not (tmp_path / "nowhere").exists()

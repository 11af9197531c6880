"""Proofs: what is proven can be restored, what fails is told and refused, and a file that was changed has no mark."""

import asyncio
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest

from chatapp import administration, cli
from chatapp.data_folder import BACKUPS, DATABASE
from chatapp.errors import StartRefused
from chatapp.examination import examine
from chatapp.settings import Settings
from chatapp.storage import backups, marks, proofs
from chatapp.storage.migrate import migrate
from chatapp.storage.revision import REVISION
from tests.conftest import Served
from tests.order import Appear, Somebody

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A data folder's database with two messages in it."""
    path = tmp_path / "data" / DATABASE
    path.parent.mkdir()
    shutil.copy(FIXTURES / "0003.sqlite3", path)
    migrate(path)
    shutil.rmtree(path.parent / BACKUPS)
    return path


@pytest.fixture
def folder(path: Path) -> Path:
    """Where its backups lie."""
    return path.parent / BACKUPS


def change(path: Path, *statements: str) -> None:
    """Change what is in a file."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        for statement in statements:
            connection.execute(statement)


def as_before(path: Path, alter: Callable[[Path], None]) -> None:
    """Alter a file as a failing disk does: nobody sees it by its size and time."""
    stat = path.stat()
    alter(path)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def a_letter(path: Path) -> None:
    """Another letter in a text."""
    whole = path.read_bytes()
    assert b"general" in whole
    path.write_bytes(whole.replace(b"General", b"Generol", 1))


def a_page(path: Path) -> None:
    """A page of noise."""
    with closing(sqlite3.connect(path)) as connection:
        (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'messages'").fetchone()
    whole = bytearray(path.read_bytes())
    whole[(root - 1) * 4096 : root * 4096] = b"\xa5" * 4096
    path.write_bytes(whole)


def a_reference(path: Path) -> None:
    """A message of nobody."""
    change(path, "UPDATE messages SET user_id = 77 WHERE id = (SELECT max(id) FROM messages)")


def a_message(path: Path) -> None:
    """One message less."""
    change(path, "DELETE FROM mentions", "DELETE FROM edits", "DELETE FROM messages WHERE seq = 1")


def a_counter(path: Path) -> None:
    """Another beginning, which holds together with what is there."""
    change(path, "UPDATE rooms SET rev = rev + 1")


def test_a_proof_is_remembered_beside_the_backup(path: Path, folder: Path) -> None:
    made = folder / backups.make(path, folder).name
    before = marks.of(made)
    assert before is not None
    assert before.made_from is not None
    assert before.made_from.messages > 0
    assert before.proven_at is None, "it is made, and not proven yet"
    mark = proofs.prove(made)
    assert mark.proven_at is not None
    assert mark.made_from == before.made_from
    assert marks.of(made) == mark
    assert {one.name for one in folder.iterdir()} == {".lock", made.name, f"{made.name}.proof"}


@pytest.mark.parametrize("alter", [a_letter, a_page, a_reference, a_message, a_counter])
def test_a_file_that_was_changed_loses_its_mark_and_fails_for_what_it_lacks(
    path: Path, folder: Path, alter: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    made = folder / backups.make(path, folder).name
    proofs.prove(made)
    alter(made)
    os.utime(made, (5, 5))
    assert marks.of(made) is None
    failed = proofs.prove(made).failed
    if alter is a_letter:
        assert failed is None, "what it holds is whole, and who may write there may change it"
    else:
        assert failed is not None
        assert failed.startswith("is damaged (")
    caplog.clear()


def test_a_letter_that_a_disk_has_changed_is_found(path: Path, folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    made = folder / backups.make(path, folder).name
    proofs.prove(made)
    as_before(made, a_letter)
    failed = proofs.prove(made).failed
    assert failed == "is damaged (its bytes are others than when it was proven)"
    caplog.clear()


@pytest.mark.parametrize("form", ["0001", "0002", "0003"])
def test_an_older_form_is_proven_by_bringing_a_copy_of_it_up_to_date(folder: Path, form: str) -> None:
    folder.mkdir()
    made = folder / "mine.sqlite3"
    shutil.copy(FIXTURES / f"{form}.sqlite3", made)
    before = made.read_bytes()
    mark = proofs.prove(made)
    assert (mark.failed, mark.revision) == (None, form)
    assert made.read_bytes() == before
    assert {one.name for one in folder.iterdir()} == {made.name, f"{made.name}.proof"}


def test_one_that_this_program_cannot_bring_up_to_date_fails(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder.mkdir()
    made = folder / "mine.sqlite3"
    shutil.copy(FIXTURES / "0003.sqlite3", made)
    change(made, "CREATE TABLE trims (id)")
    failed = proofs.prove(made).failed
    assert failed is not None
    assert failed.startswith("cannot be brought up to date (")
    assert not list(folder.glob("proof-*"))
    caplog.clear()


async def test_a_failed_proof_is_told_to_the_host_the_doctor_and_the_panel_until_it_is_removed(
    chat: Served, arrive: Appear, caplog: pytest.LogCaptureFixture
) -> None:
    ho = await arrive("Ho", "host")
    made = (await ho.http.post("/api/admin/backups")).json()
    assert "failed" not in made
    assert made["proven_at"] >= made["created_at"]
    folder = chat.settings.data_dir / BACKUPS
    await asyncio.to_thread(a_page, folder / made["name"])
    service = chat.app._backups
    for _ in range(2):
        await service.work(datetime.now().astimezone())
        listed = {one["name"]: one for one in (await ho.http.get("/api/admin/backups")).json()["backups"]}
        assert listed[made["name"]]["failed"].startswith("The backup is damaged (")
        assert [one["kind"] for one in (await ho.http.get("/api/admin/overview")).json()["trouble"]] == ["unproven"]
        (finding,) = [one for one in await examine(chat.settings) if one.id == "backup"]
        assert finding.state == "broken"
        assert made["name"] in finding.text
    assert (await ho.http.delete(f"/api/admin/backups/{made['name']}")).status_code == 204
    assert "trouble" not in (await ho.http.get("/api/admin/overview")).json()
    caplog.clear()


async def restore(
    ho: Somebody, name: str | None = None, body: bytes = b"", *, unproven: bool = False
) -> tuple[int, str]:
    """Ask for a restore; return the status, and the code or field of a refusal."""
    asked = {"unproven": "true"} if unproven else {}
    if name is not None:
        asked["backup"] = name
    answer = await ho.http.post("/api/admin/restore", params=asked, content=body)
    told = answer.json()
    return answer.status_code, told.get("field") or ("code" if answer.status_code == 202 else told["code"])


async def come_back(chat: Served) -> None:
    """Do what is to be done between, and begin again."""
    between = await chat.app.ended
    assert between is not None
    await chat.stop()
    await asyncio.to_thread(between)
    await chat.start()


async def test_the_panel_restores_a_backup_by_its_name_and_what_is_sent(chat: Served, arrive: Appear) -> None:
    ho = await arrive("Ho", "host")
    await ho.http.post("/api/rooms/general/messages", json={"message": "Kept"})
    name = (await ho.http.post("/api/admin/backups")).json()["name"]
    await ho.http.post("/api/rooms/general/messages", json={"message": "Later"})
    assert await restore(ho, "../chat.sqlite3") == (404, "backup")
    assert await restore(ho, name) == (202, "code")
    await come_back(chat)
    messages = (await ho.http.get("/api/rooms/general/messages")).json()["messages"]
    assert [one["message"] for one in messages] == ["Kept"]
    old = await asyncio.to_thread((FIXTURES / "0003.sqlite3").read_bytes)
    assert await restore(ho, body=old) == (202, "code")
    await come_back(chat)
    assert await asyncio.to_thread(backups.count_messages, chat.settings.data_dir / DATABASE)
    kept = await asyncio.to_thread(backups.kept, chat.settings.data_dir / BACKUPS)
    assert sorted(one.name.split("-")[0] for one in kept) == ["chat", "replaced", "replaced"]


async def test_the_panel_refuses_what_fails_its_proof_unless_told_to(
    chat: Served, arrive: Appear, tmp_path: Path
) -> None:
    ho = await arrive("Ho", "host")
    await ho.http.post("/api/rooms/general/messages", json={"message": "Kept"})
    name = (await ho.http.post("/api/admin/backups")).json()["name"]
    made = chat.settings.data_dir / BACKUPS / name
    await asyncio.to_thread(a_reference, made)
    body = await asyncio.to_thread(made.read_bytes)
    assert await restore(ho, name) == (409, "unproven")
    assert await restore(ho, body=body) == (409, "unproven")
    assert await restore(ho, body=b"Dear diary", unproven=True) == (400, "bad_request")
    assert not chat.app.ended.done()
    assert not await asyncio.to_thread(lambda: [*tmp_path.rglob("upload-*")])
    assert await restore(ho, name, unproven=True) == (202, "code")
    await come_back(chat)
    assert (await ho.http.get("/api/rooms")).json()["general"]["last_seq"] == 1


def test_the_command_refuses_what_fails_its_proof_unless_told_to(
    path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(path.parent.parent)
    settings = Settings(data_dir=path.parent)
    where, made = administration.back_up(settings, None, lambda _: None)
    mark = marks.of(where)
    assert mark is not None
    assert mark.proven_at is not None
    as_before(where, a_letter)
    with pytest.raises(StartRefused, match=r"bytes are others.*nothing was changed\. .*--unproven"):
        administration.restore(settings, Path(made.name), lambda _: None)
    assert cli.main(["restore", made.name, "--unproven", "--data-dir", str(path.parent)]) == 0
    assert f"{made.name} is in place now. It holds" in capsys.readouterr().out
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT name FROM rooms WHERE id = 'general'").fetchone() == ("Generol",)
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == (REVISION,)

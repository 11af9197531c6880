"""Backups: whole, of one moment, and put in place without losing what was there."""

import asyncio
import os
import shutil
import sqlite3
import stat
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from filelock import FileLock

from chatapp.data_folder import DATABASE
from chatapp.errors import StartRefused
from chatapp.storage import backups, copying, form, proofs
from chatapp.storage.looking import log_of
from chatapp.storage.migrate import migrate
from chatapp.storage.revision import REVISION
from tests.conftest import Served
from tests.integration.test_messages import bearer, sign_in
from tests.integration.test_migrate import contents, cut_off_later, newer, no_database, of_another_program
from tests.killed import killed_at

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"


@pytest.fixture
def path(tmp_path: Path, empty_database: Path) -> Path:
    """A data folder's database with something in it, in WAL mode, of a chat that was stopped."""
    path = tmp_path / "data" / DATABASE
    path.parent.mkdir()
    shutil.copy(empty_database, path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("INSERT INTO installation VALUES ('here', 'first history', 5)")
        connection.execute("INSERT INTO codes (code_hash, purpose, expires_at) VALUES (x'00', 'host', 9999999999999)")
    return path


@pytest.fixture
def folder(path: Path) -> Path:
    """Where its backups lie."""
    return path.parent / "backups"


def ask(path: Path, statement: str) -> Any:
    """The first value that a statement answers with."""
    with closing(sqlite3.connect(path)) as connection, connection:
        row = connection.execute(statement).fetchone()
        return None if row is None else row[0]


def history(path: Path) -> str:
    """The history a database belongs to."""
    return str(ask(path, "SELECT history_id FROM installation"))


def fill(path: Path, rows: int) -> None:
    """Make a database larger."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(
            "INSERT INTO retired_client_ids VALUES (?, ?, 1)", [(number, f"client-{number}") for number in range(rows)]
        )


def test_a_backup_is_one_private_whole_file_and_known(path: Path, folder: Path) -> None:
    began = time.time_ns() // 1_000_000
    made = backups.make(path, folder)
    file = folder / made.name
    assert made.name.startswith("chat-")
    assert began - 10 <= made.created_at <= time.time_ns() // 1_000_000 + 10
    assert (made.bytes, made.revision) == (file.stat().st_size, REVISION)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_bytes()[18] == 1, "reading it would leave a log beside it"
    assert history(file) == "first history"
    assert {one.name for one in folder.iterdir()} == {".lock", made.name, f"{made.name}.proof"}
    assert {one.name for one in path.parent.iterdir()} == {DATABASE, "backups"}


def test_backups_of_one_second_have_different_names_and_the_newest_is_first(path: Path, folder: Path) -> None:
    made = [backups.make(path, folder) for _ in range(3)]
    for age, one in enumerate(made):
        os.utime(folder / one.name, (1000 - age, 1000 - age))
    assert [one.name for one in backups.kept(folder)] == [one.name for one in made]
    assert len({one.name for one in made}) == 3


def test_a_backup_holds_what_only_the_log_has_yet(path: Path, folder: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE installation SET history_id = 'only in the log'")
        connection.commit()
        assert log_of(path).stat().st_size > 0
        assert history(folder / backups.make(path, folder).name) == "only in the log"


def test_a_backup_is_of_one_moment_however_much_is_written_meanwhile(
    path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(path, 5000)
    monkeypatch.setattr(copying, "SECONDS_BETWEEN", 0)
    monkeypatch.setattr(copying, "_PAGES", 4)
    steps: list[str] = []
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:

        def write(line: str) -> None:
            steps.append(line)
            writer.execute("UPDATE installation SET history_id = 'written meanwhile'")
            writer.execute("INSERT INTO retired_client_ids VALUES (?, 'late', 1)", (10_000 + len(steps),))
            writer.execute("PRAGMA wal_checkpoint")

        made = backups.make(path, folder, write)
    pages = made.bytes // 4096
    assert pages // 4 <= len(steps) <= pages // 4 + 5, "the copy began again with every write"
    shares = [int(line.split()[-2]) for line in steps if line.endswith("%")]
    assert shares == sorted(shares)
    assert shares[-1] == 100
    assert history(folder / made.name) == "first history"
    assert ask(folder / made.name, "SELECT count(*) FROM retired_client_ids WHERE client_id = 'late'") == 0
    assert ask(path, "SELECT count(*) FROM retired_client_ids WHERE client_id = 'late'") == len(steps)


async def test_a_backup_of_a_chat_in_use_has_everything_acknowledged_before(
    chat: Served, http: httpx.AsyncClient
) -> None:
    path = chat.settings.data_dir / DATABASE
    headers = bearer(await sign_in(http, "Ada"))
    stopping = asyncio.Event()

    async def talk() -> int:
        said = 0
        while not stopping.is_set():
            answer = await http.post("/api/rooms/general/messages", json={"message": f"{said}"}, headers=headers)
            said += answer.status_code == 201
        return said

    async with asyncio.TaskGroup() as group:
        talking = group.create_task(talk())
        for _ in range(3):
            before = (await http.get("/api/rooms")).json()["general"]["last_seq"]
            made = await asyncio.to_thread(backups.make, path, path.parent / "backups")
            copy = path.parent / "backups" / made.name
            count, last = ask(copy, "SELECT count(*) FROM messages"), ask(copy, "SELECT max(seq) FROM messages")
            assert count == (last or 0) == ask(copy, "SELECT last_seq FROM rooms WHERE id = 'general'")
            assert count >= before
        stopping.set()
    assert (await http.get("/api/rooms")).json()["general"]["last_seq"] == talking.result()


def test_what_is_there_is_not_written_over(path: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("My thesis")
    with pytest.raises(StartRefused, match="is there already") as refusal:
        backups.save(path, tmp_path / "mine")
    assert refusal.value.exit_code == 2
    assert (tmp_path / "mine").read_text() == "My thesis"


def test_a_place_that_cannot_be_written_is_said(path: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StartRefused, match="cannot be written") as refusal:
        backups.save(path, tmp_path / "file" / "copy.sqlite3")
    assert refusal.value.exit_code == 1


def test_without_room_no_copy_is_begun(path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(path.parent)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=16_000_000))
    with pytest.raises(StartRefused, match="Make room"):
        backups.make(path, folder)
    assert backups.kept(folder) == []


def test_a_disk_that_is_full_in_the_middle_leaves_nothing(path: Path, folder: Path) -> None:
    fill(path, 20_000)
    script = """
import resource, signal
from pathlib import Path
import chatapp
from chatapp.errors import StartRefused
from chatapp.storage import backups
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
try:
    backups.make(Path(sys.argv[2]), Path(sys.argv[3]))
except StartRefused as refusal:
    if "cannot be written" in str(refusal) and refusal.exit_code == 1:
        stop_here("refused")
"""
    killed_at("refused", script, path, folder)
    assert [one.name for one in folder.iterdir()] == [".lock"]


def test_a_damaged_database_is_not_taken_for_a_backup(path: Path, folder: Path) -> None:
    fill(path, 2000)
    whole = bytearray(path.read_bytes())
    whole[len(whole) // 2 : len(whole) // 2 + 20_000] = b"\xa5" * 20_000
    path.write_bytes(whole)
    with pytest.raises(StartRefused, match="is damaged") as refusal:
        backups.make(path, folder)
    assert refusal.value.exit_code == 3
    assert [one.name for one in folder.iterdir()] == [".lock"]


def test_what_a_kill_left_is_swept_and_what_is_being_made_is_not(path: Path, folder: Path) -> None:
    folder.mkdir()
    strays = [folder / "chat-1.sqlite3.part", folder / "chat-1.sqlite3.part-wal"]
    for stray in strays:
        stray.touch()
    with FileLock(folder / ".lock"):
        with pytest.raises(StartRefused, match=r"being made .* already"):
            backups.make(path, folder)
        migrate(path)
        assert all(stray.exists() for stray in strays)
    made = backups.make(path, folder)
    assert {one.name for one in folder.iterdir()} == {".lock", made.name, f"{made.name}.proof"}


def test_a_start_sweeps_what_kills_left(path: Path, folder: Path) -> None:
    folder.mkdir()
    names = ("chat-1.sqlite3.part", "upload-0123.part", "upload-0123.part-journal")
    beside = (".candidate", ".candidate-wal", ".candidate.part", ".next")
    strays = [*(folder / name for name in names), *(path.with_name(f"{DATABASE}{ending}") for ending in beside)]
    for stray in [*strays, path.with_name("import-0123.part")]:
        stray.touch()
    migrate(path)
    assert {one.name for one in path.parent.iterdir()} == {DATABASE, "backups"}
    assert [one.name for one in folder.iterdir()] == [".lock"]
    assert history(path) == "first history"


def test_only_backups_are_listed(path: Path, folder: Path) -> None:
    assert backups.kept(folder) == []
    made = backups.make(path, folder)
    (folder / "notes.txt").write_text("Tuesday")
    (folder / "diary.sqlite3").write_text("Dear diary" * 1000)
    (folder / "empty.sqlite3").touch()
    (folder / "half.sqlite3").write_bytes((folder / made.name).read_bytes()[:-4096])
    assert backups.kept(folder) == [made]


@pytest.mark.parametrize("name", ["0001", "0002", "0003"])
def test_a_whole_backup_of_any_form_passes(name: str) -> None:
    file = FIXTURES / f"{name}.sqlite3"
    proofs.check(file)
    assert form.offered(file) == name
    assert sorted(one.name for one in FIXTURES.glob("*-*")) == []


def nothing(path: Path) -> None:
    """An empty file."""
    path.touch()


def damaged(path: Path) -> None:
    """A database with a page of something else."""
    migrate(path)
    whole = bytearray(path.read_bytes())
    root = int(ask(path, "SELECT rootpage FROM sqlite_master WHERE name = 'messages'"))
    whole[(root - 1) * 4096 : root * 4096] = b"\xa5" * 4096
    path.write_bytes(whole)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (newer, "9999, which is newer"),
        (of_another_program, "not of this program"),
        (no_database, "not of this program"),
        (nothing, "not of this program"),
        (cut_off_later, "damaged"),
        (damaged, "damaged"),
    ],
)
def test_a_file_that_cannot_be_restored_is_refused_before_anything_changes(
    path: Path, tmp_path: Path, make: Callable[[Path], None], says: str
) -> None:
    file = tmp_path / "offered"
    make(file)
    before = contents(tmp_path)
    with pytest.raises(StartRefused, match=f"The backup .*{says}.*nothing was changed") as refusal:
        proofs.check(file)
    assert refusal.value.exit_code == 2
    with pytest.raises(StartRefused, match=says):
        proofs.candidate(file, backups.candidate_path(path))
    assert contents(tmp_path) == before


def candidate(path: Path, tmp_path: Path, name: str = "other") -> Path:
    """A copy of the database that tells itself apart, ready to take its place."""
    made = tmp_path / "made.sqlite3"
    backups.save(path, made)
    ask(made, f"UPDATE installation SET installation_id = '{name}'")
    return proofs.candidate(made, backups.candidate_path(path))


def test_a_swap_begins_a_history_and_keeps_what_it_replaces(path: Path, folder: Path, tmp_path: Path) -> None:
    ready = candidate(path, tmp_path)
    ask(path, "UPDATE installation SET history_id = 'said since'")
    replaced = backups.swap(ready, path, folder)
    assert ask(path, "SELECT installation_id FROM installation") == "other"
    assert history(path) not in {"first history", "said since"}
    assert ask(path, "SELECT count(*) FROM codes") == 0
    assert replaced is not None
    assert replaced.parent == folder
    assert replaced.name.startswith("replaced-")
    assert history(replaced) == "said since"
    assert [one.name for one in backups.kept(folder)] == [replaced.name]
    assert {one.name for one in path.parent.iterdir()} == {DATABASE, "backups"}


def test_what_is_replaced_keeps_what_only_its_log_has(path: Path, folder: Path, tmp_path: Path) -> None:
    ready = candidate(path, tmp_path)
    killed_at(
        "here",
        "import chatapp, sqlite3\nconnection = sqlite3.connect(sys.argv[2])\n"
        "connection.execute(\"UPDATE installation SET history_id = 'only in the log'\")\n"
        'connection.commit()\nstop_here("here")',
        path,
    )
    replaced = backups.swap(ready, path, folder)
    assert replaced is not None
    assert history(replaced) == "only in the log"
    assert {one.name for one in path.parent.iterdir()} == {DATABASE, "backups"}
    assert ask(path, "SELECT installation_id FROM installation") == "other"


def test_a_damaged_database_is_replaced_and_kept_as_it_was(path: Path, folder: Path, tmp_path: Path) -> None:
    ready = candidate(path, tmp_path)
    path.write_bytes(b"This was a database. " * 500)
    log_of(path).write_bytes(b"and this its log")
    replaced = backups.swap(ready, path, folder)
    assert replaced is not None
    assert replaced.read_bytes() == b"This was a database. " * 500
    assert log_of(replaced).read_bytes() == b"and this its log"
    assert ask(path, "SELECT installation_id FROM installation") == "other"
    assert not log_of(path).exists()


def test_where_there_was_nothing_nothing_is_kept(tmp_path: Path) -> None:
    new = tmp_path / "new" / DATABASE
    new.parent.mkdir()
    ready = proofs.candidate(FIXTURES / "0001.sqlite3", backups.candidate_path(new))
    assert backups.swap(ready, new, new.parent / "backups") is None
    assert form.revision(new) == REVISION
    assert {one.name for one in new.parent.iterdir()} == {DATABASE}


def test_a_database_that_somebody_uses_is_not_replaced(path: Path, folder: Path, tmp_path: Path) -> None:
    ready = candidate(path, tmp_path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN")
        other.execute("SELECT * FROM installation").fetchall()
        with pytest.raises(StartRefused, match="locked"):
            backups.swap(ready, path, folder)
    assert history(path) == "first history"


SWAP = """
from pathlib import Path
import chatapp
from chatapp.storage import backups
replace, moves = Path.replace, []
def counted(self, target):
    stop_here(f"before {len(moves)}")
    moves.append(replace(self, target))
    stop_here(f"after {len(moves)}")
    return moves[-1]
Path.replace = counted
backups.swap(Path(sys.argv[2]), Path(sys.argv[3]), Path(sys.argv[4]))
stop_here("end")
"""


@pytest.mark.parametrize(
    ("point", "is_swapped"),
    [("before 0", False), ("after 1", False), ("after 2", True), ("after 3", True), ("end", True)],
)
def test_a_swap_that_is_killed_has_not_begun_or_is_completed(
    path: Path, folder: Path, tmp_path: Path, point: str, *, is_swapped: bool
) -> None:
    ready = candidate(path, tmp_path)
    killed_at(point, SWAP, ready, path, folder)
    assert migrate(path) is None
    assert ask(path, "SELECT installation_id FROM installation") == ("other" if is_swapped else "here")
    assert (history(path) == "first history") != is_swapped
    assert [history(folder / one.name) for one in backups.kept(folder)] == ["first history"] * is_swapped
    left = {one.name for one in path.parent.iterdir()} - {"backups"}
    assert left == {DATABASE}

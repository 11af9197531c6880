"""Where a log is not safe: databases with a rollback journal, and the way there and back."""

import asyncio
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text

from chatapp.errors import StartRefused
from chatapp.storage import journal, volume
from chatapp.storage.database import Database
from chatapp.storage.migrate import migrate
from chatapp.storage.tables import retired_client_ids
from tests.namespaces import need

ROW = {"user_id": 1, "client_id": "c-1", "retired_at": 5}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a database is, that a chat on a disk of its own has left."""
    made = tmp_path / "chat.sqlite3"
    migrate(made)
    asyncio.run(use(made))
    return made


async def use(path: Path) -> str:
    """Write and read as the chat does; return the mode that held."""
    database = Database(path)
    try:
        async with database.writing.begin() as connection:
            await connection.execute(text("UPDATE installation SET cleaned_at = cleaned_at + 1"))
        return await database.journal_mode()
    finally:
        await database.close()


def lie_on(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """Let every folder lie on a file system of this kind."""
    monkeypatch.setattr(volume, "file_system", lambda _: kind)


async def test_on_a_disk_of_this_machine_there_is_a_log(path: Path) -> None:
    assert await use(path) == "wal"
    assert journal.mode(path) == "wal"


async def test_a_database_that_moves_to_another_machines_disk_and_back(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lie_on(monkeypatch, "nfs4")
    migrate(path)
    assert journal.mode(path) == "delete"
    assert await use(path) == "delete"
    assert not path.with_name("chat.sqlite3-shm").exists()
    lie_on(monkeypatch, "ext4")
    migrate(path)
    assert await use(path) == "wal"


def test_what_is_committed_in_a_log_that_was_left_is_kept(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = (
        "import os, sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None);"
        "c.execute('PRAGMA journal_mode = WAL');"
        "c.execute(\"INSERT INTO retired_client_ids VALUES (1, 'left behind', 5)\"); os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", code, str(path)], check=False)
    assert path.with_name("chat.sqlite3-wal").stat().st_size > 0
    lie_on(monkeypatch, "cifs")
    migrate(path)
    assert not path.with_name("chat.sqlite3-wal").exists()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT client_id FROM retired_client_ids").fetchall() == [("left behind",)]


async def test_with_a_rollback_journal_a_commit_waits_for_readers_and_survives_a_power_cut(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lie_on(monkeypatch, "nfs")
    migrate(path)
    database = Database(path)
    async with database.writing.begin() as connection:
        # 3 is EXTRA.
        assert await connection.scalar(text("PRAGMA synchronous")) == 3
        assert await connection.scalar(text("PRAGMA cache_spill")) == 0

    async def write() -> None:
        async with database.writing.begin() as connection:
            await connection.execute(insert(retired_client_ids), [ROW])

    async with asyncio.TaskGroup() as group:
        async with database.read() as reading:
            before = (await reading.execute(select(retired_client_ids))).all()
            writing = group.create_task(write())
            # Readers go on while the writer waits for its turn.
            assert (await reading.execute(select(retired_client_ids))).all() == before == []
            assert not writing.done()
        await writing
    async with database.read() as reading:
        assert len((await reading.execute(select(retired_client_ids))).all()) == 1
    await database.close()


@pytest.fixture
def without_shared_memory(tmp_path: Path) -> Iterator[Path]:
    """A folder on a file system that has no memory to share, as some of those of virtual machines and FUSE."""
    need("bindfs", "bindfs")
    (source := tmp_path / "source").mkdir()
    (place := tmp_path / "place").mkdir()
    done = subprocess.run(["bindfs", "-o", "direct_io", source, place], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"this user cannot mount anything: {done.stderr.strip()}")
    yield place
    subprocess.run(["umount", place], check=True)


async def test_where_memory_cannot_be_shared_there_is_a_rollback_journal(without_shared_memory: Path) -> None:
    path = without_shared_memory / "chat.sqlite3"
    await asyncio.to_thread(migrate, path)
    assert await use(path) == "delete"
    assert await use(path) == "delete", "and at the next start"


async def test_a_database_with_a_log_that_comes_to_such_a_file_system(path: Path, without_shared_memory: Path) -> None:
    moved = without_shared_memory / path.name
    shutil.copy(path, moved)
    await asyncio.to_thread(migrate, moved)
    assert await use(moved) == "delete"


def test_where_locks_do_not_hold_nothing_is_touched(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = path.read_bytes()
    lie_on(monkeypatch, "fuse.sshfs")
    with pytest.raises(StartRefused, match="locks do not hold"):
        migrate(path)
    with pytest.raises(StartRefused, match="locks do not hold"):
        Database(path)
    assert path.read_bytes() == before


@pytest.fixture
def mounted(tmp_path: Path) -> Iterator[Path]:
    """A file system in memory, and a kind that is not `tmpfs` for its parent."""
    place = tmp_path / "a disk\twith blanks"
    place.mkdir()
    if shutil.which("mount") is None or not sys.platform.startswith("linux"):
        pytest.skip("needs the command mount of Linux")
    done = subprocess.run(["mount", "-t", "tmpfs", "none", str(place)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"this user cannot mount anything: {done.stderr.strip()}")
    yield place
    subprocess.run(["umount", str(place)], check=True)


async def test_a_real_mount_is_recognised_and_used(mounted: Path) -> None:
    assert volume.file_system(mounted / "chat") == "tmpfs"
    assert volume.file_system(mounted.parent) != "tmpfs"
    assert volume.is_shared(mounted) is None
    database = mounted / "chat.sqlite3"
    await asyncio.to_thread(migrate, database)
    assert await use(database) == "wal"

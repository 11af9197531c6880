"""The database: which SQLite, which form, and what happens to files that are older, newer, foreign or damaged."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import aiosqlite.core
import pytest
import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import OperationalError

from chatapp import sqlite
from chatapp.errors import StartRefused, Unavailable
from chatapp.storage import backups, copying, form
from chatapp.storage import migrate as migrations
from chatapp.storage.database import Database
from chatapp.storage.looking import looking
from chatapp.storage.migrate import migrate
from chatapp.storage.revision import REVISION
from chatapp.storage.tables import metadata


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a database lies."""
    return tmp_path / "chat.sqlite3"


def ask(path: Path, statement: str) -> Any:
    """The first value that a statement answers with."""
    with closing(sqlite3.connect(path)) as connection, connection:
        row = connection.execute(statement).fetchone()
        return None if row is None else row[0]


async def test_the_sqlite_in_use_is_a_safe_one(path: Path) -> None:
    assert sqlite3.sqlite_version_info >= sqlite.FIRST_SAFE_VERSION
    assert vars(aiosqlite.core)["sqlite3"] is sqlite3
    migrate(path)
    database = Database(path)
    async with database.read() as reading, database.writing.begin() as writing:
        for connection in (reading, writing):
            version = (await connection.exec_driver_sql("SELECT sqlite_version()")).scalar_one()
            assert version == sqlite3.sqlite_version
    await database.close()


async def test_what_is_committed_is_synced_and_readers_cannot_write(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    migrate(path)
    database = Database(path)

    async def pragma(connection: Any, name: str) -> Any:
        return (await connection.exec_driver_sql(f"PRAGMA {name}")).scalar_one()

    async with database.writing.begin() as connection:
        assert await pragma(connection, "journal_mode") == "wal"
        assert await pragma(connection, "synchronous") >= 2  # FULL or more
        assert await pragma(connection, "foreign_keys") == 1
    with pytest.raises(Unavailable) as refusal:
        async with database.read() as connection:
            await connection.exec_driver_sql("DELETE FROM rooms")
    assert isinstance(refusal.value.__cause__, OperationalError)
    await database.close()
    caplog.clear()


def test_the_tables_are_what_the_migrations_make(path: Path) -> None:
    migrate(path)
    engine = sqlalchemy.create_engine(f"sqlite:///{path}", poolclass=sqlalchemy.NullPool)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_the_revision_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(migrations.migrations_dir()))
    assert ScriptDirectory.from_config(config).get_heads() == [REVISION]


def test_a_database_of_today_is_left_alone(path: Path) -> None:
    migrate(path)
    before = path.read_bytes()
    migrate(path)
    assert path.read_bytes() == before
    assert not (path.parent / "backups").exists()


Advance = Callable[[str], None]


@pytest.fixture
def advance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Advance:
    """Makes this a later program, whose next migration has the given body."""

    def make(body: str) -> None:
        later = tmp_path / "later"
        shutil.copytree(migrations.migrations_dir(), later, ignore=shutil.ignore_patterns("__pycache__"))
        (later / "versions" / "9000_later.py").write_text(
            '"""A later form."""\n\nimport sqlalchemy as sa\nfrom alembic import op\n\n'
            f'revision = "9000"\ndown_revision = "{REVISION}"\nbranch_labels = None\ndepends_on = None\n\n'
            f"def upgrade() -> None:\n    {body}\n"
        )
        monkeypatch.setattr(migrations, "migrations_dir", lambda: later)
        monkeypatch.setattr(migrations, "REVISION", "9000")
        for module in (form, backups):
            monkeypatch.setattr(module, "REVISION", "9000")

    return make


def fill(path: Path) -> None:
    """A database of today with something in it."""
    migrate(path)
    ask(path, "INSERT INTO installation VALUES ('here', 'now', 5)")


def test_an_older_database_is_copied_and_then_migrated(path: Path, advance: Advance) -> None:
    fill(path)
    advance('op.add_column("rooms", sa.Column("colour", sa.Text()))')
    migrate(path)
    assert ask(path, "SELECT version_num FROM alembic_version") == "9000"
    assert ask(path, "SELECT installation_id FROM installation") == "here"
    assert ask(path, "SELECT count(colour) FROM rooms") == 0
    (copy,) = (path.parent / "backups").glob("*.sqlite3")
    assert copy.name.startswith("before-9000-")
    assert ask(copy, "SELECT version_num FROM alembic_version") == REVISION
    assert ask(copy, "SELECT installation_id FROM installation") == "here"


@pytest.mark.parametrize(
    "last",
    [
        'raise RuntimeError("the power went")',
        "op.execute(\"INSERT INTO codes (code_hash, purpose, user_id, expires_at) VALUES (x'00', 'x', 12345, 1)\")",
    ],
)
def test_a_migration_that_fails_leaves_the_old_state(path: Path, advance: Advance, last: str) -> None:
    fill(path)
    advance(f'op.execute("DELETE FROM installation"); op.create_table("half", sa.Column("id", sa.Integer())); {last}')
    with pytest.raises((RuntimeError, StartRefused)):
        migrate(path)
    assert ask(path, "SELECT version_num FROM alembic_version") == REVISION
    assert ask(path, "SELECT installation_id FROM installation") == "here"
    assert ask(path, "SELECT count(*) FROM sqlite_master WHERE name = 'half'") == 0
    assert ask(path, "PRAGMA integrity_check") == "ok"


def newer(path: Path) -> None:
    """A database of a later program."""
    fill(path)
    ask(path, "UPDATE alembic_version SET version_num = '9999'")


def of_another_program(path: Path) -> None:
    """Somebody else's database."""
    ask(path, "CREATE TABLE recipes (name TEXT)")


def of_another_program_with_alembic(path: Path) -> None:
    """Somebody else's database, migrated as ours is."""
    ask(path, "CREATE TABLE alembic_version (version_num TEXT)")
    ask(path, "INSERT INTO alembic_version VALUES ('9999')")


def with_a_revision_of_another_kind(path: Path) -> None:
    """A database with a revision that is none of ours."""
    fill(path)
    ask(path, "UPDATE alembic_version SET version_num = '1975ea83b712'")


def without_revision(path: Path) -> None:
    """A database whose revision was taken away."""
    fill(path)
    ask(path, "DELETE FROM alembic_version")


def no_database(path: Path) -> None:
    """A file of something else."""
    path.write_text("Dear diary, " * 1000)


def cut_off(path: Path) -> None:
    """The beginning of a database."""
    fill(path)
    path.write_bytes(path.read_bytes()[:1500])


def cut_off_later(path: Path) -> None:
    """All but the end of a database."""
    fill(path)
    path.write_bytes(path.read_bytes()[:-4096])


def only_its_log(path: Path) -> None:
    """A log whose database was taken away."""
    path.with_name(f"{path.name}-wal").write_bytes(b"something" * 100)


UNFIT = [
    (newer, "9999, which is newer than this program"),
    (of_another_program, "not of this program"),
    (of_another_program_with_alembic, "not of this program"),
    (with_a_revision_of_another_kind, "not of this program"),
    (without_revision, "not of this program"),
    (no_database, "not of this program"),
    (cut_off, "damaged"),
    (cut_off_later, "damaged"),
    (only_its_log, "its log chat.sqlite3-wal"),
]


def contents(folder: Path) -> dict[str, bytes]:
    """Every file in a folder with what is in it, but the index of a log, which is no part of the data."""
    return {one.name: one.read_bytes() for one in folder.rglob("*") if one.is_file() and not one.name.endswith("-shm")}


@pytest.mark.parametrize(("make", "says"), UNFIT)
def test_a_file_that_is_not_ours_to_touch_is_refused_and_left(
    path: Path, make: Callable[[Path], None], says: str
) -> None:
    make(path)
    before = contents(path.parent)
    for ask_for in (migrate, form.demand_ours):
        with pytest.raises(StartRefused, match=says) as refusal:
            ask_for(path)
        assert refusal.value.exit_code == 3
        assert "\n" not in str(refusal.value)
        assert str(path) in str(refusal.value)
        assert contents(path.parent) == before
        assert not (path.parent / "backups").exists()


def test_a_refusal_of_a_newer_one_names_both(path: Path) -> None:
    newer(path)
    with pytest.raises(StartRefused, match=f"9999.*{REVISION}"):
        migrate(path)


@pytest.mark.parametrize("files", [("",), ("", "-wal"), ("", "-wal", "-shm")])
def test_looking_at_a_database_in_wal_mode_leaves_no_trace(path: Path, tmp_path: Path, files: tuple[str, ...]) -> None:
    newer(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("UPDATE installation SET history_id = 'only in the log'")
        connection.commit()
        (tmp_path / "there").mkdir()
        for ending in files:
            shutil.copy(f"{path}{ending}", tmp_path / "there" / f"{path.name}{ending}")
    there = tmp_path / "there" / path.name
    before = contents(there.parent)
    with pytest.raises(StartRefused, match="9999"):
        migrate(there)
    assert contents(there.parent) == before
    assert {one.name for one in there.parent.iterdir()} == {f"{path.name}{ending}" for ending in files}
    with looking(there) as connection:
        (seen,) = connection.execute("SELECT history_id FROM installation").fetchone()
    assert (seen == "only in the log") == ("-wal" in files)


def test_a_database_that_another_program_holds_is_not_called_damaged(path: Path) -> None:
    fill(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("PRAGMA journal_mode = WAL")
        other.execute("UPDATE installation SET history_id = 'x'")
        with pytest.raises(StartRefused, match=r"cannot be read \(.*locked"):
            migrate(path)


def test_a_damaged_database_is_not_migrated(path: Path, advance: Advance) -> None:
    fill(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(
            "INSERT INTO retired_client_ids VALUES (?, ?, 1)", [(number, f"client-{number}") for number in range(2000)]
        )
    advance("pass")
    whole = bytearray(path.read_bytes())
    for place in range(len(whole) // 2, len(whole) // 2 + 20_000):
        whole[place] = 0xA5
    path.write_bytes(whole)
    with pytest.raises(StartRefused, match=r"is damaged .* chatapp restore") as refusal:
        migrate(path)
    assert refusal.value.exit_code == 3
    assert path.read_bytes() == whole
    assert backups.kept(path.parent / "backups") == []
    assert {one.name for one in path.parent.iterdir()} == {path.name, "backups", "later"}


def test_a_database_whose_rows_contradict_each_other_is_not_migrated(path: Path, advance: Advance) -> None:
    fill(path)
    ask(path, "INSERT INTO codes (code_hash, purpose, user_id, expires_at) VALUES (x'00', 'x', 12345, 1)")
    advance("pass")
    with pytest.raises(StartRefused, match="inconsistent") as refusal:
        migrate(path)
    assert refusal.value.exit_code == 3
    assert ask(path, "SELECT version_num FROM alembic_version") == REVISION


def test_without_room_for_copy_and_changes_nothing_is_begun(
    path: Path, advance: Advance, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(path)
    advance("pass")
    usage = shutil.disk_usage(path.parent)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=16_000_000 + path.stat().st_size))
    before = contents(path.parent)
    with pytest.raises(StartRefused, match=r"needs 16 MB .* 16 MB are free\. Make room"):
        migrate(path)
    assert contents(path.parent) == before
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=17_000_000))
    assert migrate(path) is not None


def test_a_disk_that_is_full_in_the_middle_is_said_and_leaves_the_old_state(path: Path, advance: Advance) -> None:
    fill(path)
    advance('op.execute("PRAGMA max_page_count = 1"); op.create_table("more", sa.Column("id", sa.Integer()))')
    with pytest.raises(StartRefused, match=r"full.*left as it is") as refusal:
        migrate(path)
    assert refusal.value.exit_code == 1
    assert ask(path, "SELECT version_num FROM alembic_version") == REVISION


def test_long_migrations_say_that_they_go_on(path: Path, advance: Advance, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(path)
    counting = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) SELECT max(i) FROM n"
    advance(f'op.execute("{counting}")')
    said: list[str] = []
    migrate(path, said.append)
    assert said == ["Upgrading the database to 9000 (A later form)"]
    monkeypatch.setattr(copying, "SECONDS_BETWEEN", 0)
    ask(path, f"UPDATE alembic_version SET version_num = '{REVISION}'")
    migrate(path, said.append)
    assert said[-1] == "Upgrading the database to 9000 (A later form): 0 s"

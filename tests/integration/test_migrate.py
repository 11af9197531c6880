"""The database: which SQLite, which form, and what happens to files that are older, newer, foreign or damaged."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import aiosqlite.core
import alembic.command
import httpx
import pytest
import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import OperationalError

from chatapp import sqlite
from chatapp.data_folder import DATABASE
from chatapp.errors import StartRefused, Unavailable
from chatapp.settings import Settings
from chatapp.storage import migrate as migrations
from chatapp.storage.database import Database
from chatapp.storage.migrate import migrate
from chatapp.storage.revision import REVISION
from chatapp.storage.tables import metadata
from tests.conftest import Served


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
        assert await pragma(connection, "synchronous") == 2
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
            "import sqlalchemy as sa\nfrom alembic import op\n\n"
            f'revision = "9000"\ndown_revision = "{REVISION}"\nbranch_labels = None\ndepends_on = None\n\n'
            f"def upgrade() -> None:\n    {body}\n"
        )
        monkeypatch.setattr(migrations, "migrations_dir", lambda: later)
        monkeypatch.setattr(migrations, "REVISION", "9000")

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
    (copy,) = (path.parent / "backups").iterdir()
    assert copy.name.startswith("before-9000-")
    assert ask(copy, "SELECT version_num FROM alembic_version") == REVISION
    assert ask(copy, "SELECT installation_id FROM installation") == "here"


def test_a_copy_holds_what_only_the_log_has_yet(path: Path, tmp_path: Path) -> None:
    migrate(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("INSERT INTO installation VALUES ('here', 'now', 5)")
        connection.commit()
        migrations.copy(path, tmp_path / "backups" / "copy.sqlite3")
    assert ask(tmp_path / "backups" / "copy.sqlite3", "SELECT installation_id FROM installation") == "here"
    assert [one.name for one in (tmp_path / "backups").iterdir()] == ["copy.sqlite3"]


@pytest.mark.parametrize(
    "last", ['raise RuntimeError("the power went")', "op.execute(\"INSERT INTO sessions VALUES (x'00', 12345, 1)\")"]
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


FILLED = """
    INSERT INTO installation VALUES ('here', 'now', 5);
    INSERT INTO users VALUES (1, 'Ada', 'member', 0, 1000), (2, 'Guest', 'member', 1, 1000);
    INSERT INTO names VALUES ('ada', 1), ('guest', 2);
    INSERT INTO sessions VALUES (x'00', 1, 1000);
    INSERT INTO rooms VALUES
        ('general', 'General', '', 3, 5, 7, 1000), ('tech', 'Tech Talk', '', 1, 2, 2, 1000),
        ('random', 'Random', '', 1, 0, 0, 1000);
    INSERT INTO memberships VALUES (1, 'general', 4, 1000), (1, 'tech', 0, 1000);
    INSERT INTO messages VALUES
        (13, 'general', 3, 3, 'c-3', 1, 'Ada', '@Ada', 1003), (14, 'general', 4, 4, NULL, 2, 'Guest', 'Four', 1004),
        (15, 'general', 5, 5, 'c-5', 1, 'Ada', 'Five', 1005), (16, 'tech', 1, 1, NULL, 1, 'Ada', 'One', 1006),
        (17, 'tech', 2, 2, 'c-7', 1, 'Ada', 'Two', 1007);
    INSERT INTO retired_client_ids VALUES (1, 'c-1', 1000), (1, 'c-2', 1000);
"""
"""A chat of 0001 in which General has lost two messages, in two slices."""


@pytest.fixture
def filled(path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A database as the first program left it."""
    with monkeypatch.context() as before:
        before.setattr("alembic.command.upgrade", partial(_upgrade_to, alembic.command.upgrade, "0001"))
        migrate(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(FILLED)
    return path


def _upgrade_to(upgrade: Callable[[Config, str], None], revision: str, config: Config, _head: str) -> None:
    upgrade(config, revision)


def test_a_chat_of_0001_keeps_all_that_was_said(filled: Path) -> None:
    everything = "SELECT id, room_id, seq, rev, client_id, user_id, username, message, created_at FROM messages"
    others = ("users", "names", "sessions", "memberships", "installation", "retired_client_ids")

    def read() -> list[Any]:
        with closing(sqlite3.connect(filled)) as connection:
            return [connection.execute(one).fetchall() for one in (everything, *(f"SELECT * FROM {t}" for t in others))]

    before = read()
    assert len(before[0]) == 5
    assert ask(filled, "SELECT version_num FROM alembic_version") == "0001"
    migrate(filled)
    assert read() == before
    assert ask(filled, "SELECT version_num FROM alembic_version") == REVISION
    assert ask(filled, "PRAGMA foreign_key_check") is None
    changed = "edited_at, deleted_at, reply_to, mentions, reactions"
    with closing(sqlite3.connect(filled)) as connection:
        assert set(connection.execute(f"SELECT {changed} FROM messages")) == {(None,) * 5}
        trimmed = connection.execute(
            "SELECT id, first_seq, last_seq, rev, trimmed_rev FROM rooms ORDER BY id"
        ).fetchall()
    assert trimmed == [("general", 3, 5, 7, 7), ("random", 1, 0, 0, 0), ("tech", 1, 2, 2, 0)]
    assert len([*(filled.parent / "backups").iterdir()]) == 1


def test_after_it_a_rev_stands_once_in_a_room(filled: Path) -> None:
    migrate(filled)
    again = "INSERT INTO messages (id, room_id, seq, rev, user_id, username, message, created_at) VALUES"
    with pytest.raises(sqlite3.IntegrityError, match="rev"):
        ask(filled, f"{again} (18, 'general', 6, 5, 1, 'Ada', 'Six', 1008)")
    ask(filled, f"{again} (18, 'general', 6, 8, 1, 'Ada', 'Six', 1008)")


async def test_a_chat_of_0001_goes_on(filled: Path, tmp_path: Path) -> None:
    assert filled == tmp_path / DATABASE
    chat = Served(Settings(data_dir=tmp_path, retention_days=0))
    await chat.start()
    async with httpx.AsyncClient(base_url=chat.url) as http:
        token = (await http.post("/api/session", json={"username": "Bo"})).json()["token"]
        headers = {"Authorization": f"Bearer {token}"}
        sent = (
            await http.post("/api/rooms/general/messages", json={"message": "@Ada", "reply_to": "13"}, headers=headers)
        ).json()
        assert (sent["seq"], sent["rev"], sent["mentions"], sent["reply_to"]) == (6, 8, ["1"], "13")
        old = (await http.put("/api/messages/14/reactions/👍", headers=headers)).json()
        assert (old["rev"], old["message"], len(old["reactions"])) == (9, "Four", 1)
        page = (await http.get("/api/rooms/general/messages")).json()
        assert [message["seq"] for message in page["messages"]] == [3, 4, 5, 6]
    await chat.stop()


def newer(path: Path) -> None:
    """A database of a later program."""
    fill(path)
    ask(path, "UPDATE alembic_version SET version_num = '9999'")


def of_another_program(path: Path) -> None:
    """Somebody else's database."""
    ask(path, "CREATE TABLE recipes (name TEXT)")


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


@pytest.mark.parametrize("make", [newer, of_another_program, without_revision, no_database, cut_off])
def test_a_file_that_is_not_ours_to_touch_is_refused_and_left(path: Path, make: Callable[[Path], None]) -> None:
    make(path)
    before = path.read_bytes()
    with pytest.raises(StartRefused) as refusal:
        migrate(path)
    assert refusal.value.exit_code == 3
    assert "\n" not in str(refusal.value)
    assert path.read_bytes() == before
    assert not (path.parent / "backups").exists()


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
    with pytest.raises(StartRefused) as refusal:
        migrate(path)
    assert refusal.value.exit_code == 3
    assert path.read_bytes() == whole

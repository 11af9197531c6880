"""Databases of earlier programs, with what was said in them, become ours, also when the upgrade is killed."""

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from chatapp.data_folder import DATABASE
from chatapp.settings import Settings
from chatapp.storage import backups, form
from chatapp.storage import migrate as migrations
from chatapp.storage.looking import beside, log_of
from chatapp.storage.migrate import migrate
from chatapp.storage.revision import REVISION
from tests.conftest import HOST_CODE, Served
from tests.fixtures.make import KEY
from tests.killed import killed_at

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"
FORMS = sorted(path.stem for path in FIXTURES.glob("*.sqlite3"))


@pytest.fixture(params=FORMS)
def before(request: pytest.FixtureRequest) -> str:
    """Each earlier form in turn."""
    return str(request.param)


@pytest.fixture
def path(before: str, tmp_path: Path) -> Path:
    """A data folder's database, as a program of that form left it."""
    shutil.copy(FIXTURES / f"{before}.sqlite3", tmp_path / DATABASE)
    return tmp_path / DATABASE


Everything = dict[str, list[tuple[Any, ...]]]


def everything(path: Path, columns: dict[str, str] | None = None) -> Everything:
    """All rows of all tables but Alembic's, of the columns given, by default all there are."""
    with closing(sqlite3.connect(path)) as connection:
        names = columns_of(connection) if columns is None else columns
        return {
            table: sorted(connection.execute(f"SELECT {listed} FROM {table}").fetchall(), key=repr)
            for table, listed in names.items()
        }


def columns_of(connection: sqlite3.Connection) -> dict[str, str]:
    """The columns of each table but Alembic's."""
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return {
        table: ", ".join(f'"{name}"' for _, name, *_ in connection.execute(f"PRAGMA table_info({table})"))
        for table in tables
        if table != "alembic_version"
    }


def columns_at(path: Path) -> dict[str, str]:
    """The columns of each table of a database."""
    with closing(sqlite3.connect(path)) as connection:
        return columns_of(connection)


def test_there_is_a_database_of_every_form_before_this_one() -> None:
    versions = sorted(path.name[:4] for path in migrations.migrations_dir().glob("versions/*.py"))
    assert [*FORMS, REVISION] == versions


def test_every_row_is_there_afterwards(path: Path, before: str) -> None:
    columns, rows = columns_at(path), everything(path)
    assert len(rows["messages"]) >= 12
    said: list[str] = []
    copy = migrate(path, said.append)
    assert form.revision(path) == REVISION
    assert everything(path, columns) == rows
    assert copy is not None
    assert copy.name.startswith(f"before-{REVISION}-")
    assert backups.kept(path.parent / "backups") == [copy]
    assert copy.revision == before
    assert everything(path.parent / "backups" / copy.name) == rows
    due = [f"{number:04}" for number in range(int(before) + 1, int(REVISION) + 1)]
    assert [line.split()[4] for line in said] == due


def test_nothing_is_left_of_what_earlier_forms_removed(path: Path, before: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA secure_delete = OFF")
        connection.execute("UPDATE rooms SET topic = ?", ("removed long ago " * 1000,))
        connection.execute("UPDATE rooms SET topic = ''")
    assert b"removed long ago" in path.read_bytes(), before
    # What a kill left of an earlier try.
    beside(path, ".part").write_bytes(b"removed long")
    migrate(path)
    assert b"removed long ago" not in path.read_bytes()
    assert not beside(path, ".part").exists()


async def test_everybody_is_answered_what_they_were_answered_before(path: Path, before: str) -> None:
    told = json.loads((FIXTURES / f"{before}.json").read_text(encoding="utf-8"))
    chat = Served(Settings(data_dir=path.parent, retention_days=0))
    chat.secret_key = KEY
    await chat.start()
    async with httpx.AsyncClient(base_url=chat.url) as http:
        for person, answers in told["answers"].items():
            headers = {"Authorization": f"Bearer {told['tokens'][person]}"}
            for asked, then in answers.items():
                now = await http.get(asked, headers=headers)
                assert now.status_code == 200, asked
                assert contains(now.json(), then), f"{person} {asked}: {now.text}"
        await goes_on(http, told["tokens"]["Ada"])
        await has_no_first_run(http, told["tokens"]["Ada"])
    await chat.stop()


def contains(now: Any, then: Any) -> bool:
    """Whether an answer holds all of an earlier one; new keys may have come. Times of day depend on the place."""
    if isinstance(then, dict):
        return all(key in now and contains(now[key], then[key]) for key in then.keys() - {"timestamp", "date"})
    if isinstance(then, list):
        return len(now) == len(then) and all(map(contains, now, then))
    return bool(now == then)


async def has_no_first_run(http: httpx.AsyncClient, token: str) -> None:
    """Become the host of what people have used for long."""
    headers = {"Authorization": f"Bearer {token}"}
    assert (await http.post("/api/host", json={"code": HOST_CODE}, headers=headers)).json()["role"] == "host"
    assert (await http.get("/api/admin/overview", headers=headers)).json()["is_set_up"] is True


async def goes_on(http: httpx.AsyncClient, token: str) -> None:
    """Send, answer what is old, and repeat a send from before."""
    headers = {"Authorization": f"Bearer {token}"}
    room = (await http.get("/api/rooms", headers=headers)).json()["general"]
    old = (await http.get("/api/rooms/general/messages", headers=headers)).json()["messages"][1]
    body = {"message": "We are still here", "reply_to": old["id"]}
    sent = (await http.post("/api/rooms/general/messages", json=body, headers=headers)).json()
    assert (sent["seq"], sent["rev"], sent["reply_to"]) == (room["last_seq"] + 1, room["rev"] + 1, old["id"])
    changed = (await http.put(f"/api/messages/{old['id']}/reactions/👍", headers=headers)).json()
    assert (changed["rev"], changed["message"]) == (room["rev"] + 2, old["message"])
    again = await http.post("/api/rooms/general/messages", json={"message": "x", "client_id": "hello"}, headers=headers)
    assert again.json()["seq"] == 1


def test_whoever_has_seen_less_than_a_cleanup_of_0001_starts_afresh(tmp_path: Path) -> None:
    path = tmp_path / DATABASE
    shutil.copy(FIXTURES / "0001.sqlite3", path)
    migrate(path)
    with closing(sqlite3.connect(path)) as connection:
        rooms = connection.execute("SELECT id, first_seq > 1, trimmed_rev, rev FROM rooms ORDER BY id").fetchall()
    assert [(room, trimmed, seen == rev if trimmed else seen) for room, trimmed, seen, rev in rooms] == [
        ("general", 0, 0),
        ("random", 0, 0),
        ("tech", 1, True),
    ]


LATER = f'''
import sqlalchemy as sa
from alembic import op

revision = "9000"
down_revision = "{REVISION}"
branch_labels = None
depends_on = None
stop_here = __builtins__.get("stop_here", lambda point: None)


def upgrade() -> None:
    """Everything a migration can do to a table that others refer to, with more changes than fit into memory."""
    op.execute("PRAGMA cache_size = 2")
    op.add_column("messages", sa.Column("colour", sa.Text()))
    stop_here("column")
    op.execute("UPDATE messages SET colour = hex(zeroblob(3000))")
    stop_here("rows")
    with op.batch_alter_table("users", recreate="always") as table:
        table.add_column(sa.Column("shape", sa.Text()))
    stop_here("rebuilt")
    op.create_index("ix_messages_colour", "messages", ["colour"])
    op.drop_table("retired_client_ids")
    stop_here("dropped")
'''

UPGRADE = """
from pathlib import Path
import sqlalchemy
import chatapp
from chatapp.storage import copying, form, migrate as migrations

path, later = Path(sys.argv[2]), Path(sys.argv[3])
migrations.migrations_dir = lambda: later
migrations.REVISION = form.REVISION = "9000"
copying._PAGES = 4
copying.SECONDS_BETWEEN = 0
sync, upgrade = copying.sync, migrations.upgrade
def say(line):
    if line.startswith("Copying") and " 0 %" not in line:
        stop_here("copying")
def before_sync(part):
    stop_here("copied")
    sync(part)
def before_upgrade(*arguments):
    stop_here("before")
    upgrade(*arguments)
copying.sync, migrations.upgrade = before_sync, before_upgrade
sqlalchemy.event.listen(sqlalchemy.Engine, "commit", lambda connection: stop_here("commit"))
migrations.migrate(path, say)
stop_here("after")
"""


@pytest.fixture
def later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The migrations of a later program, which this process is from now on."""
    folder = tmp_path / "later"
    shutil.copytree(migrations.migrations_dir(), folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / "9000_later.py").write_text(LATER)
    monkeypatch.setattr(migrations, "migrations_dir", lambda: folder)
    monkeypatch.setattr(migrations, "REVISION", "9000")
    monkeypatch.setattr(form, "REVISION", "9000")
    return folder


Prepare = Callable[[Path], None]


def stopped(path: Path) -> None:
    """The program before was stopped: one file, in WAL mode."""
    assert path.read_bytes()[18] == 2


def killed(path: Path) -> None:
    """The program before was killed: what was said last is in the log."""
    killed_at(
        "here",
        "import chatapp, sqlite3\n"
        "connection = sqlite3.connect(sys.argv[2])\n"
        "connection.execute(\"UPDATE rooms SET topic = 'Only in the log'\")\n"
        'connection.commit()\nstop_here("here")',
        path,
    )
    assert log_of(path).stat().st_size > 0


def restored(path: Path) -> None:
    """A backup lies in its place: one file, in no WAL mode."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")


POINTS = ("copying", "copied", "before", "column", "rows", "rebuilt", "dropped", "commit", "after")
KILLS = [
    *((stopped, point) for point in POINTS),
    *((prepare, point) for prepare in (killed, restored) for point in ("copying", "rows", "commit")),
]


@pytest.mark.parametrize("before", FORMS[-1:], indirect=True)
@pytest.mark.parametrize(("prepare", "point"), KILLS)
def test_a_kill_leaves_the_old_state_and_the_next_start_completes_it(
    path: Path, before: str, later: Path, prepare: Prepare, point: str
) -> None:
    prepare(path)
    # Aside, since reading folds the log in.
    was = shutil.copytree(path.parent, path.parent / "was") / DATABASE
    columns, rows = columns_at(was), everything(was)
    killed_at(point, UPGRADE, path, later)
    if point in {"rows", "rebuilt", "dropped", "commit"}:
        under_way = [beside(path, ending) for ending in ("-wal", "-journal")]
        sizes = [one.stat().st_size for one in under_way if one.exists()]
        assert max(sizes) > 4096, "nothing was written yet that a kill could leave"
    left = shutil.copytree(path.parent, path.parent / "left") / DATABASE
    assert form.revision(left) == ("9000" if point == "after" else before)
    if point != "after":
        assert everything(left) == rows

    assert (migrate(path) is None) == (point == "after")
    del columns["retired_client_ids"]
    assert everything(path, columns) == {table: rows[table] for table in columns}
    assert form.revision(path) == "9000"
    folder = path.parent / "backups"
    ours = (".sqlite3", ".sqlite3.proof")
    assert [one.name for one in folder.iterdir() if not one.name.endswith(ours)] == [".lock"]
    assert {one.revision for one in backups.kept(folder)} == {before}
    assert len(backups.kept(folder)) == (1 if point in {"copying", "copied", "after"} else 2)
    assert all(everything(folder / one.name) == rows for one in backups.kept(folder))
    assert {one.name for one in path.parent.iterdir()} == {DATABASE, "backups", "later", "left", "was"}


MAKE = """
from pathlib import Path
import sqlalchemy
import chatapp
from chatapp.storage.migrate import migrate
sqlalchemy.event.listen(sqlalchemy.Engine, "begin", lambda connection: stop_here("begin"))
@sqlalchemy.event.listens_for(sqlalchemy.Engine, "commit")
def before_commit(connection):
    # What does not fit into memory is written at once.
    connection.exec_driver_sql("PRAGMA cache_size = 1")
    connection.exec_driver_sql("CREATE TABLE large (filling)")
    connection.exec_driver_sql("INSERT INTO large VALUES (zeroblob(100000))")
    stop_here("commit")
migrate(Path(sys.argv[2]))
"""


@pytest.mark.parametrize("point", ["begin", "commit"])
def test_a_kill_while_a_database_is_made_leaves_none(tmp_path: Path, point: str) -> None:
    path = tmp_path / DATABASE
    killed_at(point, MAKE, path)
    assert path.exists()
    if point == "commit":
        assert path.stat().st_size > 0
    assert migrate(path) is None
    assert form.revision(path) == REVISION
    assert "large" not in columns_at(path)
    assert {one.name for one in tmp_path.iterdir()} == {DATABASE}

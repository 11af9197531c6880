"""A kill at any step of a cleanup, an erasure and an undo: nothing is half, and the next start completes it."""

import json
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from chatapp.data_folder import DATABASE, SEARCH_INDEX
from tests.conftest import Serve, Served
from tests.integration.test_messages import bearer, sign_in
from tests.integration.test_retention import DAY, execute, kept, pass_days
from tests.integration.test_trash import host_of
from tests.killed import killed_at

CHILD = """
import asyncio
import functools
import inspect
from pathlib import Path
from chatapp.app import App
from chatapp.services.leaving import Leaving
from chatapp.services.retention import Retention
from chatapp.services.trash import Trash
from chatapp.settings import Settings
from chatapp.storage.archive_folder import ArchiveFile
from chatapp.storage.database import Database
from chatapp.storage.scrubbing import Scrubber
from chatapp.storage.search_filling import Filling
from chatapp.storage.search_wiping import Wiping
from chatapp.storage.writer import Writer
from chatapp.whereabouts import Whereabouts

folder, archive, trim = Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4])

def wrap(owner, name):
    work = getattr(owner, name)
    @functools.wraps(work)
    def wrapped(*args):
        stop_here(f"before {name}")
        done = work(*args)
        stop_here(f"after {name}")
        return done
    @functools.wraps(work)
    async def wrapped_async(*args):
        stop_here(f"before {name}")
        done = await work(*args)
        stop_here(f"after {name}")
        return done
    setattr(owner, name, wrapped_async if inspect.iscoroutinefunction(work) else wrapped)

for owner, name in (
    (ArchiveFile, "write"), (ArchiveFile, "keep"), (Retention, "_trim"), (Retention, "_note"), (Trash, "_erase"),
    (Trash, "_settle"), (Trash, "_count_as_erased"), (Trash, "_bring_back"), (Database, "scrub"), (Scrubber, "scrub"),
    (Database, "empty_log"), (Filling, "purge"), (Wiping, "_scrub"), (Leaving, "_take"), (Leaving, "_forget"),
    (Leaving, "_tell"), (Leaving, "_finish"),
):
    wrap(owner, name)

stored = Writer._settle
async def settled(writer, outcome):
    stop_here(f"stored {outcome.entries[0].change.__name__}")
    await stored(writer, outcome)
Writer._settle = settled

async def main():
    settings = Settings(data_dir=folder, retention_messages=2, archive_folder=archive)
    where = Whereabouts("127.0.0.1", 0, folder / "certificates")
    app = App(settings, secret_key="a key for tests", operator_secret="none", whereabouts=where)
    await app.start(serves=False)
    if trim:
        async with app._database.read() as connection:
            from chatapp.storage import users
            (host,) = [one for one in (await users.by_ids(connection, [int(sys.argv[5])])).values()]
        await app._trash.bring_back(host, trim)
    else:
        await app._leaving.finish()
        await app.clean(dry_run=False)
    await app.close()

asyncio.run(main())
"""


@pytest.fixture
def transport() -> str:
    """How people are connected does not matter here."""
    return "websocket"


@pytest.fixture
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of archives."""
    return tmp_path_factory.mktemp("elsewhere") / "shelf"


def mark(number: int) -> str:
    """What a message says: short, longer, or about a page."""
    return f"zq{number:03}qz " * (10, 150, 440)[number % 3]


async def ready(serve: Serve, shelf: Path) -> Served:
    """A chat with messages that a cleanup of long ago took, others that the next one takes, and somebody who left; its
    time for both has come. It does not run.
    """
    chat = await serve(retention_messages=2, rate_limit=False, archive_folder=shelf)
    async with host_of(chat) as host, httpx.AsyncClient(base_url=chat.url) as http:
        for first, last in ((1, 6), (7, 10)):
            for number in range(first, last + 1):
                body = {"message": mark(number)}
                assert (await host.post("/api/rooms/general/messages", json=body)).status_code == 201
            if first == 1:
                await host.post("/api/admin/cleanup")
                await pass_days(chat, 8)
        bo = await sign_in(http, "Bo")
        await http.post("/api/rooms/tech/messages", json={"message": mark(11)}, headers=bearer(bo))
        me = (await http.get("/api/me", headers=bearer(bo))).json()["user_id"]
        while chat.app._indexer.percent != 100:
            await chat.app._indexer._do(lambda: None)
    await execute(chat, "UPDATE installation SET cleaned_at = ?", time.time_ns() // 1_000_000 - 2 * DAY)
    await execute(
        chat, "UPDATE users SET leaving = 'erase', left_at = 1, is_temporary = 1, username = '-' WHERE id = ?", int(me)
    )
    await chat.stop()
    return chat


async def look(chat: Served) -> tuple[int, int, int]:
    """Where the room begins, how many cleanups are still to be erased, and how many people to be forgotten."""
    async with chat.app._database.read() as connection:
        found = await connection.execute(
            text(
                "SELECT (SELECT first_seq FROM rooms WHERE id = 'general'), "
                "(SELECT count(*) FROM trims WHERE erased_at IS NULL AND before_seq < 7), "
                "(SELECT count(*) FROM users WHERE leaving IS NOT NULL)"
            )
        )
        first_seq, trims, leaving = found.one()
        return first_seq, trims, leaving


def archived(shelf: Path) -> list[str]:
    """Which stretches of rooms have an archive."""
    return sorted(path.name.rsplit("-", 2)[0] for path in shelf.glob("*.ndjson"))


def holding(folder: Path, *numbers: int) -> list[str]:
    """Which of these texts can still be read, and in which file."""
    names = [path for path in folder.iterdir() if path.name.startswith((DATABASE, SEARCH_INDEX))]
    return [
        f"{number} in {path.name}"
        for path in names
        for number in numbers
        if mark(number)[:7].encode() in path.read_bytes()
    ]


POINTS = (
    "after _take", "stored _take", "stored _forget", "stored _tell", "stored _finish", "before write", "before keep",
    "after keep", "after _trim", "stored _trim", "stored _note", "after _erase", "stored _erase", "after empty_log",
    "after _count_as_erased", "stored _count_as_erased", "before _scrub",
)  # fmt: skip


@pytest.mark.parametrize("point", POINTS)
async def test_a_kill_at_any_step_is_made_good_by_the_next_start(serve: Serve, shelf: Path, point: str) -> None:
    chat = await ready(serve, shelf)
    folder = chat.settings.data_dir
    killed_at(point, CHILD, folder, shelf, "0")
    await chat.start()
    while await look(chat) != (9, 0, 0):
        pass
    assert await kept(chat) == [9, 10]
    assert [(row[0], row[1]) for row in await execute(chat, "SELECT first_seq, before_seq FROM trims ORDER BY id")] == [
        (5, 5),
        (5, 9),
    ]
    assert archived(shelf) in (["general-1-4", "general-5-8"], ["general-1-4", "general-5-8", "general-5-8"])
    gone = (1, 2, 3, 4, 11)
    while holding(folder, *gone):
        await chat.app._indexer._do(lambda: None)
    await chat.stop()
    assert holding(folder, *gone) == []
    assert holding(folder, *range(5, 11)) != []


@pytest.mark.parametrize("point", ["before _bring_back", "after _bring_back", "stored _bring_back"])
async def test_a_kill_in_an_undo_leaves_all_or_nothing_of_it(serve: Serve, shelf: Path, point: str) -> None:
    chat = await serve(retention_messages=2, rate_limit=False, archive_folder=shelf)
    async with host_of(chat) as host:
        for number in range(1, 6):
            await host.post("/api/rooms/general/messages", json={"message": mark(number)})
        await host.post("/api/admin/cleanup")
        [trim] = (await host.get("/api/admin/trims")).json()["trims"]
        me: dict[str, Any] = (await host.get("/api/me")).json()
    await chat.stop()
    killed_at(point, CHILD, chat.settings.data_dir, shelf, trim["id"], me["user_id"])
    await chat.start()
    [(first_seq, held_at)] = await execute(chat, "SELECT first_seq, held_at FROM rooms WHERE id = 'general'")
    [(undone_at,)] = await execute(chat, "SELECT undone_at FROM trims")
    noted = await execute(chat, "SELECT detail FROM audit WHERE action = 'history_restored'")
    is_back = point.startswith("stored")
    assert (first_seq, held_at is not None, undone_at is not None) == (
        (1, True, True) if is_back else (4, False, False)
    )
    assert [json.loads(row[0]) for row in noted] == ([{"messages": 3}] if is_back else [])
    assert await kept(chat) == ([1, 2, 3, 4, 5] if is_back else [4, 5])

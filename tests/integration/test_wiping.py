"""Nothing of what was erased, deleted or edited away is left in any file: looked for byte by byte."""

import asyncio
import random
import sqlite3
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
from sqlalchemy import text

from chatapp.data_folder import DATABASE, SEARCH_INDEX
from chatapp.domain.commands import DeleteMessage
from chatapp.domain.events import Keeps
from chatapp.domain.limits import Limiter
from chatapp.services.changes import Changes
from chatapp.services.leaving import Leaving
from chatapp.services.trash import LASTS_MS, Trash
from chatapp.services.wiping import Wiping
from chatapp.storage import database, installation, journal, volume
from chatapp.storage.migrate import migrate
from chatapp.storage.scrubbing import Scrubber
from chatapp.storage.search_filling import Filling
from chatapp.storage.search_index import SearchIndex
from tests.desk import Desk

SEEDS = 6
MESSAGES = 400
TAKEN_BACK = 120
LENGTHS = (1, 3, 20, 60, 90, 300)
"""In marks of eleven bytes: some in a few bytes, some nearly a page, some of several pages (4,096 bytes)."""


@pytest.fixture(params=["wal", "delete"])
def mode(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """With a log, and as on a disk of another machine, with a rollback journal."""
    if request.param == "delete":
        monkeypatch.setattr(volume, "file_system", lambda _: "nfs4")
    return str(request.param)


class House:
    """A data folder with a database and a search index, and people who do at random what one can do to messages."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        self.chance = random.Random(seed)
        self.seed = seed
        self.desk = Desk(folder / DATABASE)
        self.kept: dict[int, str] = {}
        self.gone: set[str] = set()
        self._marks = 0
        self._past: dict[int, list[str]] = {}

    @asynccontextmanager
    async def open(self) -> AsyncIterator["House"]:
        """With the writer at work."""
        desk = self.desk
        async with desk.database.writing.begin() as connection:
            await installation.ensure(connection, desk.now)
        async with asyncio.TaskGroup() as group:
            group.create_task(desk.writer.run())
            self.people = [await desk.host_called("Ada"), (await desk.sign_in("Bo")).user]
            self.index = SearchIndex(self.folder / SEARCH_INDEX, desk.path)
            self.filling = Filling(self.index)
            wiping = Wiping(desk.database, desk.writer, rest=0)
            self.trash = Trash(desk.database, desk.writer, lambda _: Keeps(), wiping, self.filling.wipe)
            self.leaving = Leaving(desk.database, desk.writer, desk.passwords, desk.endings, wiping, self.filling.wipe)
            self.changes = Changes(desk.database, desk.writer, Limiter(None, time.monotonic), longest=65_536)
            self.wiping = wiping
            try:
                yield self
            finally:
                self.filling.close()
                self.index.shut()
                desk.writer.close()
        desk.hashes.close()
        await desk.database.close()

    async def talk(self) -> None:
        """Say things of any length, in the order in which an import brings them, and edit some to another length."""
        numbers = list(range(1, MESSAGES + 1))
        self.chance.shuffle(numbers)
        for first in range(0, MESSAGES, 13):
            async with self.desk.database.writing.begin() as connection:
                for number in numbers[first : first + 13]:
                    row = (number * 10, number, number, self.people[number % 2].id, self._text(number), number)
                    await connection.exec_driver_sql(
                        "INSERT INTO messages (id, room_id, seq, rev, user_id, username, message, created_at) "
                        "VALUES (?, 'general', ?, ?, ?, 'Somebody', ?, ?)",
                        row,
                    )
                for number in self.chance.sample(sorted(self.kept), min(5, len(self.kept))):
                    await connection.exec_driver_sql(
                        "INSERT INTO edits SELECT id, (SELECT count(*) FROM edits WHERE message_id = messages.id), "
                        "message, 1 FROM messages WHERE seq = ?",
                        (number,),
                    )
                    await connection.exec_driver_sql(
                        "UPDATE messages SET message = ? WHERE seq = ?", (self._text(number), number)
                    )
        await self.execute(f"UPDATE rooms SET last_seq = {MESSAGES}, rev = {MESSAGES} WHERE id = 'general'")

    async def remove(self) -> None:
        """Take messages back, erase the first ones as a cleanup of long ago, and all that Bo has said."""
        taken_back = self.chance.sample(range(MESSAGES // 2, MESSAGES + 1), TAKEN_BACK)
        await asyncio.gather(
            *(self.changes.delete(self.people[0], DeleteMessage(str(number * 10))) for number in taken_back)
        )
        self._is_gone(taken_back)
        await asyncio.to_thread(self.fill)
        before = MESSAGES // 2
        await self.execute(f"UPDATE rooms SET first_seq = {before} WHERE id = 'general'")
        taken = time.time_ns() // 1_000_000 - LASTS_MS - 1
        await self.execute(f"INSERT INTO trims VALUES (1, 'general', 1, {before}, {taken}, NULL, NULL)")
        self._is_gone(range(1, before))
        await self.execute(f"UPDATE users SET leaving = 'erase', left_at = 1 WHERE id = {self.people[1].id}")
        self._is_gone(number for number in range(before, MESSAGES + 1) if number % 2)
        assert await self.trash.erase() == before - 1
        assert await self.leaving.finish()
        await asyncio.to_thread(self.fill)
        await asyncio.to_thread(self.filling.purge)

    def fill(self) -> None:
        """Have everything in the index."""
        while self.filling.follow() or self.filling.work():
            pass

    def left(self) -> list[str]:
        """Where something of what is gone can be read."""
        files = {path.name: path.read_bytes() for path in self.folder.iterdir() if path.is_file()}
        return [
            f"{mark} in {name}" for mark in sorted(self.gone) for name, data in files.items() if mark.encode() in data
        ]

    async def execute(self, statement: str) -> None:
        """Change the database behind everybody's back."""
        async with self.desk.database.writing.begin() as connection:
            await connection.execute(text(statement))

    def said(self) -> dict[int, str]:
        """What the messages say."""
        return dict(self.desk.rows("SELECT seq, message FROM messages WHERE message != ''"))

    def _text(self, number: int) -> str:
        self._marks += 1
        mark = f"z{self.seed:02}q{self._marks:05}z "
        self._past.setdefault(number, []).append(mark.strip())
        self.kept[number] = mark * self.chance.choice(LENGTHS)
        return self.kept[number]

    def _is_gone(self, numbers: Iterable[int]) -> None:
        for number in numbers:
            self.kept.pop(number, None)
            self.gone.update(self._past.pop(number, []))


async def done(folder: Path, seed: int) -> tuple[House, list[str]]:
    """A house in which people have talked and much was removed; and what is left of that while it is open."""
    await asyncio.to_thread(folder.mkdir)
    await asyncio.to_thread(migrate, folder / DATABASE)
    async with House(folder, seed).open() as house:
        await house.talk()
        await house.remove()
        assert house.said() == house.kept
        return house, house.left()


async def test_no_byte_of_what_is_gone_is_in_any_file(tmp_path: Path, mode: str) -> None:
    for seed in range(SEEDS):
        house, left = await done(tmp_path / str(seed), seed)
        assert left == [], seed
        assert house.left() == [], seed
        assert journal.mode(house.desk.path) == mode
        for name in (DATABASE, SEARCH_INDEX):
            with closing(sqlite3.connect(house.folder / name)) as connection:
                assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert house.said() == house.kept


async def test_what_the_scrubbing_finds_would_be_left_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What proves that the test above looks at the right thing.
    monkeypatch.setattr(Scrubber, "stale", lambda _scrubber, _first: ([], None))
    left = [one for seed in range(SEEDS) for one in (await done(tmp_path / str(seed), seed))[1]]
    assert {one.split(" in ")[1] for one in left} >= {DATABASE}


@pytest.mark.usefixtures("mode")
async def test_people_talk_on_while_it_is_wiped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "LOOK_FOR", 0)
    await asyncio.to_thread(migrate, tmp_path / DATABASE)
    pauses = 0
    async with House(tmp_path, 1).open() as house:
        scrub = house.desk.database.scrub

        async def count(pages: list[int]) -> bool:
            nonlocal pauses
            pauses += 1
            return await scrub(pages)

        monkeypatch.setattr(house.desk.database, "scrub", count)
        await house.talk()
        async with asyncio.TaskGroup() as group:
            wiping = group.create_task(house.wiping.wipe())
            while not wiping.done() and house.kept:
                number = house.chance.choice(sorted(house.kept))
                await house.changes.delete(house.people[0], DeleteMessage(str(number * 10)))
                house._is_gone([number])
        assert wiping.result()
        assert pauses
        assert len(house.gone) > 1
        assert await house.wiping.wipe()
        assert house.said() == house.kept
        assert [one for one in house.left() if DATABASE in one] == []


async def test_who_reads_for_long_puts_it_off(tmp_path: Path) -> None:
    await asyncio.to_thread(migrate, tmp_path / DATABASE)
    async with House(tmp_path, 1).open() as house:
        async with house.desk.database.read() as connection:
            await connection.execute(text("SELECT count(*) FROM messages"))
            await house.talk()
            assert not await house.wiping.wipe()
        assert await house.wiping.wipe()


@pytest.mark.usefixtures("mode")
async def test_who_commits_meanwhile_puts_it_off(tmp_path: Path) -> None:
    await asyncio.to_thread(migrate, tmp_path / DATABASE)
    async with House(tmp_path, 1).open() as house:
        with closing(sqlite3.connect(tmp_path / DATABASE, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            await house.desk.database.fold_log()
            assert not await house.wiping.wipe()
        assert await house.wiping.wipe()


def test_a_file_whose_pages_move_by_themselves_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.sqlite3"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA auto_vacuum = FULL")
        connection.execute("CREATE TABLE words (word TEXT)")
    scrubber = Scrubber(path)
    assert scrubber.stale(1) == ([], None)
    scrubber.close()

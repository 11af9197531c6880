"""The SQLite file and its connections: one that writes, some that read.

The file is in WAL mode, so reading never waits for writing, except where that is not safe (see `journal`).
`synchronous=FULL` syncs the log at every commit: what is committed survives a power cut. `secure_delete=ON` writes
zeros over what is removed where it stands; `stale` finds what else the file holds of it, `scrub` overwrites that, and
`empty_log` takes it out of the log.
What goes wrong is told to `on_trouble`.
Reading connections are `query_only`: a read that tried to write would fail.
"""

import asyncio
import logging
import os
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager, closing
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import sqlalchemy
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from chatapp.domain.troubles import TroubleKind
from chatapp.errors import Unavailable
from chatapp.storage import trouble
from chatapp.storage.driver import Connection
from chatapp.storage.journal import Journaling
from chatapp.storage.looking import code, connect, has_content, log_of
from chatapp.storage.scrubbing import Scrubber

log = logging.getLogger(__name__)

# Each is a thread; pages of history take a fraction of a millisecond, so a few serve many people.
READERS = 4
BUSY_TIMEOUT_MS = 10_000
LOOK_FOR = 0.05
"""Seconds for which pages are looked at before others have their turn."""
LOG_TIMEOUT = 0.05
"""Seconds for which emptying the log may keep the writer waiting, until all who read have come to its end."""

Reading = AsyncConnection
"""A connection that reads."""


class Database:
    """Connections to the file at `path`; `close` lets them go. Raises StartRefused where the file system is unsafe."""

    def __init__(self, path: Path) -> None:
        self.path = path
        journaling = Journaling(path)
        writing = ["synchronous = FULL", "foreign_keys = ON", "secure_delete = ON"]
        self.writing = _engine(path, "BEGIN IMMEDIATE", writing, journaling, writes=True)
        self._reading = _engine(path, "BEGIN", ["query_only = ON"], journaling, writes=False)
        self._place: tuple[int, int] | None = None
        event.listen(self.writing.sync_engine, "connect", self._opened)
        self.on_trouble: Callable[[TroubleKind], None] | None = None
        """Told of what is wrong whenever that is found."""

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Reading]:
        """A connection that reads one state of the database for as long as it is held.

        Raises Unavailable when the file cannot be read, or all connections are busy for too long.
        """
        try:
            async with self._reading.begin() as connection:
                yield connection
        except (DBAPIError, PoolTimeoutError) as error:
            log.error("The database could not be read: %s", getattr(error, "orig", error))  # noqa: TRY400 - the text says it all
            self.report(error)
            raise Unavailable("The server cannot read anything at the moment.", retry_after=5) from error

    async def journal_mode(self) -> str:
        """The mode that holds: `wal`, or `delete` for a rollback journal. Raises Unavailable."""
        async with self.read() as connection:
            return str(await connection.scalar(text("PRAGMA journal_mode")))

    async def is_ready(self) -> bool:
        """Whether the file is where it was, can be read, and holds a chat."""
        try:
            async with self.read() as connection:
                await connection.execute(text("SELECT 1 FROM installation"))
        except Unavailable:
            return False
        return self.is_in_place()

    def is_in_place(self) -> bool:
        """Whether the file that is written to is still the one at `path`. One that was moved away or removed takes
        what is written like any other, and nobody would find it again.
        """
        if self._place is None:
            return True
        try:
            return _place(self.path) == self._place
        except OSError:
            return False

    def demand_in_place(self) -> None:
        """Raise NotInPlace where the file is not at `path` any more."""
        if not self.is_in_place():
            raise trouble.NotInPlace(f"{self.path} is not where it was opened")

    def is_full(self) -> bool:
        """Whether the disk has no room for what is to be stored."""
        return trouble.is_full(self.path)

    async def is_whole(self) -> bool:
        """Whether all of the file holds together, read from the disk. Takes long for a large one."""
        return await asyncio.to_thread(_is_whole, self.path)

    def report(self, error: Exception) -> TroubleKind | None:
        """Tell of an error what is wrong by it; return that, None where it is not the database."""
        found = getattr(error, "orig", error)
        if not isinstance(found, sqlite3.Error):
            return None
        kind = trouble.kind(found, self.path, is_in_place=self.is_in_place())
        if kind is not None and self.on_trouble is not None:
            self.on_trouble(kind)
        return kind

    def _opened(self, _connection: Any, _record: Any) -> None:
        if self._place is None:
            self._place = _place(self.path)

    async def empty_log(self) -> bool:
        """Fold the log into the file and cut it to nothing: what it held of texts that are gone is gone too. Return
        False where somebody reads for so long that it has to be tried again.
        """
        # The first part leaves little to do for the second, for which the writer waits.
        return await asyncio.to_thread(_checkpoint, self.path, "PASSIVE", "TRUNCATE")

    async def fold_log(self) -> None:
        """Fold into the file what can be folded while everything goes on."""
        await asyncio.to_thread(_checkpoint, self.path, "PASSIVE")

    async def stale(self, first: int, most: int) -> tuple[list[int], int | None]:
        """About `most` pages from number `first` on that hold something of what was removed, unless there are fewer;
        and from where to go on, None at the end. Raises OSError.
        """
        return await asyncio.to_thread(self._stale, first, most)

    async def scrub(self, pages: Collection[int]) -> bool:
        """Overwrite what these pages hold of what was removed, while the writer pauses. Return False where somebody
        reads for so long that it has to be tried again. Raises OSError.
        """
        if not (self.is_in_place() and await self.empty_log()) or has_content(log_of(self.path)):
            return False
        await asyncio.to_thread(self._scrubber.scrub, pages)
        async with self.writing.begin() as connection:
            # It would write what it remembers of these pages.
            await connection.execute(text("PRAGMA shrink_memory"))
        return True

    async def sync(self) -> None:
        """Have what was overwritten on the disk. Raises OSError."""
        await asyncio.to_thread(self._scrubber.sync)

    async def close(self) -> None:
        """Let all connections go; the last one folds the log into the file."""
        await self._reading.dispose()
        await self.writing.dispose()
        if "_scrubber" in self.__dict__:
            self._scrubber.close()

    @cached_property
    def _scrubber(self) -> Scrubber:
        return Scrubber(self.path)

    def _stale(self, first: int, most: int) -> tuple[list[int], int | None]:
        began = time.monotonic()
        found, following = self._scrubber.stale(first)
        while following is not None and len(found) < most and time.monotonic() - began < LOOK_FOR:
            more, following = self._scrubber.stale(following)
            found += more
        return found, following


def _checkpoint(path: Path, *modes: str) -> bool:
    with closing(connect(path, "rw", seconds=LOG_TIMEOUT)) as connection:
        try:
            found = [connection.execute(f"PRAGMA wal_checkpoint({mode})").fetchone() for mode in modes]
        except sqlite3.OperationalError as error:
            # Without a log, asking for one waits for whoever commits.
            if code(error) != sqlite3.SQLITE_BUSY:
                raise
            return False
    (is_busy, _, _) = found[-1]
    return not is_busy


def _place(path: Path) -> tuple[int, int]:
    found = os.stat(path)  # noqa: PTH116 - of a few microseconds, and asked at every commit
    return found.st_dev, found.st_ino


def _is_whole(path: Path) -> bool:
    try:
        # By a connection of its own, which remembers no page from before.
        with closing(connect(path, "rw")) as connection:
            connection.execute("PRAGMA query_only = ON")
            (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error:
        return False
    return bool(found == "ok")


def _engine(path: Path, begin: str, pragmas: list[str], journaling: Journaling, *, writes: bool) -> AsyncEngine:
    # Parameters are what people say: no error may carry them into the log.
    engine = create_async_engine(
        f"sqlite+aiosqlite:///{path}",
        async_creator=partial(Connection, path, writes=writes),
        pool_size=1 if writes else READERS,
        max_overflow=0,
        # The one used last remembers most of what is read.
        pool_use_lifo=True,
        hide_parameters=True,
    )

    @event.listens_for(engine.sync_engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        # The driver's own transactions would commit behind our back; `begin` below opens them instead.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        more = journaling.begin(cursor)
        for pragma in [*pragmas, *more]:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def on_begin(connection: sqlalchemy.Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine

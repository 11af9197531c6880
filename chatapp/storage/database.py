"""The SQLite file and its connections: one that writes, some that read.

The file is in WAL mode, so reading never waits for writing. `synchronous=FULL` syncs the log at every commit: what is
committed survives a power cut. Reading connections are `query_only`: a read that tried to write would fail.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

# Each is a thread; pages of history take a fraction of a millisecond, so a few serve many people.
READERS = 4
BUSY_TIMEOUT_MS = 10_000


class Database:
    """Connections to the file at `path`; `close` lets them go."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.writing = _engine(path, "BEGIN IMMEDIATE", ["synchronous = FULL", "foreign_keys = ON"], 1)
        self._reading = _engine(path, "BEGIN", ["query_only = ON"], READERS)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A connection that reads one state of the database for as long as it is held."""
        async with self._reading.begin() as connection:
            yield connection

    async def close(self) -> None:
        """Let all connections go; the last one folds the log into the file."""
        await self._reading.dispose()
        await self.writing.dispose()


def _engine(path: Path, begin: str, pragmas: list[str], size: int) -> AsyncEngine:
    engine = create_async_engine(f"sqlite+aiosqlite:///{path}", pool_size=size, max_overflow=0)

    @event.listens_for(engine.sync_engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        # The driver's own transactions would commit behind our back; `begin` below opens them instead.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ["journal_mode = WAL", f"busy_timeout = {BUSY_TIMEOUT_MS}", *pragmas]:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def on_begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine

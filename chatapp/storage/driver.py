"""The database driver: aiosqlite, with fewer trips between threads.

Mechanism: aiosqlite runs every call on a thread of the connection's own, and SQLAlchemy makes four calls for a query
(make a cursor, execute, fetch, close). A trip costs more than a small statement itself. So here only what can take
long goes to the thread, and all of it in one trip. On a connection that reads that is each query, executed, fetched
and closed; beginning and ending to read takes no time. On the one that writes it is BEGIN (which waits while another
program writes) and COMMIT (which waits for the disk); a batch's statements run where they are asked for.

Guarantees: the same rows and errors; never two threads at once. Cost: all rows of a result are in memory at once, as
SQLAlchemy has them anyway, and the event loop stands still for a statement that writes: changes touch few rows at a
time and find them by an index.

Reaches into `aiosqlite.Connection._execute`; tests/integration/test_database.py fails when that moves.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Self

import aiosqlite

Outcome = tuple[Any, list[Any], int, int | None]
"""A description of the columns (None without any), the rows, how many were changed, the id of the last one added."""


class Connection(aiosqlite.Connection):
    """A connection to the file at `path`, open once it was awaited; `writes` when it is the one that writes."""

    def __init__(self, path: Path, *, writes: bool) -> None:
        # Never one that makes a database: where it went away meanwhile, an empty one would stand in its place.
        uri = f"{path.absolute().as_uri()}?mode=rw"
        super().__init__(lambda: sqlite3.connect(uri, uri=True, check_same_thread=False), iter_chunk_size=64)
        self._writes = writes
        # The interpreter does not wait for a connection that nobody closed.
        self._thread.daemon = True

    def cursor(self) -> "Cursor":  # type: ignore[override]
        """A cursor, which SQLAlchemy enters and then takes for one of aiosqlite's."""
        return Cursor(self)

    async def run(self, statement: str, parameters: Any, *, is_many: bool = False) -> Outcome:
        """Execute a statement and fetch what it gives."""
        if self._writes != statement.startswith("BEGIN"):
            return _run(self._conn, statement, parameters, is_many)
        outcome: Outcome = await self._execute(_run, self._conn, statement, parameters, is_many)  # type: ignore[no-untyped-call]
        return outcome

    async def commit(self) -> None:
        """End the transaction, and keep what it wrote."""
        if self._writes:
            await super().commit()
        else:
            self._conn.commit()

    async def rollback(self) -> None:
        """Undo the transaction, if there is one: SQLAlchemy asks for it whenever it lays a connection aside."""
        if self._conn.in_transaction:
            await super().rollback()


class Cursor:
    """A statement and what it gave."""

    arraysize = 1
    description: Any = None
    rowcount = -1
    lastrowid: int | None = None

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows: list[Any] = []

    async def __aenter__(self) -> Self:
        """It is ready at once."""
        return self

    async def execute(self, statement: str, parameters: Any = ()) -> None:
        """Execute a statement and keep what it gives."""
        self._keep(await self._connection.run(statement, parameters))

    async def executemany(self, statement: str, parameters: Iterable[Any]) -> None:
        """Execute a statement once for each set of parameters."""
        self._keep(await self._connection.run(statement, parameters, is_many=True))

    async def fetchall(self) -> Sequence[Any]:
        """The rows."""
        return self._rows

    async def close(self) -> None:
        """Nothing is left open."""

    def _keep(self, outcome: Outcome) -> None:
        self.description, self._rows, self.rowcount, self.lastrowid = outcome


def _run(connection: sqlite3.Connection, statement: str, parameters: Any, is_many: bool) -> Outcome:  # noqa: FBT001
    cursor = connection.cursor()
    try:
        (cursor.executemany if is_many else cursor.execute)(statement, parameters)
        return cursor.description, cursor.fetchall(), cursor.rowcount, cursor.lastrowid
    finally:
        cursor.close()

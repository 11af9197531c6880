"""The driver: how often it goes to a connection's thread, and that its rows and errors are the usual ones."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiosqlite
import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import IntegrityError, OperationalError

from chatapp.storage.database import Database, Reading
from chatapp.storage.tables import retired_client_ids

ROW = {"user_id": 1, "client_id": "c-1", "retired_at": 5}


@pytest.fixture
async def database(tmp_path: Path, empty_database: Path) -> AsyncIterator[Database]:
    """A migrated database."""
    made = Database(Path(shutil.copy(empty_database, tmp_path)))
    yield made
    await made.close()


@pytest.fixture
def trips(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is done on the threads of connections, as it is done."""
    made: list[str] = []
    execute = aiosqlite.Connection._execute

    async def counted(self: aiosqlite.Connection, function: Any, *args: Any, **kwargs: Any) -> Any:
        made.append(args[1].split()[0] if function.__name__ == "_run" else function.__name__)
        return await execute(self, function, *args, **kwargs)  # type: ignore[no-untyped-call]

    monkeypatch.setattr(aiosqlite.Connection, "_execute", counted)
    return made


async def test_a_batch_goes_to_the_thread_to_begin_and_to_commit(database: Database, trips: list[str]) -> None:
    async with database.writing.begin() as connection:
        await connection.execute(text("SELECT 1"))  # the first use of a connection asks the version of SQLite
    del trips[:]
    async with database.writing.begin() as connection:
        await connection.execute(insert(retired_client_ids), [ROW, ROW | {"client_id": "c-2"}])
        assert len((await connection.execute(select(retired_client_ids))).all()) == 2
        await connection.execute(update(retired_client_ids).values(retired_at=6))
    assert trips == ["BEGIN", "commit"]


async def test_a_query_goes_to_the_thread_once(database: Database, trips: list[str]) -> None:
    async with database.read() as connection:
        await connection.execute(text("SELECT 1"))
    del trips[:]
    async with database.read() as connection:
        assert (await connection.execute(select(retired_client_ids))).all() == []
        assert await connection.scalar(select(retired_client_ids.c.user_id)) is None
    assert trips == ["SELECT", "SELECT"]


async def test_who_reads_takes_the_connection_that_was_used_last(database: Database) -> None:
    async with database.read() as one, database.read() as other:
        both = {await raw(one), await raw(other)}
    taken = set()
    for _ in range(3):
        async with database.read() as connection:
            taken.add(await raw(connection))
    assert len(both) == 2
    assert len(taken) == 1, "each one used fills its cache"


async def raw(connection: Reading) -> object:
    """The driver's connection."""
    return (await connection.get_raw_connection()).driver_connection


async def test_rows_counts_and_errors_are_the_usual_ones(database: Database) -> None:
    async with database.writing.begin() as connection:
        await connection.execute(insert(retired_client_ids), [ROW, ROW | {"client_id": "c-2"}])
        changed = await connection.execute(update(retired_client_ids).values(retired_at=6))
        assert changed.rowcount == 2
        assert (await connection.execute(select(retired_client_ids))).all() == [(1, "c-1", 6), (1, "c-2", 6)]
        with pytest.raises(OperationalError, match="no such table"):
            await connection.execute(text("SELECT * FROM nowhere"))
    with pytest.raises(IntegrityError):
        async with database.writing.begin() as connection:
            await connection.execute(insert(retired_client_ids), [ROW | {"client_id": "c-3"}, ROW])
    async with database.read() as connection:
        assert len((await connection.execute(select(retired_client_ids))).all()) == 2, "all of a transaction or nothing"


async def test_a_read_sees_one_state_for_as_long_as_it_lasts(database: Database) -> None:
    async with database.read() as connection:
        before = (await connection.execute(select(retired_client_ids))).all()
        async with database.writing.begin() as writing:
            await writing.execute(insert(retired_client_ids), [ROW])
        assert (await connection.execute(select(retired_client_ids))).all() == before == []
    async with database.read() as connection:
        assert len((await connection.execute(select(retired_client_ids))).all()) == 1

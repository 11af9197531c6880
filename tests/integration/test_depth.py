"""What is read of a room costs the same wherever in it one is: SQLite goes straight to the place."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import text

from chatapp.domain.entities import Room
from chatapp.storage import messages, rooms
from chatapp.storage.database import Reading
from tests.desk import Desk

MESSAGES = 5_000
LIMIT = 20
STEPS = 10
"""So many of SQLite's instructions are counted as one."""
NEAR, FAR = 100, MESSAGES - 100

Read = Callable[[Reading, Room, int, int], Awaitable[list[Any]]]


async def filled(desk: Desk) -> Room:
    """A room in which much was said."""
    user = (await desk.sign_in("Ada")).user
    async with desk.database.writing.begin() as connection:
        await connection.exec_driver_sql(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
            "INSERT INTO messages (id, room_id, seq, rev, user_id, username, message, created_at) "
            "SELECT i, 'general', i, i, ?, 'Ada', 'said', i FROM n",
            (MESSAGES, user.id),
        )
        await connection.execute(text(f"UPDATE rooms SET last_seq = {MESSAGES}, rev = {MESSAGES} WHERE id = 'general'"))
    async with desk.database.read() as connection:
        found = await rooms.find_seen(connection, "general", None)
    assert found is not None
    return found


@pytest.mark.parametrize("read", [messages.before, messages.after, messages.changed_since])
async def test_no_place_is_reached_by_walking(desk: Desk, read: Read) -> None:
    room = await filled(desk)
    counted = 0

    def count() -> int:
        nonlocal counted
        counted += 1
        return 0

    async with desk.database.read() as connection:
        driver: Any = (await connection.get_raw_connection()).driver_connection
        await driver.set_progress_handler(count, STEPS)
        taken = []
        for place in (NEAR, FAR):
            counted = 0
            assert len(await read(connection, room, place, LIMIT)) == LIMIT
            taken.append(counted)
        await driver.set_progress_handler(None, STEPS)
    near, far = taken
    assert 0 < far < 2 * near

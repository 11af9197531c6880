"""Rooms and their counters."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from msgspec import structs
from sqlalchemy import ColumnElement, Row, bindparam, exists, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from chatapp.domain.entities import PUBLIC, Room
from chatapp.storage.repeated import Repeated
from chatapp.storage.tables import memberships, rooms

_COLUMNS: tuple[ColumnElement[Any], ...] = (
    rooms.c.id,
    rooms.c.name,
    rooms.c.topic,
    rooms.c.first_seq,
    rooms.c.last_seq,
    rooms.c.rev,
    rooms.c.trimmed_rev,
    rooms.c.kind,
    rooms.c.created_by,
    rooms.c.archived_at,
    rooms.c.direct_key,
    rooms.c.retention_days,
    rooms.c.retention_messages,
    rooms.c.held_at,
)

# Statements of the path that every message or page of history takes are made once: making them costs as much as
# running them.
_LOCK = select(*_COLUMNS).where(rooms.c.id.in_(bindparam("ids", expanding=True))).order_by(rooms.c.id).with_for_update()
_SET_COUNTERS = Repeated(
    update(rooms).where(rooms.c.id == bindparam("room")).values(last_seq=bindparam("last_seq"), rev=bindparam("rev"))
)
_CHANGE = Repeated(
    update(rooms)
    .where(rooms.c.id == bindparam("room"))
    .values(name=bindparam("name"), topic=bindparam("topic"), archived_at=bindparam("archived_at"))
)
# What a person may see (policies.may_see); somebody without a name is NULL, who is a member nowhere.
_IS_SEEN = (rooms.c.kind == PUBLIC) | exists().where(
    memberships.c.room_id == rooms.c.id,
    memberships.c.user_id == bindparam("user_id", type_=memberships.c.user_id.type),
)
_SEEN = select(*_COLUMNS).where(_IS_SEEN).order_by(rooms.c.created_at, rooms.c.id)
_FIND_SEEN = select(*_COLUMNS).where(rooms.c.id == bindparam("room"), _IS_SEEN)


def _from_row(row: Row[*tuple[Any, ...]]) -> Room:
    return Room(*row)


async def every(connection: AsyncConnection) -> list[Room]:
    """All rooms, the oldest first."""
    found = await connection.execute(select(*_COLUMNS).order_by(rooms.c.created_at, rooms.c.id))
    return [_from_row(row) for row in found]


async def seen_by(connection: AsyncConnection, user_id: int | None) -> list[Room]:
    """The rooms that a person may see, somebody without a name the public ones; the oldest first."""
    return [_from_row(row) for row in await connection.execute(_SEEN, {"user_id": user_id})]


async def find(connection: AsyncConnection, room: str) -> Room | None:
    """The room with this id, or None, whoever may see it."""
    row = (await connection.execute(select(*_COLUMNS).where(rooms.c.id == room))).one_or_none()
    return None if row is None else _from_row(row)


async def find_seen(connection: AsyncConnection, room: str, user_id: int | None) -> Room | None:
    """The room with this id, or None where the person may not see it."""
    row = (await connection.execute(_FIND_SEEN, {"room": room, "user_id": user_id})).one_or_none()
    return None if row is None else _from_row(row)


async def lock(connection: AsyncConnection, ids: Collection[str]) -> dict[str, Room]:
    """The rooms with these ids, locked until the transaction ends, in ascending order of id.

    (SQLite locks the database as a whole; two servers on one PostgreSQL never wait for each other in a ring.)
    """
    return {row.id: _from_row(row) for row in await connection.execute(_LOCK, {"ids": [*ids]})}


async def lock_directs(connection: AsyncConnection, keys: Collection[str]) -> dict[str, Room]:
    """The direct rooms with these keys, by key; locked as above."""
    query = select(*_COLUMNS).where(rooms.c.direct_key.in_(keys)).order_by(rooms.c.id).with_for_update()
    return {row.direct_key: _from_row(row) for row in await connection.execute(query)}


async def add(connection: AsyncConnection, new: Sequence[Room], created_at: int) -> None:
    """Store new rooms."""
    await connection.execute(insert(rooms), [{**structs.asdict(room), "created_at": created_at} for room in new])


async def change(connection: AsyncConnection, changed: Iterable[Room]) -> None:
    """Store what rooms are called, their topics and since when they are archived."""
    rows = [
        {"room": room.id, "name": room.name, "topic": room.topic, "archived_at": room.archived_at} for room in changed
    ]
    await _CHANGE.execute(connection, rows)


async def set_counters(connection: AsyncConnection, changed: Iterable[Room]) -> None:
    """Store the `last_seq` and `rev` of rooms."""
    rows = [{"room": room.id, "last_seq": room.last_seq, "rev": room.rev} for room in changed]
    await _SET_COUNTERS.execute(connection, rows)


async def set_trimmed(connection: AsyncConnection, room: Room) -> None:
    """Store a room's `first_seq`, `rev` and `trimmed_rev`."""
    values = {"first_seq": room.first_seq, "rev": room.rev, "trimmed_rev": room.trimmed_rev}
    await connection.execute(update(rooms).where(rooms.c.id == room.id).values(values))


async def set_held(connection: AsyncConnection, room: Room) -> None:
    """Store whether a room is held."""
    await connection.execute(update(rooms).where(rooms.c.id == room.id).values(held_at=room.held_at))


async def set_retention(connection: AsyncConnection, room: Room) -> None:
    """Store what a room keeps."""
    values = {"retention_days": room.retention_days, "retention_messages": room.retention_messages}
    await connection.execute(update(rooms).where(rooms.c.id == room.id).values(values))

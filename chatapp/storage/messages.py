"""Messages, by their place in the room.

Those below a room's `first_seq` were taken by a cleanup and wait to be erased or brought back: whoever reads for people
reads from `first_seq` on.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Row,
    Select,
    bindparam,
    delete,
    func,
    insert,
    literal,
    null,
    select,
    tuple_,
    union_all,
    update,
)
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from chatapp.domain.entities import Message, Room
from chatapp.storage import rooms
from chatapp.storage.repeated import Repeated
from chatapp.storage.tables import edits, mentions, messages, retired_client_ids

Send = tuple[int, str]
"""A person's id and the `client_id` they gave a message."""

_COLUMNS: tuple[ColumnElement[Any], ...] = (
    messages.c.id,
    messages.c.room_id,
    messages.c.seq,
    messages.c.rev,
    messages.c.client_id,
    messages.c.user_id,
    messages.c.username,
    messages.c.message,
    messages.c.created_at,
    messages.c.edited_at,
    messages.c.deleted_at,
    messages.c.reply_to,
    messages.c.mentions,
    messages.c.reactions,
)

# Made once: see rooms.py.
_SENDS: BindParameter[Any] = bindparam("sends", expanding=True)
_KNOWN = union_all(
    select(messages.c.user_id, messages.c.client_id, messages.c.id).where(
        tuple_(messages.c.user_id, messages.c.client_id).in_(_SENDS)
    ),
    select(retired_client_ids.c.user_id, retired_client_ids.c.client_id, null()).where(
        tuple_(retired_client_ids.c.user_id, retired_client_ids.c.client_id).in_(_SENDS)
    ),
)
_ADDED = (
    "id", "room_id", "seq", "rev", "client_id", "user_id", "username", "message", "created_at", "reply_to", "mentions",
)  # fmt: skip
_ADD = Repeated(insert(messages), _ADDED)
_PLACES_OF = select(messages.c.id, messages.c.room_id, messages.c.seq).where(
    messages.c.id.in_(bindparam("ids", expanding=True))
)
_BY_IDS = select(*_COLUMNS).where(messages.c.id.in_(bindparam("ids", expanding=True)))
_IN_ROOM = select(*_COLUMNS).where(messages.c.room_id == bindparam("room")).limit(bindparam("limit"))
_BEFORE = _IN_ROOM.where(messages.c.seq >= bindparam("first_seq"), messages.c.seq < bindparam("seq")).order_by(
    messages.c.seq.desc()
)
_AFTER = _IN_ROOM.where(messages.c.seq > bindparam("seq")).order_by(messages.c.seq)
_CHANGED = ("rev", "message", "edited_at", "deleted_at", "reply_to", "mentions", "reactions")
_CHANGE = (
    update(messages)
    .where(messages.c.id == bindparam("which"))
    .values({column: bindparam(f"new_{column}", type_=messages.c[column].type) for column in _CHANGED})
)


def _from_row(row: Row[*tuple[Any, ...]]) -> Message:
    return Message(*row)


async def find(connection: AsyncConnection, message_id: int) -> Message | None:
    """The message with this id, or None, whether it was cleaned up or not."""
    return (await by_ids(connection, [message_id])).get(message_id)


async def find_seen(connection: AsyncConnection, message_id: int, user_id: int | None) -> Message | None:
    """The message with this id, or None where there is none that the person may see."""
    found = await find(connection, message_id)
    room = None if found is None else await rooms.find_seen(connection, found.room, user_id)
    return None if found is None or room is None or found.seq < room.first_seq else found


async def by_ids(connection: AsyncConnection, ids: Collection[int]) -> dict[int, Message]:
    """The messages with these ids, as far as there are any."""
    return {row.id: _from_row(row) for row in await connection.execute(_BY_IDS, {"ids": [*ids]})}


async def places_of(connection: AsyncConnection, ids: Collection[int]) -> dict[int, tuple[str, int]]:
    """In which rooms the messages with these ids are and their `seq` there, as far as there are any."""
    return {row.id: (row.room_id, row.seq) for row in await connection.execute(_PLACES_OF, {"ids": [*ids]})}


async def changed_since(connection: AsyncConnection, room: Room, rev: int, limit: int) -> list[Message]:
    """At most `limit` messages whose last change came after `rev`, in the order of these changes."""
    query = _of(room).where(messages.c.rev > rev).order_by(messages.c.rev).limit(limit)
    return [_from_row(row) for row in await connection.execute(query)]


async def before(connection: AsyncConnection, room: Room, seq: int, limit: int) -> list[Message]:
    """At most `limit` messages with a smaller `seq`, the nearest ones, oldest first."""
    values = {"room": room.id, "first_seq": room.first_seq, "seq": seq, "limit": limit}
    return [_from_row(row) for row in await connection.execute(_BEFORE, values)][::-1]


async def after(connection: AsyncConnection, room: Room, seq: int, limit: int) -> list[Message]:
    """At most `limit` messages with a greater `seq`, the nearest ones, oldest first."""
    # One lower bound alone: of two SQLite takes the first one to begin from, and walks from there to the other.
    values = {"room": room.id, "seq": max(seq, room.first_seq - 1), "limit": limit}
    return [_from_row(row) for row in await connection.execute(_AFTER, values)]


async def known(connection: AsyncConnection, sends: Collection[Send]) -> dict[Send, int | None]:
    """Which of these sends have come before: the id of the message, None when the cleanup has removed it."""
    rows = await connection.execute(_KNOWN, {"sends": [*sends]})
    return {(user_id, client_id): message_id for user_id, client_id, message_id in rows}


async def add(connection: AsyncConnection, new: Sequence[Message]) -> None:
    """Store messages."""
    rows = [
        {
            "id": one.id,
            "room_id": one.room,
            "seq": one.seq,
            "rev": one.rev,
            "client_id": one.client_id,
            "user_id": one.user_id,
            "username": one.username,
            "message": one.message,
            "created_at": one.created_at,
            "reply_to": one.reply_to,
            "mentions": one.mentions and json.dumps(one.mentions),
        }
        for one in new
    ]
    await _ADD.execute(connection, rows)


async def change(connection: AsyncConnection, changed: Iterable[Message]) -> None:
    """Store what messages are now."""
    rows = [{"which": one.id, **{f"new_{column}": getattr(one, column) for column in _CHANGED}} for one in changed]
    await connection.execute(_CHANGE, rows)


async def erase(connection: AsyncConnection, room: str, before_seq: int, retired_at: int) -> None:
    """Remove the messages of a room before `before_seq` with all that belongs to them, for good; their `client_id`s
    are retired.
    """
    gone = (messages.c.room_id == room) & (messages.c.seq < before_seq)
    sends = select(messages.c.user_id, messages.c.client_id, literal(retired_at)).where(
        gone, messages.c.client_id.is_not(None)
    )
    await connection.execute(
        upsert(retired_client_ids).from_select(["user_id", "client_id", "retired_at"], sends).on_conflict_do_nothing()
    )
    await connection.execute(delete(edits).where(edits.c.message_id.in_(select(messages.c.id).where(gone))))
    await connection.execute(delete(mentions).where(mentions.c.room_id == room, mentions.c.seq < before_seq))
    await connection.execute(delete(messages).where(gone))


async def forget_retired(connection: AsyncConnection, retired_before: int, limit: int) -> int:
    """Forget at most `limit` `client_id`s retired before a time; return how many."""
    columns = retired_client_ids.c
    old = select(columns.user_id, columns.client_id).where(columns.retired_at < retired_before).limit(limit)
    gone = delete(retired_client_ids).where(tuple_(columns.user_id, columns.client_id).in_(old))
    result = await connection.execute(gone)
    return result.rowcount


async def first_since(connection: AsyncConnection, room: Room, created_at: int) -> int | None:
    """The smallest `seq` of a message at or after a time, or None when all are older (or there are none)."""
    query = select(messages.c.seq).where(_is_in(room), messages.c.created_at >= created_at)
    return await connection.scalar(query.order_by(messages.c.seq).limit(1))


async def span(connection: AsyncConnection, room: Room, before_seq: int) -> tuple[int, int]:
    """When the oldest and the newest of the messages before `before_seq` were sent. There must be one."""
    times = select(func.min(messages.c.created_at), func.max(messages.c.created_at))
    row = (await connection.execute(times.where(_is_in(room), messages.c.seq < before_seq))).one()
    return row[0], row[1]


def _of(room: Room) -> Select[Any]:
    return select(*_COLUMNS).where(_is_in(room))


def _is_in(room: Room) -> ColumnElement[bool]:
    return (messages.c.room_id == room.id) & (messages.c.seq >= room.first_seq)

"""What comes from archives: which row of ours each thing became, and messages stored as they are."""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal

from msgspec import Struct
from sqlalchemy import insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from chatapp.domain.entities import Message, Room, User
from chatapp.storage.repeated import Repeated
from chatapp.storage.tables import imported, memberships, messages, rooms, users

Kind = Literal["person", "room", "message"]

_COLUMNS = (
    "id", "room_id", "seq", "rev", "client_id", "user_id", "username", "message", "created_at", "edited_at",
    "deleted_at", "reply_to", "mentions", "reactions",
)  # fmt: skip
_ADD = Repeated(insert(messages), _COLUMNS)


class There(Struct, frozen=True):
    """Whose message has an id, where and since when; whether or not a cleanup has taken it."""

    room: str
    user_id: int
    created_at: int


async def became(connection: AsyncConnection, source: str, kind: Kind, ids: Collection[str]) -> dict[str, str]:
    """What things of an archive became here, for those that are not what they were there."""
    columns = imported.c
    query = select(columns.source_id, columns.local_id).where(
        columns.source == source, columns.kind == kind, columns.source_id.in_(ids)
    )
    return {row.source_id: row.local_id for row in await connection.execute(query)} if ids else {}


async def remember(connection: AsyncConnection, source: str, kind: Kind, new: Mapping[str, str]) -> None:
    """Remember what things of an archive became."""
    rows = [{"source": source, "kind": kind, "source_id": there, "local_id": here} for there, here in new.items()]
    if rows:
        statement = upsert(imported)
        await connection.execute(
            statement.on_conflict_do_update(
                index_elements=["source", "kind", "source_id"], set_={"local_id": statement.excluded.local_id}
            ),
            rows,
        )


async def there(connection: AsyncConnection, ids: Collection[int]) -> dict[int, There]:
    """The messages with these ids, as far as there are any."""
    columns = messages.c
    query = select(columns.id, columns.room_id, columns.user_id, columns.created_at).where(columns.id.in_(ids))
    return {row[0]: There(*row[1:]) for row in await connection.execute(query)} if ids else {}


async def add(connection: AsyncConnection, new: Sequence[Message]) -> None:
    """Store messages with all that has become of them."""
    rows: list[dict[str, Any]] = []
    for one in new:
        row = {column: getattr(one, "room" if column == "room_id" else column) for column in _COLUMNS}
        row["mentions"] = one.mentions and json.dumps(one.mentions)
        row["reactions"] = one.reactions and json.dumps(one.reactions)
        rows.append(row)
    if rows:
        await _ADD.execute(connection, rows)


async def add_nameless(connection: AsyncConnection, new: Sequence[User], created_at: int) -> None:
    """Store people to whom no name belongs: who had no account, or gave it up."""
    rows = [
        {"id": one.id, "username": one.username, "role": one.role, "is_temporary": True, "created_at": created_at}
        for one in new
    ]
    if rows:
        await connection.execute(insert(users), rows)


async def set_counters(connection: AsyncConnection, room: Room) -> None:
    """Store where a room begins and ends, and its changes."""
    values = {
        "first_seq": room.first_seq, "last_seq": room.last_seq, "rev": room.rev, "trimmed_rev": room.trimmed_rev,
    }  # fmt: skip
    await connection.execute(update(rooms).where(rooms.c.id == room.id).values(values))


async def keep_read(connection: AsyncConnection, room: str, before: int, after: int) -> None:
    """Who had read a room to its end has still."""
    mine = (memberships.c.room_id == room) & (memberships.c.read_seq >= before)
    await connection.execute(update(memberships).where(mine).values(read_seq=after))


async def readers(connection: AsyncConnection, room: str, last_seq: int) -> frozenset[int]:
    """Who has read a room to its end."""
    query = select(memberships.c.user_id).where(memberships.c.room_id == room, memberships.c.read_seq >= last_seq)
    return frozenset((await connection.scalars(query)).all())

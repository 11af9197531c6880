"""Who is mentioned where, and how many of these messages are unread."""

from collections.abc import Collection, Iterable

from sqlalchemy import ColumnElement, delete, func, insert, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from chatapp.domain.entities import Message
from chatapp.storage.memberships import Place
from chatapp.storage.tables import memberships, mentions, rooms


async def add(connection: AsyncConnection, new: Iterable[tuple[Message, int]]) -> None:
    """Store that messages mention people, who must be known to stay."""
    rows = [{"user_id": user_id, "room_id": message.room, "seq": message.seq} for message, user_id in new]
    if rows:
        await connection.execute(insert(mentions), rows)


async def remove(connection: AsyncConnection, changed: Collection[Message]) -> None:
    """Forget whom these messages mention."""
    if changed:
        where = tuple_(mentions.c.room_id, mentions.c.seq).in_([(one.room, one.seq) for one in changed])
        await connection.execute(delete(mentions).where(where))


async def remove_of(connection: AsyncConnection, gone: Collection[Place]) -> None:
    """Forget who was mentioned where: these people do not belong there any more."""
    await connection.execute(delete(mentions).where(tuple_(mentions.c.user_id, mentions.c.room_id).in_(gone)))


async def unread(connection: AsyncConnection, places: Collection[Place]) -> dict[Place, int]:
    """How many messages mention these people in these rooms after what they have read; none are left out."""
    return await _count(connection, tuple_(mentions.c.user_id, mentions.c.room_id).in_(places))


async def unread_of(connection: AsyncConnection, user_id: int) -> dict[str, int]:
    """The same for all rooms of one person."""
    found = await _count(connection, mentions.c.user_id == user_id)
    return {room: count for (_, room), count in found.items()}


async def _count(connection: AsyncConnection, which: ColumnElement[bool]) -> dict[Place, int]:
    # What a cleanup took is seen nowhere: only its mentions still lie here.
    is_in = (rooms.c.id == mentions.c.room_id) & (mentions.c.seq >= rooms.c.first_seq)
    is_member = (memberships.c.user_id == mentions.c.user_id) & (memberships.c.room_id == mentions.c.room_id)
    query = (
        select(mentions.c.user_id, mentions.c.room_id, func.count())
        .join(memberships, is_member)
        .join(rooms, is_in)
        .where(which, mentions.c.seq > memberships.c.read_seq)
        .group_by(mentions.c.user_id, mentions.c.room_id)
    )
    return {(user_id, room): count for user_id, room, count in await connection.execute(query)}

"""Guests, who leave no account."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, bindparam, delete, exists, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from chatapp.domain import lifetimes
from chatapp.domain.entities import PUBLIC
from chatapp.domain.policies import GUEST
from chatapp.storage import users as people
from chatapp.storage.tables import codes, memberships, mentions, rooms, sessions, users

_IS_ONE: ColumnElement[bool] = (users.c.role == GUEST) & ~users.c.is_temporary
_IS_OVER = users.c.created_at <= bindparam("day_ago")
_IS_SIGNED_IN = exists().where(sessions.c.user_id == users.c.id, sessions.c.expires_at > bindparam("now"))
# Who is banned is kept, so that they are known when they come again.
_DUE = select(users.c.id).where(_IS_ONE, _IS_OVER, users.c.banned_at.is_(None), ~_IS_SIGNED_IN)


async def due(connection: AsyncConnection, now: int) -> list[int]:
    """The ids of the guests whose day is over, and whom no session keeps any longer."""
    return [*await connection.scalars(_DUE, {"now": now, "day_ago": now - lifetimes.GUEST_MS})]


async def began(connection: AsyncConnection, ids: Collection[int]) -> dict[int, int]:
    """Person → when their account began."""
    rows = await connection.execute(select(users.c.id, users.c.created_at).where(users.c.id.in_(ids)))
    return {row.id: row.created_at for row in rows}


async def remove(connection: AsyncConnection, ids: Collection[int]) -> list[tuple[int, str]]:
    """Take these people's accounts: what they said stays, under their names. Return the closed rooms that each
    belonged to.
    """
    await connection.execute(delete(sessions).where(sessions.c.user_id.in_(ids)))
    await connection.execute(delete(codes).where(codes.c.user_id.in_(ids)))
    await connection.execute(delete(mentions).where(mentions.c.user_id.in_(ids)))
    query = select(memberships.c.user_id, memberships.c.room_id).join(rooms, rooms.c.id == memberships.c.room_id)
    closed = await connection.execute(query.where(rooms.c.kind != PUBLIC, memberships.c.user_id.in_(ids)))
    left = [(row.user_id, row.room_id) for row in closed]
    await connection.execute(delete(memberships).where(memberships.c.user_id.in_(ids)))
    # From here on they are as people who came with a connection that has ended.
    await connection.execute(update(users).where(users.c.id.in_(ids)).values(is_temporary=True, password_hash=None))
    await people.release(connection, ids)
    return left

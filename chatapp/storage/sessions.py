"""Who is signed in. A session that has ended, or was not used for long, is found by nothing but `ended`."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, bindparam, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from chatapp.domain import lifetimes
from chatapp.domain.entities import Device, Session, User
from chatapp.storage import users
from chatapp.storage.tables import sessions
from chatapp.storage.tables import users as users_table

_COLUMNS: tuple[ColumnElement[Any], ...] = (
    sessions.c.token_hash,
    sessions.c.id.label("session_id"),
    sessions.c.created_at,
    sessions.c.expires_at,
    sessions.c.last_used_at,
    sessions.c.device,
    sessions.c.address,
    sessions.c.device_hash,
    *users.COLUMNS,
)
_JOINED = select(*_COLUMNS).join(users_table, sessions.c.user_id == users_table.c.id)
_NOT_ENDED = (sessions.c.expires_at > bindparam("now")) & (sessions.c.last_used_at > bindparam("idle"))
_FIND = _JOINED.where(sessions.c.token_hash.in_(bindparam("hashes", expanding=True)), _NOT_ENDED)


def _from_row(row: Row[*tuple[Any, ...]]) -> Session:
    return Session(
        row.token_hash,
        users.from_row(row),
        row.session_id,
        row.created_at,
        row.expires_at,
        row.last_used_at,
        Device(row.device, row.address, row.device_hash),
    )


def _at(now: int) -> dict[str, int]:
    return {"now": now, "idle": now - lifetimes.IDLE_MS}


async def find(connection: AsyncConnection, token_hash: bytes, now: int) -> Session | None:
    """The session with this hash of its token, or None."""
    return (await by_hashes(connection, [token_hash], now)).get(token_hash)


async def by_hashes(connection: AsyncConnection, hashes: Collection[bytes], now: int) -> dict[bytes, Session]:
    """The sessions with these hashes of their tokens, as far as there are any."""
    rows = await connection.execute(_FIND, {"hashes": [*hashes], **_at(now)})
    return {row.token_hash: _from_row(row) for row in rows}


async def of_people(connection: AsyncConnection, user_ids: Collection[int]) -> list[Session]:
    """All sessions of these people, those included that have ended and were not swept; the last used first."""
    query = _JOINED.where(sessions.c.user_id.in_(user_ids)).order_by(sessions.c.last_used_at.desc(), sessions.c.id)
    return [_from_row(row) for row in await connection.execute(query)]


async def at_devices(connection: AsyncConnection, devices: Collection[bytes]) -> list[Session]:
    """The sessions at these devices, whoever's they are."""
    query = _JOINED.where(sessions.c.device_hash.in_(devices))
    return [_from_row(row) for row in await connection.execute(query)] if devices else []


async def ended(connection: AsyncConnection, now: int) -> list[Session]:
    """The sessions that have ended by `now`."""
    return [_from_row(row) for row in await connection.execute(_JOINED.where(~_NOT_ENDED), _at(now))]


async def add(connection: AsyncConnection, new: Sequence[Session]) -> None:
    """Store sessions."""
    rows = [
        {
            "token_hash": one.token_hash,
            "user_id": one.user.id,
            "created_at": one.created_at,
            "id": one.id,
            "device": one.device.name,
            "address": one.device.address,
            "device_hash": one.device.device_hash,
            "last_used_at": one.last_used_at,
            "expires_at": one.expires_at,
        }
        for one in new
    ]
    await connection.execute(insert(sessions), rows)


async def use(connection: AsyncConnection, hashes: Collection[bytes], now: int) -> None:
    """Note that sessions are used, where that was not noted lately; never earlier than before."""
    is_due = sessions.c.token_hash.in_(hashes) & (sessions.c.last_used_at <= now - lifetimes.USE_MS)
    await connection.execute(update(sessions).where(is_due).values(last_used_at=now))


async def ends_of(connection: AsyncConnection, user_ids: Collection[int]) -> dict[int, int]:
    """Person → when their last session ends, for those who have one."""
    query = select(sessions.c.user_id, func.max(sessions.c.expires_at)).group_by(sessions.c.user_id)
    rows = await connection.execute(query.where(sessions.c.user_id.in_(user_ids)))
    return {row[0]: row[1] for row in rows}


async def remove(connection: AsyncConnection, hashes: Collection[bytes]) -> None:
    """End sessions."""
    await connection.execute(delete(sessions).where(sessions.c.token_hash.in_(hashes)))


async def fit(connection: AsyncConnection, changed: Iterable[User], now: int) -> None:
    """Let the sessions of people who have another role last as long as it says."""
    for user in changed:
        lasts = {"expires_at": now + lifetimes.of_session(user)}
        await connection.execute(update(sessions).where(sessions.c.user_id == user.id).values(lasts))

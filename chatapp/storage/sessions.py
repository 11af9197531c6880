"""Who is signed in."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from chatapp.domain import lifetimes
from chatapp.domain.entities import Device, Session, User
from chatapp.storage import users
from chatapp.storage.tables import sessions
from chatapp.storage.tables import users as users_table

_COLUMNS: tuple[ColumnElement[Any], ...] = (
    sessions.c.token_hash,
    sessions.c.id.label("session_id"),
    sessions.c.expires_at,
    sessions.c.device,
    sessions.c.address,
    sessions.c.device_hash,
    *users.COLUMNS,
)


def _from_row(row: Row[*tuple[Any, ...]]) -> Session:
    device = Device(row.device, row.address, row.device_hash)
    return Session(row.token_hash, users.from_row(row), row.session_id, row.expires_at, device)


async def find(connection: AsyncConnection, token_hash: bytes) -> Session | None:
    """The session with this hash of its token, or None."""
    return (await by_hashes(connection, [token_hash])).get(token_hash)


async def by_hashes(connection: AsyncConnection, hashes: Collection[bytes]) -> dict[bytes, Session]:
    """The sessions with these hashes of their tokens, as far as there are any."""
    return {one.token_hash: one for one in await _where(connection, sessions.c.token_hash.in_(hashes))}


async def of_people(connection: AsyncConnection, user_ids: Collection[int]) -> list[Session]:
    """The sessions of these people."""
    return await _where(connection, sessions.c.user_id.in_(user_ids))


async def at_devices(connection: AsyncConnection, devices: Collection[bytes]) -> list[Session]:
    """The sessions at these devices, whoever's they are."""
    return await _where(connection, sessions.c.device_hash.in_(devices)) if devices else []


async def _where(connection: AsyncConnection, which: ColumnElement[bool]) -> list[Session]:
    query = select(*_COLUMNS).join(users_table, sessions.c.user_id == users_table.c.id).where(which)
    return [_from_row(row) for row in await connection.execute(query)]


async def add(connection: AsyncConnection, new: Sequence[Session], created_at: int) -> None:
    """Store sessions."""
    rows = [
        {
            "token_hash": one.token_hash,
            "user_id": one.user.id,
            "created_at": created_at,
            "id": one.id,
            "device": one.device.name,
            "address": one.device.address,
            "device_hash": one.device.device_hash,
            "last_used_at": created_at,
            "expires_at": one.expires_at,
        }
        for one in new
    ]
    await connection.execute(insert(sessions), rows)


async def remove(connection: AsyncConnection, hashes: Collection[bytes]) -> None:
    """End sessions."""
    await connection.execute(delete(sessions).where(sessions.c.token_hash.in_(hashes)))


async def fit(connection: AsyncConnection, changed: Iterable[User], now: int) -> None:
    """Let the sessions of people who have another role last as long as it says."""
    for user in changed:
        lasts = {"expires_at": now + lifetimes.of_session(user)}
        await connection.execute(update(sessions).where(sessions.c.user_id == user.id).values(lasts))

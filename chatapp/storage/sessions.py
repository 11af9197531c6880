"""Who is signed in."""

from collections.abc import Collection, Sequence

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from chatapp.domain.entities import Session
from chatapp.storage import users
from chatapp.storage.tables import sessions
from chatapp.storage.tables import users as users_table


async def find(connection: AsyncConnection, token_hash: bytes) -> Session | None:
    """The session with this hash of its token, or None."""
    query = (
        select(*users.COLUMNS)
        .join(sessions, sessions.c.user_id == users_table.c.id)
        .where(sessions.c.token_hash == token_hash)
    )
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else Session(token_hash, users.from_row(row))


async def by_hashes(connection: AsyncConnection, hashes: Collection[bytes]) -> dict[bytes, Session]:
    """The sessions with these hashes of their tokens, as far as there are any."""
    query = (
        select(sessions.c.token_hash, *users.COLUMNS)
        .join(users_table, sessions.c.user_id == users_table.c.id)
        .where(sessions.c.token_hash.in_(hashes))
    )
    rows = await connection.execute(query)
    return {row.token_hash: Session(row.token_hash, users.from_row(row)) for row in rows}


async def add(connection: AsyncConnection, new: Sequence[Session], created_at: int) -> None:
    """Store sessions."""
    rows = [{"token_hash": one.token_hash, "user_id": one.user.id, "created_at": created_at} for one in new]
    await connection.execute(insert(sessions), rows)


async def remove(connection: AsyncConnection, hashes: Collection[bytes]) -> None:
    """End sessions."""
    await connection.execute(delete(sessions).where(sessions.c.token_hash.in_(hashes)))

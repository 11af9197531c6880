"""The hashes of passwords, which never leave this floor and the one above it."""

from collections.abc import Collection, Iterable

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from chatapp.storage.tables import names, users


async def of_names(connection: AsyncConnection, folded: Collection[str]) -> dict[str, str | None]:
    """Folded name → hash of its person's password, None without one; for those that belong to somebody."""
    query = select(names.c.folded, users.c.password_hash).join(users, users.c.id == names.c.user_id)
    rows = await connection.execute(query.where(names.c.folded.in_(folded)))
    return {row.folded: row.password_hash for row in rows}


async def of_people(connection: AsyncConnection, ids: Collection[int]) -> dict[int, str | None]:
    """Person → hash of their password, None without one."""
    rows = await connection.execute(select(users.c.id, users.c.password_hash).where(users.c.id.in_(ids)))
    return {row.id: row.password_hash for row in rows}


async def save(connection: AsyncConnection, changed: Iterable[tuple[int, str | None]]) -> None:
    """Store hashes of people's passwords; None where there is none any more."""
    rows = [{"who": user_id, "hash": password_hash} for user_id, password_hash in changed]
    if rows:
        await connection.execute(
            update(users).where(users.c.id == bindparam("who")).values(password_hash=bindparam("hash")), rows
        )

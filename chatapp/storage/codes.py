"""Codes that work once. Of a code only its keyed hash is stored."""

from collections.abc import Collection, Sequence

from msgspec import Struct
from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from chatapp.storage.tables import codes

_COLUMNS = (codes.c.code_hash, codes.c.purpose, codes.c.token_hash, codes.c.expires_at)


class Code(Struct, frozen=True):
    """What a code is good for, until when, and whose session it carries on (None: it is about no session)."""

    code_hash: bytes
    purpose: str
    token_hash: bytes | None
    expires_at: int


async def add(connection: AsyncConnection, new: Sequence[Code]) -> None:
    """Store codes; one that is known already is replaced."""
    if not new:
        return
    await remove(connection, [one.code_hash for one in new])
    rows = [
        {
            "code_hash": one.code_hash,
            "purpose": one.purpose,
            "token_hash": one.token_hash,
            "expires_at": one.expires_at,
        }
        for one in new
    ]
    await connection.execute(insert(codes), rows)


async def find(connection: AsyncConnection, hashes: Collection[bytes], purpose: str, now: int) -> dict[bytes, Code]:
    """Hash → code, for those that are good for `purpose` at `now`."""
    is_good = codes.c.code_hash.in_(hashes) & (codes.c.purpose == purpose) & (codes.c.expires_at > now)
    query = select(*_COLUMNS).where(is_good)
    return {row.code_hash: Code(*row) for row in await connection.execute(query)}


async def of_sessions(connection: AsyncConnection, token_hashes: Collection[bytes]) -> dict[bytes, Code]:
    """Hash of the session's token → its code, for those that have one."""
    query = select(*_COLUMNS).where(codes.c.token_hash.in_(token_hashes))
    return {row.token_hash: Code(*row) for row in await connection.execute(query)}


async def remove(connection: AsyncConnection, hashes: Collection[bytes]) -> None:
    """Forget codes: they were used."""
    await connection.execute(delete(codes).where(codes.c.code_hash.in_(hashes)))


async def remove_of_sessions(connection: AsyncConnection, token_hashes: Collection[bytes]) -> None:
    """Forget the codes that carry these sessions on."""
    await connection.execute(delete(codes).where(codes.c.token_hash.in_(token_hashes)))


async def remove_of_people(connection: AsyncConnection, user_ids: Collection[int]) -> None:
    """Forget the codes by which these people sign in, but those of sessions."""
    await connection.execute(delete(codes).where(codes.c.user_id.in_(user_ids)))


async def sweep(connection: AsyncConnection, now: int) -> None:
    """Forget the codes that have expired by `now`."""
    await connection.execute(delete(codes).where(codes.c.expires_at <= now))

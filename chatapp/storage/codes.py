"""Codes that work once. Of a code only its keyed hash is stored."""

from collections.abc import Collection, Sequence

from msgspec import Struct
from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from chatapp.storage.tables import codes

HOST = "host"
"""The purpose of a code that makes a host."""

_COLUMNS = (codes.c.code_hash, codes.c.purpose, codes.c.token_hash, codes.c.expires_at, codes.c.user_id)


class Code(Struct, frozen=True):
    """What a code is good for, until when, and whose it is: of a session, with which it ends (`token_hash`), of a
    person (`user_id`), or of nobody yet.
    """

    code_hash: bytes
    purpose: str
    token_hash: bytes | None
    expires_at: int
    user_id: int | None = None


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
            "user_id": one.user_id,
        }
        for one in new
    ]
    await connection.execute(insert(codes), rows)


async def find(
    connection: AsyncConnection, hashes: Collection[bytes], purposes: Collection[str], now: int
) -> dict[bytes, Code]:
    """Hash → code, for those that are good for one of `purposes` at `now`."""
    is_good = codes.c.code_hash.in_(hashes) & codes.c.purpose.in_(purposes) & (codes.c.expires_at > now)
    query = select(*_COLUMNS).where(is_good)
    return {row.code_hash: Code(*row) for row in await connection.execute(query)}


async def of_sessions(connection: AsyncConnection, token_hashes: Collection[bytes], purpose: str) -> dict[bytes, Code]:
    """Hash of the session's token → its code for `purpose`, for those that have one."""
    query = select(*_COLUMNS).where(codes.c.token_hash.in_(token_hashes), codes.c.purpose == purpose)
    return {row.token_hash: Code(*row) for row in await connection.execute(query)}


async def remove(connection: AsyncConnection, hashes: Collection[bytes]) -> None:
    """Forget codes: they were used."""
    await connection.execute(delete(codes).where(codes.c.code_hash.in_(hashes)))


async def remove_of_sessions(connection: AsyncConnection, token_hashes: Collection[bytes], purpose: str) -> None:
    """Forget the codes for `purpose` of these sessions."""
    await connection.execute(delete(codes).where(codes.c.token_hash.in_(token_hashes), codes.c.purpose == purpose))


async def remove_of_people(connection: AsyncConnection, user_ids: Collection[int]) -> None:
    """Forget the codes by which these people sign in, but those of sessions."""
    await connection.execute(delete(codes).where(codes.c.user_id.in_(user_ids)))


async def sweep(connection: AsyncConnection, now: int) -> None:
    """Forget the codes that have expired by `now`."""
    await connection.execute(delete(codes).where(codes.c.expires_at <= now))

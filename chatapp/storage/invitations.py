"""Links by which new people come in. Of a code only its keyed hash is stored."""

from collections.abc import Collection

from msgspec import Struct
from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from chatapp.storage.tables import invitations

_COLUMNS = (
    invitations.c.id,
    invitations.c.code_hash,
    invitations.c.role,
    invitations.c.uses_left,
    invitations.c.created_by,
    invitations.c.created_at,
    invitations.c.expires_at,
)


class Invitation(Struct, frozen=True):
    """As what one comes in by it, how often it is good for that (None: without end), and until when."""

    id: int
    code_hash: bytes
    role: str
    uses_left: int | None
    created_by: int
    created_at: int
    expires_at: int


async def good(connection: AsyncConnection, now: int) -> list[Invitation]:
    """Those that are good at `now`, the newest first."""
    query = select(*_COLUMNS).where(invitations.c.expires_at > now).order_by(invitations.c.id.desc())
    return [Invitation(*row) for row in await connection.execute(query)]


async def by_hashes(connection: AsyncConnection, hashes: Collection[bytes], now: int) -> dict[bytes, Invitation]:
    """Hash → invitation, for those that are good at `now`."""
    is_good = invitations.c.code_hash.in_(hashes) & (invitations.c.expires_at > now)
    query = select(*_COLUMNS).where(is_good)
    return {row.code_hash: Invitation(*row) for row in await connection.execute(query)}


async def by_ids(connection: AsyncConnection, ids: Collection[int]) -> dict[int, Invitation]:
    """The invitations with these ids."""
    query = select(*_COLUMNS).where(invitations.c.id.in_(ids))
    return {row.id: Invitation(*row) for row in await connection.execute(query)}


async def add(connection: AsyncConnection, new: Invitation) -> None:
    """Store an invitation."""
    values = {name: getattr(new, name) for name in new.__struct_fields__}
    await connection.execute(insert(invitations).values(values))


async def use(connection: AsyncConnection, invitation: Invitation) -> None:
    """Store how often it is good from now on; one that is used up is forgotten."""
    if invitation.uses_left == 0:
        await remove(connection, [invitation.id])
    else:
        where = invitations.c.id == invitation.id
        await connection.execute(update(invitations).where(where).values(uses_left=invitation.uses_left))


async def remove(connection: AsyncConnection, ids: Collection[int]) -> None:
    """Forget invitations."""
    await connection.execute(delete(invitations).where(invitations.c.id.in_(ids)))


async def sweep(connection: AsyncConnection, now: int) -> None:
    """Forget those that have expired by `now`."""
    await connection.execute(delete(invitations).where(invitations.c.expires_at <= now))

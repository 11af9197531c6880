"""Who and what may not come in. That a person is banned stands with them, and here since when and by whom."""

from sqlalchemy import exists, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from chatapp.domain.limits import network
from chatapp.storage.tables import bans


async def stands_against(connection: AsyncConnection, device_hash: bytes | None, address: str) -> bool:
    """Whether nobody may become somebody, or sign in, with this device or from this address."""
    found = [exists().where(bans.c.address == network(address))]
    if device_hash is not None:
        found.append(exists().where(bans.c.device_hash == device_hash))
    # Two looks at an index; as one condition they would be one at the whole table.
    return bool(await connection.scalar(select(or_(*found))))

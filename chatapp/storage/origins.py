"""The origins at which this server was reached."""

from collections.abc import Collection

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from chatapp.storage.tables import origins


async def saw(connection: AsyncConnection, seen: Collection[str], now: int) -> None:
    """Note that these are the server's origins at `now`."""
    await connection.execute(delete(origins).where(origins.c.origin.in_(seen)))
    if seen:
        await connection.execute(insert(origins), [{"origin": origin, "seen_at": now} for origin in seen])


async def recent(connection: AsyncConnection, since: int) -> set[str]:
    """The origins that were the server's at `since` or later."""
    return set(await connection.scalars(select(origins.c.origin).where(origins.c.seen_at >= since)))


async def sweep(connection: AsyncConnection, before: int) -> None:
    """Forget the origins last seen before that."""
    await connection.execute(delete(origins).where(origins.c.seen_at < before))

"""What the host has chosen."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from chatapp.storage.tables import choices


async def every(connection: AsyncConnection) -> dict[str, Any]:
    """Name → value of what was chosen."""
    rows = await connection.execute(select(choices.c.name, choices.c.value))
    return {row.name: row.value for row in rows}


async def save(connection: AsyncConnection, chosen: Mapping[str, Any]) -> None:
    """Store choices over those of the same names."""
    await connection.execute(delete(choices).where(choices.c.name.in_(chosen)))
    await connection.execute(insert(choices), [{"name": name, "value": value} for name, value in chosen.items()])

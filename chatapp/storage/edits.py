"""What messages said before they were edited."""

from collections.abc import Collection, Iterable

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from chatapp.domain.entities import Edit
from chatapp.storage.tables import edits


async def add(connection: AsyncConnection, new: Iterable[Edit]) -> None:
    """Store past texts."""
    rows = [
        {"message_id": one.message_id, "rev": one.rev, "message": one.message, "created_at": one.created_at}
        for one in new
    ]
    await connection.execute(insert(edits), rows)


async def of(connection: AsyncConnection, message_id: int) -> list[Edit]:
    """What a message said before, the oldest first."""
    columns = edits.c
    query = select(columns.message_id, columns.rev, columns.message, columns.created_at)
    rows = await connection.execute(query.where(columns.message_id == message_id).order_by(columns.rev))
    return [Edit(*row) for row in rows]


async def remove(connection: AsyncConnection, message_ids: Collection[int]) -> None:
    """Forget what these messages said before."""
    await connection.execute(delete(edits).where(edits.c.message_id.in_(message_ids)))

"""What cleanups took from rooms, until it is brought back or erased."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from chatapp.domain.entities import Trimmed
from chatapp.storage.tables import trims

_COLUMNS: tuple[ColumnElement[Any], ...] = (
    trims.c.id,
    trims.c.room_id,
    trims.c.first_seq,
    trims.c.before_seq,
    trims.c.created_at,
)
_IS_LEFT = trims.c.undone_at.is_(None) & trims.c.erased_at.is_(None)


async def add(connection: AsyncConnection, new: Collection[Trimmed]) -> None:
    """Store what was taken."""
    rows = [
        {
            "id": one.id,
            "room_id": one.room,
            "first_seq": one.first_seq,
            "before_seq": one.before_seq,
            "created_at": one.created_at,
        }
        for one in new
    ]
    if rows:
        await connection.execute(insert(trims), rows)


async def standing(connection: AsyncConnection, *, until: int | None = None) -> list[Trimmed]:
    """What was taken and can be brought back, the oldest first; only what was taken until a time."""
    query = select(*_COLUMNS).where(_IS_LEFT, trims.c.first_seq < trims.c.before_seq).order_by(trims.c.id)
    if until is not None:
        query = query.where(trims.c.created_at <= until)
    return [Trimmed(*row) for row in await connection.execute(query)]


async def emptied(connection: AsyncConnection) -> list[int]:
    """The ids of those of which no message is left, and which do not count as erased yet."""
    return [*await connection.scalars(select(trims.c.id).where(_IS_LEFT, trims.c.first_seq >= trims.c.before_seq))]


async def set_undone(connection: AsyncConnection, ids: Collection[int], at: int) -> None:
    """Remember that these were brought back."""
    await connection.execute(update(trims).where(trims.c.id.in_(ids)).values(undone_at=at))


async def set_first(connection: AsyncConnection, trim_id: int, first_seq: int) -> None:
    """Remember that what was taken before `first_seq` is gone for good, and the rest is not."""
    await connection.execute(update(trims).where(trims.c.id == trim_id).values(first_seq=first_seq))


async def set_erased(connection: AsyncConnection, ids: Collection[int], at: int) -> None:
    """Remember that these are gone for good."""
    await connection.execute(update(trims).where(trims.c.id.in_(ids)).values(erased_at=at))


async def last_erased_at(connection: AsyncConnection) -> int | None:
    """When something was last erased; None where nothing was."""
    found: int | None = await connection.scalar(select(func.max(trims.c.erased_at)))
    return found

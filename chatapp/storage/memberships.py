"""Who belongs to which room, and how far they have read there."""

from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import bindparam, select, tuple_, update
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from chatapp.storage.repeated import Repeated
from chatapp.storage.tables import memberships

Place = tuple[int, str]
"""A person's id and a room's."""

_MOVE_READ = Repeated(
    update(memberships)
    .where(memberships.c.user_id == bindparam("who"), memberships.c.room_id == bindparam("where"))
    .where(memberships.c.read_seq < bindparam("seq"))
    .values(read_seq=bindparam("seq"))
)


async def ensure(connection: AsyncConnection, wanted: Sequence[tuple[Place, int]], created_at: int) -> dict[Place, int]:
    """Make people members where they are not yet, having read up to the given `seq`; return how far each has read."""
    rows = [
        {"user_id": user, "room_id": room, "read_seq": seq, "created_at": created_at} for (user, room), seq in wanted
    ]
    await connection.execute(insert(memberships).on_conflict_do_nothing(), rows)
    return await places(connection, [place for place, _ in wanted])


async def places(connection: AsyncConnection, wanted: Collection[Place]) -> dict[Place, int]:
    """How far people have read, for those of these places that there are."""
    query = select(memberships).where(tuple_(memberships.c.user_id, memberships.c.room_id).in_(wanted))
    return {(row.user_id, row.room_id): row.read_seq for row in await connection.execute(query)}


async def read_places(connection: AsyncConnection, user_id: int) -> dict[str, int]:
    """Room → how far this person has read, for the rooms they belong to."""
    query = select(memberships.c.room_id, memberships.c.read_seq).where(memberships.c.user_id == user_id)
    return {row.room_id: row.read_seq for row in await connection.execute(query)}


async def move_read(connection: AsyncConnection, moved: Iterable[tuple[Place, int]]) -> None:
    """Move read places forward; never back, and only where the person is a member."""
    rows = [{"who": user, "where": room, "seq": seq} for (user, room), seq in moved]
    await _MOVE_READ.execute(connection, rows)

"""Who belongs to which room, and how far they have read there."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from sqlalchemy import Integer, String, bindparam, delete, func, literal, select, tuple_, update
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from chatapp.domain import policies
from chatapp.domain.entities import PUBLIC, Room, User
from chatapp.storage import users
from chatapp.storage.repeated import Repeated
from chatapp.storage.tables import memberships, rooms
from chatapp.storage.tables import users as users_table

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
    await join(connection, wanted, created_at)
    return await places(connection, [place for place, _ in wanted])


async def join(connection: AsyncConnection, wanted: Sequence[tuple[Place, int]], created_at: int) -> None:
    """The same, and nothing is returned."""
    rows = [
        {"user_id": user, "room_id": room, "read_seq": seq, "created_at": created_at} for (user, room), seq in wanted
    ]
    await connection.execute(insert(memberships).on_conflict_do_nothing(), rows)


async def places(connection: AsyncConnection, wanted: Collection[Place]) -> dict[Place, int]:
    """How far people have read, for those of these places that there are."""
    query = select(memberships).where(tuple_(memberships.c.user_id, memberships.c.room_id).in_(wanted))
    return {(row.user_id, row.room_id): row.read_seq for row in await connection.execute(query)}


async def hidden(connection: AsyncConnection, found: Mapping[str, Room], wanted: Collection[Place]) -> set[Place]:
    """Those of these places that the person may not see; of public rooms none, and nothing is asked for them."""
    closed = [place for place in wanted if place[1] in found and found[place[1]].kind != PUBLIC]
    if not closed:
        return set()
    belongs = await places(connection, closed)
    return {place for place in closed if not policies.may_see(found[place[1]], is_member=place in belongs)}


async def everybody_joins(connection: AsyncConnection, room: Room, created_at: int) -> None:
    """Make everybody with an account a member of a room, having read all that is in it."""
    everybody = select(users_table.c.id, literal(room.id, String), literal(room.last_seq, Integer), literal(created_at))
    columns = ["user_id", "room_id", "read_seq", "created_at"]
    await connection.execute(insert(memberships).from_select(columns, everybody.where(~users_table.c.is_temporary)))


async def ids_of(connection: AsyncConnection, wanted: Collection[str]) -> dict[str, set[int]]:
    """Who belongs to each of these rooms."""
    found: dict[str, set[int]] = {room: set() for room in wanted}
    query = select(memberships.c.room_id, memberships.c.user_id).where(memberships.c.room_id.in_(wanted))
    for row in await connection.execute(query) if wanted else ():
        found[row.room_id].add(row.user_id)
    return found


async def page(connection: AsyncConnection, room: str, after: int, limit: int) -> list[User]:
    """At most `limit` members of a room, those with ids greater than `after`, by id."""
    query = (
        select(*users.COLUMNS)
        .join(memberships, memberships.c.user_id == users_table.c.id)
        .where(memberships.c.room_id == room, memberships.c.user_id > after)
        .order_by(memberships.c.user_id)
    )
    return [users.from_row(row) for row in await connection.execute(query.limit(limit))]


async def count(connection: AsyncConnection, room: str) -> int:
    """How many people belong to a room."""
    query = select(func.count()).select_from(memberships).where(memberships.c.room_id == room)
    return (await connection.scalar(query)) or 0


async def of_closed_rooms(connection: AsyncConnection) -> dict[str, set[int]]:
    """Who belongs to each room that is not everybody's."""
    found: dict[str, set[int]] = {}
    query = select(memberships.c.room_id, memberships.c.user_id).join(rooms, rooms.c.id == memberships.c.room_id)
    for row in await connection.execute(query.where(rooms.c.kind != PUBLIC)):
        found.setdefault(row.room_id, set()).add(row.user_id)
    return found


async def remove(connection: AsyncConnection, gone: Collection[Place]) -> None:
    """End memberships."""
    await connection.execute(delete(memberships).where(tuple_(memberships.c.user_id, memberships.c.room_id).in_(gone)))


async def read_places(connection: AsyncConnection, user_id: int) -> dict[str, int]:
    """Room → how far this person has read, for the rooms they belong to."""
    query = select(memberships.c.room_id, memberships.c.read_seq).where(memberships.c.user_id == user_id)
    return {row.room_id: row.read_seq for row in await connection.execute(query)}


async def move_read(connection: AsyncConnection, moved: Iterable[tuple[Place, int]]) -> None:
    """Move read places forward; never back, and only where the person is a member."""
    rows = [{"who": user, "where": room, "seq": seq} for (user, room), seq in moved]
    await _MOVE_READ.execute(connection, rows)

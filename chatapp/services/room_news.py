"""Tells of rooms that have changed."""

from collections.abc import Collection

from chatapp.domain import rooms as naming
from chatapp.domain.entities import PUBLIC, Room
from chatapp.domain.events import Audience, Everyone, People, RoomChanged
from chatapp.domain.retention import KeepsOf
from chatapp.storage import memberships, users
from chatapp.storage.writer import Transaction


async def tell(tx: Transaction, changed: Collection[Room], keeps: KeepsOf) -> None:
    """Tell all who see these rooms how they are now."""
    members = await memberships.ids_of(tx.connection, [room.id for room in changed if room.kind != PUBLIC])
    ids = {one for room in changed for one in naming.talking(room)}
    people = await users.by_ids(tx.connection, ids) if ids else {}
    for room in changed:
        audience: Audience = Everyone() if room.kind == PUBLIC else People(frozenset(members[room.id]))
        talking = [people[one] for one in naming.talking(room) if one in people]
        tx.announce(RoomChanged(naming.as_view(room, keeps(room), talking)), audience)

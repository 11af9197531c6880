"""Mentions, as far as a change of messages needs them: who is named, and telling them."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from chatapp.domain.entities import Message, Room
from chatapp.domain.events import OfPerson, Read, RoomActivity
from chatapp.domain.mentions import Readings
from chatapp.storage import memberships, mentions, users
from chatapp.storage.memberships import Place
from chatapp.storage.writer import Transaction


async def owners(tx: Transaction, texts: Iterable[Sequence[Readings]]) -> dict[str, int]:
    """Folded name → whose it is, for all that these texts may name."""
    folded = {one for places in texts for readings in places for one in readings}
    return await users.owners(tx.connection, folded) if folded else {}


async def keep(tx: Transaction, found: Mapping[str, Room], changed: Sequence[tuple[Message | None, Message]]) -> None:
    """Store whom messages of the rooms `found` mention, and tell those for whom that changes what is unread.

    Each comes with what it was before, None for a new one. Who is no member has nothing unread: a temporary person,
    for one.
    """
    await mentions.remove(tx.connection, [before for before, _ in changed if before is not None and before.mentions])
    named = [(after, user_id) for _, after in changed for user_id in _of(after)]
    added = [(after, user_id) for before, after in changed for user_id in _of(after) if user_id not in _of(before)]
    dropped = [(after, user_id) for before, after in changed for user_id in _of(before) if user_id not in _of(after)]
    if not named and not dropped:
        return
    read = await memberships.places(tx.connection, {(user_id, after.room) for after, user_id in named + dropped})
    await mentions.add(tx.connection, [one for one in named if (one[1], one[0].room) in read])
    for after, user_id in _unread(added, read):
        if user_id != after.user_id:
            room = found[after.room]
            activity = RoomActivity(room.id, room.last_seq, room.rev, mention=True)
            tx.announce(activity, OfPerson(user_id, outside=room.id))
    await _tell_fewer(tx, read, {(user_id, after.room) for after, user_id in _unread(dropped, read)})


async def _tell_fewer(tx: Transaction, read: Mapping[Place, int], places: Collection[Place]) -> None:
    if not places:
        return
    left = await mentions.unread(tx.connection, places)
    for place in sorted(places):
        tx.announce(Read(place[1], read[place], left.get(place, 0)), OfPerson(place[0]))


def _of(message: Message | None) -> list[int]:
    return (message and message.mentions) or []


def _unread(named: Sequence[tuple[Message, int]], read: Mapping[Place, int]) -> list[tuple[Message, int]]:
    return [(message, who) for message, who in named if read.get((who, message.room), message.seq) < message.seq]

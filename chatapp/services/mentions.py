"""Mentions, as far as a change of messages needs them: who is named, and telling them."""

from collections.abc import Iterable, Mapping, Sequence

from chatapp.domain.entities import Message, Room
from chatapp.domain.events import OfPerson, RoomActivity
from chatapp.domain.mentions import Readings
from chatapp.storage import memberships, mentions, users
from chatapp.storage.writer import Transaction


async def owners(tx: Transaction, texts: Iterable[Sequence[Readings]]) -> dict[str, int]:
    """Folded name → whose it is, for all that these texts may name."""
    folded = {one for places in texts for readings in places for one in readings}
    return await users.owners(tx.connection, folded) if folded else {}


async def keep(tx: Transaction, found: Mapping[str, Room], changed: Sequence[tuple[Message | None, Message]]) -> None:
    """Store whom messages of the rooms `found` mention, and tell those they did not mention before the change.

    Each comes with what it was before, None for a new one. Who has read so far is not told. Who is no member has no
    unread messages to count: a temporary person, for one.
    """
    await mentions.remove(tx.connection, [before for before, _ in changed if before is not None and before.mentions])
    named = [(before, after, user_id) for before, after in changed for user_id in after.mentions or ()]
    if not named:
        return
    read = await memberships.places(tx.connection, {(user_id, after.room) for _, after, user_id in named})
    kept = [(before, after, user_id) for before, after, user_id in named if (user_id, after.room) in read]
    await mentions.add(tx.connection, [(after, user_id) for _, after, user_id in kept])
    for before, after, user_id in kept:
        is_new = before is None or user_id not in (before.mentions or ())
        if is_new and user_id != after.user_id and read[user_id, after.room] < after.seq:
            room = found[after.room]
            activity = RoomActivity(room.id, room.last_seq, room.rev, mention=True)
            tx.announce(activity, OfPerson(user_id, outside=room.id))

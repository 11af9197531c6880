"""Catching up: what changed in rooms since a client last heard of them.

Every change of a message takes the room's next `rev`, and a message carries the `rev` of its last one; so what changed
since a `rev` is one range of an index. An answer is bounded in bytes, and a client too far behind is told to start
afresh: nobody is sent more than a page costs again and again.
"""

import msgspec

from chatapp.domain.answers import Synced, SyncedRoom
from chatapp.domain.commands import Sync as Asked
from chatapp.domain.entities import Room, User
from chatapp.domain.events import NewMessage, in_full
from chatapp.storage import messages, rooms
from chatapp.storage.database import Database, Reading

LARGEST_ANSWER = 256_000
"""Bytes (wire contract, catch-up)."""
FRAME = 400
"""Bytes of it that stand around the rooms, or around one beside its name."""
FURTHEST_BEHIND = 1_000
"""Changes; beyond it the last page is less work for everybody."""
PAGE = 200


class Sync:
    """Answers clients that catch up in the history `history_id`."""

    def __init__(self, database: Database, *, history_id: str) -> None:
        self._database = database
        self._history_id = history_id

    async def changes(self, reader: User, asked: Asked) -> Synced:
        """What changed in each room since the `rev` the client gives, all of one moment."""
        answer: dict[str, SyncedRoom] = {}
        space = _Space(LARGEST_ANSWER - FRAME * (1 + len(asked.rooms)) - len(msgspec.json.encode([*asked.rooms])))
        async with self._database.read() as connection:
            found = {room.id: room for room in await rooms.seen_by(connection, reader.id)}
            for name, rev in asked.rooms.items():
                room = found.get(name)
                if room is None:
                    answer[name] = SyncedRoom(0, [], gone=True)
                elif asked.history_id != self._history_id or _must_reset(room, rev):
                    answer[name] = SyncedRoom(room.rev, [], reset=True)
                else:
                    answer[name] = await _since(connection, room, rev, space)
        return Synced(self._history_id, answer)


class _Space:
    """How many bytes are left for messages. The first always fits: whoever asks again gets on."""

    def __init__(self, left: int) -> None:
        self._left = left
        self._is_untouched = True

    def take(self, message: NewMessage) -> bool:
        """Whether the message fits; then its bytes are taken."""
        size = len(msgspec.json.encode(message)) + 1
        if size > self._left and not self._is_untouched:
            self._left = 0  # nothing after it goes in either: the order is kept
            return False
        self._left -= size
        self._is_untouched = False
        return True


def _must_reset(room: Room, rev: int) -> bool:
    # A client that has seen more than there is has seen another history.
    return rev < room.trimmed_rev or rev > room.rev or room.rev - rev > FURTHEST_BEHIND


async def _since(connection: Reading, room: Room, rev: int, space: _Space) -> SyncedRoom:
    told: list[NewMessage] = []
    last = rev
    while last < room.rev:
        page = await messages.changed_since(connection, room, last, PAGE)
        for message in page:
            full = in_full(message)
            if not space.take(full):
                return SyncedRoom(last, told, more=True)
            told.append(full)
            last = message.rev
        if len(page) < PAGE:
            break
    return SyncedRoom(room.rev, told)

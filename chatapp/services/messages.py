"""Messages: saying something, and reading what was said."""

import time
from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from chatapp.domain import texts
from chatapp.domain.answers import Page
from chatapp.domain.commands import SendMessage
from chatapp.domain.entities import Message, Room, User
from chatapp.domain.events import InRoom, NewMessage, OfPerson, Read, in_full
from chatapp.domain.limits import Limit, Limiter
from chatapp.errors import BadRequest, ChatError, Conflict, NotFound, NotIdentified
from chatapp.services.presence import Connection
from chatapp.services.typing import Typing
from chatapp.storage import memberships, messages, rooms, users
from chatapp.storage.database import Database
from chatapp.storage.messages import Send
from chatapp.storage.writer import Transaction, Writer

LIMIT = Limit(rate=10, burst=30)
LARGEST_PAGE = 200


class Sent(Struct, frozen=True):
    """A stored message; `is_repeat` when an earlier send with the same `client_id` had stored it."""

    message: NewMessage
    is_repeat: bool


class Asked(Struct, frozen=True):
    """A send on its way to the writer: the author, the room, the cleaned text, and the connection it came on."""

    user: User
    room: str
    text: str
    client_id: str | None
    connection: str | None


class Messages:
    """What people do with messages. `longest` is in code points; `is_limited` switches the rate limit."""

    def __init__(self, database: Database, writer: Writer, typing: Typing, *, longest: int, is_limited: bool) -> None:
        self._database = database
        self._writer = writer
        self._typing = typing
        self._longest = longest
        self._limiter = Limiter(LIMIT if is_limited else None, time.monotonic)

    async def say(self, connection: Connection, command: SendMessage) -> Sent:
        """Send from a connection, into the room named or else its current one. Raises NotIdentified, and as `send`."""
        if connection.user is None:
            raise NotIdentified("Please set a username first")
        room = command.room or connection.room
        if room is None:
            raise BadRequest("Please join a room first", field="room")
        return await self.send(connection.user, room, command, connection.id)

    async def send(self, user: User, room: str, command: SendMessage, connection: str | None = None) -> Sent:
        """Store a message and tell the room.

        Raises BadRequest, TooLong, RateLimited, NotFound, Conflict, Unavailable.
        """
        text = texts.demand(command.message, self._longest)
        self._limiter.take(user.id)
        sent = await self._writer.submit(self._send, Asked(user, room, text, command.client_id, connection))
        self._typing.end(user, room)
        return sent

    async def get(self, message_id: int) -> NewMessage:
        """One message. Raises NotFound."""
        async with self._database.read() as connection:
            found = await messages.find(connection, message_id)
        if found is None:
            raise NotFound("There is no such message.")
        return in_full(found)

    async def page(
        self, room: str, limit: int, *, before: int | None = None, after: int | None = None, around: int | None = None
    ) -> Page:
        """At most `limit` (and never over 200) messages: the newest, or those before, after or around a `seq`.

        `before` and `after` leave out the `seq` itself, `around` includes it. Raises NotFound.
        """
        limit = min(limit, LARGEST_PAGE)
        async with self._database.read() as connection:
            found = await rooms.find(connection, room)
            if found is None:
                raise NotFound("Room not found", field="room")
            if after is not None:
                page = await messages.after(connection, room, after, limit)
            elif around is not None:
                older = await messages.before(connection, room, around, limit // 2)
                page = older + await messages.after(connection, room, around - 1, limit - len(older))
            else:
                page = await messages.before(connection, room, found.last_seq + 1 if before is None else before, limit)
        gap = before if before is not None else after + 1 if after is not None else found.last_seq + 1
        return _page(found, page, gap)

    async def _send(self, tx: Transaction, asked: Sequence[Asked]) -> Sequence[Sent | ChatError]:
        found = await rooms.lock(tx.connection, {one.room for one in asked})
        authors = await users.by_ids(tx.connection, {one.user.id for one in asked})
        known = await _known(tx, [(one.user.id, one.client_id) for one in asked if one.client_id is not None])
        new: list[Message] = []
        answers: list[Sent | ChatError] = []
        read: dict[memberships.Place, tuple[int, str | None]] = {}
        for one in asked:
            send = (one.user.id, one.client_id) if one.client_id is not None else None
            repeated = known.get(send) if send is not None else None
            room, author = found.get(one.room), authors.get(one.user.id)
            if repeated is not None:
                answers.append(repeated)
            elif author is None:
                answers.append(NotIdentified("You are not signed in any more. Choose your name again."))
            elif room is None:
                answers.append(NotFound("Room not found", field="room"))
            else:
                room = found[room.id] = replace(room, last_seq=room.last_seq + 1, rev=room.rev + 1)
                message = _message(tx, room, author, one)
                new.append(message)
                full = in_full(message)
                if send is not None:
                    known[send] = Sent(full, is_repeat=True)
                answers.append(Sent(full, is_repeat=False))
                tx.announce(full, InRoom(room.id))
                read[author.id, room.id] = (room.last_seq, one.connection)
        if new:
            await _store(tx, new, [found[room] for room in sorted({message.room for message in new})])
            # One's own send moves one's own read place.
            await memberships.move_read(tx.connection, [(place, seq) for place, (seq, _) in read.items()])
        for (author_id, room_id), (seq, connection) in read.items():
            tx.announce(Read(room_id, seq), OfPerson(author_id, besides=connection))
        return answers


async def _known(tx: Transaction, sends: list[Send]) -> dict[Send, Sent | ChatError]:
    if not sends:
        return {}
    gone = "That message was stored, and has been removed by the cleanup since."
    known: dict[Send, Sent | ChatError] = dict.fromkeys(await messages.retired(tx.connection, sends), Conflict(gone))
    for send, message in (await messages.stored(tx.connection, sends)).items():
        known[send] = Sent(in_full(message), is_repeat=True)
    return known


def _message(tx: Transaction, room: Room, author: User, asked: Asked) -> Message:
    return Message(
        id=tx.new_id(),
        room=room.id,
        seq=room.last_seq,
        rev=room.rev,
        client_id=asked.client_id,
        user_id=author.id,
        username=author.username,
        message=asked.text,
        created_at=tx.now,
    )


async def _store(tx: Transaction, new: list[Message], changed: list[Room]) -> None:
    await messages.add(tx.connection, new)
    await rooms.set_counters(tx.connection, changed)


def _page(room: Room, page: list[Message], gap: int) -> Page:
    """An empty page stands just before the `seq` in `gap`."""
    oldest, newest = (page[0].seq, page[-1].seq) if page else (gap, gap - 1)
    is_empty = room.message_count == 0
    return Page(
        messages=[in_full(message) for message in page],
        has_more_before=oldest > room.first_seq and not is_empty,
        has_more_after=newest < room.last_seq and not is_empty,
    )

"""Messages: saying something, and reading what was said."""

import asyncio
from collections.abc import Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from chatapp.domain import mentions as naming
from chatapp.domain import texts
from chatapp.domain.answers import Page
from chatapp.domain.commands import SendMessage
from chatapp.domain.entities import Message, Room, User
from chatapp.domain.events import InRoom, NewMessage, OfPerson, Read, in_full
from chatapp.domain.limits import Limit, Limiter
from chatapp.domain.mentions import Readings
from chatapp.domain.retention import KeepsOf
from chatapp.errors import BadRequest, ChatError, Conflict, NotFound, NotIdentified
from chatapp.services import directs, mentions, writing
from chatapp.services.presence import Connection
from chatapp.services.typing import Typing
from chatapp.storage import memberships, messages, rooms, users
from chatapp.storage.database import Database
from chatapp.storage.messages import Send
from chatapp.storage.writer import Transaction, Writer

LIMIT = Limit(rate=10, burst=30)
"""What one person does with messages: sends, and changes of them."""
LARGEST_PAGE = 200


class Sent(Struct, frozen=True):
    """A stored message; `is_repeat` when an earlier send with the same `client_id` had stored it."""

    message: NewMessage
    is_repeat: bool


class Asked(Struct, frozen=True):
    """A send on its way to the writer: the author, the room, the cleaned text and whom it may name, the `client_id`,
    what it replies to, and the connection it came on.
    """

    user: User
    room: str
    text: str
    names: tuple[Readings, ...]
    client_id: str | None
    reply_to: int | None
    connection: str | None


class Messages:
    """What people say. `longest` is in code points; `limiter` counts what each person does with messages, `keeps` says
    what each room keeps.
    """

    def __init__(
        self, database: Database, writer: Writer, typing: Typing, limiter: Limiter, keeps: KeepsOf, *, longest: int
    ) -> None:
        self._database = database
        self._writer = writer
        self._typing = typing
        self._limiter = limiter
        self._keeps = keeps
        self._longest = longest

    def say(self, connection: Connection, command: SendMessage) -> asyncio.Future[Sent]:
        """Send from a connection, into the room named or else its current one. Raises NotIdentified, and as `send`."""
        if connection.user is None:
            raise NotIdentified("Please set a username first")
        room = command.room or connection.room
        if room is None:
            raise BadRequest("Please join a room first", field="room")
        return self.send(connection.user, room, command, connection.id)

    def send(self, user: User, room: str, command: SendMessage, connection: str | None = None) -> asyncio.Future[Sent]:
        """Store a message and tell the room. It has its place in the order of changes when this returns.

        Raises BadRequest, TooLong, RateLimited, Unavailable; the future also NotIdentified, NotFound, Conflict,
        Forbidden.
        """
        text = texts.demand(command.message, self._longest)
        self._limiter.take(user.id)
        reply_to = None if command.reply_to is None else int(command.reply_to)
        asked = Asked(user, room, text, naming.find(text), command.client_id, reply_to, connection)
        sent = self._writer.submit(self._send, asked)
        self._typing.end(user, room)
        return sent

    async def get(self, reader: User | None, message_id: int) -> NewMessage:
        """One message. Raises NotFound."""
        async with self._database.read() as connection:
            found = await messages.find_seen(connection, message_id, None if reader is None else reader.id)
        if found is None:
            raise NotFound("There is no such message.")
        return in_full(found)

    async def page(
        self,
        reader: User | None,
        room: str,
        limit: int,
        *,
        before: int | None = None,
        after: int | None = None,
        around: int | None = None,
    ) -> Page:
        """At most `limit` (and never over 200) messages: the newest, or those before, after or around a `seq`.

        `before` and `after` leave out the `seq` itself, `around` includes it. Raises NotFound.
        """
        limit = min(limit, LARGEST_PAGE)
        async with self._database.read() as connection:
            found = await rooms.find_seen(connection, room, None if reader is None else reader.id)
            if found is None:
                raise NotFound("Room not found", field="room")
            if after is not None:
                page = await messages.after(connection, found, after, limit)
            elif around is not None:
                older = await messages.before(connection, found, around, limit // 2)
                page = older + await messages.after(connection, found, around - 1, limit - len(older))
            else:
                page = await messages.before(connection, found, found.last_seq + 1 if before is None else before, limit)
        gap = before if before is not None else after + 1 if after is not None else found.last_seq + 1
        return _page(found, page, gap)

    async def _send(self, tx: Transaction, asked: Sequence[Asked]) -> Sequence[Sent | ChatError]:
        found = await rooms.lock(tx.connection, {one.room for one in asked})
        authors = await users.by_ids(tx.connection, {one.user.id for one in asked})
        hidden = await memberships.hidden(tx.connection, found, {(one.user.id, one.room) for one in asked})
        known = await _known(tx, [(one.user.id, one.client_id) for one in asked if one.client_id is not None])
        sources = await _sources(tx, {one.reply_to for one in asked if one.reply_to is not None})
        owners = await mentions.owners(tx, [one.names for one in asked])
        absent = await directs.absent(tx, found)
        returning: dict[memberships.Place, int] = {}
        new: list[Message] = []
        answers: list[Sent | ChatError] = []
        read: dict[memberships.Place, tuple[int, str | None]] = {}
        for one in asked:
            send = None if one.client_id is None else (one.user.id, one.client_id)
            room, author = found.get(one.room), authors.get(one.user.id)
            refusal = writing.refusal(author, room, tx.now, is_hidden=(one.user.id, one.room) in hidden)
            if send is not None and (repeated := known.get(send)) is not None:
                answers.append(repeated)
            elif refusal is not None or room is None or author is None:
                answers.append(refusal or NotIdentified(writing.GONE))
            elif one.reply_to is not None and not _is_there(sources.get(one.reply_to), room):
                answers.append(NotFound("The message replied to is not here any more.", field="reply_to"))
            else:
                if room.id in absent:
                    returning |= absent.pop(room.id).come_back(tx, room, self._keeps)
                room = found[room.id] = replace(room, last_seq=room.last_seq + 1, rev=room.rev + 1)
                new.append(_message(tx, room, author, one, owners))
                full = in_full(new[-1])
                if send is not None:
                    known[send] = Sent(full, is_repeat=True)
                answers.append(Sent(full, is_repeat=False))
                tx.announce(full, InRoom(room.id))
                read[author.id, room.id] = (room.last_seq, one.connection)
        if returning:
            await memberships.ensure(tx.connection, [*returning.items()], tx.now)
        if new:
            await _store(tx, new, found, read)
        return answers


async def _known(tx: Transaction, sends: list[Send]) -> dict[Send, Sent | ChatError]:
    if not sends:
        return {}
    ids = await messages.known(tx.connection, sends)
    stored = await messages.by_ids(tx.connection, [one for one in ids.values() if one is not None]) if ids else {}
    found = await rooms.lock(tx.connection, {one.room for one in stored.values()}) if stored else {}
    there = {one.id: one for one in stored.values() if one.seq >= found[one.room].first_seq}
    gone = Conflict("That message was stored, and has been removed by the cleanup since.")
    return {
        send: Sent(in_full(there[message_id]), is_repeat=True) if message_id in there else gone
        for send, message_id in ids.items()
    }


async def _sources(tx: Transaction, ids: set[int]) -> dict[int, tuple[str, int]]:
    return await messages.places_of(tx.connection, ids) if ids else {}


def _is_there(place: tuple[str, int] | None, room: Room) -> bool:
    return place is not None and place[0] == room.id and place[1] >= room.first_seq


def _message(tx: Transaction, room: Room, author: User, asked: Asked, owners: Mapping[str, int]) -> Message:
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
        reply_to=asked.reply_to,
        mentions=naming.resolve(asked.names, owners) or None,
    )


async def _store(
    tx: Transaction,
    new: Sequence[Message],
    found: Mapping[str, Room],
    read: Mapping[memberships.Place, tuple[int, str | None]],
) -> None:
    await messages.add(tx.connection, new)
    await rooms.set_counters(tx.connection, [found[room] for room in sorted({message.room for message in new})])
    # One's own send moves one's own read place, past every mention.
    await memberships.move_read(tx.connection, [(place, seq) for place, (seq, _) in read.items()])
    for (author_id, room_id), (seq, connection) in read.items():
        tx.announce(Read(room_id, seq, mention_count=0), OfPerson(author_id, besides=connection))
    await mentions.keep(tx, found, [(None, message) for message in new if message.mentions])


def _page(room: Room, page: list[Message], gap: int) -> Page:
    """An empty page stands just before the `seq` in `gap`."""
    oldest, newest = (page[0].seq, page[-1].seq) if page else (gap, gap - 1)
    is_empty = room.message_count == 0
    return Page(
        messages=[in_full(message) for message in page],
        has_more_before=oldest > room.first_seq and not is_empty,
        has_more_after=newest < room.last_seq and not is_empty,
    )

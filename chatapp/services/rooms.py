"""Rooms: which there are, and coming into one."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from chatapp.domain import rooms as naming
from chatapp.domain.answers import JoinedRoom, RoomInList
from chatapp.domain.commands import JoinRoom, MarkRead
from chatapp.domain.entities import DIRECT, Room, User
from chatapp.domain.events import NewMessage, OfPerson, People, Person, Read, RoomAdded, in_full
from chatapp.domain.retention import KeepsOf
from chatapp.errors import ChatError, NotFound, NotIdentified
from chatapp.services.presence import Connection, Presence
from chatapp.services.typing import Typing
from chatapp.storage import memberships, mentions, messages, rooms, users
from chatapp.storage.database import Database
from chatapp.storage.writer import Transaction, Writer

LAST_MESSAGES = 50
MOST_NAMES = 500


class _Found(Struct, frozen=True):
    """A room at the moment of joining."""

    room: Room
    messages: list[NewMessage]
    read_seq: int
    mention_count: int


class Rooms:
    """What people do with rooms. `keeps` says what each keeps; `history_id` names the history that joining clients are
    told.
    """

    def __init__(
        self, database: Database, writer: Writer, presence: Presence, typing: Typing, keeps: KeepsOf, *, history_id: str
    ) -> None:
        self._database = database
        self._writer = writer
        self._presence = presence
        self._typing = typing
        self._keeps = keeps
        self._history_id = history_id

    async def list(self, user: User | None) -> dict[str, RoomInList]:
        """The rooms that `user` may see by id, in a lasting order; with how far they have read their own."""
        async with self._database.read() as connection:
            found = await rooms.seen_by(connection, None if user is None else user.id)
            ids = {one for room in found for one in naming.talking(room)}
            people = await users.by_ids(connection, ids) if ids else {}
            places = {} if user is None else await memberships.read_places(connection, user.id)
            mentioned = {} if user is None else await mentions.unread_of(connection, user.id)
        return {
            room.id: RoomInList(
                name=room.name,
                user_count=self._presence.count(room.id),
                message_count=room.message_count,
                topic=room.topic,
                last_seq=room.last_seq,
                rev=room.rev,
                read_seq=places.get(room.id),
                mention_count=mentioned.get(room.id, 0),
                kind=room.kind,
                keeps=self._keeps(room),
                archived=room.archived_at is not None,
                created_by=None if room.created_by is None else str(room.created_by),
                members=_members(room, people),
            )
            for room in found
        }

    async def people(self, user: User, room: str) -> Sequence[Person]:
        """Everybody present in a room. Raises NotFound."""
        async with self._database.read() as connection:
            if await rooms.find_seen(connection, room, user.id) is None:
                raise NotFound("Room not found", field="room")
        return naming.as_people(self._presence.people(room))

    async def join(self, connection: Connection, command: JoinRoom) -> JoinedRoom:
        """Bring a connection into a room, out of the one before. Raises NotIdentified, NotFound.

        Joining is a change like sending, so it has its place in the one order of changes: a message is either in the
        answer, or heard afterwards.
        """
        if connection.user is None:
            raise NotIdentified("Please set a username first")
        found = await self._writer.submit(self._join, (connection.user, command))
        if connection.room not in (None, command.room):
            self._typing.end(connection.user, connection.room)
        self._presence.enter(connection, command.room)
        return self._joined(found)

    async def mark_read(self, user: User, command: MarkRead, connection: str | None = None) -> Read:
        """Move a person's read place forward, never back and never past the last message; return where it is now.

        The person's other connections than `connection` are told. Raises NotFound.
        """
        return await self._writer.submit(self._mark_read, (user, connection, command))

    def _joined(self, found: _Found) -> JoinedRoom:
        room = found.room
        oldest = found.messages[0].seq if found.messages else room.first_seq
        people = self._presence.people(room.id)
        return JoinedRoom(
            room=room.id,
            room_name=room.name,
            topic=room.topic,
            messages=found.messages,
            users=[user.username for _, user in zip(range(MOST_NAMES), people, strict=False)],
            user_count=self._presence.count(room.id),
            rev=room.rev,
            first_seq=room.first_seq,
            last_seq=room.last_seq,
            read_seq=found.read_seq,
            mention_count=found.mention_count,
            has_more=oldest > room.first_seq,
            history_id=self._history_id,
        )

    async def _join(self, tx: Transaction, asked: Sequence[tuple[User, JoinRoom]]) -> Sequence[_Found | ChatError]:
        found = await rooms.lock(tx.connection, {command.room for _, command in asked})
        hidden = await memberships.hidden(tx.connection, found, {(user.id, command.room) for user, command in asked})
        # Made once for all who come at once.
        last = {room.id: await _last_messages(tx, room) for room in found.values()}
        # A temporary person has no place to keep: it would outlive them.
        wanted = [
            ((user.id, command.room), found[command.room].last_seq)
            for user, command in asked
            if command.room in found and not user.is_temporary and (user.id, command.room) not in hidden
        ]
        places = await memberships.places(tx.connection, [place for place, _ in wanted]) if wanted else {}
        places |= await self._come_back(tx, found, [one for one in wanted if one[0] not in places])
        mentioned = await mentions.unread(tx.connection, [place for place, _ in wanted]) if wanted else {}
        return [
            NotFound("Room not found", field="room")
            if (room := found.get(command.room)) is None or (user.id, room.id) in hidden
            else _Found(
                room,
                last[room.id],
                places.get((user.id, room.id), room.last_seq),
                mentioned.get((user.id, room.id), 0),
            )
            for user, command in asked
        ]

    async def _mark_read(
        self, tx: Transaction, asked: Sequence[tuple[User, str | None, MarkRead]]
    ) -> Sequence[Read | ChatError]:
        found = await rooms.lock(tx.connection, {command.room for _, _, command in asked})
        wanted = {(user.id, command.room) for user, _, command in asked}
        hidden = await memberships.hidden(tx.connection, found, wanted)
        places = await memberships.places(tx.connection, wanted)
        moved: dict[memberships.Place, str | None] = {}
        for user, connection, command in asked:
            place = (user.id, command.room)
            if place in places and (seq := min(command.seq, found[command.room].last_seq)) > places[place]:
                places[place], moved[place] = seq, connection
        if moved:
            await memberships.move_read(tx.connection, [(place, places[place]) for place in moved])
        mentioned = await mentions.unread(tx.connection, wanted)
        read = {place: Read(place[1], seq, mentioned.get(place, 0)) for place, seq in places.items()}
        for place, connection in moved.items():
            tx.announce(read[place], OfPerson(place[0], besides=connection))
        return [
            NotFound("Room not found", field="room")
            if (room := found.get(command.room)) is None or (user.id, room.id) in hidden
            # Who is no member, as temporary people are not, has no place to move.
            else read.get((user.id, room.id)) or Read(room.id, min(command.seq, room.last_seq), 0)
            for user, _, command in asked
        ]

    async def _come_back(
        self, tx: Transaction, found: Mapping[str, Room], new: Sequence[tuple[memberships.Place, int]]
    ) -> dict[memberships.Place, int]:
        """Let people belong to public rooms again that they left, and their other devices know; return how far each has
        read.
        """
        for user_id, room in {place for place, _ in new}:
            tx.announce(RoomAdded(naming.as_view(found[room], self._keeps(found[room]))), People(frozenset({user_id})))
        return await memberships.ensure(tx.connection, new, tx.now) if new else {}


async def _last_messages(tx: Transaction, room: Room) -> list[NewMessage]:
    found = await messages.before(tx.connection, room, room.last_seq + 1, LAST_MESSAGES)
    return [in_full(message) for message in found]


def _members(room: Room, people: Mapping[int, User]) -> list[Person] | None:
    if room.kind != DIRECT:
        return None
    return naming.as_people(people[one] for one in naming.talking(room) if one in people)

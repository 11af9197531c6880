"""Rooms: which there are, and coming into one."""

from collections.abc import Sequence

from msgspec import Struct

from chatapp.domain.answers import JoinedRoom, Person, RoomInList
from chatapp.domain.commands import JoinRoom, MarkRead
from chatapp.domain.entities import Message, Room, User
from chatapp.domain.events import OfPerson, Read, in_full
from chatapp.errors import ChatError, NotFound, NotIdentified
from chatapp.services.presence import Connection, Presence
from chatapp.services.typing import Typing
from chatapp.storage import memberships, messages, rooms
from chatapp.storage.database import Database
from chatapp.storage.writer import Transaction, Writer

LAST_MESSAGES = 50
MOST_NAMES = 500


class _Found(Struct, frozen=True):
    """A room at the moment of joining."""

    room: Room
    messages: list[Message]
    read_seq: int


class Rooms:
    """What people do with rooms. `history_id` names the history that joining clients are told."""

    def __init__(
        self, database: Database, writer: Writer, presence: Presence, typing: Typing, *, history_id: str
    ) -> None:
        self._database = database
        self._writer = writer
        self._presence = presence
        self._typing = typing
        self._history_id = history_id

    async def list(self, user: User | None) -> dict[str, RoomInList]:
        """All rooms by id, in a lasting order; with how far `user` has read where they are a member."""
        async with self._database.read() as connection:
            found = await rooms.every(connection)
            places = {} if user is None else await memberships.read_places(connection, user.id)
        return {
            room.id: RoomInList(
                name=room.name,
                user_count=self._presence.count(room.id),
                message_count=room.message_count,
                topic=room.topic,
                last_seq=room.last_seq,
                rev=room.rev,
                read_seq=places.get(room.id),
            )
            for room in found
        }

    async def people(self, room: str) -> Sequence[Person]:
        """Everybody present in a room. Raises NotFound."""
        async with self._database.read() as connection:
            if await rooms.find(connection, room) is None:
                raise NotFound("Room not found", field="room")
        return [Person(str(user.id), user.username) for user in self._presence.people(room)]

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

    async def mark_read(self, connection: Connection, command: MarkRead) -> MarkRead:
        """Move a person's read place forward, never back and never past the last message; return where it is now."""
        if connection.user is None:
            raise NotIdentified("Please set a username first")
        return await self._writer.submit(self._mark_read, (connection.user, connection.id, command))

    def _joined(self, found: _Found) -> JoinedRoom:
        room = found.room
        oldest = found.messages[0].seq if found.messages else room.first_seq
        people = self._presence.people(room.id)
        return JoinedRoom(
            room=room.id,
            room_name=room.name,
            topic=room.topic,
            messages=[in_full(message) for message in found.messages],
            users=[user.username for _, user in zip(range(MOST_NAMES), people, strict=False)],
            user_count=self._presence.count(room.id),
            rev=room.rev,
            first_seq=room.first_seq,
            last_seq=room.last_seq,
            read_seq=found.read_seq,
            has_more=oldest > room.first_seq,
            history_id=self._history_id,
        )

    async def _join(self, tx: Transaction, asked: Sequence[tuple[User, JoinRoom]]) -> Sequence[_Found | ChatError]:
        found = await rooms.lock(tx.connection, {command.room for _, command in asked})
        last = {
            room.id: await messages.before(tx.connection, room.id, room.last_seq + 1, LAST_MESSAGES)
            for room in found.values()
        }
        # A temporary person has no place to keep: it would outlive them.
        wanted = [
            ((user.id, command.room), found[command.room].last_seq)
            for user, command in asked
            if command.room in found and not user.is_temporary
        ]
        places = await memberships.ensure(tx.connection, wanted, tx.now) if wanted else {}
        return [
            NotFound("Room not found", field="room")
            if (room := found.get(command.room)) is None
            else _Found(room, last[room.id], places.get((user.id, room.id), room.last_seq))
            for user, command in asked
        ]

    async def _mark_read(
        self, tx: Transaction, asked: Sequence[tuple[User, str, MarkRead]]
    ) -> Sequence[MarkRead | ChatError]:
        found = await rooms.lock(tx.connection, {command.room for _, _, command in asked})
        places = await memberships.places(tx.connection, {(user.id, command.room) for user, _, command in asked})
        moved: dict[memberships.Place, int] = {}
        answers: list[MarkRead | ChatError] = []
        for user, connection, command in asked:
            room = found.get(command.room)
            if room is None:
                answers.append(NotFound("Room not found", field="room"))
                continue
            place, seq = (user.id, room.id), min(command.seq, room.last_seq)
            if seq > places.get(place, seq):
                places[place] = moved[place] = seq
                tx.announce(Read(room.id, seq), OfPerson(user.id, besides=connection))
            answers.append(MarkRead(room.id, places.get(place, seq)))
        if moved:
            await memberships.move_read(tx.connection, moved.items())
        return answers

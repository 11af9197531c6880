"""Who is connected, and who is present in which room. In memory only: after a restart people come back by themselves.

The current room belongs to the connection, presence to the person: a person with two tabs in a room is there once.
When the last connection of a known person ends, they stay present for `GRACE` seconds, so that a reload is no leaving;
who leaves by going to another room, and a temporary person, are gone at once.
"""

import asyncio
from collections.abc import Callable, Collection, Iterator, Sequence

from msgspec import Struct

from chatapp.domain import policies
from chatapp.domain.entities import Device, Session, User
from chatapp.domain.events import Audience, Event, InRoom, Only, UserJoined, UserLeft
from chatapp.domain.limits import network

GRACE = 3.0
TICK = 0.02
PACE = 0.0001
"""Seconds for which a room's comings and goings gather, and those more for each connection that is told of them: when a
class comes in at once, telling each of each would take all the time there is.
"""

Tell = Callable[[Sequence[tuple[Event, Audience]]], None]


class Connection(Struct, eq=False):
    """One Socket.IO connection: what it comes from, whose it is once identified, and the room it is in."""

    id: str
    address: str
    user: User | None = None
    session: Session | None = None
    room: str | None = None
    is_open: bool = True
    device: Device = Device()


class _Presence(Struct, eq=False):
    user: User
    connections: set[str]
    leaving: asyncio.TimerHandle | None = None


class Presence:
    """All connections. `tell` hears what happened a little later, so that a caller's ack comes first."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._connections: dict[str, Connection] = {}
        self._addresses: dict[str, int] = {}
        self._people: dict[int, dict[str, Connection]] = {}
        self._present: dict[str, dict[int, _Presence]] = {}
        self._in_room: dict[str, dict[str, Connection]] = {}
        self._untold: dict[str, list[tuple[Event, Audience]]] = {}

    def open(self, connection: Connection) -> None:
        """A connection was made."""
        self._connections[connection.id] = connection
        place = network(connection.address)
        self._addresses[place] = self._addresses.get(place, 0) + 1
        if connection.user is not None:
            self.identify(connection, connection.user)

    def close(self, connection: Connection) -> None:
        """A connection has ended. Closing it again changes nothing."""
        if not connection.is_open:
            return
        connection.is_open = False
        del self._connections[connection.id]
        place = network(connection.address)
        self._addresses[place] -= 1
        if not self._addresses[place]:
            del self._addresses[place]
        if connection.user is not None:
            self._leave(connection, GRACE if not connection.user.is_temporary else 0)
            people = self._people[connection.user.id]
            del people[connection.id]
            if not people:
                del self._people[connection.user.id]

    def identify(self, connection: Connection, user: User) -> None:
        """A connection belongs to a person from now on."""
        connection.user = user
        if connection.is_open:
            self._people.setdefault(user.id, {})[connection.id] = connection

    def enter(self, connection: Connection, room: str) -> None:
        """A connection of a known person comes into a room and leaves the one it was in."""
        if not connection.is_open or connection.user is None or connection.room == room:
            return
        self._leave(connection, 0)
        connection.room = room
        self._in_room.setdefault(room, {})[connection.id] = connection
        here = self._present.setdefault(room, {})
        present = here.get(connection.user.id)
        audience: Audience = Only(connection.id)
        if present is None:
            present = here[connection.user.id] = _Presence(connection.user, set())
            audience = InRoom(room)
        if present.leaving is not None:
            present.leaving.cancel()
            present.leaving = None
        present.connections.add(connection.id)
        self._tell_soon(room, UserJoined(connection.user.username, str(connection.user.id), room, len(here)), audience)

    def expel(self, user_ids: Collection[int], room: str) -> None:
        """These people are in a room no more, on whatever connection."""
        for user_id in user_ids:
            for connection in self.of_person(user_id):
                if connection.room == room:
                    self._leave(connection, 0)
            present = self._present.get(room, {}).get(user_id)
            if present is not None and present.leaving is not None:
                present.leaving.cancel()
                self._gone(room, user_id)

    def rename(self, user: User) -> None:
        """A person has another name, or role, from now on."""
        for connection in self.of_person(user.id):
            connection.user = user
        for here in self._present.values():
            if user.id in here:
                here[user.id].user = user

    def get(self, connection_id: str) -> Connection | None:
        """The open connection with this id."""
        return self._connections.get(connection_id)

    def ids(self) -> frozenset[int]:
        """The ids of all who are connected."""
        return frozenset(self._people)

    def shut_out(self, user_id: int) -> None:
        """A person is in no room any more, and in none for the time after a connection ends."""
        for room in [room for room, here in self._present.items() if user_id in here]:
            self.expel([user_id], room)

    def connections_from(self, address: str) -> int:
        """How many connections an address has, one of IPv6 with its network."""
        return self._addresses.get(network(address), 0)

    def count(self, room: str) -> int:
        """How many people are in a room."""
        return len(self._present.get(room, ()))

    def people(self, room: str) -> Iterator[User]:
        """The people in a room, in the order they came."""
        return (present.user for present in self._present.get(room, {}).values())

    def identified(self) -> Iterator[Connection]:
        """The connections of all known people."""
        return (connection for people in self._people.values() for connection in people.values())

    def hosts(self) -> frozenset[int]:
        """The ids of the hosts who are connected."""
        return frozenset(one.user.id for one in self.identified() if one.user and policies.may_host(one.user))

    def by_room(self) -> dict[str | None, list[Connection]]:
        """The connections of all known people by the room they are in, None for those that are in none."""
        found: dict[str | None, list[Connection]] = {}
        for connection in self.identified():
            found.setdefault(connection.room, []).append(connection)
        return found

    def in_room(self, room: str) -> Collection[Connection]:
        """The connections in a room."""
        return self._in_room.get(room, {}).values()

    def of_person(self, user_id: int) -> Collection[Connection]:
        """The connections of a person."""
        return self._people.get(user_id, {}).values()

    def _leave(self, connection: Connection, grace: float) -> None:
        room, user = connection.room, connection.user
        if room is None or user is None:
            return
        connection.room = None
        del self._in_room[room][connection.id]
        if not self._in_room[room]:
            del self._in_room[room]
        present = self._present[room][user.id]
        present.connections.discard(connection.id)
        if present.connections:
            return
        if grace:
            present.leaving = asyncio.get_running_loop().call_later(grace, self._gone, room, user.id)
        else:
            self._gone(room, user.id)

    def _gone(self, room: str, user_id: int) -> None:
        here = self._present[room]
        user = here.pop(user_id).user
        if not here:
            del self._present[room]
        self._tell_soon(room, UserLeft(user.username, str(user.id), room, len(here)), InRoom(room))

    def _tell_soon(self, room: str, event: Event, audience: Audience) -> None:
        if room not in self._untold:
            self._untold[room] = []
            asyncio.get_running_loop().call_later(TICK + PACE * len(self.in_room(room)), self._tell_of, room)
        self._untold[room].append((event, audience))

    def _tell_of(self, room: str) -> None:
        self._tell(self._untold.pop(room))

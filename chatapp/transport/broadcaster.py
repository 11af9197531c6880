"""The one door through which clients hear of what happened.

`tell` encodes an event once and sends the same packet to everybody in its audience; nothing in between awaits. Events
for the same audience one after another go out together: the sends of one commit cost each member one write. Rooms one
is not in are told of by `room_activity`, gathered for `GATHER` seconds and told in one write: busy rooms cost those
elsewhere a few events a second each. Who may hear of a room that is not everybody's is known here in memory, from what
is told of it.
"""

import asyncio
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter

from chatapp.domain.entities import PUBLIC
from chatapp.domain.events import (
    Audience,
    Event,
    Everyone,
    HistoryRestored,
    HistoryTrimmed,
    InRoom,
    MessageChanged,
    NewMessage,
    OfPerson,
    Only,
    People,
    RoomActivity,
    RoomAdded,
    RoomRemoved,
    UserJoined,
    UserLeft,
)
from chatapp.services.presence import Connection, Presence
from chatapp.transport.engine import Engine, Packet, event_packet

GATHER = 0.3
REST = 20
"""Telling takes a twentieth of the time at most, also where many rooms are busy and many people connected."""


class Broadcaster:
    """Tells clients. `counters` are the newest `seq` and `rev` of each room, as last heard of; `members` who belongs to
    the rooms that are not everybody's.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._presence: Presence | None = None
        self._counters: dict[str, tuple[int, int]] = {}
        self._members: dict[str, set[int]] = {}
        self._active: set[str] = set()
        self._rest = 0.0

    def begin(self, presence: Presence, counters: dict[str, tuple[int, int]], members: dict[str, set[int]]) -> None:
        """Say who is where, which `(last_seq, rev)` the rooms begin with, and who belongs to those that are not
        everybody's.
        """
        self._presence = presence
        self._counters = counters
        self._members = members

    def tell(self, announcements: Sequence[tuple[Event, Audience]]) -> None:
        """Tell each event to its audience."""
        for audience, events in _together(announcements):
            listeners = [] if self._presence is None else [one.id for one in _listeners(self._presence, audience)]
            if listeners:
                self._engine.deliver(listeners, [event_packet(event.event, event) for event in events])
            for event in events:
                self._note(event, audience)

    def _note(self, event: Event, audience: Audience) -> None:
        match event:
            case RoomAdded(room=view):
                self._counters.setdefault(view.id, (view.last_seq, view.rev))
                if view.kind != PUBLIC and isinstance(audience, People):
                    self._members.setdefault(view.id, set()).update(audience.user_ids)
                return
            case RoomRemoved(room=room) if isinstance(audience, People):
                self._members.get(room, set()).difference_update(audience.user_ids)
                if self._presence is not None:
                    self._presence.expel(audience.user_ids, room)
                return
            case MessageChanged(room=room, rev=rev):
                self._counters[room] = (self._counters[room][0], rev)
            case NewMessage(room=room, seq=seq, rev=rev):
                self._counters[room] = (seq, rev)
            case HistoryTrimmed(room=room, rev=rev) | HistoryRestored(room=room, rev=rev):
                self._counters[room] = (self._counters[room][0], rev)
            case UserJoined(room=room) | UserLeft(room=room):
                pass
            case _:
                return
        if not self._active:
            asyncio.get_running_loop().call_later(max(GATHER, self._rest), self._tell_activity)
        self._active.add(room)

    def _tell_activity(self) -> None:
        active, self._active = self._active, set()
        if self._presence is None:
            return
        began = time.monotonic()
        packets = {room: self._activity(room, self._presence.count(room)) for room in sorted(active)}
        everybodys = [room for room in packets if room not in self._members]
        for here, listeners in self._presence.by_room().items():
            elsewhere = [packets[room] for room in everybodys if room != here]
            if elsewhere:
                self._engine.deliver([connection.id for connection in listeners], elsewhere)
        for room in packets.keys() & self._members.keys():
            self._tell_members(room, packets[room], self._presence)
        self._rest = (time.monotonic() - began) * REST

    def _tell_members(self, room: str, packet: Packet, presence: Presence) -> None:
        listeners = (one for user_id in self._members[room] for one in presence.of_person(user_id))
        self._engine.deliver([one.id for one in listeners if one.room != room], [packet])

    def _activity(self, room: str, user_count: int) -> Packet:
        return event_packet(RoomActivity.event, RoomActivity(room, *self._counters[room], user_count))


def _listeners(presence: Presence, audience: Audience) -> Iterable[Connection]:
    match audience:
        case InRoom(room, None):
            return presence.in_room(room)
        case InRoom(room, besides):
            return (one for one in presence.in_room(room) if one.user is None or one.user.id != besides)
        case OfPerson(user_id, besides, outside):
            here = presence.of_person(user_id)
            return (one for one in here if one.id != besides and (outside is None or one.room != outside))
        case People(user_ids):
            return (one for user_id in sorted(user_ids) for one in presence.of_person(user_id))
        case Only(connection):
            found = presence.get(connection)
            return () if found is None else (found,)
        case Everyone():
            return presence.identified()


def _together(announcements: Sequence[tuple[Event, Audience]]) -> Iterator[tuple[Audience, list[Event]]]:
    """The events by audience, in order.

    In a run of events for whole rooms, as a batch of sends is, a room's stand together: nobody is in two rooms, so
    nobody hears them in another order. Of the others only neighbours do.
    """
    for is_for_rooms, run in groupby(
        announcements, key=lambda one: isinstance(one[1], InRoom) and one[1].besides is None
    ):
        if is_for_rooms:
            rooms: dict[Audience, list[Event]] = {}
            for event, audience in run:
                rooms.setdefault(audience, []).append(event)
            yield from rooms.items()
        else:
            for audience, neighbours in groupby(run, key=itemgetter(1)):
                yield audience, [event for event, _ in neighbours]

"""The Socket.IO connections and the table of their events: each is given to a service, and answered."""

import asyncio
import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import msgspec
from msgspec import Struct

from chatapp.domain import policies, texts
from chatapp.domain.answers import Limits, UsernameSet
from chatapp.domain.commands import (
    CreateRoom,
    DeleteMessage,
    EditMessage,
    GetRooms,
    Invite,
    JoinRoom,
    LeaveRoom,
    MarkRead,
    OpenDirect,
    React,
    RemoveMember,
    SendMessage,
    SetUsername,
    Sync,
    Typing,
    UpdateRoom,
)
from chatapp.domain.entities import Session, User
from chatapp.errors import BadRequest, ChatError, Internal, NotIdentified, RateLimited, Unavailable
from chatapp.services.accounts import Accounts
from chatapp.services.changes import Changes
from chatapp.services.directs import Directs
from chatapp.services.endings import Endings
from chatapp.services.entrance import Entrance
from chatapp.services.memberships import Memberships
from chatapp.services.messages import Messages, Sent
from chatapp.services.presence import Connection, Presence
from chatapp.services.room_changes import RoomChanges
from chatapp.services.rooms import Rooms
from chatapp.services.sync import Sync as Syncing
from chatapp.services.typing import Typing as Typists
from chatapp.transport.access import Access, token_of
from chatapp.transport.allowances import Allowances, Newcomers
from chatapp.transport.engine import Engine, Handshake, Request, event_packet
from chatapp.transport.turns import Answer, Line, Quick, Row, Turns

log = logging.getLogger(__name__)

MOST_CONNECTIONS = 200
"""From one address."""
MOST_SESSIONS = 250
"""From one address, those included that have no connection yet or any more. Beyond `MOST_CONNECTIONS` a client is still
told why it may not connect, beyond this it is turned away at the door."""


class Services(Struct, frozen=True):
    """What events are given to."""

    accounts: Accounts
    entrance: Entrance
    endings: Endings
    rooms: Rooms
    room_changes: RoomChanges
    memberships: Memberships
    directs: Directs
    messages: Messages
    changes: Changes
    sync: Syncing
    presence: Presence
    typing: Typists


class _Arrival(Struct, eq=False):
    """Who was renewed while a connection's session was looked up."""

    renewed: dict[int, User] = {}


class Sockets:
    """Hears the engine's connections and events. `limits` and `history_id` are told to whoever is identified."""

    def __init__(
        self,
        engine: Engine,
        access: Access,
        services: Services,
        allowances: Allowances,
        *,
        limits: Limits,
        history_id: str,
        is_limited: bool,
    ) -> None:
        self._engine = engine
        self._access = access
        self._services = services
        self._limits = limits
        self._history_id = history_id
        self._is_limited = is_limited
        self._allowances = allowances
        self._newcomers = Newcomers(engine.cut)
        self._lines: dict[str, Line] = {}
        self._arrivals: list[_Arrival] = []
        rows: dict[str, Row | Quick] = {
            "set_username": Row(SetUsername, self._set_username, alone=True),
            "get_rooms": Row(GetRooms, self._get_rooms),
            "join_room": Row(JoinRoom, self._join_room, alone=True),
            "leave_room": Row(LeaveRoom, self._leave_room, alone=True),
            "create_room": Row(CreateRoom, self._create_room),
            "update_room": Row(UpdateRoom, self._update_room),
            "open_direct": Row(OpenDirect, self._open_direct),
            "invite": Row(Invite, self._invite),
            "remove_member": Row(RemoveMember, self._remove_member),
            "send_message": Quick(SendMessage, self._send_message, lambda sent: {"message": sent.message}),
            "typing": Row(Typing, self._typing),
            "mark_read": Row(MarkRead, self._mark_read),
            "edit_message": Row(EditMessage, self._edit_message),
            "delete_message": Row(DeleteMessage, self._delete_message),
            "react": Row(React, self._react),
            "sync": Row(Sync, self._sync),
        }
        self._turns = Turns(rows, self)

    def may_open(self, sessions: int) -> bool:
        """Whether an address that has so many sessions may open one more."""
        return not self._is_limited or sessions < MOST_SESSIONS

    async def connect(self, handshake: Handshake) -> None:
        """Admit a connection. Raises NotIdentified for a bad token, RateLimited beyond 200 from one address."""
        presence = self._services.presence
        if self._is_limited and presence.connections_from(handshake.address) >= MOST_CONNECTIONS:
            raise RateLimited("Too many connections from this address.", retry_after=5)
        session = await self._arrive(handshake)
        device = self._access.device(handshake.headers, handshake.address)
        connection = Connection(handshake.connection, handshake.address, device=device)
        if session is not None:
            connection.user = session.user
            self._begin(connection, session)
        else:
            self._newcomers.come(connection)
        self._lines[connection.id] = Line(connection)
        presence.open(connection)

    def connected(self, connection: str) -> None:
        """Tell a known person who they are."""
        line = self._lines.get(connection)
        if line is not None and line.connection.user is not None:
            self._tell(connection, "username_set", self._username_set(line.connection.user))

    async def disconnect(self, connection: str) -> None:
        """A connection has ended; a temporary person goes with it."""
        line = self._lines.pop(connection, None)
        if line is None:
            return
        user, room = line.connection.user, line.connection.room
        self._newcomers.go(line.connection)
        self._services.presence.close(line.connection)
        if line.connection.session is not None:
            self._services.endings.forget(line.connection.session, connection)
        if user is not None and room is not None:
            self._services.typing.end(user, room)
        if user is not None and user.is_temporary:
            # A server that is stopping frees these names when it starts again.
            with suppress(Unavailable):
                await self._services.accounts.go(user)

    def end(self, session: Session) -> None:
        """Cut all connections of a session that has ended."""
        self._services.endings.end([session])

    def shut_out(self, user: User, ended: Sequence[Session]) -> None:
        """Cut all connections of a person, who is in no room from now on, and those of sessions that have ended."""
        self._services.presence.shut_out(user.id)
        self._services.endings.end_of(user)
        # A temporary person has no session.
        for connection in list(self._services.presence.of_person(user.id)):
            self._cut(connection.id)
        self._services.endings.end(ended)

    def renew(self, user: User) -> None:
        """A person has another name, role or mute: their connections act by it, and are told."""
        for arrival in self._arrivals:
            arrival.renewed[user.id] = user
        self._services.presence.rename(user)
        for connection in self._services.presence.of_person(user.id):
            if connection.room is not None and not policies.may_write(user, _now()):
                self._services.typing.end(user, connection.room)
            self._tell(connection.id, "username_set", self._username_set(user))

    def receive(self, request: Request) -> None:
        """Begin an event, or let it wait its turn; those of a connection that was cut are passed over."""
        line = self._lines.get(request.connection)
        if line is None or not line.connection.is_open:
            return
        try:
            self._allowances.take(request.event, line.connection)
        except RateLimited as refusal:
            self.refuse(request, refusal)
        else:
            self._turns.take(line, request)

    def refuse(self, request: Request, error: ChatError) -> None:
        """Say what was wrong: in the ack where one is waited for, else as an `error` event."""
        line = self._lines.get(request.connection)
        if line is not None and not self._allowances.tell_refusal(request.connection):
            self._cut(line.connection.id)
        elif request.ack_id is not None:
            self._engine.ack(request.connection, request.ack_id, {"ok": False, "error": error.to_wire()})
        else:
            self._tell(request.connection, "error", {**error.to_wire(), "event": request.event})

    def succeed(self, request: Request, answer: Answer | None) -> None:
        """Send the ack of an event that was handled, where one is waited for."""
        if request.ack_id is not None:
            ack = answer if isinstance(answer, dict) else msgspec.to_builtins(answer) if answer is not None else {}
            self._engine.ack(request.connection, request.ack_id, {"ok": True, **ack})

    def fail(self, request: Request, error: BaseException) -> None:
        """Say why an event was not handled; what was not foreseen stands in the log."""
        if not isinstance(error, ChatError):
            log.error("The event %s failed", request.event, exc_info=error)
            error = Internal("The server made a mistake. It is in its log.")
        self.refuse(request, error)

    async def _set_username(self, connection: Connection, command: SetUsername, request: Request) -> Answer:
        token = None
        if connection.user is not None:
            user = await self._services.accounts.rename(connection.user, command)
            self._services.presence.rename(user)
        elif request.ack_id is not None:
            session, token = await self._services.entrance.come_in(command, connection.device)
            user = session.user
            self._begin(connection, session)
        else:
            user = await self._services.entrance.come(command, connection.device)
            if not connection.is_open:
                await self._services.accounts.go(user)
        self._newcomers.go(connection)
        self._services.presence.identify(connection, user)
        answer = self._username_set(user)
        self._tell(connection.id, "username_set", answer)
        return msgspec.structs.replace(answer, token=token)

    async def _get_rooms(self, connection: Connection, _command: GetRooms, _request: Request) -> Answer:
        if connection.user is None:
            self._access.admit(None)
        rooms = await self._services.rooms.list(connection.user)
        self._tell(connection.id, "rooms_list", rooms)
        return {"rooms": rooms}

    async def _join_room(self, connection: Connection, command: JoinRoom, _request: Request) -> Answer:
        joined = await self._services.rooms.join(connection, command)
        self._tell(connection.id, "joined_room", joined)
        return joined

    async def _leave_room(self, connection: Connection, command: LeaveRoom, _request: Request) -> Answer:
        return {"room": await self._services.memberships.leave(_caller(connection), command)}

    async def _create_room(self, connection: Connection, command: CreateRoom, _request: Request) -> Answer:
        return {"room": await self._services.room_changes.create(_caller(connection), command)}

    async def _update_room(self, connection: Connection, command: UpdateRoom, _request: Request) -> Answer:
        return {"room": await self._services.room_changes.update(_caller(connection), command)}

    async def _open_direct(self, connection: Connection, command: OpenDirect, _request: Request) -> Answer:
        return {"room": (await self._services.directs.open(_caller(connection), command)).room}

    async def _invite(self, connection: Connection, command: Invite, _request: Request) -> Answer:
        return {"room": await self._services.memberships.invite(_caller(connection), command)}

    async def _remove_member(self, connection: Connection, command: RemoveMember, _request: Request) -> Answer:
        return {"room": await self._services.memberships.remove(_caller(connection), command)}

    def _send_message(
        self, connection: Connection, command: SendMessage, request: Request
    ) -> asyncio.Future[Sent] | None:
        if request.ack_id is None and texts.is_empty(command.message) and connection.room is not None:
            return None  # clients of the base protocol expect nothing to happen
        return self._services.messages.say(connection, command)

    async def _typing(self, connection: Connection, command: Typing, _request: Request) -> None:
        user = _caller(connection)
        if connection.room is None:
            raise BadRequest("Please join a room first", field="room")
        if not command.typing:
            self._services.typing.end(user, connection.room)
        elif policies.may_write(user, _now()):
            # Who is muted is told so when they send: refusing every key they press would help nobody.
            self._services.typing.begin(user, connection.room)

    async def _mark_read(self, connection: Connection, command: MarkRead, _request: Request) -> Answer:
        return await self._services.rooms.mark_read(_caller(connection), command, connection.id)

    async def _edit_message(self, connection: Connection, command: EditMessage, _request: Request) -> Answer:
        return {"message": await self._services.changes.edit(_caller(connection), command)}

    async def _delete_message(self, connection: Connection, command: DeleteMessage, _request: Request) -> Answer:
        return {"message": await self._services.changes.delete(_caller(connection), command)}

    async def _react(self, connection: Connection, command: React, _request: Request) -> Answer:
        return {"message": await self._services.changes.react(_caller(connection), command)}

    async def _sync(self, connection: Connection, command: Sync, _request: Request) -> Answer:
        user = _caller(connection)
        return await self._services.sync.changes(user, command)

    async def _arrive(self, handshake: Handshake) -> Session | None:
        """The session a connection comes with, of the person as they are when this returns: they may have changed while
        it was looked up.
        """
        arrival = _Arrival()
        self._arrivals.append(arrival)
        try:
            session = await self._access.identify(handshake.headers, token_of(handshake.auth))
        finally:
            self._arrivals.remove(arrival)
        if session is None:
            return None
        return msgspec.structs.replace(session, user=arrival.renewed.get(session.user.id, session.user))

    def _begin(self, connection: Connection, session: Session) -> None:
        """A connection is on this session from now on, and ends with it."""
        connection.session = session
        if connection.is_open:
            self._services.endings.watch(session, connection.id, partial(self._cut, connection.id))

    def _cut(self, connection_id: str) -> None:
        """End a connection now: nothing of what it asked is begun any more."""
        line = self._lines.get(connection_id)
        if line is not None:
            connection = line.connection
            line.waiting.clear()
            if connection.user is not None and connection.room is not None:
                self._services.typing.end(connection.user, connection.room)
            self._services.presence.close(connection)
        self._engine.cut(connection_id)

    def _username_set(self, user: User) -> UsernameSet:
        muted_until = self._services.accounts.muted_until(user)
        return UsernameSet(
            user.username, str(user.id), user.role, self._history_id, self._limits, muted_until=muted_until
        )

    def _tell(self, connection: str, event: str, payload: Any) -> None:
        self._engine.deliver([connection], [event_packet(event, payload)], is_answer=True)


def _now() -> int:
    return time.time_ns() // 1_000_000


def _caller(connection: Connection) -> User:
    """Whose connection it is. Raises NotIdentified before it has a name."""
    if connection.user is None:
        raise NotIdentified("Please set a username first")
    return connection.user

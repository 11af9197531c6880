"""The Socket.IO server as this chat needs it: everything of python-socketio that is touched, but its table of clients.

Mechanism: packets are decoded here, so that what is malformed is answered and not logged as an exception. Events go to
`Receiver.receive` in the order they arrive, without a task in between, an ordinary one straight from its frame. What is
sent is encoded and framed once: a session with an open websocket gets the same bytes written at once, all others
(polling, changing over) get the packet into their queue. Nothing of that awaits.

Guarantees: an ack or event given before another is sent before it, on websocket and polling alike. A connection with
more than `MOST_QUEUED` packets in its queue is cut off, as is a websocket that does not read; it comes back and catches
up.

Cost: per event the encoding, per connection one look-up and one write. Reaches into `_handle_eio_message`,
`_handle_eio_connect`, `_handle_connect` and `_engineio_server_class` of the python-socketio that pyproject.toml names;
tests/integration/test_wire.py fails when they move.
"""

import logging
import re
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any, Protocol

import msgspec
import socketio
from engineio import packet as engine_packet
from engineio.payload import Payload
from msgspec import Struct
from socketio import exceptions
from socketio import packet as socket_packet

from chatapp.domain.limits import network
from chatapp.errors import BadRequest, ChatError, Internal
from chatapp.transport import wire
from chatapp.transport.access import SCHEME
from chatapp.transport.admissions import NAMESPACE, Admissions
from chatapp.transport.frames import text_frame
from chatapp.transport.session import Session

log = logging.getLogger(__name__)

MOST_QUEUED = 4_096
# A polling client posts what gathered since its last request; the stock limit of 16 would drop such a post.
MOST_PACKETS_A_POST = 1_000
PING_INTERVAL = 25.0
PING_TIMEOUT = 20.0
"""Seconds, as the protocol has them by default."""
_EVENT_WITH_ACK = re.compile(r"2([0-9]{1,10})\[")
# What is kept of a handshake's headers, for as long as the session lasts.
_HEADERS = ("AUTHORIZATION", "COOKIE", "HOST", "ORIGIN", "USER_AGENT")


class Packet:
    """An event or ack, encoded once for all who get it: `text` is the Socket.IO packet."""

    def __init__(self, text: bytes) -> None:
        self._text = text

    @property
    def size(self) -> int:
        """Its bytes."""
        return len(self._text)

    @cached_property
    def wrapped(self) -> engine_packet.Packet:
        """For the queue of an Engine.IO session."""
        return engine_packet.Packet(engine_packet.MESSAGE, self._text.decode())

    @cached_property
    def frame(self) -> bytes:
        """For a websocket."""
        return text_frame(b"4" + self._text)


class Request(Struct, frozen=True):
    """An event from a client; `ack_id` when it waits for an ack, `size` the characters it came in."""

    connection: str
    event: str
    payload: Any
    ack_id: int | None
    size: int = 0


class Handshake(Struct, frozen=True):
    """What a client brings when it connects."""

    connection: str
    address: str
    auth: Any
    headers: dict[str, str]


class Receiver(Protocol):
    """Who hears of connections and their events."""

    def may_open(self, sessions: int) -> bool:
        """Whether an address that has so many sessions, connected or not, may open one more."""
        ...

    async def connect(self, handshake: Handshake) -> None:
        """Admit a connection, or raise ChatError."""

    def connected(self, connection: str) -> None:
        """The connection has been told that it is admitted."""

    def receive(self, request: Request) -> None:
        """An event has arrived."""

    def refuse(self, request: Request, error: ChatError) -> None:
        """An event was no event; say so."""

    async def disconnect(self, connection: str) -> None:
        """The connection has ended."""


def event_packet(event: str, payload: Any) -> Packet:
    """An event with its payload, ready to be sent to any number of connections."""
    return Packet(b'2["' + event.encode() + b'",' + msgspec.json.encode(payload) + b"]")


class _Caller(Struct, frozen=True):
    """Who opened a session."""

    address: str
    headers: dict[str, str]


class Engine(socketio.AsyncServer):  # type: ignore[misc]
    """The server behind `/socket.io/`; `allows_origin` judges the Origin header of browsers against the Host header."""

    eio: wire.EngineServer
    environ: dict[str, _Caller]

    def __init__(self, allows_origin: Callable[[str, str], bool]) -> None:
        for library in ("socketio.server", "engineio.server"):
            # Below this they log what people say, token included.
            logging.getLogger(library).setLevel(logging.ERROR)
        self._admissions = Admissions()
        super().__init__(
            client_manager=self._admissions,
            async_mode="asgi",
            json=wire.Json,
            cors_allowed_origins=lambda origin, environ: allows_origin(origin or "", environ.get("HTTP_HOST", "")),
            cors_credentials=False,
            max_http_buffer_size=wire.LARGEST_PACKET,
            logger=logging.getLogger("socketio.server"),  # pyright: ignore[reportArgumentType]
            engineio_logger=logging.getLogger("engineio.server"),
            ping_interval=PING_INTERVAL,
            ping_timeout=PING_TIMEOUT,
        )
        Payload.max_decode_packets = MOST_PACKETS_A_POST
        self.eio.take = self._take
        self._receiver: Receiver | None = None
        self._attachments: dict[str, int] = {}
        self._opened: dict[str, int] = {}
        self.on("connect", self._on_connect)
        self.on("disconnect", self._on_disconnect)

    def hand_to(self, receiver: Receiver) -> None:
        """Say who hears of connections and events."""
        self._receiver = receiver

    def asgi(self, other: Any) -> Any:
        """The ASGI application: Socket.IO at its path, `other` everywhere else."""
        return socketio.ASGIApp(self, other_asgi_app=other)

    def deliver(self, connections: Iterable[str], packets: Sequence[Packet], *, is_answer: bool = False) -> None:
        """Send packets to each of these connections, `is_answer` when it asked for them; those gone are passed over."""
        sessions = self._admissions.sessions
        frames = b""
        for connection in connections:
            session = sessions.get(connection)
            if session is None:
                continue
            if session.websocket is not None:
                frames = frames or b"".join([packet.frame for packet in packets])
                session.websocket.write(frames, is_answer=is_answer)
            elif session.queue.qsize() < MOST_QUEUED:
                for packet in packets:
                    session.queue.put_nowait(packet.wrapped)
                    if is_answer:  # what all hear is there once
                        session.owe(packet.size)
            else:
                session.cut()

    def ack(self, connection: str, ack_id: int, answer: Any) -> None:
        """Answer an event that waits for its ack."""
        packet = Packet(b"3%d[" % ack_id + msgspec.json.encode(answer) + b"]")
        self.deliver([connection], [packet], is_answer=True)

    def cut(self, connection: str) -> None:
        """End a connection now, whatever it has not been sent yet."""
        session = self._admissions.sessions.get(connection)
        if session is not None:
            session.cut()

    async def stop(self) -> None:
        """Answer the polls that wait, and end their connections; websockets are told by who serves them."""
        for session in list(self.eio.sockets.values()):
            if not session.upgraded:
                await session.close(wait=False, abort=True)

    def _engineio_server_class(self) -> type[wire.EngineServer]:
        return wire.EngineServer

    async def _on_connect(self, sid: str, caller: _Caller, auth: Any = None) -> None:
        assert self._receiver is not None
        try:
            await self._receiver.connect(Handshake(sid, caller.address, auth, caller.headers))
        except ChatError as error:
            raise exceptions.ConnectionRefusedError(error.message, error.to_wire()) from None
        except Exception:
            log.exception("A connection could not be admitted")
            mistake = Internal("The server made a mistake. It is in its log.")
            raise exceptions.ConnectionRefusedError(mistake.message, mistake.to_wire()) from None

    async def _on_disconnect(self, sid: str, _reason: str) -> None:
        assert self._receiver is not None
        await self._receiver.disconnect(sid)

    async def _handle_eio_connect(  # pyright: ignore[reportIncompatibleMethodOverride] - who returns False refuses
        self, eio_sid: str, environ: dict[str, Any]
    ) -> bool:
        address = (environ["asgi.scope"].get("client") or ("", 0))[0]
        place = network(address)
        opened = self._opened.get(place, 0)
        if self._receiver is not None and not self._receiver.may_open(opened):
            return False
        self._opened[place] = opened + 1
        await super()._handle_eio_connect(eio_sid, environ)
        headers = {
            name.lower().replace("_", "-"): value
            for name in _HEADERS
            if (value := environ.get(f"HTTP_{name}")) is not None
        }
        headers[SCHEME] = environ["asgi.scope"]["scheme"]
        # The library would keep the whole request for as long as the session lasts.
        self.environ[eio_sid] = _Caller(address, headers)
        return True

    async def _handle_connect(self, eio_sid: str, namespace: str | None, data: Any) -> None:
        session = self.eio.sockets.get(eio_sid)
        before = session.connection if session is not None else None
        await super()._handle_connect(eio_sid, namespace, data)
        if session is None or self._receiver is None or session.connection is None or session.connection == before:
            return
        if session.closing:
            # It ended while it was being admitted, which the library does not tell anybody.
            await self._receiver.disconnect(session.connection)
            self._admissions.forget(session)
        else:
            self._receiver.connected(session.connection)

    async def _handle_eio_disconnect(self, eio_sid: str, reason: str) -> None:
        self._attachments.pop(eio_sid, None)
        place = network(self.environ[eio_sid].address)
        self._opened[place] -= 1
        if not self._opened[place]:
            del self._opened[place]
        await super()._handle_eio_disconnect(eio_sid, reason)

    async def _handle_eio_message(self, eio_sid: str, data: Any) -> None:
        if isinstance(data, bytes):
            self._handle_binary(eio_sid)
            return
        try:
            packet = socket_packet.Packet(encoded_packet=data)
        except (ValueError, TypeError, KeyError, AttributeError):
            self._refuse(eio_sid, Request("", "", None, _ack_asked_for(data)), "That was no Socket.IO packet.")
            return
        if packet.packet_type == socket_packet.CONNECT:
            await self._handle_connect(eio_sid, packet.namespace, packet.data)
        elif packet.packet_type == socket_packet.DISCONNECT:
            await self._handle_disconnect(eio_sid, packet.namespace, self.reason.CLIENT_DISCONNECT)
        elif packet.packet_type == socket_packet.EVENT:
            self._handle_arrived(eio_sid, packet, len(data) if isinstance(data, str) else 0)
        elif packet.packet_type in (socket_packet.BINARY_EVENT, socket_packet.BINARY_ACK):
            # No event takes binary data: refuse it now and pass over the attachments that follow.
            self._attachments[eio_sid] = packet.attachment_count
            is_event = packet.packet_type == socket_packet.BINARY_EVENT
            request = _request(packet) if is_event else Request("", "", None, None)
            self._refuse(eio_sid, request, "Binary attachments are not understood here.")
        elif packet.packet_type != socket_packet.ACK or self._admissions.admitted(eio_sid, NAMESPACE) is None:
            self._refuse(eio_sid, Request("", "", None, None), "That was no Socket.IO packet.")
        # else nothing asked for an ack: it is passed over

    def _take(self, session: Session, text: str) -> bool:
        """Take an ordinary event straight from its frame; whatever is out of the ordinary is left to the usual way."""
        start = text.find("[", 2, 14)
        ack_id = text[2:start]
        is_ordinary = text[:2] == "42" and start > 0 and (not ack_id or (ack_id.isascii() and ack_id.isdigit()))
        if not is_ordinary or self._receiver is None or not session.is_admitted or session.connection is None:
            return False
        try:
            event, *payload = msgspec.json.decode(text[start:])
        except (msgspec.DecodeError, RecursionError, ValueError):
            return False
        if not isinstance(event, str) or not event:
            return False
        content, number = payload[0] if payload else None, int(ack_id) if ack_id else None
        self._receiver.receive(Request(session.connection, event, content, number, len(text)))
        return True

    def _handle_binary(self, eio_sid: str) -> None:
        expected = self._attachments.get(eio_sid, 0)
        if expected > 0:
            self._attachments[eio_sid] = expected - 1
        else:
            self._refuse(eio_sid, Request("", "", None, None), "Binary data is not understood here.")

    def _handle_arrived(self, eio_sid: str, packet: socket_packet.Packet, size: int) -> None:
        request = msgspec.structs.replace(_request(packet), size=size)
        sid = self._admissions.admitted(eio_sid, packet.namespace or NAMESPACE)
        if not request.event or sid is None:
            self._refuse(eio_sid, request, "An event is a name and a payload.")
        elif self._receiver is not None:
            self._receiver.receive(msgspec.structs.replace(request, connection=sid))

    def _refuse(self, eio_sid: str, request: Request, words: str) -> None:
        """Answer what cannot be understood; before the connection was admitted there is no way to, and it is cut."""
        sid = self._admissions.admitted(eio_sid, NAMESPACE)
        if sid is not None and self._receiver is not None:
            self._receiver.refuse(msgspec.structs.replace(request, connection=sid), BadRequest(words))
        elif (session := self.eio.sockets.get(eio_sid)) is not None:
            session.cut()


def _ack_asked_for(text: str) -> int | None:
    """The number of the ack that an event waits for which cannot be read, as where its text has broken characters."""
    found = _EVENT_WITH_ACK.match(text)
    return None if found is None else int(found[1])


def _request(packet: socket_packet.Packet) -> Request:
    """The event in a packet, its name empty where there is none."""
    data = packet.data if isinstance(packet.data, list) and packet.data else [""]
    event = data[0] if isinstance(data[0], str) else ""
    return Request("", event, data[1] if len(data) > 1 else None, packet.id)

"""The WebSocket protocol class that uvicorn serves with.

Mechanism: uvicorn hands over the request and the open transport. The ASGI application answers the handshake; it finds
this protocol in its scope (`EXTENSION`) and may take the connection over with `listen`: from then on messages go
straight to its listener, frames straight to the transport, and the ASGI task may end. What a connection costs then is
this object, its reader and the transport: no task, no queue, no scope, no copy of the request. Answers wait for the
next turn of the event loop, so that those of one turn, and a broadcast that comes after them in it, are one write.

Guarantees: what was written first is sent first. A client that leaves more than `MOST_UNSENT` bytes unread is cut off,
and catches up when it is back; answers it asked for itself (a page of long messages) do not count against it until
`MOST_ANSWERED`; what waits for all of them together is bounded too. What the protocol forbids ends the
connection with the right code and no traceback: it is the client's mistake. A listener hears `end` exactly once.

Cost: one write to the kernel for each member and batch. Compression is never agreed to: it would be done for each
member anew. Of uvicorn it uses what every `ws=` class is given (`Config`, `ServerState`);
tests/integration/test_wire.py fails when that moves.
"""

import asyncio
import logging
from typing import Any, Protocol, cast

from uvicorn.config import Config
from uvicorn.protocols.utils import get_local_addr, get_remote_addr, is_ssl
from uvicorn.server import ServerState

from chatapp.transport import frames, handshake
from chatapp.transport.capacity import SMALL, Guest
from chatapp.transport.frames import Violation
from chatapp.transport.handshake import Conversation, Headers

log = logging.getLogger(__name__)

EXTENSION = "chatapp.websocket"
MOST_UNSENT = 1 << 20
MOST_ANSWERED = 8 << 20
MOST_KEPT = 1 << 16
"""Bytes of answers that may wait for each other."""
GOODBYE = 10.0
"""Seconds that a client has to answer a goodbye, and to take what it was still sent."""


class Listener(Protocol):
    """Who hears what a client sends."""

    def hear(self, text: str) -> None:
        """A text message."""

    def hear_binary(self, data: bytes) -> None:
        """A binary message."""

    def end(self) -> None:
        """The connection has ended, or is about to: nothing more is heard."""


class _Nobody:
    def hear(self, text: str) -> None:
        """Pass over."""

    def hear_binary(self, data: bytes) -> None:
        """Pass over."""

    def end(self) -> None:
        """Pass over."""


_NOBODY = _Nobody()


class WebSocketProtocol(asyncio.Protocol):
    """One WebSocket connection."""

    __slots__ = ("_answered", "_app", "_goodbye", "_guest", "_kept", "_listener", "_reader", "_state", "transport")

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],  # noqa: ARG002 - what a lifespan would have left; there is none
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        guest: Guest,
    ) -> None:
        self._guest = guest
        self._app: Any = config.loaded_app
        self._state: Any = server_state  # typed for uvicorn's own protocol classes
        self._reader: frames.Reader | None = frames.Reader(config.ws_max_size)
        self._listener: Listener | None = None
        self._answered = 0
        # Answers of this turn of the event loop.
        self._kept = b""
        # Set once this side has said goodbye: nothing is written after that, and what comes is passed over.
        self._goodbye: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin; uvicorn brings the request as the first data."""
        self._state.connections.add(self)
        self.transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - why does not matter
        """Tell the listener."""
        self._state.connections.discard(self)
        if self._goodbye is not None:
            self._goodbye.cancel()
        self._guest.leave()
        self._let_go()

    def eof_received(self) -> None:
        """Let the transport close: a client that says no more is gone."""

    def pause_writing(self) -> None:
        """Do not wait for slow clients: `write` bounds what is unsent, and nothing overtakes a waiting task."""
        self._hold()

    def resume_writing(self) -> None:
        """Nothing was paused, but less waits now."""
        self._hold()

    def shutdown(self) -> None:
        """The server ends."""
        self.close(frames.RESTARTS)
        self.transport.close()

    def data_received(self, data: bytes) -> None:
        """Shake hands, then read."""
        if self._listener is None:
            self._begin(data)
            return
        try:
            for opcode, payload in self._reader.feed(data) if self._reader is not None else ():
                self._hear(opcode, payload)
                if self._reader is None:
                    return
        except Violation as violation:
            self._refuse(violation.code)
            return
        if self._reader is not None and self._reader.is_amid:
            self._hold()

    @property
    def is_open(self) -> bool:
        """Whether what is written now may still be heard."""
        return self._goodbye is None and not self.transport.is_closing()

    def listen(self, listener: Listener) -> None:
        """Hand all that comes to `listener` from now on, beginning with what has come and was not asked for yet."""
        before, self._listener = self._listener, listener
        for message in before.messages() if isinstance(before, Conversation) else ():
            if isinstance(message, str):
                listener.hear(message)
            else:
                listener.hear_binary(message)
        self.read_on(is_wanted=True)
        if not self.is_open:
            self._let_go()

    def read_on(self, *, is_wanted: bool) -> None:
        """Read what the client sends, or leave it in the network for now."""
        if not self.transport.is_closing():
            if is_wanted:
                self.transport.resume_reading()
            else:
                self.transport.pause_reading()

    def write(self, data: bytes, *, is_answer: bool) -> None:
        """Send frames that are ready; `is_answer` when this client asked for them."""
        if self._goodbye is not None or self.transport.is_closing():
            return
        if is_answer:
            if not self._kept:
                asyncio.get_running_loop().call_soon(self._send_kept)
            self._kept += data
            if len(self._kept) > MOST_KEPT:
                self._send_kept()
            return
        unsent = self.transport.get_write_buffer_size()
        if not unsent:
            self._answered = 0
        if self._kept:
            self._answered += len(self._kept)
            data, self._kept = self._kept + data, b""
        if unsent > MOST_UNSENT + min(self._answered, MOST_ANSWERED):
            self.transport.abort()
        else:
            self.transport.write(data)
            if unsent > SMALL:
                self._hold()

    def close(self, code: int = frames.NORMAL) -> None:
        """Say goodbye and hear no more; the transport closes when the client has answered, or after `GOODBYE`."""
        self._say_goodbye(frames.close_frame(code))
        self._let_go()

    def accept(self, key: bytes, headers: Headers) -> None:
        """Answer the handshake: the connection is open."""
        self.write(handshake.acceptance(key, [*self._state.default_headers, *headers]), is_answer=True)

    def respond(self, status: bytes, headers: Headers, body: bytes = b"") -> None:
        """Answer what was to be a handshake with a status, and close."""
        end = [(b"content-length", str(len(body)).encode()), (b"connection", b"close")]
        self.transport.write(handshake.head(status, [*self._state.default_headers, *headers, *end]) + body)
        self._let_go()
        self.transport.close()

    def _begin(self, request: bytes) -> None:
        try:
            opening = handshake.read(request)
        except handshake.Refused as refused:
            self.respond(refused.status, refused.headers)
            return
        self._listener = conversation = Conversation(self, opening.key)
        scope = handshake.scope(
            opening,
            scheme="wss" if is_ssl(self.transport) else "ws",
            server=get_local_addr(self.transport),
            client=get_remote_addr(self.transport),
            extensions={EXTENSION: self},
        )
        task = asyncio.get_running_loop().create_task(self._app(scope, conversation.receive, conversation.send))
        self._state.tasks.add(task)
        task.add_done_callback(self._served)

    def _served(self, task: "asyncio.Task[None]") -> None:
        """The application is done; with the connection too, unless it took it over."""
        self._state.tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, handshake.Gone):
            log.error("The application failed", exc_info=error)
        if isinstance(self._listener, Conversation):
            if self._listener.is_accepted:
                self.close(frames.NORMAL if error is None else frames.INTERNAL_ERROR)
            else:
                self.respond(b"500 Internal Server Error", [])

    def _hear(self, opcode: int, payload: bytes) -> None:
        assert self._listener is not None
        if opcode == frames.TEXT:
            try:
                text = payload.decode()
            except UnicodeDecodeError:
                raise Violation(frames.NO_UTF_8) from None
            self._listener.hear(text)
        elif opcode == frames.BINARY:
            self._listener.hear_binary(payload)
        elif opcode == frames.PING:
            self.write(frames.frame(frames.PONG, payload), is_answer=False)
        elif opcode == frames.CLOSE:
            frames.close_code(payload)
            self._say_goodbye(frames.frame(frames.CLOSE, payload[:2]))
            self._reader = None
            self._let_go()
            self.transport.close()

    def _refuse(self, code: int) -> None:
        """End a connection whose frames cannot be read any further."""
        self._say_goodbye(frames.close_frame(code))
        self._reader = None
        self._let_go()
        if self.transport.can_write_eof() and not self.transport.is_closing():
            # The client sees the code and then the end, and closes; closing from here with data unread would be a
            # reset, which may overtake the code.
            self.transport.write_eof()
        else:
            self.transport.close()

    def _hold(self) -> None:
        """Enter what waits for this client: frames it has not taken, and what it has begun to send."""
        begun = self._reader.waits if self._reader is not None else 0
        self._guest.hold(self.transport.get_write_buffer_size() + begun)

    def _say_goodbye(self, data: bytes) -> None:
        if self.is_open:
            self.write(data, is_answer=False)
            self._goodbye = asyncio.get_running_loop().call_later(GOODBYE, self.transport.abort)

    def _send_kept(self) -> None:
        if self._kept:
            self.write(b"", is_answer=False)

    def _let_go(self) -> None:
        listener, self._listener = self._listener, _NOBODY
        if listener is not None:
            listener.end()

"""The HTTP protocol class that uvicorn serves with: uvicorn's own, with limits and an end to its patience.

Mechanism: a request is waited for (`HEAD`), then its body (`BODY`), then it is answered (`IDLE`, also between two
requests). A timer runs only while something is late: for the rest of a head, for the next part of a body, for an answer
to be taken.

Guarantees: a head is whole within `PATIENCE` seconds and has at most `LARGEST_HEAD` bytes in `MOST_HEADERS` headers; a
body keeps a pace of `LEAST_PACE` bytes a second while it is asked for; an answer that is taken slowly makes progress
within `STALL` seconds; a connection without a request ends after `IDLE_FOR` seconds. Who breaks a limit gets the answer
HTTP has for it, in the shape of all refusals, and loses that one connection. What cannot be read is a client's mistake
and stands in no log. `Content-Encoding` of a body is never undone: it is taken as it comes.

Cost: a call and a comparison for each piece that arrives. Of uvicorn it uses the callbacks of `HttpToolsProtocol`;
tests/integration/test_wire.py fails when they move.
"""

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable
from functools import partial
from http import HTTPStatus
from typing import Any, cast

import msgspec
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from chatapp.errors import BadRequest, ChatError, RateLimited, TooLong, Unavailable
from chatapp.transport import handshake
from chatapp.transport.capacity import Capacity
from chatapp.transport.websocket import WebSocketProtocol

PATIENCE = 20.0
"""Seconds for a request's head: on a bad network a packet that was lost comes again within that time."""
IDLE_FOR = 5
"""Seconds between two requests."""
LARGEST_HEAD = 64 << 10
"""Bytes. Cookies of all that is served on other ports of a machine come along."""
MOST_HEADERS = 100
LEAST_PACE = 500
"""Bytes a second of a body (the usual least pace of Apache's mod_reqtimeout), looked at every `PATIENCE` seconds."""
CUT = "chatapp.cut"
"""What ends the connection at once, among the extensions of a request's scope. An answer that has been begun can only
be broken off so: whoever reads sees then that it is not whole (RFC 9112, section 8), and what makes it hears that
nobody listens any more. An exception would do that too, and stand in the log."""
STALL = 30.0
"""Seconds in which a client has to take something of an answer."""
MOST_PIPELINED = 16
"""Requests that wait on one connection behind the one that is being answered. No browser sends any."""
LARGEST_HELD = 1_000_000
"""Bytes of a body that are in memory at most; longer ones are read as they are taken."""
_HEAD, _BODY, _IDLE = range(3)


def protocol(capacity: Capacity) -> type[asyncio.Protocol]:
    """What uvicorn makes a protocol of, for everybody who comes that `capacity` counts."""
    # Below this it logs every request that cannot be read.
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    return cast("type[asyncio.Protocol]", partial(HttpProtocol, capacity))


class _Refused(Exception):
    """What is read is more than may come."""

    def __init__(self, error: ChatError, status: int | None = None) -> None:
        super().__init__(error.message)
        self.error = error
        self.status = HTTPStatus(status or error.status)


class HttpProtocol(HttpToolsProtocol):
    """One connection, until it ends or is a WebSocket."""

    def __init__(self, capacity: Capacity, **given: Any) -> None:
        super().__init__(**given)
        self._capacity = capacity
        self._stage = _HEAD
        # Bytes of the head as they came, and as they were read; bytes of the body, and of them since the last look.
        self._head = self._read = self._body = self._news = 0
        self._timer: asyncio.TimerHandle | None = None
        self._stalled: asyncio.TimerHandle | None = None
        self._why: _Refused | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Let the client in, or be ready to say why not."""
        super().connection_made(transport)
        self._guest = self._capacity.admit(self.client[0] if self.client else "", transport.abort)
        if self._guest.refusal is not None:
            self.app = cast("Any", _refusing(self._guest.refusal))
        self.ws_protocol_class = cast("Any", partial(WebSocketProtocol, guest=self._guest))
        self._timer = self.loop.call_later(PATIENCE, self._head_is_late)

    def connection_lost(self, exc: Exception | None) -> None:
        """Let go."""
        self._forget_timers()
        self._guest.leave()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, and see to it that what is not whole yet comes in time."""
        if self.transport.is_closing():
            return
        if self._stage == _IDLE:
            self._stage, self._head = _HEAD, 0
        if self._stage == _HEAD:
            self._head += len(data)
        super().data_received(data)
        if self._stage == _HEAD and self._head > LARGEST_HEAD:
            self._refuse(self._too_large_a_head())
        elif self._timer is None and not self.transport.is_closing():
            if self._stage == _HEAD:
                self._timer = self.loop.call_later(PATIENCE, self._head_is_late)
            elif self._stage == _BODY:
                self._timer = self.loop.call_later(PATIENCE, self._look_at_pace)

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self.scope["extensions"] = cast("Any", {CUT: self.transport.abort})
        if self._stage != _HEAD:  # it begins in the middle of what has arrived
            self._stage, self._head = _HEAD, 0
        self._read = 0

    def on_url(self, url: bytes) -> None:
        """Its address, or a part of that."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header."""
        self._count(len(name) + len(value))
        super().on_header(name, value)
        if len(self.headers) > MOST_HEADERS:
            raise self._too_large_a_head()

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self._rest()
        self._stage, self._body, self._news = _BODY, 0, 0
        super().on_headers_complete()
        if len(self.pipeline) > MOST_PIPELINED:
            self._why = _Refused(RateLimited("Too many requests wait on this connection.", retry_after=1))
            raise self._why

    def on_body(self, body: bytes) -> None:
        """A part of the body."""
        self._news += len(body)
        self._body += len(body)
        super().on_body(body)
        self._hold()

    def on_message_complete(self) -> None:
        """The body is whole."""
        self._rest()
        self._stage = _IDLE
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """The answer is written."""
        super().on_response_complete()
        self._body = 0
        self._hold()
        if self.transport.is_closing():
            self._end()

    def pause_writing(self) -> None:
        """The client does not take what it is sent."""
        super().pause_writing()
        self._hold()
        self._watch(math.inf)

    def resume_writing(self) -> None:
        """It does again."""
        super().resume_writing()
        self._hold()
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None

    def timeout_keep_alive_handler(self) -> None:
        """Nothing more was asked."""
        if not self.transport.is_closing():
            self._end()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - ours says it in our shape
        """What was sent cannot be read, or is too much."""
        self._refuse(self._why or _Refused(BadRequest("That is no HTTP request.")))

    def handle_websocket_upgrade(self) -> None:
        """Hand the connection over."""
        self._forget_timers()
        self._stage = _IDLE
        super().handle_websocket_upgrade()

    def _should_upgrade(self) -> bool:
        return self._guest.refusal is None and super()._should_upgrade()

    def _unsupported_upgrade_warning(self) -> None:
        """Pass over: the request is answered as one that asks for no other protocol."""

    def _count(self, size: int) -> None:
        self._read += size
        if self._read > LARGEST_HEAD:
            raise self._too_large_a_head()

    def _too_large_a_head(self) -> _Refused:
        words = f"A request's head has at most {LARGEST_HEAD} bytes and {MOST_HEADERS} headers."
        self._why = _Refused(TooLong(words), HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        return self._why

    def _hold(self) -> None:
        self._guest.hold(min(self._body, LARGEST_HELD) + self.transport.get_write_buffer_size())

    def _head_is_late(self) -> None:
        self._timer = None
        if self.flow.read_paused:
            self._timer = self.loop.call_later(PATIENCE, self._head_is_late)
        elif self._head:
            self._refuse(_Refused(Unavailable("The request did not come in time."), HTTPStatus.REQUEST_TIMEOUT))
        else:
            self._end()

    def _look_at_pace(self) -> None:
        news, self._news = self._news, 0
        if news < LEAST_PACE * PATIENCE and not self.flow.read_paused:
            self._timer = None
            self._refuse(_Refused(Unavailable("The request came too slowly."), HTTPStatus.REQUEST_TIMEOUT))
        else:
            self._timer = self.loop.call_later(PATIENCE, self._look_at_pace)

    def _watch(self, before: float) -> None:
        """Look whether the client takes its answer."""
        unsent = self.transport.get_write_buffer_size()
        if unsent >= before:
            self.transport.abort()
        else:
            self._stalled = self.loop.call_later(STALL, self._watch, unsent)

    def _refuse(self, refused: _Refused) -> None:
        """Answer with a refusal and end; one who is in the middle of an answer gets no second one."""
        cycle: RequestResponseCycle | None = self.cycle
        if self.transport.is_closing():
            return
        if cycle is not None and not cycle.response_complete:
            if cycle.response_started:
                self.transport.abort()
                return
            cycle.disconnected = True
            cycle.message_event.set()
        headers, body = _in_words(refused.error)
        status = f"{refused.status} {refused.status.phrase}".encode()
        self.transport.write(handshake.head(status, [*self.server_state.default_headers, *headers]) + body)
        self._end()

    def _end(self) -> None:
        """Close, and cut off when the client does not take what it was sent."""
        self._rest()
        self._timer = self.loop.call_later(STALL, self.transport.abort)
        self.transport.close()

    def _rest(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _forget_timers(self) -> None:
        self._rest()
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None


def _in_words(error: ChatError) -> tuple[handshake.Headers, bytes]:
    """The headers and the body of a refusal after which the connection ends."""
    told = error.to_wire()
    body = msgspec.json.encode({"error": told.pop("message"), **told})
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(body)),
        (b"connection", b"close"),
    ]
    if error.retry_after is not None:
        headers.append((b"retry-after", b"%d" % math.ceil(error.retry_after)))
    return headers, body


def _refusing(error: ChatError) -> Callable[..., Awaitable[None]]:
    """An application that answers everything with a refusal."""
    headers, body = _in_words(error)

    async def refuse(_scope: Any, _receive: Any, send: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
        await send({"type": "http.response.start", "status": error.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return refuse

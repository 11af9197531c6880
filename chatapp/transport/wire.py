"""Engine.IO's server, with its doors checked: what is no Engine.IO ends that one connection, and logs no traceback.

The stock library logs a traceback and answers 200 for a malformed POST, which is a client's mistake; it measures age by
the host's clock, with a task for each session. Here sessions are `Session`s with one heartbeat for all of them, and a
malformed POST is answered with 400, as is a request without its transport, for a websocket it does not really ask, or
for an answer as a script (JSONP).

Reaches into `_handle_connect`, `_async` and `sockets` of the engineio that pyproject.toml names;
tests/integration/test_wire.py fails when they move.
"""

import asyncio
import base64
from collections.abc import Coroutine
from typing import Any
from urllib.parse import parse_qs

import engineio
import msgspec
from engineio import packet as packets
from engineio.async_drivers.asgi import translate_request
from engineio.exceptions import EngineIOError
from engineio.packet import Packet

from chatapp.domain.limits import network
from chatapp.transport.capacity import Holdings
from chatapp.transport.heartbeat import Heartbeat
from chatapp.transport.session import TYPES, Session, Take

LARGEST_PACKET = 1_000_000
"""Bytes in a frame or a POST (wire contract, malformed input)."""
_SEPARATOR = "\x1e"


class Json:
    """JSON for the libraries, which expect ValueError for whatever is no JSON."""

    @staticmethod
    def dumps(value: Any, **_: Any) -> str:
        """Encode, without spaces whatever separators are asked for."""
        return msgspec.json.encode(value).decode()

    @staticmethod
    def loads(text: str) -> Any:
        """Decode. Raises ValueError, also for what nests too deep and for broken characters."""
        try:
            return msgspec.json.decode(text)
        except (msgspec.DecodeError, RecursionError, UnicodeEncodeError) as error:
            raise ValueError(str(error)) from None


class EngineServer(engineio.AsyncServer):  # type: ignore[misc]
    """The Engine.IO server; `take` is offered the messages of websockets and is set by who hears them."""

    take: Take
    _async: dict[str, Any]

    def __init__(self, **options: Any) -> None:
        super().__init__(**options, monitor_clients=False)  # the heartbeat does
        self.heartbeat = Heartbeat(self.ping_interval, self.ping_timeout)
        self.sockets: dict[str, Session] = {}
        self.polling = Holdings()
        self._tasks: set[asyncio.Task[None]] = set()
        self._async = {**self._async, "translate_request": self._translate}

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something in a task of its own; a failure is logged."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.logger.error("A session failed", exc_info=error)

    def _log_error_once(self, message: str, message_key: str) -> None:  # noqa: ARG002 (the library's name)
        # A client's mistake, which is answered; a session it knew before a restart is none at all.
        self.logger.info(message)

    async def _handle_connect(self, environ: dict[str, Any], transport: str, jsonp_index: int | None = None) -> Any:
        sid: str = self.generate_id()
        session = self.sockets[sid] = Session(self, sid)
        await session.send(
            Packet(
                packets.OPEN,
                {
                    "sid": sid,
                    "upgrades": self._upgrades(sid, transport),
                    "pingTimeout": int(self.ping_timeout * 1000),
                    "pingInterval": int(self.ping_interval * 1000),
                    "maxPayload": self.max_http_buffer_size,
                },
            )
        )
        if await self._trigger_event("connect", sid, environ, run_async=False) is False:
            del self.sockets[sid]
            return {"status": "429 Too Many Requests", "headers": [("Retry-After", "5")], "response": b""}
        session.schedule_ping()
        if transport == "websocket":
            return await session.handle_get_request(environ)
        session.connected = True
        session.address = network((environ["asgi.scope"].get("client") or ("", 0))[0])
        session.owe(0)
        return self._ok(await session.poll(), jsonp_index=jsonp_index)

    async def _translate(self, scope: Any, receive: Any, send: Any) -> dict[str, Any]:
        environ: dict[str, Any] = await translate_request(scope, receive, send)
        if scope["type"] == "http":
            # Without `Connection: Upgrade` it is no upgrade: the library would wait for a websocket all the same.
            environ.pop("HTTP_UPGRADE", None)
        query = parse_qs(environ.get("QUERY_STRING", ""))
        if "transport" not in query or "j" in query:
            # The library would take polling for granted; and answer with a script, which any page may run and read.
            environ["QUERY_STRING"] = "transport=none"
        if environ.get("REQUEST_METHOD") == "POST":
            environ["wsgi.input"] = _CheckedBody(environ["wsgi.input"])
            if int(environ.get("CONTENT_LENGTH", "0")) > LARGEST_PACKET:
                # None of it is read, and no body is no payload: refused at once. The library would refuse it too, but
                # only after the client has taken all it was sent.
                environ["CONTENT_LENGTH"] = "0"
        return environ


class _CheckedBody:
    """The body of a polling POST."""

    def __init__(self, body: Any) -> None:
        self._body = body

    async def read(self, length: int) -> bytes:
        """The body. Raises EngineIOError when it is no payload: the library ends the session."""
        body: bytes = await self._body.read(length)
        if not _is_payload(body):
            raise EngineIOError("Malformed payload")
        return body


def _is_payload(body: bytes) -> bool:
    try:
        packets = body.decode().split(_SEPARATOR)
    except UnicodeDecodeError:
        return False
    return all(packet[:1] in TYPES or _is_binary(packet) for packet in packets)


def _is_binary(packet: str) -> bool:
    if packet[:1] != "b":
        return False
    try:
        base64.b64decode(packet[1:], validate=True)
    except ValueError:
        return False
    return True

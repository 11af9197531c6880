"""Engine.IO's doors, checked: what is no Engine.IO ends that one connection with the right code, and logs no traceback.

The stock library raises ValueError out of the ASGI application for a malformed websocket packet, and logs a traceback
and answers 200 for a malformed POST. Both are a client's mistakes.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar, NamedTuple
from urllib.parse import parse_qs

import engineio
import msgspec
from engineio.async_drivers.asgi import WebSocket, translate_request
from engineio.exceptions import EngineIOError

from chatapp.transport.websocket import EXTENSION, WebSocketProtocol

LARGEST_PACKET = 1_000_000
"""Bytes in a frame or a POST (wire contract, malformed input)."""
_TYPES = frozenset("0123456")
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


Take = Callable[[str, bytes], bool]
"""Takes a text that a session sent, or leaves it to the library by returning False."""


def check(eio: engineio.AsyncServer, open_websockets: dict[str, WebSocketProtocol], take: Take) -> None:
    """Put checks at the two doors of an Engine.IO server's ASGI driver.

    While a websocket is open, its protocol stands in `open_websockets` by the id of the Engine.IO session, and `take`
    is offered its texts.
    """

    class Checked(_CheckedWebSocket):
        doors = _Doors(open_websockets, take)

    known: Any = eio
    driver = known._async  # noqa: SLF001 - where the library keeps it

    async def translate(scope: Any, receive: Any, send: Any) -> dict[str, Any]:
        environ: dict[str, Any] = await translate_request(scope, receive, send)
        if environ.get("REQUEST_METHOD") == "POST":
            body = environ["wsgi.input"] = _CheckedBody(environ, eio)
            body.forget_if_closed()
            if int(environ.get("CONTENT_LENGTH", "0")) > LARGEST_PACKET:
                # None of it is read, and no body is no payload: refused at once. The library would refuse it too, but
                # only after the client has taken all it was sent.
                environ["CONTENT_LENGTH"] = "0"
        return environ

    known._async = {  # noqa: SLF001
        **driver,
        "websocket": Checked,
        "translate_request": translate,
    }


class _Malformed(EngineIOError):  # type: ignore[misc]
    """Answered with 400 by the library."""


class _CheckedBody:
    """The body of a polling POST."""

    def __init__(self, environ: dict[str, Any], eio: engineio.AsyncServer) -> None:
        self._body = environ["wsgi.input"]
        self._eio = eio
        self._sid = parse_qs(environ.get("QUERY_STRING", "")).get("sid", [""])[0]

    def forget_if_closed(self) -> None:
        """Forget a connection that was ended from here: the library refuses unknown ones, and fails at closed ones."""
        socket = self._eio.sockets.get(self._sid)
        if socket is not None and socket.closed:
            del self._eio.sockets[self._sid]

    async def read(self, length: int) -> bytes:
        """The body; when it is no payload, the connection ends."""
        body: bytes = await self._body.read(length)
        if not _is_payload(body):
            socket = self._eio.sockets.get(self._sid)
            if socket is not None:
                await socket.close(wait=False, abort=True)
            raise _Malformed("Malformed payload")
        return body


class _Doors(NamedTuple):
    open_websockets: dict[str, WebSocketProtocol]
    take: Take


class _CheckedWebSocket(WebSocket):  # type: ignore[misc]
    doors: ClassVar[_Doors]
    _protocol: WebSocketProtocol | None = None

    async def __call__(self, environ: dict[str, Any]) -> Any:
        """Run the connection."""
        session: str = self.handler.__self__.sid
        protocol = self._protocol = environ["asgi.scope"]["extensions"].get(EXTENSION)
        if protocol is not None:
            self.doors.open_websockets[session] = protocol
            protocol.take = partial(self.doors.take, session)
        try:
            return await super().__call__(environ)
        finally:
            if protocol is not None:
                protocol.take = None
                if self.doors.open_websockets.get(session) is protocol:
                    del self.doors.open_websockets[session]

    async def wait(self) -> Any:
        """The next packet, or None when the connection has ended."""
        if self._protocol is None:
            data: Any = await super().wait()
        else:
            self._protocol.is_awaited = True
            try:
                data = await super().wait()
            finally:
                self._protocol.is_awaited = False
        if isinstance(data, str) and data[:1] not in _TYPES:
            await self.asgi_send({"type": "websocket.close", "code": 1002})  # pyright: ignore[reportOptionalCall]
            return None
        return data


def _is_payload(body: bytes) -> bool:
    try:
        packets = body.decode().split(_SEPARATOR)
    except UnicodeDecodeError:
        return False
    return all(packet[:1] in _TYPES or _is_binary(packet) for packet in packets)


def _is_binary(packet: str) -> bool:
    # Binary data is refused anyway (no event takes any), so only its form matters here.
    return packet[:1] == "b" and len(packet) % 4 == 1 and packet[1:].isascii()

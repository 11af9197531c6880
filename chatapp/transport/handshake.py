"""A WebSocket while it is being opened: the request, the answers, and the conversation with the ASGI application.

Mechanism: `Conversation` is the first listener of a connection. It speaks ASGI with the application until that either
ends the connection or takes it over; meanwhile the client is read only as fast as the application asks.

Guarantees: a request that is no handshake (RFC 6455, section 4.2.1) is answered with the status the RFC names.
"""

import asyncio
import base64
import binascii
import hashlib
from typing import Any, Protocol
from urllib.parse import unquote

from msgspec import Struct

from chatapp.transport import frames

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

Headers = list[tuple[bytes, bytes]]


class Refused(Exception):
    """A request is no handshake; answered with `status` and `headers`."""

    def __init__(self, status: bytes, headers: Headers) -> None:
        super().__init__(status)
        self.status = status
        self.headers = headers


class Gone(OSError):
    """The client has gone, or was said goodbye to."""


class Request(Struct, frozen=True):
    """A sound request to open a WebSocket."""

    target: bytes
    key: bytes
    headers: Headers


class Connection(Protocol):
    """What a conversation needs of its connection."""

    @property
    def is_open(self) -> bool:
        """Whether what is written may still be heard."""
        ...

    def accept(self, key: bytes, headers: Headers) -> None:
        """Answer the request with yes."""

    def respond(self, status: bytes, headers: Headers) -> None:
        """Answer the request with a status and nothing else, and close."""

    def write(self, data: bytes, *, is_answer: bool) -> None:
        """Send frames."""

    def close(self, code: int) -> None:
        """Say goodbye."""

    def read_on(self, *, is_wanted: bool) -> None:
        """Read what the client sends, or leave it in the network for now."""


def read(request: bytes) -> Request:
    """Read a request as uvicorn hands it over. Raises Refused."""
    line, *fields = request.split(b"\r\n\r\n", 1)[0].split(b"\r\n")
    method, target, _ = line.split(b" ", 2)
    headers = [(name.lower(), value.strip()) for name, _, value in (field.partition(b":") for field in fields)]
    found = dict(headers)
    if method != b"GET":
        raise Refused(b"405 Method Not Allowed", [(b"allow", b"GET")])
    if found.get(b"sec-websocket-version") != b"13":
        raise Refused(b"426 Upgrade Required", [(b"sec-websocket-version", b"13"), (b"upgrade", b"websocket")])
    key = found.get(b"sec-websocket-key", b"")
    try:
        is_key = len(base64.b64decode(key, validate=True)) == 16
    except binascii.Error:
        is_key = False
    if not is_key:
        raise Refused(b"400 Bad Request", [])
    return Request(target, key, headers)


def scope(request: Request, **more: Any) -> dict[str, Any]:
    """The ASGI scope of a request; `more` is what the connection itself knows."""
    path, _, query = request.target.partition(b"?")
    return {
        "type": "websocket",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "root_path": "",
        "path": unquote(path.decode("ascii")),
        "raw_path": path,
        "query_string": query,
        "headers": request.headers,
        "subprotocols": [],
        "state": {},
        **more,
    }


def acceptance(key: bytes, headers: Headers) -> bytes:
    """The answer that opens the connection."""
    digest = base64.b64encode(hashlib.sha1(key + _GUID, usedforsecurity=False).digest())
    switch = [(b"upgrade", b"websocket"), (b"connection", b"Upgrade"), (b"sec-websocket-accept", digest)]
    return head(b"101 Switching Protocols", [*switch, *headers])


def head(status: bytes, headers: Headers) -> bytes:
    """An HTTP answer without a body."""
    return b"\r\n".join([b"HTTP/1.1 " + status, *(name + b": " + value for name, value in headers), b"", b""])


class Conversation:
    """The ASGI side of a connection, for as long as the application has not taken it over."""

    def __init__(self, connection: Connection, key: bytes) -> None:
        self._connection = connection
        self._key = key
        self._events: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._events.put_nowait({"type": "websocket.connect"})
        self.is_accepted = False

    def hear(self, text: str) -> None:
        """Let a message wait."""
        self._wait({"type": "websocket.receive", "text": text})

    def hear_binary(self, data: bytes) -> None:
        """Let a message wait."""
        self._wait({"type": "websocket.receive", "bytes": data})

    def end(self) -> None:
        """Say that there is no more to come."""
        self._events.put_nowait({"type": "websocket.disconnect", "code": 1005})

    def messages(self) -> list[str | bytes]:
        """The messages that wait, taken out."""
        found: list[str | bytes] = []
        while not self._events.empty():
            event = self._events.get_nowait()
            if event["type"] == "websocket.receive":
                found.append(event["text"] if "text" in event else event["bytes"])
        return found

    async def receive(self) -> dict[str, Any]:
        """The next event, as ASGI has it."""
        event = await self._events.get()
        self._connection.read_on(is_wanted=self._events.empty())
        return event

    async def send(self, message: dict[str, Any]) -> None:
        """Do what the application says. Raises Gone."""
        if not self._connection.is_open:
            raise Gone("The client has gone.")
        match message["type"], self.is_accepted:
            case "websocket.accept", False:
                self.is_accepted = True
                self._connection.accept(self._key, [*message.get("headers", [])])
            case "websocket.close", False:
                self._connection.respond(b"403 Forbidden", [])
            case "websocket.close", True:
                self._connection.close(message.get("code", frames.NORMAL))
            case "websocket.send", True:
                data = message.get("bytes")
                kind, payload = (frames.TEXT, message["text"].encode()) if data is None else (frames.BINARY, data)
                self._connection.write(frames.frame(kind, payload), is_answer=True)
            case kind, _:
                raise RuntimeError(f"{kind} is out of place")

    def _wait(self, event: dict[str, Any]) -> None:
        self._connection.read_on(is_wanted=False)
        self._events.put_nowait(event)

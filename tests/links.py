"""A connection to the chat, whatever the client behind it: lines of ours, or python-socketio's client."""

import asyncio
import json
from contextlib import suppress
from typing import Any, Protocol

import aiohttp
import httpx
import socketio
from socketio import exceptions as stock_exceptions
from websockets.exceptions import WebSocketException

from tests.raw import PATIENCE, Closed, Line, Raw

LOST = (
    Closed,
    OSError,
    EOFError,
    TimeoutError,
    httpx.HTTPError,
    aiohttp.ClientError,
    WebSocketException,
    stock_exceptions.SocketIOError,
)
"""What a broken connection looks like."""
ACK = "an ack"


class Link(Protocol):
    """A connection, whatever the client behind it. All methods raise one of LOST when it has ended."""

    may_skip: bool
    """Whether what comes may have gaps: an HTTP client that asks again by itself when a poll was cut makes them."""

    async def open(self, auth: dict[str, str]) -> None:
        """Connect and be admitted."""

    async def ask(self, number: int, event: str, payload: Any) -> None:
        """Send an event that is to be acked with this number."""

    async def hear(self) -> tuple[str, Any]:
        """The next event with its payload, or ACK with number and answer."""
        ...

    async def close(self) -> None:
        """Let go."""


class RawLink:
    """A link over a line of ours."""

    may_skip = False

    def __init__(self, line: Line) -> None:
        self._raw = Raw(line)

    async def open(self, auth: dict[str, str]) -> None:
        """Connect."""
        async with asyncio.timeout(PATIENCE):
            if not (await self._raw.open(auth)).startswith("40"):
                raise Closed(None)

    async def ask(self, number: int, event: str, payload: Any) -> None:
        """Send an event."""
        await self._raw.send(f"42{number}" + json.dumps([event, payload]))

    async def hear(self) -> tuple[str, Any]:
        """The next event or ack."""
        packet = await self._raw.hear("42", "43")
        self._raw.heard.clear()
        start = packet.index("[")
        told = json.loads(packet[start:])
        return (ACK, (int(packet[2:start]), told[0])) if packet.startswith("43") else (told[0], told[1])

    async def close(self) -> None:
        """Drop it."""
        await self._raw.line.close()


class StockLink:
    """A link through python-socketio's client, which begins by polling and goes over to a websocket."""

    may_skip = True

    def __init__(self, url: str) -> None:
        self._url = url
        self._heard: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()
        # A session of ours, since the library forgets its own where a connection breaks while it upgrades.
        self._session = aiohttp.ClientSession()
        self._io = socketio.AsyncClient(reconnection=False, request_timeout=2, http_session=self._session)
        self._io.on("*", lambda event, payload=None: self._heard.put_nowait((event, payload)))
        self._io.on("disconnect", lambda *_: self._heard.put_nowait(("", None)))

    async def open(self, auth: dict[str, str]) -> None:
        """Connect."""
        await self._io.connect(self._url, auth=auth, transports=["polling", "websocket"], wait_timeout=2)

    async def ask(self, number: int, event: str, payload: Any) -> None:
        """Send an event."""
        io: Any = self._io  # its annotations leave out what an ack is
        await io.emit(event, payload, callback=lambda answer: self._heard.put_nowait((ACK, (number, answer))))

    async def hear(self) -> tuple[str, Any]:
        """The next event or ack."""
        async with asyncio.timeout(PATIENCE):
            event, payload = await self._heard.get()
        if not event:
            raise Closed(None)
        return event, payload

    async def close(self) -> None:
        """Drop it."""
        try:
            with suppress(TypeError):  # in the library, where there is no task to wait for
                await self._io.disconnect()
        finally:
            await self._session.close()

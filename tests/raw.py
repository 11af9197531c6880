"""A client that speaks Engine.IO packet by packet: for what a stock client never sends, and the order of what comes."""

import asyncio
import json
import ssl
from collections import deque
from typing import Any, Protocol

import httpx
from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as connect_websocket
from websockets.exceptions import ConnectionClosed

PATIENCE = 30.0
_PATH = "/socket.io/?EIO=4&transport="


class Closed(Exception):
    """The server has ended the connection, with this WebSocket close code or HTTP status."""

    def __init__(self, code: int | None) -> None:
        super().__init__(code)
        self.code = code


class Line(Protocol):
    """One transport."""

    async def open(self) -> None:
        """Connect, without waiting for the first packet."""

    async def send(self, packet: str | bytes) -> None:
        """Send a packet, or bytes as they are."""

    async def receive(self) -> str:
        """The next packet. Raises Closed."""
        ...

    async def close(self) -> None:
        """Let go without a farewell."""


class WebSocketLine:
    """A WebSocket; bytes go out as a binary frame."""

    def __init__(self, url: str, headers: dict[str, str]) -> None:
        self._url = f"ws{url.removeprefix('http')}{_PATH}websocket"
        self._headers = headers

    async def open(self) -> None:
        """Connect."""
        self.socket: ClientConnection = await connect_websocket(
            self._url, additional_headers=self._headers, proxy=None, max_size=None, ping_interval=None, close_timeout=1
        )

    async def send(self, packet: str | bytes) -> None:
        """Send a frame."""
        await self.socket.send(packet)

    async def receive(self) -> str:
        """The next frame. Raises Closed."""
        try:
            packet = await self.socket.recv()
        except ConnectionClosed as closed:
            raise Closed(closed.rcvd.code if closed.rcvd else None) from None
        assert isinstance(packet, str)
        return packet

    async def close(self) -> None:
        """Drop the TCP connection, as a crash does."""
        if hasattr(self, "socket"):  # else it never stood
            self.socket.transport.abort()
            await self.socket.wait_closed()


class PollingLine:
    """Long polling: a GET for what comes, a POST for what goes; bytes are a whole body."""

    def __init__(self, url: str, headers: dict[str, str]) -> None:
        self._path = f"{_PATH}polling"
        trusted = ssl.create_default_context() if url.startswith("https") else True
        self.client = httpx.AsyncClient(
            base_url=url, headers=headers, trust_env=False, timeout=PATIENCE, verify=trusted
        )
        self._arrived: deque[str] = deque()

    async def open(self) -> None:
        """Shake hands."""
        await self._poll()
        self._path += "&sid=" + json.loads(self._arrived[0][1:])["sid"]

    async def post(self, body: bytes) -> httpx.Response:
        """The answer to this body."""
        return await self.client.post(self._path, content=body, headers={"Content-Type": "text/plain;charset=UTF-8"})

    async def send(self, packet: str | bytes) -> None:
        """Post a packet. Raises Closed."""
        answer = await self.post(packet if isinstance(packet, bytes) else packet.encode())
        if answer.status_code != 200:
            raise Closed(answer.status_code)

    async def receive(self) -> str:
        """The next packet. Raises Closed."""
        while not self._arrived:
            await self._poll()
        return self._arrived.popleft()

    async def close(self) -> None:
        """Poll no more."""
        await self.client.aclose()

    async def _poll(self) -> None:
        answer = await self.client.get(self._path)
        if answer.status_code != 200 or not answer.text:
            raise Closed(answer.status_code)
        self._arrived.extend(answer.text.split("\x1e"))


class Raw:
    """A connection over `line`; what it hears stands in `heard`, packet by packet."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.heard: list[str] = []
        self._acks = 0

    async def open(self, auth: Any = None) -> str:
        """Connect and ask to be admitted; the packet that answers."""
        await self.line.open()
        await self.hear("0")
        await self.line.send("40" if auth is None else "40" + json.dumps(auth))
        return await self.hear("40", "44")

    async def send(self, packet: str | bytes) -> None:
        """Send a packet as it is."""
        await self.line.send(packet)

    async def hear(self, *beginnings: str) -> str:
        """The next packet that begins so; pings are answered on the way. Raises Closed."""
        async with asyncio.timeout(PATIENCE):
            while True:
                packet = await self.line.receive()
                if packet == "2":
                    await self.line.send("3")
                    continue
                self.heard.append(packet)
                if packet.startswith(beginnings):
                    return packet

    async def wait(self, event: str) -> Any:
        """The payload of the next such event."""
        packet = await self.hear(f'42["{event}",')
        return json.loads(packet[2:])[1]

    async def ask(self, event: str, payload: Any) -> int:
        """Send an event with an ack; its number."""
        self._acks += 1
        await self.send(f"42{self._acks}" + json.dumps([event, payload]))
        return self._acks

    async def answer(self, number: int) -> Any:
        """The ack with this number, heard already or still to come."""
        found = (packet for packet in self.heard if packet.startswith(f"43{number}["))
        packet = next(found, None) or await self.hear(f"43{number}[")
        return json.loads(packet[packet.index("[") :])[0]

    async def call(self, event: str, payload: Any) -> Any:
        """Send an event and return its ack."""
        return await self.answer(await self.ask(event, payload))

    async def end(self) -> int | None:
        """Wait until the server ends the connection; with which code."""
        try:
            while True:
                await self.hear("")
        except Closed as closed:
            return closed.code

    def names(self) -> list[str]:
        """What was heard, events by their names and acks by theirs: `["ack 1", "new_message"]`."""
        return [_name(packet) for packet in self.heard]


def _name(packet: str) -> str:
    if packet.startswith("42"):
        return str(json.loads(packet[2:])[0])
    if packet.startswith("43"):
        return f"ack {packet[2 : packet.index('[')]}"
    return packet[:2]

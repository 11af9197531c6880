"""WebSocket frames by hand over plain TCP (RFC 6455): for what no client library would send.

What the server sends is read as strictly as the standard has it: unmasked, no reserved bits, shortest lengths.
"""

import asyncio
import base64
import os
from collections import deque
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import urlsplit

from tests.raw import PATIENCE, Closed

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
KEY = b"\x37\xfa\x21\x3d"
PATH = "/socket.io/?EIO=4&transport=websocket"


class Frame(NamedTuple):
    """A frame as it came."""

    opcode: int
    payload: bytes
    fin: bool


def frame(
    opcode: int,
    payload: bytes = b"",
    *,
    fin: bool = True,
    reserved: int = 0,
    key: bytes | None = KEY,
    size: int | None = None,
    width: int | None = None,
) -> bytes:
    """A frame, masked with `key`. `size` is the length it claims (else the true one), in `width` bytes: 0, 2 or 8."""
    size = len(payload) if size is None else size
    width = width if width is not None else 0 if size < 126 else 2 if size < 1 << 16 else 8
    mark = size if width == 0 else {2: 126, 8: 127}[width]
    head = bytes([fin << 7 | reserved << 4 | opcode, (key is not None) << 7 | mark])
    return head + (size.to_bytes(width, "big") if width else b"") + (key or b"") + masked(payload, key or bytes(4))


def masked(payload: bytes, key: bytes) -> bytes:
    """The payload under this key of four bytes."""
    whole = (key * (len(payload) // 4 + 1))[: len(payload)]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(whole, "big")).to_bytes(len(payload), "big")


def fragments(*payloads: bytes, opcode: int = TEXT) -> list[bytes]:
    """One message in as many frames."""
    last = len(payloads) - 1
    return [
        frame(CONTINUATION if place else opcode, payload, fin=place == last) for place, payload in enumerate(payloads)
    ]


def close(code: int, reason: bytes = b"") -> bytes:
    """A frame that closes."""
    return frame(CLOSE, code.to_bytes(2, "big") + reason)


class FrameLine:
    """A line for `Raw` whose bytes are ours: `write` sends them as they are."""

    def __init__(self, url: str, path: str = PATH) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "", parts.port or 80
        self._is_secure = parts.scheme == "https"
        self._path = path
        self._texts: deque[str] = deque()
        self._pongs: deque[bytes] = deque()

    async def open(self) -> None:
        """Connect and shake hands. Raises Closed with the status when that is refused."""
        status, _ = await self.ask({})
        if status != 101:
            await self.close()
            raise Closed(status)

    async def ask(self, headers: dict[str, str | None], method: str = "GET") -> tuple[int, dict[str, str]]:
        """Connect and send the handshake with these headers changed (None: left out); status and headers."""
        self.reader, self.writer = await asyncio.open_connection(self._host, self._port, ssl=self._is_secure or None)
        all_headers: dict[str, str | None] = {
            "Host": f"{self._host}:{self._port}",
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
            "Sec-WebSocket-Version": "13",
            **headers,
        }
        lines = [f"{name}: {value}" for name, value in all_headers.items() if value is not None]
        self.write("\r\n".join([f"{method} {self._path} HTTP/1.1", *lines, "", ""]).encode())
        async with asyncio.timeout(PATIENCE):
            first, *rest = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        named = (line.partition(": ") for line in rest if line)
        return int(first.split()[1]), {name.lower(): value for name, _, value in named}

    def write(self, data: bytes) -> None:
        """Send bytes in one segment, as far as the system goes along."""
        self.writer.write(data)

    async def send(self, packet: str | bytes) -> None:
        """Send a packet in a frame."""
        is_text = isinstance(packet, str)
        self.write(frame(TEXT if is_text else BINARY, packet.encode() if isinstance(packet, str) else packet))

    async def receive(self) -> str:
        """The next text. Raises Closed with the code in the close frame, None where there was none."""
        while not self._texts:
            self._keep(await self.next())
        return self._texts.popleft()

    async def pong(self) -> bytes:
        """The payload of the next pong. Raises Closed."""
        while not self._pongs:
            self._keep(await self.next())
        return self._pongs.popleft()

    async def next(self) -> Frame:
        """The next frame, whatever it is. Raises Closed at the end of the stream."""
        try:
            first, second = await self.reader.readexactly(2)
            assert first & 0x70 == 0, "a reserved bit is set"
            assert second & 0x80 == 0, "a server does not mask"
            size, least = second, 0
            if second > 125:
                size = int.from_bytes(await self.reader.readexactly(2 if second == 126 else 8), "big")
                least = 126 if second == 126 else 1 << 16
            assert size >= least, "a length is longer than it needs to be"
            return Frame(first & 0x0F, await self.reader.readexactly(size), bool(first & 0x80))
        except (asyncio.IncompleteReadError, ConnectionError):
            raise Closed(None) from None

    async def close(self) -> None:
        """Drop the TCP connection, as a crash does."""
        self.writer.transport.abort()
        with suppress(ConnectionError):
            await self.writer.wait_closed()

    def _keep(self, got: Frame) -> None:
        assert got.fin, "the server does not fragment"
        if got.opcode == CLOSE:
            raise Closed(int.from_bytes(got.payload[:2], "big") if got.payload else None)
        if got.opcode == PONG:
            self._pongs.append(got.payload)
        else:
            assert got.opcode == TEXT, got
            self._texts.append(got.payload.decode())

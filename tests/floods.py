"""Hostile clients, bounded in number and time, and two ordinary people who talk meanwhile.

Half of the attackers come from the address of the two, half from another one of this machine.
"""

import asyncio
import base64
import json
import os
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.frames import FrameLine, frame
from tests.raw import PATIENCE, Closed, Raw

SOURCES = ("127.0.0.1", "127.0.0.2")
TOO_MANY, NO_SOCKET, LIMITED, TOO_LARGE = b"HTTP/1.1 429", b"HTTP/1.1 403", b'"rate_limited"', b"\x88\x02\x03\xf1"
"""What the server says: two HTTP statuses, an error of the protocol, and a close frame with the code 1009."""
MOST_MEMORY = 256 << 20
"""Bytes that the server may ever have had resident, under each attack: some 80 MB are what it has with nobody there."""
UPGRADE = (
    "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
)


class Attacker(asyncio.Protocol):
    """One connection; counts how it was refused, and whether it was cut off."""

    def __init__(self, flood: "Flood") -> None:
        self._flood = flood
        self.is_cut = self.leaves = False
        self.is_answered = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Count refusals."""
        self.is_answered.set()
        for one in (TOO_MANY, NO_SOCKET, LIMITED, TOO_LARGE):
            self._flood.refused[one] += data.count(one)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - however it ends
        """Count the end, when it is the server's doing."""
        self.is_cut = True
        self.is_answered.set()
        self._flood.cut += not self.leaves

    def write(self, data: bytes) -> None:
        """Send, unless it was cut off or does not get rid of what it has sent."""
        if not self.is_cut and self.transport.get_write_buffer_size() < 4 << 20:
            self.transport.write(data)

    def leave(self) -> None:
        """Hang up."""
        self.leaves = True
        self.transport.abort()


@dataclass
class Flood:
    """The attackers on a server at `port`, and what became of them."""

    port: int
    made: int = 0
    refused: Counter[bytes] = field(default_factory=Counter)
    cut: int = 0
    attackers: list[Attacker] = field(default_factory=list)

    async def connect(self, data: bytes = b"") -> Attacker:
        """One more, who says this at once."""
        source = SOURCES[self.made % len(SOURCES)]
        self.made += 1
        attacker = Attacker(self)
        with suppress(OSError):
            loop = asyncio.get_running_loop()
            await loop.create_connection(lambda: attacker, "127.0.0.1", self.port, local_addr=(source, 0))
            self.attackers.append(attacker)
            attacker.write(data)
        return attacker

    async def enter(self, name: str) -> Attacker:
        """One more, with a websocket and a name, in General."""
        key = base64.b64encode(os.urandom(16)).decode()
        attacker = await self.connect(UPGRADE.format(port=self.port, key=key).encode() + b"\r\n")
        await attacker.is_answered.wait()
        for packet in ("40", f'421["set_username",{{"username":"{name}"}}]', '42["join_room",{"room":"general"}]'):
            attacker.write(frame(1, packet.encode()))
        return attacker

    def end(self) -> None:
        """Let all go."""
        for attacker in self.attackers:
            attacker.leave()


async def connections(flood: Flood) -> None:
    """Connections that say nothing until there are too many."""
    for _ in range(2_400):
        await flood.connect()
    for attacker in flood.attackers:
        attacker.write(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        await asyncio.sleep(0)


async def handshakes(flood: Flood) -> None:
    """Sessions that are opened and never connect."""
    for number in range(800):
        key = base64.b64encode(os.urandom(16)).decode()
        whole = UPGRADE.format(port=flood.port, key=key).encode()
        await flood.connect(whole + (b"\r\n" if number % 4 < 3 else b""))


async def bodies(flood: Flood) -> None:
    """Bodies of which most has come, and the rest does not."""
    head = b"POST /api/session HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Length: 1000000\r\n\r\n" % flood.port
    for _ in range(200):
        await flood.connect(head + b" " * 900_000)


async def joins(flood: Flood) -> None:
    """People who come in and come in again."""
    crew = [await flood.enter(f"Joiner-{number}") for number in range(20)]
    join = frame(1, b'42["join_room",{"room":"general"}]') * 20
    for _ in range(40):
        for attacker in crew:
            attacker.write(join)
            await asyncio.sleep(0)


async def large_frames(flood: Flood) -> None:
    """Frames of a megabyte: some whole, some half, some a byte too large."""
    crew = [await flood.enter(f"Giant-{number}") for number in range(100)]
    whole = frame(1, b'42["send_message",{"message":"' + b"x" * 999_900 + b'"}]')
    for number, attacker in enumerate(crew):
        kind = number % 4
        attacker.write(whole if kind == 0 else frame(1, b"x", size=1_000_001, width=8) if kind == 1 else whole[:-10])
        await asyncio.sleep(0)


async def acks(flood: Flood) -> None:
    """People who ask without end and take no answer."""
    crew = [await flood.enter(f"Asker-{number}") for number in range(20)]
    for attacker in crew:
        with suppress(RuntimeError):
            attacker.transport.pause_reading()
    ask = b"".join(frame(1, b'42%d["get_rooms"]' % number) for number in range(100, 200))
    for _ in range(20):
        for attacker in crew:
            attacker.write(ask)
            await asyncio.sleep(0)
    for attacker in crew:
        with suppress(RuntimeError):
            attacker.transport.resume_reading()


async def polls(flood: Flood) -> None:
    """Sessions that poll once and never again."""
    for _ in range(700):
        await flood.connect(
            b"GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % flood.port
        )


ATTACKS: dict[str, Callable[[Flood], Coroutine[Any, Any, None]]] = {
    "connections": connections,
    "half-open handshakes": handshakes,
    "slow bodies": bodies,
    "joins": joins,
    "1 MB frames": large_frames,
    "acks not taken": acks,
    "polling never upgraded": polls,
}
REFUSED_BY = {
    "connections": TOO_MANY,
    "half-open handshakes": NO_SOCKET,
    "slow bodies": None,
    "joins": LIMITED,
    "1 MB frames": TOO_LARGE,
    "acks not taken": LIMITED,
    "polling never upgraded": TOO_MANY,
}
"""What each attack is refused with; None when it is cut off."""


class Talk:
    """Two people in a room of their own who answer each other; `waits` are the seconds each message took."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.waits: list[float] = []
        self.said = 0

    async def begin(self) -> None:
        """Come in."""
        self._people = [Raw(FrameLine(self._url)) for _ in range(2)]
        for name, person in zip(("Ada", "Bo"), self._people, strict=True):
            await person.open()
            assert (await person.call("set_username", {"username": name}))["ok"]
            assert (await person.call("join_room", {"room": "tech"}))["ok"]

    async def exchange(self) -> None:
        """One says something, and it is over when the other has heard it. Raises Closed, or TimeoutError."""
        speaker, hearer = self._people if self.said % 2 else reversed(self._people)
        self.said += 1
        text, begun = f"Message {self.said}", time.monotonic()
        number = await speaker.ask("send_message", {"message": text})
        await self._hear(hearer, text)
        self.waits.append(time.monotonic() - begun)
        assert (await speaker.answer(number))["ok"]
        await self._hear(speaker, text)

    async def end(self) -> None:
        """Leave."""
        for person in self._people:
            with suppress(Closed, OSError):
                await person.line.close()

    async def _hear(self, person: Raw, text: str) -> None:
        async with asyncio.timeout(PATIENCE):
            while True:
                message: Any = next((one for one in person.heard if f'"message":"{text}"' in one[:400]), None)
                if message is not None and message.startswith('42["new_message"'):
                    return
                packet = await person.hear('42["new_message",')
                if json.loads(packet[2:])[1]["message"] == text:
                    return


def most_memory(pid: int) -> int:
    """Bytes that a process has had resident at most (Linux)."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) * 1024

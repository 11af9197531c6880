"""A TCP proxy that does to connections what networks do: cuts, delays, stalls and half-closes, at random from a seed.

What it forwards it does not change: TCP's own checksums see to that, and TLS where there is any. "Twice" is what
becomes of a message whose ack was cut off: the client says it again, and it reaches the server a second time.
"""

import asyncio
import random
import socket
import struct
from collections import Counter
from contextlib import suppress
from enum import Enum
from typing import Self


class Mishap(Enum):
    """What befalls a connection, after a random number of bytes in one direction."""

    CUT = "both sides are reset"
    END = "both sides are closed in order, what is under way is delivered"
    HALF = "one side is told of an end, the other is not"
    STALL = "nothing goes on until the client's patience ends"
    NONE = "it lives"


WEIGHTS = {Mishap.CUT: 5, Mishap.END: 2, Mishap.HALF: 2, Mishap.STALL: 2, Mishap.NONE: 1}
LARGEST_PIECE = 1_400
AT_ONCE = struct.pack("ii", 1, 0)
"""To linger for no time: closing resets."""
LONGEST_DELAY = 0.005
STALLED = 0.2
"""Seconds until a stalled connection is cut: as a client's heartbeat would, only sooner."""


class ChaosProxy:
    """Listens at `port` and forwards to `target`. `heal` ends all mishaps, and every connection once more."""

    def __init__(self, target: int, seed: int) -> None:
        self.mishaps: Counter[Mishap] = Counter()
        self._target = target
        self._random = random.Random(seed)
        self._is_healed = False
        self._connections: set[_Connection] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for connection in list(self._connections):
            connection.cut()
        while self._connections:
            await asyncio.wait([connection.done for connection in self._connections])

    def heal(self) -> None:
        """From now on only forward; connections of before are cut, since some of them stall."""
        self._is_healed = True
        for connection in list(self._connections):
            connection.cut()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        mishap = Mishap.NONE
        if not self._is_healed:
            mishap = self._random.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        connection = _Connection(random.Random(self._random.random()), mishap, is_calm=self._is_healed)
        self._connections.add(connection)
        try:
            await connection.run((reader, writer), self._target)
        finally:
            self._connections.discard(connection)
            self.mishaps[mishap] += connection.has_met or mishap is Mishap.NONE
            connection.done.set_result(None)


Side = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class _Connection:
    """One connection with its mishap, after `left` bytes one way."""

    def __init__(self, chance: random.Random, mishap: Mishap, *, is_calm: bool) -> None:
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.has_met = False
        self._random = chance
        self._mishap = mishap
        self._is_calm = is_calm
        self._writers: list[asyncio.StreamWriter] = []
        # Small sizes meet handshakes and polls, large ones a conversation.
        self._left = [int(10 ** chance.uniform(1.5, 5)), int(10 ** chance.uniform(1.5, 5))]
        self._left[chance.randrange(2)] = 1 << 60

    async def run(self, client: Side, target: int) -> None:
        """Forward until one side ends or the mishap comes."""
        self._writers = [client[1]]
        with suppress(OSError):
            server = await asyncio.open_connection("127.0.0.1", target)
            self._writers.append(server[1])
            loop = asyncio.get_running_loop()
            ways = [
                loop.create_task(self._forward(client[0], server[1], 0)),
                loop.create_task(self._forward(server[0], client[1], 1)),
            ]
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            if self.has_met and self._mishap is not Mishap.END:
                self.cut()
            for way in ways:
                way.cancel()
            await asyncio.wait(ways)
        for writer in self._writers:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    def cut(self) -> None:
        """Reset both sides; what is under way is lost."""
        for writer in self._writers:
            line = writer.get_extra_info("socket")
            with suppress(OSError):  # it may have gone already
                line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
            writer.transport.abort()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: int) -> None:
        with suppress(OSError):
            while data := await reader.read(1 << 16 if self._is_calm else LARGEST_PIECE):
                if not self._is_calm and self._random.random() < 0.2:
                    await asyncio.sleep(self._random.uniform(0, LONGEST_DELAY))
                is_end = self._mishap is not Mishap.NONE and len(data) >= self._left[way]
                writer.write(data[: self._left[way]] if is_end else data)
                await writer.drain()
                self._left[way] -= len(data)
                if is_end:
                    self.has_met = True
                    await self._meet(writer)
                    return

    async def _meet(self, writer: asyncio.StreamWriter) -> None:
        if self._mishap is Mishap.HALF:
            writer.write_eof()
        if self._mishap in {Mishap.HALF, Mishap.STALL}:
            await asyncio.sleep(STALLED)

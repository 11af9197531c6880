"""Raw websocket clients: members that count what they hear, some of them senders that wait for acks.

Several processes, so that Python clients are not what is measured. Prints one line of JSON.
"""

import asyncio
import base64
import json
import os
import random
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from pathlib import Path

PROCESSES = 2
NEW_MESSAGE = b'42["new_message"'
TEXT = "x" * 100
QUIET = 1.0
"""Seconds without anything new after which the last deliveries are in."""


@dataclass
class Counted:
    """What the clients of one process saw, times in monotonic seconds."""

    sent: int = 0
    delivered: int = 0
    waits: list[float] = field(default_factory=list)
    heard_at: float = 0


class Member(asyncio.Protocol):
    """One client. A sender keeps `in_flight` messages on their way until `end`, or says one `every` so many seconds."""

    def __init__(self, name: str, counted: Counted, in_flight: int) -> None:
        self.name = name
        self.counted = counted
        self.in_flight = in_flight
        self.joined = asyncio.get_running_loop().create_future()
        self.end = 0.0
        self.every = 0.0
        self.said = 0
        self._buffer = b""
        self._is_open = False
        self._sent_at: dict[int, float] = {}
        self._next_ack = 10

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for a websocket."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(
            "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        """Take whole frames off what has come; a member that only listens counts beginnings of messages instead.

        That is what lets a few Python processes keep up with the server: it cuts off who does not read. Pings then go
        unanswered, which a connection survives for 45 seconds.
        """
        data = self._buffer + data
        if not self.in_flight and self.joined.done():
            self._count(data)
            return
        if not self._is_open:
            head, found, data = data.partition(b"\r\n\r\n")
            if not found:
                self._buffer = head
                return
            self._is_open = True
        start = 0
        while (frame := _frame(data, start)) is not None:
            text, start = frame
            self._hear(text)
        self._buffer = data[start:]

    def _count(self, data: bytes) -> None:
        self.counted.delivered += data.count(NEW_MESSAGE)
        self.counted.heard_at = time.monotonic()
        # Too short to hold a whole beginning: none is counted twice.
        self._buffer = data[1 - len(NEW_MESSAGE) :]

    def begin(self, end: float, every: float) -> None:
        """Send until `end`."""
        self.end, self.every = end, every
        if every:
            # Not all at once, but as people do.
            self._say_on_time(time.monotonic() + random.random() * every)
            return
        for _ in range(self.in_flight):
            self._say(time.monotonic())

    def _hear(self, text: bytes) -> None:
        if text.startswith(NEW_MESSAGE):
            self.counted.delivered += 1
            self.counted.heard_at = time.monotonic()
        elif text.startswith(b"0"):
            self._send(b"40")
        elif text.startswith(b"40"):
            self._send(b'421["set_username",' + json.dumps({"username": self.name}).encode() + b"]")
        elif text.startswith(b"431["):
            self._send(b'422["join_room",{"room":"general"}]')
        elif text.startswith(b"432["):
            self.joined.set_result(None)
        elif text.startswith(b"43"):
            self._acked(int(text[2 : text.index(b"[")]))
        elif text == b"2":
            self._send(b"3")

    def _acked(self, ack: int) -> None:
        now = time.monotonic()
        self.counted.waits.append(now - self._sent_at.pop(ack))
        if now < self.end and not self.every:
            self._say(now)

    def _say_on_time(self, due: float) -> None:
        """Say something at `due`, and then again and again; waits count from then, however late it is said."""
        if due < self.end:
            loop = asyncio.get_running_loop()
            delay = due - time.monotonic()
            loop.call_later(delay, self._say, due)
            loop.call_later(delay, self._say_on_time, due + self.every)

    def _say(self, due: float) -> None:
        self._next_ack += 1
        self.said += 1
        self._sent_at[self._next_ack] = due
        self.counted.sent += 1
        self._send(b'42%d["send_message",{"message":"%s"}]' % (self._next_ack, TEXT.encode()))

    def _send(self, text: bytes) -> None:
        # Masked with zeros: the payload stays as it is.
        size = len(text)
        head = bytes((0x81, 0x80 | size)) if size < 126 else bytes((0x81, 0xFE)) + size.to_bytes(2, "big")
        self.transport.write(head + b"\0\0\0\0" + text)


def _frame(data: bytes, start: int) -> tuple[bytes, int] | None:
    """The text of the frame at `start` and where the next begins, None while it is not whole."""
    if len(data) - start < 2:
        return None
    size, head = data[start + 1], 2
    if size == 126:
        size, head = int.from_bytes(data[start + 2 : start + 4], "big"), 4
    elif size == 127:
        size, head = int.from_bytes(data[start + 2 : start + 10], "big"), 10
    end = start + head + size
    return None if len(data) < end else (data[start + head : end], end)


async def drive(
    port: int, first: int, members: int, senders: int, in_flight: int, seconds: float, every: float
) -> Counted:
    """Connect, wait until all processes have, send for so many seconds, and count until nothing more comes."""
    loop = asyncio.get_running_loop()
    counted = Counted()
    crew = []
    for number in range(first, first + members):
        _, member = await loop.create_connection(
            partial(Member, f"member{number}", counted, in_flight if number - first < senders else 0),
            "127.0.0.1",
            port,
        )
        await member.joined
        crew.append(member)
    await loop.run_in_executor(None, _everybody.wait)
    end = time.monotonic() + seconds
    for member in crew[:senders]:
        member.begin(end, every)
    while time.monotonic() < max(end, counted.heard_at) + QUIET:  # noqa: ASYNC110 - nothing says which message is last
        await asyncio.sleep(QUIET / 5)
    for member in crew:
        member.transport.abort()
    return counted


_everybody: Barrier


def meet(everybody: Barrier) -> None:
    """Tell a process where all meet before the first message."""
    global _everybody  # noqa: PLW0603 - what a pool's processes share can only be handed over so
    _everybody = everybody


def work(*arguments: float) -> Counted:
    """`drive` in a process of its own."""
    return asyncio.run(drive(*arguments))  # type: ignore[arg-type]


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far (Linux; NaN elsewhere)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return float("nan")
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Load the server at the port and print what came of it."""
    port, pid, members, senders, in_flight = map(int, sys.argv[1:6])
    seconds, rate = map(float, sys.argv[6:8])
    every = senders / rate if rate else 0.0
    share = members // PROCESSES
    context = get_context("spawn")
    everybody = context.Barrier(PROCESSES + 1)
    with ProcessPoolExecutor(PROCESSES, context, meet, (everybody,)) as pool:
        jobs = [
            pool.submit(work, port, number * share, share, senders // PROCESSES, in_flight, seconds, every)
            for number in range(PROCESSES)
        ]
        everybody.wait()
        before = cpu_seconds(pid)
        counts = [job.result() for job in jobs]
    spent = cpu_seconds(pid) - before
    print(json.dumps(summary(counts, spent, share * PROCESSES)))


def summary(counts: list[Counted], spent: float, members: int) -> dict[str, float]:
    """What is printed: cost in CPU µs per delivery, rates per second until the last delivery, ack times in ms."""
    sent, delivered = sum(one.sent for one in counts), sum(one.delivered for one in counts)
    waits = sorted(wait for one in counts for wait in one.waits)
    lasted = float(sys.argv[6])
    return {
        "cost": spent / delivered * 1e6,
        "messages": sent / lasted,
        "deliveries": delivered / lasted,
        "p50": waits[len(waits) // 2] * 1000,
        "p99": waits[int(len(waits) * 0.99)] * 1000,
        "is_complete": sent * members == delivered,
    }


if __name__ == "__main__":
    main()

"""`python -m tests.bench.people`: a thousand people who are signed in and talk, for ten minutes.

Each is a real session (a name over REST, its token in the handshake) on a websocket of its own in one of
three rooms; each says something about every `--every` seconds. Counted is every message at every member. It prints
what came of it and how much memory the server had over time, and never judges.
"""

import argparse
import asyncio
import random
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.bench.__main__ import describe_machine
from tests.bench.load import Counted, Member, cpu_seconds
from tests.bench.servers import SERVERS

ABREAST = 16
"""People who sign in at once."""
SETTLE = 5.0
"""Seconds in which the last messages reach everybody."""


class Person(Member):
    """A signed-in member, who hears each message of their room whole."""

    def __init__(self, token: str, room: str, counted: Counted) -> None:
        super().__init__(room, counted, 1)
        self._token = token

    def _hear(self, text: bytes) -> None:
        if text.startswith(b"0"):
            self._send(b'40{"token":"%s"}' % self._token.encode())
        elif text.startswith(b"40"):
            self._send(b'422["join_room",{"room":"%s"}]' % self.name.encode())
        else:
            super()._hear(text)


@dataclass
class Run:
    """What is measured."""

    counted: Counted = field(default_factory=Counted)
    memory: list[int] = field(default_factory=list)
    wanted: int = 0


async def sign_in(url: str, count: int) -> list[str]:
    """The tokens of so many new people."""
    client = httpx.AsyncClient(base_url=url, timeout=60, trust_env=False)

    async def one(number: int) -> str:
        answer = await client.post("/api/session", json={"username": f"Person-{number}"})
        client.cookies.clear()
        assert answer.status_code == 201, answer.text
        return str(answer.json()["token"])

    tokens: list[str] = []
    async with client:
        for first in range(0, count, ABREAST):
            tokens += await asyncio.gather(*(one(number) for number in range(first, min(first + ABREAST, count))))
    return tokens


async def talk(port: int, pid: int, arguments: argparse.Namespace) -> Run:
    """Let all come in, and talk until the time is over."""
    run, loop = Run(), asyncio.get_running_loop()
    tokens = await sign_in(f"http://127.0.0.1:{port}", arguments.people)
    rooms = ("general", "tech", "random")
    people: list[Person] = []
    for number, token in enumerate(tokens):
        room = rooms[number % len(rooms)]
        _, person = await loop.create_connection(
            lambda token=token, room=room: Person(token, room, run.counted),  # type: ignore[misc]
            "127.0.0.1",
            port,
        )
        await person.joined
        people.append(person)
    members = {room: sum(person.name == room for person in people) for room in rooms}
    end = time.monotonic() + arguments.seconds
    for person in people:
        person.begin(end, arguments.every * random.uniform(0.5, 1.5))
    while time.monotonic() < end:
        run.memory.append(resident(pid))
        await asyncio.sleep(arguments.seconds / 20)
    await asyncio.sleep(SETTLE)
    run.memory.append(resident(pid))
    run.wanted = sum(person.said * members[person.name] for person in people)
    for person in people:
        person.transport.abort()
    return run


def resident(pid: int) -> int:
    """Bytes of memory that a process has (Linux)."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.people", description=__doc__)
    parser.add_argument("--people", type=int, default=1000, help="how many (default: 1000)")
    parser.add_argument("--seconds", type=float, default=600, help="how long they talk (default: 600 s)")
    parser.add_argument("--every", type=float, default=30, help="seconds between two messages of one (default: 30 s)")
    arguments = parser.parse_args()
    describe_machine()
    with SERVERS["chatapp, durable"].started() as (port, pid):
        run = asyncio.run(talk(port, pid, arguments))
        spent = cpu_seconds(pid)
    waits = sorted(run.counted.waits)
    p50, p99 = (waits[int(len(waits) * share)] * 1000 for share in (0.5, 0.99))
    lost = run.wanted - run.counted.delivered
    print(f"{arguments.people} people in three rooms, {arguments.seconds:g} s")
    print(f"messages   {run.counted.sent:,} sent, {len(waits):,} acknowledged")
    print(f"deliveries {run.counted.delivered:,} of {run.wanted:,}, {lost:,} lost")
    print(f"ack        p50 {p50:.1f} ms, p99 {p99:.1f} ms; CPU of the server {spent:.0f} s in all")
    print("memory     " + " ".join(f"{size >> 20}" for size in run.memory) + " MB")


if __name__ == "__main__":
    main()

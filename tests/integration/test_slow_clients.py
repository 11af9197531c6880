"""Clients that stop reading are cut off at a limit and catch up; the others lose nothing, and memory stays flat."""

import asyncio
import json
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any

import pytest

from chatapp.transport.websocket import MOST_UNSENT
from tests.conftest import Serve, Served
from tests.crowd import history
from tests.frames import FrameLine
from tests.raw import Closed, Raw
from tests.view import View

MEMBERS, STALLED = 100, 10
SIZE = 60_000
"""Bytes of a message: the limit is reached by few of them."""
SLACK = 16 << 20
"""Bytes that the process may grow for other reasons: what the clients here read, the database's cache."""
RSS = Path("/proc/self/statm")


class Member:
    """Somebody in General; `seqs` are the places of the messages that were heard live."""

    def __init__(self, url: str, name: str) -> None:
        self.name = name
        self.token: str | None = None
        self.line = FrameLine(url)
        self.seqs: list[int] = []
        self.view = View()
        self._url = url

    async def come(self) -> None:
        """Connect, as the same person where it has been here, and join."""
        self.line = FrameLine(self._url)
        self.raw = Raw(self.line)
        await self.raw.open(None if self.token is None else {"token": self.token})
        if self.token is None:
            named = await self.raw.call("set_username", {"username": self.name})
            assert named["ok"], named
            self.token = named["token"]
        joined = await self.raw.call("join_room", {"room": "general"})
        self.view.take("joined_room", {key: value for key, value in joined.items() if key != "ok"})

    async def go(self) -> None:
        """Drop the connection."""
        await self.line.close()

    async def hear(self) -> int:
        """The place of the next message. Raises Closed."""
        while not (packet := await self.line.receive()).startswith('42["new_message"'):
            pass
        message = json.loads(packet[2:])[1]
        message["message"] = sys.intern(message["message"])  # one text for all members: only the server's memory counts
        self.seqs.append(message["seq"])
        self.view.take("new_message", message)
        return self.seqs[-1]

    async def catch_up(self) -> None:
        """Read what is left of the connection, come back, and ask for what was missed."""
        with suppress(Closed):
            while True:
                await self.hear()
        await self.go()
        self.view.cut()
        await self.come()
        while (due := self.view.due()) is not None:
            self.view.answered(await self.raw.call("sync", due))

    def stall(self) -> None:
        """Read no more, and let the system take little in place of it."""
        self.line.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)


@pytest.fixture
async def chat(serve: Serve) -> Served:
    """A running chat for long messages, whose connections leave little unsent to the system."""
    chat = await serve(max_message_length=SIZE, rate_limit=False)
    for server in chat._server.servers:
        for listening in server.sockets:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 16)
    return chat


@pytest.fixture
async def members(chat: Served) -> AsyncIterator[list[Member]]:
    """As many people in General as there are."""
    async with AsyncExitStack() as stack:
        members = [Member(chat.url, f"Member-{number}") for number in range(MEMBERS)]
        for member in members:
            await member.come()
            stack.push_async_callback(member.go)
        yield members


def unsent(chat: Served) -> Iterator[int]:
    """Bytes that wait in the process, for each connection."""
    for session in chat.app.asgi.engineio_server.manager.sessions.values():
        if session.websocket is not None:
            yield session.websocket.transport.get_write_buffer_size()


def memory() -> int:
    """Bytes of memory that the process has; 0 where the system does not tell."""
    return int(RSS.read_text().split()[1]) * 4096 if RSS.exists() else 0


async def test_who_does_not_read_is_cut_off_and_catches_up_and_the_others_hear_everything(
    chat: Served, members: list[Member]
) -> None:
    stalled, reading = members[:STALLED], members[STALLED:]
    sessions: dict[str, Any] = chat.app.asgi.engineio_server.manager.sessions
    sent = most = most_of_all = 0
    text = "x" * SIZE

    async def say(listeners: list[Member]) -> None:
        nonlocal sent
        sent += 1
        await reading[0].raw.ask("send_message", {"message": text})
        assert set(await asyncio.gather(*(member.hear() for member in listeners))) == {sent}

    for _ in range(3):
        await say(members)
    for member in stalled:
        member.stall()
    before = most_memory = memory()
    rounds_without_them = 0
    while rounds_without_them < 25:
        await say(reading)
        assert sent < 100, "they are not cut off"
        sizes = list(unsent(chat))
        most, most_of_all = max(most, *sizes), max(most_of_all, sum(sizes))
        most_memory = max(most_memory, memory())
        rounds_without_them += len(sessions) == len(reading)

    bound = MOST_UNSENT + 2 * SIZE
    assert MOST_UNSENT - SIZE < most <= bound, "cut off at the limit, neither before nor long after"
    assert most_of_all <= STALLED * bound
    assert most_memory - before <= STALLED * bound + SLACK
    await asyncio.gather(*(member.catch_up() for member in stalled))
    stored = await history(chat.url, "general")
    assert [message["seq"] for message in stored] == list(range(1, sent + 1))
    for member in reading:
        assert member.seqs == list(range(1, sent + 1)), member.name
    for member in stalled:
        assert member.seqs == list(range(1, len(member.seqs) + 1)), member.name
    for member in members:
        assert member.view.differences("general", stored) == [], member.name

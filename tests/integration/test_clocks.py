"""The host's clock jumps by days; nobody is disconnected, and the order of things does not change."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from chatapp.services import presence
from chatapp.transport import engine
from tests.conftest import Come, Dial, Serve, Served
from tests.raw import Closed, Raw

DAY = 86_400


class Wall:
    """The host's clock, which can be set."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._time, self._time_ns = time.time, time.time_ns
        self.ahead = 0
        patch.setattr(time, "time", lambda: self._time() + self.ahead)
        patch.setattr(time, "time_ns", lambda: self._time_ns() + self.ahead * 1_000_000_000)


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Wall:
    """A clock on the wall, for everything in this process."""
    return Wall(monkeypatch)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Pings come every tenth of a second, and must be answered within half of one."""
    monkeypatch.setattr(engine, "PING_INTERVAL", 0.1)
    monkeypatch.setattr(engine, "PING_TIMEOUT", 0.5)
    monkeypatch.setattr(presence, "GRACE", 0.01)
    return iter(())


async def hear_pings(raw: Raw, count: int) -> None:
    """Return when so many more pings were heard and answered."""
    async with asyncio.timeout(10):
        while count:
            if await raw.line.receive() == "2":
                await raw.line.send("3")
                count -= 1


async def silence(raw: Raw) -> int:
    """Answer nothing until the server ends the connection; how many pings were heard."""
    pings = 0
    with suppress(Closed):
        async with asyncio.timeout(10):
            while True:
                pings += await raw.line.receive() == "2"
    return pings


@pytest.mark.usefixtures("quick")
async def test_a_clock_that_jumps_disconnects_nobody_and_reorders_nothing(
    serve: Serve, come: Come, dial: Dial, wall: Wall
) -> None:
    chat = await serve(rate_limit=False)
    ada = await come(chat, "Ada", "general")
    bo = await dial(chat, "Bo", "general")
    ids, said = [], 0
    for jump in (0, 3 * DAY, -7 * DAY, 400 * DAY, -4000 * DAY):
        wall.ahead = jump
        for _ in range(3):
            said += 1
            answer = await ada.ok("send_message", {"message": f"Number {said}"})
            ids.append(int(answer["message"]["id"]))
            assert (await bo.wait("new_message"))["seq"] == said
        await hear_pings(bo, 4)
    assert ids == sorted(set(ids))
    assert ada.is_connected
    assert [message["seq"] for message in ada.all("new_message")] == list(range(1, said + 1))
    assert [message["message"] for message in ada.all("new_message")] == [f"Number {n}" for n in range(1, said + 1)]
    assert ada.all("user_left") == []
    history = (await ada.ok("join_room", {"room": "general"}))["messages"]
    assert [message["seq"] for message in history] == list(range(1, said + 1))


@pytest.mark.usefixtures("quick")
async def test_who_does_not_answer_pings_is_cut_off_and_who_does_stays(chat: Served, come: Come, dial: Dial) -> None:
    ada = await come(chat, "Ada", "general")
    bo = await dial(chat, "Bo", "general")
    assert await silence(bo) == 1
    await ada.wait("user_left", lambda event: event["username"] == "Bo")
    assert ada.is_connected
    assert len(chat.app.asgi.engineio_server.eio.sockets) == 1


@pytest.mark.parametrize("transport", ["websocket"])
@pytest.mark.usefixtures("quick")
async def test_answers_nobody_asked_for_do_not_put_off_the_next_ping(chat: Served, dial: Dial) -> None:
    bo = await dial(chat, "Bo", "general")
    for _ in range(20):
        await bo.send("3")
    assert await bo.line.receive() == "2"
    await bo.send("3")
    await hear_pings(bo, 2)

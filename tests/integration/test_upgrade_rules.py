"""The rules of Engine.IO v4 about going over from polling to a websocket, packet by packet on the real server."""

import asyncio
import json
from typing import Any

import httpx
import pytest

from tests.conftest import Serve, Served
from tests.frames import FrameLine, close
from tests.raw import PATIENCE, Closed
from tests.sessions import Open, Polling, end, named


@pytest.fixture
async def chat(serve: Serve) -> Served:
    """A running chat that does not count what one sends."""
    return await serve(rate_limit=False)


async def upgrade(session: Polling, open_line: Open) -> FrameLine:
    """Go over to a websocket, up to the packet that completes it."""
    line = await open_line(session.sid)
    await line.send("2probe")
    assert await line.receive() == "3probe"
    return line


async def test_a_session_goes_over_to_a_websocket(client: httpx.AsyncClient, open_line: Open) -> None:
    session = await named(client, "Ada")
    async with asyncio.TaskGroup() as group:
        polling = await session.wait(group)
        line = await upgrade(session, open_line)
    assert polling.result().text == "6", "the poll that waits is ended"
    assert await session.packets() == ["6"], "so is one that comes late"
    await line.send("5")
    await line.send('421["send_message",{"message":"Hello"}]')
    while not (await line.receive()).startswith('42["new_message"'):
        pass
    assert (await session.get()).status_code == 400
    assert (await session.post('42["get_rooms"]')).status_code == 400
    await line.send('422["get_rooms"]')
    while not (await line.receive()).startswith("432"):
        pass


async def test_what_was_to_be_polled_comes_on_the_websocket(client: httpx.AsyncClient, open_line: Open) -> None:
    session, bo = await named(client, "Ada"), await named(client, "Bo")
    await session.until('42["user_joined",{"username":"Bo"')
    line = await upgrade(session, open_line)
    for number in range(20):
        await bo.post(f'42{number}["send_message",{{"message":"Number {number}"}}]')
    await bo.until("4319[")
    await line.send("5")
    for number in range(20, 40):
        await bo.post(f'42{number}["send_message",{{"message":"Number {number}"}}]')
    heard: list[Any] = []
    async with asyncio.timeout(PATIENCE):
        while len(heard) < 40:
            packet = await line.receive()
            if packet.startswith('42["new_message"'):
                heard.append(json.loads(packet[2:])[1]["message"])
    assert heard == [f"Number {number}" for number in range(40)]


async def test_a_second_websocket_for_a_session_is_closed_and_the_first_goes_on(
    client: httpx.AsyncClient, open_line: Open
) -> None:
    session = await named(client, "Ada")
    line = await upgrade(session, open_line)
    await line.send("5")
    assert await line.receive() == "6"
    assert await is_refused(session.sid, open_line)
    direct = await open_line()
    sid = json.loads((await direct.receive())[1:])["sid"]
    assert await is_refused(sid, open_line)
    for one in (line, direct):
        await one.send("40")
        await one.send('421["get_rooms"]')
        while not (await one.receive()).startswith("431"):
            pass


async def is_refused(sid: str, open_line: Open) -> bool:
    """Whether a websocket for this session is refused, or closed at once."""
    try:
        line = await open_line(sid)
    except Closed as closed:
        return closed.code in {400, 403}
    return await end(line) in {1000, 1002, None}


async def test_an_upgrade_that_begins_wrong_leaves_the_session_polling(
    client: httpx.AsyncClient, open_line: Open
) -> None:
    session = await named(client, "Ada")
    for number, packet in enumerate(("2", "2other", "4x", "5", "3probe")):
        line = await open_line(session.sid)
        await line.send(packet)
        assert await end(line) in {1000, 1002, None}, packet
        await session.post(f'42{number}["get_rooms"]')
        await session.until(f"43{number}")


@pytest.mark.parametrize("has_begun", [False, True])
async def test_an_upgrade_that_is_given_up_leaves_the_session_polling(
    client: httpx.AsyncClient, open_line: Open, *, has_begun: bool
) -> None:
    session = await named(client, "Ada")
    line = await (upgrade(session, open_line) if has_begun else open_line(session.sid))
    line.write(close(1000))
    await end(line)
    await session.post('421["get_rooms"]')
    await session.until("431")


async def test_an_upgrade_can_be_tried_again(client: httpx.AsyncClient, open_line: Open) -> None:
    session = await named(client, "Ada")
    given_up = await upgrade(session, open_line)
    given_up.write(close(1000))
    await end(given_up)
    line = await upgrade(session, open_line)
    await line.send("5")
    await line.send('421["get_rooms"]')
    while not (await line.receive()).startswith("431"):
        pass

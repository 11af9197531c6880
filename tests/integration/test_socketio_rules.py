"""The rules of Socket.IO v5, as its public specification states them, packet by packet on the real server.

Where the specification closes the connection of a client that sends a malformed event, this chat answers it
(test_malformed.py): that is its contract.
"""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest

from tests.conftest import Dial, Served
from tests.raw import Closed, PollingLine, Raw, WebSocketLine

Open = Callable[[], Awaitable[Raw]]


@pytest.fixture
async def open_raw(chat: Served, transport: str) -> AsyncIterator[Open]:
    """Opens connections that have not asked to be admitted yet."""
    async with AsyncExitStack() as stack:

        async def connect() -> Raw:
            line = (WebSocketLine if transport == "websocket" else PollingLine)(chat.url, {})
            raw = Raw(line)
            await line.open()
            stack.push_async_callback(line.close)
            await raw.hear("0")
            return raw

        yield connect


async def test_who_connects_is_told_an_id_of_their_own(open_raw: Open) -> None:
    ids = set()
    for packet in ("40", "40{}", '40{"token":null}', "40/,"):
        ada = await open_raw()
        await ada.send(packet)
        told = json.loads((await ada.hear("40"))[2:])
        assert told.keys() == {"sid"}
        assert len(told["sid"]) >= 20
        ids.add(told["sid"])
    assert len(ids) == 4


async def test_the_id_is_not_the_one_of_the_session(chat: Served, transport: str) -> None:
    line = (WebSocketLine if transport == "websocket" else PollingLine)(chat.url, {})
    ada = Raw(line)
    connected = await ada.open()
    opened = json.loads(ada.heard[0][1:])["sid"]
    assert json.loads(connected[2:])["sid"] != opened, "who sees one must not be able to post with it"
    await line.close()


async def test_a_known_person_is_told_who_they_are_after_being_admitted(chat: Served, dial: Dial) -> None:
    token = (await (await dial(chat)).call("set_username", {"username": "Ada"}))["token"]
    ada = await dial(chat, auth={"token": token})
    assert (await ada.wait("username_set"))["username"] == "Ada"
    assert ada.names()[1:] == ["40", "username_set"]


async def test_who_is_refused_is_told_why_and_may_try_again(open_raw: Open) -> None:
    ada = await open_raw()
    await ada.send('40{"token":"none of ours"}')
    refused = json.loads((await ada.hear("44"))[2:])
    assert refused["message"]
    assert refused["data"]["code"] == "not_identified"
    await ada.send("40{}")
    assert (await ada.hear("40", "44")).startswith("40")
    assert (await ada.call("get_rooms", None))["ok"]


async def test_a_namespace_that_is_not_there_is_refused(open_raw: Open) -> None:
    ada = await open_raw()
    for namespace in ("/elsewhere", "/admin", "/☃", "/a?token=x"):
        await ada.send(f"40{namespace},")
        name, _, told = (await ada.hear("44")).removeprefix("44").partition(",")
        assert name == namespace.partition("?")[0]
        assert json.loads(told)
    await ada.send("40")
    assert (await ada.hear("40")).startswith("40{")
    assert (await ada.call("get_rooms", None))["ok"]


UNTIMELY = [
    '42["get_rooms"]', '421["get_rooms"]', '44{"message":"no"}', '451-["x",{"_placeholder":true,"num":0}]', "4", "4abc",
    '42/elsewhere,["x"]', "43[]", "431[]",
]  # fmt: skip


async def test_who_says_anything_before_connecting_is_cut_off(open_raw: Open) -> None:
    for packet in UNTIMELY:
        ada = await open_raw()
        await ada.send(packet)
        assert await ada.end() in {1000, 1002, 200, 400, None}, packet
        assert ada.names() == ["0{"], packet


async def test_an_ack_carries_the_number_of_its_event(chat: Served, dial: Dial) -> None:
    ada = await dial(chat)
    for number in (0, 1, 12, 999_999_999, 2**53 - 1):
        await ada.send(f'42{number}["get_rooms"]')
        assert (await ada.answer(number))["ok"]


async def test_every_ack_is_an_array_of_one(chat: Served, dial: Dial) -> None:
    ada = await dial(chat)
    await ada.send('427["get_rooms"]')
    assert len(json.loads((await ada.hear("437["))[3:])) == 1


async def test_the_same_number_twice_is_answered_twice(chat: Served, dial: Dial) -> None:
    ada = await dial(chat)
    for _ in range(2):
        await ada.send('425["get_rooms"]')
    for _ in range(2):
        await ada.hear("435[")


async def test_more_arguments_than_one_are_passed_over(chat: Served, dial: Dial) -> None:
    ada = await dial(chat)
    await ada.send('421["set_username",{"username":"Ada"},{"username":"Bo"},3]')
    assert (await ada.answer(1))["username"] == "Ada"


async def test_who_disconnects_has_left(chat: Served, dial: Dial) -> None:
    bo = await dial(chat, "Bo", "general")
    ada = await dial(chat)
    await ada.send('42["set_username",{"username":"Ada"}]')
    await ada.send('42["join_room",{"room":"general"}]')
    await ada.wait("user_joined")
    await ada.send("41")
    assert (await bo.wait("user_left"))["username"] == "Ada"
    ada.heard.clear()
    assert (await bo.call("send_message", {"message": "Hello"}))["ok"]
    await ada.send("40")
    try:
        await ada.hear("40")
        assert (await ada.call("get_rooms", None))["ok"]
    except Closed:
        pass  # the connection may end with its only namespace
    assert "new_message" not in ada.names()


async def test_an_event_after_the_disconnect_does_nothing(chat: Served, dial: Dial) -> None:
    bo = await dial(chat, "Bo", "general")
    ada = await dial(chat, "Ada", "general")
    await ada.send("41")
    try:
        await ada.send('42["send_message",{"message":"Too late","room":"general"}]')
        await ada.end()
    except Closed:
        pass
    assert (await bo.call("send_message", {"message": "Hello"}))["message"]["seq"] == 1


async def test_who_leaves_a_namespace_never_entered_stays_in_ours(chat: Served, dial: Dial) -> None:
    ada = await dial(chat, "Ada", "general")
    await ada.send("41/elsewhere,")
    assert (await ada.call("send_message", {"message": "Hello"}))["ok"]


async def test_who_connects_twice_is_one_connection(chat: Served, dial: Dial) -> None:
    bo = await dial(chat, "Bo", "general")
    ada = await dial(chat, "Ada", "general")
    await ada.send("40")
    await ada.send("40{}")
    ada.heard.clear()
    assert (await bo.call("send_message", {"message": "Hello"}))["ok"]
    assert (await ada.call("send_message", {"message": "And hello"}))["ok"]
    await bo.call("get_rooms", None)
    await ada.call("get_rooms", None)
    assert ada.names().count("new_message") == 2

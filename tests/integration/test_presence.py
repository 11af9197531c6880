"""Who is where, who types, and what those elsewhere hear of it."""

import asyncio
import random
from typing import Any

import pytest

from chatapp.services import presence
from tests.conftest import Client, Come, Dial, Serve, Served
from tests.raw import WebSocketLine


def people(client: Client, room: str) -> dict[str, Any]:
    """Who is in a room by what a client heard since it joined: name → last user_count."""
    here: set[str] = set()
    count = 0
    for event, payload in client.heard:
        if event == "joined_room" and payload["room"] == room:
            here, count = set(payload["users"]), payload["user_count"]
        elif event == "user_joined" and payload["room"] == room:
            here.add(payload["username"])
            count = payload["user_count"]
        elif event == "user_left" and payload["room"] == room:
            here.discard(payload["username"])
            count = payload["user_count"]
    return {"names": here, "count": count}


async def test_the_first_tab_is_a_coming_and_the_last_one_a_going(chat: Served, come: Come) -> None:
    bo = await come(chat, "Bo", "general")
    ada = await come(chat)
    token = (await ada.ok("set_username", {"username": "Ada"}))["token"]
    await ada.ok("join_room", {"room": "general"})
    await bo.wait("user_joined", lambda event: event["username"] == "Ada")
    tab = await come(chat, auth={"token": token}, room="general")
    told = await tab.wait("user_joined", lambda event: event["username"] == "Ada")
    assert told["user_count"] == 2
    await ada.ok("join_room", {"room": "tech"})
    await bo.ok("send_message", {"message": "Ada's other tab is still here"})
    assert [event["username"] for event in bo.all("user_joined")] == ["Bo", "Ada"]
    assert bo.all("user_left") == []
    await tab.ok("join_room", {"room": "tech"})
    left = await bo.wait("user_left")
    assert (left["username"], left["user_count"]) == ("Ada", 1)


async def test_joining_the_present_room_again_only_repeats_the_answer(chat: Served, come: Come) -> None:
    ada, bo = await come(chat, "Ada", "general"), await come(chat, "Bo", "general")
    for client in (ada, bo):
        await client.wait("user_joined", lambda event: event["username"] == "Bo")
        del client.heard[:]
    await ada.ok("join_room", {"room": "general"})
    await bo.ok("send_message", {"message": "Hello"})
    for client in (ada, bo):
        await client.wait("new_message")
    assert [event for event, _ in ada.heard] == ["joined_room", "new_message"]
    assert [event for event, _ in bo.heard] == ["new_message"]


async def test_a_reload_within_the_grace_is_no_leaving(chat: Served, come: Come) -> None:
    bo = await come(chat, "Bo", "general")
    ada = await come(chat)
    token = (await ada.ok("set_username", {"username": "Ada"}))["token"]
    await ada.ok("join_room", {"room": "general"})
    await ada.close()
    again = await come(chat, auth={"token": token}, room="general")
    assert (await again.wait("user_joined", lambda event: event["username"] == "Ada"))["user_count"] == 2
    await bo.ok("send_message", {"message": "Hello"})
    assert bo.all("user_left") == []
    assert [event["username"] for event in bo.all("user_joined")] == ["Bo", "Ada"]


async def test_a_known_person_who_stays_away_has_left(
    chat: Served, come: Come, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence, "GRACE", 0.05)
    ada, bo = await come(chat, "Ada", "general"), await come(chat, "Bo", "general")
    await ada.close()
    left = await bo.wait("user_left")
    assert (left["username"], left["room"], left["user_count"]) == ("Ada", "general", 1)


async def test_a_client_of_the_base_protocol_has_left_at_once(chat: Served, come: Come) -> None:
    bo, guest = await come(chat, "Bo", "general"), await come(chat)
    await guest.emit("set_username", {"username": "Guest"})
    await guest.emit("join_room", {"room": "general"})
    await bo.wait("user_joined", lambda event: event["username"] == "Guest")
    await guest.close()
    async with asyncio.timeout(presence.GRACE - 1):
        assert (await bo.wait("user_left"))["user_count"] == 1


@pytest.mark.parametrize("transport", ["websocket"])
async def test_a_connection_that_breaks_off_is_a_leaving(chat: Served, come: Come, dial: Dial) -> None:
    bo, guest = await come(chat, "Bo", "general"), await dial(chat)
    await guest.send('42["set_username",{"username":"Guest"}]')
    await guest.send('42["join_room",{"room":"general"}]')
    await bo.wait("user_joined", lambda event: event["username"] == "Guest")
    assert isinstance(guest.line, WebSocketLine)
    guest.line.socket.transport.abort()
    assert (await bo.wait("user_left"))["username"] == "Guest"


@pytest.mark.parametrize("transport", ["websocket"])
async def test_counts_are_right_after_any_mix_of_comings_and_goings(
    serve: Serve, come: Come, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence, "GRACE", 0.02)
    chat = await serve(rate_limit=False)
    dice = random.Random(7)
    watcher = await come(chat, "Watcher", "general")
    tokens: dict[str, str] = {}
    open_tabs: list[tuple[str, Client, str]] = []
    for step in range(60):
        name = dice.choice(["Ada", "Bo", "Cleo", "Dan"])
        match dice.choice(["come", "come", "move", "close"]):
            case "come":
                tab = await come(chat, auth={"token": tokens[name]} if name in tokens else None)
                tokens.setdefault(name, (await tab.ok("set_username", {"username": name})).get("token", ""))
                await tab.ok("join_room", {"room": "general"})
                open_tabs.append((name, tab, "general"))
            case "move" if open_tabs:
                moved, tab, _ = open_tabs.pop(dice.randrange(len(open_tabs)))
                room = dice.choice(["general", "tech"])
                await tab.ok("join_room", {"room": room})
                open_tabs.append((moved, tab, room))
            case "close" if open_tabs:
                _, tab, _ = open_tabs.pop(dice.randrange(len(open_tabs)))
                await tab.close()
        assert step < 60
    expected = {"Watcher"} | {name for name, _, room in open_tabs if room == "general"}
    async with asyncio.timeout(10):
        while people(watcher, "general") != {"names": expected, "count": len(expected)}:
            await watcher.next()
    rooms = (await watcher.ok("get_rooms"))["rooms"]
    assert rooms["general"]["user_count"] == len(expected)
    assert rooms["tech"]["user_count"] == len({name for name, _, room in open_tabs if room == "tech"})
    assert rooms["random"]["user_count"] == 0


async def test_typing_expires_by_itself(serve: Serve, come: Come, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatapp.services.typing.MARGIN", 0.05)
    chat = await serve(typing_timeout=50)
    ada, bo = await come(chat, "Ada", "general"), await come(chat, "Bo", "general")
    await ada.ok("typing", {"typing": True})
    began = await bo.wait("user_typing", lambda event: event["typing"])
    ended = await bo.wait("user_typing", lambda event: not event["typing"])
    assert began == {**ended, "typing": True}
    assert began.keys() == {"username", "typing", "room", "user_id"}
    assert ada.all("user_typing") == []


async def test_leaving_and_closing_end_typing(chat: Served, come: Come) -> None:
    bo = await come(chat, "Bo", "general")
    ada, cleo = await come(chat, "Ada", "general"), await come(chat, "Cleo", "general")
    await ada.ok("typing", {"typing": True})
    await cleo.ok("typing", {"typing": True})
    await ada.ok("join_room", {"room": "tech"})
    await bo.wait("user_typing", lambda event: (event["username"], event["typing"]) == ("Ada", False))
    await cleo.close()
    await bo.wait("user_typing", lambda event: (event["username"], event["typing"]) == ("Cleo", False))


async def test_those_elsewhere_hear_of_activity(chat: Served, come: Come) -> None:
    ada, bo, idle = await come(chat, "Ada", "general"), await come(chat, "Bo", "tech"), await come(chat, "Idle")
    stranger = await come(chat)
    for number in range(10):
        await ada.ok("send_message", {"message": f"Number {number}"})
    for client in (bo, idle):
        told = await client.wait("room_activity", lambda event: (event["room"], event["last_seq"]) == ("general", 10))
        assert told == {"room": "general", "last_seq": 10, "last_rev": 10, "user_count": 1}
        assert 1 <= len([event for event in client.all("room_activity") if event["room"] == "general"]) < 10
        assert client.all("new_message") == []
    assert [event for event in ada.all("room_activity") if event["room"] == "general"] == []
    await stranger.ok("get_rooms")
    assert stranger.all("room_activity") == []


async def test_those_elsewhere_hear_how_many_are_there(chat: Served, come: Come) -> None:
    idle, ada = await come(chat, "Idle"), await come(chat, "Ada", "tech")
    await idle.wait("room_activity", lambda event: (event["room"], event["user_count"]) == ("tech", 1))
    await ada.ok("join_room", {"room": "random"})
    await idle.wait("room_activity", lambda event: (event["room"], event["user_count"]) == ("tech", 0))
    await idle.wait("room_activity", lambda event: (event["room"], event["user_count"]) == ("random", 1))


async def test_read_places_move_forward_and_the_other_tabs_hear_of_it(chat: Served, come: Come) -> None:
    bo = await come(chat, "Bo", "general")
    for number in range(5):
        await bo.ok("send_message", {"message": f"Number {number}"})
    ada = await come(chat)
    token = (await ada.ok("set_username", {"username": "Ada"}))["token"]
    assert (await ada.ok("get_rooms"))["rooms"]["general"]["read_seq"] == 5, "from signing up"
    assert (await ada.ok("join_room", {"room": "general"}))["read_seq"] == 5, "a newcomer starts at the end"
    for number in range(5):
        await bo.ok("send_message", {"message": f"Number {number}"})
    tab = await come(chat, auth={"token": token})
    assert await ada.ok("mark_read", {"room": "general", "seq": 8}) == {
        "ok": True, "room": "general", "seq": 8, "mention_count": 0,
    }  # fmt: skip
    assert await tab.wait("read") == {"room": "general", "seq": 8, "mention_count": 0}
    assert (await ada.ok("mark_read", {"room": "general", "seq": 6}))["seq"] == 8, "never back"
    assert (await ada.ok("mark_read", {"room": "general", "seq": 99}))["seq"] == 10, "never past the end"
    assert (await tab.ok("get_rooms"))["rooms"]["general"]["read_seq"] == 10
    await ada.ok("send_message", {"message": "Mine"})
    assert (await tab.ok("get_rooms"))["rooms"]["general"]["read_seq"] == 11, "one's own send moves one's own place"
    assert ada.all("read") == []


async def test_an_empty_room_is_joined(chat: Served, come: Come) -> None:
    ada = await come(chat, "Ada", "general")
    joined = await ada.ok("join_room", {"room": "random"})
    assert (joined["messages"], joined["users"], joined["user_count"]) == ([], ["Ada"], 1)
    assert (joined["first_seq"], joined["last_seq"], joined["rev"], joined["has_more"]) == (1, 0, 0, False)

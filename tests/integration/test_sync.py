"""Catching up by `rev`: what is told, in which portions, and when a client has to begin anew."""

import json
from typing import Any

import pytest

from chatapp.services import sync
from tests.conftest import Client, Come, Dial, Serve, Served
from tests.integration.test_changes import change, refusal, say
from tests.raw import Raw
from tests.view import View

LARGEST = 256_000


@pytest.fixture
def transport() -> str:
    """How people are connected does not matter here."""
    return "websocket"


async def history(client: Client) -> str:
    """The history the chat tells."""
    told: str = (await client.ok("join_room", {"room": "general"}))["history_id"]
    return told


async def since(client: Client, rev: int, room: str = "general") -> dict[str, Any]:
    """What a room answers to one who has seen `rev`."""
    asked = {"history_id": (await client.wait("username_set"))["history_id"], "rooms": {room: rev}}
    answer = await client.ok("sync", asked)
    assert answer.keys() == {"ok", "history_id", "rooms"}
    told: dict[str, Any] = answer["rooms"][room]
    return told


async def test_each_changed_message_is_told_once_as_it_is_now_in_order_of_rev(chat: Served, come: Come) -> None:
    ada, bo = await come(chat, "Ada", "general"), await come(chat, "Bo", "general")
    first, second, third = [await say(ada, f"Number {number}") for number in range(3)]
    await change(ada, "edit_message", first, message="Edited")
    liked = await change(bo, "react", first, emoji="👍", on=True)
    deleted = await change(ada, "delete_message", second)
    fourth = await say(ada, "Number 3", reply_to=third["id"])
    assert await since(bo, 0) == {"rev": 7, "messages": [third, liked, deleted, fourth]}
    assert await since(bo, 3) == {"rev": 7, "messages": [liked, deleted, fourth]}
    assert await since(bo, 4) == {"rev": 7, "messages": [liked, deleted, fourth]}
    assert await since(bo, 6) == {"rev": 7, "messages": [fourth]}
    assert await since(bo, 7) == {"rev": 7, "messages": []}
    assert await since(bo, 0, "tech") == {"rev": 0, "messages": []}


async def test_who_was_away_catches_up_to_the_last_change(serve: Serve, come: Come) -> None:
    chat = await serve(rate_limit=False)
    ada, bo = await come(chat, "Ada", "general"), await come(chat)
    token = (await bo.ok("set_username", {"username": "Bo"}))["token"]
    said = [await say(ada, f"Number {number}") for number in range(5)]
    view = View()
    view.take("joined_room", await bo.ok("join_room", {"room": "general"}))
    await bo.close()
    view.cut()
    await change(ada, "edit_message", said[0], message="Edited")
    await change(ada, "delete_message", said[1])
    said += [await say(ada, f"Number {number}") for number in range(5, 70)]
    await chat.restart()
    bo = await come(chat, auth={"token": token})
    asked = view.due()
    assert asked is not None
    view.answered(await bo.ok("sync", asked))
    assert view.due() is None
    # More than the 50 that an answer to a join holds.
    assert [message["seq"] for message in view.messages("general")] == list(range(1, 71))
    assert [message["message"] for message in view.messages("general")[:3]] == ["Edited", "", "Number 2"]
    assert view.messages("general")[2:] == said[2:]


async def fill(client: Raw, room: str, count: int, text: str) -> list[dict[str, Any]]:
    """Say so many things in a room; as they were stored."""
    numbers = [
        await client.ask("send_message", {"message": f"{number} {text}", "room": room}) for number in range(count)
    ]
    return [(await client.answer(number))["message"] for number in numbers]


async def portions(client: Raw, asked: dict[str, Any]) -> list[tuple[int, dict[str, Any]]]:
    """Sync until nothing more is to come: each answer with its size in bytes."""
    got: list[tuple[int, dict[str, Any]]] = []
    revs = dict(asked["rooms"])
    while revs:
        del client.heard[:]
        answer = await client.call("sync", {**asked, "rooms": revs})
        assert answer["ok"], answer
        got.append((len(client.heard[-1].encode()), answer["rooms"]))
        assert any(told["messages"] or not told.get("more") for told in answer["rooms"].values()), "it gets on"
        revs = {room: told["rev"] for room, told in answer["rooms"].items() if told.get("more")}
    return got


async def test_an_answer_is_bounded_and_the_next_one_goes_on(serve: Serve, dial: Dial) -> None:
    chat = await serve(rate_limit=False)
    ada = await dial(chat, "Ada")
    said = {room: await fill(ada, room, 40, "😀" * 3900) for room in ("general", "tech", "random")}
    here = (await ada.call("join_room", {"room": "general"}))["history_id"]
    got = await portions(ada, {"history_id": here, "rooms": dict.fromkeys(said, 0)})
    assert max(size for size, _ in got) <= LARGEST
    assert min(size for size, _ in got[:-1]) > LARGEST * 0.9, "no more answers than needed"
    for room, messages in said.items():
        answers = [rooms[room] for _, rooms in got if room in rooms]
        assert [message for told in answers for message in told["messages"]] == messages
        assert [told.get("more", False) for told in answers] == [True] * (len(answers) - 1) + [False]
    first = got[0][1]
    assert first["general"]["rev"] == first["general"]["messages"][-1]["rev"] < 40
    assert first["tech"] == {"rev": 0, "messages": [], "more": True}


async def test_one_huge_message_is_told_and_holds_up_nobody(serve: Serve, dial: Dial) -> None:
    chat = await serve(rate_limit=False, max_message_length=65_536)
    ada = await dial(chat, "Ada", "general")
    said = [
        *await fill(ada, "general", 2, "small"),
        *await fill(ada, "general", 2, "😀" * 65_000),
        *await fill(ada, "general", 1, "small"),
    ]
    here = (await ada.call("join_room", {"room": "tech"}))["history_id"]
    got = await portions(ada, {"history_id": here, "rooms": {"general": 0}})
    assert [message for _, rooms in got for message in rooms["general"]["messages"]] == said
    assert max(size for size, _ in got) > LARGEST, "one message that is larger alone is told nevertheless"
    assert [len(rooms["general"]["messages"]) for _, rooms in got] == [2, 1, 1, 1]


async def test_names_of_rooms_take_their_space_too(serve: Serve, dial: Dial) -> None:
    chat = await serve(rate_limit=False)
    ada = await dial(chat, "Ada")
    await fill(ada, "general", 20, "😀" * 3900)
    here = (await ada.call("join_room", {"room": "tech"}))["history_id"]
    names = {f"{number:02}" + "\x01" * 198: 0 for number in range(99)}
    del ada.heard[:]
    answer = await ada.call("sync", {"history_id": here, "rooms": {**names, "general": 0}})
    assert len(ada.heard[-1].encode()) <= LARGEST
    assert all(answer["rooms"][name] == {"rev": 0, "messages": [], "gone": True} for name in names)
    assert answer["rooms"]["general"]["more"]


async def test_who_is_too_far_behind_begins_anew(chat: Served, come: Come, monkeypatch: pytest.MonkeyPatch) -> None:
    assert sync.FURTHEST_BEHIND == 1_000
    monkeypatch.setattr(sync, "FURTHEST_BEHIND", 3)
    ada = await come(chat, "Ada", "general")
    said = [await say(ada, f"Number {number}") for number in range(5)]
    assert await since(ada, 1) == {"rev": 5, "messages": [], "reset": True}
    assert await since(ada, 2) == {"rev": 5, "messages": said[2:]}


async def test_who_has_seen_more_than_there_is_begins_anew(chat: Served, come: Come) -> None:
    ada = await come(chat, "Ada", "general")
    said = await say(ada, "Hello")
    assert await since(ada, 2) == {"rev": 1, "messages": [], "reset": True}
    assert await since(ada, 0) == {"rev": 1, "messages": [said]}


async def test_another_history_begins_anew(chat: Served, come: Come) -> None:
    ada = await come(chat, "Ada", "general")
    await say(ada, "Hello")
    answer = await ada.ok("sync", {"history_id": "another", "rooms": {"general": 1, "tech": 0, "nowhere": 5}})
    assert answer["history_id"] == await history(ada)
    assert answer["rooms"] == {
        "general": {"rev": 1, "messages": [], "reset": True},
        "tech": {"rev": 0, "messages": [], "reset": True},
        "nowhere": {"rev": 0, "messages": [], "gone": True},
    }


async def test_what_was_trimmed_since_begins_anew_and_what_was_trimmed_before_does_not(
    serve: Serve, come: Come
) -> None:
    chat = await serve(retention_messages=2)
    ada = await come(chat, "Ada", "general")
    for number in range(4):
        await say(ada, f"Number {number}")
    await chat.app.clean(dry_run=False)
    trimmed = await ada.wait("history_trimmed")
    assert (trimmed["rev"], trimmed["before_seq"]) == (5, 3)
    said = await say(ada, "After")
    assert await since(ada, 4) == {"rev": 6, "messages": [], "reset": True}
    assert await since(ada, 5) == {"rev": 6, "messages": [said]}
    await chat.restart()
    bo = await come(chat, "Bo", "general")
    assert await since(bo, 4) == {"rev": 6, "messages": [], "reset": True}
    assert await since(bo, 5) == {"rev": 6, "messages": [said]}


async def test_a_hundred_rooms_are_asked_for_at_once_and_no_more(chat: Served, come: Come) -> None:
    ada = await come(chat, "Ada", "general")
    here = await history(ada)
    rooms = {f"room-{number}": 0 for number in range(100)}
    answer = await ada.ok("sync", {"history_id": here, "rooms": rooms})
    assert answer["rooms"] == {room: {"rev": 0, "messages": [], "gone": True} for room in rooms}
    assert await refusal(ada, "sync", {"history_id": here, "rooms": {**rooms, "more": 0}}) == ("bad_request", "rooms")
    assert (await ada.ok("sync", {"history_id": here, "rooms": {}}))["rooms"] == {}


async def test_what_is_asked_wrongly_is_refused(chat: Served, dial: Dial) -> None:
    stranger, ada = await dial(chat), await dial(chat, "Ada", "general")
    sound = {"history_id": "here", "rooms": {"general": 0}}
    assert (await stranger.call("sync", sound))["error"]["code"] == "not_identified"
    malformed: list[tuple[dict[str, Any], str]] = [
        ({}, "history_id"),
        ({"history_id": "here"}, "rooms"),
        ({"history_id": 5, "rooms": {}}, "history_id"),
        ({"history_id": "here", "rooms": []}, "rooms"),
        ({"history_id": "here", "rooms": {"general": -1}}, "rooms"),
        ({"history_id": "here", "rooms": {"general": "1"}}, "rooms"),
        ({"history_id": "here", "rooms": {"general": 2**63}}, "rooms"),
        ({"history_id": "here", "rooms": {"gen\0eral": 1}}, "rooms"),
        ({"history_id": "here", "rooms": {"x" * 201: 1}}, "rooms"),
    ]
    for payload, field in malformed:
        answer = await ada.call("sync", payload)
        assert answer["error"]["code"] == "bad_request"
        assert answer["error"].get("field") == field, payload
    await ada.send("42" + json.dumps(["sync", {"history_id": "here", "rooms": {"general": None}}]))
    assert (await ada.wait("error"))["event"] == "sync"


async def test_catching_up_has_a_limit_of_its_own(chat: Served, dial: Dial) -> None:
    ada = await dial(chat, "Ada", "general")
    numbers = [await ada.ask("sync", {"history_id": "here", "rooms": {}}) for _ in range(150)]
    answers = [await ada.answer(number) for number in numbers]
    refused = [answer["error"] for answer in answers if not answer["ok"]]
    assert all(answer["ok"] for answer in answers[:50])
    assert refused
    assert {error["code"] for error in refused} == {"rate_limited"}
    assert all(0 < error["retry_after"] <= 0.1 for error in refused)
    assert (await ada.call("send_message", {"message": "Hello"}))["ok"], "sending has its own"

"""Acknowledgements: their shapes, that there is exactly one, and what comes before and after it."""

import json
from typing import Any

import pytest

from tests.conftest import Come, Dial, Served

MESSAGE = {
    "id",
    "room",
    "seq",
    "rev",
    "user_id",
    "username",
    "message",
    "timestamp",
    "date",
    "created_at",
}
JOINED = {
    "room",
    "room_name",
    "topic",
    "messages",
    "users",
    "user_count",
    "rev",
    "first_seq",
    "last_seq",
    "read_seq",
    "mention_count",
    "has_more",
    "history_id",
}


async def test_every_ack_has_its_shape(chat: Served, come: Come) -> None:
    ada = await come(chat)
    named = await ada.ok("set_username", {"username": "Ada"})
    assert named.keys() == {"ok", "username", "user_id", "role", "history_id", "limits", "token"}
    assert named["limits"] == {"max_message_length": 4000, "typing_timeout": 3000}
    rooms = await ada.ok("get_rooms")
    assert rooms.keys() == {"ok", "rooms"}
    joined = await ada.ok("join_room", {"room": "general"})
    assert joined.keys() == {"ok"} | JOINED
    sent = await ada.ok("send_message", {"message": "Hello", "client_id": "c-1"})
    assert sent.keys() == {"ok", "message"}
    assert sent["message"].keys() == MESSAGE | {"client_id"}
    assert (await ada.ok("send_message", {"message": "Again"}))["message"].keys() == MESSAGE
    assert await ada.ok("typing", {"typing": True}) == {"ok": True}
    assert await ada.ok("mark_read", {"room": "general", "seq": 2}) == {
        "ok": True, "room": "general", "seq": 2, "mention_count": 0,
    }  # fmt: skip


async def test_every_ack_of_a_change_has_the_message_in_full(chat: Served, come: Come) -> None:
    ada = await come(chat, "Ada", "general")
    sent = (await ada.ok("send_message", {"message": "I am @Ada"}))["message"]
    assert sent.keys() == MESSAGE | {"mentions"}
    reply = (await ada.ok("send_message", {"message": "Indeed", "reply_to": sent["id"]}))["message"]
    assert reply.keys() == MESSAGE | {"reply_to"}
    edited = await ada.ok("edit_message", {"id": sent["id"], "message": "I am"})
    assert edited.keys() == {"ok", "message"}
    assert edited["message"].keys() == MESSAGE | {"edited_at"}
    reacted = await ada.ok("react", {"id": reply["id"], "emoji": "👍", "on": True})
    assert reacted["message"].keys() == MESSAGE | {"reply_to", "reactions"}
    deleted = await ada.ok("delete_message", {"id": reply["id"]})
    assert deleted["message"].keys() == MESSAGE | {"deleted"}
    here = (await ada.ok("join_room", {"room": "general"}))["history_id"]
    synced = await ada.ok("sync", {"history_id": here, "rooms": {"general": 0}})
    assert synced == {
        "ok": True,
        "history_id": here,
        "rooms": {"general": {"rev": 5, "messages": [edited["message"], deleted["message"]]}},
    }


async def test_a_name_confirmed_or_changed_brings_no_second_token(chat: Served, come: Come) -> None:
    ada = await come(chat, "Ada")
    assert "token" not in await ada.ok("set_username", {"username": "Ada"})
    assert "token" not in await ada.ok("set_username", {"username": "Countess"})


async def test_the_token_is_in_the_ack_and_in_no_event(chat: Served, come: Come) -> None:
    ada = await come(chat)
    token = (await ada.ok("set_username", {"username": "Ada"}))["token"]
    assert token
    assert "token" not in await ada.wait("username_set")


FAILURES: list[tuple[str, Any, str, str | None]] = [
    ("set_username", {"username": "A b"}, "bad_request", "username"),
    ("set_username", {"username": "x" * 33}, "too_long", "username"),
    ("set_username", {"username": "Bo"}, "taken", "username"),
    ("join_room", {"room": "nowhere"}, "not_found", "room"),
    ("join_room", {}, "bad_request", "room"),
    ("send_message", {"message": "x" * 4001, "room": "general"}, "too_long", "message"),
    ("send_message", {"message": "Hello", "room": "nowhere"}, "not_found", "room"),
    ("send_message", {"message": "Hello"}, "bad_request", "room"),
    ("typing", {"typing": True}, "bad_request", "room"),
    ("mark_read", {"room": "nowhere", "seq": 1}, "not_found", "room"),
    ("mark_read", {"room": "general", "seq": -1}, "bad_request", "seq"),
    ("edit_message", {"id": "1", "message": "Hello"}, "not_found", None),
    ("edit_message", {"id": "x", "message": "Hello"}, "bad_request", "id"),
    ("edit_message", {"id": "1", "message": " "}, "bad_request", "message"),
    ("edit_message", {"id": "1", "message": "x" * 4001}, "too_long", "message"),
    ("delete_message", {"id": "1"}, "not_found", None),
    ("delete_message", {}, "bad_request", "id"),
    ("react", {"id": "1", "emoji": "👍", "on": True}, "not_found", None),
    ("react", {"id": "1", "emoji": "yes", "on": True}, "bad_request", "emoji"),
    ("send_message", {"message": "Hello", "room": "general", "reply_to": "1"}, "not_found", "reply_to"),
    ("sync", {"history_id": "here"}, "bad_request", "rooms"),
    ("dance", {}, "bad_request", None),
]


@pytest.mark.parametrize("has_ack", [True, False], ids=["ack", "no-ack"])
async def test_every_failure_is_told_once_and_in_one_shape(chat: Served, dial: Dial, *, has_ack: bool) -> None:
    await dial(chat, "Bo")
    ada = await dial(chat, "Ada")
    for event, payload, code, field in FAILURES:
        del ada.heard[:]
        if has_ack:
            answer = await ada.call(event, payload)
            assert answer["ok"] is False
            told = answer["error"]
        else:
            await ada.send("42" + json.dumps([event, payload]))
            told = await ada.wait("error")
            assert told.pop("event") == event
        assert told["message"]
        expected = {"code": code} | ({} if field is None else {"field": field})
        assert {key: value for key, value in told.items() if key != "message"} == expected, event
        await ada.call("get_rooms", None)
        assert len(ada.heard) == 3, ada.heard  # this one, then rooms_list and its ack


@pytest.mark.parametrize(
    ("event", "payload"),
    [
        ("join_room", {"room": "general"}),
        ("send_message", {"message": "Hello", "room": "general"}),
        ("typing", {"typing": True}),
        ("mark_read", {"room": "general", "seq": 0}),
        ("edit_message", {"id": "1", "message": "Hello"}),
        ("delete_message", {"id": "1"}),
        ("react", {"id": "1", "emoji": "👍", "on": True}),
        ("sync", {"history_id": "here", "rooms": {"general": 0}}),
    ],
)
async def test_without_a_name_nothing_is_done(chat: Served, come: Come, event: str, payload: dict[str, Any]) -> None:
    stranger = await come(chat)
    answer = await stranger.call(event, payload)
    assert answer["error"]["code"] == "not_identified"
    assert stranger.heard == []


async def test_the_answer_event_comes_before_the_ack(chat: Served, dial: Dial) -> None:
    ada = await dial(chat)
    for event, payload, answered in (
        ("set_username", {"username": "Ada"}, "username_set"),
        ("get_rooms", None, "rooms_list"),
        ("join_room", {"room": "general"}, "joined_room"),
    ):
        del ada.heard[:]
        number = await ada.ask(event, payload)
        await ada.answer(number)
        assert ada.names() == [answered, f"ack {number}"]


async def test_the_join_itself_is_told_after_its_ack(chat: Served, dial: Dial) -> None:
    ada = await dial(chat, "Ada")
    del ada.heard[:]
    number = await ada.ask("join_room", {"room": "general"})
    await ada.wait("user_joined")
    assert ada.names() == ["joined_room", f"ack {number}", "user_joined"]


async def test_the_ack_of_a_send_comes_before_its_broadcast(chat: Served, dial: Dial) -> None:
    ada, bo = await dial(chat, "Ada", "general"), await dial(chat, "Bo", "general")
    await ada.hear('42["user_joined"')
    del ada.heard[:]
    numbers = [await ada.ask("send_message", {"message": f"Number {number}"}) for number in range(20)]
    for _ in numbers:
        await ada.wait("new_message")
    heard = [name for name in ada.names() if name != "room_activity"]
    for place, number in enumerate(numbers):
        told = [index for index, name in enumerate(heard) if name == "new_message"][place]
        assert heard.index(f"ack {number}") < told
    for number in range(20):
        assert (await bo.wait("new_message"))["message"] == f"Number {number}"


async def test_a_rename_is_acked_before_it_is_told(chat: Served, dial: Dial) -> None:
    ada = await dial(chat, "Ada")
    del ada.heard[:]
    number = await ada.ask("set_username", {"username": "Countess"})
    await ada.wait("user_changed")
    assert ada.names() == ["username_set", f"ack {number}", "user_changed"]


async def test_events_of_one_client_are_done_in_order(chat: Served, dial: Dial) -> None:
    ada = await dial(chat)
    first = await ada.ask("set_username", {"username": "Ada"})
    await ada.ask("join_room", {"room": "general"})
    await ada.ask("send_message", {"message": "In General"})
    await ada.ask("join_room", {"room": "tech"})
    last = await ada.ask("send_message", {"message": "In Tech Talk"})
    rooms = {}
    for number in range(first, last + 1):
        answer = await ada.answer(number)
        assert answer["ok"], answer
        if "message" in answer:
            rooms[answer["message"]["message"]] = answer["message"]["room"]
    assert rooms == {"In General": "general", "In Tech Talk": "tech"}

"""Conversations: the same people have one, leaving hides it, and a message brings it back to all of them."""

import asyncio
from typing import Any

import httpx
import pytest

from tests.conftest import Client, Come, Serve, Served
from tests.integration.test_changes import refusal, say
from tests.integration.test_messages import bearer, sign_in
from tests.integration.test_rest import check_error
from tests.integration.test_rooms import listed, room_of, rows, store


def names(room: dict[str, Any]) -> list[str]:
    """Who talks in a room."""
    return [one["username"] for one in room["members"]]


async def test_the_same_people_have_one_conversation(chat: Served, come: Come, http: httpx.AsyncClient) -> None:
    ada, bo, cleo = await come(chat, "Ada"), await come(chat, "Bo"), await come(chat)
    token = (await cleo.ok("set_username", {"username": "Cleo"}))["token"]
    room = await room_of(ada, "open_direct", usernames=["Bo"])
    assert (room["kind"], names(room), room["name"], room["topic"]) == ("direct", ["Ada", "Bo"], "Ada, Bo", "")
    assert room["id"].startswith("direct-")
    assert await bo.wait("room_added") == await ada.wait("room_added") == {"room": room}
    assert await room_of(bo, "open_direct", usernames=["ADA", " ada ", "Bo"]) == room
    answer = await http.post("/api/directs", json={"usernames": ["Bo", "Ada"]}, headers=bearer(token))
    assert answer.status_code == 201
    three = answer.json()
    assert (three["id"] != room["id"], names(three)) == (True, ["Ada", "Bo", "Cleo"])
    again = await http.post("/api/directs", json={"usernames": ["Ada", "Bo", "Cleo"]}, headers=bearer(token))
    assert (again.status_code, again.json()) == (200, three)
    shown = await listed(ada)
    assert (shown[room["id"]]["members"], shown[three["id"]]["members"]) == (room["members"], three["members"])
    assert room["id"] not in await listed(cleo)
    assert [told["room"]["id"] for told in cleo.all("room_added")] == [three["id"]]
    for event, payload in (
        ("join_room", {"room": room["id"]}),
        ("send_message", {"room": room["id"], "message": "Me too"}),
        ("leave_room", {"room": room["id"]}),
    ):
        assert await refusal(cleo, event, payload) == ("not_found", "room")


async def test_asked_for_at_once_it_is_one_room_all_the_same(serve: Serve, come: Come) -> None:
    chat = await serve(rate_limit=False)
    ada, bo = await come(chat, "Ada"), await come(chat, "Bo")
    asked = [client.call("open_direct", {"usernames": [other]}) for client, other in ((ada, "Bo"), (bo, "Ada"))]
    asked += [ada.call("open_direct", {"usernames": ["Bo"]}) for _ in range(5)]
    rooms = {answer["room"]["id"] for answer in await asyncio.gather(*asked)}
    assert len(rooms) == 1
    await say(ada, "Hello", room=rooms.pop())
    await bo.wait("room_activity")
    for client in (ada, bo):
        assert len(client.all("room_added")) == 1
    assert len(rows(chat, "SELECT * FROM rooms WHERE kind = 'direct'")) == 1


async def test_with_whom_one_may_talk(chat: Served, come: Come, http: httpx.AsyncClient) -> None:
    ada, guest = await come(chat, "Ada"), await come(chat)
    await guest.emit("set_username", {"username": "Guest"})
    await guest.wait("username_set")
    for number in range(10):
        await sign_in(http, f"Number-{number}")
    await store(chat, "UPDATE users SET banned_at = 1 WHERE username = 'Number-9'")
    for nobody in ("Nobody", "Guest", "Number-9", ""):
        payload = {"usernames": ["Number-1", nobody]}
        assert await refusal(ada, "open_direct", payload) == ("not_found", "usernames")
    wrong: tuple[Any, ...] = (["Ada"], [], "Number-1", ["Number-1", 7], ["Number-1", "a\0b"], ["x" * 201])
    for usernames in wrong:
        assert await refusal(ada, "open_direct", {"usernames": usernames}) == ("bad_request", "usernames")
    await store(chat, "UPDATE users SET banned_at = NULL")
    await sign_in(http, "Eleventh")
    ten = [f"Number-{number}" for number in range(9)]
    room = await room_of(ada, "open_direct", usernames=ten)
    assert (len(room["members"]), len(room["name"]) <= 64) == (10, True)
    assert await refusal(ada, "open_direct", {"usernames": [*ten, "Eleventh"]}) == ("bad_request", "usernames")
    assert await refusal(ada, "update_room", {"room": room["id"], "name": "We"}) == ("forbidden", None)
    assert await refusal(ada, "invite", {"room": room["id"], "username": "Eleventh"}) == ("forbidden", None)
    assert await refusal(ada, "remove_member", {"room": room["id"], "username": "Number-1"}) == ("forbidden", None)


async def leave(client: Client, room: str) -> None:
    """Leave a conversation, and hear so."""
    await client.ok("leave_room", {"room": room})
    await client.wait("room_removed", lambda told: told == {"room": room})
    assert room not in await listed(client)


@pytest.mark.parametrize("where", ["general", "the conversation"])
async def test_a_message_brings_back_who_left(chat: Served, come: Come, where: str) -> None:
    ada, bo, cleo = await come(chat, "Ada"), await come(chat, "Bo", "general"), await come(chat, "Cleo")
    room = await room_of(ada, "open_direct", usernames=["Bo", "Cleo"])
    await ada.ok("join_room", {"room": room["id"] if where == "the conversation" else "tech"})
    await say(ada, "First", room=room["id"])
    for client in (bo, cleo):
        await leave(client, room["id"])
        assert await refusal(client, "send_message", {"room": room["id"], "message": "No"}) == ("not_found", "room")
        del client.heard[:]
    assert names((await listed(ada))[room["id"]]) == ["Ada", "Bo", "Cleo"]
    said = await say(ada, "@Bo second", room=room["id"])
    for client, is_named in ((bo, True), (cleo, False)):
        added = await client.wait("room_added")
        assert (added["room"]["id"], added["room"]["last_seq"], names(added["room"])) == (
            room["id"], 1, ["Ada", "Bo", "Cleo"]
        )  # fmt: skip
        await client.wait("room_activity", lambda told: told["room"] == room["id"] and told["last_seq"] == 2)
        events = [event for event, told in client.heard if room["id"] in str(told)]
        assert events[0] == "room_added"
        shown = (await listed(client))[room["id"]]
        assert (shown["read_seq"], shown["last_seq"], shown.get("mention_count", 0)) == (1, 2, int(is_named))
        joined = await client.ok("join_room", {"room": room["id"]})
        assert joined["messages"][-1] == said
    await say(ada, "Third", room=room["id"])
    await bo.wait("new_message", lambda told: told["message"] == "Third")
    assert len(bo.all("room_added")) == 1, "once"


async def test_who_opens_a_conversation_that_they_left_belongs_to_it_again(serve: Serve, come: Come) -> None:
    chat = await serve(rate_limit=False)
    ada, bo = await come(chat, "Ada"), await come(chat, "Bo", "general")
    room = await room_of(ada, "open_direct", usernames=["Bo"])
    await say(ada, "Hello", room=room["id"])
    for client in (ada, bo):
        await leave(client, room["id"])
        del client.heard[:]
    opened = await asyncio.gather(*(ada.call("open_direct", {"usernames": ["Bo"]}) for _ in range(3)))
    assert {(answer["room"]["id"], answer["room"]["last_seq"]) for answer in opened} == {(room["id"], 1)}
    assert (await listed(ada))[room["id"]]["read_seq"] == 1
    assert (room["id"] in await listed(bo), bo.all("room_added"), len(ada.all("room_added"))) == (False, [], 1)
    await asyncio.gather(*(ada.call("send_message", {"room": room["id"], "message": f"Number {n}"}) for n in range(5)))
    await bo.wait("room_activity", lambda told: told["room"] == room["id"] and told["last_seq"] == 6)
    assert (len(bo.all("room_added")), (await listed(bo))[room["id"]]["read_seq"]) == (1, 1)


async def test_a_refused_message_brings_nobody_back(chat: Served, come: Come) -> None:
    ada, bo = await come(chat, "Ada"), await come(chat, "Bo", "general")
    room = (await room_of(ada, "open_direct", usernames=["Bo"]))["id"]
    await leave(bo, room)
    payload = {"room": room, "message": "Hello", "reply_to": "1"}
    assert await refusal(ada, "send_message", payload) == ("not_found", "reply_to")
    await store(chat, "UPDATE users SET muted_until = 9999999999999 WHERE username = 'Ada'")
    assert await refusal(ada, "send_message", {"room": room, "message": "Hello"}) == ("forbidden", None)
    assert room not in await listed(bo)
    assert len(bo.all("room_added")) == 1


async def test_the_members_of_a_conversation_are_those_who_talk(
    chat: Served, come: Come, http: httpx.AsyncClient
) -> None:
    token, bo = await sign_in(http, "Ada"), await come(chat, "Bo")
    room = (await http.post("/api/directs", json={"usernames": ["Bo"]}, headers=bearer(token))).json()["id"]
    await leave(bo, room)
    found = (await http.get(f"/api/rooms/{room}/members", headers=bearer(token))).json()
    assert ([one["username"] for one in found["members"]], found["count"]) == (["Ada", "Bo"], 2)
    check_error(
        await http.post("/api/directs", json={"usernames": ["Nobody"]}, headers=bearer(token)),
        404,
        "not_found",
        "usernames",
    )

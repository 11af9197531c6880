"""Who belongs to a room: invitations, leaving, removals; and that nobody else is told that a private room is there."""

import asyncio
from typing import Any

import httpx
import pytest

from tests.conftest import Client, Come, Serve, Served
from tests.integration.test_changes import refusal, say
from tests.integration.test_messages import bearer, sign_in
from tests.integration.test_rest import check_error
from tests.integration.test_roles import give
from tests.integration.test_rooms import listed, room_of, rows, store


async def private_room(maker: Client, *invited: str, name: str = "Plans") -> str:
    """The id of a new private room with these people in it."""
    room = await room_of(maker, "create_room", name=name, private=True)
    assert (room["kind"], room["id"].startswith("private-"), len(room["id"]) > 32) == ("private", True, True)
    for username in invited:
        assert await room_of(maker, "invite", room=room["id"], username=username) == room
    return str(room["id"])


async def test_a_private_room_is_there_for_its_members_alone(chat: Served, come: Come, http: httpx.AsyncClient) -> None:
    ada, bo, mo = await come(chat, "Ada"), await come(chat, "Bo", "general"), await come(chat, "Mo", "general")
    await give(http, "Mo", "host")
    await mo.wait("username_set", lambda told: told["role"] == "host")
    cleo = await sign_in(http, "Cleo")
    room = await private_room(ada)
    assert (await listed(ada))[room]["read_seq"] == 0
    said = await say(ada, "Between us", room=room)
    await say(ada, "@Mo @Bo", room=room)
    invited = await room_of(ada, "invite", room=room, username=" bo ")
    assert invited["last_seq"] == 2
    assert (await bo.wait("room_added")) == {"room": invited}
    assert ((await listed(bo))[room]["read_seq"], (await listed(bo))[room].get("mention_count")) == (2, None)
    await ada.ok("join_room", {"room": room})
    await say(ada, "Welcome")
    activity = await bo.wait("room_activity", lambda told: told["room"] == room and told["last_seq"] == 3)
    assert activity["user_count"] == 1
    joined = await bo.ok("join_room", {"room": room})
    assert (joined["read_seq"], joined["users"], joined["messages"][0]) == (2, ["Ada", "Bo"], said)
    await say(bo, "Hello")
    await ada.wait("new_message", lambda told: told["username"] == "Bo")
    for event, payload in (
        ("join_room", {"room": room}),
        ("send_message", {"room": room, "message": "Me too"}),
        ("mark_read", {"room": room, "seq": 1}),
        ("invite", {"room": room, "username": "Mo"}),
        ("update_room", {"room": room, "name": "Mine"}),
        ("remove_member", {"room": room, "username": "Bo"}),
        ("leave_room", {"room": room}),
    ):
        assert await refusal(mo, event, payload) == ("not_found", "room"), event
        assert await refusal(mo, event, {**payload, "room": "private-none"}) == ("not_found", "room")
    answer = await mo.ok("sync", {"history_id": joined["history_id"], "rooms": {room: 0}})
    assert answer["rooms"][room] == {"rev": 0, "messages": [], "gone": True}
    for path in (f"/api/rooms/{room}/members", f"/api/rooms/{room}/users", f"/api/rooms/{room}/messages"):
        check_error(await http.get(path, headers=bearer(cleo)), 404, "not_found", "room")
    # All of that has been told when the next thing that everybody hears is.
    await say(ada, "Hello all", room="general")
    await mo.wait("new_message")
    assert room not in await listed(mo)
    assert all(room not in str(payload) for _, payload in mo.heard if _ != "error")


async def test_who_may_invite_whom(chat: Served, come: Come, http: httpx.AsyncClient) -> None:
    ada, bo, guest = await come(chat, "Ada"), await come(chat, "Bo"), await come(chat)
    await guest.emit("set_username", {"username": "Guest"})
    await guest.wait("username_set")
    for name in ("Gwen", "Banned"):
        await sign_in(http, name)
    gwen = await come(chat, auth={"token": await sign_in(http, "Gwendolyn")})
    await store(chat, "UPDATE users SET role = 'guest' WHERE username = 'Gwendolyn'")
    await store(chat, "UPDATE users SET banned_at = 1 WHERE username = 'Banned'")
    room = await private_room(ada, "Bo", "Gwendolyn")
    for nobody in ("Nobody", "Guest", "Banned", ""):
        assert await refusal(ada, "invite", {"room": room, "username": nobody}) == ("not_found", "username")
    assert await refusal(ada, "invite", {"room": "general", "username": "Bo"}) == ("forbidden", None)
    assert await refusal(gwen, "invite", {"room": room, "username": "Gwen"}) == ("forbidden", None)
    await room_of(bo, "invite", room=room, username="Gwen")
    await store(chat, "UPDATE users SET muted_until = 9999999999999 WHERE username = 'Bo'")
    assert await refusal(bo, "invite", {"room": room, "username": "Gwen"}) == ("forbidden", None)
    assert await refusal(bo, "create_room", {"name": "What I say"}) == ("forbidden", None)
    await bo.ok("leave_room", {"room": room})
    token = await sign_in(http, "Dan")
    answer = await http.post(f"/api/rooms/{room}/members", json={"username": "Dan"}, headers=bearer(token))
    check_error(answer, 404, "not_found", "room")


async def test_an_invitation_is_told_once_however_often_it_is_given(serve: Serve, come: Come) -> None:
    chat = await serve(rate_limit=False)
    ada, bo, cleo = await come(chat, "Ada"), await come(chat, "Bo"), await come(chat, "Cleo")
    room = await private_room(ada, "Bo")
    asked = [client.call("invite", {"room": room, "username": "Cleo"}) for client in (ada, bo) for _ in range(3)]
    # The last is asked by one who belongs to the room by the first of the batch.
    assert all(answer["ok"] for answer in await asyncio.gather(*asked, cleo.call("get_rooms")))
    await cleo.ok("join_room", {"room": room})
    assert len(cleo.all("room_added")) == 1
    await cleo.ok("mark_read", {"room": room, "seq": 0})
    await room_of(ada, "invite", room=room, username="Cleo")
    await say(ada, "Hello", room=room)
    await cleo.wait("new_message")
    assert len(cleo.all("room_added")) == 1


async def test_leaving_a_private_room_ends_everything_there(chat: Served, come: Come) -> None:
    ada, bo = await come(chat, "Ada"), await come(chat)
    token = (await bo.ok("set_username", {"username": "Bo"}))["token"]
    room = await private_room(ada, "Bo")
    phone = await come(chat, auth={"token": token})
    for client in (ada, bo, phone):
        await client.ok("join_room", {"room": room})
    said = await say(ada, "@Bo look")
    await bo.ok("typing", {"typing": True})
    await ada.wait("user_typing", lambda told: told["typing"])
    assert await phone.ok("leave_room", {"room": room}) == {"ok": True, "room": room}
    for client in (bo, phone):
        assert await client.wait("room_removed") == {"room": room}
        assert room not in await listed(client)
    assert (await ada.wait("user_left"))["user_count"] == 1
    await ada.wait("user_typing", lambda told: not told["typing"])
    for event, payload in (
        ("send_message", {"message": "Still"}),
        ("typing", {"typing": True}),
    ):
        assert await refusal(bo, event, payload) == ("bad_request", "room"), "in no room"
    assert await refusal(bo, "react", {"id": said["id"], "emoji": "👍", "on": True}) == ("not_found", None)
    assert await refusal(bo, "leave_room", {"room": room}) == ("not_found", "room")
    assert rows(chat, "SELECT count(*) FROM mentions") == [(0,)]
    bo.heard.clear()
    await say(ada, "Gone", room=room)
    await say(ada, "Here", room="general")
    await bo.wait("room_activity", lambda told: told["room"] == "general")
    assert all(room not in str(told) for _, told in bo.heard)
    await room_of(ada, "invite", room=room, username="Bo")
    shown = (await listed(bo))[room]
    assert (shown["read_seq"], shown["last_seq"], shown.get("mention_count")) == (2, 2, None)


async def test_who_left_a_public_room_comes_back_by_joining(chat: Served, come: Come, http: httpx.AsyncClient) -> None:
    ada, bo = await come(chat, "Ada", "general"), await come(chat)
    token = (await bo.ok("set_username", {"username": "Bo"}))["token"]
    phone = await come(chat, auth={"token": token})
    for _ in range(2):
        assert await bo.ok("leave_room", {"room": "general"}) == {"ok": True, "room": "general"}
    for client in (bo, phone):
        assert await client.wait("room_removed") == {"room": "general", "is_public": True}
    await say(ada, "@Bo come back")
    shown = (await listed(bo))["general"]
    assert (shown["last_seq"], shown.get("read_seq"), shown.get("mention_count")) == (1, None, None)
    joined = await bo.ok("join_room", {"room": "general"})
    assert (joined["read_seq"], joined["last_seq"], joined["mention_count"]) == (1, 1, 0)
    added = await phone.wait("room_added")
    assert (added["room"]["id"], added["room"]["last_seq"]) == ("general", 1)
    assert (await listed(phone))["general"]["read_seq"] == 1
    assert len(phone.all("room_removed")) == 1
    await phone.ok("join_room", {"room": "general"})
    answer = await http.delete("/api/rooms/general/members/me", headers=bearer(token))
    assert (answer.status_code, answer.content) == (204, b"")
    left = await ada.wait("user_left")
    assert (left["username"], left["user_count"]) == ("Bo", 1)
    check_error(await http.delete("/api/rooms/nowhere/members/me", headers=bearer(token)), 404, "not_found", "room")


async def test_a_guest_without_an_account_leaves_too(chat: Served, come: Come) -> None:
    ada, guest = await come(chat, "Ada", "general"), await come(chat)
    await guest.emit("set_username", {"username": "Guest"})
    await guest.emit("join_room", {"room": "general"})
    await guest.wait("joined_room")
    await guest.ok("leave_room", {"room": "general"})
    assert (await ada.wait("user_left"))["username"] == "Guest"
    assert await refusal(guest, "send_message", {"message": "Hello"}) == ("bad_request", "room")


async def test_the_last_member_leaves_a_room_that_nobody_sees_any_more(
    chat: Served, come: Come, http: httpx.AsyncClient
) -> None:
    ada, mo = await come(chat, "Ada"), await come(chat, "Mo")
    await give(http, "Mo", "host")
    room = await private_room(ada)
    await say(ada, "Alone", room=room)
    await ada.ok("leave_room", {"room": room})
    assert await refusal(ada, "join_room", {"room": room}) == ("not_found", "room")
    assert await refusal(mo, "update_room", {"room": room, "archived": False}) == ("not_found", "room")
    [(archived_at, last_seq)] = rows(chat, f"SELECT archived_at, last_seq FROM rooms WHERE id = '{room}'")
    assert (archived_at > 0, last_seq) == (True, 1), "it is kept"


async def test_whoever_made_a_room_removes_people_from_it(chat: Served, come: Come, http: httpx.AsyncClient) -> None:
    ada, bo, _ = await come(chat), await come(chat, "Bo"), await come(chat, "Ho")
    token = (await ada.ok("set_username", {"username": "Ada"}))["token"]
    await give(http, "Ho", "host")
    room = await private_room(ada, "Bo", "Ho")
    for client in (ada, bo):
        await client.ok("join_room", {"room": room})
    assert await refusal(bo, "remove_member", {"room": room, "username": "Ada"}) == ("forbidden", None)
    assert await refusal(ada, "remove_member", {"room": room, "username": "Ho"}) == ("forbidden", None)
    assert await refusal(ada, "remove_member", {"room": room, "username": "Ada"}) == ("forbidden", None)
    assert await refusal(ada, "remove_member", {"room": room, "username": "Nobody"}) == ("not_found", "username")
    assert await ada.ok("remove_member", {"room": room, "username": "BO"}) == {"ok": True, "room": room}
    assert await bo.wait("room_removed") == {"room": room}
    assert (await ada.wait("user_left"))["username"] == "Bo"
    assert await refusal(bo, "send_message", {"message": "Why?"}) == ("bad_request", "room")
    assert await refusal(bo, "join_room", {"room": room}) == ("not_found", "room")
    assert await refusal(ada, "remove_member", {"room": room, "username": "Bo"}) == ("not_found", "username")
    await room_of(ada, "invite", room=room, username="Bo")
    [(bo_id,)] = rows(chat, "SELECT id FROM users WHERE username = 'Bo'")
    for status in (204, 404):
        answer = await http.delete(f"/api/rooms/{room}/members/{bo_id}", headers=bearer(token))
        assert answer.status_code == status
    for nobody in ("1", "x", "9" * 30):
        answer = await http.delete(f"/api/rooms/{room}/members/{nobody}", headers=bearer(token))
        check_error(answer, 404, "not_found", "username")
    removals = rows(chat, "SELECT count(*) FROM audit WHERE action = 'removed_from_room'")
    assert removals == [(0,)], "who made a room is no moderator of it"


async def test_moderators_remove_people_from_public_rooms_and_that_is_noted(
    chat: Served, come: Come, http: httpx.AsyncClient
) -> None:
    mo, bo, guest = await come(chat, "Mo", "general"), await come(chat, "Bo", "general"), await come(chat)
    await guest.emit("set_username", {"username": "Guest"})
    await guest.emit("join_room", {"room": "general"})
    await guest.wait("joined_room")
    assert await refusal(mo, "remove_member", {"room": "general", "username": "Bo"}) == ("forbidden", None)
    await give(http, "Mo", "moderator")
    for client, name in ((bo, "Bo"), (guest, "Guest")):
        await mo.ok("remove_member", {"room": "general", "username": name})
        assert await client.wait("room_removed") == {"room": "general", "is_public": True}
        assert (await mo.wait("user_left"))["username"] == name
        mo.heard.clear()
    assert "read_seq" not in (await listed(bo))["general"]
    await mo.ok("update_room", {"room": "general", "topic": "Be kind", "archived": True})
    await mo.ok("update_room", {"room": "general", "archived": False})
    noted = rows(chat, "SELECT actor, action, subject FROM audit WHERE actor = 'Mo' ORDER BY id")
    assert noted == [
        ("Mo", "removed_from_room", "Bo"),
        ("Mo", "removed_from_room", "Guest"),
        ("Mo", "room_archived", "General"),
        ("Mo", "room_changed", "General"),
        ("Mo", "room_reopened", "General"),
    ]


async def test_two_who_remove_each_other_at_once_do_not_both_succeed(serve: Serve, come: Come) -> None:
    chat = await serve(rate_limit=False)
    ada, bo = await come(chat, "Ada"), await come(chat, "Bo")
    await store(chat, "UPDATE users SET role = 'moderator'")
    room = await private_room(ada, "Bo")
    answers = await asyncio.gather(
        ada.call("remove_member", {"room": room, "username": "Bo"}),
        bo.call("remove_member", {"room": room, "username": "Ada"}),
        ada.call("remove_member", {"room": room, "username": "Bo"}),
    )
    assert sum(answer["ok"] for answer in answers) == 1
    assert len(rows(chat, f"SELECT * FROM memberships WHERE room_id = '{room}'")) == 1


async def test_leaving_and_writing_in_one_breath(serve: Serve, come: Come) -> None:
    chat = await serve(rate_limit=False)
    ada, bo = await come(chat, "Ada"), await come(chat, "Bo")
    room = await private_room(ada, "Bo")
    await bo.ok("join_room", {"room": room})
    answers = await asyncio.gather(
        *(
            bo.call(*asked)
            for asked in (
                ("send_message", {"message": "Bye", "room": room}),
                ("leave_room", {"room": room}),
                ("send_message", {"message": "Late"}),
                ("send_message", {"message": "Late", "room": room}),
                ("join_room", {"room": room}),
            )
        )
    )
    assert [answer["ok"] for answer in answers] == [True, True, False, False, False]
    assert [answer["error"]["code"] for answer in answers[2:]] == ["bad_request", "not_found", "not_found"]


async def test_members_are_listed_by_id_a_page_at_a_time(chat: Served, come: Come, http: httpx.AsyncClient) -> None:
    tokens = [await sign_in(http, name) for name in ("Ada", "Bo", "Cleo")]
    guest = await come(chat)
    await guest.emit("set_username", {"username": "Guest"})
    await guest.emit("join_room", {"room": "general"})
    await guest.wait("joined_room")
    await come(chat, room="general", auth={"token": tokens[1]})
    await give(http, "Cleo", "moderator")

    async def members(room: str, query: str = "", token: str = tokens[0]) -> dict[str, Any]:
        found: dict[str, Any] = (await http.get(f"/api/rooms/{room}/members{query}", headers=bearer(token))).json()
        return found

    found = await members("general")
    told = [(one["username"], one["role"], one["is_present"]) for one in found["members"]]
    assert told == [("Ada", "member", False), ("Bo", "member", True), ("Cleo", "moderator", False)]
    ids = [int(one["user_id"]) for one in found["members"]]
    assert (found["count"], ids) == (3, sorted(ids))
    page = await members("general", f"?limit=1&after={ids[0]}")
    assert page == {"members": found["members"][1:2], "count": 3}
    assert (await members("general", f"?after={ids[2]}"))["members"] == []
    for query in ("?limit=0", "?after=-1", "?limit=x"):
        assert (await members("general", query))["code"] == "bad_request"
    await http.delete("/api/rooms/general/members/me", headers=bearer(tokens[0]))
    assert (await members("general"))["count"] == 2, "who left sees it still"
    check_error(await http.get("/api/rooms/general/members"), 401, "not_identified")


@pytest.mark.parametrize("over", ["socket", "http"])
async def test_activity_of_a_private_room_reaches_its_members_elsewhere(
    chat: Served, come: Come, http: httpx.AsyncClient, over: str
) -> None:
    ada, bo, cleo = await come(chat), await come(chat, "Bo", "general"), await come(chat, "Cleo", "general")
    token = (await ada.ok("set_username", {"username": "Ada"}))["token"]
    room = await private_room(ada, "Bo")
    if over == "socket":
        await say(ada, "@Bo @Cleo", room=room)
    else:
        await http.post(f"/api/rooms/{room}/messages", json={"message": "@Bo @Cleo"}, headers=bearer(token))
    assert await bo.wait("room_activity", lambda told: told.get("mention", False))
    await bo.wait("room_activity", lambda told: told["room"] == room and "mention" not in told)
    assert (await listed(bo))[room]["mention_count"] == 1
    await say(ada, "Hello", room="tech")
    await cleo.wait("room_activity", lambda told: told["room"] == "tech")
    assert {told["room"] for told in cleo.all("room_activity")} <= {"general", "tech"}

"""Rooms are made, changed and archived: by whom, and who hears of it."""

import asyncio
import sqlite3
from contextlib import closing
from typing import Any

import httpx
import pytest

from chatapp import app
from chatapp.domain.limits import Limit
from tests.conftest import Client, Come, Serve, Served
from tests.integration.test_changes import refusal, say
from tests.integration.test_messages import bearer, sign_in
from tests.integration.test_rest import check_error
from tests.integration.test_roles import give


async def room_of(client: Client, event: str, /, **payload: Any) -> dict[str, Any]:
    """The room that a good event answers with."""
    room: dict[str, Any] = (await client.ok(event, payload))["room"]
    return room


async def listed(client: Client) -> dict[str, Any]:
    """The rooms as a client is told them."""
    rooms: dict[str, Any] = (await client.ok("get_rooms"))["rooms"]
    return rooms


def rows(chat: Served, query: str) -> list[Any]:
    """What is stored."""
    with closing(sqlite3.connect(chat.settings.data_dir / "chat.sqlite3")) as database:
        return database.execute(query).fetchall()


async def store(chat: Served, statement: str) -> None:
    """Store something that no command stores; beside the event loop, where the writer may hold a transaction."""

    def write() -> None:
        with closing(sqlite3.connect(chat.settings.data_dir / "chat.sqlite3")) as database, database:
            database.execute(statement)

    await asyncio.to_thread(write)


async def test_a_public_room_is_everybodys_at_once(chat: Served, come: Come, http: httpx.AsyncClient) -> None:
    ada, bo = await come(chat, "Ada", "general"), await come(chat, "Bo", "tech")
    away = await sign_in(http, "Cleo")
    made = await room_of(ada, "create_room", name=" Book  club ", topic="What we read")
    assert made == {
        "id": "book-club",
        "name": "Book club",
        "topic": "What we read",
        "message_count": 0,
        "last_seq": 0,
        "rev": 0,
        "kind": "public",
        "keeps": {"days": 365},
        "created_by": made["created_by"],
    }
    for client in (ada, bo):
        assert await client.wait("room_added") == {"room": made}
        shown = (await listed(client))["book-club"]
        assert (shown["name"], shown["read_seq"], shown["created_by"]) == ("Book club", 0, made["created_by"])
    await say(ada, "Hello", room="book-club")
    assert (await bo.wait("room_activity", lambda told: told["room"] == "book-club"))["last_seq"] == 1
    rooms = (await http.get("/api/rooms", headers=bearer(away))).json()
    assert (rooms["book-club"]["read_seq"], rooms["book-club"]["last_seq"]) == (0, 1), "unread from then on"


async def test_rooms_of_one_name_are_one_and_ids_differ(chat: Served, come: Come) -> None:
    ada = await come(chat, "Ada")
    for name in ("General", "gеneral", " TECH TALK"):
        assert await refusal(ada, "create_room", {"name": name}) == ("taken", "name")
    assert (await room_of(ada, "create_room", name="Tech!"))["id"] == "tech-2"
    assert (await room_of(ada, "create_room", name="Привет"))["id"] == "room"
    assert (await room_of(ada, "create_room", name="General", private=True))["name"] == "General", (
        "nobody else's matter"
    )
    assert await refusal(ada, "update_room", {"room": "tech-2", "name": "Random"}) == ("taken", "name")
    assert (await room_of(ada, "update_room", room="tech-2", name="TECH!"))["name"] == "TECH!"


async def test_the_same_new_name_in_one_batch_is_taken_once(serve: Serve, come: Come) -> None:
    chat = await serve(rate_limit=False)
    ada, bo = await come(chat, "Ada"), await come(chat, "Bo")
    asked = [
        client.call("create_room", {"name": name}) for client in (ada, bo) for name in ("Plans", "PLANS", "Plans?")
    ]
    answers = await asyncio.gather(*asked)
    made = [answer["room"]["id"] for answer in answers if answer["ok"]]
    assert sorted(made) == ["plans", "plans-2"]
    assert {answer["error"]["code"] for answer in answers if not answer["ok"]} == {"taken"}
    # One gives a name up, the other takes it, in the order they ask.
    await ada.ok("update_room", {"room": made[0], "name": "Old plans"})
    renamed = await asyncio.gather(
        *(bo.call("create_room", {"name": name}) for name in ("old plans", "plans")),
    )
    assert [answer["ok"] for answer in renamed] == [False, made[0] == "plans"]


@pytest.mark.parametrize(
    ("payload", "code", "field"),
    [
        ({"name": ""}, "bad_request", "name"),
        ({"name": "\u202eevil"}, "bad_request", "name"),
        ({"name": "x" * 65}, "too_long", "name"),
        ({"name": "x" * 201}, "bad_request", "name"),
        ({"name": "Ok", "topic": "x" * 251}, "too_long", "topic"),
        ({"name": "Ok", "topic": "\u2067"}, "bad_request", "topic"),
        ({"name": "Ok", "private": "yes"}, "bad_request", "private"),
        ({}, "bad_request", "name"),
    ],
)
async def test_what_cannot_be_a_room_is_refused(
    chat: Served, come: Come, http: httpx.AsyncClient, payload: dict[str, Any], code: str, field: str
) -> None:
    ada = await come(chat)
    token = (await ada.ok("set_username", {"username": "Ada"}))["token"]
    assert await refusal(ada, "create_room", payload) == (code, field)
    answer = await http.post("/api/rooms", json=payload, headers=bearer(token))
    check_error(answer, 413 if code == "too_long" else 400, code, field)
    assert len(await listed(ada)) == 3


async def test_who_made_a_room_changes_it_and_others_do_not(chat: Served, come: Come, http: httpx.AsyncClient) -> None:
    ada, bo, mo = await come(chat, "Ada", "general"), await come(chat, "Bo"), await come(chat, "Mo")
    made = await room_of(ada, "create_room", name="Plans")
    assert await refusal(bo, "update_room", {"room": "plans", "topic": "Mine"}) == ("forbidden", None)
    changed = await room_of(ada, "update_room", room="plans", name="Travel", topic="Where to?")
    assert changed == {**made, "name": "Travel", "topic": "Where to?"}
    for client in (ada, bo):
        assert await client.wait("room_changed") == {"room": changed}
    await room_of(ada, "update_room", room="plans", name="Travel")
    await give(http, "Mo", "moderator")
    again = await room_of(mo, "update_room", room="plans", topic="")
    assert again == {**changed, "topic": ""}
    await bo.wait("room_changed", lambda told: told == {"room": again})
    assert len(bo.all("room_changed")) == 2, "nothing is told of a change that is none"
    assert await refusal(mo, "update_room", {"room": "nowhere", "topic": ""}) == ("not_found", "room")


async def test_an_archived_room_is_read_and_not_written_until_it_is_taken_up_again(
    chat: Served, come: Come, http: httpx.AsyncClient
) -> None:
    ada, bo = await come(chat, "Ada"), await come(chat, "Bo")
    await room_of(ada, "create_room", name="Plans")
    for client in (ada, bo):
        await client.ok("join_room", {"room": "plans"})
    said = await say(bo, "Hello")
    assert (await room_of(ada, "update_room", room="plans", archived=True))["archived"] is True
    assert (await bo.wait("room_changed"))["room"]["archived"] is True
    assert (await listed(bo))["plans"]["archived"] is True
    assert await refusal(bo, "send_message", {"message": "Still?"}) == ("conflict", "room")
    assert await refusal(bo, "edit_message", {"id": said["id"], "message": "Still?"}) == ("conflict", "room")
    assert await refusal(bo, "react", {"id": said["id"], "emoji": "👍", "on": True}) == ("conflict", "room")
    assert await refusal(ada, "update_room", {"room": "plans", "name": "Plans again"}) == ("conflict", "room")
    assert await refusal(ada, "create_room", {"name": "Plans"}) == ("taken", "name")
    assert (await bo.ok("join_room", {"room": "plans"}))["messages"] == [said]
    assert (await http.get("/api/rooms/plans/messages")).json()["messages"] == [said]
    await bo.ok("delete_message", {"id": said["id"]})
    reopened = await room_of(ada, "update_room", room="plans", archived=False, name="Plans again")
    assert (reopened.get("archived"), reopened["name"]) == (None, "Plans again")
    await say(bo, "At last")


async def test_guests_make_no_rooms(chat: Served, come: Come) -> None:
    guest, gwen = await come(chat), await come(chat, "Gwen")
    await guest.emit("set_username", {"username": "Guest"})
    await guest.wait("username_set")
    await store(chat, "UPDATE users SET role = 'guest' WHERE username = 'Gwen'")
    for client in (guest, gwen):
        assert await refusal(client, "create_room", {"name": "Mine"}) == ("forbidden", None)
        assert await refusal(client, "open_direct", {"usernames": ["Gwen", "Guest"]}) == ("forbidden", None)
        assert await refusal(client, "update_room", {"room": "general", "topic": "Mine"}) == ("forbidden", None)
    nobody = await come(chat)
    for event, payload in (
        ("create_room", {"name": "Mine"}),
        ("update_room", {"room": "general", "topic": "Mine"}),
        ("open_direct", {"usernames": ["Gwen"]}),
        ("invite", {"room": "general", "username": "Gwen"}),
        ("leave_room", {"room": "general"}),
        ("remove_member", {"room": "general", "username": "Gwen"}),
    ):
        assert await refusal(nobody, event, payload) == ("not_identified", None)


async def test_rooms_over_http(chat: Served, come: Come, http: httpx.AsyncClient) -> None:
    token = await sign_in(http, "Ada")
    bo = await come(chat, "Bo")
    answer = await http.post("/api/rooms", json={"name": "Plans", "topic": "Soon"}, headers=bearer(token))
    assert answer.status_code == 201
    assert await bo.wait("room_added") == {"room": answer.json()}
    changed = await http.patch("/api/rooms/plans", json={"archived": True}, headers=bearer(token))
    assert changed.json() == {**answer.json(), "archived": True}
    check_error(
        await http.patch("/api/rooms/plans", json={"topic": "Now"}, headers=bearer(token)), 409, "conflict", "room"
    )
    check_error(
        await http.patch("/api/rooms/none", json={"topic": "Now"}, headers=bearer(token)), 404, "not_found", "room"
    )
    check_error(await http.post("/api/rooms", json={"name": "Plans"}, headers=bearer(token)), 409, "taken", "name")
    check_error(await http.post("/api/rooms", json={"name": "Plans"}), 401, "not_identified")


async def test_changes_of_rooms_are_limited_by_person(
    serve: Serve, come: Come, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "ROOM_LIMIT", Limit(rate=0.01, burst=5))
    chat = await serve()
    ada, bo = await come(chat), await come(chat, "Bo")
    token = (await ada.ok("set_username", {"username": "Ada"}))["token"]
    answers = await asyncio.gather(*(ada.call("create_room", {"name": f"Number {n}"}) for n in range(8)))
    refused = [answer["error"] for answer in answers if not answer["ok"]]
    assert [error["code"] for error in refused] == ["rate_limited"] * 3
    assert all(error["retry_after"] > 0 for error in refused)
    async with httpx.AsyncClient(base_url=chat.url) as http:
        again = await http.post("/api/rooms", json={"name": "One more"}, headers=bearer(token))
    check_error(again, 429, "rate_limited")
    assert int(again.headers["Retry-After"]) >= 1
    await room_of(bo, "create_room", name="Mine")


async def test_rooms_outlast_a_restart(chat: Served, come: Come) -> None:
    ada = await come(chat)
    token = (await ada.ok("set_username", {"username": "Ada"}))["token"]
    made = [
        await room_of(ada, "create_room", name=name, private=private) for name, private in (("A", False), ("B", True))
    ]
    await room_of(ada, "update_room", room=made[0]["id"], archived=True)
    before = await listed(ada)
    await chat.restart()
    again = await come(chat, auth={"token": token})
    assert await listed(again) == before
    await say(again, "Hello", room=made[1]["id"])
    await again.wait("room_activity", lambda told: told["room"] == made[1]["id"])

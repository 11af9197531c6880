"""Giving up one's account: what goes at once, what is kept nameless, and what is erased."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import HOST_CODE, Come, Serve, Served
from tests.integration.test_messages import bearer, sign_in
from tests.integration.test_retention import execute
from tests.integration.test_trash import holds, host_of

FORMER = "former member"


@pytest.fixture
def transport() -> str:
    """How people are connected does not matter here."""
    return "websocket"


@pytest.fixture
async def http(chat: Served) -> AsyncIterator[httpx.AsyncClient]:
    """A client without a session."""
    async with httpx.AsyncClient(base_url=chat.url) as client:
        yield client


async def finished(chat: Served) -> None:
    """What is left to be done is done."""
    while (await execute(chat, "SELECT count(*) FROM users WHERE leaving IS NOT NULL"))[0][0]:
        await chat.app._leaving.finish()


async def leave(http: httpx.AsyncClient, token: str, messages: str, **more: Any) -> httpx.Response:
    """Give up an account."""
    return await http.request("DELETE", "/api/me", json={"messages": messages, **more}, headers=bearer(token))


async def page(http: httpx.AsyncClient, room: str = "general", **more: Any) -> list[dict[str, Any]]:
    """What a room shows."""
    found: list[dict[str, Any]] = (await http.get(f"/api/rooms/{room}/messages", **more)).json()["messages"]
    return found


async def test_what_was_said_stays_nameless(chat: Served, come: Come, http: httpx.AsyncClient) -> None:
    ada, bo = await come(chat), await come(chat, "Bo", "general")
    named = await ada.ok("set_username", {"username": "Ada"})
    joined = await bo.ok("join_room", {"room": "general"})
    for number in range(3):
        await ada.ok("send_message", {"room": "general", "message": f"Number {number}"})
    await bo.wait("new_message", lambda told: told["seq"] == 3)
    assert (await leave(http, named["token"], "keep")).status_code == 204
    await ada.wait_closed()
    assert (await http.get("/api/me", headers=bearer(named["token"]))).status_code == 401
    changed = await bo.wait("user_changed", lambda told: told["username"] == FORMER)
    assert changed["user_id"] == named["user_id"]
    await finished(chat)
    told = await bo.wait("history_trimmed")
    assert (told["room"], told["before_seq"]) == ("general", 1)
    synced = await bo.ok("sync", {"history_id": joined["history_id"], "rooms": {"general": told["rev"] - 1}})
    assert synced["rooms"]["general"]["reset"] is True
    said = await page(http)
    assert [(one["username"], one["message"]) for one in said] == [(FORMER, f"Number {number}") for number in range(3)]
    # The name is free, and whoever takes it is somebody else.
    again = await http.post("/api/session", json={"username": "Ada"})
    assert again.status_code == 201
    assert again.json()["user_id"] != named["user_id"]


async def test_with_erase_nothing_of_the_person_is_left(serve: Serve, come: Come, tmp_path: Path) -> None:
    chat = await serve(rate_limit=False)
    ada, bo = await come(chat), await come(chat, "Bo", "general")
    named = await ada.ok("set_username", {"username": "Ada"})
    await ada.ok("join_room", {"room": "tech"})
    said = (await ada.ok("send_message", {"room": "general", "message": "Secret-first @Bo"}))["message"]
    await ada.ok("edit_message", {"id": said["id"], "message": "Secret-second @Bo"})
    asked = (await bo.ok("send_message", {"message": "@Ada, what?"}))["message"]
    await ada.ok("react", {"id": asked["id"], "emoji": "👍", "on": True})
    await bo.ok("react", {"id": asked["id"], "emoji": "👍", "on": True})
    async with httpx.AsyncClient(base_url=chat.url) as http:
        bos = (await http.get(f"/api/messages/{asked['id']}")).json()
        assert (len(bos["reactions"]["👍"]), bos["mentions"]) == (2, [named["user_id"]])
        assert (await leave(http, named["token"], "erase")).status_code == 204
        await finished(chat)
        first, second = await page(http)
        assert (first["username"], first["message"], first["deleted"]) == (FORMER, "", True)
        assert not first.keys() & {"mentions", "edited_at", "reactions"}
        assert (await http.get(f"/api/messages/{said['id']}/edits")).json() == {"edits": []}
        assert second["reactions"] == {"👍": [second["user_id"]]}
        assert (second["message"], "mentions" in second) == ("@Ada, what?", False)
    assert (await bo.ok("get_rooms"))["rooms"]["general"].get("mention_count", 0) == 0
    assert holds(tmp_path, "Secret-first", "Secret-second") == []


async def test_erasing_reaches_what_lies_in_the_trash(serve: Serve) -> None:
    chat = await serve(retention_messages=1, rate_limit=False)
    async with host_of(chat) as host, httpx.AsyncClient(base_url=chat.url) as http:
        token = await sign_in(http, "Ada")
        for text in ("One", "Two"):
            await http.post("/api/rooms/general/messages", json={"message": text}, headers=bearer(token))
        await host.post("/api/admin/cleanup")
        await leave(http, token, "erase")
        await finished(chat)
        [trim] = (await host.get("/api/admin/trims")).json()["trims"]
        await host.delete(f"/api/admin/trims/{trim['id']}")
        assert [(one["username"], one["message"]) for one in await page(http)] == [(FORMER, "")] * 2


async def test_a_restart_goes_on_with_what_is_left(serve: Serve) -> None:
    chat = await serve(rate_limit=False)
    async with httpx.AsyncClient(base_url=chat.url) as http:
        token = await sign_in(http, "Ada")
        await http.post("/api/rooms/general/messages", json={"message": "Hello"}, headers=bearer(token))
        me = (await http.get("/api/me", headers=bearer(token))).json()["user_id"]
    await execute(chat, "UPDATE users SET leaving = 'erase', left_at = 1, is_temporary = 1 WHERE id = ?", int(me))
    await chat.restart()
    async with httpx.AsyncClient(base_url=chat.url) as http:
        while (await page(http))[0]["username"] != FORMER:
            pass
        assert (await page(http))[0]["deleted"] is True


async def test_the_password_is_asked_for(http: httpx.AsyncClient) -> None:
    token = (await http.post("/api/session", json={"username": "Ada", "password": "correct horse"})).json()["token"]
    http.cookies.clear()
    for more in ({}, {"password": "wrong horse"}):
        refused = await leave(http, token, "keep", **more)
        assert (refused.status_code, refused.json()["field"]) == (403, "password")
    assert (await leave(http, token, "keep", password="correct horse")).status_code == 204
    assert (await http.get("/api/me", headers=bearer(token))).status_code == 401


async def test_the_last_host_stays(http: httpx.AsyncClient) -> None:
    ada, bo = await sign_in(http, "Ada"), await sign_in(http, "Bo")
    assert (await http.post("/api/host", json={"code": HOST_CODE}, headers=bearer(ada))).status_code == 200
    refused = await leave(http, ada, "keep")
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    bos_id = (await http.get("/api/me", headers=bearer(bo))).json()["user_id"]
    made = await http.put(f"/api/people/{bos_id}/role", json={"role": "host"}, headers=bearer(ada))
    assert made.status_code == 200
    assert (await leave(http, ada, "keep")).status_code == 204


async def test_a_conversation_goes_on_without_the_name(chat: Served, http: httpx.AsyncClient) -> None:
    ada, bo = await sign_in(http, "Ada"), await sign_in(http, "Bo")
    room = (await http.post("/api/directs", json={"usernames": ["Bo"]}, headers=bearer(ada))).json()["id"]
    await http.post(f"/api/rooms/{room}/messages", json={"message": "Hello"}, headers=bearer(ada))
    await leave(http, ada, "keep")
    await finished(chat)
    listed = (await http.get("/api/rooms", headers=bearer(bo))).json()[room]
    assert listed["name"] == f"{FORMER}, Bo"
    sent = await http.post(f"/api/rooms/{room}/messages", json={"message": "Alone"}, headers=bearer(bo))
    assert sent.status_code == 201
    assert [one["username"] for one in await page(http, room, headers=bearer(bo))] == [FORMER, "Bo"]
    people = (await http.get("/api/people", headers=bearer(bo))).json()
    assert [one["username"] for one in people["people"]] == ["Bo"]


async def test_somebody_without_an_account_has_none_to_give_up(http: httpx.AsyncClient) -> None:
    assert (await http.request("DELETE", "/api/me", json={"messages": "keep"})).status_code == 401
    token = await sign_in(http, "Ada")
    wrong = await leave(http, token, "burn")
    assert (wrong.status_code, wrong.json()["field"]) == (400, "messages")

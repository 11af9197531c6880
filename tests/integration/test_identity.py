"""Who a connection or a request belongs to."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from socketio.exceptions import ConnectionError as Refused

from chatapp.services import presence
from tests.conftest import Client, Come, Serve, Served
from tests.integration.test_messages import bearer, sign_in

FOREIGN = "http://elsewhere.example"


async def cookie_of(chat: Served, name: str) -> str:
    """Make a person as a browser does; the Cookie header."""
    async with httpx.AsyncClient(base_url=chat.url) as browser:
        answer = await browser.post("/api/session", json={"username": name})
        return answer.headers["set-cookie"].partition(";")[0]


async def test_a_session_is_a_token_and_a_cookie_that_scripts_cannot_read(http: httpx.AsyncClient) -> None:
    answer = await http.post("/api/session", json={"username": "Ada"})
    assert answer.status_code == 201
    assert answer.json().keys() == {"username", "user_id", "token", "role"}
    installation = (await http.get("/api/identity")).json()["installation_id"]
    name, _, rest = answer.headers["set-cookie"].partition("=")
    assert name == f"chatapp_{installation}"
    attributes = {part.strip() for part in rest.split(";")[1:]}
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= attributes
    me = await http.get("/api/me")
    assert (me.status_code, me.json()["username"]) == (200, "Ada")


@pytest.mark.parametrize("way", ["auth", "bearer", "cookie"])
async def test_each_way_of_saying_who_one_is_is_understood(chat: Served, come: Come, way: str) -> None:
    async with httpx.AsyncClient(base_url=chat.url) as http:
        answer = await http.post("/api/session", json={"username": "Ada"})
    token, cookie = answer.json()["token"], answer.headers["set-cookie"].partition(";")[0]
    ways: dict[str, dict[str, Any]] = {
        "auth": {"auth": {"token": token}},
        "bearer": {"headers": bearer(token)},
        "cookie": {"headers": {"Cookie": cookie, "Origin": chat.url}},
    }
    ada = await come(chat, **ways[way])
    told = await ada.wait("username_set")
    assert (told["username"], told["user_id"]) == ("Ada", answer.json()["user_id"])
    assert told.keys() == {"username", "user_id", "role", "history_id", "limits"}
    assert ada.all("joined_room") == [], "it joins nothing by itself"


async def test_without_identity_nothing_is_told(chat: Served, come: Come) -> None:
    stranger = await come(chat)
    await stranger.ok("get_rooms")
    assert [event for event, _ in stranger.heard] == ["rooms_list"]


BAD: dict[str, Callable[[str], dict[str, Any]]] = {
    "auth": lambda cookie: {"auth": {"token": "no such token"}, "headers": {"Cookie": cookie}},
    "an empty one": lambda cookie: {"auth": {"token": ""}, "headers": {"Cookie": cookie}},
    "a long one": lambda cookie: {"auth": {"token": "x" * 5000}, "headers": {"Cookie": cookie}},
    "a broken one": lambda cookie: {"auth": {"token": "\0\u20ac"}, "headers": {"Cookie": cookie}},
    "bearer": lambda cookie: {"headers": {"Cookie": cookie} | bearer("no such token")},
}


@pytest.mark.parametrize("given", BAD.values(), ids=BAD)
async def test_a_bad_token_is_refused_and_never_falls_back_to_the_cookie(
    chat: Served, transport: str, given: Callable[[str], dict[str, Any]]
) -> None:
    client = Client(transport)
    refusals: list[Any] = []
    client._io.on("connect_error", refusals.append)
    with pytest.raises(Refused):
        await client.connect(chat.url, **given(await cookie_of(chat, "Ada")))
    await client.close()
    assert refusals[0]["data"]["code"] == "not_identified"
    assert refusals[0]["message"]


async def test_a_bad_bearer_is_401_and_never_falls_back_to_the_cookie(http: httpx.AsyncClient) -> None:
    await http.post("/api/session", json={"username": "Ada"})
    for path in ("/api/me", "/api/rooms"):
        for token in ("no such token", ".", "x" * 5000):
            answer = await http.get(path, headers=bearer(token))
            assert (answer.status_code, answer.json()["code"]) == (401, "not_identified")
    assert (await http.get("/api/me")).status_code == 200


async def test_a_dead_cookie_is_none(serve: Serve, come: Come) -> None:
    chat = await serve()
    cookie = await cookie_of(chat, "Ada")
    async with httpx.AsyncClient(base_url=chat.url, headers={"Cookie": cookie, "Origin": chat.url}) as http:
        assert (await http.delete("/api/session")).status_code == 204
        assert (await http.get("/api/me")).status_code == 401
        assert (await http.get("/api/rooms")).status_code == 200
    stranger = await come(chat, headers={"Cookie": cookie, "Origin": chat.url})
    await stranger.ok("get_rooms")
    assert stranger.all("username_set") == []


async def test_the_cookie_counts_only_on_our_own_pages(serve: Serve, come: Come) -> None:
    chat = await serve(cors_origins=(FOREIGN,))
    cookie = await cookie_of(chat, "Ada")
    ours = await come(chat, headers={"Cookie": cookie, "Origin": chat.url})
    assert (await ours.wait("username_set"))["username"] == "Ada"
    theirs = await come(chat, headers={"Cookie": cookie, "Origin": FOREIGN})
    await theirs.ok("get_rooms")
    assert theirs.all("username_set") == []
    async with httpx.AsyncClient(base_url=chat.url, headers={"Cookie": cookie, "Origin": FOREIGN}) as http:
        assert (await http.get("/api/me")).status_code == 401
        assert (await http.post("/api/rooms/general/messages", json={"message": "Hello"})).status_code == 401


async def test_a_rename_is_told_and_messages_keep_the_old_name(chat: Served, come: Come) -> None:
    ada, bo, stranger = await come(chat, "Ada", "general"), await come(chat, "Bo", "tech"), await come(chat)
    first = (await ada.ok("send_message", {"message": "Hello"}))["message"]
    renamed = await ada.ok("set_username", {"username": "Countess"})
    assert renamed["user_id"] == first["user_id"]
    for client in (ada, bo):
        assert await client.wait("user_changed") == {"user_id": first["user_id"], "username": "Countess"}
    second = (await ada.ok("send_message", {"message": "Hello again"}))["message"]
    joined = await bo.ok("join_room", {"room": "general"})
    assert joined["messages"] == [first, second]
    assert [message["username"] for message in joined["messages"]] == ["Ada", "Countess"]
    assert joined["users"] == ["Countess", "Bo"]
    await stranger.ok("get_rooms")
    assert stranger.all("user_changed") == []
    await stranger.ok("set_username", {"username": "Ada"})


async def test_two_people_can_swap_names_through_a_third(chat: Served, come: Come) -> None:
    ada, bo = await come(chat, "Ada"), await come(chat, "Bo")
    await ada.ok("set_username", {"username": "Somebody"})
    await bo.ok("set_username", {"username": "Ada"})
    await ada.ok("set_username", {"username": "Bo"})
    assert (await ada.wait("user_changed", lambda event: event["username"] == "Bo"))["username"] == "Bo"


@pytest.mark.parametrize("name", ["Ada", "ADA", "\u0410da", "Ａｄａ", "  ada "])
async def test_a_name_is_taken_in_every_form(chat: Served, come: Come, name: str) -> None:
    await come(chat, "Ada")
    bo = await come(chat, "Bo")
    stranger = await come(chat)
    async with httpx.AsyncClient(base_url=chat.url) as http:
        answer = await http.post("/api/session", json={"username": name})
        assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (409, "taken", "username")
        assert "set-cookie" not in answer.headers
    for client in (bo, stranger):
        assert (await client.call("set_username", {"username": name}))["error"]["code"] == "taken"


async def test_ones_own_name_may_change_its_case(chat: Served, come: Come) -> None:
    ada = await come(chat, "Ada")
    assert (await ada.ok("set_username", {"username": "ADA"}))["username"] == "ADA"


async def test_another_secret_key_signs_everyone_out(serve: Serve) -> None:
    chat = await serve()
    async with httpx.AsyncClient(base_url=chat.url) as http:
        token = await sign_in(http, "Ada")
        assert (await http.get("/api/me", headers=bearer(token))).status_code == 200
        chat.secret_key = "quite another key"
        await chat.restart()
        assert (await http.get("/api/me", headers=bearer(token))).status_code == 401
        chat.secret_key = "a key for tests"
        await chat.restart()
        assert (await http.get("/api/me", headers=bearer(token))).status_code == 200


async def test_the_token_itself_is_not_kept(chat: Served, http: httpx.AsyncClient) -> None:
    token = await sign_in(http, "Ada")
    kept = b"".join(path.read_bytes() for path in chat.settings.data_dir.iterdir() if path.is_file())
    assert b"Ada" in kept
    assert token.encode() not in kept


async def test_signing_out_ends_the_connections_of_that_session_only(
    chat: Served, come: Come, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence, "GRACE", 0.05)
    token = await sign_in(http, "Ada")
    ada, bo = await come(chat, auth={"token": token}), await come(chat, "Bo", "general")
    await ada.ok("join_room", {"room": "general"})
    answer = await http.delete("/api/session", headers=bearer(token))
    assert answer.status_code == 204
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert (await bo.wait("user_left"))["username"] == "Ada"
    await ada.wait_closed()
    assert bo.is_connected
    assert (await http.delete("/api/session", headers=bearer(token))).status_code == 401
    taken = await http.post("/api/session", json={"username": "Ada"})
    assert taken.json()["code"] == "taken", "the name belongs to its person while the account exists"


async def test_a_base_clients_name_is_free_after_a_restart(serve: Serve, come: Come) -> None:
    chat = await serve()
    guest = await come(chat)
    await guest.emit("set_username", {"username": "Guest"})
    first = (await guest.wait("username_set"))["user_id"]
    await guest.emit("join_room", {"room": "general"})
    await guest.emit("send_message", {"message": "Hello"})
    await guest.wait("new_message")
    await chat.restart()
    other = await come(chat)
    named = await other.ok("set_username", {"username": "Guest"})
    assert named["user_id"] != first
    said = (await other.ok("join_room", {"room": "general"}))["messages"]
    assert [(message["username"], message["user_id"]) for message in said] == [("Guest", first)]


async def test_a_base_client_renames_itself(chat: Served, come: Come) -> None:
    guest = await come(chat)
    for name in ("Guest", "Visitor"):
        await guest.emit("set_username", {"username": name})
        await guest.wait("username_set", lambda event: event["username"] == name)  # noqa: B023 - waited for at once
    told = guest.all("username_set")
    assert told[0]["user_id"] == told[1]["user_id"]
    assert (await (await come(chat)).ok("set_username", {"username": "Guest"}))["username"] == "Guest"

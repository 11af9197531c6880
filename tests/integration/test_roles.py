"""Roles: what moderators and hosts may do, how one becomes one, and that rights are those of the moment."""

import httpx
import pytest

from tests.conftest import OPERATOR, Come, Served
from tests.integration.test_changes import change, refusal, say
from tests.integration.test_messages import bearer, sign_in
from tests.integration.test_rest import check_error


@pytest.fixture
def transport() -> str:
    """How people are connected does not matter here."""
    return "websocket"


async def give(http: httpx.AsyncClient, name: str, role: str) -> httpx.Response:
    """Give a person a role, as `chatapp user` does while the chat runs."""
    return await http.post("/api/admin/role", json={"username": name, "role": role}, headers=bearer(OPERATOR))


@pytest.mark.parametrize("role", ["moderator", "host"])
async def test_a_moderator_deletes_any_message_and_edits_none(
    chat: Served, come: Come, http: httpx.AsyncClient, role: str
) -> None:
    ada, mo = await come(chat, "Ada", "general"), await come(chat, "Mo", "tech")
    said = await say(ada, "Hello")
    assert (await give(http, "Mo", role)).json()["role"] == role
    assert await refusal(mo, "edit_message", {"id": said["id"], "message": "Bye"}) == ("forbidden", None)
    deleted = await change(mo, "delete_message", said)
    assert (deleted["deleted"], deleted["username"]) == (True, "Ada")
    assert await ada.wait("message_changed") == deleted
    assert await change(mo, "delete_message", said) == deleted


async def test_a_role_holds_at_once_and_is_told_to_all_devices(
    chat: Served, come: Come, http: httpx.AsyncClient
) -> None:
    ada, mo = await come(chat, "Ada", "general"), await come(chat)
    named = await mo.ok("set_username", {"username": "Mo"})
    assert named["role"] == "member"
    phone = await come(chat, auth={"token": named["token"]})
    said = [await say(ada, f"Number {number}") for number in range(3)]
    assert await refusal(mo, "delete_message", {"id": said[0]["id"]}) == ("forbidden", None)
    for role in ("moderator", "host", "member"):
        await give(http, "mo", role)
        expected = {key: named[key] for key in ("username", "user_id", "history_id", "limits")} | {"role": role}
        for device in (mo, phone):
            assert await device.wait("username_set", expected.__eq__)
        assert (await http.get("/api/me", headers=bearer(named["token"]))).json()["role"] == role
        if role == "moderator":
            await change(phone, "delete_message", said[0])
    assert await refusal(phone, "delete_message", {"id": said[1]["id"]}) == ("forbidden", None)
    answer = await http.delete(f"/api/messages/{said[1]['id']}", headers=bearer(named["token"]))
    check_error(answer, 403, "forbidden")
    assert (await change(ada, "delete_message", said[1]))["rev"] == 5


async def test_rights_are_those_stored_when_the_change_is_made(chat: Served, come: Come) -> None:
    ada, mo = await come(chat, "Ada", "general"), await come(chat, "Mo", "general")
    said = [await say(ada, f"Number {number}") for number in range(2)]
    # Stored without telling the connection, which goes on believing what it was told last.
    await chat.app.set_role("Mo", "moderator")
    await change(mo, "delete_message", said[0])
    await chat.app.set_role("Mo", "member")
    assert await refusal(mo, "delete_message", {"id": said[1]["id"]}) == ("forbidden", None)


async def test_a_role_outlasts_a_restart_and_a_rename(chat: Served, come: Come, http: httpx.AsyncClient) -> None:
    mo = await come(chat)
    token = (await mo.ok("set_username", {"username": "Mo"}))["token"]
    await give(http, "Mo", "moderator")
    assert (await mo.ok("set_username", {"username": "Momo"}))["role"] == "moderator"
    await chat.restart()
    again = await come(chat, auth={"token": token})
    told = await again.wait("username_set")
    assert (told["username"], told["role"]) == ("Momo", "moderator")


async def test_only_the_operator_gives_roles_and_only_to_people_with_an_account(
    chat: Served, come: Come, http: httpx.AsyncClient
) -> None:
    guest = await come(chat)
    await guest.emit("set_username", {"username": "Guest"})
    await guest.wait("username_set")
    token = await sign_in(http, "Ada")
    body = {"username": "Ada", "role": "moderator"}
    for headers in ({}, bearer(token), bearer("wrong")):
        check_error(await http.post("/api/admin/role", json=body, headers=headers), 404, "not_found")
    assert (await http.get("/api/me", headers=bearer(token))).json()["role"] == "member"
    for nobody in ("Nobody", "Guest", ""):
        check_error(await give(http, nobody, "moderator"), 404, "not_found")
    check_error(await give(http, "Ada", "emperor"), 400, "bad_request", "role")
    assert (await give(http, " ADA ", "moderator")).json()["username"] == "Ada"
    assert (await http.get("/api/me", headers=bearer(token))).json()["role"] == "moderator"

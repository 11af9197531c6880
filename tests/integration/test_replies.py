"""Replies: to a message of the same room, which may be changed or gone later."""

import httpx
import pytest

from tests.conftest import Come, Serve, Served
from tests.integration.test_changes import change, last_page, refusal, say
from tests.integration.test_messages import bearer, sign_in


@pytest.fixture
def transport() -> str:
    """How people are connected does not matter here."""
    return "websocket"


async def test_a_reply_names_its_source(chat: Served, come: Come, http: httpx.AsyncClient) -> None:
    ada, bo = await come(chat, "Ada", "general"), await come(chat, "Bo", "general")
    source = await say(ada, "What time?")
    reply = await say(bo, "Ten", reply_to=source["id"])
    assert reply["reply_to"] == source["id"]
    assert await ada.wait("new_message", lambda message: message["seq"] == 2) == reply
    assert "reply_to" not in source
    token = await sign_in(http, "Cleo")
    body = {"message": "Or eleven", "reply_to": reply["id"]}
    posted = (await http.post("/api/rooms/general/messages", json=body, headers=bearer(token))).json()
    assert posted["reply_to"] == reply["id"]
    edited = await change(bo, "edit_message", reply, message="Half past ten")
    assert edited["reply_to"] == source["id"]
    assert await last_page(ada) == [source, edited, posted]


async def test_a_source_that_is_not_in_the_room_is_not_found(chat: Served, come: Come) -> None:
    ada = await come(chat, "Ada", "general")
    elsewhere = await say(ada, "In Tech Talk", room="tech")
    for source in (elsewhere["id"], "1", "999999999999999999"):
        answer = await ada.call("send_message", {"message": "Hello", "reply_to": source, "client_id": "c-1"})
        assert (answer["error"]["code"], answer["error"]["field"]) == ("not_found", "reply_to")
    for malformed in ("", "one", "-1", 5):
        assert (await refusal(ada, "send_message", {"message": "Hello", "reply_to": malformed}))[1] == "reply_to"
    assert (await say(ada, "Hello", client_id="c-1"))["seq"] == 1, "what was refused has stored nothing"


async def test_a_deleted_source_can_still_be_replied_to(chat: Served, come: Come) -> None:
    ada, bo = await come(chat, "Ada", "general"), await come(chat, "Bo", "general")
    source = await say(ada, "What time?")
    reply = await say(bo, "Ten", reply_to=source["id"])
    deleted = await change(ada, "delete_message", source)
    late = await say(bo, "Why did you delete that?", reply_to=source["id"])
    assert await last_page(ada) == [deleted, reply, late]


async def test_a_source_that_the_cleanup_removed_is_not_found_and_its_replies_stay(serve: Serve, come: Come) -> None:
    chat = await serve(retention_messages=1)
    ada = await come(chat, "Ada", "general")
    source = await say(ada, "What time?")
    reply = await say(ada, "Ten", reply_to=source["id"], client_id="c-1")
    await chat.app.clean(dry_run=False)
    assert await last_page(ada) == [reply]
    assert await refusal(ada, "send_message", {"message": "Eleven", "reply_to": source["id"]}) == (
        "not_found",
        "reply_to",
    )
    assert await say(ada, "Ten", reply_to=source["id"], client_id="c-1") == reply, "a repeat is no new reply"
    assert (await change(ada, "edit_message", reply, message="Eleven"))["reply_to"] == source["id"]

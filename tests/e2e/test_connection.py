"""The server goes and comes, the network too, and a person has two tabs: nothing is missed, nothing doubled."""

import re

import pytest
from playwright.async_api import expect

from tests.e2e.chats import Author, Chat, lan_host
from tests.e2e.conftest import Visit
from tests.e2e.people import Person

LOST = "Reconnecting… your messages are kept."


async def test_a_bar_tells_of_a_lost_server_and_goes_when_it_is_back(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada")
    await chat.kill()
    await expect(ada.page.get_by_text(LOST, exact=True)).to_be_visible()
    await expect(ada.page.get_by_text(re.compile(r"^(Next try in \d seconds?|Trying now)$"))).to_be_visible()
    await expect(ada.page.locator(".me")).to_contain_text("Not connected")
    async with ada.page.expect_event("websocket"):
        await ada.button("Retry now").click()
    await chat.start()
    await expect(ada.bar).to_be_hidden()
    await expect(ada.page.locator(".me")).to_contain_text("Connected")


async def test_a_restart_loses_nothing_for_anybody(chat: Chat, visit: Visit) -> None:
    ada, grace = await visit(chat, "Ada"), await visit(chat, "Grace")
    await ada.say("Before")
    await expect(grace.message("Before")).to_be_visible()
    async with Author(chat, "Bo") as bo:
        await bo.say("Elsewhere", "tech")
    await expect(ada.room("tech")).to_have_accessible_name("Tech Talk 1 new message")
    await chat.stop()
    await chat.start()
    await grace.say("After")
    await expect(ada.message("After")).to_be_visible()
    await expect(ada.button("2 people here, show")).to_be_visible()
    await expect(ada.room("tech")).to_have_accessible_name("Tech Talk 1 new message")
    assert await ada.texts() == await grace.texts() == ["Before", "After"]


@pytest.mark.parametrize("missed", [3, 60, 520])
async def test_what_was_said_meanwhile_is_there_without_gap_or_repeat(chat: Chat, visit: Visit, missed: int) -> None:
    # By the network: a lost network is no reason to give up a connection within this machine.
    ada = await visit(chat, "Ada", host=lan_host())
    ada.forgive("net::ERR_", "WebSocket connection")
    async with Author(chat, "Grace") as grace:
        await grace.say("Before")
        await expect(ada.message("Before")).to_be_visible()
        await ada.context.set_offline(True)
        await expect(ada.page.get_by_text(LOST, exact=True)).to_be_visible()
        await grace.say_all(f"Line {number}" for number in range(missed))
        await grace.say("The last of them")
        await ada.context.set_offline(False)
        await expect(ada.bar).to_be_hidden()
        await to_the_end(ada)
        await expect(ada.message("The last of them")).to_be_in_viewport()
        shown = await places(ada)
        assert shown == list(range(shown[0], missed + 3))
        assert shown[0] == 1 or len(shown) >= 50
        assert (await ada.texts())[-50:] == (await grace.said())[-50:]


async def test_two_tabs_are_one_person_who_reads_once(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada")
    grace = await visit(chat, "Grace")
    other = await visit(chat, beside=ada)
    await other.is_in()
    await expect(grace.button("2 people here, show")).to_be_visible()
    for tab in (ada, other):
        await tab.go_to("tech")
    await grace.say("News")
    for tab in (ada, other):
        await expect(tab.room("general")).to_have_accessible_name("General 1 new message")
    await ada.go_to("general")
    await expect(ada.message("News")).to_be_visible()
    await expect(other.room("general")).not_to_have_accessible_name(re.compile("new"))
    await expect(grace.button("2 people here, show")).to_be_visible()
    await other.page.close()
    await grace.say("Still here?")
    await expect(ada.message("Still here?")).to_be_visible()
    await expect(grace.button("2 people here, show")).to_be_visible()


async def test_one_tab_sees_what_the_other_one_sends(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada")
    other = await visit(chat, beside=ada)
    await other.is_in()
    await chat.kill()
    await ada.say("From one tab")
    await expect(ada.message("From one tab")).to_contain_text("Waiting…")
    await expect(other.message("From one tab")).to_contain_text("Waiting…")
    await chat.start()
    for tab in (ada, other):
        await expect(tab.message("From one tab")).not_to_contain_text("Waiting…")
        assert await tab.texts() == ["From one tab"]


async def to_the_end(person: Person) -> None:
    """Go to the newest message, wherever the view stands."""
    pill = person.page.locator(".messages__pill")
    if await pill.is_visible():
        await pill.click()
    await expect(pill).to_be_hidden()


async def places(person: Person) -> list[int]:
    """The places (`seq`) of the messages that stand in the page."""
    rows = person.messages().locator("[data-seq]")
    found: list[int] = await rows.evaluate_all("rows => rows.map((row) => Number(row.dataset.seq))")
    return found

"""Replies: quoted over the composer while one writes, folded in the message, leading to their source."""

import json
import re

import httpx
from playwright.async_api import Locator, expect

from tests.e2e.chats import Author, Chat
from tests.e2e.conftest import Start, Visit
from tests.e2e.people import Person


async def test_one_answers_a_message(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada")
    grace = await visit(chat, "Grace")
    await grace.say("Who has the **key**?")
    await grace.say("Another matter")
    # What comes while one points at a message moves it away.
    await expect(ada.message("Another matter")).to_be_visible()
    await ada.choose("Who has the", "Reply")
    bar = ada.page.get_by_role("group", name="Reply", exact=True)
    await expect(bar).to_contain_text("Replying to Grace Who has the key?")
    await expect(ada.composer()).to_be_focused()
    await ada.page.keyboard.press("Escape")
    await expect(bar).to_be_hidden()
    await ada.choose("Who has the", "Reply")
    await bar.get_by_role("button", name="Do not reply").click()
    await expect(bar).to_be_hidden()
    await expect(ada.composer()).to_be_focused()
    await ada.choose("Who has the", "Reply")
    await ada.go_to("tech")
    await ada.go_to("general")
    await expect(bar).to_contain_text("Who has the key?")
    await ada.say("I have it")
    await expect(bar).to_be_hidden()
    for person in (ada, grace):
        await expect(quote(person, "I have it")).to_have_accessible_name("In reply to Grace Who has the key?")
    await ada.say("No answer to anything")
    await expect(ada.message("No answer to anything")).not_to_contain_text("Waiting…")
    await expect(quote(ada, "No answer to anything")).to_have_count(0)


async def test_a_quote_leads_to_its_source_wherever_it_is(chat: Chat, visit: Visit) -> None:
    async with Author(chat, "Grace") as grace:
        source = await grace.say("The source of it all")
        await grace.say_all(f"Line {number}" for number in range(600))
        await grace.say("The answer", reply_to=source["id"])
        ada = await visit(chat, "Ada")
        await expect(quote(ada, "The answer")).to_have_accessible_name("In reply to Grace The source of it all")
        await quote(ada, "The answer").click()
        row = ada.messages().locator('[data-seq="1"]')
        await expect(row).to_have_class(re.compile("is-meant"))
        await expect(row).to_be_in_viewport(ratio=1)
        await expect(row).to_be_focused()
        await ada.button("To the latest messages").click()
        await expect(ada.row("The answer")).to_be_in_viewport()


async def test_a_quote_says_what_became_of_its_source(start: Start, visit: Visit) -> None:
    chat = await start("--retention-messages", "20")
    ada = await visit(chat, "Ada")
    # What the browser says of a message that is not there.
    ada.forgive("status of 404")
    async with Author(chat, "Grace") as grace:
        old = await grace.say("Soon cleaned up")
        await grace.say_all(f"Line {number}" for number in range(40))
        source = await grace.say("As it was")
        await grace.say("Answer to the old", reply_to=old["id"])
        await grace.say("Answer to the new", reply_to=source["id"])
        await grace.edit(source, "As it is")
        await expect(quote(ada, "Answer to the new")).to_contain_text("As it is")
        await grace.delete(source)
        await expect(quote(ada, "Answer to the new")).to_contain_text("Message deleted")
    await expect(quote(ada, "Answer to the old")).to_contain_text("Soon cleaned up")
    await clean(chat)
    await expect(quote(ada, "Answer to the old")).to_contain_text("This message is no longer kept")
    await expect(quote(ada, "Answer to the old")).to_be_disabled()


async def test_a_reply_written_offline_keeps_its_quote(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada")
    async with Author(chat, "Grace") as grace:
        await grace.say("Before the outage")
        await expect(ada.message("Before the outage")).to_be_visible()
        await chat.kill()
        await ada.choose("Before the outage", "Reply")
        await ada.say("Answered meanwhile")
        await expect(quote(ada, "Answered meanwhile")).to_contain_text("Before the outage")
        await chat.start()
        await expect(ada.row("Answered meanwhile")).not_to_contain_text("Waiting…")
    await ada.page.reload()
    await ada.is_in()
    await expect(quote(ada, "Answered meanwhile")).to_contain_text("Before the outage")


def quote(person: Person, words: str) -> Locator:
    """The quote of the message that holds these words after it."""
    return (
        person.messages().locator(".message").filter(has=person.page.get_by_text(words, exact=True)).locator(".quote")
    )


async def clean(chat: Chat) -> None:
    """Let the cleanup run now."""
    secret = json.loads((chat.data / "running.json").read_text())["secret"]
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{chat.port}") as operator:
        done = await operator.post("/api/admin/cleanup", headers={"Authorization": f"Bearer {secret}"})
        done.raise_for_status()

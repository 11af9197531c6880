"""Giving up one's account: asked for in so many words, done at once, and seen by others."""

import pytest
from playwright.async_api import Locator, expect

from tests.e2e.accounts import PASSWORD, set_password
from tests.e2e.chats import Author, Chat
from tests.e2e.conftest import Visit
from tests.e2e.hosts import set_up
from tests.e2e.people import Person
from tests.e2e.test_accessibility import SIZES, examine, is_phone
from tests.e2e.test_screens import SMALL, fits

TITLE = "Delete my account?"
KEPT = "Your account is deleted. What you wrote stays, under the name “former member”."
ERASED = "Your account is deleted, and so is what you wrote."


async def test_what_was_said_stays_under_another_name(chat: Chat, visit: Visit, host: str) -> None:
    ada, grace = await visit(chat, "Ada", host=host), await visit(chat, "Grace", host=host)
    await grace.say("said by Grace")
    await expect(ada.row("said by Grace").locator(".message__author")).to_have_text("Grace")
    await grace.composer().fill("never sent")
    dialog = await open_question(grace)
    # What cannot be taken back is not one key away.
    await expect(dialog.get_by_role("button", name="Cancel", exact=True)).to_be_focused()
    await expect(dialog.get_by_role("radio", name="Keep it")).to_be_checked()
    await expect(dialog.get_by_label("Password", exact=True)).to_have_count(0)
    await dialog.get_by_role("button", name="Delete my account", exact=True).click()
    await expect(grace.page.get_by_role("heading", name="Goodbye, Grace", level=1)).to_be_focused()
    await expect(grace.page.get_by_text(KEPT, exact=True)).to_be_visible()
    await expect(grace.page).to_have_title("Goodbye, Grace")
    await expect(ada.row("said by Grace").locator(".message__author")).to_have_text("former member")
    await expect(ada.page.locator(".people__person").filter(has_text="Grace")).to_have_count(0)
    await grace.button("Begin anew").click()
    # The name is free, and whoever takes it is somebody else.
    await grace.sign_in("Grace")
    await expect(grace.composer()).to_have_value("")
    await expect(grace.row("said by Grace").locator(".message__author")).to_have_text("former member")


async def test_what_was_said_is_erased_and_goes_from_open_pages(chat: Chat, visit: Visit) -> None:
    ada, grace = await visit(chat, "Ada"), await visit(chat, "Grace")
    await grace.say("nobody shall read this any more")
    await ada.say("said by Ada")
    await expect(grace.message("said by Ada")).to_be_visible()
    async with Author(chat, "Lin") as lin:
        await lin.say_all(f"line {number}" for number in range(3))
        dialog = await open_question(grace)
        await dialog.get_by_role("radio", name="Erase it").check()
        await dialog.get_by_role("button", name="Delete my account", exact=True).click()
        await expect(grace.page.get_by_text(ERASED, exact=True)).to_be_visible()
        await expect(ada.messages().get_by_text("Message deleted")).to_be_visible()
        await expect(ada.row("nobody shall read this")).to_have_count(0)
        await expect(ada.message("said by Ada")).to_be_visible()
        assert "nobody shall read this any more" not in await lin.said()


async def test_other_tabs_of_that_browser_say_goodbye_too_and_nobody_else(chat: Chat, visit: Visit, host: str) -> None:
    ada, grace = await visit(chat, "Ada", host=host), await visit(chat, "Grace", host=host)
    other = await visit(chat, host=host, beside=grace)
    await other.is_in()
    await other.composer().fill("never sent")
    dialog = await open_question(grace)
    await dialog.get_by_role("button", name="Delete my account", exact=True).click()
    for tab in (grace, other):
        await expect(tab.page.get_by_role("heading", name="Goodbye, Grace", level=1)).to_be_visible()
        await expect(tab.page.get_by_text(KEPT, exact=True)).to_be_visible()
        await expect(tab.page.get_by_role("dialog")).to_have_count(0)
    assert await other.page.evaluate("Object.values(localStorage).filter((each) => each.includes('never sent'))") == []
    await other.button("Begin anew").click()
    await expect(other.name_field).to_be_visible()
    await ada.is_in()


async def test_the_password_is_asked_for_where_there_is_one(chat: Chat, visit: Visit) -> None:
    grace = await visit(chat, "Grace")
    grace.forgive("403 (Forbidden)")
    await set_password(grace)
    dialog = await open_question(grace)
    field = dialog.get_by_label("Password", exact=True)
    for given, words in (("", "Please enter the password."), ("not this one", "This is not your password.")):
        await field.fill(given)
        await dialog.get_by_role("button", name="Delete my account", exact=True).click()
        await expect(field).to_have_accessible_description(words)
        await expect(field).to_be_focused()
    await dialog.get_by_role("button", name="Cancel", exact=True).click()
    # All is as it was.
    await grace.is_in()
    await grace.say("still here")
    await expect(grace.message("still here")).not_to_contain_text("Waiting…")
    dialog = await open_question(grace)
    await dialog.get_by_label("Password", exact=True).fill(PASSWORD)
    await dialog.get_by_label("Password", exact=True).press("Enter")
    await expect(grace.page.get_by_text(KEPT, exact=True)).to_be_visible()


async def test_the_only_host_stays_until_there_is_another(chat: Chat, visit: Visit) -> None:
    ada = await set_up(chat, visit)
    ada.forgive("409 (Conflict)")
    dialog = await open_question(ada)
    await dialog.get_by_role("button", name="Delete my account", exact=True).click()
    refusal = "You are the only host of this chat. Make somebody else a host first."
    await expect(dialog.get_by_role("alert").filter(has_text="host")).to_have_text(refusal)
    await ada.page.keyboard.press("Escape")
    await ada.is_in()
    await ada.say("still the host")
    await expect(ada.message("still the host")).not_to_contain_text("Waiting…")


async def test_without_the_server_nothing_is_done(chat: Chat, visit: Visit) -> None:
    grace = await visit(chat, "Grace")
    dialog = await open_question(grace)
    await chat.stop()
    await dialog.get_by_role("button", name="Delete my account", exact=True).click()
    await expect(
        dialog.get_by_text("The server cannot be reached. Is this device still on the network?")
    ).to_be_visible()
    await chat.start()
    await dialog.get_by_role("button", name="Delete my account", exact=True).click()
    await expect(grace.page.get_by_text(KEPT, exact=True)).to_be_visible()


@pytest.mark.parametrize("size", SIZES)
async def test_axe_finds_nothing_about_leaving(chat: Chat, visit: Visit, size: str) -> None:
    grace = await visit(chat, bypass_csp=True, **SIZES[size])
    await grace.sign_in("Grace")
    await set_password(grace)
    dialog = await open_question(grace)
    await fits(grace)
    await examine(grace.page, "leaving")
    await dialog.get_by_role("button", name="Delete my account", exact=True).click()
    await expect(dialog.get_by_text("Please enter the password.")).to_be_visible()
    await examine(grace.page, "leaving without the password")
    if size == "phone":
        assert await grace.page.evaluate(SMALL) == []
    await dialog.get_by_label("Password", exact=True).fill(PASSWORD)
    await dialog.get_by_role("button", name="Delete my account", exact=True).click()
    await expect(grace.page.get_by_text(KEPT, exact=True)).to_be_visible()
    await fits(grace)
    await examine(grace.page, "goodbye")


async def open_question(person: Person) -> Locator:
    """Ask for it by the settings, on a phone too."""
    if await is_phone(person) and await person.button("Back to the rooms").is_visible():
        await person.button("Back to the rooms").click()
    await person.page.locator(".me").click()
    await person.button("Delete my account…").click()
    dialog = person.dialog(TITLE)
    await expect(dialog.get_by_role("radio", name="Keep it")).to_be_visible()
    return dialog

"""Coming in: by a name, a password, a phrase, an invitation; what was wrong stands at the field it is about."""

import re

import pytest
from playwright.async_api import Locator, expect

from tests.e2e.accounts import PASSWORD, is_drawn, password, set_password
from tests.e2e.chats import Chat
from tests.e2e.conftest import Start, Visit
from tests.e2e.hosts import PANEL, open_panel, set_up
from tests.e2e.people import Person
from tests.e2e.test_accessibility import SIZES, look
from tests.e2e.test_screens import fits

KNOWN = "The name Ada has a password. If it is yours, enter it."
SPENT = "This invitation was used already, or is too old. Ask the host for a new one."


async def test_a_name_with_a_password_asks_for_it(chat: Chat, visit: Visit, host: str) -> None:
    ada = await visit(chat, "Ada", host=host)
    await set_password(ada)
    other = await visit(chat, host=host)
    other.forgive("status of 401", "status of 409")
    await expect(password(other)).to_be_hidden()
    await other.name_field.fill("Ada")
    await other.button("Join the chat").click()
    await expect(other.page.get_by_text(KNOWN)).to_be_visible()
    await expect(password(other)).to_be_focused()
    await expect(password(other)).to_have_attribute("autocomplete", "current-password")
    await expect(other.name_field).to_have_attribute("autocomplete", "username")
    await password(other).fill("not the password")
    await other.button("Sign in").click()
    await expect(password(other)).to_have_accessible_description("This is not the password of Ada.")
    await expect(password(other)).to_be_focused()
    await other.button("Show the password").click()
    await expect(password(other)).to_have_attribute("type", "text")
    await other.button("Show the password").click()
    await password(other).fill(PASSWORD)
    await expect(password(other)).to_have_accessible_description("")
    await password(other).press("Enter")
    await other.is_in()
    await other.say("From here too")
    await expect(ada.message("From here too")).to_be_visible()
    await expect(ada.page.locator(".people__name")).to_have_text(["Ada"])


async def test_who_is_somebody_else_goes_back_to_the_name(chat: Chat, visit: Visit) -> None:
    await set_password(await visit(chat, "Ada"))
    bo = await visit(chat)
    bo.forgive("status of 409")
    await bo.name_field.fill("Ada")
    await bo.button("Join the chat").click()
    await password(bo).fill("something")
    await bo.button("That is not me").click()
    await expect(bo.name_field).to_be_focused()
    await expect(bo.name_field).to_have_value("")
    await expect(password(bo)).to_be_hidden()
    await bo.sign_in("Bo")


async def test_too_many_tries_wait_in_words_and_then_go_on(start: Start, visit: Visit) -> None:
    chat = await start(CHATAPP_RATE_LIMIT="on")
    await set_password(await visit(chat, "Ada"))
    bo = await visit(chat)
    bo.forgive("status of 401", "status of 409", "status of 429")
    await bo.name_field.fill("Ada")
    await bo.button("Join the chat").click()
    waiting = bo.page.get_by_text(re.compile(r"^Too many tries. Please wait \d+ seconds?\.$")).first
    for _ in range(6):
        await password(bo).fill("not the password")
        await password(bo).press("Enter")
        await expect(bo.page.locator(".field__error:not(:empty)")).to_be_visible()
        if await waiting.count():
            break
    await expect(waiting).to_be_attached()
    await expect(bo.button("Sign in")).to_be_disabled()
    await expect(bo.button("Sign in")).to_be_enabled()
    await expect(waiting).to_have_count(0)


async def test_a_phrase_is_asked_for_unless_the_link_brings_it(chat: Chat, visit: Visit, host: str) -> None:
    ada = await set_up(chat, visit)
    phrase = await choose_phrase(ada)
    bo = await visit(chat, host=host)
    bo.forgive("status of 401", "status of 403")
    field = bo.page.get_by_role("textbox", name="Phrase")
    await bo.name_field.fill("Bo")
    await bo.button("Join the chat").click()
    await expect(field).to_have_accessible_description(re.compile("Please enter the phrase."))
    await field.fill("four words of mine")
    await field.press("Enter")
    await expect(field).to_have_accessible_description(re.compile("This is not the phrase."))
    await expect(field).to_be_focused()
    await field.fill(phrase.upper())
    await field.press("Enter")
    await bo.is_in()

    fay = await visit(chat, url=f"{chat.at(host)}/#/join/{phrase.replace(' ', '-')}")
    fay.forgive("status of 401")
    await expect(fay.page).to_have_url(f"{chat.at(host)}/")
    await expect(fay.page.get_by_role("textbox", name="Phrase")).to_be_hidden()
    await fay.sign_in("Fay")
    assert phrase.split()[0] not in await fay.page.evaluate("JSON.stringify(localStorage) + location.href")


async def test_an_old_phrase_in_a_link_is_told_and_the_new_one_asked_for(chat: Chat, visit: Visit) -> None:
    ada = await set_up(chat, visit)
    phrase = await choose_phrase(ada)
    part = await open_panel(ada, "Ways in")
    await part.get_by_role("button", name="New phrase").click()
    await ada.dialog("Make a new phrase?").get_by_role("button", name="New phrase").click()
    await expect(part.locator(".ways__phrase")).not_to_have_text(phrase)
    bo = await visit(chat, url=f"{chat.url}/#/join/{phrase.replace(' ', '-')}")
    bo.forgive("status of 401", "status of 403")
    await bo.name_field.fill("Bo")
    await bo.button("Join the chat").click()
    field = bo.page.get_by_role("textbox", name="Phrase")
    await expect(field).to_have_accessible_description(re.compile("The phrase in your link is not good any more."))
    await field.fill(await part.locator(".ways__phrase").inner_text())
    await bo.button("Join the chat").click()
    await bo.is_in()


async def test_an_invitation_lets_in_as_many_as_it_says(chat: Chat, visit: Visit, host: str) -> None:
    ada = await set_up(chat, visit)
    await choose_way(ada, "A name and an invitation")
    bo = await visit(chat, host=host)
    bo.forgive("status of 401", "status of 403")
    await expect(bo.page.get_by_text("This chat is by invitation only.")).to_be_visible()
    await bo.name_field.fill("Bo")
    await password(bo).fill("whatever it is")
    await bo.button("Sign in").click()
    await expect(bo.page.get_by_role("alert").filter(has_text="by invitation only")).to_be_visible()

    part = await open_panel(ada, "Ways in")
    await part.get_by_role("button", name="Make a link").click()
    link = await part.locator(".one-time__link").inner_text()
    await expect(part.get_by_role("img", name="QR code of the invitation")).to_be_visible()
    await expect(part.get_by_text("Member · 1 person yet")).to_be_visible()
    fay = await visit(chat, url=chat.at(host) + link[link.index("/#/") :])
    fay.forgive("status of 401")
    await expect(fay.page.get_by_text("You are invited.")).to_be_visible()
    await expect(fay.page).to_have_url(f"{chat.at(host)}/")
    await fay.sign_in("Fay")

    gus = await visit(chat, url=chat.at(host) + link[link.index("/#/") :])
    gus.forgive("status of 401", "status of 403")
    await gus.name_field.fill("Gus")
    await gus.button("Join the chat").click()
    await expect(gus.page.get_by_text(SPENT)).to_be_visible()


async def test_the_hosts_link_leads_into_a_chat_that_is_closed(chat: Chat, visit: Visit) -> None:
    ada = await set_up(chat, visit)
    await choose_way(ada, "A name and an invitation")
    await chat.stop()
    chat.was_down = True
    await chat.start()
    bo = await visit(chat, url=chat.host_link)
    bo.forgive("status of 401")
    await bo.name_field.fill("Bo")
    await bo.button("Continue").click()
    await bo.is_in()
    await expect(bo.button(PANEL)).to_be_visible()


async def test_an_invitation_can_be_taken_back(chat: Chat, visit: Visit) -> None:
    ada = await set_up(chat, visit)
    await choose_way(ada, "A name and an invitation")
    part = await open_panel(ada, "Ways in")
    await part.get_by_role("combobox", name="They come as").select_option("Guest")
    await part.get_by_role("combobox", name="Good for").select_option("Any number of people")
    await part.get_by_role("button", name="Make a link").click()
    await expect(part.get_by_text("Guest · Any number of people")).to_be_visible()
    link = await part.locator(".one-time__link").inner_text()
    await part.get_by_role("button", name=re.compile("^Remove the invitation made on")).click()
    await ada.dialog("Remove this invitation?").get_by_role("button", name="Remove").click()
    await expect(part.get_by_text("There are none.")).to_be_visible()
    await expect(part.locator(".one-time__link")).to_have_count(0)
    bo = await visit(chat, url=link)
    bo.forgive("status of 401", "status of 403")
    await bo.name_field.fill("Bo")
    await bo.button("Join the chat").click()
    await expect(bo.page.get_by_text(SPENT)).to_be_visible()


async def test_link_code_and_poster_carry_the_phrase(chat: Chat, visit: Visit) -> None:
    ada = await set_up(chat, visit, permissions=["clipboard-read", "clipboard-write"])
    phrase = await choose_phrase(ada)
    await ada.page.keyboard.press("Escape")
    await ada.button("Invite people").click()
    dialog = ada.dialog("Invite people")
    await expect(dialog.get_by_text(phrase, exact=True)).to_be_visible()
    await is_drawn(dialog.get_by_role("img"))
    await dialog.get_by_role("button", name="Copy address").click()
    await expect(ada.told).to_contain_text("Copied")
    link = await ada.page.evaluate("navigator.clipboard.readText()")
    assert link.endswith(f"/#/join/{phrase.replace(' ', '-')}")
    await ada.page.emulate_media(media="print")
    await expect(ada.page.locator(".poster").get_by_text(f"The phrase: {phrase}")).to_be_visible()
    await ada.page.emulate_media(media="screen")
    await ada.page.keyboard.press("Escape")

    bo = await visit(chat, url=link)
    bo.may_ask.add(bo.url.split("/")[2])
    bo.forgive("status of 401")
    await bo.sign_in("Bo")
    await bo.button("Invite people").click()
    await expect(bo.dialog("Invite people").get_by_text(phrase, exact=True)).to_be_visible()

    await bo.page.keyboard.press("Escape")
    await choose_way(ada, "A name and an invitation")
    await ada.page.keyboard.press("Escape")
    await bo.button("Invite people").click()
    await expect(bo.dialog("Invite people").get_by_text("This chat is by invitation only")).to_be_visible()
    await expect(bo.dialog("Invite people").get_by_role("img")).to_have_count(0)
    await ada.button("Invite people").click()
    await expect(dialog.get_by_role("button", name="Print a poster")).to_have_count(0)
    await dialog.get_by_role("button", name="Make an invitation").click()
    await expect(ada.page.get_by_role("tab", name="Ways in")).to_have_attribute("aria-selected", "true")


@pytest.mark.parametrize("size", SIZES)
async def test_axe_finds_nothing_where_one_comes_in(chat: Chat, visit: Visit, size: str) -> None:
    ada = await set_up(chat, visit)
    await set_password(ada)
    bo = await visit(chat, bypass_csp=True, **SIZES[size])
    bo.forgive("status of 401", "status of 403", "status of 404", "status of 409")
    await bo.name_field.fill("Ada")
    await bo.button("Join the chat").click()
    await password(bo).fill("wrong password")
    await password(bo).press("Enter")
    await expect(password(bo)).to_have_attribute("aria-invalid", "true")
    await look(bo, "a wrong password")
    await fits(bo)
    await choose_phrase(ada)
    await bo.page.reload()
    await expect(bo.page.get_by_role("textbox", name="Phrase")).to_be_visible()
    await look(bo, "the phrase")
    await fits(bo)
    await choose_way(ada, "A name and an invitation")
    await bo.page.goto(f"{chat.url}/#/device/used")
    await bo.page.reload()
    await expect(bo.page.get_by_text("by invitation only").first).to_be_visible()
    await look(bo, "by invitation")
    await fits(bo)


async def choose_way(host: Person, way: str) -> Locator:
    """Let people come in this way only; return that part of the host's panel."""
    part = await open_panel(host, "Ways in")
    await part.get_by_role("radio", name=way, exact=True).check()
    await expect(part.get_by_text("Saved.")).to_be_visible()
    return part


async def choose_phrase(host: Person) -> str:
    """Ask newcomers for a phrase, and return it."""
    part = await choose_way(host, "A name and a phrase")
    words = await part.locator(".ways__phrase").inner_text()
    assert len(words.split()) == 4
    return words

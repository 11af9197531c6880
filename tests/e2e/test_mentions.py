"""Mentions: completed while one types, marked in the text, counted apart."""

import re

from playwright.async_api import Locator, expect

from tests.e2e.chats import Author, Chat
from tests.e2e.conftest import Visit
from tests.e2e.people import Person


async def test_a_name_is_completed_by_keyboard(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada")
    grace = await visit(chat, "Grace")
    await visit(chat, "Gregor")
    await expect(ada.button("3 people here, show")).to_be_visible()
    await ada.composer().press_sequentially("Ask @")
    await expect(people(ada)).to_have_text(["GGrace", "GGregor"])
    await ada.composer().press_sequentially("gr")
    await expect(people(ada)).to_have_count(2)
    await expect(people(ada).first).to_have_attribute("aria-selected", "true")
    await ada.page.keyboard.press("ArrowDown")
    chosen = await ada.composer().get_attribute("aria-activedescendant")
    await expect(ada.page.locator(f"#{chosen}")).to_contain_text("Gregor")
    await ada.page.keyboard.press("ArrowUp")
    await ada.page.keyboard.press("Enter")
    await expect(ada.composer()).to_have_value("Ask @Grace ")
    await expect(people(ada)).to_have_count(0)
    await ada.composer().press_sequentially("or @gre")
    await expect(people(ada)).to_have_count(1)
    await ada.page.keyboard.press("Tab")
    await expect(ada.composer()).to_have_value("Ask @Grace or @Gregor ")
    await ada.page.keyboard.press("Enter")
    await expect(grace.row("Ask")).to_have_class(re.compile("is-mention"))
    await expect(grace.row("Ask").locator(".mention")).to_have_text(["@Grace", "@Gregor"])
    await expect(grace.row("Ask").locator(".mention.is-own")).to_have_text("@Grace")
    await expect(ada.row("Ask").locator(".mention")).to_have_text(["@Grace", "@Gregor"])
    await expect(ada.row("Ask")).not_to_have_class(re.compile("is-mention"))
    await expect(grace.page.get_by_role("log")).to_contain_text("Ada mentioned you: Ask @Grace or @Gregor")


async def test_a_name_is_completed_by_mouse_and_left_alone_by_esc(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada")
    await visit(chat, "Grace")
    await expect(ada.button("2 people here, show")).to_be_visible()
    await ada.composer().press_sequentially("@gr")
    await people(ada).click()
    await expect(ada.composer()).to_have_value("@Grace ")
    await expect(ada.composer()).to_be_focused()
    await ada.composer().fill("")
    await ada.composer().press_sequentially("@gr")
    await expect(people(ada)).to_be_visible()
    await ada.page.keyboard.press("Escape")
    await expect(people(ada)).to_be_hidden()
    await ada.composer().press_sequentially("a")
    await expect(people(ada)).to_be_hidden()
    await ada.page.keyboard.press("Enter")
    await expect(ada.message("@gra")).to_be_visible()
    for words in ("mail@gr", "`@gr", "@nobody-of-this-name"):
        await ada.composer().fill("")
        await ada.composer().press_sequentially(words)
        await expect(people(ada)).to_be_hidden()


async def test_somebody_elsewhere_is_found_too(chat: Chat, visit: Visit) -> None:
    async with Author(chat, "Zoë"):
        ada = await visit(chat, "Ada")
        await ada.composer().press_sequentially("@zo")
        await expect(people(ada)).to_contain_text("Zoë")
        await ada.page.keyboard.press("Enter")
        await ada.page.keyboard.press("Enter")
        await expect(ada.row("@Zoë").locator(".mention")).to_have_text("@Zoë")


async def test_mentions_are_counted_apart(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada")
    async with Author(chat, "Grace") as grace:
        await grace.say("For everybody", "tech")
        await grace.say("For @Ada", "tech")
        await grace.say("Not for `@Ada`", "tech")
    await expect(ada.room("tech")).to_have_accessible_name("Tech Talk 1 mention 3 new messages")
    await expect(ada.page).to_have_title("(3) General · Chat")
    await ada.go_to("tech")
    await expect(ada.row("For @Ada", "tech").first).to_have_class(re.compile("is-mention"))
    await expect(ada.row("Not for", "tech")).not_to_have_class(re.compile("is-mention"))
    await ada.go_to("general")
    await expect(ada.room("tech")).to_have_accessible_name("Tech Talk")


async def test_one_is_told_of_mentions_only_where_one_wants(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada")
    await ada.go_to("tech")
    level = ada.page.get_by_role("group", name="Tell me of")
    await expect(level.get_by_role("radio", name="All messages")).to_be_checked()
    await level.get_by_role("radio", name="Only mentions of me").check()
    await ada.go_to("general")
    async with Author(chat, "Grace") as grace:
        await grace.say("For everybody", "tech")
        await expect(ada.room("tech")).to_have_accessible_name("Tech Talk 1 new message")
        await expect(ada.page).to_have_title("General · Chat")
        await grace.say("For @Ada", "tech")
        await expect(ada.page).to_have_title("(1) General · Chat")
    await ada.go_to("tech")
    await expect(level.get_by_role("radio", name="Only mentions of me")).to_be_checked()
    await level.get_by_role("radio", name="Nothing").check()
    await ada.page.reload()
    await ada.is_in("tech")
    await expect(level.get_by_role("radio", name="Nothing")).to_be_checked()


async def test_an_edit_completes_names_too(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada")
    grace = await visit(chat, "Grace")
    await ada.say("Somebody should look")
    await expect(grace.message("Somebody should look")).to_be_visible()
    await ada.composer().press("ArrowUp")
    await ada.edit_field.fill("")
    await ada.edit_field.press_sequentially("@gr")
    await expect(people(ada)).to_be_visible()
    await ada.page.keyboard.press("Enter")
    await ada.edit_field.press_sequentially("should look\n")
    await expect(grace.row("should look")).to_have_class(re.compile("is-mention"))


def people(person: Person) -> Locator:
    """Those who are offered while a name is typed."""
    return person.page.get_by_role("listbox", name="People to mention").get_by_role("option")

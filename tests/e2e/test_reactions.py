"""Reactions: chips that all see, a picker that is fetched when it is first used."""

import re

from playwright.async_api import expect

from tests.e2e.chats import Author, Chat
from tests.e2e.conftest import Visit

SCRIPTS = "performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('.js')).length"


async def test_two_people_react_and_take_it_back(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada")
    grace = await visit(chat, "Grace")
    await grace.say("It works")
    await ada.open_menu("It works")
    await ada.menu.get_by_role("button", name="React with 🎉").click()
    await expect(ada.chip("It works", "🎉")).to_have_attribute("aria-pressed", "true")
    await expect(grace.chip("It works", "🎉")).to_have_attribute("aria-pressed", "false")
    await expect(grace.chip("It works", "🎉")).to_have_accessible_name("🎉 1, Ada")
    await grace.chip("It works", "🎉").click()
    for person, names in ((ada, "You and Grace"), (grace, "You and Ada")):
        await expect(person.chip("It works", "🎉")).to_have_text("🎉2")
        await expect(person.chip("It works", "🎉")).to_have_attribute("title", f"{names}: 🎉")
    await ada.chip("It works", "🎉").click()
    await grace.chip("It works", "🎉").click()
    for person in (ada, grace):
        await expect(person.row("It works").locator(".reaction")).to_have_count(0)


async def test_who_reacted_elsewhere_is_known_by_name(chat: Chat, visit: Visit) -> None:
    async with Author(chat, "Grace") as grace, Author(chat, "Lin") as lin:
        said = await grace.say("Seen by many")
        await grace.react(said, "👀")
        await lin.react(said, "👀")
        ada = await visit(chat, "Ada")
        await expect(ada.chip("Seen by many", "👀")).to_have_accessible_name("👀 2, Grace and Lin")


async def test_the_picker_is_fetched_when_it_is_first_used(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada")
    async with Author(chat, "Grace") as grace:
        await grace.say("A cat in the server room")
    await expect(ada.message("A cat in the server room")).to_be_visible()
    before = await ada.page.evaluate(SCRIPTS)
    await ada.row("A cat").hover()
    await ada.button("Add a reaction").click()
    search = ada.picker.get_by_role("searchbox", name="Search emojis")
    await expect(search).to_be_focused()
    await expect(ada.picker.get_by_role("button", name="Animals and nature")).to_be_visible()
    assert await ada.page.evaluate(SCRIPTS) > before
    await search.press_sequentially("black cat")
    await expect(ada.picker.get_by_role("button", name="black cat", exact=True)).to_be_visible()
    await search.press("Enter")
    await expect(ada.picker).to_have_count(0)
    await expect(ada.chip("A cat", "🐈‍⬛")).to_have_attribute("aria-pressed", "true")
    # What one has chosen comes first the next time.
    await ada.open_menu("A cat")
    await expect(ada.menu.locator(".frequent .emoji").first).to_have_text("🐈‍⬛")
    await expect(ada.menu.locator(".frequent .emoji").first).to_have_attribute("aria-pressed", "true")


async def test_the_picker_is_used_by_keyboard(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada")
    await ada.say("React to me")
    await expect(ada.message("React to me")).not_to_contain_text("Waiting…")
    await ada.go_to_messages()
    await expect(ada.row("React to me")).to_be_focused()
    await ada.page.keyboard.press("+")
    await expect(ada.picker.get_by_role("button", name="Flags", exact=True)).to_be_visible()
    await ada.page.keyboard.press("ArrowDown")
    await expect(ada.picker.locator(".emoji:focus")).to_have_text("👍")
    await ada.page.keyboard.press("ArrowDown")
    await expect(ada.picker.locator(".emoji:focus")).to_have_text("😀")
    await ada.page.keyboard.press("ArrowRight")
    await expect(ada.picker.locator(".emoji:focus")).to_have_text("😃")
    await ada.page.keyboard.press("ArrowUp")
    await ada.page.keyboard.press("ArrowUp")
    await expect(ada.picker.get_by_role("searchbox")).to_be_focused()
    await ada.page.keyboard.press("Escape")
    await expect(ada.picker).to_have_count(0)
    await expect(ada.row("React to me")).to_be_focused()
    await ada.page.keyboard.press("+")
    await ada.page.keyboard.press("ArrowDown")
    await ada.page.keyboard.press("Enter")
    await expect(ada.chip("React to me", "👍")).to_have_attribute("aria-pressed", "true")
    await expect(ada.row("React to me")).to_be_focused()
    # From the message to its chips; the last one that goes leaves the focus with its message.
    await ada.page.keyboard.press("Tab")
    await expect(ada.chip("React to me", "👍")).to_be_focused()
    await ada.page.keyboard.press("Enter")
    await expect(ada.chip("React to me", "👍")).to_have_count(0)
    await expect(ada.row("React to me")).to_be_focused()


async def test_a_tone_of_skin_is_kept(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada")
    await ada.button("Add an emoji").click()
    await expect(ada.picker.get_by_role("button", name="Flags", exact=True)).to_be_visible()
    await ada.picker.get_by_role("combobox", name="Skin tone").select_option("4")
    await ada.picker.get_by_role("searchbox").fill("waving hand")
    await ada.picker.get_by_role("button", name="waving hand", exact=True).click()
    await expect(ada.composer()).to_have_value("👋🏾")
    await expect(ada.composer()).to_be_focused()
    await ada.page.keyboard.press("Enter")
    await expect(ada.message("👋🏾")).to_be_visible()
    await ada.page.reload()
    await ada.is_in()
    await ada.button("Add an emoji").click()
    await expect(ada.picker.get_by_role("combobox", name="Skin tone")).to_have_value("4")


async def test_what_the_server_does_not_take_is_said(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada")
    async with Author(chat, "Grace") as grace:
        said = await grace.say("Everything at once")
        for emoji in "🍏🍎🍐🍊🍋🍌🍉🍇🍓🫐🍈🍒🍑🥭🍍🥥🥝🍅🍆🥑":
            await grace.react(said, emoji)
    await expect(ada.row("Everything").locator(".reaction[aria-pressed]")).to_have_count(20)
    await expect(ada.row("Everything").locator(".reaction--add")).to_have_count(0)
    await ada.open_menu("Everything")
    await ada.menu.get_by_role("button", name="React with 👍").click()
    refusal = ada.page.get_by_text("This message has as many different reactions as it can hold.", exact=True)
    await expect(refusal).to_be_visible()
    await expect(ada.chip("Everything", "👍")).to_have_count(0)
    await ada.chip("Everything", "🍏").click()
    await expect(ada.chip("Everything", "🍏")).to_have_text(re.compile("2"))

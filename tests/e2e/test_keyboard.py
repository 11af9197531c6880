"""Everything by keyboard, and what a screen reader is told."""

import re

from playwright.async_api import expect

from tests.e2e.chats import Author, Chat
from tests.e2e.conftest import Visit

# Enough to come past everything that takes the focus on a page with an empty room.
STOPS = 40
# What has the focus (null: nothing) and whether that can be seen, on it or on the box around it.
FOCUSED = """() => {
    const at = document.activeElement;
    const marks = [at, at.closest('.composer__box')].filter(Boolean).map((each) => getComputedStyle(each));
    const isMarked = marks.some(({ outlineStyle, boxShadow }) => outlineStyle !== 'none' || boxShadow !== 'none');
    return [at === document.body ? null : (at.getAttribute('aria-label') ?? at.innerText), isMarked];
}"""


async def test_from_the_first_screen_to_a_message(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat)
    await expect(ada.name_field).to_be_focused()
    await ada.page.keyboard.type("Ada\n")
    await expect(ada.composer()).to_be_focused()
    await ada.page.keyboard.type("first line")
    await ada.page.keyboard.press("Shift+Enter")
    await ada.page.keyboard.type("second line\n")
    await expect(ada.messages().locator(".message__text")).to_have_text("first line\nsecond line", use_inner_text=True)
    await expect(ada.composer()).to_be_focused()
    await expect(ada.composer()).to_have_value("")


async def test_one_jumps_to_rooms_and_people(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada")
    await visit(chat, "Grace")
    await expect(ada.button("2 people here, show")).to_be_visible()
    await ada.page.keyboard.press("Control+K")
    field = ada.page.get_by_role("combobox", name="Jump to a room or a person")
    await expect(field).to_be_focused()
    await field.press("Escape")
    await expect(ada.composer()).to_be_focused()
    await ada.page.keyboard.press("Control+K")
    await field.press_sequentially("tech\n")
    await ada.is_in("tech")
    await expect(ada.composer("tech")).to_be_focused()
    await ada.page.keyboard.press("Control+K")
    await field.press_sequentially("gra")
    await expect(ada.page.get_by_role("option", name="Grace")).to_have_attribute("aria-selected", "true")
    await field.press("Enter")
    await expect(ada.page.get_by_role("textbox", name="Message Grace", exact=True)).to_be_focused()
    await expect(ada.page.get_by_role("heading", name="Grace", level=1)).to_be_visible()


async def test_the_arrows_go_through_the_messages(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada")
    async with Author(chat, "Grace") as grace:
        await grace.say("The oldest, with [a link](https://example.test/)")
        await grace.react(await grace.say("In the middle"), "👀")
        await grace.say("The newest")
    await expect(ada.message("The newest")).to_be_visible()
    await ada.page.keyboard.press("Shift+Tab")
    await expect(ada.row("The newest")).to_be_focused()
    await expect(ada.row("The newest")).to_have_accessible_name(re.compile(r"^Grace, .*: The newest$"))
    await ada.page.keyboard.press("ArrowUp")
    await expect(ada.row("In the middle")).to_be_focused()
    for name in ("👀 1, Grace", "Add a reaction", "Add a reaction", "Reply", "More actions"):
        await ada.page.keyboard.press("Tab")
        await expect(ada.page.locator(":focus")).to_have_accessible_name(name)
    await ada.page.keyboard.press("Escape")
    await expect(ada.row("In the middle")).to_be_focused()
    await ada.page.keyboard.press("Home")
    await expect(ada.row("The oldest")).to_be_focused()
    for key in ("Enter", "Shift+F10"):
        await ada.page.keyboard.press(key)
        await expect(ada.menu.get_by_role("button", name="Reply", exact=True)).to_be_focused()
        await ada.page.keyboard.press("ArrowDown")
        await expect(ada.menu.get_by_role("button", name="Copy text")).to_be_focused()
        await ada.page.keyboard.press("Escape")
        await expect(ada.row("The oldest")).to_be_focused()
    await ada.page.keyboard.press("r")
    await expect(ada.composer()).to_be_focused()
    await expect(ada.page.get_by_role("group", name="Reply", exact=True)).to_contain_text("The oldest")
    await ada.messages().focus()
    await ada.page.keyboard.press("ArrowUp")
    await expect(ada.row("The newest")).to_be_focused()
    await ada.page.keyboard.press("Escape")
    await expect(ada.composer()).to_be_focused()


async def test_the_arrows_go_through_the_rooms(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada")
    for key, room in (("ArrowDown", "tech"), ("ArrowDown", "random"), ("ArrowDown", "general"), ("ArrowUp", "random")):
        await ada.page.keyboard.press(f"Alt+{key}")
        await ada.is_in(room)
        await expect(ada.composer(room)).to_be_focused()
    async with Author(chat, "Grace") as grace:
        await grace.say("News", "tech")
    await expect(ada.room("tech")).to_have_accessible_name("Tech Talk 1 new message")
    await ada.page.keyboard.press("Alt+Shift+ArrowDown")
    await ada.is_in("tech")


async def test_dialogs_give_the_focus_back(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada")
    for opener, title in (
        (".me", "Settings"),
        (".place button[title='Invite people']", "Invite people"),
        (".place button[title='Everybody']", "Everybody"),
        (".jump-button", "Jump to a room or a person"),
    ):
        await ada.page.locator(opener).focus()
        await ada.page.keyboard.press("Enter")
        await expect(ada.dialog(title)).to_be_visible()
        await ada.page.keyboard.press("Escape")
        await expect(ada.dialog(title)).to_be_hidden()
        await expect(ada.page.locator(opener)).to_be_focused()
    await ada.messages().focus()
    await ada.page.keyboard.press("?")
    await expect(ada.dialog("Keyboard shortcuts")).to_be_visible()
    await ada.page.keyboard.press("Escape")
    await expect(ada.messages()).to_be_focused()
    await ada.composer().press("?")
    await expect(ada.composer()).to_have_value("?")
    await expect(ada.page.get_by_role("dialog")).to_have_count(0)


async def test_every_stop_of_the_tab_key_can_be_seen(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada")
    seen: set[str] = set()
    for _ in range(STOPS):
        await ada.page.keyboard.press("Tab")
        words, is_marked = await ada.page.evaluate(FOCUSED)
        if words is not None:
            assert is_marked, f"{words!r} shows no focus"
            seen.add(words)
    assert {"Invite people", "Messages in General", "Message General", "Save a copy…"} <= seen


async def test_messages_of_others_are_announced(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada")
    live = ada.page.get_by_role("log")
    await expect(live).to_have_attribute("aria-live", "polite")
    async with Author(chat, "Grace") as grace:
        await grace.say("Said **before**")
        await expect(live.get_by_text("Grace: Said before", exact=True)).to_have_count(1)
        await ada.say("My own words")
        await grace.say("Said after")
    await expect(live.get_by_text("Grace: Said after", exact=True)).to_have_count(1)
    await expect(live).not_to_contain_text("My own words")
    await ada.page.reload()
    await ada.is_in()
    await expect(live).to_have_text("")

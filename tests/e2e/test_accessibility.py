"""axe finds nothing on any screen or dialog: light and dark, desktop and phone."""

from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import Page, expect

from tests.e2e.chats import Author, Chat
from tests.e2e.conftest import Visit
from tests.e2e.people import Person

AXE = Path(__file__).resolve().parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN = """async (tags) => {
    const ending = document.getAnimations().filter(({ effect }) => effect.getComputedTiming().iterations !== Infinity);
    await Promise.all(ending.map(({ finished }) => finished.catch(() => undefined)));
    const { violations } = await axe.run(document, { runOnly: { type: 'tag', values: tags } });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(' | ')}`);
}"""
SAID = (
    "Good morning, **everybody**. [The notes](https://example.test/) are here.",
    '```python\nprint("hello")  # a comment\n```',
    "> quoted\n\n- one\n- two with `code`",
    "👍",
    "مرحبا بالجميع",
    "\n".join(f"line {number}" for number in range(40)),
)
SIZES: dict[str, dict[str, object]] = {
    "desktop": {"viewport": {"width": 1280, "height": 800}},
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True},
}


@pytest.mark.parametrize("size", SIZES)
async def test_axe_finds_nothing(chat: Chat, visit: Visit, size: str) -> None:
    ada = await visit(chat, bypass_csp=True, **SIZES[size])
    await expect(ada.name_field).to_be_visible()
    await look(ada, "sign-in")
    await ada.button("Join the chat").click()
    await expect(ada.name_field).to_have_accessible_description("Please enter a name.")
    await look(ada, "sign-in with an error")
    await ada.sign_in("Ada")
    await look(ada, "empty room")
    async with Author(chat, "Grace") as grace:
        for text in SAID:
            await grace.say(text)
        await grace.say("News", "tech")
    await ada.composer().fill("Mine")
    await ada.button("Send").click()
    await expect(ada.messages().locator("pre .hljs-string")).to_be_visible()
    await expect(ada.button("Turn on notifications")).to_be_visible()
    await look(ada, "room")
    await look_at_changes(ada)
    await look_at_panes(ada, size)
    await look_at_dialogs(ada)
    await look_at_outage(ada)


async def look_at_changes(ada: Person) -> None:
    """Everything there is to a message, and what one can do with it."""
    async with Author(ada.chat, "Lin") as lin:
        source = await lin.say("Where is the key?")
        await lin.react(source, "👀")
        await lin.edit(source, "Where is the *red* key?")
        await lin.say("I have it, @Ada and @Grace", reply_to=source["id"])
        await lin.delete(await lin.say("Said too early"))
        await lin.say("@Ada, here too", "tech")
    await expect(ada.messages().get_by_text("Message deleted")).to_be_visible()
    await ada.reach("Where is")
    await ada.menu.get_by_role("button", name="React with 🎉").click()
    await expect(ada.chip("Where is", "🎉")).to_be_visible()
    await look(ada, "changed messages")
    await ada.reach("Mine")
    await look(ada, "menu")
    await ada.menu.get_by_role("button", name="All emojis").click()
    await expect(ada.picker.get_by_role("button", name="Flags", exact=True)).to_be_visible()
    await look(ada, "picker")
    await ada.picker.get_by_role("searchbox").fill("dog")
    await expect(ada.picker.get_by_role("button", name="guide dog")).to_be_visible()
    await look(ada, "picker with results")
    await ada.picker.get_by_role("button", name="guide dog").click()
    await ada.reach("Where is")
    await ada.menu.get_by_role("button", name="Edit history").click()
    await expect(ada.dialog("Edit history").locator(".edits__version")).to_have_count(2)
    await look(ada, "edit history")
    await ada.page.keyboard.press("Escape")
    await ada.reach("Mine")
    await ada.menu.get_by_role("button", name="Edit", exact=True).click()
    await ada.edit_field.press_sequentially(" @Gr")
    await expect(ada.page.get_by_role("option", name="Grace")).to_be_visible()
    await look(ada, "edit")
    await ada.page.keyboard.press("Escape")
    await ada.button("Cancel").click()
    await ada.reach("Where is")
    await ada.menu.get_by_role("button", name="Reply", exact=True).click()
    await ada.composer().press_sequentially("@")
    await expect(ada.page.get_by_role("option", name="Grace")).to_be_visible()
    await look(ada, "reply")
    await ada.page.keyboard.press("Escape")
    await ada.composer().fill("")
    await ada.reach("Mine")
    await ada.menu.get_by_role("button", name="Delete", exact=True).click()
    await look(ada, "deletion")
    await ada.button("Undo").click()


async def look_at_panes(ada: Person, size: str) -> None:
    """What stands beside the conversation on a desktop: people, and the list of rooms."""
    if size == "desktop":
        return
    await ada.button("1 person here, show").click()
    await expect(ada.page.get_by_role("heading", name="1 person here")).to_be_visible()
    await look(ada, "people")
    await ada.button("Close").click()
    await ada.button("Back to the rooms").click()
    await expect(ada.room("tech")).to_have_accessible_name("Tech Talk 1 mention 2 new messages")
    await look(ada, "rooms")


async def look_at_dialogs(ada: Person) -> None:
    """Every dialog that a button or a key opens."""
    await ada.page.locator(".me").click()
    await look(ada, "settings")
    await ada.button("Keyboard shortcuts").click()
    await expect(ada.dialog("Keyboard shortcuts")).to_be_visible()
    await look(ada, "shortcuts")
    await ada.page.keyboard.press("Escape")
    await ada.button("Invite people").click()
    await expect(ada.dialog("Invite people").get_by_role("img")).to_be_visible()
    await look(ada, "invitation")
    await ada.page.keyboard.press("Escape")
    await ada.page.keyboard.press("Control+K")
    await ada.page.keyboard.type("e")
    await look(ada, "jump")
    await ada.page.keyboard.press("Escape")


async def look_at_outage(ada: Person) -> None:
    """What waits, what was refused, and the end of the session."""
    ada.forgive("status of 401")
    if await ada.composer().is_hidden():
        await ada.room("general").click()
    await ada.chat.kill()
    await ada.composer().fill("A text of more than ten characters")
    await ada.button("Send").click()
    await expect(ada.button("Retry now")).to_be_visible()
    await look(ada, "outage")
    await ada.chat.start("--max-message-length", "10")
    await expect(ada.button("Discard")).to_be_visible()
    await ada.composer().fill("Too long once more")
    await look(ada, "refused")
    await ada.chat.kill()
    ada.chat.environment["CHATAPP_SECRET_KEY"] = "another key, which signs everyone out"
    await ada.chat.start()
    await expect(ada.dialog("Please sign in again")).to_be_visible()
    await look(ada, "expired session")


@pytest.mark.parametrize("size", SIZES)
async def test_axe_finds_nothing_about_rooms(chat: Chat, visit: Visit, size: str) -> None:
    ada = await visit(chat, bypass_csp=True, **SIZES[size])
    await ada.sign_in("Ada")
    async with Author(chat, "Grace"):
        await to_the_list(ada)
        await ada.button("New private room").click()
        await ada.button("Make the room").click()
        name = ada.dialog("New room").get_by_role("textbox", name="Name of the room")
        await expect(name).to_have_accessible_description("Please enter a name for the room.")
        await look(ada, "new room with an error")
        await name.fill("Plans")
        await ada.button("Make the room").click()
        await ada.is_in("Plans")
        await look(ada, "empty private room")
        await ada.button("Invite somebody").click()
        await expect(ada.page.get_by_role("option", name="Grace")).to_be_visible()
        await look(ada, "people to invite")
        await ada.page.get_by_role("option", name="Grace").click()
        await ada.button("Invite").click()
        await expect(ada.page.get_by_role("heading", name="2 members")).to_be_visible()
        await look(ada, "details of a private room")
        await ada.button("What to do with Grace").click()
        await look(ada, "what to do with a person")
        await ada.menu.get_by_role("button", name="Remove from this room").click()
        await expect(ada.dialog("Remove Grace from Plans?")).to_be_visible()
        await look(ada, "a question")
        await ada.page.keyboard.press("Escape")
        await ada.button("Edit").click()
        await look(ada, "a room that is changed")
        await ada.button("Cancel").click()
        await ada.button("Archive this room").click()
        await expect(ada.button("Take up again").first).to_be_visible()
        await look(ada, "details of an archived room")
        await to_the_list(ada)
        await expect(ada.page.locator(".room-section[data-section=archived] a")).to_be_visible()
        await look(ada, "an archived room in the list")


@pytest.mark.parametrize("size", SIZES)
async def test_axe_finds_nothing_about_conversations(chat: Chat, visit: Visit, size: str) -> None:
    ada = await visit(chat, bypass_csp=True, **SIZES[size])
    await ada.sign_in("Ada")
    async with Author(chat, "Grace") as grace, Author(chat, "مريم"):
        await to_the_list(ada)
        await ada.button("New message").click()
        people = ada.dialog("New message").get_by_role("combobox")
        for one in ("Grace", "مريم"):
            await people.fill(one)
            await ada.page.get_by_role("option", name=one).click()
            await expect(ada.page.locator(".people-field__person", has_text=one)).to_be_visible()
        await look(ada, "people to talk with")
        await ada.button("Go to the conversation").click()
        await expect(ada.page.get_by_role("heading", name="Grace, مريم", level=1)).to_be_visible()
        await expect(ada.page.locator(".skeleton")).to_have_count(0)
        await look(ada, "empty conversation")
        await to_the_list(ada)
        await ada.room("tech").click()
        await ada.is_in("tech")
        await grace.say("News", "random")
    await to_the_details(ada)
    await ada.button("Leave this room").click()
    await expect(ada.page.get_by_text("You have left this room.")).to_be_attached()
    await look(ada, "details of a room that was left")
    if size == "phone":
        await ada.button("Close").click()
    await expect(ada.button("Join")).to_be_visible()
    await look(ada, "a room that was left")
    await to_the_list(ada)
    await look(ada, "every kind of room in the list")


async def to_the_list(ada: Person) -> None:
    """On a phone, go back until the rooms are shown; a desktop shows them always."""
    if not await is_phone(ada):
        return
    for name in ("Close", "Back to the rooms"):
        if await ada.button(name).is_visible():
            await ada.button(name).click()


async def to_the_details(ada: Person) -> None:
    """On a phone, go on to what there is to know about the room; a desktop shows it beside."""
    if await is_phone(ada):
        await ada.button("1 person here, show").click()


async def is_phone(ada: Person) -> bool:
    """Whether one pane is shown at a time."""
    narrow: bool = await ada.page.evaluate("matchMedia('(max-width: 700px)').matches")
    return narrow


async def look(person: Person, screen: str) -> None:
    """Run axe on what is shown now, light and dark."""
    await examine(person.page, screen)


async def examine(page: Page, screen: str) -> None:
    """Run axe on a page as it is, light and dark; its content security policy must let the test in."""
    if not await page.evaluate("'axe' in window"):
        await page.add_script_tag(path=AXE)
    for scheme in SCHEMES:
        await page.emulate_media(color_scheme=scheme)
        assert await page.evaluate(RUN, TAGS) == [], f"{screen}, {scheme}"

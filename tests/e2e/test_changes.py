"""Messages that change: edited in their place, deleted and brought back, linked to; two people see the same."""

import re
import subprocess
import sys

from playwright.async_api import Locator, expect

from tests.e2e.chats import Author, Chat
from tests.e2e.conftest import Start, Visit
from tests.e2e.people import Person

EDITED = ".message__edited"
# Pixels that rounding may take.
SLACK = 1.5


async def test_what_one_said_last_is_rewritten_by_the_up_arrow(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada")
    grace = await visit(chat, "Grace")
    await ada.say("The meeting is at nin")
    await grace.say("Thanks")
    await expect(ada.message("Thanks")).to_be_visible()
    await ada.composer().press("ArrowUp")
    await expect(ada.edit_field).to_be_focused()
    await expect(ada.edit_field).to_have_value("The meeting is at nin")
    await ada.page.keyboard.type("e")
    await ada.page.keyboard.press("Shift+Enter")
    await ada.page.keyboard.type("sharp\n")
    for person in (ada, grace):
        await expect(person.row("The meeting").locator(".message__text")).to_have_text(
            "The meeting is at nine\nsharp", use_inner_text=True
        )
        await expect(person.row("The meeting").locator(EDITED)).to_have_text("(edited)")
    await expect(ada.composer()).to_be_focused()
    await grace.row("The meeting").locator(EDITED).click()
    await expect(grace.dialog("Edit history").locator(".edits__text")).to_have_text(
        ["The meeting is at nin", "The meeting is at nine\nsharp"], use_inner_text=True
    )
    await grace.page.keyboard.press("Escape")
    await expect(grace.row("The meeting").locator(EDITED)).to_be_focused()


async def test_esc_restores_what_was_said(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada")
    await ada.say("As it was")
    await expect(ada.message("As it was")).not_to_contain_text("Waiting…")
    await ada.composer().press("ArrowUp")
    await ada.edit_field.fill("As it never will be")
    await ada.page.keyboard.press("Escape")
    await expect(ada.edit_field).to_have_count(0)
    await expect(ada.message("As it was")).to_be_visible()
    await expect(ada.composer()).to_be_focused()
    await ada.composer().press("ArrowUp")
    await expect(ada.edit_field).to_have_value("As it was")
    await ada.edit_field.fill(" ")
    await ada.edit_field.press("Enter")
    await expect(ada.edit_field).to_have_accessible_description(re.compile("needs a text"))
    await ada.page.keyboard.press("Escape")
    async with Author(chat, "Grace") as grace:
        assert await grace.said() == ["As it was"]
    await ada.composer().fill("In a field with text, Up moves the caret")
    await ada.composer().press("ArrowUp")
    await expect(ada.edit_field).to_have_count(0)


async def test_one_is_led_to_what_is_to_be_rewritten(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada")
    await ada.say("Far above by then")
    await expect(ada.message("Far above by then")).not_to_contain_text("Waiting…")
    async with Author(chat, "Grace") as grace:
        await grace.say_all(f"Line {number}" for number in range(60))
    await expect(ada.messages().locator(".message")).to_have_count(61)
    await expect(ada.message("Far above by then")).not_to_be_in_viewport()
    await ada.composer().press("ArrowUp")
    await expect(ada.edit_field).to_be_in_viewport(ratio=1)
    await expect(ada.edit_field).to_be_focused()


async def test_a_refused_edit_keeps_its_text(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada")
    await ada.say("Soon gone")
    await expect(ada.message("Soon gone")).not_to_contain_text("Waiting…")
    await ada.composer().press("ArrowUp")
    await ada.edit_field.fill("A text that was some work")
    await ada.page.evaluate(
        """async () => {
            const { messages } = await (await fetch('/api/rooms/general/messages')).json();
            await fetch(`/api/messages/${messages[0].id}`, { method: 'DELETE' });
        }"""
    )
    await expect(ada.edit_field).to_have_value("A text that was some work")
    await ada.edit_field.press("Enter")
    await expect(ada.page.get_by_text("Not saved: this message has been deleted.").first).to_be_visible()
    await expect(ada.edit_field).to_have_value("A text that was some work")
    await ada.go_to("tech")
    await ada.go_to("general")
    await expect(ada.edit_field).to_have_value("A text that was some work")
    await ada.button("Cancel").click()
    await expect(ada.messages().get_by_text("Message deleted", exact=True)).to_be_visible()


async def test_an_edit_waits_for_the_server(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada")
    await ada.say("Before the outage")
    await expect(ada.message("Before the outage")).not_to_contain_text("Waiting…")
    await chat.kill()
    await ada.composer().press("ArrowUp")
    await ada.edit_field.fill("During the outage")
    await ada.edit_field.press("Enter")
    await expect(ada.row("During the outage")).to_contain_text("Saving…")
    await chat.start()
    await expect(ada.row("During the outage")).not_to_contain_text("Saving…")
    async with Author(chat, "Grace") as grace:
        assert await grace.said() == ["During the outage"]


async def test_what_is_deleted_can_be_brought_back_for_a_moment(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada")
    grace = await visit(chat, "Grace")
    await ada.say("Too early")
    await grace.say("After it")
    await expect(ada.message("After it")).to_be_visible()
    await ada.choose("Too early", "Delete")
    await expect(ada.message("Too early")).to_have_count(0)
    await expect(ada.page.get_by_role("status").filter(has_text="Message deleted")).to_be_visible()
    await ada.button("Undo").click()
    await expect(ada.message("Too early")).to_be_visible()
    assert await ada.texts() == await grace.texts() == ["Too early", "After it"]
    await ada.choose("Too early", "Delete")
    for person in (ada, grace):
        await expect(person.messages().get_by_text("Message deleted", exact=True)).to_be_visible()
        words = await person.messages().inner_text()
        assert words.index("Message deleted") < words.index("After it")
        await expect(person.messages()).not_to_contain_text("Too early")
    await expect(ada.button("Undo")).to_have_count(0)


async def test_who_deletes_by_keyboard_has_undo_under_the_finger(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada")
    for text in ("First", "Second"):
        await ada.say(text)
        await expect(ada.message(text)).not_to_contain_text("Waiting…")
    await ada.go_to_messages()
    await expect(ada.row("Second")).to_be_focused()
    await ada.page.keyboard.press("Delete")
    await expect(ada.button("Undo")).to_be_focused()
    await expect(ada.message("Second")).to_have_count(0)
    await ada.page.keyboard.press("Enter")
    await expect(ada.row("Second")).to_be_focused()
    await ada.page.keyboard.press("Delete")
    await expect(ada.button("Undo")).to_be_focused()
    # When it is too late the focus stands near where it was.
    await expect(ada.button("Undo")).to_have_count(0)
    await expect(ada.messages().locator(".message:focus")).to_have_count(1)


async def test_only_what_is_ones_own_can_be_changed_unless_one_moderates(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada")
    async with Author(chat, "Grace") as grace:
        await grace.say("By Grace")
        await ada.open_menu("By Grace")
        await expect(ada.menu.get_by_role("button", name="Copy text")).to_be_visible()
        for choice in ("Edit", "Delete", "Edit history"):
            await expect(ada.menu.get_by_role("button", name=choice, exact=True)).to_have_count(0)
        await ada.page.keyboard.press("Escape")
        make_moderator(chat, "Ada")
        await ada.page.reload()
        await ada.is_in()
        await ada.choose("By Grace", "Delete")
        await expect(ada.messages().get_by_text("Message deleted", exact=True)).to_be_visible()
        assert await grace.said() == [""]


async def test_text_and_link_are_copied(chat: Chat, visit: Visit, host: str) -> None:
    ada = await visit(chat, "Ada", host=host)
    async with Author(chat, "Grace") as grace:
        await grace.say("**As** typed")
    await ada.choose("As typed", "Copy text")
    await expect(ada.page.get_by_text("Text copied", exact=True)).to_be_visible()
    await paste(ada)
    await expect(ada.composer()).to_have_value("**As** typed")
    await ada.composer().fill("")
    await ada.choose("As typed", "Copy link")
    await expect(ada.page.get_by_text("Link copied", exact=True)).to_be_visible()
    await paste(ada)
    # At the server's own machine it is an address of use to others, anywhere else the page's own.
    page = r"http://(?!localhost)[^/]+" if host == "localhost" else re.escape(chat.at(host))
    await expect(ada.composer()).to_have_value(re.compile(f"^{page}/#/room/general/1$"))
    await ada.page.keyboard.press("Enter")
    await ada.row("#/room/general/1").get_by_role("link").click()
    await is_meant(ada, "As typed")
    assert len(ada.context.pages) == 1


async def test_a_link_opens_at_its_message(chat: Chat, visit: Visit) -> None:
    async with Author(chat, "Grace") as grace:
        await grace.say("The needle")
        await grace.say_all(f"Line {number}" for number in range(500))
    ada = await visit(chat)
    await ada.open(f"{chat.url}/#/room/general/1")
    await ada.sign_in("Ada")
    await is_meant(ada, "The needle")
    await expect(ada.page).to_have_url(f"{chat.url}/#/room/general")
    # In a message the same link leads there without leaving the page.
    await ada.button("To the latest messages").click()
    await ada.say(f"See {chat.url}/#/room/general/1")
    await ada.row("See http").get_by_role("link").click()
    await is_meant(ada, "The needle")
    assert len(ada.context.pages) == 1


async def test_a_link_leads_from_another_room(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada")
    async with Author(chat, "Grace") as grace:
        await grace.say("Not here", "tech")
        await grace.say("But here", "tech")
        await grace.say(f"Look at {chat.url}/#/room/tech/2")
    await ada.row("Look at").get_by_role("link").click()
    await ada.is_in("tech")
    await is_meant(ada, "But here", "tech")


async def test_a_changed_message_does_not_move_who_reads_below(start: Start, visit: Visit) -> None:
    chat = await start()
    ada = await visit(chat, "Ada")
    async with Author(chat, "Grace") as grace:
        first = await grace.say("One line")
        await grace.say_all(f"Line {number}" for number in range(40))
        await expect(ada.messages().locator(".message")).to_have_count(41)
        await ada.messages().evaluate("region => region.scrollBy(0, -200)")
        watched = ada.row("Line 30")
        top = await top_of(watched)
        await grace.edit(first, "\n".join("Many lines" for _ in range(10)))
        await expect(ada.row("Many lines").locator(EDITED)).to_be_attached()
        assert abs(await top_of(watched) - top) < SLACK


async def top_of(row: Locator) -> float:
    """Where a message stands, in pixels from the top of the window."""
    top: float = await row.evaluate("row => row.getBoundingClientRect().top")
    return top


async def is_meant(person: Person, words: str, room: str = "general") -> None:
    """The message is shown, and marked as the one that was asked for."""
    await expect(person.row(words, room)).to_have_class(re.compile("is-meant"))
    await expect(person.row(words, room)).to_be_in_viewport(ratio=1)


async def paste(person: Person) -> None:
    """Put what was copied into the composer."""
    await person.composer().focus()
    await person.page.keyboard.press("Control+V")


def make_moderator(chat: Chat, name: str) -> None:
    """As the host does it, while the chat runs."""
    command = [sys.executable, "-m", "chatapp", "user", name, "--role", "moderator", "--data-dir", str(chat.data)]
    subprocess.run(command, check=True, capture_output=True, timeout=30)

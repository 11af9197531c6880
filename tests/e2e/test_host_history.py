"""What the host decides of what is kept: for how long, what a cleanup takes, what is held, and what comes back."""

import re
import sqlite3
from contextlib import closing

import pytest
from playwright.async_api import Locator, expect

from chatapp.data_folder import DATABASE
from tests.e2e.chats import Author, Chat
from tests.e2e.conftest import Start, Visit
from tests.e2e.hosts import open_panel, set_up
from tests.e2e.test_accessibility import SIZES, look
from tests.e2e.test_host import fits


async def fill(chat: Chat) -> None:
    """Something is said in two rooms."""
    async with Author(chat, "Grace") as grace:
        for number in range(1, 6):
            await grace.say(f"Ship {number}")
        for number in range(1, 4):
            await grace.say(f"Bug {number}", "tech")


def line(part: Locator, room: str) -> Locator:
    """A room in the panel."""
    return part.get_by_role("listitem").filter(has_text=room)


async def test_what_a_cleanup_takes_is_shown_first_and_can_be_brought_back(chat: Chat, visit: Visit) -> None:
    ada, bo = await set_up(chat, visit), await visit(chat, "Bo")
    await fill(chat)
    part = await open_panel(ada, "History")
    await expect(part.get_by_text("and has nothing to remove now.")).to_be_visible()
    await expect(part.get_by_role("button", name="Clean up now…")).to_be_disabled()
    await expect(part.get_by_text("No backup holds anything that was erased.")).to_be_visible()
    await part.get_by_label("At most so many messages in each room").fill("some")
    await part.get_by_role("button", name="Save").click()
    await expect(part.get_by_label("At most so many messages")).to_have_accessible_description(
        re.compile("Please enter a number")
    )
    await part.get_by_label("At most so many messages in each room").fill("2")
    await part.get_by_label("90 days").check()
    await part.get_by_role("button", name="Save").click()
    await expect(part.get_by_text("Now it would remove 4 messages from 2 rooms.")).to_be_visible()
    await expect(line(part, "General")).to_contain_text("3 messages would go: Today")
    await expect(line(part, "General")).to_contain_text("The newest 2 messages are kept, for 90 days.")

    await part.get_by_role("button", name="Hold Tech Talk").click()
    await expect(part.get_by_role("button", name="Release Tech Talk")).to_be_focused()
    await expect(line(part, "Tech Talk")).to_contain_text("Held: nothing goes. If it were not, 1 message would.")
    await expect(part.get_by_text("Now it would remove 3 messages from 1 room.")).to_be_visible()
    await bo.go_to("tech")
    held = bo.page.get_by_text("The host holds this room: nothing is cleaned up here at present.")
    await expect(held).to_be_visible()
    await part.get_by_role("button", name="Release Tech Talk").click()
    await expect(part.get_by_text("Now it would remove 4 messages from 2 rooms.")).to_be_visible()
    await expect(held).to_have_count(0)
    await part.get_by_role("button", name="Hold Tech Talk").click()
    await bo.go_to("general")

    await part.get_by_role("button", name="Clean up now…").click()
    question = ada.dialog("Clean up now?")
    await expect(question.get_by_role("button", name="Cancel")).to_be_focused()
    await question.get_by_role("button", name="Clean up", exact=True).click()
    await expect(part.get_by_text("Removed: 3 messages.")).to_be_visible()
    await expect(bo.message("Ship 3")).to_have_count(0)
    await expect(bo.message("Ship 4")).to_be_visible()

    await expect(part.get_by_text(re.compile(r"^Erased in 7 days\.$"))).to_be_visible()
    await part.get_by_role("button", name=re.compile("^Undo the cleanup of General")).click()
    await expect(part.get_by_text("What was cleaned up in General is back.")).to_be_visible()
    await expect(part.get_by_text("Nothing was.")).to_be_visible()
    await expect(bo.message("Ship 1")).to_be_visible()
    await part.get_by_role("button", name="Release General").click()
    await expect(part.get_by_text("Now it would remove 3 messages from 1 room.")).to_be_visible()


async def test_rooms_may_keep_more_and_what_goes_is_archived(chat: Chat, visit: Visit) -> None:
    ada = await set_up(chat, visit)
    await fill(chat)
    part = await open_panel(ada, "History")
    folder = chat.folder / "archives"
    await part.get_by_label("At most so many messages in each room").fill("2")
    await part.get_by_label("Archive what is cleaned up").fill(str(chat.data / "inside"))
    ada.forgive("status of 400")
    await part.get_by_role("button", name="Save").click()
    await expect(part.get_by_label("Archive what is cleaned up")).to_have_accessible_description(
        re.compile("must not lie in the data folder")
    )
    await part.get_by_label("Archive what is cleaned up").fill(str(folder))
    await part.get_by_label("Rooms may keep more").check()
    await part.get_by_role("button", name="Save").click()
    await expect(part.get_by_text(f"The archives in {folder} are not part of the chat")).to_be_visible()
    await part.get_by_role("button", name="Clean up now…").click()
    await ada.dialog("Clean up now?").get_by_role("button", name="Clean up", exact=True).click()
    await expect(part.get_by_text("Removed: 4 messages.")).to_be_visible()
    assert {file.suffix for file in folder.iterdir()} == {".html", ".ndjson"}
    await ada.page.reload()
    part = await open_panel(ada, "History")
    await expect(part.get_by_label("Rooms may keep more")).to_be_checked()
    await expect(part.get_by_label("Archive what is cleaned up")).to_have_value(str(folder))
    await expect(part.get_by_label("At most so many messages in each room")).to_have_value("2")


async def test_the_host_is_told_until_when_backups_hold_what_was_erased(chat: Chat, visit: Visit) -> None:
    ada = await set_up(chat, visit)
    await fill(chat)
    part = await open_panel(ada, "Backups")
    await part.get_by_role("button", name="Back up now").click()
    await expect(part.get_by_text(re.compile("^Proven"))).to_be_visible()
    part = await open_panel(ada, "History")
    await part.get_by_label("At most so many messages in each room").fill("2")
    await part.get_by_role("button", name="Save").click()
    await part.get_by_role("button", name="Clean up now…").click()
    await ada.dialog("Clean up now?").get_by_role("button", name="Clean up", exact=True).click()
    await expect(part.get_by_text("Removed: 4 messages.")).to_be_visible()
    await ada.page.keyboard.press("Escape")
    await chat.stop()
    with closing(sqlite3.connect(chat.data / DATABASE)) as database, database:
        # As if its seven days were over.
        database.execute("UPDATE trims SET erased_at = created_at + 1")
    await chat.start()
    await ada.is_in()
    part = await open_panel(ada, "History")
    hold = "1 backup is older than something that was erased, and can still hold it."
    await expect(part.get_by_text(re.compile(f"^{re.escape(hold)} It goes on .+ at the latest\\.$"))).to_be_visible()
    await part.get_by_label("For ever").check()
    await part.get_by_role("button", name="Save").click()
    await expect(
        part.get_by_text(f"{hold} No day is set on which it goes; it can be removed under “Backups”.")
    ).to_be_visible()


async def test_what_the_operator_has_fixed_is_left_alone(start: Start, visit: Visit) -> None:
    chat = await start("--retention-messages", "2")
    ada = await set_up(chat, visit)
    part = await open_panel(ada, "History")
    await expect(part.get_by_label("At most so many messages in each room")).to_be_disabled()
    await part.get_by_label("30 days").check()
    await part.get_by_role("button", name="Save").click()
    await expect(part.get_by_text("Saved.")).to_be_visible()


@pytest.mark.parametrize("size", SIZES)
async def test_axe_finds_nothing_in_what_is_kept(chat: Chat, visit: Visit, size: str) -> None:
    ada = await set_up(chat, visit, "Ada", bypass_csp=True, **SIZES[size])
    await fill(chat)
    if size == "phone":
        await ada.button("Back to the rooms").click()
    part = await open_panel(ada, "History")
    await part.get_by_label("At most so many messages in each room").fill("1")
    await part.get_by_role("button", name="Save").click()
    await part.get_by_role("button", name="Hold Tech Talk").click()
    await expect(part.get_by_role("button", name="Release Tech Talk")).to_be_focused()
    await part.get_by_role("button", name="Clean up now…").click()
    await look(ada, "question before a cleanup")
    await ada.dialog("Clean up now?").get_by_role("button", name="Clean up", exact=True).click()
    await expect(part.get_by_text("Removed: 4 messages.")).to_be_visible()
    await part.locator("summary").click()
    await look(ada, "history")
    await fits(ada)

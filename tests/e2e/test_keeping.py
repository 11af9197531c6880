"""How long a room keeps what is said: shown, chosen, saved as a file, and seen when it goes and comes back."""

import csv
import io
import json
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Locator, expect

from chatapp.data_folder import DATABASE
from tests.e2e.chats import Author, Chat
from tests.e2e.conftest import Start, Visit
from tests.e2e.hosts import open_panel, set_up
from tests.e2e.people import Person
from tests.e2e.test_accessibility import SIZES, examine, is_phone
from tests.e2e.test_screens import SMALL, fits

LIMITS = "How long it is kept…"
SAVE = "Save a copy…"
# What the page's own person asks of the server.
ASK = """async ([method, path]) => {
    const answer = await fetch(path, { method });
    return answer.ok ? await answer.json().catch(() => null) : Promise.reject(new Error(`${answer.status}`));
}"""


async def test_everybody_is_shown_how_long_a_room_keeps_what_is_said(start: Start, visit: Visit) -> None:
    chat = await start("--retention-messages", "10000")
    ada, grace = await set_up(chat, visit), await visit(chat, "Grace")
    await expect(said_of(grace)).to_have_text("The newest 10,000 messages are kept, for 1 year.")
    await expect(grace.button(LIMITS)).to_have_count(0)
    dialog = await open_limits(ada)
    days, messages = (
        dialog.get_by_role("group", name="For how long"),
        dialog.get_by_role("group", name="How many of the newest messages"),
    )
    await expect(days.get_by_role("radio")).to_have_count(4)
    await expect(days.get_by_role("radio", name="As the chat: 1 year")).to_be_focused()
    await expect(messages.get_by_role("radio", checked=True)).to_have_accessible_name("As the chat: 10,000")
    await days.get_by_role("radio", name="90 days").check()
    await dialog.get_by_role("button", name="Save", exact=True).click()
    await expect(dialog).to_be_hidden()
    await expect(ada.button(LIMITS)).to_be_focused()
    for person in (ada, grace):
        await expect(said_of(person)).to_have_text("The newest 10,000 messages are kept, for 90 days.")
    dialog = await open_limits(ada)
    await expect(dialog.get_by_role("radio", name="90 days")).to_be_focused()
    await dialog.get_by_role("radio", name="As the chat: 1 year").check()
    await dialog.get_by_role("radio", name="100", exact=True).check()
    await dialog.get_by_role("button", name="Save", exact=True).click()
    await expect(said_of(grace)).to_have_text("The newest 100 messages are kept, for 1 year.")
    await grace.page.reload()
    await grace.is_in()
    await expect(said_of(grace)).to_have_text("The newest 100 messages are kept, for 1 year.")


async def test_whoever_made_a_room_says_what_it_keeps_and_more_only_where_the_host_lets_it(
    start: Start, visit: Visit
) -> None:
    chat = await start("--retention-days", "30")
    ada, grace = await set_up(chat, visit), await visit(chat, "Grace")
    await grace.button("New room").click()
    await grace.dialog("New room").get_by_role("textbox", name="Name of the room").fill("Kitchen")
    await grace.button("Make the room").click()
    await grace.is_in("Kitchen")
    dialog = await open_limits(grace, "Kitchen")
    await expect(dialog.get_by_role("radio", name="For ever")).to_have_count(0)
    await expect(dialog.get_by_text("A room keeps what the chat keeps, or less.", exact=True)).to_be_visible()
    await dialog.get_by_role("button", name="Cancel", exact=True).click()
    await choose(ada, rooms_may_keep_more=True)
    dialog = await open_limits(grace, "Kitchen")
    await dialog.get_by_role("radio", name="For ever").check()
    # Not any more, by now: the server says so in words.
    await choose(ada, rooms_may_keep_more=False)
    grace.forgive("403 (Forbidden)")
    await dialog.get_by_role("button", name="Save", exact=True).click()
    await expect(dialog.get_by_role("alert").filter(has_text="30")).to_have_text(
        "Here a room keeps no more than the chat does: 30 days."
    )
    await choose(ada, rooms_may_keep_more=True)
    await dialog.get_by_role("button", name="Save", exact=True).click()
    await expect(said_of(grace)).to_have_text("It is kept for ever.")
    await ask(ada, "PUT", "/api/admin/rooms/kitchen/hold")
    dialog = await open_limits(grace, "Kitchen")
    await expect(dialog.get_by_text("The host holds this room at present")).to_be_visible()


async def test_what_was_said_is_saved_in_each_form(chat: Chat, visit: Visit, tmp_path: Path) -> None:
    ada = await visit(chat, "Ada")
    async with Author(chat, "Grace") as grace:
        await grace.say("=Über & <b>alles</b>")
        await grace.say("second")
    await ada.button(SAVE).click()
    dialog = ada.dialog("Save a copy")
    saved: dict[str, bytes] = {}
    forms = {"Web page": "html", "Text": "txt", "Table (CSV)": "csv", "JSON": "json", "NDJSON": "ndjson"}
    for name, ending in forms.items():
        saved[ending] = await download(
            ada, dialog.get_by_role("link", name=f"Download as {name}", exact=True), tmp_path, ending
        )
    assert saved["csv"].startswith(b"\xef\xbb\xbf")
    table = [*csv.DictReader(io.StringIO(saved["csv"].decode("utf-8-sig")))]
    assert [row["message"] for row in table] == ["'=Über & <b>alles</b>", "second"]
    assert b"second" in saved["txt"]
    assert saved["html"].startswith(b"<!doctype html>")
    lines = [json.loads(line) for line in saved["ndjson"].splitlines()]
    assert [line["message"] for line in lines if "message" in line] == ["=Über & <b>alles</b>", "second"]
    assert [each["message"] for each in json.loads(saved["json"])["messages"]] == ["=Über & <b>alles</b>", "second"]
    await dialog.get_by_role("checkbox", name="Mark the table as UTF-8").uncheck()
    plain = await download(ada, dialog.get_by_role("link", name="Download as Table (CSV)"), tmp_path, "csv")
    assert plain == saved["csv"].removeprefix(b"\xef\xbb\xbf")


async def test_a_part_is_saved_by_days(chat: Chat, visit: Visit, tmp_path: Path) -> None:
    ada = await visit(chat, "Ada")
    await ada.say("said just now")
    await expect(ada.message("said just now")).not_to_contain_text("Waiting…")
    await ada.button(SAVE).click()
    dialog = ada.dialog("Save a copy")
    text = dialog.get_by_role("link", name="Download as Text")
    for days, is_there in ((0, True), (1, False)):
        await dialog.get_by_label("From").fill(await day(ada, days))
        await dialog.get_by_label("Until").fill(await day(ada, days))
        saved = await download(ada, text, tmp_path, "txt")
        assert (b"said just now" in saved) is is_there
    await dialog.get_by_label("Until").fill(await day(ada, -1))
    await expect(dialog.get_by_text("The last day is before the first.", exact=True)).to_be_visible()
    await expect(text).to_be_disabled()
    assert await text.get_attribute("href") is None


async def test_a_host_saves_the_whole_chat(chat: Chat, visit: Visit, tmp_path: Path) -> None:
    ada = await set_up(chat, visit)
    await ada.say("kept for good")
    await expect(ada.message("kept for good")).not_to_contain_text("Waiting…")
    part = await open_panel(ada, "This chat")
    saved = await download(ada, part.get_by_role("link", name="Download everything (ZIP)"), tmp_path, "zip")
    with zipfile.ZipFile(io.BytesIO(saved)) as archive:
        assert archive.testzip() is None
        assert any(b"kept for good" in archive.read(name) for name in archive.namelist())


@pytest.mark.parametrize("keeps", [20, 1])
async def test_what_a_cleanup_takes_and_gives_back_goes_and_comes_on_the_page(
    start: Start, visit: Visit, keeps: int
) -> None:
    chat = await start("--retention-messages", str(keeps))
    ada, grace = await set_up(chat, visit), await visit(chat, "Grace")
    async with Author(chat, "Lin") as lin:
        await lin.say_all(f"line {number}" for number in range(150))
        await lin.say("the last one")
    await expect(grace.message("the last one")).to_be_in_viewport()
    await ask(ada, "POST", "/api/admin/cleanup")
    await expect(grace.messages().locator("[data-seq]")).to_have_count(keeps)
    await expect(grace.page.get_by_text("Old messages were cleaned up.", exact=True)).to_be_visible()
    await expect(grace.page.get_by_text("Older messages were cleaned up.", exact=True)).to_be_attached()
    await bring_back(ada)
    await expect(grace.page.get_by_text("Messages that had been cleaned up are back.", exact=True)).to_be_visible()
    await expect(grace.message("the last one")).to_be_in_viewport()
    await reach_the_beginning(grace)
    await expect(grace.page.get_by_text("This is where General begins.", exact=True)).to_be_in_viewport()


async def test_a_room_that_was_emptied_says_so_and_fills_again(start: Start, visit: Visit) -> None:
    chat = await start("--retention-days", "365")
    ada, grace = await set_up(chat, visit), await visit(chat, "Grace")
    await grace.say("all there is")
    await expect(grace.message("all there is")).not_to_contain_text("Waiting…")
    await chat.stop()
    age(chat)
    await chat.start("--retention-days", "365")
    for person in (ada, grace):
        await person.is_in()
    await ask(ada, "POST", "/api/admin/cleanup")
    await expect(grace.message("all there is")).to_have_count(0)
    await expect(grace.page.get_by_text("Older messages were cleaned up.", exact=True)).to_be_visible()
    await expect(grace.page.get_by_text("Nothing has been said here yet.")).to_have_count(0)
    await bring_back(ada)
    await expect(grace.message("all there is")).to_be_visible()
    await grace.say("and more")
    await expect(ada.message("and more")).to_be_visible()


@pytest.mark.parametrize("size", SIZES)
async def test_axe_finds_nothing_about_keeping(chat: Chat, visit: Visit, size: str) -> None:
    ada = await set_up(chat, visit, "Ada", bypass_csp=True, **SIZES[size])
    if await is_phone(ada):
        await ada.button("1 person here, show").click()
    await expect(said_of(ada)).to_be_visible()
    await examine(ada.page, "details of a room")
    dialog = await open_limits(ada)
    await fits(ada)
    await examine(ada.page, "how long a room keeps what is said")
    await dialog.get_by_role("button", name="Cancel", exact=True).click()
    await ada.button(SAVE).click()
    await expect(ada.dialog("Save a copy")).to_be_visible()
    await fits(ada)
    await examine(ada.page, "forms of a copy")
    await ada.page.get_by_label("From").fill(await day(ada, 1))
    await ada.page.get_by_label("Until").fill(await day(ada, 0))
    await expect(ada.page.get_by_text("The last day is before the first.", exact=True)).to_be_visible()
    await examine(ada.page, "a copy of nothing")
    if size == "phone":
        assert await ada.page.evaluate(SMALL) == []
    await ada.page.keyboard.press("Escape")
    if await is_phone(ada):
        await ada.button("Close").click()
        await ada.button("Back to the rooms").click()
    part = await open_panel(ada, "This chat")
    await expect(part.get_by_role("link", name="Download everything (ZIP)")).to_be_visible()
    await examine(ada.page, "the chat as one file")


def said_of(person: Person) -> Locator:
    """What the details say of how long the room keeps what is said."""
    section = person.page.locator(".details__section").filter(
        has=person.page.get_by_role("heading", name="What is said here")
    )
    return section.locator("p.quiet")


async def open_limits(person: Person, room: str = "General") -> Locator:
    """Open what may be chosen, and wait until it is there."""
    await person.button(LIMITS).click()
    dialog = person.dialog(f"How long {room} keeps what is said")
    await expect(dialog.get_by_role("radio", checked=True)).to_have_count(2)
    return dialog


async def download(person: Person, link: Locator, folder: Path, ending: str) -> bytes:
    """Follow a link to a file, and return what is in it."""
    async with person.page.expect_download() as coming:
        await link.click()
    arrived = await coming.value
    assert arrived.suggested_filename.endswith(f".{ending}")
    path = folder / arrived.suggested_filename
    await arrived.save_as(path)
    return path.read_bytes()


async def day(person: Person, later: int) -> str:
    """A day by the page's own calendar, so many days from today."""
    found: str = await person.page.evaluate(
        """(later) => {
            const now = new Date();
            const [month, day] = [now.getMonth() + 1, now.getDate()].map((each) => String(each).padStart(2, '0'));
            const today = new Date(`${now.getFullYear()}-${month}-${day}T00:00:00Z`);
            return new Date(today.getTime() + later * 86_400_000).toISOString().slice(0, 10);
        }""",
        later,
    )
    return found


async def ask(person: Person, method: str, path: str) -> Any:
    """Ask the server as the person whose page it is."""
    return await person.page.evaluate(ASK, [method, path])


async def choose(host: Person, **choices: bool) -> None:
    """Choose as the host of the chat."""
    await host.page.evaluate(
        """async (body) => {
            const headers = { 'content-type': 'application/json' };
            const answer = await fetch('/api/admin/choices', { method: 'PATCH', body: JSON.stringify(body), headers });
            return answer.ok || Promise.reject(new Error(`${answer.status}`));
        }""",
        choices,
    )


async def bring_back(host: Person) -> None:
    """Undo the last cleanup."""
    [trim] = (await ask(host, "GET", "/api/admin/trims"))["trims"]
    await ask(host, "DELETE", f"/api/admin/trims/{trim['id']}")


async def reach_the_beginning(person: Person) -> None:
    """Scroll up until the first message of the room is there."""
    first = person.messages().locator("[data-seq]").first
    while (before := await first.get_attribute("data-seq") or "") != "1":
        await person.messages().evaluate("region => region.scrollTo(0, 0)")
        await expect(first).not_to_have_attribute("data-seq", before)
    await person.messages().evaluate("region => region.scrollTo(0, 0)")


def age(chat: Chat) -> None:
    """Let everything that was said be a year older than it is."""
    with closing(sqlite3.connect(chat.data / DATABASE)) as connection, connection:
        connection.execute("UPDATE messages SET created_at = created_at - 366 * 86400000")

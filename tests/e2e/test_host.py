"""What only the host sees: invitation and poster, name and keeping, https, backups, doctor, and the end."""

import os
import re
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.e2e.chats import Chat, lan_host
from tests.e2e.conftest import Start, Visit
from tests.e2e.hosts import PANEL, arrive, open_panel, set_up
from tests.e2e.people import Person
from tests.e2e.test_accessibility import SIZES, look

PARTS = [
    "Invite",
    "People",
    "Ways in",
    "This chat",
    "Secure connection",
    "History",
    "Backups",
    "Doctor",
    "Audit",
    "Quit",
]
# The object of a page in a PDF, as Chromium writes it; not that of all pages.
PDF_PAGE = re.compile(rb"/Type\s*/Page\b(?!s)")


async def test_the_invitation_has_all_a_host_needs_to_let_others_in(chat: Chat, visit: Visit) -> None:
    ada = await set_up(chat, visit, permissions=["clipboard-read", "clipboard-write"])
    part = await open_panel(ada, "Invite")
    address = f"http://{lan_host()}:{chat.port}"
    await expect(part.get_by_text(address, exact=True)).to_be_visible()
    code = part.get_by_role("img", name=f"QR code of {address}")
    await expect(code).to_be_visible()
    assert await code.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    await part.get_by_role("button", name="Copy address").click()
    await expect(ada.told).to_contain_text("Copied")
    assert await ada.page.evaluate("navigator.clipboard.readText()") == address
    await expect(part.get_by_text("Nobody has come from another machine yet.")).to_be_visible()


async def test_a_host_who_came_over_the_network_copies_too(chat: Chat, visit: Visit) -> None:
    """Over plain http there is no clipboard interface, and the old command must reach out of the dialog."""
    link = chat.host_link.replace("localhost", lan_host())
    ada = await visit(chat, url=link)
    await ada.name_field.fill("Ada")
    await ada.button("Continue").click()
    await ada.button("Start the chat").click()
    assert not await ada.page.evaluate("isSecureContext")
    await ada.dialog("Invite people").get_by_role("button", name="Copy address").click()
    await expect(ada.told).to_contain_text("Copied")
    await ada.page.keyboard.press("Escape")
    await expect(ada.dialog("Invite people")).to_be_hidden()
    await ada.composer().focus()
    await ada.page.keyboard.press("Control+V")
    await expect(ada.composer()).to_have_value(f"http://{lan_host()}:{chat.port}")


@pytest.mark.parametrize("name", ["Workshop", "W" * 64])
async def test_the_poster_is_one_page(start: Start, visit: Visit, name: str) -> None:
    chat = await start("--name", name)
    ada = await set_up(chat, visit, color_scheme="dark")
    await ada.say("Not for the wall")
    await ada.button("Invite people").click()
    dialog = ada.dialog("Invite people")
    await expect(dialog.get_by_role("img")).to_be_visible()
    await ada.page.evaluate(
        "window.print = () => { window.hasPrinted = document.querySelector('.poster img').naturalWidth > 0; }"
    )
    await dialog.get_by_role("button", name="Print a poster").click()
    await ada.page.wait_for_function("window.hasPrinted === true")
    assert await pages_of(ada.page) == 1
    await ada.page.emulate_media(media="print")
    poster = ada.page.locator(".poster")
    await expect(poster).to_be_visible()
    await expect(poster.get_by_text(f"http://{lan_host()}:{chat.port}", exact=True)).to_be_visible()
    await expect(ada.page.locator(".app")).to_be_hidden()
    await expect(dialog).to_be_hidden()
    assert await poster.evaluate("each => getComputedStyle(each).color") == "rgb(0, 0, 0)"
    await ada.page.emulate_media(media="screen")
    await ada.page.keyboard.press("Escape")
    await expect(poster).to_have_count(0)


async def pages_of(page: Page) -> int:
    """How many sheets the page takes when it is printed now."""
    return len(PDF_PAGE.findall(await page.pdf(prefer_css_page_size=True)))


async def test_a_new_name_reaches_everybody_at_once(chat: Chat, visit: Visit) -> None:
    ada, bo = await set_up(chat, visit), await visit(chat, "Bo")
    part = await open_panel(ada, "This chat")
    await expect(part.get_by_text(re.compile(r"Kept now: 0 messages by 2 people, .+ on disk\."))).to_be_visible()
    await part.get_by_label("Name of this chat").fill("Harbour")
    await part.get_by_role("button", name="Save").click()
    await expect(part.get_by_text("Saved.")).to_be_visible()
    for person in (ada, bo):
        await expect(person.page).to_have_title("General · Harbour")
        await expect(person.page.locator(".place__name")).to_have_text("Harbour")
    await part.get_by_label("Name of this chat").fill("a\u200bb")
    ada.forgive("status of 400")
    await part.get_by_role("button", name="Save").click()
    await expect(part.get_by_label("Name of this chat")).to_have_accessible_description(re.compile("printable"))
    await ada.page.reload()
    part = await open_panel(ada, "This chat")
    await expect(part.get_by_label("Name of this chat")).to_have_value("Harbour")


async def test_https_is_a_choice_that_nobody_is_lost_by(chat: Chat, visit: Visit) -> None:
    ada, bo = await set_up(chat, visit), await visit(chat, "Bo")
    part = await open_panel(ada, "Secure connection")
    await expect(part.get_by_role("radio", name="Plain (http)")).to_be_checked()
    await expect(part.get_by_role("link")).to_be_hidden()
    chat.was_down = True
    await part.get_by_role("radio", name="Plain and encrypted").check()
    await part.get_by_role("button", name="Apply").click()
    await expect(part.get_by_text("Done.")).to_be_visible()
    await expect(part.get_by_role("link")).to_be_visible()
    await expect(part.get_by_role("link")).to_have_attribute("href", "/trust")
    await ada.page.keyboard.press("Escape")
    await bo.say("Still here")
    await expect(ada.message("Still here")).to_be_visible()


async def test_a_backup_is_made_at_a_press(chat: Chat, visit: Visit) -> None:
    ada = await set_up(chat, visit)
    part = await open_panel(ada, "Backups")
    await expect(part.get_by_text("There is no backup yet.")).to_be_visible()
    await part.get_by_role("button", name="Back up now").click()
    await expect(part.get_by_text("Made: ")).to_be_visible()
    [made] = (chat.data / "backups").glob("*.sqlite3")
    await expect(part.get_by_role("listitem")).to_contain_text(made.name)


async def test_restoring_over_what_is_there_is_asked_first(chat: Chat, visit: Visit) -> None:
    ada = await set_up(chat, visit)
    part = await open_panel(ada, "Backups")
    await part.get_by_role("button", name="Back up now").click()
    await expect(part.get_by_text("Made: ")).to_be_visible()
    [made] = (chat.data / "backups").glob("*.sqlite3")
    await ada.page.keyboard.press("Escape")
    await ada.say("Said after the backup")
    await expect(ada.message("Said after the backup")).to_be_visible()
    part = await open_panel(ada, "Backups")
    await part.locator("input[type=file]").set_input_files(made)
    await expect(part.get_by_text(f"Put {made.name} in the place of everything")).to_be_visible()
    await expect(part.get_by_role("button", name="Leave it as it is")).to_be_focused()
    await part.get_by_role("button", name="Leave it as it is").click()
    await expect(part.get_by_role("button", name="Choose a backup…")).to_be_focused()
    await part.locator("input[type=file]").set_input_files(made)
    chat.was_down = True
    await part.get_by_role("button", name="Restore it").click()
    await expect(ada.page.get_by_text("The backup was restored.")).to_be_visible()
    await expect(part.get_by_text("Restored. The chat is as it was then;")).to_be_visible()
    await expect(part.get_by_text("What was there before a backup was restored.")).to_be_visible()
    await expect(part.get_by_text("The chat starts again with it…")).to_have_count(0)
    await expect(part.get_by_role("button", name="Choose a backup…")).to_be_enabled()
    await ada.page.keyboard.press("Escape")
    await expect(ada.message("Said after the backup")).to_have_count(0)
    await ada.say("Said after the restoring")
    await expect(ada.message("Said after the restoring")).to_be_visible()
    await expect(ada.button(PANEL)).to_be_visible()


async def test_a_backup_of_the_list_is_restored_and_an_unproven_one_only_on_purpose(chat: Chat, visit: Visit) -> None:
    ada = await set_up(chat, visit)
    await ada.say("Said before the backup")
    await expect(ada.message("Said before the backup")).not_to_contain_text("Waiting")
    part = await open_panel(ada, "Backups")
    await part.get_by_role("button", name="Back up now").click()
    await expect(part.get_by_role("listitem")).to_contain_text(re.compile(r"Proven \d\d?:\d\d"))
    [made] = (chat.data / "backups").glob("*.sqlite3")
    change(made, b"Said before the backup", b"Said before the change")
    restore = part.get_by_role("button", name=f"Restore the backup {made.name}")
    ada.forgive("status of 409")
    await restore.click()
    await expect(part.get_by_text("in the place of everything in this chat?")).to_be_visible()
    await expect(part.get_by_role("button", name="Leave it as it is")).to_be_focused()
    await part.get_by_role("button", name="Restore it", exact=True).click()
    await expect(part.get_by_text("its bytes are others than when it was proven")).to_be_visible()
    await expect(part.get_by_role("button", name="Leave it as it is")).to_be_focused()
    await part.get_by_role("button", name="Leave it as it is").click()
    await restore.click()
    await part.get_by_role("button", name="Restore it", exact=True).click()
    chat.was_down = True
    await part.get_by_role("button", name="Restore it anyway").click()
    await expect(ada.page.get_by_text("The backup was restored.")).to_be_visible()
    await ada.page.keyboard.press("Escape")
    await expect(ada.message("Said before the change")).to_be_visible()


def change(file: Path, before: bytes, after: bytes) -> None:
    """Let other bytes be in a file, as a disk does that fails: nobody has written to it."""
    times = file.stat()
    content = file.read_bytes()
    assert before in content
    file.write_bytes(content.replace(before, after))
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))


async def test_the_doctor_looks_again(chat: Chat, visit: Visit) -> None:
    ada = await set_up(chat, visit)
    part = await open_panel(ada, "Doctor")
    await expect(part.get_by_role("listitem").first).to_be_visible()
    states = part.locator(".finding__state")
    assert set(await states.all_inner_texts()) <= {"Fine", "Look", "Broken"}
    async with ada.page.expect_response("**/api/admin/doctor"):
        await part.get_by_role("button", name="Look again").click()
    await expect(part.get_by_role("listitem").first).to_be_visible()


async def test_quitting_is_asked_once_and_ends_the_program(chat: Chat, visit: Visit) -> None:
    ada = await set_up(chat, visit)
    part = await open_panel(ada, "Quit")
    await part.get_by_role("button", name="Quit…").click()
    await expect(part.get_by_role("button", name="Not now")).to_be_focused()
    await ada.page.keyboard.press("Enter")
    await expect(part.get_by_role("button", name="Quit…")).to_be_focused()
    await ada.page.keyboard.press("Enter")
    chat.was_down = True
    await part.get_by_role("button", name="End the chat").click()
    await expect(ada.page.get_by_role("heading", name="The chat has ended")).to_be_visible()
    assert await chat.has_ended() == 0
    await expect(ada.page.get_by_role("dialog")).to_have_count(0)
    await expect(ada.bar).to_have_count(0)
    await chat.start()
    await ada.button("Is it running again?").click()
    await ada.is_in()
    await expect(ada.button(PANEL)).to_be_visible()


async def test_the_panel_is_walked_by_keyboard(chat: Chat, visit: Visit) -> None:
    ada = await set_up(chat, visit)
    await ada.button(PANEL).focus()
    await ada.page.keyboard.press("Enter")
    tab = ada.dialog(PANEL).get_by_role("tab")
    await expect(tab.nth(0)).to_be_focused()
    for name in [*PARTS[1:], PARTS[0]]:
        await ada.page.keyboard.press("ArrowDown")
        await expect(ada.dialog(PANEL).get_by_role("tab", name=name, exact=True)).to_be_focused()
        part = ada.dialog(PANEL).get_by_role("tabpanel", name=name, exact=True)
        await expect(part).to_be_visible()
        if name == "Audit":  # what comes later leaves the focus where it is
            await expect(part.get_by_role("listitem").first).to_be_visible()
            await expect(ada.dialog(PANEL).get_by_role("tab", name=name, exact=True)).to_be_focused()
    await ada.page.keyboard.press("End")
    await ada.page.keyboard.press("Tab")
    await ada.page.keyboard.press("Tab")
    await expect(ada.button("Quit…")).to_be_focused()
    await ada.page.keyboard.press("Escape")
    await expect(ada.dialog(PANEL)).to_be_hidden()
    await expect(ada.button(PANEL)).to_be_focused()


async def test_the_panel_and_its_tabs_stay_where_they_are(chat: Chat, visit: Visit) -> None:
    ada = await set_up(chat, visit)
    places = []
    for name in ("Quit", "Doctor", "History"):
        part = await open_panel(ada, name)
        await part.evaluate("part => part.scrollTo(0, part.scrollHeight)")
        tab = await ada.dialog(PANEL).get_by_role("tab", name="Invite").bounding_box()
        places.append((tab, await ada.dialog(PANEL).bounding_box()))
    assert places[0] == places[1] == places[2]


async def test_what_cannot_be_asked_is_told_in_words(chat: Chat, visit: Visit) -> None:
    ada = await set_up(chat, visit)
    part = await open_panel(ada, "This chat")
    await chat.kill()
    await part.get_by_role("button", name="Save").click()
    await expect(part.get_by_role("alert").filter(has_text="The server cannot be reached.")).to_be_visible()
    part = await open_panel(ada, "Doctor")
    await expect(part.get_by_role("alert")).to_contain_text("The server cannot be reached.")
    await chat.start()
    await part.get_by_role("button", name="Look again").click()
    await expect(part.get_by_role("listitem").first).to_be_visible()


@pytest.mark.parametrize("size", SIZES)
async def test_axe_finds_nothing_at_the_hosts_either(chat: Chat, visit: Visit, size: str) -> None:
    ada = await arrive(chat, visit, "Ada", bypass_csp=True, **SIZES[size])
    await ada.button("Start the chat").wait_for()
    await ada.page.get_by_label("Name of this chat").fill("")
    await ada.button("Start the chat").click()
    await look(ada, "first run with an error")
    await ada.page.get_by_label("Name of this chat").fill("Workshop")
    await ada.button("Start the chat").click()
    await expect(ada.dialog("Invite people").get_by_role("img")).to_be_visible()
    await look(ada, "host's invitation")
    await ada.page.keyboard.press("Escape")
    if size == "phone":
        await ada.button("Back to the rooms").click()
    for name in PARTS:
        part = await open_panel(ada, name)
        await fill(ada, name)
        await expect(part).to_be_visible()
        await look(ada, name)
        await fits(ada)
    chat.was_down = True
    await ada.button("End the chat").click()
    await ada.page.get_by_role("heading", name="The chat has ended").wait_for()
    await look(ada, "end")


async def fill(ada: Person, name: str) -> None:
    """Bring a part of the panel to the state in which there is most of it."""
    panel = ada.dialog(PANEL)
    if name == "Invite" and await panel.locator("details").count() > 0:
        await panel.locator("summary").click()
    if name == "Backups":
        await panel.get_by_role("button", name="Back up now").click()
        await expect(panel.get_by_text("Made: ")).to_be_visible()
    if name == "Doctor":
        await expect(panel.get_by_role("listitem").first).to_be_visible()
    if name == "Quit":
        await panel.get_by_role("button", name="Quit…").click()


async def fits(person: Person) -> None:
    """Nothing is wider than the screen."""
    assert await person.page.evaluate(
        "[...document.querySelectorAll('dialog, .root')].every((each) => each.scrollWidth <= each.clientWidth)"
    )

"""What was said elsewhere is brought along, in the first run or later: from a chat like this, or from Slack."""

import io
import json
import zipfile
from pathlib import Path

import pytest
from playwright.async_api import Locator, expect

from tests.e2e.chats import Author, Chat
from tests.e2e.conftest import Start, Visit
from tests.e2e.hosts import arrive, open_panel, set_up
from tests.e2e.people import Person
from tests.e2e.test_accessibility import SIZES, look
from tests.e2e.test_host import fits

SLACK: dict[str, object] = {
    "users.json": [{"id": "U1", "name": "grace", "profile": {"display_name": "Grace Hopper"}}],
    "channels.json": [{"id": "C1", "name": "harbour", "members": ["U1"]}],
    "harbour/2024-01-01.json": [
        {"type": "message", "subtype": "channel_join", "user": "U1", "ts": "1704103200.000100", "text": "joined"},
        {
            "type": "message",
            "user": "U1",
            "ts": "1704103201.000100",
            "text": "The *first* ship",
            "reactions": [{"name": "no_such_emoji", "users": ["U1"]}],
            "files": [{"id": "F1"}, {"id": "F2"}],
        },
    ],
}


def slack(folder: Path) -> Path:
    """The export of a workspace, as a file."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as target:
        for name, content in SLACK.items():
            target.writestr(name, json.dumps(content))
    file = folder / "workspace.zip"
    file.write_bytes(made.getvalue())
    return file


async def bring(host: Person, file: Path) -> Locator:
    """Choose an archive in the first run; return the report of it."""
    part = host.page.locator(".first-run__or").filter(has_text="Or bring along")
    await part.locator("input[type=file]").set_input_files(file)
    return part.get_by_role("group", name=f"What came of {file.name}")


async def test_what_slack_has_comes_along_and_the_rest_is_told(chat: Chat, visit: Visit, tmp_path: Path) -> None:
    ada = await arrive(chat, visit, "Ada")
    report = await bring(ada, slack(tmp_path))
    await expect(report).to_contain_text("New here: 1 message, 1 room, and 1 person.")
    await expect(report.get_by_role("listitem")).to_have_text(
        [
            "Grace Hopper is now Grace.Hopper.",
            "2 files",
            "1 reaction with an emoji that there is not here",
            "1 note of the program itself (somebody joined, a topic was set)",
        ]
    )
    await expect(ada.button("Choose an archive…")).to_be_focused()
    again = await bring(ada, slack(tmp_path))
    await expect(again).to_contain_text("New here: 0 messages, 0 rooms, and 0 people.")
    await expect(again).to_contain_text("1 message was here already.")
    await ada.page.get_by_label("For ever").check()
    await ada.button("Start the chat").click()
    await expect(ada.dialog("Invite people")).to_be_visible()
    await ada.page.keyboard.press("Escape")
    await ada.page.get_by_role("navigation").get_by_role("link", name="harbour").click()
    await expect(ada.message("The first ship", "harbour")).to_be_visible()


async def test_an_archive_of_a_chat_like_this_comes_along(start: Start, visit: Visit, tmp_path: Path) -> None:
    old, new = await start(), await start()
    async with Author(old, "Grace") as grace:
        await grace.say("Said long ago")
    ada = await set_up(old, visit)
    answer = await ada.context.request.get(f"{old.url}/api/export")
    archive = tmp_path / "old.zip"
    archive.write_bytes(await answer.body())
    bo = await arrive(new, visit, "Bo")
    bo.forgive("status of 400")
    nonsense = tmp_path / "nonsense.zip"
    nonsense.write_bytes(b"no archive at all")
    await bring(bo, nonsense)
    await expect(bo.page.locator(".restore .field__error:not(:empty)")).to_be_visible()
    await expect(bo.button("Choose an archive…")).to_be_focused()
    await expect(await bring(bo, archive)).to_contain_text("New here: 1 message, ")
    await bo.button("Start the chat").click()
    await expect(bo.dialog("Invite people")).to_be_visible()
    await bo.page.keyboard.press("Escape")
    await expect(bo.message("Said long ago")).to_be_visible()


async def test_what_comes_later_is_there_at_once_for_everybody(chat: Chat, visit: Visit, tmp_path: Path) -> None:
    ada, bo = await set_up(chat, visit), await visit(chat, "Bo")
    part = await open_panel(ada, "This chat")
    await part.locator("input[type=file]").set_input_files(slack(tmp_path))
    await expect(part.get_by_role("group", name="What came of workspace.zip")).to_contain_text("New here: 1 message")
    await expect(part).to_contain_text("workspace.zip is read in.")
    await expect(part).to_contain_text("Kept now: 1 message by 3 people")
    await bo.page.get_by_role("navigation").get_by_role("link", name="harbour").click()
    await expect(bo.message("The first ship", "harbour")).to_be_visible()


@pytest.mark.parametrize("size", SIZES)
async def test_axe_finds_nothing_in_the_report(chat: Chat, visit: Visit, tmp_path: Path, size: str) -> None:
    ada = await arrive(chat, visit, "Ada", bypass_csp=True, **SIZES[size])
    await expect(await bring(ada, slack(tmp_path))).to_be_visible()
    await look(ada, "report of an import")
    await fits(ada)

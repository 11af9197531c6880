"""Bad days: the host sees what is wrong and what to do until it has passed, and nobody loses what they wrote."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Locator, expect

from tests.e2e.chats import Chat
from tests.e2e.conftest import Ahead, Visit
from tests.e2e.hosts import PANEL, open_panel, set_up
from tests.e2e.people import Person
from tests.e2e.test_accessibility import SIZES, look
from tests.e2e.test_host import fits


@pytest_asyncio.fixture(loop_scope="session")
async def troubled(ahead: Ahead) -> AsyncIterator[Chat]:
    """A running chat whose log may tell of its troubles, and of no fault of its own."""
    taken = await ahead.take()
    yield taken
    await taken.kill()
    told = ("The chat has a trouble: ", "is not where it was opened")
    assert [line for line in taken.errors() if not any(words in line for words in told)] == []


def bar(host: Person) -> Locator:
    """What is wrong, over the whole page."""
    return host.page.get_by_role("region", name="Something is wrong with the server")


async def spoil(host: Person, chat: Chat) -> Path:
    """Make a backup, spoil its file and make another one: the first has failed its proof then, and is returned."""
    part = await open_panel(host, "Backups")
    await part.get_by_role("button", name="Back up now").click()
    await expect(part.get_by_text("Made: ")).to_be_visible()
    [made] = (chat.data / "backups").glob("*.sqlite3")
    made.write_bytes(b"no database any more" * 1000)
    await part.get_by_role("button", name="Back up now").click()
    await expect(part.get_by_role("listitem")).to_have_count(2)
    return made


async def test_while_the_data_is_gone_the_host_is_told_and_texts_wait(troubled: Chat, visit: Visit) -> None:
    ada, bo = await set_up(troubled, visit), await visit(troubled, "Bo")
    away = troubled.folder / "away"
    troubled.data.rename(away)
    await expect(bar(ada).get_by_text("The data of this chat is not where it was.")).to_be_visible()
    await expect(bar(ada).get_by_text("Put it back")).to_be_visible()
    await expect(
        ada.page.locator("[aria-live]").get_by_text("The data of this chat is not where it was.")
    ).to_have_count(1)
    await bo.say("Wait for me")
    await expect(bo.message("Wait for me")).to_contain_text(
        "Waiting, and tried again by itself. The data of the server is not where it was"
    )
    await bo.composer().fill("and so does this")
    await expect(bar(bo)).to_have_count(0)
    await bar(ada).get_by_role("button", name="Ask the doctor").click()
    await expect(ada.dialog(PANEL).get_by_role("tab", name="Doctor")).to_be_focused()
    await ada.page.keyboard.press("Escape")
    away.rename(troubled.data)
    await expect(bar(ada)).to_be_hidden()
    await expect(ada.message("Wait for me")).to_be_visible()
    await expect(bo.message("Wait for me")).not_to_contain_text("Waiting")
    await expect(bo.composer()).to_have_value("and so does this")


async def test_who_comes_while_something_is_wrong_is_told_too(troubled: Chat, visit: Visit) -> None:
    ada = await set_up(troubled, visit)
    spoiled = await spoil(ada, troubled)
    await ada.page.reload()
    await expect(bar(ada).get_by_text("A backup failed its proof.")).to_be_visible()
    await bar(ada).get_by_role("button", name="Show backups").click()
    part = ada.dialog(PANEL).get_by_role("tabpanel", name="Backups")
    line = part.get_by_role("listitem").filter(has_text=spoiled.name)
    await expect(line).to_contain_text("Failed its proof: The backup cannot be read.")
    await line.get_by_role("button", name=f"Remove the backup {spoiled.name}").click()
    await ada.dialog("Remove this backup?").get_by_role("button", name="Remove", exact=True).click()
    await expect(part.get_by_text(f"{spoiled.name} is removed.")).to_be_visible()
    await expect(part.get_by_role("listitem")).to_have_count(1)
    await expect(part.get_by_role("button", name="Back up now")).to_be_focused()
    assert not spoiled.exists()
    await ada.page.keyboard.press("Escape")
    await expect(bar(ada)).to_be_hidden()


@pytest.mark.parametrize("size", SIZES)
async def test_axe_finds_nothing_on_bad_days(troubled: Chat, visit: Visit, size: str) -> None:
    ada = await set_up(troubled, visit, "Ada", bypass_csp=True, **SIZES[size])
    if size == "phone":
        await ada.button("Back to the rooms").click()
    await spoil(ada, troubled)
    await look(ada, "backups, one of them failed")
    await fits(ada)
    await ada.page.keyboard.press("Escape")
    await ada.room("general").click()
    away = troubled.folder / "away"
    troubled.data.rename(away)
    await expect(bar(ada).get_by_role("button")).to_have_count(2)
    await ada.composer().fill("Wait for me")
    await ada.button("Send").click()
    await expect(ada.message("Wait for me")).to_contain_text("The data of the server is not where it was")
    await look(ada, "troubles")
    box = await bar(ada).bounding_box()
    head = await ada.page.locator(".conversation__head").bounding_box()
    assert box is not None
    assert head is not None
    assert head["y"] >= box["y"] + box["height"] - 1
    away.rename(troubled.data)
    await expect(ada.message("Wait for me")).not_to_contain_text("Waiting")

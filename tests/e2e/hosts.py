"""What tests do as the host of a chat."""

from playwright.async_api import Locator, expect

from tests.e2e.chats import Chat
from tests.e2e.conftest import Visit
from tests.e2e.people import Person

PANEL = "Host’s panel"


async def arrive(chat: Chat, visit: Visit, name: str, **options: object) -> Person:
    """Open the host's link, and give a name; what comes then is the caller's."""
    host = await visit(chat, url=chat.host_link, **options)
    await host.name_field.fill(name)
    await host.button("Continue").click()
    return host


async def set_up(chat: Chat, visit: Visit, name: str = "Ada", **options: object) -> Person:
    """Become the host of a new chat and take everything as it is proposed; the page is there, without its dialogs."""
    host = await arrive(chat, visit, name, **options)
    await host.button("Start the chat").click()
    await expect(host.dialog("Invite people")).to_be_visible()
    await host.page.keyboard.press("Escape")
    await expect(host.dialog("Invite people")).to_be_hidden()
    return host


async def open_panel(host: Person, part: str) -> Locator:
    """Open the host's panel at a part of it, and return that part."""
    panel = host.dialog(PANEL)
    if not await panel.is_visible():
        await host.button(PANEL).click()
    await panel.get_by_role("tab", name=part, exact=True).click()
    shown = panel.get_by_role("tabpanel", name=part, exact=True)
    await expect(shown).to_be_visible()
    return shown

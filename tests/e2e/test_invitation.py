"""The host's invitation follows the network: addresses come and go, and the first visitor is seen.

The server's machine has a network of its own, on which another machine is.
"""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Playwright, expect

from tests.e2e.chats import Chat
from tests.e2e.hosts import open_panel
from tests.e2e.networks import browser_on, chat_on
from tests.e2e.people import Person
from tests.namespaces import Namespace, joined

HERE = "10.77.0.1"


@pytest.fixture
def network() -> Iterator[list[Namespace]]:
    """The server's machine and another one."""
    with joined(2) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def chat(network: list[Namespace], tmp_path: Path) -> AsyncIterator[Chat]:
    """A chat on the server's machine."""
    async with chat_on(network[0], tmp_path) as chat:
        yield chat


@pytest_asyncio.fixture(loop_scope="session")
async def beside(network: list[Namespace], playwright: Playwright, tmp_path: Path) -> AsyncIterator[Browser]:
    """A browser on the server's machine."""
    async with browser_on(network[0], playwright, tmp_path) as browser:
        yield browser


async def test_addresses_and_the_first_visitor_are_seen_live(
    chat: Chat, beside: Browser, network: list[Namespace]
) -> None:
    server, other = network
    context = await beside.new_context()
    ada = Person(chat, context, await context.new_page())
    await ada.open(chat.host_link)
    await ada.name_field.fill("Ada")
    await ada.button("Continue").click()
    await ada.button("Start the chat").click()
    invitation = ada.dialog("Invite people")
    address = f"http://{HERE}:{chat.port}"
    await expect(invitation.get_by_text(address, exact=True)).to_be_visible()
    await expect(invitation.get_by_text("Nobody has come from another machine yet.")).to_be_visible()

    server.add("docker0", "172.17.0.1/16")
    await invitation.get_by_text("Other addresses").click()
    virtual = invitation.get_by_role("listitem").filter(has_text="172.17.0.1")
    await expect(virtual).to_contain_text("A virtual network inside this machine")
    await expect(virtual).to_contain_text("docker0")
    server.ip("link", "delete", "docker0")
    await expect(virtual).to_have_count(0)

    server.ip("address", "flush", "dev", "eth0")
    await expect(invitation.get_by_text("This machine is on no network")).to_be_visible()
    await expect(invitation.get_by_role("button", name="Print a poster")).to_be_hidden()
    await expect(ada.page.locator(".poster")).to_have_count(0)
    server.ip("address", "add", f"{HERE}/24", "dev", "eth0")
    await expect(invitation.get_by_text(address, exact=True)).to_be_visible()

    other.python(f"import urllib.request; print(urllib.request.urlopen('{address}').status)")
    await expect(invitation.get_by_text("The first visitor from another machine was seen.")).to_be_visible()
    await ada.page.keyboard.press("Escape")
    part = await open_panel(ada, "Invite")
    await expect(part.get_by_text("The first visitor from another machine was seen.")).to_be_visible()
    assert ada.unforgiven() == []
    await context.close()

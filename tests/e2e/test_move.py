"""The server's address changes under open pages: they find it again, are who they were, and nothing typed is lost.

Server and browser are machines of their own on one network, so that addresses can come and go.
"""

import re
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Playwright, Response, expect

from tests.e2e.chats import Chat
from tests.e2e.networks import browser_on, chat_on
from tests.e2e.people import Person
from tests.namespaces import Namespace, joined

FIRST, SECOND = "10.77.0.1", "10.77.1.1"
# Until a connection that has gone silent is given up (an unanswered request and a question), and the server was found.
MOVED_MS = 60_000

SPOOFER = """
import http.server, json, sys, threading

class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        print(json.dumps([self.command, self.path]), flush=True)
        body = json.dumps(IDENTITY).encode()
        self.send_response(200)
        for name, value in {"Content-Type": "application/json", "Access-Control-Allow-Origin": "*"}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    do_POST = do_OPTIONS = do_GET
    def log_message(self, *_):
        pass

server = http.server.ThreadingHTTPServer((ADDRESS, PORT), Answer)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(json.dumps("listens"), flush=True)
sys.stdin.read()
"""


class Network:
    """The server's machine, which has two addresses, and a guest's, with a browser."""

    def __init__(self, server: Namespace, guest: Namespace) -> None:
        self.server = server
        self.guest = guest
        server.ip("address", "add", f"{SECOND}/24", "dev", "eth0")
        guest.ip("address", "add", "10.77.1.2/24", "dev", "eth0")

    def lose(self, address: str) -> None:
        """Take an address from the server's machine."""
        self.server.ip("address", "delete", f"{address}/24", "dev", "eth0")

    def regain(self, address: str) -> None:
        """Give it back."""
        self.server.ip("address", "add", f"{address}/24", "dev", "eth0")


@pytest.fixture
def network() -> Iterator[Network]:
    """Two machines on one network."""
    with joined(2) as (server, guest):
        yield Network(server, guest)


@pytest_asyncio.fixture(loop_scope="session")
async def away(network: Network, playwright: Playwright, tmp_path: Path) -> AsyncIterator[Browser]:
    """A browser on the guest's machine."""
    async with browser_on(network.guest, playwright, tmp_path) as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="session")
async def chat(network: Network, tmp_path: Path) -> AsyncIterator[Chat]:
    """A chat on the server's machine."""
    async with chat_on(network.server, tmp_path) as chat:
        yield chat


async def come(chat: Chat, context: BrowserContext, name: str | None = None) -> Person:
    """A page of the chat at its first address, by somebody of this name or whoever is signed in, that knows the way to
    go elsewhere.
    """
    person = Person(chat, context, await context.new_page())
    async with person.page.expect_response(is_carry):
        await person.open(chat.at(FIRST))
        if name is not None:
            await person.sign_in(name)
    await person.is_in()
    return person


def is_carry(response: Response) -> bool:
    """Whether this brings a page what it needs to go elsewhere."""
    return response.url.endswith("/api/session/carry") and response.ok


async def has_moved(person: Person, to: str) -> None:
    """Wait until the page is in at this address of the server, without anything of the way in its own address."""
    await person.page.wait_for_url(lambda url: url.startswith(f"{person.chat.at(to)}/"), timeout=MOVED_MS)
    await expect(person.page.get_by_role("textbox", name=re.compile("^Message "))).to_be_visible()
    await expect(person.page.locator(".skeleton")).to_have_count(0)
    await expect(person.bar).to_be_hidden()
    assert "carry" not in person.page.url


async def wake(person: Person) -> None:
    """Let the page believe that its network has come back: it looks at once whether its connection stands."""
    await person.page.evaluate("window.dispatchEvent(new Event('online'))")


async def said(person: Person, room: str = "general") -> list[str]:
    """The texts the server has, as this page is told them."""
    texts: list[str] = await person.page.evaluate(
        "room => fetch(`/api/rooms/${room}/messages?limit=200`).then((answer) => answer.json())"
        ".then(({ messages }) => messages.map(({ message }) => message))",
        room,
    )
    return texts


async def me(person: Person) -> dict[str, Any]:
    """Who is signed in on this page."""
    found: dict[str, Any] = await person.page.evaluate("() => fetch('/api/me').then((answer) => answer.json())")
    return found


async def test_a_page_goes_with_its_server_and_takes_along_what_was_typed(
    network: Network, chat: Chat, away: Browser
) -> None:
    ada = await come(chat, await away.new_context(), "Ada")
    who = await me(ada)
    await ada.say("Before")
    await ada.go_to("tech")
    await ada.composer("tech").fill("Half a thought, ünfinished 你好")
    await ada.go_to("general")
    network.lose(FIRST)
    await ada.say("Still to be said")
    await has_moved(ada, SECOND)
    await expect(ada.page.get_by_text("The chat has another address now", exact=False)).to_be_visible()
    await expect(ada.message("Still to be said")).to_have_attribute("data-state", "saved")
    assert await me(ada) == who
    assert await said(ada) == ["Before", "Still to be said"]
    await ada.go_to("tech")
    await expect(ada.composer("tech")).to_have_value("Half a thought, ünfinished 你好")
    await ada.composer("tech").press("Enter")
    await expect(ada.composer("tech")).to_have_value("")

    # And back again, where nothing that was said meanwhile is said or drafted again.
    network.regain(FIRST)
    network.lose(SECOND)
    await ada.say("From the second address", "tech")
    await wake(ada)
    await has_moved(ada, FIRST)
    assert await me(ada) == who
    await expect(ada.message("From the second address", "tech")).to_have_attribute("data-state", "saved")
    await expect(ada.composer("tech")).to_have_value("")
    assert await said(ada) == ["Before", "Still to be said"]
    assert await said(ada, "tech") == ["Half a thought, ünfinished 你好", "From the second address"]


async def test_both_tabs_of_a_browser_go_along_and_are_one_person(network: Network, chat: Chat, away: Browser) -> None:
    context = await away.new_context()
    ada = await come(chat, context, "Ada")
    who = await me(ada)
    other = await come(chat, context)
    await other.go_to("random")
    network.lose(FIRST)
    await other.say("Said by the second tab", "random")
    await ada.page.bring_to_front()
    await ada.say("Said by the first tab")
    for tab in (ada, other):
        await has_moved(tab, SECOND)
        assert await me(tab) == who
    await expect(ada.message("Said by the first tab")).to_have_attribute("data-state", "saved")
    await expect(other.message("Said by the second tab", "random")).to_have_attribute("data-state", "saved")
    assert await said(ada) == ["Said by the first tab"]
    assert await said(ada, "random") == ["Said by the second tab"]


async def test_nothing_is_given_to_one_who_only_says_to_be_the_server(
    network: Network, chat: Chat, away: Browser
) -> None:
    ada = await come(chat, await away.new_context(), "Ada")
    identity = await ada.page.evaluate("() => fetch('/api/identity').then((answer) => answer.json())")
    assert chat.at(SECOND) in identity["addresses"]
    await chat.kill()
    program = SPOOFER.replace("IDENTITY", repr(identity | {"proof": "f" * 64}))
    program = program.replace("ADDRESS", repr(SECOND)).replace("PORT", str(chat.port))
    async with network.server.start(sys.executable, "-c", program) as spoofer:
        await spoofer.until("listens")
        for _ in range(3):
            await wake(ada)
            method, path = await spoofer.next()
            assert (method, path.partition("?")[0]) == ("GET", "/api/identity")
        await expect(ada.page).to_have_url(f"{chat.at(FIRST)}/#/room/general")
    await chat.start()
    await expect(ada.bar).to_be_hidden()
    await expect(ada.page).to_have_url(f"{chat.at(FIRST)}/#/room/general")


async def test_a_long_draft_goes_along_whole(network: Network, chat: Chat, away: Browser) -> None:
    ada = await come(chat, await away.new_context(), "Ada")
    text = "0123456789" * 60_000
    await ada.composer().fill(text)
    network.lose(FIRST)
    await wake(ada)
    await has_moved(ada, SECOND)
    assert await ada.composer().input_value() == text


async def test_a_restarted_server_is_not_left(network: Network, chat: Chat, away: Browser) -> None:
    ada = await come(chat, await away.new_context(), "Ada")
    await chat.kill()
    # The other address is asked only after some time, and so is the first one then.
    async with ada.page.expect_request(lambda request: request.url.startswith(f"{chat.at(SECOND)}/api/identity")):
        pass
    await chat.start()
    await expect(ada.bar).to_be_hidden()
    await ada.say("Still here")
    await expect(ada.message("Still here")).to_have_attribute("data-state", "saved")
    await expect(ada.page).to_have_url(f"{chat.at(FIRST)}/#/room/general")
    assert network.server.name in chat.inside

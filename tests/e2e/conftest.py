"""What every browser test has: one Chromium for all, chats as real processes, and people with a page each.

A test fails at its end when a page wrote an error to its console, asked another host for anything, opened a dialog of
the browser's, or when a server logged a fault. What a test provokes it forgives by name.
"""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from urllib.parse import urlsplit

import browser as chromium
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Playwright, async_playwright, expect

from tests.e2e.chats import Chat, lan_host
from tests.e2e.people import Person

HERE = Path(__file__).parent
PATIENCE_MS = 30_000
# Playwright's own list, which the flag would replace, and two views that Chromium draws for each window and nobody
# sees: they take longer than most pages of ours.
UNUSED = [
    *("AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades", "LensOverlay"),
    *("HttpsFirstBalancedModeAutoEnable", "MediaRouter", "PaintHolding", "ThirdPartyStoragePartitioning"),
    *("AvoidCorsURLLoaderRestartOnRedirect", "OptimizationHints", "NetworkTimeServiceQuerying", "PreconnectToSearch"),
    *("WebUIOmniboxPopup", "WebUIOmniboxAimPopup"),
]
FLAGS = [
    f"--disable-features={','.join(UNUSED)}",
    *("--disable-background-networking", "--no-first-run", "--disable-component-update", "--disable-sync"),
    *("--disable-quic", "--disable-default-apps"),
    *(["--no-sandbox"] if os.geteuid() == 0 else []),
]

Start = Callable[..., Awaitable[Chat]]
Visit = Callable[..., Awaitable[Person]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run all browser tests in one event loop: the browser lives in it."""
    for item in items:
        if HERE in item.path.parents and pytest_asyncio.is_async_test(item):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def playwright() -> AsyncIterator[Playwright]:
    """What starts browsers."""
    expect.set_options(timeout=PATIENCE_MS)
    async with async_playwright() as started:
        yield started


class Browsers:
    """One browser for all tests that need no machine of their own, and a whole one for those of them that need that."""

    def __init__(self, playwright: Playwright) -> None:
        self._playwright = playwright
        self._started: dict[bool, Browser] = {}

    async def take(self, *, is_whole: bool) -> Browser:
        """Return a running one."""
        if is_whole not in self._started:
            whole = chromium.find()
            path = whole if is_whole else chromium.shell(whole)
            self._started[is_whole] = await self._playwright.chromium.launch(executable_path=path, args=FLAGS)
        return self._started[is_whole]

    async def close(self) -> None:
        """End them."""
        for one in self._started.values():
            await one.close()


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def browsers(playwright: Playwright) -> AsyncIterator[Browsers]:
    """What gives a test its browser."""
    made = Browsers(playwright)
    yield made
    await made.close()


@pytest_asyncio.fixture(loop_scope="session")
async def browser(browsers: Browsers, request: pytest.FixtureRequest) -> Browser:
    """A browser; a whole one for a test so marked: it needs notifications, or code that is pasted as it was."""
    return await browsers.take(is_whole=request.node.get_closest_marker("whole_browser") is not None)


class Ahead:
    """Begins the next chat while a test still uses the one before: starting one takes longer than most tests."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0
        self.next = self._begin()

    async def take(self) -> Chat:
        """Return a running chat, which is the taker's from now on."""
        taken, self.next = self.next, self._begin()
        await taken.listens()
        return taken

    def _begin(self) -> Chat:
        self._count += 1
        folder = self._folder / str(self._count)
        folder.mkdir()
        chat = Chat(folder)
        chat.begin()
        return chat


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def ahead(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ahead]:
    """The chats of the tests that want no settings."""
    made = Ahead(tmp_path_factory.mktemp("chats"))
    yield made
    await made.next.kill()


@pytest_asyncio.fixture(loop_scope="session")
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    """Give what starts a chat with these flags and variables; all end with the test."""
    chats: list[Chat] = []

    async def start_one(*arguments: str, **environment: str) -> Chat:
        folder = tmp_path / f"chat{len(chats)}"
        folder.mkdir()
        chats.append(Chat(folder, **environment))
        await chats[-1].start(*arguments)
        return chats[-1]

    yield start_one
    for chat in chats:
        await chat.kill()
    assert [line for chat in chats for line in chat.errors()] == []


@pytest_asyncio.fixture(loop_scope="session")
async def chat(ahead: Ahead) -> AsyncIterator[Chat]:
    """A running chat."""
    taken = await ahead.take()
    yield taken
    await taken.kill()
    assert taken.errors() == []


@pytest.fixture(params=["localhost", "network"])
def host(request: pytest.FixtureRequest) -> str:
    """Each way to the chat in turn: where the browser trusts plain http, and where it does not."""
    return "localhost" if request.param == "localhost" else lan_host()


@pytest_asyncio.fixture(loop_scope="session")
async def visit(browser: Browser) -> AsyncIterator[Visit]:
    """Give what opens a chat in a browser of its own and signs in; without a name it stays at the first screen.

    `host` names the way, or `url` the whole address; `beside` is a person whose browser gets a second tab; the rest are
    options of a Playwright context.
    """
    people: list[Person] = []

    async def visit_one(
        chat: Chat,
        name: str | None = None,
        *,
        host: str = "localhost",
        url: str | None = None,
        beside: Person | None = None,
        **options: object,
    ) -> Person:
        context = beside.context if beside else await browser.new_context(**options)  # type: ignore[arg-type]
        person = Person(chat, context, await context.new_page())
        people.append(person)
        await person.open(url or chat.at(host))
        if name is not None:
            await person.sign_in(name)
        return person

    yield visit_one
    for person in people:
        await person.context.close()
    assert [line for person in people for line in person.unforgiven()] == []
    for person in people:
        # A page that has lost its server looks for it under its name on the network too.
        asked = {host for host in person.hosts if not host.endswith(f".local:{urlsplit(person.url).port}")}
        assert asked <= {urlsplit(person.url).netloc} | person.may_ask

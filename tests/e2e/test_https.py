"""HTTPS on a network, in a browser: what a device has that trusts the chat's authority, and what one has that does not.

Server and browsers are machines of their own: the browser's own machine is a secure context whatever the scheme.
"""

import asyncio
import base64
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Error, Playwright, expect

from tests.e2e.chats import Chat
from tests.e2e.conftest import PATIENCE_MS
from tests.e2e.networks import browser_on, chat_on
from tests.e2e.people import Person
from tests.e2e.test_accessibility import SIZES, examine
from tests.e2e.test_notifications import AWAY
from tests.namespaces import Namespace, joined, need

SERVER = "10.77.0.1"
TURN_ON = """async (code) => {
    const ask = async (method, path, body) => {
        const told = { method, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
        if (!(await fetch(path, told)).ok) throw new Error(path);
    };
    await ask('POST', '/api/host', { code });
    await ask('PATCH', '/api/admin/choices', { is_set_up: true, https: 'beside' });
}"""
SERVES_HTTPS = "() => fetch('/api/certificate').then((answer) => answer.ok).catch(() => false)"
AUTHORITY = """() => fetch('/ca.crt').then((answer) => answer.arrayBuffer())
    .then((bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))))"""
ME = "() => fetch('/api/me').then((answer) => answer.json())"
HTTPS = "() => fetch('/api/identity').then((answer) => answer.json()).then(({ https }) => https).catch(() => null)"
WORKER = """async () => {
    const { active, scope } = await navigator.serviceWorker.ready;
    if (active.state === 'activating') {
        await new Promise((resolve) => active.addEventListener('statechange', resolve, { once: true }));
    }
    return [active.state, active.scriptURL, scope];
}"""
SHOWN = """() => navigator.serviceWorker.ready.then((registration) => registration.getNotifications())
    .then((shown) => shown.map(({ title, body, data }) => [title, body, data.room]))"""
# Chromium forgets a notification that is asked for before it is on the screen, so none is until one has come there.
NOTE = """() => {
    const { prototype } = ServiceWorkerRegistration;
    const { showNotification } = prototype;
    window.notified = new Promise((resolve) => {
        prototype.showNotification = function (...what) {
            const showing = showNotification.apply(this, what);
            resolve(showing);
            return showing;
        };
    });
}"""
# No program can click what the system shows, so the worker is told that somebody did; it may not focus anything then.
CLICK = """async () => {
    const [notification] = await registration.getNotifications();
    const click = new NotificationEvent('notificationclick', { notification });
    let ending;
    click.waitUntil = (promise) => { ending = promise; };
    dispatchEvent(click);
    return ending.catch(({ name }) => name);
}"""
CAPABLE = """() => ({
    secure: isSecureContext, worker: 'serviceWorker' in navigator, clipboard: Boolean(navigator.clipboard),
    locks: 'locks' in navigator, unique: typeof crypto.randomUUID,
})"""


@pytest.fixture
def network() -> Iterator[list[Namespace]]:
    """The server's machine and a guest's."""
    need("certutil", "libnss3-tools")
    need("openssl", "openssl")
    with joined(2) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def chat(network: list[Namespace], tmp_path: Path) -> AsyncIterator[Chat]:
    """A chat on the server's machine."""
    async with chat_on(network[0], tmp_path) as chat:
        yield chat


@pytest_asyncio.fixture(loop_scope="session")
async def strange(network: list[Namespace], playwright: Playwright, tmp_path: Path) -> AsyncIterator[Browser]:
    """A browser on the guest's machine that trusts nobody but those it comes with."""
    home = tmp_path / "strange"
    home.mkdir()
    async with browser_on(network[1], playwright, home) as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="session")
async def host(chat: Chat, strange: Browser) -> AsyncIterator[Person]:
    """The host, who has turned on HTTPS, on a device that does not trust it."""
    ada = await come(chat, await strange.new_context(), chat.at(SERVER))
    # While it begins to serve anew, it answers that it cannot.
    ada.forgive("net::ERR_CERT_AUTHORITY_INVALID", "/api/certificate", "503 (Service Unavailable)")
    await ada.sign_in("Ada")
    chat.was_down = True  # it serves anew
    await ada.page.evaluate(TURN_ON, chat.host_link.rpartition("/")[2])
    async with asyncio.timeout(PATIENCE_MS / 1000):
        while not await ada.page.evaluate(SERVES_HTTPS):
            pass
    yield ada
    assert ada.unforgiven() == []


@pytest_asyncio.fixture(loop_scope="session")
async def trusting(
    network: list[Namespace], host: Person, playwright: Playwright, tmp_path: Path
) -> AsyncIterator[Browser]:
    """A browser on the guest's machine that was told to trust the chat's authority."""
    home = tmp_path / "trusting"
    store = home / ".pki" / "nssdb"
    store.mkdir(parents=True)
    told = home / "authority.crt"
    told.write_bytes(base64.b64decode(await host.page.evaluate(AUTHORITY)))
    for words in (["-N", "--empty-password"], ["-A", "-t", "C,,", "-n", "chat", "-i", str(told)]):
        run("certutil", "-d", f"sql:{store}", *words)
    async with browser_on(network[1], playwright, home) as browser:
        yield browser


def run(*command: str) -> str:
    """Run a command to its end; what it prints."""
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


async def come(chat: Chat, context: BrowserContext, url: str) -> Person:
    """A page at this address of the chat."""
    person = Person(chat, context, await context.new_page())
    await person.open(url)
    return person


def secure(chat: Chat) -> str:
    """The chat's address over HTTPS."""
    return chat.at(SERVER).replace("http", "https")


async def test_a_device_that_trusts_the_authority_has_what_plain_http_lacks(
    chat: Chat, host: Person, trusting: Browser
) -> None:
    context = await trusting.new_context()
    await context.grant_permissions(["clipboard-read", "clipboard-write"], origin=secure(chat))
    grace = Person(chat, context, await context.new_page())
    sockets: list[str] = []
    grace.page.on("websocket", lambda socket: sockets.append(socket.url))
    await grace.open(secure(chat))
    await grace.sign_in("Grace")
    able = {"secure": True, "worker": True, "clipboard": True, "locks": True, "unique": "function"}
    assert await grace.page.evaluate(CAPABLE) == able
    unable = {"secure": False, "worker": False, "clipboard": False, "locks": False, "unique": "undefined"}
    assert await host.page.evaluate(CAPABLE) == unable
    await grace.page.evaluate("navigator.clipboard.writeText('copied')")
    assert await grace.page.evaluate("navigator.clipboard.readText()") == "copied"
    assert sockets
    assert all(url.startswith("wss://") for url in sockets)
    cookies = await context.cookies()
    assert [(one.get("name", "")[:7], one.get("secure")) for one in cookies] == 2 * [("__Host-", True)], (
        "session, device"
    )

    await host.page.goto(chat.at(SERVER))
    await host.is_in()
    await host.say("Over http")
    await expect(grace.message("Over http")).to_be_visible()
    await grace.say("Over https")
    await expect(host.message("Over https")).to_be_visible()
    await grace.page.reload()
    await grace.is_in()
    assert await grace.texts() == ["Over http", "Over https"]
    assert grace.unforgiven() == []


async def test_notifications_come_by_a_worker_and_a_click_leads_to_the_room(
    chat: Chat, host: Person, trusting: Browser
) -> None:
    context = await trusting.new_context()
    await context.grant_permissions(["notifications"], origin=secure(chat))
    grace = await come(chat, context, secure(chat))
    await grace.sign_in("Grace")
    assert context.service_workers == []
    async with context.expect_event("serviceworker") as coming:
        await grace.page.locator(".me").click()
        await grace.page.get_by_role("checkbox", name="System notifications").check()
    worker = await coming.value
    place = f"{secure(chat)}/"
    assert await grace.page.evaluate(WORKER) == ["activated", f"{place}worker.js", place]
    await grace.page.keyboard.press("Escape")
    await grace.page.evaluate(AWAY)
    await grace.page.evaluate(NOTE)
    await host.page.goto(chat.at(SERVER))
    await host.go_to("tech")
    await host.say("Are you there?", "tech")
    async with asyncio.timeout(PATIENCE_MS / 1000):
        await grace.page.evaluate("window.notified")
    assert await grace.page.evaluate(SHOWN) == [["Tech Talk", "There are new messages in Tech Talk.", "tech"]]
    assert await worker.evaluate(CLICK) == "InvalidAccessError"
    await grace.is_in("tech")
    assert await grace.page.evaluate(SHOWN) == []
    assert grace.unforgiven() == []


async def test_who_trusts_the_authority_is_told_so(chat: Chat, host: Person, trusting: Browser) -> None:
    grace = await come(chat, await trusting.new_context(), f"{chat.at(SERVER)}/trust")
    await expect(grace.page.get_by_text("This device trusts the certificate.")).to_be_visible()
    await grace.page.get_by_role("link", name="Go to the chat").click()
    await expect(grace.name_field).to_be_visible()
    await grace.page.goto(f"{secure(chat)}/trust")
    await expect(grace.page.get_by_text("This page came over HTTPS.")).to_be_visible()
    assert grace.unforgiven() == []
    assert host.chat is chat


async def test_who_does_not_trust_it_is_told_how_to_and_talks_over_http(
    chat: Chat, host: Person, tmp_path: Path
) -> None:
    with pytest.raises(Error, match="ERR_CERT_AUTHORITY_INVALID"):
        await (await host.context.new_page()).goto(secure(chat))
    page = await host.context.new_page()
    await page.goto(f"{chat.at(SERVER)}/trust")
    await expect(page.get_by_role("heading", name="Chat over HTTPS")).to_be_visible()
    await expect(page.get_by_text("This device does not trust the certificate yet.")).to_be_visible()
    await expect(page.get_by_role("link", name="Go to the chat")).to_be_hidden()
    systems = page.locator("details")
    await expect(systems).to_have_count(7)
    await expect(systems.first).to_have_attribute("open", "")
    await expect(systems.first).to_contain_text("Linux")
    async with page.expect_download() as downloading:
        await page.get_by_role("link", name="Download “Chat.crt”").click()
    download = await downloading.value
    assert download.suggested_filename == "Chat.crt"
    given = tmp_path / "given.crt"
    await download.save_as(given)
    for kind, term in (("sha256", "SHA-256"), ("sha1", "SHA-1")):
        shown = run("openssl", "x509", "-inform", "der", "-in", str(given), "-noout", "-fingerprint", f"-{kind}")
        beside = page.locator("dt", has_text=term).locator("xpath=following-sibling::dd[1]")
        await expect(beside).to_have_text(shown.strip().partition("=")[2].replace(":", " "))
    await host.page.goto(chat.at(SERVER))
    await host.is_in()
    await host.say("Still here")
    await expect(host.message("Still here")).to_be_visible()


async def test_axe_finds_nothing_on_the_page_that_tells_how(chat: Chat, host: Person) -> None:
    browser = host.context.browser
    assert browser is not None
    for size in SIZES.values():
        context = await browser.new_context(bypass_csp=True, **size)  # type: ignore[arg-type]
        page = await context.new_page()
        await page.goto(f"{chat.at(SERVER)}/trust")
        await expect(page.get_by_text("This device does not trust the certificate yet.")).to_be_visible()
        assert await page.evaluate("document.querySelector('.trust').scrollWidth <= innerWidth")
        await examine(page, "the way to trust")
        await context.close()


async def test_who_trusts_it_goes_over_with_everything_when_asked_to(
    chat: Chat, host: Person, trusting: Browser
) -> None:
    grace = await come(chat, await trusting.new_context(), chat.at(SERVER))
    await grace.sign_in("Grace")
    who = await grace.page.evaluate(ME)
    await grace.go_to("tech")
    await grace.composer("tech").fill("Half a thought")
    await grace.button("Go over").click()
    await grace.page.wait_for_url(f"{secure(chat)}/#/room/tech")
    await grace.is_in("tech")
    await expect(grace.page.get_by_text("You are on the secure address now", exact=False)).to_be_visible()
    await expect(grace.composer("tech")).to_have_value("Half a thought")
    await expect(grace.button("Go over")).to_be_hidden()
    assert await grace.page.evaluate(ME) == who
    assert grace.unforgiven() == []

    # Who does not trust it is offered nothing, and finds the way in the settings.
    await host.page.goto(chat.at(SERVER))
    await host.is_in()
    await expect(host.button("Go over")).to_be_hidden()
    await host.page.locator(".me").click()
    await expect(host.page.get_by_role("link", name="How this device comes to trust it")).to_be_visible()


async def test_where_all_shall_come_by_https_who_can_goes_by_itself_and_who_cannot_is_told_how_first(
    chat: Chat, host: Person, trusting: Browser
) -> None:
    await host.page.evaluate(
        "() => fetch('/api/admin/choices', { method: 'PATCH', body: '{\"https\": \"redirect\"}' })"
    )
    async with asyncio.timeout(PATIENCE_MS / 1000):
        while (await host.page.evaluate(HTTPS)) != "redirect":
            pass
    grace = await come(chat, await trusting.new_context(), chat.at(SERVER))
    await grace.page.wait_for_url(f"{secure(chat)}/**")
    browser = host.context.browser
    assert browser is not None
    await grace.sign_in("Grace")
    stranger = await come(chat, await browser.new_context(), chat.at(SERVER))
    await expect(stranger.name_field).to_be_attached()
    await expect(stranger.button("Go on without")).to_be_visible()
    await host.page.goto(chat.at(SERVER))
    first = host.dialog("This chat wants an encrypted connection")
    await expect(first).to_be_visible()
    await expect(first.get_by_role("link", name="How this device comes to trust it")).to_have_attribute(
        "href", "/trust"
    )
    await host.button("Go on without").click()
    await expect(first).to_be_hidden()
    await host.say("Still here")
    await expect(grace.message("Still here")).to_be_visible()


async def test_without_https_the_page_says_so(chat: Chat, strange: Browser) -> None:
    ada = await come(chat, await strange.new_context(), f"{chat.at(SERVER)}/trust")
    ada.forgive("404 (Not Found)")
    await expect(ada.page.get_by_text("This chat is not served over HTTPS at the moment.")).to_be_visible()
    assert ada.unforgiven() == []

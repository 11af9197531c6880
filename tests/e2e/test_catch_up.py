"""Others write, edit, delete and react while a page is away: when it is back, it shows exactly what the server has.

Away means: the server was killed, the network was gone, the tab was frozen, the page lay in the browser's history, or
the connection died without a word.
"""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Any

import browser as chromium
import httpx
import pytest_asyncio
from playwright.async_api import CDPSession, Page, Playwright, WebSocketRoute, expect
from playwright.async_api import Error as BrowserError

from tests.e2e.chats import Author, Chat, lan_host
from tests.e2e.conftest import FLAGS, PATIENCE_MS, Start, Visit
from tests.e2e.people import Person

LOST = "Reconnecting… your messages are kept."
OFFLINE = {"offline": True, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
# More than come with joining, so that only catching up brings what was changed in the older ones.
LINES = 80
# Changes made while a page is away, the kinds of them, and messages the server gives at a time.
CHANGES = 16
KINDS = 4
PAGE = 200
# Each message that stands in the page, as [place, text, reactions]; a deleted one has no text.
SHOWN = """() => [...document.querySelectorAll('.messages [data-seq]')].map((row) => [
    Number(row.dataset.seq),
    row.querySelector('.message__gone') ? '' : row.querySelector('.message__text').innerText,
    [...row.querySelectorAll('.reaction:not(.reaction--add)')].map((chip) => chip.innerText.replace(/\\s/g, '')),
])"""
# Whether they are those the server has, from the first that stands in the page to the room's last (or the page's).
IS_TRUE = f"""({{ stored, toEnd }}) => {{
    const shown = ({SHOWN})();
    const [from, to] = [shown[0]?.[0] ?? Infinity, toEnd ? Infinity : shown.at(-1)?.[0]];
    return JSON.stringify(shown) === JSON.stringify(stored.filter(([seq]) => seq >= from && seq <= to));
}}"""

Message = dict[str, Any]


async def test_a_killed_server_and_what_happens_around_it(chat: Chat, visit: Visit) -> None:
    async with Author(chat, "Grace") as grace:
        said = [await grace.say(f"Line {number}") for number in range(LINES)]
        ada = await visit(chat, "Ada")
        await shows(ada, chat)
        for _ in range(3):
            async with asyncio.TaskGroup() as meanwhile:
                meanwhile.create_task(restart(chat))
                meanwhile.create_task(change_much(grace, said))
            await change_much(grace, said)
        await expect(ada.bar).to_be_hidden()
        await shows(ada, chat)


async def test_a_lost_network(chat: Chat, visit: Visit) -> None:
    # By the network: a lost one is no reason to give up a connection within this machine.
    ada = await visit(chat, "Ada", host=lan_host())
    ada.forgive("net::ERR_", "WebSocket connection")
    async with Author(chat, "Grace") as grace:
        said = [await grace.say(f"Line {number}") for number in range(LINES)]
        await shows(ada, chat)
        devtools = await ada.context.new_cdp_session(ada.page)
        await devtools.send("Network.enable")
        await devtools.send("Network.emulateNetworkConditions", OFFLINE)
        await expect(ada.page.get_by_text(LOST, exact=True)).to_be_visible()
        await change_much(grace, said)
        await devtools.send("Network.emulateNetworkConditions", OFFLINE | {"offline": False})
        await expect(ada.bar).to_be_hidden()
        await shows(ada, chat)


async def test_a_frozen_tab(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada")
    async with Author(chat, "Grace") as grace:
        said = [await grace.say(f"Line {number}") for number in range(LINES)]
        await shows(ada, chat)
        devtools = await ada.context.new_cdp_session(ada.page)
        await freeze(devtools, is_frozen=True)
        await change_much(grace, said)
        await freeze(devtools, is_frozen=False)
        await shows(ada, chat)
        await freeze(devtools, is_frozen=True)
        await restart(chat)
        await change_much(grace, said)
        await freeze(devtools, is_frozen=False)
        await expect(ada.bar).to_be_hidden()
        await shows(ada, chat)


async def test_a_connection_that_died_without_a_word(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat)
    dead: list[WebSocketRoute] = []
    open_routes: list[WebSocketRoute] = []
    await ada.page.route_web_socket("**/socket.io/**", swallow_when_dead(dead, open_routes))
    await ada.page.reload()
    await ada.sign_in("Ada")
    async with Author(chat, "Grace") as grace:
        said = [await grace.say(f"Line {number}") for number in range(LINES)]
        await shows(ada, chat)
        dead.extend(open_routes)
        await change_much(grace, said)
        async with ada.page.expect_event("websocket", timeout=20_000):
            await ada.page.evaluate("window.dispatchEvent(new Event('online'))")
        await expect(ada.bar).to_be_hidden()
        await shows(ada, chat)


async def test_a_change_that_never_arrived(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat)
    lost = asyncio.Event()

    def forward(route: WebSocketRoute) -> None:
        server = route.connect_to_server()
        route.on_message(server.send)
        server.on_message(lambda frame: lost.set() if is_lost(frame) else route.send(frame))

    def is_lost(frame: str | bytes) -> bool:
        return "message_changed" in str(frame) and not lost.is_set()

    await ada.page.route_web_socket("**/socket.io/**", forward)
    await ada.page.reload()
    await ada.sign_in("Ada")
    async with Author(chat, "Grace") as grace:
        first = await grace.say("First")
        await expect(ada.message("First")).to_be_visible()
        await grace.edit(first, "First, changed")
        await lost.wait()
        # Only the next one tells that something is missing.
        await grace.say("Second")
        await expect(ada.message("First, changed")).to_be_visible()
        await shows(ada, chat)


async def test_more_than_can_be_caught_up_begins_anew(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada", host=lan_host())
    ada.forgive("net::ERR_", "WebSocket connection")
    async with Author(chat, "Grace") as grace:
        said = [await grace.say(f"Line {number}") for number in range(30)]
        await shows(ada, chat)
        await ada.context.set_offline(True)
        await expect(ada.page.get_by_text(LOST, exact=True)).to_be_visible()
        await grace.say_all(f"More {number}" for number in range(1000))
        await grace.delete(said[29])
        await ada.context.set_offline(False)
        await expect(ada.bar).to_be_hidden()
        # It goes on where reading has stopped.
        await expect(ada.messages().locator('[data-seq="31"]')).to_be_in_viewport()
        await shows(ada, chat, to_end=False)
        await ada.page.locator(".messages__pill").click()
        await expect(ada.messages().locator('[data-seq="1030"]')).to_be_in_viewport()
        await shows(ada, chat)


async def test_what_was_cleaned_up_meanwhile_is_gone(start: Start, visit: Visit) -> None:
    chat = await start("--retention-messages", "20")
    ada = await visit(chat, "Ada")
    async with Author(chat, "Grace") as grace:
        await grace.say_all(f"Line {number}" for number in range(50))
    await expect(ada.messages().locator('[data-seq="50"]')).to_be_in_viewport()
    devtools = await ada.context.new_cdp_session(ada.page)
    await freeze(devtools, is_frozen=True)
    await chat.kill()
    await chat.start("--retention-messages", "20")
    await clean(chat)
    await freeze(devtools, is_frozen=False)
    await expect(ada.bar).to_be_hidden()
    await expect(ada.messages().locator("[data-seq]")).to_have_count(20)
    await shows(ada, chat)


async def test_a_room_that_was_left_is_true_when_it_is_opened_again(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada")
    async with Author(chat, "Grace") as grace:
        said = [await grace.say(f"Line {number}") for number in range(LINES)]
        await shows(ada, chat)
        await ada.go_to("tech")
        await change_much(grace, said)
        await ada.go_to("general")
        await shows(ada, chat)


async def test_a_page_from_the_browsers_history(kept: Page, chat: Chat) -> None:
    ada = Person(chat, kept.context, kept)
    # What the browser asks for beside a page that names no icon.
    ada.forgive("favicon.ico")
    await ada.open(chat.url)
    await ada.sign_in("Ada")
    await ada.page.evaluate("window.addEventListener('pageshow', (event) => { window.wasKept = event.persisted; })")
    async with Author(chat, "Grace") as grace:
        said = [await grace.say(f"Line {number}") for number in range(LINES)]
        await shows(ada, chat)
        await ada.page.goto(f"{chat.url}/healthz")
        await change_much(grace, said)
        await ada.page.go_back(wait_until="commit")
        await expect(ada.bar).to_be_hidden()
        await shows(ada, chat)
        assert await ada.page.evaluate("window.wasKept") is True, "The browser did not keep the page."
    assert ada.unforgiven() == []


async def test_leaving_the_page_deletes_what_could_be_undone(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada")
    grace = await visit(chat, "Grace")
    await ada.say("Never mind")
    await expect(grace.message("Never mind")).to_be_visible()
    await expect(ada.message("Never mind")).not_to_contain_text("Waiting…")
    await ada.choose("Never mind", "Delete")
    await expect(ada.message("Never mind")).to_be_hidden()
    await expect(grace.message("Never mind")).to_be_visible()
    await ada.page.goto("about:blank")
    await expect(grace.page.get_by_text("Message deleted", exact=True)).to_be_visible()
    await ada.open(chat.url)
    await ada.is_in()
    await shows(ada, chat)


@pytest_asyncio.fixture(loop_scope="session")
async def kept(playwright: Playwright) -> AsyncIterator[Page]:
    """A page in a browser that keeps pages for going back to, as browsers do unless a test drives them."""
    started = await playwright.chromium.launch(
        executable_path=chromium.find(), args=FLAGS, ignore_default_args=["--disable-back-forward-cache"]
    )
    yield await started.new_page()
    await started.close()


async def restart(chat: Chat) -> None:
    """Pull the plug, and switch on again."""
    await chat.kill()
    await chat.start()


async def freeze(devtools: CDPSession, *, is_frozen: bool) -> None:
    """Stop everything in the tab, as browsers do with those nobody looks at; or let it go on."""
    await devtools.send("Page.setWebLifecycleState", {"state": "frozen" if is_frozen else "active"})


async def clean(chat: Chat) -> None:
    """Let the operator clean up."""
    secret = json.loads((chat.data / "running.json").read_text())["secret"]
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{chat.port}") as operator:
        done = await operator.post("/api/admin/cleanup", headers={"Authorization": f"Bearer {secret}"})
        assert done.raise_for_status().json()["rooms"][0]["messages"] == 30


async def change_much(author: Author, said: list[Message]) -> None:
    """Write, edit, delete and react, in this order and then in any. A server that is away is waited for."""
    dice = random.Random(len(said))
    for number in range(CHANGES):
        place = dice.choice([at for at, message in enumerate(said) if not message.get("deleted")])
        kind = number if number < KINDS else dice.randrange(KINDS)
        if kind == 0:
            said.extend(await until_it_works(partial(author.say, f"Line {len(said)}")))
        else:
            ask = (partial(author.edit, text=f"Changed, {number}"), author.delete, partial(author.react, emoji="👍"))[
                kind - 1
            ]
            said[place : place + 1] = await until_it_works(partial(ask, said[place]))


async def until_it_works(ask: Callable[[], Awaitable[Message]]) -> list[Message]:
    """Ask again while the server is away; return the message, or none: an unanswered request has deleted it."""
    while True:
        try:
            return [await ask()]
        except httpx.TransportError:
            continue
        except httpx.HTTPStatusError as error:
            if error.response.status_code == httpx.codes.CONFLICT:
                return []
            if error.response.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                raise


def swallow_when_dead(dead: list[WebSocketRoute], routes: list[WebSocketRoute]) -> Callable[[WebSocketRoute], None]:
    """Return what stands between page and server, and lets nothing through for the connections in `dead`."""

    def forward(route: WebSocketRoute) -> None:
        routes.append(route)
        server = route.connect_to_server()
        route.on_message(lambda frame: None if route in dead else server.send(frame))
        server.on_message(lambda frame: None if route in dead else route.send(frame))

    return forward


async def shows(person: Person, chat: Chat, *, to_end: bool = True) -> None:
    """Wait until the page shows what the server has of General, as far as it holds it."""
    stored = await state_of(chat)
    try:
        await person.page.wait_for_function(
            IS_TRUE, arg={"stored": stored, "toEnd": to_end}, polling=50, timeout=PATIENCE_MS
        )
    except BrowserError:
        shown = await person.page.evaluate(SHOWN)
        first = shown[0][0] if shown else 0
        assert shown == [one for one in stored if one[0] >= first]


async def state_of(chat: Chat) -> list[list[Any]]:
    """Return all messages of General as the page is to show them."""
    found: list[Message] = []
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{chat.port}") as client:
        page = {"has_more_before": True}
        while page["has_more_before"]:
            where = {"limit": PAGE} | ({"before": found[0]["seq"]} if found else {})
            page = (await client.get("/api/rooms/general/messages", params=where)).raise_for_status().json()
            found[:0] = page["messages"]
    return [
        [one["seq"], one["message"], [f"{emoji}{len(people)}" for emoji, people in one.get("reactions", {}).items()]]
        for one in found
    ]

"""A page of another origin, open in the browser of somebody who is signed in, and one whose name leads to the chat."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import browser as chromium
import pytest
from playwright.async_api import Page, Playwright, expect

from tests.e2e.chats import Author, Chat
from tests.e2e.conftest import FLAGS, Visit

SECRET = "What only we know"

# Tries everything against the chat at `url` and returns what it got: by its name what could be read, or null.
TRY = """async ({ url, secret }) => {
    const got = {};
    const read = async (name, path, options) => {
        try { got[name] = await (await fetch(url + path, { credentials: 'include', ...options })).text(); }
        catch { got[name] = null; }
    };
    const text = { method: 'POST', headers: { 'Content-Type': 'text/plain' } };
    const posted = JSON.stringify({ message: 'forged' });
    await read('me', '/api/me');
    await read('history', '/api/rooms/general/messages');
    await read('page', '/');
    await read('script', '/api/rooms', { mode: 'no-cors' });
    await read('simple post', '/api/rooms/general/messages', { ...text, body: posted });
    await read('opaque post', '/api/rooms/general/messages', { ...text, body: posted, mode: 'no-cors' });
    await read('preflighted post', '/api/rooms/general/messages',
        { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: posted });
    await read('sign out', '/api/session', { method: 'DELETE' });
    await read('carry', '/api/session/carry', { ...text, body: '{}' });
    await read('poll', '/socket.io/?EIO=4&transport=polling');
    await read('poll post', '/socket.io/?EIO=4&transport=polling', { ...text, body: '40' });
    navigator.sendBeacon(`${url}/api/rooms/general/messages`, posted);
    got.websocket = await new Promise((settle) => {
        const socket = new WebSocket(`${url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`);
        socket.onmessage = ({ data }) => settle(data);
        socket.onclose = () => settle(null);
    });
    const load = (tag, path) => new Promise((settle) => {
        const made = document.createElement(tag);
        made.onload = () => settle('loaded');
        made.onerror = () => settle(null);
        made.src = url + path;
        document.body.append(made);
    });
    globalThis.___eio = [(data) => { got.jsonp = data; }];
    got['script tag'] = await load('script', '/api/rooms');
    got['jsonp tag'] = await load('script', '/socket.io/?EIO=4&transport=polling&j=0');
    got['part of the page'] = await load('script', '/config.js');
    got.picture = await load('img', '/static/icons/favicon.svg');
    for (const policy of ['unsafe-url', 'no-referrer']) {
        for (const type of ['text/plain', 'application/x-www-form-urlencoded']) {
            const sink = document.createElement('iframe');
            sink.name = `sink-${policy}-${type}`;
            const form = document.createElement('form');
            form.action = `${url}/api/rooms/general/messages`;
            Object.assign(form, { method: 'post', enctype: type, target: sink.name });
            form.setAttribute('referrerpolicy', policy);
            const meta = Object.assign(document.createElement('meta'), { name: 'referrer', content: policy });
            document.head.append(meta);
            const field = document.createElement('input');
            [field.name, field.value] = ['{"message":"forged","client_id":"', '"}'];
            form.append(field);
            document.body.append(sink, form);
            const loaded = new Promise((settle) => { sink.onload = settle; });
            form.submit();
            await loaded;
            got[`form ${policy} ${type}`] = sink.contentDocument?.body.textContent || null;
        }
    }
    const frame = document.createElement('iframe');
    const framed = new Promise((settle) => { frame.onload = settle; });
    frame.src = url;
    document.body.append(frame);
    await framed;
    return got;
}"""
# The same from a page whose name leads to the chat: to its browser it is of the same origin.
TRY_REBOUND = """async () => {
    const got = {};
    const read = async (name, path, options) => {
        const answer = await fetch(path, options);
        got[name] = answer.status;
    };
    await read('page', '/', { headers: { Accept: 'text/html' } });
    await read('identity', '/api/identity');
    await read('history', '/api/rooms/general/messages');
    await read('session', '/api/session',
        { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"username":"Eve"}' });
    await read('poll', '/socket.io/?EIO=4&transport=polling');
    got.websocket = await new Promise((settle) => {
        const socket = new WebSocket(`ws://${location.host}/socket.io/?EIO=4&transport=websocket`);
        socket.onmessage = ({ data }) => settle(data);
        socket.onclose = () => settle(null);
    });
    return got;
}"""


class Blank(BaseHTTPRequestHandler):
    """An empty page at every address."""

    def do_GET(self) -> None:
        """Answer."""
        body = b"<!doctype html><title>Elsewhere</title><body>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


@pytest.fixture
def elsewhere() -> Iterator[int]:
    """The port of a server with other people's pages, on all addresses of this machine."""
    server = ThreadingHTTPServer(("0.0.0.0", 0), Blank)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


async def attack(page: Page, chat: Chat, host: str, port: int, at: str) -> None:
    """Try everything from a page at `at`; nothing may come of it."""
    await page.goto(f"http://{at}:{port}/")
    got = await page.evaluate(TRY, {"url": chat.at(host), "secret": SECRET})
    assert {name: data for name, data in got.items() if data is not None} == {}
    # In place of the chat the browser shows a page of its own in the frame.
    assert [frame.url for frame in page.frames if frame.url.rstrip("/") == chat.at(host)] == []


@pytest.mark.parametrize("site", ["the same host, another port", "another site"])
async def test_a_page_from_elsewhere_reads_and_changes_nothing(
    chat: Chat, visit: Visit, host: str, elsewhere: int, site: str
) -> None:
    """For a browser the first is the same site: it sends along the cookie. Over the network it says of neither where
    it stands (no `Sec-Fetch-Site` on plain http).
    """
    ada = await visit(chat, "Ada", host=host)
    await ada.say(SECRET)
    await expect(ada.message(SECRET)).not_to_contain_text("Waiting…")
    other = {"localhost": "127.0.0.1"}.get(host, "localhost")
    page = await ada.context.new_page()
    await attack(page, chat, host, elsewhere, host if site.startswith("the same") else other)
    await page.close()
    async with Author(chat, "Grace") as grace:
        assert await grace.said() == [SECRET]
        await grace.say("Still there?")
    await expect(ada.message("Still there?")).to_be_visible()
    await ada.page.reload()
    await ada.is_in()
    await ada.say("Yes")
    await expect(ada.message("Yes")).not_to_contain_text("Waiting…")


async def test_a_page_whose_name_leads_here_gets_nothing(playwright: Playwright, chat: Chat) -> None:
    rebound = [*FLAGS, "--host-resolver-rules=MAP evil.example 127.0.0.1"]
    browser = await playwright.chromium.launch(executable_path=chromium.find(), args=rebound)
    # The page its own server gave would have another policy than our refusal, in whose place it acts here.
    page = await browser.new_page(bypass_csp=True)
    answer = await page.goto(f"http://evil.example:{chat.port}/")
    assert answer is not None
    assert answer.status == 421
    await expect(page.locator("body")).to_contain_text("This server is not called evil.example.")
    assert await page.evaluate(TRY_REBOUND) == {
        **dict.fromkeys(("page", "identity", "history", "session", "poll"), 421),
        "websocket": None,
    }
    await browser.close()

"""How the page comes to the browser: from this machine alone, compressed, kept, and as its operator wants it."""

import re

import httpx
from playwright.async_api import expect

from tests.e2e.chats import Author, Chat
from tests.e2e.conftest import Visit

PAGE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
FIRST_LOAD = {"script": 100_000, "link": 20_000}
"""Bytes of JavaScript and CSS that the first load may take, compressed."""


async def test_a_whole_session_asks_nobody_else(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada")
    async with Author(chat, "Grace") as grace:
        await grace.say("```python\nprint('hello')\n```")
        await grace.say("![picture](http://elsewhere.example/x.png) http://elsewhere.example 👍🏽 **fat**")
    await expect(ada.messages().locator("pre .hljs-string")).to_be_visible()
    await ada.button("Invite people").click()
    await expect(ada.dialog("Invite people").get_by_role("img")).to_be_visible()
    await ada.page.keyboard.press("Escape")
    await ada.page.locator(".me").click()
    await expect(ada.page.get_by_role("dialog")).to_be_visible()
    await ada.page.keyboard.press("Escape")
    await ada.go_to("tech")
    await ada.page.reload()
    await ada.is_in("tech")
    assert ada.hosts == {f"localhost:{chat.port}"}


async def test_the_page_is_small_kept_and_allows_nothing_inline(chat: Chat) -> None:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{chat.port}") as client:
        page = await client.get("/", headers=PAGE)
        policy = page.headers["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
        assert page.headers["Cache-Control"] == "no-cache"
        for tag, most in FIRST_LOAD.items():
            address = re.search(rf'<{tag}[^>]+(?:src|href)="(/static/assets/[^"]+\.(?:js|css))"', page.text)
            assert address, page.text
            packed = await client.get(address[1], headers={"Accept-Encoding": "gzip"})
            assert packed.headers["Content-Encoding"] == "gzip"
            assert "immutable" in packed.headers["Cache-Control"]
            assert int(packed.headers["Content-Length"]) < most
            smaller = await client.head(address[1], headers={"Accept-Encoding": "gzip, br"})
            assert smaller.headers["Content-Encoding"] == "br"
            assert int(smaller.headers["Content-Length"]) < int(packed.headers["Content-Length"])


async def test_the_operator_overrides_the_settings_of_the_page(chat: Chat, visit: Visit) -> None:
    async with Author(chat, "Grace") as grace:
        await grace.say("When?")
    ada = await visit(chat, "Ada")
    await expect(ada.messages().get_by_role("time")).to_have_count(1)
    (chat.data / "config.js").write_text(
        "window.UI_SETTINGS = { SHOW_TIMESTAMPS: false, SHOW_TYPING_INDICATOR: false, SHOW_CONNECTION_STATUS: false };"
        "window.APP_SETTINGS = { MAX_MESSAGE_LENGTH: 3 };"
    )
    await ada.page.reload()
    await ada.is_in()
    await expect(ada.message("When?")).to_be_visible()
    await expect(ada.messages().get_by_role("time")).to_have_count(0)
    await ada.say("The server's limit rules")
    await expect(ada.message("The server's limit rules")).not_to_contain_text("Waiting…")
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{chat.port}") as client:
        assert (await client.get("/config.js")).headers["Cache-Control"] == "no-store"

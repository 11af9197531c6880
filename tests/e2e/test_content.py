"""What people type: shown as it was meant, and never run."""

import pytest
from playwright.async_api import expect

from tests.e2e.chats import Author, Chat
from tests.e2e.conftest import Start, Visit

HOSTILE = (
    "<script>window.hacked = 1</script>",
    "<img src=x onerror='window.hacked = 1'>",
    "<svg onload=alert(1)><animate onbegin=alert(1)>",
    "<iframe srcdoc='<script>parent.hacked = 1</script>'></iframe>",
    "<a href='javascript:alert(1)'>a</a>",
    "[click](javascript:window.hacked=1)",
    "[click](JaVaScRiPt&#58;alert(1))",
    "[click](data:text/html,<script>alert(1)</script>)",
    "[click](vbscript:msgbox)",
    "[click](//elsewhere.example/x)",
    "![picture](http://elsewhere.example/tracker.png)",
    "<javascript:alert(1)>",
    "**<img src=x onerror=alert(1)>**",
    "`<img src=x onerror=alert(1)>`",
    "```html\n<script>window.hacked = 1</script>\n```",
    '```"><img src=x onerror=alert(1)>\ncode\n```',
    "> <style>*{display:none}</style>",
    "- <form action=//elsewhere.example><input autofocus onfocus=alert(1)>",
    "[a](http://example.test 'x\" onmouseover=alert(1) y=\"')",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "{{constructor.constructor('alert(1)')()}}",
    "\u202egnp.exe\u202c <details open ontoggle=alert(1)>",
)
# What stands in a message besides these, or carries a handler or an address that runs something.
FOREIGN = """root => [...root.querySelectorAll('.message__text *')].filter((each) =>
    !each.matches('p, br, strong, em, del, code, pre, blockquote, ul, ol, li, a, span, div, button, svg, path')
    || [...each.attributes].some(({ name, value }) => /^on/.test(name) || /^(javascript|data|vbscript)/i.test(value)),
).map((each) => each.outerHTML)"""


async def test_what_is_hostile_stays_text(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada")
    async with Author(chat, "Grace") as grace:
        for text in HOSTILE:
            await grace.say(text)
        await ada.say("<img src=x onerror=alert(1)>")
        await expect(ada.messages().locator(".message")).to_have_count(len(HOSTILE) + 1)
    for _ in ("as it came", "as it was loaded"):
        assert await ada.messages().evaluate(FOREIGN) == []
        await expect(ada.messages().get_by_role("link")).to_have_count(1)
        await expect(ada.messages().get_by_role("link")).to_have_attribute("href", "http://example.test/")
        assert await ada.page.evaluate("window.hacked") is None
        await ada.page.reload()
        await ada.is_in()


async def test_a_hostile_address_leads_to_a_room(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada")
    ada.forgive("status of 404")
    for place in ("<img src=x onerror=alert(1)>", "%3Cscript%3Ealert(1)%3C/script%3E", "%E0%A4%A", "__proto__"):
        await ada.page.goto("about:blank")
        await ada.page.goto(f"{chat.url}/#/room/{place}")
        await ada.is_in()


async def test_a_hostile_name_of_the_chat_stays_text(start: Start, visit: Visit) -> None:
    name = "<img src=x onerror=alert(1)>"
    ada = await visit(await start("--name", name))
    await expect(ada.page.get_by_role("heading", name=name, exact=True)).to_be_visible()
    await ada.sign_in("Ada")
    await expect(ada.page.get_by_role("heading", name=name, exact=True)).to_be_visible()
    await expect(ada.page).to_have_title(f"General · {name}")


async def test_markdown_is_shown_as_meant(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada")
    async with Author(chat, "Grace") as grace:
        await grace.say(
            "**bold** *italic* ~~gone~~ `code`\n> quoted\n\n- one\n- two\n\n# no heading\nhttps://example.test/a_b"
        )
    message = ada.messages().locator(".message__text")
    for tag, text in {"strong": "bold", "em": "italic", "del": "gone", "code": "code", "blockquote": "quoted"}.items():
        await expect(message.locator(tag)).to_have_text(text)
    await expect(message.get_by_role("listitem")).to_have_text(["one", "two"])
    await expect(message.get_by_role("heading")).to_have_count(0)
    await expect(message).to_contain_text("# no heading")
    link = message.get_by_role("link", name="https://example.test/a_b")
    await expect(link).to_have_attribute("target", "_blank")
    await expect(link).to_have_attribute("rel", "noopener noreferrer nofollow")


@pytest.mark.whole_browser
async def test_code_is_coloured_by_a_part_that_is_loaded_when_needed(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada")
    scripts = "performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('.js')).length"
    before = await ada.page.evaluate(scripts)
    async with Author(chat, "Grace") as grace:
        await grace.say("No code here")
        await expect(ada.message("No code here")).to_be_visible()
        assert await ada.page.evaluate(scripts) == before
        await grace.say('```python\ndef greet():\n    return "hello"\n```')
    await expect(ada.messages().locator("pre .hljs-string")).to_have_text('"hello"')
    assert await ada.page.evaluate(scripts) == before + 1
    await ada.messages().locator("pre").hover()
    await ada.button("Copy code").click()
    await ada.composer().focus()
    await ada.page.keyboard.press("Control+V")
    await expect(ada.composer()).to_have_value('def greet():\n    return "hello"')


async def test_text_has_the_size_and_the_direction_it_wants(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada")
    size = "row => parseFloat(getComputedStyle(row.querySelector('.message__text')).fontSize)"
    direction = "row => getComputedStyle(row.querySelector('.message__text > *')).direction"
    for text in ("👩🏽‍🚀", "Plain", "مرحبا بالجميع"):
        await ada.say(text)
    assert await ada.message("👩🏽‍🚀").evaluate(size) >= 2 * await ada.message("Plain").evaluate(size)
    assert await ada.message("مرحبا بالجميع").evaluate(direction) == "rtl"
    assert await ada.message("Plain").evaluate(direction) == "ltr"


async def test_a_long_message_is_folded(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada")
    async with Author(chat, "Grace") as grace:
        await grace.say("\n".join(f"line {number}" for number in range(80)))
    await expect(ada.button("Show more")).to_have_attribute("aria-expanded", "false")
    folded = await ada.messages().locator(".message").bounding_box()
    await ada.button("Show more").click()
    opened = await ada.messages().locator(".message").bounding_box()
    assert folded is not None
    assert opened is not None
    assert folded["height"] < opened["height"] / 2
    await expect(ada.button("Show less")).to_have_attribute("aria-expanded", "true")

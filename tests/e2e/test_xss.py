"""What would be markup, script or a turn of direction stands wherever people's words are shown, and stays text.

Names, rooms and topics that nobody can make are put into the database, as a fault elsewhere might leave them there.
"""

import json
import sqlite3
from contextlib import closing

import pytest
from playwright.async_api import expect

from tests.e2e.chats import Author, Chat
from tests.e2e.conftest import Visit

TURN = "\u202e"
ATTACK = "<img src=x onerror=hacked=1>"
OTHERS = (
    "<svg onload=hacked=1>",
    "<script>hacked=1</script>",
    '"><b onmouseover=hacked=1>',
    "javascript:hacked=1",
    "{{constructor.constructor('hacked=1')()}}",
    "\u202e<i>hacked</i>",
    "&lt;img src=x onerror=hacked=1&gt;",
)
# What is on the page that only markup of people's words would have put there.
FOREIGN = """[...document.querySelectorAll('*')].filter((each) =>
    each.matches('script:not([src]), iframe, object, embed, base, b, i')
    || [...each.attributes].some(({ name }) => /^on/.test(name))
    || (each.matches('a, form') && /^\\s*(javascript|vbscript|data):/i.test(each.getAttribute('href') ?? ''))
    || (each.matches('img') && !each.src.startsWith(location.origin + '/api/qr')),
).map((each) => each.outerHTML)"""
# The page lets nobody make markup or script of text, and itself only name the worker.
SINKS = """() => {
    const tries = {
        html: () => { document.body.innerHTML = '<img src=x onerror=hacked=1>'; },
        outer: () => document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=hacked=1>'),
        parsed: () => new DOMParser().parseFromString('<p>', 'text/html'),
        script: () => { document.createElement('script').src = '/static/x.js'; },
        text: () => { document.createElement('script').textContent = 'hacked=1'; },
        worker: () => new Worker('/worker.js'),
        policy: () => trustedTypes.createPolicy('default', { createHTML: (text) => text }),
        another: () => trustedTypes.createPolicy('chatapp', { createHTML: (text) => text }),
    };
    return Object.keys(tries).filter((name) => { try { tries[name](); return true; } catch { return false; } });
}"""


@pytest.mark.parametrize("attack", [ATTACK, *OTHERS])
async def test_whatever_people_wrote_is_shown_as_it_is_written(chat: Chat, visit: Visit, attack: str) -> None:
    async with Author(chat, "Grace") as grace:
        first = await grace.say(attack)
        edited = await grace.say(f"{attack} before")
        await grace.edit(edited, f"{attack} after")
        await grace.say("In answer", reply_to=first["id"])
        await grace.react(first, "👍")
        await grace.say("```html\n" + attack + "\n```")
        await grace.say(f"{attack} https://example.test/?{attack}")
    await chat.stop()
    fill(chat, attack)
    await chat.start()
    ada = await visit(chat)
    await ada.sign_in("Ada", room=None)
    page = ada.page
    title = page.get_by_role("heading", level=1)
    await expect(title).to_have_text(attack)
    await expect(page.locator(".conversation__topic")).to_have_text(f"About {attack}")
    await expect(page.locator(".message__author").first).to_have_text(attack)
    await expect(page.locator(".quote__author")).to_have_text(attack)
    await expect(page.locator(".reaction").first).to_be_visible()
    await expect(page).to_have_title(f"{attack.replace(TURN, '')} · Chat")
    await page.locator(".reaction").first.hover()
    await page.locator(".message").filter(has_text="after").get_by_role("button", name="(edited)").click()
    await expect(page.locator(".edits__text").last).to_contain_text(attack)
    await page.keyboard.press("Escape")
    await page.keyboard.press("Control+K")
    await expect(page.locator(".jump__name").first).to_be_visible()
    await page.keyboard.press("Escape")
    assert await page.evaluate(FOREIGN) == []
    assert await page.evaluate("globalThis.hacked ?? null") is None
    for link in await page.locator(".message__text a").all():
        assert await link.get_attribute("rel") == "noopener noreferrer nofollow"
        assert str(await link.get_attribute("href")).startswith(("https:", "http:", "mailto:"))


# From where to where each letter of a text stands, and whether they stand in the order in which they were written.
IS_IN_ORDER = """(root, text) => {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const start = node.data.indexOf(text);
        if (start < 0) continue;
        const places = [...text].map((_, place) => {
            const range = document.createRange();
            range.setStart(node, start + place);
            range.setEnd(node, start + place + 1);
            return range.getBoundingClientRect().left;
        });
        return places.every((left, place) => place === 0 || left > places[place - 1]);
    }
    throw new Error(`Nothing says ${text}`);
}"""


async def test_what_turns_text_around_turns_only_itself(chat: Chat, visit: Visit) -> None:
    async with Author(chat, "Grace") as grace:
        await grace.say(f"`{TURN}code` after")
        await grace.say(f"[{TURN}link](https://example.test/) beyond")
        await grace.say(f"{TURN}alone")
        await grace.say("plain")
    await chat.stop()
    fill(chat, f"{TURN}abc")
    await chat.start()
    ada = await visit(chat)
    await ada.sign_in("Ada", room=None)
    messages = ada.page.locator(".messages")
    await expect(messages).to_contain_text("plain")
    for text in ("after", "beyond", "plain"):
        assert await messages.evaluate(IS_IN_ORDER, text), text
    assert not await messages.evaluate(IS_IN_ORDER, "alone")
    # Beside the author's name stands when it was said, and beside the room's how many are in it.
    head = ada.page.locator(".message__author").first.locator("xpath=..")
    clock = await head.locator("time").inner_text()
    assert await head.evaluate(IS_IN_ORDER, clock)
    title = await ada.page.title()
    assert TURN not in title


async def test_the_page_makes_neither_markup_nor_script_of_text(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada")
    ada.forgive("TrustedHTML", "TrustedScript", "TrustedTypePolicy", "Trusted Type", "Content Security Policy")
    assert await ada.page.evaluate(SINKS) == []
    assert await ada.page.evaluate("globalThis.hacked ?? null") is None
    await ada.say("Still here")
    await expect(ada.message("Still here")).to_be_visible()


def fill(chat: Chat, attack: str) -> None:
    """Put it where no input lets it in."""
    with closing(sqlite3.connect(chat.data / "chat.sqlite3")) as connection, connection:
        connection.execute("UPDATE rooms SET name = ?, topic = ?", (attack, f"About {attack}"))
        connection.execute("UPDATE users SET username = ?", (attack,))
        connection.execute("UPDATE messages SET username = ?", (attack,))
        reactions = connection.execute("SELECT id, reactions FROM messages WHERE reactions IS NOT NULL").fetchall()
        for identity, kept in reactions:
            people = next(iter(json.loads(kept).values()))
            connection.execute(
                "UPDATE messages SET reactions = ? WHERE id = ?", (json.dumps({attack: people}), identity)
            )

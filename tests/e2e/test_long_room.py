"""A room of a hundred thousand messages: one gets anywhere in it, and stays where one is."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import datetime, timedelta

import pytest
import pytest_asyncio
from playwright.async_api import expect

from chatapp.data_folder import DATABASE
from tests.bench.generate import generate
from tests.e2e.chats import Author, Chat
from tests.e2e.conftest import Visit
from tests.e2e.people import Person
from tests.e2e.test_history import MOST, SLACK, first_place, look_up, row, top_of

LONG = 100_000
# Where the reading begins, and how far one scrolls from there.
MIDDLE = 50_000
FAR = 500


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def long(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Chat]:
    """A chat in whose one room that much was said."""
    chat = Chat(tmp_path_factory.mktemp("long"))
    await asyncio.to_thread(generate, chat.data, LONG, shares={"general": 1})
    await chat.start("--retention-days", "0")
    yield chat
    await chat.kill()
    assert chat.errors() == []


async def test_one_gets_anywhere_by_links_and_days(long: Chat, visit: Visit) -> None:
    zoe = await visit(long, "Zoe")
    await expect(row(zoe, LONG)).to_be_in_viewport()
    for seq in (1, MIDDLE, LONG - 700, 1234):
        await go_to(zoe, seq)
    today = datetime.now().astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
    await zoe.button("Search messages").click()
    for ago in (200, 399):
        day = (today - timedelta(days=ago)).replace(tzinfo=None)
        await zoe.page.get_by_label("Go to a day in General").fill(day.date().isoformat())
        await zoe.button("Go").click()
        await expect(row(zoe, first_of(long, day))).to_be_in_viewport()
        await expect(row(zoe, first_of(long, day))).to_be_focused()
    # In a page that is opened by it.
    await zoe.page.goto("about:blank")
    await zoe.page.goto(f"{zoe.url}/#/room/general/4321")
    await expect(row(zoe, 4321)).to_be_in_viewport()
    assert await zoe.messages().locator("[data-seq]").count() <= MOST


async def test_one_scrolls_both_ways_and_keeps_ones_place(long: Chat, visit: Visit) -> None:
    yan = await visit(long, "Yan")
    await go_to(yan, MIDDLE)
    while await first_place(yan) > MIDDLE - FAR:
        first, (seq, top) = await first_place(yan), await look_up(yan)
        await expect(row(yan, first - 1)).to_be_attached()
        assert abs(await top_of(yan, seq) - top) < SLACK, f"{seq}, upwards"
    while await last_place(yan) < MIDDLE + FAR:
        last, (seq, top) = await last_place(yan), await look_down(yan)
        await expect(row(yan, last + 1)).to_be_attached()
        assert abs(await top_of(yan, seq) - top) < SLACK, f"{seq}, downwards"
        assert await yan.messages().locator("[data-seq]").count() <= MOST
    await go_to(yan, MIDDLE)
    top = await top_of(yan, MIDDLE)
    async with Author(long, "Lin") as lin:
        said = await lin.say("at the end")
        await expect(yan.button("1 new message")).to_be_visible()
        assert abs(await top_of(yan, MIDDLE) - top) < SLACK
        await yan.button("1 new message").click()
        await expect(row(yan, said["seq"])).to_be_in_viewport()


async def test_it_opens_at_the_first_unread(long: Chat, visit: Visit) -> None:
    xia = await visit(long, "Xia")
    await long.stop()
    with closing(sqlite3.connect(long.data / DATABASE)) as connection, connection:
        who = "(SELECT id FROM users WHERE username = 'Xia')"
        connection.execute(
            f"UPDATE memberships SET read_seq = ? WHERE room_id = 'general' AND user_id = {who}", (MIDDLE,)
        )
    await long.start("--retention-days", "0")
    await xia.page.reload()
    await expect(xia.messages().locator(".unread-line")).to_be_in_viewport()
    await expect(row(xia, MIDDLE + 1)).to_be_in_viewport()
    assert await xia.messages().locator("[data-seq]").count() <= MOST
    await xia.page.locator(".messages__pill").click()
    await expect(row(xia, LONG)).to_be_attached()


async def go_to(person: Person, seq: int) -> None:
    """Follow a link to a message."""
    await person.page.evaluate("(address) => { location.hash = address; }", f"#/room/general/{seq}")
    await expect(row(person, seq)).to_be_in_viewport()
    await expect(row(person, seq)).to_be_focused()
    assert await person.messages().locator("[data-seq]").count() <= MOST


def first_of(chat: Chat, day: datetime) -> int:
    """The place of the first message of a day, by the clock of this machine."""
    with closing(sqlite3.connect(f"file:{chat.data / DATABASE}?mode=ro", uri=True)) as connection:
        [found] = connection.execute(
            "SELECT min(seq) FROM messages WHERE room_id = 'general' AND created_at >= ?", (day.timestamp() * 1000,)
        ).fetchone()
    return int(found)


async def last_place(person: Person) -> int:
    """The place of the newest message in the page."""
    return int(await person.messages().locator("[data-seq]").last.get_attribute("data-seq") or 0)


async def look_down(person: Person) -> tuple[int, float]:
    """Scroll to where newer messages are asked for; return the last message in view and where it stands."""
    found: list[float] = await person.messages().evaluate(
        """(region) => {
            region.scrollTop = region.scrollHeight - region.clientHeight - 200;
            const edge = region.getBoundingClientRect().bottom;
            const rows = [...region.querySelectorAll('[data-seq]')];
            const last = rows.findLast((row) => row.getBoundingClientRect().bottom <= edge);
            return [Number(last.dataset.seq), last.getBoundingClientRect().top];
        }"""
    )
    return int(found[0]), found[1]

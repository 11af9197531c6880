"""A long room: it loads upward without moving what is read, the page holds a part of it, and cleanup is told of."""

import json

import httpx
from playwright.async_api import Locator, expect

from tests.e2e.chats import Author, Chat
from tests.e2e.conftest import Start, Visit
from tests.e2e.people import Person

LONG = 1000
# Messages the page holds at most (a window of the room), and pixels that rounding may take.
MOST = 400
SLACK = 1.5


async def test_a_long_room_loads_upward_and_holds_still(chat: Chat, visit: Visit) -> None:
    async with Author(chat, "Grace") as grace:
        await grace.say_all(f"Line {number}\n{'and more words ' * (number % 20)}" for number in range(LONG))
    ada = await visit(chat, "Ada")
    await expect(row(ada, LONG)).to_be_in_viewport()
    first = await first_place(ada)
    assert first > LONG - 100
    while first > 1:
        before = await look_up(ada)
        await expect(row(ada, first - 1)).to_be_attached()
        after = await top_of(ada, before[0])
        assert abs(after - before[1]) < SLACK, f"message {before[0]} moved by {after - before[1]} px"
        assert await ada.messages().locator("[data-seq]").count() <= MOST
        first = await first_place(ada)
    await ada.messages().evaluate("region => region.scrollTo(0, 0)")
    await expect(ada.page.get_by_text("This is where General begins.")).to_be_in_viewport()
    await ada.button("To the latest messages").click()
    await expect(row(ada, LONG)).to_be_in_viewport()
    assert await ada.messages().locator("[data-seq]").count() <= MOST


async def test_a_message_below_does_not_move_who_reads_above(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada")
    async with Author(chat, "Grace") as grace:
        await grace.say_all(f"Line {number}" for number in range(40))
        await expect(row(ada, 40)).to_be_in_viewport()
        await grace.say("At the bottom it sticks to the bottom")
        await expect(row(ada, 41)).to_be_in_viewport()
        await ada.messages().evaluate("region => region.scrollBy(0, -300)")
        await expect(row(ada, 41)).not_to_be_in_viewport()
        seq, top = await look_at_first(ada)
        await grace.say("Unnoticed")
        await expect(row(ada, 42)).to_be_attached()
        assert abs(await top_of(ada, seq) - top) < SLACK


async def test_what_is_cleaned_up_goes_from_the_page_too(start: Start, visit: Visit) -> None:
    chat = await start("--retention-messages", "20")
    ada = await visit(chat, "Ada")
    async with Author(chat, "Grace") as grace:
        await grace.say_all(f"Line {number}" for number in range(50))
    await expect(row(ada, 50)).to_be_in_viewport()
    await expect(row(ada, 1)).to_be_attached()
    secret = json.loads((chat.data / "running.json").read_text())["secret"]
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{chat.port}") as operator:
        done = await operator.post("/api/admin/cleanup", headers={"Authorization": f"Bearer {secret}"})
        assert done.raise_for_status().json()["rooms"][0]["messages"] == 30
    await expect(ada.page.get_by_text("Old messages were cleaned up.", exact=True)).to_be_visible()
    await expect(ada.messages().locator("[data-seq]")).to_have_count(20)
    await expect(ada.page.get_by_text("Older messages were cleaned up.", exact=True)).to_be_attached()
    assert await first_place(ada) == 31
    await ada.say("Life goes on")
    await expect(ada.message("Life goes on")).not_to_contain_text("Waiting…")


def row(person: Person, seq: int) -> Locator:
    """The message at a place of the room."""
    return person.messages().locator(f'[data-seq="{seq}"]')


async def first_place(person: Person) -> int:
    """The place of the oldest message in the page."""
    return int(await person.messages().locator("[data-seq]").first.get_attribute("data-seq") or 0)


async def look_up(person: Person) -> tuple[int, float]:
    """Scroll to where older messages are asked for; return the first message in view and where it stands.

    In one turn of the page: what is asked for cannot have come yet.
    """
    return await look_at_first(person, scroll_to=200)


async def look_at_first(person: Person, scroll_to: int | None = None) -> tuple[int, float]:
    """Return place and position of the first message in view, after scrolling to `scroll_to` (pixels) where given."""
    found: list[float] = await person.messages().evaluate(
        """(region, top) => {
            if (top !== null) region.scrollTop = top;
            const edge = region.getBoundingClientRect().top;
            const rows = [...region.querySelectorAll('[data-seq]')];
            const first = rows.find((row) => row.getBoundingClientRect().top >= edge);
            return [Number(first.dataset.seq), first.getBoundingClientRect().top];
        }""",
        scroll_to,
    )
    return int(found[0]), found[1]


async def top_of(person: Person, seq: int) -> float:
    """Where the message at a place stands, in pixels from the top of the window."""
    top: float = await row(person, seq).evaluate("row => row.getBoundingClientRect().top")
    return top

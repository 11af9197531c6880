"""Looking for messages: by words and filters, through what was found to where it stands, and to a day."""

import re
from datetime import datetime, timedelta

import pytest
from playwright.async_api import Locator, expect

from tests.e2e.chats import Author, Chat, lan_host
from tests.e2e.conftest import Visit
from tests.e2e.people import Person
from tests.e2e.test_accessibility import SIZES, examine
from tests.e2e.test_screens import SMALL, fits


async def test_what_somebody_said_is_found_and_shown_in_its_place(chat: Chat, visit: Visit, host: str) -> None:
    ada, grace = await visit(chat, "Ada", host=host), await visit(chat, "Grace", host=host)
    await grace.say("The soup is ready")
    async with Author(chat, "Lin") as lin:
        await lin.say_all(f"line {number}" for number in range(250))
        await lin.say("Soup, in another room: **very** <b>hot</b> https://example.test/", "tech")
    await ada.page.keyboard.press("Control+F")
    await expect(field(ada)).to_be_focused()
    await ada.page.keyboard.type("soup")
    await found(ada, 2)
    await expect(ada.page.get_by_role("heading", name="Today", level=3)).to_be_visible()
    await expect(ada.page.get_by_role("heading", name="Tech Talk", level=4)).to_be_visible()
    await expect(results(ada).last.locator("mark")).to_have_text("soup")
    await expect(results(ada).first).to_contain_text("Soup, in another room: very <b>hot</b> https://example.test/")
    for key in ("ArrowDown", "ArrowDown"):
        await ada.page.keyboard.press(key)
    await expect(results(ada).last).to_be_focused()
    await ada.page.keyboard.press("Enter")
    await expect(ada.row("The soup is ready")).to_be_focused()
    await expect(ada.row("The soup is ready")).to_be_in_viewport()
    await ada.page.keyboard.press("Control+F")
    await expect(field(ada)).to_be_focused()
    await ada.page.keyboard.press("ArrowDown")
    await expect(results(ada).first).to_be_focused()
    await ada.page.keyboard.press("ArrowUp")
    await expect(field(ada)).to_be_focused()
    await ada.page.keyboard.press("Enter")
    await expect(ada.row("Soup, in another room", "tech")).to_be_focused()
    await expect(results(ada)).to_have_count(2)
    await ada.page.keyboard.press("Control+F")
    await ada.page.keyboard.press("Escape")
    await expect(field(ada)).to_be_hidden()
    await expect(ada.composer("tech")).to_be_visible()
    await ada.button("Search messages").click()
    await expect(field(ada)).to_have_value("soup")
    await expect(results(ada)).to_have_count(2)


async def test_filters_narrow_it_and_pages_follow(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada")
    async with Author(chat, "Grace") as grace, Author(chat, "Lin") as lin:
        await grace.say("bread with [a page](https://example.test/)")
        await grace.say("bread", "tech")
        await lin.say_all(f"bread {number}" for number in range(30))
    await ada.button("Search messages").click()
    await expect(ada.page.get_by_text("from:Ada", exact=True)).to_be_visible()
    for line, count in (("bread from:Grace", 2), ('bread in:"Tech Talk"', 1), ("has:link", 1)):
        await field(ada).fill(line)
        await found(ada, count)
    await field(ada).fill("bread from:grace")
    await found(ada, 2)
    await ada.page.get_by_role("checkbox", name="Only in General").check()
    await found(ada, 1)
    await ada.page.get_by_role("checkbox", name="Only in General").uncheck()
    await field(ada).fill("nothing of this")
    await expect(ada.page.get_by_text("Nothing was found.", exact=True)).to_be_visible()
    await field(ada).fill("bread")
    await expect(results(ada)).to_have_count(20)
    await ada.button("Show more").click()
    await expect(results(ada)).to_have_count(32)
    await expect(ada.page.locator(".search__result:focus")).to_have_count(1)
    await expect(ada.button("Show more")).to_be_hidden()


async def test_what_is_deleted_goes_from_what_was_found(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada")
    async with Author(chat, "Grace") as grace:
        said = await grace.say("said too early")
        await grace.say("said in time")
        await ada.button("Search messages").click()
        await field(ada).fill("said")
        await found(ada, 2)
        await grace.delete(said)
        await found(ada, 1)


async def test_without_the_server_it_says_so_and_asks_again_by_itself(chat: Chat, visit: Visit) -> None:
    # By the network: a lost network is no reason to give up a connection within this machine.
    ada = await visit(chat, "Ada", host=lan_host())
    ada.forgive("net::ERR_", "WebSocket connection")
    await ada.say("kept in mind")
    await ada.button("Search messages").click()
    await expect(field(ada)).to_be_focused()
    await ada.context.set_offline(True)
    await field(ada).fill("mind")
    await expect(
        ada.page.get_by_text("The server cannot be reached. Is this device still on the network?")
    ).to_be_visible()
    await expect(ada.button("Try again")).to_be_visible()
    await ada.context.set_offline(False)
    await found(ada, 1)


async def test_one_goes_to_a_day(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada")
    async with Author(chat, "Grace") as grace:
        await grace.say("The very first")
        await grace.say_all(f"line {number}" for number in range(120))
    await ada.button("Search messages").click()
    await ada.button("Go").click()
    await expect(day(ada)).to_have_accessible_description("Please choose a day.")
    today = datetime.now().astimezone().date()
    await day(ada).fill(today.isoformat())
    await ada.button("Go").click()
    await expect(ada.message("The very first")).to_be_in_viewport()
    await day(ada).fill((today + timedelta(days=3)).isoformat())
    await found_ready(ada)
    await ada.button("Go").click()
    await expect(ada.messages().locator(".message").last).to_be_in_viewport()


@pytest.mark.parametrize("size", SIZES)
async def test_it_is_beside_the_room_or_a_page_and_axe_finds_nothing(chat: Chat, visit: Visit, size: str) -> None:
    ada = await visit(chat, bypass_csp=True, **SIZES[size])
    await ada.sign_in("Ada")
    async with Author(chat, "Grace") as grace:
        await grace.say("Good *morning*, everybody")
        await grace.say("صباح الخير morning", "tech")
    await ada.button("Search messages").click()
    await expect(field(ada)).to_be_focused()
    await fits(ada)
    await examine(ada.page, "search")
    await field(ada).fill("morning")
    await found(ada, 2)
    await fits(ada)
    await examine(ada.page, "search with results")
    if size == "phone":
        assert await ada.page.evaluate(SMALL) == []
        await expect(ada.composer()).to_be_hidden()
        await results(ada).last.tap()
        await expect(ada.row("everybody")).to_be_in_viewport()
        await expect(field(ada)).to_be_hidden()
        await ada.page.go_back()
        await expect(results(ada)).to_have_count(2)
    await field(ada).fill("nothing of this")
    await expect(ada.page.get_by_text("Nothing was found.", exact=True)).to_be_visible()
    await examine(ada.page, "search without results")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
async def test_it_is_walked_through_by_keyboard(chat: Chat, visit: Visit, size: str, scheme: str) -> None:
    ada = await visit(chat, color_scheme=scheme, **SIZES[size])
    await ada.sign_in("Ada")
    async with Author(chat, "Grace") as grace:
        for number in range(25):
            await grace.say(f"soup {number}, as it was cooked in the kitchen on that day, with bread and all that")
        await grace.say("soup of another room", "tech")
    await ada.page.keyboard.press("Control+F")
    await expect(field(ada)).to_be_focused()
    await ada.page.keyboard.type("soup")
    await expect(results(ada)).to_have_count(20)
    for place in range(20):
        await ada.page.keyboard.press("ArrowDown")
        await expect(results(ada).nth(place)).to_be_focused()
        assert await is_whole(ada), f"result {place}"
    await ada.page.keyboard.press("ArrowDown")
    await expect(ada.button("Show more")).to_be_focused()
    assert await is_whole(ada)
    await ada.page.keyboard.press("Enter")
    await expect(results(ada)).to_have_count(26)
    await expect(results(ada).nth(20)).to_be_focused()
    assert await is_whole(ada)
    for place in reversed(range(20)):
        await ada.page.keyboard.press("ArrowUp")
        await expect(results(ada).nth(place)).to_be_focused()
        assert await is_whole(ada), f"result {place}, upwards"
    await ada.page.keyboard.press("ArrowUp")
    await expect(field(ada)).to_be_focused()
    assert await is_whole(ada)
    await ada.page.keyboard.press("Tab")
    await expect(ada.page.get_by_role("checkbox", name="Only in General")).to_be_focused()
    await ada.page.keyboard.press("Space")
    await expect(ada.page.get_by_role("heading", name="Tech Talk", level=4)).to_have_count(0)
    await ada.page.keyboard.press("Tab")
    await expect(results(ada).first).to_be_focused()
    await ada.page.keyboard.press("Enter")
    await expect(ada.row("soup 24,")).to_be_focused()
    await expect(ada.row("soup 24,")).to_be_in_viewport()
    await ada.page.keyboard.press("Control+F")
    await expect(field(ada)).to_be_focused()
    await ada.page.keyboard.press("Escape")
    await expect(field(ada)).to_be_hidden()


async def test_where_it_lies_over_the_room_it_makes_way(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada", viewport={"width": 900, "height": 700})
    await ada.say("under the panel")
    await expect(ada.message("under the panel")).to_be_visible()
    await ada.button("Search messages").click()
    await field(ada).fill("panel")
    await found(ada, 1)
    await ada.page.keyboard.press("Enter")
    await expect(field(ada)).to_be_hidden()
    await expect(ada.message("under the panel")).to_be_in_viewport()
    await expect(ada.row("under the panel")).to_be_focused()


def field(person: Person) -> Locator:
    """Where one writes what is looked for."""
    return person.page.get_by_role("searchbox", name="Search messages")


def day(person: Person) -> Locator:
    """Where a day is chosen."""
    return person.page.get_by_label("Go to a day in General")


def results(person: Person) -> Locator:
    """What was found."""
    return person.page.locator(".search__result")


async def is_whole(person: Person) -> bool:
    """Whether what has the focus can be seen, with the ring around it."""
    seen: bool = await person.page.evaluate(
        """() => {
            const inner = document.activeElement.getBoundingClientRect();
            const outer = document.activeElement.closest('.people__scroll').getBoundingClientRect();
            return inner.top >= outer.top + 4 && inner.bottom <= outer.bottom - 4;
        }"""
    )
    return seen


async def found(person: Person, count: int) -> None:
    """Wait until so much is found; the index follows what is said, so it is asked again until then."""
    words = re.compile(rf"^{count} messages? found\.$")
    line = await field(person).input_value()
    for _ in range(20):
        status = person.page.locator(".search [role=status]")
        await expect(status).to_have_text(re.compile(r"found"))
        if words.match(await status.inner_text()):
            break
        await field(person).fill("")
        await field(person).fill(line)
    await expect(results(person)).to_have_count(count)


async def found_ready(person: Person) -> None:
    """Wait until all that was said can be found."""
    await field(person).fill("line 119")
    await found(person, 1)

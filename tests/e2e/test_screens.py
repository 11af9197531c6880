"""Every size and manner of screen: phones, zoom, dark, forced colours, reduced motion."""

import re

import pytest
from playwright.async_api import Locator, expect

from tests.e2e.chats import Author, Chat
from tests.e2e.conftest import Visit
from tests.e2e.people import Person

PHONES = {"phone": {"width": 390, "height": 844}, "small phone": {"width": 320, "height": 568}}
# The smallest side of what a finger is to hit, and of text in a field that a phone does not zoom into, in pixels.
TARGET = 44
FIELD = 16
# Controls on the screen that are smaller than a finger; what stands in a running text is none.
SMALL = """() => [...document.querySelectorAll('button, a, input, select, textarea, summary')].filter((each) => {
    const box = (each.closest('label') ?? each).getBoundingClientRect();
    const isShown = box.width > 0 && !each.disabled && !each.closest('.message__text, .message__edited');
    return isShown && Math.min(box.width, box.height) < TARGET - 0.5;
}).map((each) => each.outerHTML.slice(0, 120))""".replace("TARGET", str(TARGET))

FIELDS = """() => [...document.querySelectorAll('input:not([type=checkbox], [type=radio]), textarea')]
  .map((each) => parseFloat(getComputedStyle(each).fontSize))"""


@pytest.mark.parametrize("size", PHONES.values(), ids=list(PHONES))
async def test_a_phone_shows_one_pane_and_back_leads_back(chat: Chat, visit: Visit, size: dict[str, int]) -> None:
    ada = await visit(chat, viewport=size, has_touch=True, is_mobile=True)
    await fits(ada)
    await ada.name_field.fill("Ada")
    await ada.button("Join the chat").tap()
    await ada.is_in()
    await expect(ada.page.get_by_role("link", name="Tech Talk")).to_be_hidden()
    await fits(ada)
    await ada.composer().tap()
    await ada.page.keyboard.type("one")
    await ada.page.keyboard.press("Enter")
    await ada.page.keyboard.type("two")
    await ada.button("Send").tap()
    await expect(ada.messages().locator(".message__text")).to_have_text("one\ntwo", use_inner_text=True)
    await expect(ada.composer()).to_be_focused()
    await expect(ada.messages().locator(".message__text")).to_be_in_viewport(ratio=1)
    await fits(ada)
    await ada.button("1 person here, show").tap()
    await expect(ada.page.get_by_role("heading", name="1 person here")).to_be_visible()
    await expect(ada.composer()).to_be_hidden()
    await fits(ada)
    await ada.page.go_back()
    await expect(ada.composer()).to_be_visible()
    await ada.page.go_back()
    await expect(ada.room("tech")).to_be_visible()
    await expect(ada.composer()).to_be_hidden()
    await fits(ada)
    await ada.room("tech").tap()
    await expect(ada.composer("tech")).to_be_visible()
    await ada.button("Back to the rooms").tap()
    await expect(ada.room("tech")).to_be_visible()
    for opener, title in ((ada.page.locator(".me"), "Settings"), (ada.button("Invite people"), "Invite people")):
        await opener.tap()
        await expect(ada.dialog(title)).to_be_visible()
        await fits(ada)
        await ada.dialog(title).get_by_role("button", name="Close").tap()


@pytest.mark.parametrize("size", PHONES.values(), ids=list(PHONES))
async def test_a_long_press_opens_what_can_be_done(chat: Chat, visit: Visit, size: dict[str, int]) -> None:
    ada = await visit(chat, "Ada", viewport=size, has_touch=True, is_mobile=True)
    async with Author(chat, "Grace") as grace:
        said = await grace.say("A question that is longer than one line of a telephone, and then some")
        await grace.react(said, "👀")
        await grace.say("An answer", reply_to=said["id"])
        await grace.edit(await grace.say("A correction"), "A correction, corrected")
    await expect(ada.row("corrected").locator(".message__edited")).to_be_visible()
    await fits(ada)
    await ada.press_long("A question")
    await fits(ada)
    # The finger that opened it did not press what came under it.
    await expect(ada.menu).to_be_visible()
    await expect(ada.row("A question").locator(".reaction[aria-pressed=true]")).to_have_count(0)
    await ada.menu.get_by_role("button", name="React with 👍").tap()
    await expect(ada.chip("A question", "👍")).to_have_attribute("aria-pressed", "true")
    await fits(ada)
    await ada.press_long("A question")
    await ada.menu.get_by_role("button", name="All emojis").tap()
    await expect(ada.picker.get_by_role("button", name="Flags", exact=True)).to_be_attached()
    await fits(ada)
    await ada.page.keyboard.press("Escape")
    await ada.press_long("A question")
    await ada.menu.get_by_role("button", name="Reply", exact=True).tap()
    await fits(ada)
    await expect(ada.composer()).to_be_focused()
    await ada.page.keyboard.type("Mine, for @Gr")
    await ada.page.get_by_role("option", name="Grace").tap()
    await expect(ada.composer()).to_have_value("Mine, for @Grace ")
    await expect(ada.composer()).to_be_focused()
    await ada.button("Send").tap()
    await expect(ada.row("Mine, for").locator(".quote")).to_be_visible()
    await ada.press_long("Mine, for")
    await ada.menu.get_by_role("button", name="Edit", exact=True).tap()
    await expect(ada.edit_field).to_be_in_viewport(ratio=1)
    await fits(ada)
    await ada.edit_field.fill("Mine alone")
    await ada.button("Save").tap()
    await expect(ada.row("Mine alone")).to_be_visible()
    await ada.press_long("Mine alone")
    await ada.menu.get_by_role("button", name="Delete", exact=True).tap()
    await fits(ada)
    await ada.button("Undo").tap()
    await expect(ada.row("Mine alone")).to_be_visible()


async def test_long_words_break_instead_of_widening_the_page(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada" * 10, viewport={"width": 320, "height": 568})
    for text in ("W" * 500, f"https://example.test/{'a' * 300}", f"```\n{'code ' * 100}\n```", "|a|b|\n|-|-|"):
        await ada.say(text)
    await expect(ada.messages().locator(".message")).to_have_count(4)
    await fits(ada)


async def test_everything_is_there_at_double_size(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada", viewport={"width": 640, "height": 400}, device_scale_factor=2)
    await ada.say("Legible")
    await expect(ada.message("Legible")).to_be_in_viewport()
    await expect(ada.composer()).to_be_in_viewport(ratio=1)
    await fits(ada)
    await ada.button("Back to the rooms").click()
    await ada.page.locator(".me").click()
    await ada.button("Sign out").scroll_into_view_if_needed()
    await expect(ada.button("Sign out")).to_be_in_viewport(ratio=1)
    await fits(ada)


async def test_between_phone_and_desk_people_lie_over_the_conversation(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada", viewport={"width": 900, "height": 700})
    people = ada.page.get_by_role("complementary", name="People and room")
    await expect(people).to_be_hidden()
    await ada.button("1 person here, show").click()
    await expect(people).to_be_visible()
    await ada.page.keyboard.press("Escape")
    await expect(people).to_be_hidden()
    await expect(ada.button("1 person here, show")).to_be_focused()
    await ada.go_to("tech")
    await fits(ada)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_light_and_dark_follow_the_system_unless_one_chose(chat: Chat, visit: Visit, scheme: str) -> None:
    ada = await visit(chat, "Ada", color_scheme=scheme)
    assert await is_dark(ada) is (scheme == "dark")
    other = "Light" if scheme == "dark" else "Dark"
    await ada.page.locator(".me").click()
    await ada.page.get_by_role("radio", name=other, exact=True).check()
    assert await is_dark(ada) is (other == "Dark")
    await ada.page.reload()
    await ada.is_in()
    assert await is_dark(ada) is (other == "Dark")


async def test_from_right_to_left_everything_is_mirrored(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada")
    await ada.page.evaluate("document.documentElement.dir = 'rtl'")
    async with Author(chat, "Grace") as grace:
        said = await grace.say("A question")
        await grace.say("An answer for @Ada", reply_to=said["id"])
    await ada.row("An answer").hover()
    toolbar, row = ada.page.locator(".toolbar"), ada.row("An answer")
    assert await middle_of(toolbar) < await middle_of(row) < await middle_of(row.locator(".quote__author"))
    await ada.button("Add a reaction").click()
    await expect(ada.picker.get_by_role("button", name="Flags", exact=True)).to_be_visible()
    await ada.page.keyboard.press("ArrowDown")
    await expect(ada.picker.locator(".emoji:focus")).to_have_text("👍")
    await ada.page.keyboard.press("ArrowLeft")
    await expect(ada.picker.locator(".emoji:focus")).to_have_text("❤️")
    await ada.page.keyboard.press("Enter")
    await expect(ada.chip("An answer", "❤️")).to_be_visible()
    await fits(ada)


async def test_forced_colours_leave_every_state_visible(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada", forced_colors="active")
    assert await ada.page.evaluate("matchMedia('(forced-colors: active)').matches")
    await expect(ada.room("general")).to_have_css("outline-style", "solid")
    await expect(ada.composer()).to_be_focused()
    await expect(ada.page.locator(".composer__box")).to_have_css("outline-style", "solid")
    await ada.button("Invite people").click()
    await expect(ada.dialog("Invite people")).to_have_css("border-top-style", "solid")


async def test_nothing_moves_for_who_wants_no_motion(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada", reduced_motion="reduce")
    await ada.say("Still")
    await expect(ada.message("Still")).to_be_visible()
    await ada.row("Still").hover()
    await ada.button("Add a reaction").click()
    await expect(ada.picker.get_by_role("button", name="Flags", exact=True)).to_be_visible()
    running = "document.getAnimations().filter((each) => each.effect.getComputedTiming().duration > 1).length"
    assert await ada.page.evaluate(running) == 0


async def fits(person: Person) -> None:
    """Nothing is wider than the screen, and on a phone everything can be hit and written into."""
    assert await person.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert await person.page.evaluate("scrollX === 0 && document.documentElement.scrollHeight <= innerHeight")
    if await person.page.evaluate("matchMedia('(pointer: coarse)').matches"):
        assert await person.page.evaluate(SMALL) == []
        assert min(await person.page.evaluate(FIELDS), default=FIELD) >= FIELD


async def middle_of(part: Locator) -> float:
    """Where the middle of a part of the page is, in pixels from the left."""
    middle: float = await part.evaluate(
        "part => { const { left, width } = part.getBoundingClientRect(); return left + width / 2; }"
    )
    return middle


async def is_dark(person: Person) -> bool:
    """Whether the page has a dark ground."""
    colour: str = await person.page.evaluate("getComputedStyle(document.body).backgroundColor")
    return sum(int(part) for part in re.findall(r"\d+", colour)[:3]) < 3 * 128

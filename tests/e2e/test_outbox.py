"""What is written while the server is away, or refused by it: kept, sent exactly once, in order."""

from collections.abc import Awaitable, Callable

from playwright.async_api import Locator, WebSocketRoute, expect

from tests.e2e.chats import Author, Chat
from tests.e2e.conftest import Start, Visit
from tests.e2e.people import Person


async def test_what_is_sent_while_the_server_is_dead_arrives_once_and_in_order(chat: Chat, visit: Visit) -> None:
    ada, grace = await visit(chat, "Ada"), await visit(chat, "Grace")
    await ada.say("Before")
    await expect(grace.message("Before")).to_be_visible()
    await chat.kill()
    for text in ("One", "Two", "Three"):
        await ada.say(text)
        await expect(ada.message(text)).to_contain_text("Waiting…")
    await chat.start()
    await expect(grace.message("Three")).to_be_visible()
    await expect(ada.page.get_by_text("Waiting…")).to_have_count(0)
    async with Author(chat, "Bo") as bo:
        assert await ada.texts() == await grace.texts() == await bo.said() == ["Before", "One", "Two", "Three"]


async def test_that_a_message_waits_is_said_beside_its_text(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada", viewport={"width": 390, "height": 844})
    await chat.kill()
    latin = ["Short", *("word " * count for count in range(5, 16)), "- one\n- " + "two " * 13]
    arabic = ["مرحبا بالجميع", *("مرحبا " * count for count in range(5, 12))]
    for text in latin + arabic:
        await ada.say(text)
    waiting = ada.messages().locator(".is-waiting")
    await expect(waiting).to_have_count(len(latin + arabic))
    for message in await waiting.all():
        await expect(message.locator(".message__state")).to_have_css("opacity", "1")
        assert not await message.evaluate(COVERED), await message.inner_text()


# Whether the words on what becomes of a message stand on its text.
COVERED = """message => {
    const state = message.querySelector('.message__state').getBoundingClientRect();
    const texts = document.createTreeWalker(message.querySelector('.message__text'), NodeFilter.SHOW_TEXT);
    const range = document.createRange();
    while (texts.nextNode()) {
        range.selectNodeContents(texts.currentNode);
        for (const line of range.getClientRects()) {
            const isBeside = line.right <= state.left || line.left >= state.right;
            const isAbove = line.bottom <= state.top || line.top >= state.bottom;
            if (!isBeside && !isAbove) return true;
        }
    }
    return false;
}"""


async def test_a_page_that_is_closed_meanwhile_sends_when_it_is_opened_again(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada")
    await chat.kill()
    await ada.say("One")
    await ada.say("Two")
    await expect(ada.message("Two")).to_contain_text("Waiting…")
    await ada.page.goto("about:blank")
    await chat.start()
    await ada.open(chat.url)
    await ada.is_in()
    await expect(ada.message("Two")).to_be_visible()
    await expect(ada.page.get_by_text("Waiting…")).to_have_count(0)
    await ada.page.reload()
    await ada.is_in()
    assert await ada.texts() == ["One", "Two"]


async def test_a_room_that_was_never_opened_takes_messages_too(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada")
    await chat.kill()
    await ada.room("tech").click()
    await ada.say("Is anybody there?", "tech")
    await expect(ada.message("Is anybody there?", "tech")).to_contain_text("Waiting…")
    await chat.start()
    await expect(ada.message("Is anybody there?", "tech")).not_to_contain_text("Waiting…")
    assert await ada.texts("tech") == ["Is anybody there?"]


async def test_a_message_whose_answer_was_lost_is_not_stored_twice(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat)
    cut: list[WebSocketRoute] = []

    def forward(route: WebSocketRoute) -> None:
        server = route.connect_to_server()
        route.on_message(server.send)
        server.on_message(lambda frame: swallow(frame, route))

    def swallow(frame: str | bytes, route: WebSocketRoute) -> None:
        # The first answer that carries the message is lost with the connection.
        if not cut and "Said once" in str(frame):
            cut.append(route)
        elif route not in cut:
            route.send(frame)

    await ada.page.route_web_socket("**/socket.io/**", forward)
    await ada.page.reload()
    await ada.sign_in("Ada")
    await ada.say("Said once")
    await expect(ada.message("Said once")).to_contain_text("Waiting…")
    async with Author(chat, "Bo") as bo:
        while await bo.said() != ["Said once"]:
            continue
        await cut[0].close()
        await expect(ada.message("Said once")).not_to_contain_text("Waiting…")
        assert await ada.texts() == await bo.said() == ["Said once"]


async def test_what_is_refused_is_kept_with_its_text(start: Start, visit: Visit) -> None:
    chat = await start()
    ada = await visit(chat, "Ada")
    await chat.kill()
    await ada.say("Longer than ten characters")
    await ada.say("Short")
    await chat.start("--max-message-length", "10")
    failed = ada.message("Longer than ten characters")
    await expect(failed).to_contain_text("Not sent. It is too long.")
    await expect(ada.message("Short")).not_to_contain_text("Waiting…")
    await failed.get_by_role("button", name="Retry", exact=True).click()
    await expect(failed).to_contain_text("Not sent. It is too long.")
    await ada.page.reload()
    await ada.is_in()
    await expect(failed).to_contain_text("Not sent. It is too long.")
    await failed.get_by_role("button", name="Discard", exact=True).click()
    await expect(failed).to_have_count(0)
    await expect(ada.composer()).to_have_value("Longer than ten characters")
    await description_of(ada)("16 characters too long. Shorten it, or send it in parts. 26 of 10")


async def test_what_was_refused_goes_through_when_the_reason_has_gone(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada")
    await chat.kill()
    await ada.say("Longer than ten characters")
    await chat.start("--max-message-length", "10")
    failed = ada.message("Longer than ten characters")
    await expect(failed).to_contain_text("Not sent.")
    await chat.stop()
    await chat.start()
    await expect(ada.bar).to_be_hidden()
    await failed.get_by_role("button", name="Retry", exact=True).click()
    await expect(failed).not_to_contain_text("Not sent.")
    await expect(failed).not_to_contain_text("Waiting…")
    async with Author(chat, "Bo") as bo:
        assert await bo.said() == ["Longer than ten characters"]


async def test_drafts_are_kept_for_each_room(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada")
    await ada.composer().fill("For everybody")
    await ada.go_to("tech")
    await expect(ada.composer("tech")).to_have_value("")
    await ada.composer("tech").fill("For the technicians")
    await ada.page.reload()
    await expect(ada.composer("tech")).to_have_value("For the technicians")
    await ada.go_to("general")
    await expect(ada.composer()).to_have_value("For everybody")
    await ada.composer().press("Enter")
    await expect(ada.message("For everybody")).to_be_visible()
    await ada.page.reload()
    await ada.is_in()
    await expect(ada.composer()).to_have_value("")


async def test_length_is_counted_as_the_server_counts(start: Start, visit: Visit) -> None:
    chat = await start("--max-message-length", "20")
    ada = await visit(chat, "Ada")
    described = description_of(ada)
    await ada.composer().fill("😀" * 17)
    await described("")
    await ada.composer().fill("😀" * 18)
    await described("18 of 20")
    await ada.composer().fill("😀" * 21)
    await described("1 character too long. Shorten it, or send it in parts. 21 of 20")
    await expect(ada.composer()).to_have_attribute("aria-invalid", "true")
    await expect(ada.button("Send")).to_be_disabled()
    await ada.composer().press("Enter")
    await expect(ada.composer()).to_have_value("😀" * 21)
    await ada.composer().press("Backspace")
    await described("20 of 20")
    await ada.composer().press("Enter")
    await expect(ada.message("😀" * 20)).not_to_contain_text("Waiting…")


def description_of(person: Person) -> Callable[[str], Awaitable[None]]:
    """Return what waits for a description of the person's composer."""
    field: Locator = person.composer()
    return lambda words: expect(field).to_have_accessible_description(words)

"""Conversations of a few people: begun, found again, left, and back when somebody writes."""

from playwright.async_api import Locator, expect

from tests.e2e.chats import Author, Chat
from tests.e2e.conftest import Visit
from tests.e2e.people import Person


async def test_two_people_talk_alone(chat: Chat, visit: Visit, host: str) -> None:
    ada, grace = await visit(chat, "Ada", host=host), await visit(chat, "Grace", host=host)
    lin = await visit(chat, "Lin", host=host)
    await ada.button("What to do with Grace").click()
    await ada.menu.get_by_role("button", name="Message").click()
    await ada.is_in("Grace")
    await expect(ada.page.get_by_text("This is between you and Grace. Nobody else can see it.")).to_be_visible()
    await expect(ada.page).to_have_title("Grace · Chat")
    await ada.say("Are you free at noon?", "Grace")
    await expect(talk(grace, "Ada")).to_have_accessible_name("Ada (here now) 1 new message")
    await expect(grace.page).to_have_title("(1) General · Chat")
    await talk(grace, "Ada").click()
    await expect(grace.message("Are you free at noon?", "Ada")).to_be_visible()
    await grace.say("I am", "Ada")
    await expect(ada.message("I am", "Grace")).to_be_visible()
    await expect(talks(lin)).to_have_count(0)
    await grace.page.reload()
    await grace.is_in("Ada")
    assert await grace.texts("Ada") == ["Are you free at noon?", "I am"]


async def test_the_same_people_have_one_conversation(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada")
    async with Author(chat, "Grace"), Author(chat, "Lin"):
        await begin(ada, "Grace", "Lin")
        await expect(ada.page.get_by_role("heading", name="Grace, Lin", level=1)).to_be_visible()
        await ada.say("All together", "Grace, Lin")
        await ada.go_to("general")
        await begin(ada, "Lin", "Grace")
        await expect(ada.message("All together", "Grace, Lin")).to_be_visible()
        await begin(ada, "Lin")
        await ada.is_in("Lin")
        await expect(talks(ada)).to_have_count(2)


async def test_nobody_and_strangers_are_told_at_the_field(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada")
    await ada.button("New message").click()
    field = ada.dialog("New message").get_by_role("combobox", name="To")
    await expect(field).to_be_focused()
    for given, words in (("", "Please choose somebody."), ("Stranger", "There is nobody of this name here.")):
        await field.fill(given)
        await ada.button("Go to the conversation").click()
        await expect(field).to_have_accessible_description(words)
        await expect(field).to_be_focused()
    await ada.page.keyboard.press("Escape")
    await expect(ada.button("New message")).to_be_focused()


async def test_people_are_chosen_by_keyboard(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada")
    async with Author(chat, "Grace"), Author(chat, "Greta"), Author(chat, "Lin"):
        await ada.button("New message").focus()
        await ada.page.keyboard.press("Enter")
        dialog = ada.dialog("New message")
        await expect(dialog.locator(".mentions__name")).to_have_text(["Grace", "Greta", "Lin"])
        await ada.page.keyboard.type("gr")
        await expect(dialog.locator(".mentions__name")).to_have_text(["Grace", "Greta"])
        await ada.page.keyboard.press("ArrowDown")
        await expect(dialog.get_by_role("option", name="Greta")).to_have_attribute("aria-selected", "true")
        await ada.page.keyboard.press("Escape")
        await expect(dialog.get_by_role("option")).to_have_count(0)
        await ada.page.keyboard.press("ArrowDown")
        await expect(dialog.locator(".mentions__name")).to_have_text(["Grace", "Greta"])
        await ada.page.keyboard.press("Enter")
        await expect(ada.button("Take out Grace")).to_be_visible()
        await ada.page.keyboard.press("Backspace")
        await expect(ada.button("Take out Grace")).to_have_count(0)
        await ada.page.keyboard.type("lin")
        await ada.page.keyboard.press("Enter")
        await expect(ada.button("Take out Lin")).to_be_visible()
        await ada.page.keyboard.press("Enter")
        await expect(ada.composer("Lin")).to_be_focused()


async def test_one_jumps_to_conversations_old_and_new(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada")
    field = ada.page.get_by_role("combobox", name="Jump to a room or a person")
    async with Author(chat, "Grace"):
        await ada.page.keyboard.press("Control+K")
        await field.press_sequentially("grac")
        await expect(ada.page.get_by_role("option", name="Grace")).to_contain_text("Person")
        await field.press("Enter")
        await ada.is_in("Grace")
        await ada.go_to("general")
        await ada.page.keyboard.press("Control+K")
        await field.press_sequentially("grac")
        await expect(ada.page.get_by_role("option")).to_have_count(1)
        await expect(ada.page.get_by_role("option", name="Grace")).to_contain_text("Conversation")
        await field.press("Enter")
        await ada.is_in("Grace")


async def test_a_conversation_that_was_left_comes_back_with_the_next_message(chat: Chat, visit: Visit) -> None:
    ada, grace = await visit(chat, "Ada"), await visit(chat, "Grace")
    await begin(ada, "Grace")
    await ada.say("Until later", "Grace")
    await talk(grace, "Ada").click()
    await grace.is_in("Ada")
    await ada.button("Leave this conversation").click()
    await ada.is_in("general")
    await expect(talks(ada)).to_have_count(0)
    await grace.say("Now is later", "Ada")
    await expect(talk(ada, "Grace")).to_have_accessible_name("Grace (here now) 1 new message")
    await talk(ada, "Grace").click()
    await expect(ada.message("Until later", "Grace")).to_be_visible()
    await expect(ada.message("Now is later", "Grace")).to_be_visible()


async def test_a_conversation_is_called_by_the_names_of_now(chat: Chat, visit: Visit) -> None:
    ada, grace = await visit(chat, "Ada"), await visit(chat, "Grace")
    await begin(ada, "Grace")
    await grace.page.locator(".me").click()
    await grace.dialog("Settings").get_by_role("textbox", name="Your name").fill("Hopper")
    await grace.button("Rename").click()
    await expect(ada.page.get_by_role("heading", name="Hopper", level=1)).to_be_visible()
    await expect(talk(ada, "Hopper")).to_be_visible()
    await expect(ada.composer("Hopper")).to_be_visible()
    await expect(ada.page).to_have_title("Hopper · Chat")


async def begin(person: Person, *names: str) -> None:
    """Go to the conversation with these people."""
    await person.button("New message").click()
    dialog = person.dialog("New message")
    for name in names:
        await dialog.get_by_role("combobox", name="To").fill(name)
        await dialog.get_by_role("option", name=name, exact=True).click()
        await expect(person.button(f"Take out {name}")).to_be_visible()
    await person.button("Go to the conversation").click()
    await expect(dialog).to_be_hidden()


def talks(person: Person) -> Locator:
    """The conversations in the list."""
    return person.page.locator(".room-section[data-section=direct] a")


def talk(person: Person, name: str) -> Locator:
    """The conversation of this name in the list."""
    return talks(person).filter(has=person.page.get_by_text(name, exact=True))

"""Everybody in the chat: found, looked through, and what one can do with them."""

from playwright.async_api import expect

from tests.e2e.chats import Author, Chat
from tests.e2e.conftest import Visit
from tests.e2e.hosts import set_up
from tests.e2e.people import Person
from tests.e2e.test_accessibility import SIZES, look
from tests.e2e.test_screens import fits


async def test_everybody_is_found_with_what_they_are_here(chat: Chat, visit: Visit, host: str) -> None:
    ada = await set_up(chat, visit)
    bo = await visit(chat, "Bo", host=host)
    async with Author(chat, "Lin"), Author(chat, "Linus"), Author(chat, "محمد"):
        await bo.button("Everybody").click()
        dialog = bo.dialog("Everybody")
        names = dialog.locator(".people-list__name")
        await expect(names).to_have_text(["Ada", "Bo", "Lin", "Linus", "محمد"])
        await expect(dialog.get_by_role("status")).to_have_text("5 people")
        await expect(dialog.get_by_role("button", name="Ada (here now) Host")).to_be_visible()
        await expect(dialog.get_by_role("button", name="Lin", exact=True)).to_be_visible()
        await expect(dialog.get_by_role("button", name="Bo")).to_have_count(0)
        await expect(dialog.get_by_role("searchbox", name="Find people")).to_be_focused()
        await bo.page.keyboard.type("LI")
        await expect(names).to_have_text(["Lin", "Linus"])
        await expect(dialog.get_by_role("status")).to_have_text("2 people found")
        await bo.page.keyboard.type("xx")
        await expect(dialog.get_by_role("status")).to_have_text("Nobody of that name.")
        await expect(names).to_have_count(0)
    await ada.say("Done")


async def test_a_face_has_one_colour_wherever_it_stands(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada")
    await ada.say("Good morning")
    bo = await visit(chat, "Bo")
    face = await bo.message("Good morning").locator(".avatar").get_attribute("data-face") or ""
    await expect(bo.page.locator(".people__person[data-name=Ada] .avatar")).to_have_attribute("data-face", face)
    await bo.button("Close").click()
    await bo.page.reload()
    await bo.composer().press_sequentially("@Ad")
    await expect(bo.page.get_by_role("option", name="Ada").locator(".avatar")).to_have_attribute("data-face", face)


async def test_many_people_come_page_by_page(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada")
    for number in range(60):
        async with Author(chat, f"Guest-{number:02}"):
            pass
    await ada.button("Everybody").click()
    dialog = ada.dialog("Everybody")
    await expect(dialog.locator(".people-list__line")).to_have_count(50)
    await expect(dialog.get_by_role("status")).to_have_text("61 people")
    await dialog.get_by_role("button", name="Show more").click()
    await expect(dialog.locator(".people-list__line")).to_have_count(61)
    await expect(dialog.get_by_role("button", name="Show more")).to_be_hidden()
    await expect(dialog.get_by_role("button", name="Guest-49")).to_be_focused()


async def test_everybody_is_reached_by_keyboard_and_leads_to_a_conversation(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada")
    lin = await visit(chat, "Lin")
    await ada.page.keyboard.press("Control+K")
    await ada.page.keyboard.type("everyb")
    await ada.page.keyboard.press("Enter")
    dialog = ada.dialog("Everybody")
    await expect(dialog.get_by_role("searchbox")).to_be_focused()
    await ada.page.keyboard.type("lin")
    await expect(dialog.locator(".people-list__name")).to_have_text(["Lin"])
    await ada.page.keyboard.press("Tab")
    await ada.page.keyboard.press("Enter")
    await expect(ada.menu.get_by_role("button")).to_have_text(["Message"])
    await ada.page.keyboard.press("Enter")
    await expect(dialog).to_be_hidden()
    composer = ada.page.get_by_role("textbox", name="Message Lin", exact=True)
    await composer.fill("Hello")
    await composer.press("Enter")
    await expect(lin.page.get_by_role("navigation").get_by_role("link", name="Ada")).to_be_visible()


async def test_a_name_changes_in_the_list_that_is_open(chat: Chat, visit: Visit) -> None:
    ada, lin = await visit(chat, "Ada"), await visit(chat, "Lin")
    await ada.button("Everybody").click()
    await expect(ada.dialog("Everybody").locator(".people-list__name")).to_have_text(["Ada", "Lin"])
    await lin.page.locator(".me").click()
    await lin.dialog("Settings").get_by_role("textbox", name="Your name").fill("Linus")
    await lin.button("Rename").click()
    await expect(ada.dialog("Everybody").locator(".people-list__name")).to_have_text(["Ada", "Linus"])


async def test_axe_finds_nothing_among_people(chat: Chat, visit: Visit) -> None:
    ada = await set_up(chat, visit, bypass_csp=True)
    bo = await visit(chat, "Bo", bypass_csp=True, **SIZES["phone"])
    await bo.button("Back to the rooms").click()
    for person in (ada, bo):
        await person.button("Everybody").click()
        await expect(person.dialog("Everybody").locator(".people-list__name")).to_have_text(["Ada", "Bo"])
        await look(person, "everybody")
        await fits(person)
        await open_menu(person, "Bo" if person is ada else "Ada")
        await look(person, "a person's menu")
        await fits(person)


async def open_menu(person: Person, name: str) -> None:
    """Open the menu of somebody in the list of everybody, which is open."""
    await person.page.get_by_role("dialog").get_by_role("button", name=name).click()
    await expect(person.menu).to_be_visible()

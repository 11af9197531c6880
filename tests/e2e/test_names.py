"""Names and sessions: taken, empty and look-alike ones, renaming, signing out, and sessions that end meanwhile."""

from playwright.async_api import expect

from tests.e2e.chats import Author, Chat
from tests.e2e.conftest import Visit
from tests.e2e.people import Person

TAKEN = "Somebody here already has this name. Please choose another."
RULE = "2 to 32 characters: letters and digits of any script, and _ - ."
REFUSED = {
    "": "Please enter a name.",
    "Ada": TAKEN,
    "ADA": TAKEN,
    "\u0410da": TAKEN,  # with a Cyrillic letter
    "A": RULE,
    "A" * 33: RULE,
    "two words": RULE,
    "<b>Bo</b>": RULE,
}


async def test_a_name_that_will_not_do_is_told_at_the_field(chat: Chat, visit: Visit) -> None:
    somebody = await visit(chat)
    somebody.forgive("status of 400", "status of 409")
    async with Author(chat, "Ada"):
        for name, words in REFUSED.items():
            await somebody.name_field.fill(name)
            await expect(somebody.name_field).to_have_accessible_description("")
            await somebody.button("Join the chat").click()
            await expect(somebody.name_field).to_have_accessible_description(words)
            await expect(somebody.name_field).to_have_attribute("aria-invalid", "true")
            await expect(somebody.name_field).to_be_focused()
        await somebody.sign_in("Bo")


async def test_a_new_name_is_everywhere_at_once(chat: Chat, visit: Visit) -> None:
    ada, grace = await visit(chat, "Ada"), await visit(chat, "Grace")
    await grace.say("By the old name")
    await open_settings(grace)
    dialog = grace.dialog("Settings")
    await dialog.get_by_role("textbox", name="Your name").fill("Ada")
    await grace.button("Rename").click()
    await expect(dialog.get_by_role("textbox", name="Your name")).to_have_accessible_description(TAKEN)
    await dialog.get_by_role("textbox", name="Your name").fill("Hopper")
    await grace.button("Rename").click()
    await expect(dialog.get_by_text("You are now called Hopper.")).to_be_visible()
    await grace.page.keyboard.press("Escape")
    await grace.say("By the new name")
    await expect(ada.message("By the new name")).to_contain_text("Hopper")
    await expect(ada.message("By the old name")).to_contain_text("Grace")
    people = ada.page.get_by_role("complementary", name="People and room")
    await expect(people.locator(".people__name")).to_have_text(["Ada", "Hopper"])


async def test_signing_out_forgets_what_was_begun(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada")
    await ada.composer().fill("Not for the next one here")
    await open_settings(ada)
    await ada.button("Sign out").click()
    await expect(ada.name_field).to_be_focused()
    await ada.page.reload()
    await ada.sign_in("Bo")
    await expect(ada.composer()).to_have_value("")
    kept = await ada.page.evaluate("JSON.stringify(localStorage)")
    assert "Not for the next" not in kept


async def test_a_session_that_ends_is_renewed_over_the_page(chat: Chat, visit: Visit) -> None:
    ada, grace = await visit(chat, "Ada"), await visit(chat, "Grace")
    for person in (ada, grace):
        person.forgive("status of 401", "status of 409")
    await ada.say("Before")
    await expect(grace.message("Before")).to_be_visible()
    await ada.composer().fill("A thought half")
    await chat.kill()
    await grace.say("Said in between")
    chat.environment["CHATAPP_SECRET_KEY"] = "another key, which signs everyone out"
    await chat.start()
    for person, name in ((ada, "Ada2"), (grace, "Grace2")):
        dialog = person.dialog("Please sign in again")
        await person.page.keyboard.press("Escape")
        await expect(dialog.get_by_role("textbox", name="Your name")).to_be_focused()
        await dialog.get_by_role("textbox", name="Your name").fill(name)
        await dialog.get_by_role("button", name="Sign in").click()
        await expect(dialog).to_be_hidden()
    await expect(ada.composer()).to_have_value("A thought half")
    await expect(ada.message("Said in between")).to_contain_text("Grace2")
    await ada.composer().press("End")
    await ada.composer().press_sequentially(" begun\n")
    await expect(grace.message("A thought half begun")).to_be_visible()
    assert await grace.texts() == ["Before", "Said in between", "A thought half begun"]


async def open_settings(person: Person) -> None:
    """Open the settings by the button that bears one's name."""
    await person.page.locator(".me").click()
    await expect(person.dialog("Settings")).to_be_visible()

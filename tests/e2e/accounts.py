"""What tests do with one's own account."""

import re

from playwright.async_api import Locator, expect

from tests.e2e.people import Person

ACCOUNT = "Password and devices"
PASSWORD = "correct horse battery"


def password(person: Person) -> Locator:
    """Where somebody's password is asked for."""
    return person.page.get_by_label("Password", exact=True)


async def set_password(person: Person, word: str = PASSWORD) -> None:
    """Have a password from now on, by the settings."""
    dialog = await open_account(person)
    await dialog.get_by_role("button", name="Set a password…").click()
    await expect(dialog.get_by_label("New password")).to_be_focused()
    await expect(dialog.get_by_label("New password")).to_have_attribute("autocomplete", "new-password")
    await dialog.get_by_label("New password").fill(word)
    await dialog.get_by_label("New password").press("Enter")
    await expect(dialog.get_by_text("The password is set.")).to_be_visible()
    await person.page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()


async def open_account(person: Person) -> Locator:
    """Open password and devices by the settings, on a phone too."""
    dialog = person.dialog(ACCOUNT)
    if not await dialog.is_visible():
        if await person.button("Back to the rooms").is_visible():
            await person.button("Back to the rooms").click()
        await person.page.locator(".me").click()
        await person.button("Password and devices…").click()
        await expect(dialog.get_by_role("heading", name="Use on another device")).to_be_visible()
    return dialog


async def device_link(person: Person) -> str:
    """Make a link for another device, and return what follows the address in it."""
    dialog = await open_account(person)
    await dialog.get_by_role("button", name=re.compile("^Make (a|another) link$")).click()
    link = await dialog.locator(".one-time__link").inner_text()
    await person.page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    return link[link.index("/#/device/") :]


async def is_drawn(code: Locator) -> None:
    """Wait until the picture of a link has come, and is one."""
    await expect(code).to_have_attribute("src", re.compile("^data:image/svg"))
    await expect(code).not_to_have_js_property("naturalWidth", 0)

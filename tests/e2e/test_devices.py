"""One person on several devices: the list of them, links from one to another, and their end."""

import re

from playwright.async_api import Locator, expect

from tests.e2e.accounts import ACCOUNT, PASSWORD, device_link, is_drawn, open_account, password, set_password
from tests.e2e.chats import Chat
from tests.e2e.conftest import Visit
from tests.e2e.people import Person
from tests.e2e.test_accessibility import SIZES, look
from tests.e2e.test_screens import fits

SPENT = "This link was used already, or is too old."


async def test_a_link_signs_in_on_another_device_once(chat: Chat, visit: Visit, host: str) -> None:
    ada = await visit(chat, "Ada", host=host)
    link = await device_link(ada)
    phone = await visit(chat, url=chat.at(host) + link)
    await phone.is_in()
    await expect(phone.page.get_by_text("You are signed in here as Ada.")).to_be_visible()
    assert link not in await phone.page.evaluate("location.href + JSON.stringify(localStorage)")
    await phone.page.go_back()
    assert link not in phone.page.url
    late = await visit(chat, url=chat.at(host) + link)
    late.forgive("status of 404")
    await expect(late.page.get_by_text(SPENT)).to_be_visible()
    await late.sign_in("Bo")
    await open_account(ada)
    await expect(lines(ada)).to_have_count(2)


async def test_the_link_counts_down_and_is_copied(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada", permissions=["clipboard-read", "clipboard-write"])
    link = await device_link(ada)
    dialog = await open_account(ada)
    await dialog.get_by_role("button", name="Make a link").click()
    code = dialog.get_by_role("img", name="QR code of the link")
    await is_drawn(code)
    await dialog.get_by_role("button", name="Copy the link").click()
    copied = await ada.page.evaluate("navigator.clipboard.readText()")
    assert "/#/device/" in copied
    assert not copied.endswith(link)
    await expect(dialog.get_by_text(re.compile(r"^Good for (10|9) minutes yet, and once\.$"))).to_be_visible()
    await ada.page.clock.install()
    await ada.page.clock.fast_forward("10:01")
    await expect(dialog.get_by_text("This link is too old now. Make another one.")).to_be_visible()
    await expect(code).to_have_count(0)


async def test_who_is_signed_in_is_asked_before_a_link_makes_somebody_else_of_them(chat: Chat, visit: Visit) -> None:
    ada, bo = await visit(chat, "Ada"), await visit(chat, "Bo")
    await bo.page.goto(chat.url + await device_link(ada))
    question = bo.dialog("Go on as somebody else?")
    await expect(question).to_contain_text("You are signed in here as Bo.")
    await question.get_by_role("button", name="Stay who I am").click()
    await expect(question).to_be_hidden()
    await expect(bo.page.locator(".me__name")).to_have_text("Bo")
    link = await device_link(ada)
    await bo.page.goto(chat.url + link)
    await question.get_by_role("button", name="Go on with the link").click()
    await expect(bo.page.locator(".me__name")).to_have_text("Ada")


async def test_a_device_that_is_signed_out_elsewhere_says_so_and_keeps_what_was_begun(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada")
    await set_password(ada)
    phone = await visit(chat, url=chat.url + await device_link(ada))
    phone.forgive("status of 401", "status of 409")
    await phone.is_in()
    await phone.composer().fill("Half a thought")
    await open_account(ada)
    await expect(lines(ada).first).to_contain_text("This one, now")
    await lines(ada).get_by_role("button", name=re.compile("^Sign out ")).click()
    await expect(lines(ada)).to_have_count(1)
    again = phone.dialog("Please sign in again")
    await expect(again).to_contain_text("you were signed out from another device or by the host")
    await again.get_by_role("button", name="Sign in").click()
    await password(phone).fill(PASSWORD)
    await password(phone).press("Enter")
    await expect(again).to_be_hidden()
    await expect(phone.composer()).to_have_value("Half a thought")
    await phone.composer().press("End")
    await phone.composer().press_sequentially(", finished\n")
    await expect(ada.message("Half a thought, finished")).to_be_visible()


async def test_all_others_are_signed_out_at_once(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada")
    others = [await visit(chat, url=chat.url + await device_link(ada)) for _ in range(2)]
    for other in others:
        other.forgive("status of 401")
        await other.is_in()
    dialog = await open_account(ada)
    await expect(lines(ada)).to_have_count(3)
    await dialog.get_by_role("button", name="Sign out all others").click()
    await ada.dialog("Sign out all other devices?").get_by_role("button", name="Sign out all others").click()
    await expect(lines(ada)).to_have_count(1)
    for other in others:
        await expect(other.dialog("Please sign in again")).to_be_visible()
    await ada.page.keyboard.press("Escape")
    await ada.say("Still here")
    await expect(ada.message("Still here")).to_be_visible()


async def test_a_password_is_changed_and_removed_by_who_knows_it(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada")
    ada.forgive("status of 401", "status of 403", "status of 400")
    await set_password(ada)
    dialog = await open_account(ada)
    await dialog.get_by_role("button", name="Change the password…").click()
    await dialog.get_by_label("Your password now").fill("not the password")
    await dialog.get_by_label("New password").fill("short")
    await dialog.get_by_role("button", name="Save the password").click()
    await expect(dialog.get_by_label("New password")).to_have_attribute("aria-invalid", "true")
    await dialog.get_by_label("New password").fill("another good one")
    await dialog.get_by_role("button", name="Save the password").click()
    await expect(dialog.get_by_label("Your password now")).to_have_accessible_description("This is not your password.")
    await dialog.get_by_label("Your password now").fill(PASSWORD)
    await dialog.get_by_role("button", name="Save the password").click()
    await expect(dialog.get_by_text("The password is set.")).to_be_visible()
    await dialog.get_by_role("button", name="Remove it…").click()
    question = ada.dialog("Remove the password?")
    await question.get_by_label("Your password now").fill(PASSWORD)
    await question.get_by_role("button", name="Remove the password").click()
    await expect(question.get_by_label("Your password now")).to_have_attribute("aria-invalid", "true")
    await question.get_by_label("Your password now").fill("another good one")
    await question.get_by_role("button", name="Remove the password").click()
    await expect(question).to_be_hidden()
    await expect(dialog.get_by_text("The password is removed.")).to_be_visible()
    await expect(dialog.get_by_role("button", name="Set a password…")).to_be_focused()


async def test_axe_finds_nothing_in_ones_account(chat: Chat, visit: Visit) -> None:
    for size, options in SIZES.items():
        ada = await visit(chat, f"Ada-{size}", bypass_csp=True, **options)
        await set_password(ada)
        dialog = await open_account(ada)
        await dialog.get_by_role("button", name="Make a link").click()
        await expect(dialog.get_by_role("img")).to_be_visible()
        await dialog.get_by_role("button", name="Change the password…").click()
        await look(ada, "account")
        await fits(ada)
        await dialog.get_by_role("button", name="Cancel").click()
        await dialog.get_by_role("button", name="Remove it…").click()
        await look(ada, "removing the password")
        await fits(ada)


def lines(person: Person) -> Locator:
    """The devices that are listed."""
    return person.dialog(ACCOUNT).locator(".devices__line")

"""Keeping order: moderators mute, hosts do all else; who it is done to is told, and the audit log remembers."""

import re

from playwright.async_api import Locator, expect

from tests.e2e.accounts import device_link
from tests.e2e.chats import Chat
from tests.e2e.conftest import Visit
from tests.e2e.hosts import PANEL, open_panel, set_up
from tests.e2e.people import Person
from tests.e2e.test_accessibility import SIZES, look
from tests.e2e.test_screens import fits


async def test_who_is_muted_reads_and_is_told_until_when(chat: Chat, visit: Visit, host: str) -> None:
    ada = await set_up(chat, visit)
    bo = await visit(chat, "Bo", host=host)
    await bo.composer().fill("Kept meanwhile")
    question = await ask(ada, "Bo", "Mute…", "Mute Bo?")
    await question.get_by_role("radio", name="1 hour").check()
    await question.get_by_role("button", name="Mute").click()
    await expect(ada.page.get_by_text("Bo is muted.")).to_be_visible()
    await expect(everybody(ada).get_by_role("button", name=re.compile(r"^Bo .*Muted until"))).to_be_visible()
    note = bo.page.get_by_text(re.compile(r"^A moderator has muted you until \d"))
    await expect(note).to_be_visible()
    await bo.composer().press("Enter")
    await expect(bo.composer()).to_have_value("Kept meanwhile")
    await expect(bo.button("Send")).to_have_attribute("aria-disabled", "true")
    await ada.page.keyboard.press("Escape")
    await ada.say("Can you read this?")
    await expect(bo.message("Can you read this?")).to_be_visible()
    await bo.page.reload()
    await expect(note).to_be_visible()

    question = await ask(ada, "Bo", "Let write again…", "Let Bo write again?")
    await question.get_by_role("button", name="Let write again").click()
    await expect(note).to_be_hidden()
    await bo.composer().press("Enter")
    await ada.page.keyboard.press("Escape")
    await expect(ada.message("Kept meanwhile")).to_be_visible()


async def test_a_moderator_mutes_and_does_no_more(chat: Chat, visit: Visit) -> None:
    ada = await set_up(chat, visit)
    bo, lin = await visit(chat, "Bo"), await visit(chat, "Lin")
    await give_role(ada, "Bo", "Moderator")
    await bo.button("Everybody").click()
    await everybody(bo).get_by_role("button", name="Lin").click()
    await expect(bo.menu.get_by_role("button")).to_have_text(["Message", "Mute…"])
    await bo.menu.get_by_role("button", name="Mute…").click()
    await bo.dialog("Mute Lin?").get_by_role("button", name="Mute").click()
    await expect(lin.page.get_by_text("A moderator has muted you until")).to_be_visible()
    await everybody(bo).get_by_role("button", name="Ada").click()
    await expect(bo.menu.get_by_role("button")).to_have_text(["Message"])
    await bo.page.keyboard.press("Escape")
    await everybody(ada).get_by_role("button", name="Lin").click()
    await expect(ada.menu.get_by_role("button", name="Shut out…")).to_be_visible()


async def test_a_role_holds_at_once(chat: Chat, visit: Visit) -> None:
    ada, bo = await set_up(chat, visit), await visit(chat, "Bo")
    await expect(bo.button(PANEL)).to_be_hidden()
    await give_role(ada, "Bo", "Host")
    await expect(everybody(ada).get_by_role("button", name=re.compile("^Bo .*Host$"))).to_be_visible()
    await expect(bo.button(PANEL)).to_be_visible()
    await give_role(ada, "Bo", "Member")
    await expect(bo.button(PANEL)).to_be_hidden()


async def test_a_host_renames_and_is_told_of_a_name_that_is_taken(chat: Chat, visit: Visit) -> None:
    ada = await set_up(chat, visit)
    ada.forgive("status of 409")
    bo, _ = await visit(chat, "Bo"), await visit(chat, "Lin")
    question = await ask(ada, "Bo", "Rename…", "Rename Bo")
    await question.get_by_role("textbox", name="New name").fill("Lin")
    await question.get_by_role("button", name="Rename").click()
    await expect(question.get_by_role("alert").filter(has_text="already has this name")).to_be_visible()
    await question.get_by_role("textbox", name="New name").fill("Robert")
    await question.get_by_role("button", name="Rename").click()
    await expect(question).to_be_hidden()
    await expect(bo.page.locator(".me__name")).to_have_text("Robert")


async def test_who_is_shut_out_is_gone_at_once_and_cannot_come_back(chat: Chat, visit: Visit) -> None:
    ada = await set_up(chat, visit)
    bo = await visit(chat, "Bo")
    bo.forgive("status of 401", "status of 403", "status of 409")
    await bo.composer().fill("Not sent yet")
    question = await ask(ada, "Bo", "Shut out…", "Shut out Bo?")
    await expect(question.get_by_role("checkbox", name="Their devices too")).to_be_checked()
    await expect(question.get_by_role("checkbox", name="Their network address too")).not_to_be_checked()
    await expect(question.get_by_role("button", name="Cancel")).to_be_focused()
    await question.get_by_role("button", name="Shut out").click()
    await expect(everybody(ada).get_by_role("button", name=re.compile("^Bo Shut out"))).to_be_visible()
    again = bo.dialog("Please sign in again")
    await again.get_by_role("textbox", name="Your name").fill("Another")
    await again.get_by_role("button", name="Sign in").click()
    await expect(again.get_by_role("alert").filter(has_text="has shut you out")).to_be_visible()

    await ada.page.keyboard.press("Escape")
    part = await open_panel(ada, "People")
    bans = part.locator(".bans .devices__line")
    await expect(bans).to_have_count(2)
    await expect(bans.filter(has_text="A device of Bo")).to_contain_text("By Ada, now")
    await part.get_by_role("button", name="Let in again: Bo", exact=True).click()
    await ada.dialog("Let in again?").get_by_role("button", name="Let in again").click()
    await expect(part.get_by_text("Nobody is shut out.")).to_be_visible()
    await again.get_by_role("button", name="Sign in").click()
    await expect(again).to_be_hidden()
    await expect(bo.composer()).to_have_value("Not sent yet")


async def test_who_is_signed_out_everywhere_comes_back_by_a_link_of_the_host(chat: Chat, visit: Visit) -> None:
    ada = await set_up(chat, visit)
    bo = await visit(chat, "Bo")
    phone = await visit(chat, url=chat.url + await device_link(bo))
    for one in (bo, phone):
        one.forgive("status of 401")
        await one.is_in()
    question = await ask(ada, "Bo", "Sign out everywhere…", "Sign out Bo everywhere?")
    await question.get_by_role("button", name="Sign out everywhere").click()
    for one in (bo, phone):
        await expect(one.dialog("Please sign in again")).to_be_visible()

    question = await ask(ada, "Bo", "Hand the name back…", "Hand the name back to Bo?")
    await question.get_by_role("button", name="Make the link").click()
    shown = ada.dialog("The link for Bo")
    link = await shown.locator(".one-time__link").inner_text()
    await expect(shown.get_by_text(re.compile(r"^Good for (24|23) hours yet, and once\.$"))).to_be_visible()
    await bo.page.goto(chat.url + link[link.index("/#/") :])
    await expect(bo.dialog("Please sign in again")).to_be_hidden()
    await bo.say("Here again")
    await ada.page.keyboard.press("Escape")
    await expect(shown).to_be_hidden()
    await ada.page.keyboard.press("Escape")
    await expect(ada.message("Here again")).to_contain_text("Bo")


async def test_the_audit_log_tells_it_in_sentences_and_is_saved(chat: Chat, visit: Visit) -> None:
    ada, bo = await set_up(chat, visit), await visit(chat, "Bo")
    await bo.say("Rude words")
    await ada.choose("Rude words", "Delete")
    await expect(bo.page.get_by_text("Message deleted")).to_be_visible()
    await give_role(ada, "Bo", "Moderator")
    question = await ask(ada, "Bo", "Mute…", "Mute Bo?")
    await question.get_by_role("button", name="Mute").click()
    await expect(question).to_be_hidden()
    await ada.page.keyboard.press("Escape")
    part = await open_panel(ada, "Audit")
    await expect(part.get_by_role("heading", name="Today")).to_be_visible()
    entries = part.locator(".audit__entry > span")
    await expect(entries.first).to_have_text(re.compile(r"^Ada muted Bo until .*\.$"))
    told = await entries.all_inner_texts()
    assert told[1:3] == ["Ada gave Bo another role: Moderator.", "Ada deleted a message by Bo in General."]
    assert "Ada became a host by the host’s link." in told
    for name in ("CSV", "NDJSON"):
        async with ada.page.expect_download() as downloading:
            await part.get_by_role("link", name=f"Download {name}").click()
        download = await downloading.value
        assert "message_deleted" in (await download.path()).read_text()


async def test_axe_finds_nothing_where_order_is_kept(chat: Chat, visit: Visit) -> None:
    ada = await set_up(chat, visit, bypass_csp=True)
    link = chat.url + await device_link(ada)
    phone = await visit(chat, url=link, bypass_csp=True, **SIZES["phone"])
    await phone.is_in()
    await visit(chat, "Bo")
    for host in (ada, phone):
        for act, title in ACTS.items():
            question = await ask(host, "Bo", act, title)
            await look(host, act)
            await fits(host)
            await question.get_by_role("button", name="Cancel").click()
        await host.page.keyboard.press("Escape")
        for name in ("People", "Ways in", "Audit"):
            part = await open_panel(host, name)
            if name == "Ways in":
                await part.get_by_role("button", name="Make a link").click()
                await expect(part.get_by_role("img")).to_be_visible()
            await look(host, name)
            await fits(host)


ACTS = {
    "Mute…": "Mute Bo?",
    "Role…": "What Bo is here",
    "Rename…": "Rename Bo",
    "Hand the name back…": "Hand the name back to Bo?",
    "Sign out everywhere…": "Sign out Bo everywhere?",
    "Shut out…": "Shut out Bo?",
}


def everybody(person: Person) -> Locator:
    """The list of all people."""
    return person.dialog("Everybody")


async def ask(person: Person, name: str, act: str, title: str) -> Locator:
    """Choose what to do with somebody in the list of everybody, and return the question that is asked then."""
    if not await everybody(person).is_visible():
        if await person.button("Back to the rooms").is_visible():
            await person.button("Back to the rooms").click()
        await person.button("Everybody").click()
    await everybody(person).get_by_role("button", name=name).click()
    await person.menu.get_by_role("button", name=act, exact=True).click()
    await expect(person.dialog(title)).to_be_visible()
    return person.dialog(title)


async def give_role(host: Person, name: str, role: str) -> None:
    """Make of somebody what they are from now on."""
    question = await ask(host, name, "Role…", f"What {name} is here")
    await question.get_by_role("radio", name=role, exact=True).check()
    await question.get_by_role("button", name="Save").click()
    await expect(question).to_be_hidden()

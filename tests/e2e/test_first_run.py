"""Becoming the host by the link that works once, and the first run: names, how long to keep, or a backup."""

from pathlib import Path
from urllib.parse import urlsplit

from playwright.async_api import expect

from tests.e2e.chats import Author, Chat, lan_host
from tests.e2e.conftest import Start, Visit
from tests.e2e.hosts import PANEL, arrive, open_panel, set_up

USED = "This host’s link was used already, or is too old."


async def test_the_hosts_link_leads_through_the_first_run_to_the_invitation(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, url=chat.host_link)
    await expect(ada.page.get_by_text("you are its host")).to_be_visible()
    code = urlsplit(chat.host_link).fragment.rpartition("/")[2]
    assert len(code) >= 20
    assert ada.page.url == f"{chat.url}/"
    await ada.name_field.fill("Ada")
    await ada.button("Continue").click()
    await expect(ada.page.get_by_role("heading", name="Set up this chat")).to_be_visible()
    name = ada.page.get_by_label("Name of this chat")
    await expect(name).to_be_focused()
    await expect(ada.page.get_by_label("1 year")).to_be_checked()
    await name.fill(" ")
    await name.press("Enter")
    await expect(name).to_have_accessible_description("Please enter a name for the chat.")
    await name.fill("Workshop")
    await ada.page.get_by_label("90 days").check()
    await ada.button("Start the chat").click()
    await expect(
        ada.dialog("Invite people").get_by_text(f"http://{lan_host()}:{chat.port}", exact=True)
    ).to_be_visible()
    assert code not in await ada.page.evaluate("JSON.stringify([location.href, history.state, {...localStorage}])")
    await ada.page.keyboard.press("Escape")
    await ada.is_in()
    await expect(ada.page).to_have_title("General · Workshop")

    bo = await visit(chat, "Bo")
    await expect(bo.page).to_have_title("General · Workshop")
    await expect(bo.button(PANEL)).to_be_hidden()
    # Before the page there is nothing to go back to.
    await ada.page.go_back()
    assert ada.page.url == "about:blank"
    await ada.page.go_forward()
    await ada.page.reload()
    await ada.is_in()
    await expect(ada.button(PANEL)).to_be_visible()
    part = await open_panel(ada, "History")
    await expect(part.get_by_label("90 days")).to_be_checked()


async def test_a_used_link_is_told_to_others_and_not_to_the_host(chat: Chat, visit: Visit) -> None:
    ada = await set_up(chat, visit)
    bo = await arrive(chat, visit, "Bo")
    bo.forgive("status of 404")
    await bo.is_in()
    await expect(bo.page.get_by_text(USED)).to_be_visible()
    await expect(bo.button(PANEL)).to_be_hidden()
    assert "host" not in bo.page.url.partition("#")[2]

    ada.forgive("status of 404")
    again = await visit(chat, url=chat.host_link, beside=ada)
    again.forgive("status of 404")
    await again.is_in()
    await expect(again.button(PANEL)).to_be_visible()
    await expect(again.page.get_by_text(USED)).to_be_hidden()


async def test_a_link_opened_in_a_tab_of_the_chat_changes_only_who_one_is(chat: Chat, visit: Visit) -> None:
    ada = await set_up(chat, visit)
    await ada.say("Come in")
    await chat.stop()
    await chat.start()
    bo = await visit(chat, "Bo")
    await expect(bo.message("Come in")).to_be_visible()
    await bo.composer().fill("half a thought")
    await bo.page.evaluate("link => { window.isSame = true; location.assign(link); }", chat.host_link)
    await expect(bo.button(PANEL)).to_be_visible()
    await expect(bo.composer()).to_have_value("half a thought")
    assert await bo.page.evaluate("window.isSame")
    assert bo.page.url == f"{chat.url}/#/room/general"


async def test_who_left_the_first_run_finds_it_again(chat: Chat, visit: Visit) -> None:
    ada = await arrive(chat, visit, "Ada")
    await expect(ada.button("Start the chat")).to_be_visible()
    await ada.page.goto(chat.url)
    await expect(ada.button("Start the chat")).to_be_visible()


async def test_what_the_operator_has_fixed_is_shown_and_left_alone(start: Start, visit: Visit) -> None:
    chat = await start("--name", "Harbour", "--retention-days", "7")
    ada = await arrive(chat, visit, "Ada")
    await expect(ada.page.get_by_label("Name of this chat")).to_have_value("Harbour")
    await expect(ada.page.get_by_label("Name of this chat")).to_be_disabled()
    await expect(ada.page.get_by_label("7 days")).to_be_checked()
    await expect(ada.page.get_by_label("1 year")).to_be_disabled()
    await expect(ada.page.get_by_text("Set where the program is started")).to_have_count(2)
    await ada.button("Start the chat").click()
    await expect(ada.dialog("Invite people")).to_be_visible()
    await expect(ada.page).to_have_title("General · Harbour")


async def test_a_backup_is_restored_in_the_first_run(start: Start, visit: Visit, tmp_path: Path) -> None:
    old, new = await start("--name", "Old"), await start()
    async with Author(old, "Grace") as grace:
        await grace.say("Said long ago")
    ada = await set_up(old, visit)
    await (await open_panel(ada, "Backups")).get_by_role("button", name="Back up now").click()
    await expect(ada.page.get_by_text("Made: ")).to_be_visible()
    backup = next((old.data / "backups").glob("*.sqlite3"))

    ada = await arrive(new, visit, "Ada")
    # What is no backup; and until she is known to the restored chat, she is nobody there.
    ada.forgive("status of 400", "status of 401", "status of 404")
    nonsense = tmp_path / "nonsense.sqlite3"
    nonsense.write_bytes(b"no database at all" * 1000)
    await ada.page.locator("input[accept='.sqlite3']").set_input_files(nonsense)
    await expect(ada.page.locator(".restore").first.get_by_role("alert")).to_contain_text("is not of this program")
    await expect(ada.button("Choose a backup…")).to_be_focused()
    new.was_down = True
    await ada.page.locator("input[accept='.sqlite3']").set_input_files(backup)
    await expect(ada.page.get_by_text("The backup was restored.")).to_be_visible()
    await expect(ada.dialog("Invite people")).to_be_visible()
    await ada.page.keyboard.press("Escape")
    await expect(ada.message("Said long ago")).to_be_visible()
    await expect(ada.button(PANEL)).to_be_visible()
    await ada.say("And today")
    await expect(ada.message("And today")).to_be_visible()

"""What one has read, and where one was mentioned, is the same in every tab and on every device of a person."""

import re

from playwright.async_api import expect

from tests.e2e.chats import Author, Chat, lan_host
from tests.e2e.conftest import Visit
from tests.e2e.people import Person

NEW = re.compile("new|mention")


async def test_counts_are_in_step_over_tabs_and_devices(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada")
    tab = await visit(chat, beside=ada)
    device = await visit(chat, storage_state=await ada.context.storage_state())
    everywhere = (ada, tab, device)
    for place in everywhere:
        await place.is_in()
        await place.go_to("tech")
    async with Author(chat, "Grace") as grace:
        await grace.say("News")
        await grace.say("@Ada what do you think?")
        await grace.say("More news")
        for place in everywhere:
            await expect(place.room("general")).to_have_accessible_name("General 1 mention 3 new messages")
            await expect(place.page).to_have_title("(3) Tech Talk · Chat")
        await device.go_to("general")
        await expect(device.messages().get_by_text("New", exact=True)).to_be_visible()
        for place in everywhere:
            await expect(place.room("general")).not_to_have_accessible_name(NEW)
            await expect(place.page).to_have_title(re.compile(r"^\w"))
        await grace.say("Only here", "random")
        for place in everywhere:
            await expect(place.room("random")).to_have_accessible_name("Random 1 new message")


async def test_who_writes_has_read_everywhere(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada")
    device = await visit(chat, storage_state=await ada.context.storage_state())
    await device.is_in()
    await device.go_to("tech")
    await ada.page.evaluate("document.hasFocus = () => false")
    async with Author(chat, "Grace") as grace:
        await grace.say("@Ada are you there?")
        await expect(device.room("general")).to_have_accessible_name("General 1 mention 1 new message")
        await ada.say("Yes")
        await expect(device.room("general")).not_to_have_accessible_name(NEW)


async def test_a_device_that_was_away_hears_what_was_read_and_what_was_not(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada", host=lan_host())
    device = await visit(chat, host=lan_host(), storage_state=await ada.context.storage_state())
    device.forgive("net::ERR_", "WebSocket connection")
    await device.is_in()
    for place in (ada, device):
        await place.go_to("tech")
    async with Author(chat, "Grace") as grace:
        await grace.say("First")
        await expect(device.room("general")).to_have_accessible_name("General 1 new message")
        await lose_network(device)
        await ada.go_to("general")
        await expect(ada.message("First")).to_be_visible()
        await expect(ada.room("general")).not_to_have_accessible_name(NEW)
        await ada.go_to("tech")
        await grace.say("@Ada second")
        await grace.say("Elsewhere", "random")
        await expect(ada.room("general")).to_have_accessible_name("General 1 mention 1 new message")
        await device.context.set_offline(False)
        await expect(device.bar).to_be_hidden()
        await expect(device.room("general")).to_have_accessible_name("General 1 mention 1 new message")
        await expect(device.room("random")).to_have_accessible_name("Random 1 new message")


async def test_what_was_read_without_a_connection_is_told_later(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada", host=lan_host())
    device = await visit(chat, host=lan_host(), storage_state=await ada.context.storage_state())
    ada.forgive("net::ERR_", "WebSocket connection")
    await device.is_in()
    await device.go_to("tech")
    await ada.page.evaluate("document.hasFocus = () => false")
    async with Author(chat, "Grace") as grace:
        await grace.say("Read me")
    await expect(ada.message("Read me")).to_be_visible()
    await expect(device.room("general")).to_have_accessible_name("General 1 new message")
    await lose_network(ada)
    await ada.page.evaluate("delete document.hasFocus; window.dispatchEvent(new Event('focus'))")
    await expect(ada.page).to_have_title("General · Chat")
    await expect(device.room("general")).to_have_accessible_name("General 1 new message")
    await ada.context.set_offline(False)
    await expect(device.room("general")).not_to_have_accessible_name(NEW)


async def test_a_mention_comes_and_goes_with_an_edit(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada")
    await ada.go_to("tech")
    async with Author(chat, "Grace") as grace:
        said = await grace.say("Who knows?")
        await expect(ada.room("general")).to_have_accessible_name("General 1 new message")
        said = await grace.edit(said, "Who knows? @Ada?")
        await expect(ada.room("general")).to_have_accessible_name("General 1 mention 1 new message")
        await grace.delete(said)
        await ada.page.reload()
        await ada.is_in("tech")
        await expect(ada.room("general")).to_have_accessible_name("General 1 new message")


async def lose_network(person: Person) -> None:
    """Cut a browser off, and wait until its page says so."""
    await person.context.set_offline(True)
    await expect(person.bar).to_be_visible()

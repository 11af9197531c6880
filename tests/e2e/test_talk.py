"""Two people in rooms: what they say, see and are told. Each on this machine and once more over the network."""

from playwright.async_api import expect

from tests.e2e.chats import Author, Chat
from tests.e2e.conftest import Visit


async def test_two_people_talk(chat: Chat, visit: Visit, host: str) -> None:
    ada = await visit(chat, "Ada", host=host)
    assert await ada.page.evaluate("isSecureContext") is (host == "localhost")
    grace = await visit(chat, "Grace", host=host)
    await ada.say("Good morning")
    await expect(grace.message("Good morning")).to_contain_text("Ada")
    await grace.say("And to you")
    await expect(ada.message("And to you")).to_contain_text("Grace")
    assert await ada.texts() == await grace.texts() == ["Good morning", "And to you"]
    await ada.page.reload()
    await ada.is_in()
    assert await ada.texts() == ["Good morning", "And to you"]


async def test_it_is_seen_who_is_here_and_who_types(chat: Chat, visit: Visit, host: str) -> None:
    ada = await visit(chat, "Ada", host=host)
    people = ada.page.get_by_role("complementary", name="People and room")
    await expect(people.get_by_role("heading", name="1 person here", exact=True)).to_be_visible()
    grace = await visit(chat, "Grace", host=host)
    await expect(people.get_by_role("heading", name="2 people here", exact=True)).to_be_visible()
    await expect(people.locator(".people__name")).to_have_text(["Ada", "Grace"])
    await expect(people.get_by_role("listitem").filter(has_text="(you)")).to_contain_text("Ada")
    await expect(ada.messages().get_by_text("Grace joined", exact=True)).to_be_visible()
    await grace.composer().press_sequentially("On my w")
    await expect(ada.page.get_by_text("Grace is typing…", exact=True)).to_be_visible()
    await grace.composer().press_sequentially("ay\n")
    await expect(ada.message("On my way")).to_be_visible()
    await expect(ada.page.get_by_text("Grace is typing…", exact=True)).to_be_hidden()
    await grace.page.close()
    await expect(ada.messages().get_by_text("Grace left", exact=True)).to_be_visible()
    await expect(ada.button("1 person here, show")).to_be_visible()


async def test_other_rooms_tell_who_is_there_and_what_is_new(chat: Chat, visit: Visit, host: str) -> None:
    ada = await visit(chat, "Ada", host=host)
    grace = await visit(chat, "Grace", host=host)
    await expect(ada.room("tech")).to_have_accessible_name("Tech Talk")
    await grace.go_to("tech")
    await expect(ada.room("tech")).to_have_accessible_name("Tech Talk 1 person here")
    await grace.say("First", "tech")
    await grace.say("Second", "tech")
    await expect(ada.room("tech")).to_have_accessible_name("Tech Talk 2 new messages")
    await expect(ada.page).to_have_title("(2) General · Chat")
    await ada.go_to("tech")
    await expect(ada.room("tech")).to_have_accessible_name("Tech Talk 2 people here")
    await expect(ada.page).to_have_title("Tech Talk · Chat")
    divider = ada.messages("tech").get_by_text("New", exact=True)
    await expect(divider).to_be_visible()
    words = await ada.messages("tech").inner_text()
    assert words.index("New") < words.index("First") < words.index("Second")
    await ada.go_to("general")
    await ada.go_to("tech")
    await expect(ada.message("Second", "tech")).to_be_visible()
    await expect(divider).to_have_count(0)


async def test_who_reads_above_is_told_of_what_comes_below(chat: Chat, visit: Visit, host: str) -> None:
    ada = await visit(chat, "Ada", host=host)
    async with Author(chat, "Grace") as grace:
        await grace.say_all(f"Line {number}" for number in range(60))
        await expect(ada.messages().locator(".message")).to_have_count(60)
        await ada.messages().evaluate("region => region.scrollTo(0, 0)")
        await expect(ada.button("To the latest messages")).to_be_visible()
        await grace.say("Something new")
        await grace.say("And more")
        await expect(ada.message("And more")).not_to_be_in_viewport()
        await ada.button("2 new messages").click()
    await expect(ada.message("And more")).to_be_in_viewport()
    await expect(ada.page.locator(".messages__pill")).to_be_hidden()


async def test_a_room_opens_at_the_first_unread_message(chat: Chat, visit: Visit, host: str) -> None:
    ada = await visit(chat, "Ada", host=host)
    async with Author(chat, "Grace") as grace:
        await grace.say("Read")
        await expect(ada.message("Read")).to_be_in_viewport()
        await ada.go_to("tech")
        await grace.say("The first unread")
        await grace.say_all(f"Line {number}" for number in range(120))
        await grace.say("The last")
    await expect(ada.room("general")).to_have_accessible_name("General 122 new messages")
    await ada.go_to("general")
    await expect(ada.message("The first unread")).to_be_in_viewport()
    await expect(ada.messages().get_by_text("New", exact=True)).to_be_in_viewport()
    await expect(ada.message("The last")).not_to_be_in_viewport()
    await ada.page.locator(".messages__pill").click()
    await expect(ada.message("The last")).to_be_in_viewport()
    await expect(ada.room("general")).to_have_accessible_name("General 1 person here")


async def test_the_address_is_copied_for_others(chat: Chat, visit: Visit, host: str) -> None:
    ada = await visit(chat, "Ada", host=host)
    await ada.button("Invite people").click()
    dialog = ada.dialog("Invite people")
    address = await dialog.locator(".invite__address").inner_text()
    code = dialog.get_by_role("img", name=f"QR code of {address}")
    await expect(code).to_have_js_property("complete", value=True)
    assert await code.evaluate("image => image.naturalWidth") > 0
    await dialog.get_by_role("button", name="Copy address", exact=True).click()
    await expect(ada.told).to_contain_text("Copied")
    await ada.page.keyboard.press("Escape")
    await expect(ada.button("Invite people")).to_be_focused()
    await ada.composer().focus()
    await ada.page.keyboard.press("Control+V")
    await expect(ada.composer()).to_have_value(address)

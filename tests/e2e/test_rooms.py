"""Rooms: made, changed, archived, left, private ones and who belongs to them."""

from playwright.async_api import Locator, Route, expect

from tests.e2e.chats import Author, Chat, lan_host
from tests.e2e.conftest import Visit
from tests.e2e.hosts import set_up
from tests.e2e.people import Person
from tests.e2e.test_screens import fits

TAKEN = "There is a room of this name already. Please choose another."
GONE = "You do not belong to “Plans” any more."
ARCHIVED = "This room is archived: it can be read, and nothing is written in it any more."
# Makes whoever comes from now on a guest, as the host that the page is signed in as.
GUESTS = """async () => {
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ newcomers: 'guest' });
    return (await fetch('/api/admin/choices', { method: 'PATCH', body, headers })).ok;
}"""


async def test_a_room_for_everybody(chat: Chat, visit: Visit, host: str) -> None:
    ada, grace = await visit(chat, "Ada", host=host), await visit(chat, "Grace", host=host)
    await ada.button("New room").click()
    form = ada.dialog("New room")
    name = form.get_by_role("textbox", name="Name of the room")
    await expect(name).to_be_focused()
    for given, words in (("", "Please enter a name for the room."), ("tech talk", TAKEN)):
        await name.fill(given)
        await form.get_by_role("button", name="Make the room").click()
        await expect(name).to_have_accessible_description(words)
        await expect(name).to_be_focused()
    await name.fill("Kitchen")
    await form.get_by_role("textbox", name="Topic (optional)").fill("Who cooks, and what")
    await form.get_by_role("button", name="Make the room").click()
    await ada.is_in("Kitchen")
    await expect(section(ada, "Rooms").get_by_role("link").last).to_have_accessible_name("Kitchen 1 person here")
    await ada.say("Soup today", "Kitchen")
    await expect(grace.room("Kitchen")).to_have_accessible_name("Kitchen 1 new message")
    await grace.go_to("Kitchen")
    await expect(grace.message("Soup today", "Kitchen")).to_be_visible()
    await expect(grace.page.locator(".conversation__topic")).to_have_text("Who cooks, and what")
    await expect(grace.page).to_have_title("Kitchen · Chat")
    await grace.page.reload()
    await grace.is_in("Kitchen")


async def test_a_private_room_is_there_for_those_who_were_invited(chat: Chat, visit: Visit, host: str) -> None:
    ada, grace = await visit(chat, "Ada", host=host), await visit(chat, "Grace", host=host)
    await make_private(ada)
    await expect(ada.page.get_by_text("Nobody but you belongs to it yet.", exact=True)).to_be_visible()
    await expect(grace.page.get_by_role("link", name="Plans")).to_have_count(0)
    await ada.button("Invite somebody").click()
    await expect(who(ada)).to_be_focused()
    await ada.page.keyboard.type("Gr")
    await ada.page.keyboard.press("Enter")
    await expect(ada.button("Take out Grace")).to_be_visible()
    await ada.page.keyboard.press("Enter")
    await expect(ada.page.get_by_text("Invited: Grace.", exact=True)).to_be_visible()
    await expect(ada.page.get_by_text("Ada and Grace belong to it.", exact=True)).to_be_visible()
    await expect(ada.page.get_by_role("heading", name="2 members", exact=True)).to_be_visible()
    await expect(section(grace, "Private").get_by_role("link", name="Plans")).to_be_visible()
    await ada.say("Between us", "Plans")
    await expect(grace.room("Plans")).to_have_accessible_name("Plans 1 new message")
    await grace.go_to("Plans")
    await expect(grace.message("Between us", "Plans")).to_be_visible()
    await grace.say("Well kept", "Plans")
    await expect(ada.message("Well kept", "Plans")).to_be_visible()
    await expect(line(ada, "Grace")).to_contain_text("(here now)")


async def test_nobody_of_this_name_can_be_invited(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada")
    await make_private(ada)
    await who(ada).fill("Nobody")
    await ada.button("Invite").click()
    await expect(who(ada)).to_have_accessible_description("There is nobody called Nobody here.")
    await expect(who(ada)).to_be_focused()


async def test_who_is_removed_hears_it_and_keeps_what_they_wrote(chat: Chat, visit: Visit) -> None:
    ada, grace = await visit(chat, "Ada"), await visit(chat, "Grace")
    await make_private(ada)
    await invite(ada, "Grace")
    await grace.go_to("Plans")
    await grace.composer("Plans").fill("Half a thought")
    await ada.button("What to do with Grace").click()
    await ada.menu.get_by_role("button", name="Remove from this room").click()
    question = ada.dialog("Remove Grace from Plans?")
    await expect(question.get_by_role("button", name="Cancel")).to_be_focused()
    await question.get_by_role("button", name="Remove").click()
    await expect(question).to_be_hidden()
    await expect(ada.page.get_by_role("heading", name="1 member", exact=True)).to_be_visible()
    await expect(grace.page.get_by_text(GONE, exact=True)).to_be_visible()
    await grace.is_in("general")
    await expect(grace.page.get_by_role("link", name="Plans")).to_have_count(0)
    await invite(ada, "Grace")
    await grace.go_to("Plans")
    await expect(grace.composer("Plans")).to_have_value("Half a thought")


async def test_what_waited_for_a_room_that_is_gone_is_told_of_with_its_text(chat: Chat, visit: Visit) -> None:
    # By the network: a lost network is no reason to give up a connection within this machine.
    ada, grace = await visit(chat, "Ada"), await visit(chat, "Grace", host=lan_host())
    grace.forgive("net::ERR_", "WebSocket connection")
    await make_private(ada)
    await invite(ada, "Grace")
    await grace.go_to("Plans")
    await grace.context.set_offline(True)
    await expect(grace.bar).to_be_visible()
    await grace.say("A secret for Plans", "Plans")
    await ada.button("What to do with Grace").click()
    await ada.menu.get_by_role("button", name="Remove from this room").click()
    await ada.dialog("Remove Grace from Plans?").get_by_role("button", name="Remove").click()
    await expect(ada.page.get_by_role("heading", name="1 member", exact=True)).to_be_visible()
    await grace.context.set_offline(False)
    await expect(grace.page.get_by_text(GONE, exact=True)).to_be_visible()
    told = grace.page.locator(".toast").filter(has_text="Not sent, for its room is gone: A secret for Plans")
    await expect(told).to_be_visible()
    await told.get_by_role("button", name="Close").click()
    await invite(ada, "Grace")
    await grace.go_to("Plans")
    await expect(grace.composer("Plans")).to_have_value("A secret for Plans")


async def test_a_room_is_changed_where_it_stands(chat: Chat, visit: Visit) -> None:
    ada, grace = await visit(chat, "Ada"), await visit(chat, "Grace")
    await make_room(ada, "Kitchen")
    await grace.go_to("Kitchen")
    await expect(grace.page.get_by_text("Made by Ada.")).to_be_visible()
    await expect(details(grace).get_by_role("button", name="Edit")).to_have_count(0)
    await details(ada).get_by_role("button", name="Edit").click()
    name = details(ada).get_by_role("textbox", name="Name of the room")
    await expect(name).to_be_focused()
    await name.fill("General")
    await name.press("Enter")
    await expect(name).to_have_accessible_description(TAKEN)
    await ada.page.keyboard.press("Escape")
    await expect(details(ada).get_by_role("button", name="Edit")).to_be_focused()
    await ada.page.keyboard.press("Enter")
    await name.fill("Canteen")
    await details(ada).get_by_role("textbox", name="Topic (optional)").fill("Lunch")
    await details(ada).get_by_role("button", name="Save", exact=True).click()
    for person in (ada, grace):
        await expect(person.page.get_by_role("heading", name="Canteen", level=1)).to_be_visible()
        await expect(person.page.locator(".conversation__topic")).to_have_text("Lunch")
        await expect(person.composer("Canteen")).to_be_visible()
        await expect(person.page).to_have_title("Canteen · Chat")
    await expect(details(ada).get_by_role("button", name="Edit")).to_be_focused()


async def test_an_archived_room_is_read_and_can_be_taken_up_again(chat: Chat, visit: Visit) -> None:
    ada, grace = await visit(chat, "Ada"), await visit(chat, "Grace")
    await make_room(ada, "Kitchen")
    await ada.say("The last soup", "Kitchen")
    await grace.go_to("Kitchen")
    await grace.composer("Kitchen").fill("More")
    await ada.button("Archive this room").click()
    for person in (ada, grace):
        await expect(person.page.get_by_text(ARCHIVED, exact=True)).to_be_visible()
        await expect(person.composer("Kitchen")).to_be_hidden()
        await expect(person.message("The last soup", "Kitchen")).to_be_visible()
        await expect(section(person, "Archived").get_by_role("link", name="Kitchen")).to_be_visible()
    await ada.row("The last soup", "Kitchen").hover()
    await ada.row("The last soup", "Kitchen").get_by_role("button", name="More actions").click()
    await expect(ada.menu.get_by_role("button")).to_have_text(["Copy text", "Copy link"])
    await ada.page.keyboard.press("Escape")
    await expect(grace.button("Take up again")).to_have_count(0)
    await section(grace, "Archived").get_by_text("Archived", exact=True).click()
    await expect(section(grace, "Archived").get_by_role("link", name="Kitchen")).to_be_hidden()
    await grace.page.keyboard.press("Alt+ArrowUp")
    await grace.page.keyboard.press("Control+K")
    await grace.page.keyboard.type("kitch")
    await expect(grace.page.get_by_role("option", name="Kitchen")).to_contain_text("Archived")
    await grace.page.keyboard.press("Enter")
    await expect(grace.message("The last soup", "Kitchen")).to_be_visible()
    await ada.page.locator(".room-bar").get_by_role("button", name="Take up again").click()
    await ada.is_in("Kitchen")
    await expect(grace.composer("Kitchen")).to_have_value("More")


async def test_who_has_left_a_room_reads_it_and_joins_again(chat: Chat, visit: Visit) -> None:
    ada, grace = await visit(chat, "Ada"), await visit(chat, "Grace")
    tab = await visit(chat, beside=ada)
    await tab.is_in()
    await ada.go_to("tech")
    await ada.say("Before", "tech")
    await ada.button("Leave this room").click()
    await expect(ada.button("Join")).to_be_visible()
    await expect(ada.composer("tech")).to_be_hidden()
    await expect(tab.room("tech")).to_have_accessible_name("Tech Talk (left)")
    await grace.go_to("tech")
    await grace.say("Meanwhile", "tech")
    await ada.go_to("general")
    await expect(ada.page).to_have_title("General · Chat")
    await expect(ada.room("tech")).to_have_accessible_name("Tech Talk (left) 1 person here")
    await ada.room("tech").click()
    await ada.page.reload()
    await expect(ada.message("Before", "tech")).to_be_visible()
    await expect(ada.message("Meanwhile", "tech")).to_be_visible()
    await expect(grace.button("1 person here, show")).to_be_visible()
    await ada.button("Join").click()
    await ada.is_in("tech")
    await expect(ada.composer("tech")).to_be_focused()
    await ada.say("Back", "tech")
    await expect(grace.message("Back", "tech")).to_be_visible()
    await expect(tab.room("tech")).not_to_have_accessible_name("Tech Talk (left)")


async def test_an_answer_of_before_one_came_in_does_not_take_one_out(chat: Chat, visit: Visit) -> None:
    grace = await visit(chat, "Grace")
    asked = 0

    async def answer(route: Route) -> None:
        nonlocal asked
        asked += 1
        if asked > 1:
            await route.continue_()
            return
        await grace.is_in("tech")
        await route.fulfill(json={"users": [], "user_count": 0})

    await grace.page.route("**/api/rooms/tech/users", answer)
    async with grace.page.expect_response(lambda response: response.url.endswith("/tech/users") and asked > 1):
        await grace.go_to("tech")
    await expect(grace.button("1 person here, show")).to_be_visible()


async def test_who_leaves_a_private_room_is_asked_first(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada")
    await make_private(ada)
    await ada.button("Leave this room").click()
    await expect(ada.dialog("Leave Plans?")).to_contain_text("invites you again")
    await ada.page.keyboard.press("Escape")
    await expect(ada.button("Leave this room")).to_be_focused()
    await ada.page.keyboard.press("Enter")
    await ada.dialog("Leave Plans?").get_by_role("button", name="Leave this room").click()
    await expect(ada.page.get_by_text(GONE, exact=True)).to_be_visible()
    await ada.is_in("general")


async def test_a_link_to_no_room_says_so(chat: Chat, visit: Visit) -> None:
    ada, grace = await visit(chat, "Ada"), await visit(chat, "Grace")
    await make_private(ada)
    link = ada.page.url
    await grace.page.evaluate("link => { location.href = link; }", link)
    await expect(grace.page.get_by_text("There is no such room.", exact=True)).to_be_visible()
    await grace.is_in("general")
    await grace.page.goto("about:blank")
    await grace.page.goto(link)
    await expect(grace.page.get_by_text("There is no such room.", exact=True)).to_be_visible()
    await grace.is_in("general")
    assert "Plans" not in await grace.page.inner_text("body")


async def test_rooms_by_keyboard(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada")
    press, write = ada.page.keyboard.press, ada.page.keyboard.type
    await ada.button("New private room").focus()
    await press("Enter")
    await expect(ada.dialog("New room").get_by_role("checkbox", name="Private")).to_be_checked()
    await press("Escape")
    await expect(ada.button("New private room")).to_be_focused()
    await press("Enter")
    await expect(ada.dialog("New room").get_by_role("textbox", name="Name of the room")).to_be_focused()
    await write("Plans\n")
    await expect(ada.composer("Plans")).to_be_focused()
    await press("Alt+ArrowUp")
    await ada.is_in("random")
    await press("Alt+ArrowDown")
    await ada.is_in("Plans")
    await ada.room("Plans").focus()
    for key, room in (("ArrowUp", "random"), ("Home", "general"), ("ArrowDown", "tech"), ("End", "Plans")):
        await press(key)
        await expect(ada.room(room)).to_be_focused()


async def test_guests_take_part_in_the_rooms_of_others(chat: Chat, visit: Visit) -> None:
    ada = await set_up(chat, visit)
    assert await ada.page.evaluate(GUESTS)
    grace = await visit(chat, "Grace")
    await expect(grace.button("New room")).to_be_hidden()
    await expect(grace.button("New message")).to_be_hidden()
    await expect(grace.page.get_by_role("heading", name="Private", exact=True)).to_be_hidden()
    await make_private(ada)
    await invite(ada, "Grace")
    await grace.go_to("Plans")
    await expect(details(grace).get_by_role("button", name="Edit")).to_have_count(0)
    await expect(who(grace)).to_be_hidden()
    await grace.say("Thank you", "Plans")
    await expect(ada.message("Thank you", "Plans")).to_be_visible()


async def test_on_a_phone_the_details_are_a_pane_of_their_own(chat: Chat, visit: Visit) -> None:
    async with Author(chat, "Grace"):
        ada = await visit(chat, "Ada", viewport={"width": 320, "height": 568}, has_touch=True, is_mobile=True)
        await ada.button("Back to the rooms").tap()
        await fits(ada)
        await make_private(ada)
        await fits(ada)
        await ada.button("Invite somebody").tap()
        await expect(who(ada)).to_be_focused()
        await fits(ada)
        await ada.page.get_by_role("option", name="Grace").tap()
        await fits(ada)
        await ada.button("Invite").tap()
        await expect(ada.page.get_by_text("Invited: Grace.", exact=True)).to_be_visible()
        await ada.button("What to do with Grace").tap()
        await fits(ada)
        await ada.menu.get_by_role("button", name="Mention").tap()
        await expect(ada.composer("Plans")).to_have_value("@Grace ")
        await ada.page.go_back()
        await expect(section(ada, "Private").get_by_role("link", name="Plans")).to_be_visible()


async def make_room(person: Person, name: str) -> None:
    """Make a room, and be in it."""
    await person.button("New room").click()
    await person.dialog("New room").get_by_role("textbox", name="Name of the room").fill(name)
    await person.button("Make the room").click()
    await person.is_in(name)


async def make_private(person: Person, name: str = "Plans") -> None:
    """Make a private room, and be in it."""
    await person.button("New private room").click()
    await person.dialog("New room").get_by_role("textbox", name="Name of the room").fill(name)
    await person.button("Make the room").click()
    await person.is_in(name)


async def invite(person: Person, name: str) -> None:
    """Bring somebody into the room that is shown."""
    await who(person).fill(name)
    await person.button("Invite").click()
    await expect(person.page.get_by_text(f"Invited: {name}.", exact=True)).to_be_visible()


def who(person: Person) -> Locator:
    """The field for people who are to be invited."""
    return person.page.get_by_role("combobox", name="Invite into this room", exact=True)


def details(person: Person) -> Locator:
    """What stands beside the conversation."""
    return person.page.get_by_role("complementary", name="People and room")


def section(person: Person, title: str) -> Locator:
    """The rooms under a heading."""
    heading = person.page.get_by_role("heading", name=title, exact=True)
    return person.page.locator(".room-section").filter(has=heading)


def line(person: Person, name: str) -> Locator:
    """The line of somebody in the details."""
    return details(person).locator(f".people__person[data-name={name}]")

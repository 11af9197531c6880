"""Who looks elsewhere is told: by title and favicon anywhere, by the system where the browser can and may."""

import re

import pytest
from playwright.async_api import expect

from tests.e2e.chats import Author, Chat, lan_host
from tests.e2e.conftest import Visit
from tests.e2e.people import Person

pytestmark = pytest.mark.whole_browser

# What the page asks for and shows is noted on its way to the browser, which does the rest as ever; what it shows, where
# every tab sees it.
NOTE = """if ('Notification' in window) {
    const { requestPermission } = Notification;
    window.asked = 0;
    Notification.requestPermission = () => { window.asked += 1; return requestPermission.call(Notification); };
    const { showNotification } = ServiceWorkerRegistration.prototype;
    ServiceWorkerRegistration.prototype.showNotification = function (title, options) {
        localStorage.setItem(`shown ${crypto.randomUUID()}`, `${title}: ${options.body}`);
        return showNotification.call(this, title, options);
    };
}"""
SHOWN = "Object.keys(localStorage).filter((key) => key.startsWith('shown ')).map((key) => localStorage[key]).sort()"
# No test can cover a window with another one, so the page is told that it is covered.
AWAY = """() => {
    Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => 'hidden' });
    document.hasFocus = () => false;
    document.dispatchEvent(new Event('visibilitychange'));
    window.dispatchEvent(new Event('blur'));
}"""
BACK = """() => {
    delete document.visibilityState;
    delete document.hasFocus;
    document.dispatchEvent(new Event('visibilitychange'));
    window.dispatchEvent(new Event('focus'));
}"""


async def test_title_and_favicon_count_what_is_new(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada", host=lan_host())
    icon = ada.page.locator("link[rel=icon]")
    plain = await icon.get_attribute("href")
    await ada.page.evaluate(AWAY)
    async with Author(chat, "Grace") as grace:
        await grace.say("One")
        await grace.say("Two")
        await grace.say("Elsewhere", "tech")
    await expect(ada.page).to_have_title("(3) General · Chat")
    await expect(icon).to_have_attribute("href", re.compile("unread"))
    await ada.page.evaluate(BACK)
    await expect(ada.page).to_have_title("(1) General · Chat")
    await expect(ada.messages().get_by_text("New", exact=True)).to_be_visible()
    await ada.go_to("tech")
    await expect(ada.page).to_have_title("Tech Talk · Chat")
    await expect(icon).to_have_attribute("href", plain or "")


async def test_permission_is_asked_for_by_a_click_only(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, bypass_csp=True)
    await prepare(ada, chat.url)
    await ada.sign_in("Ada")
    await ada.say("Hello")
    await expect(ada.button("Turn on notifications")).to_be_visible()
    assert await ada.page.evaluate("window.asked") == 0
    await ada.button("Turn on notifications").click()
    await ada.page.wait_for_function("localStorage['chatapp:preference:notifications'] === 'true'")
    assert await ada.page.evaluate("window.asked") == 1
    await ada.page.reload()
    await ada.is_in()
    await ada.say("Again")
    await expect(ada.button("Turn on notifications")).to_be_hidden()
    await ada.page.locator(".me").click()
    await expect(ada.page.get_by_role("checkbox", name="System notifications")).to_be_checked()


async def test_a_message_is_told_of_by_one_tab_only(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada", bypass_csp=True)
    await prepare(ada, chat.url)
    other = await visit(chat, beside=ada)
    for tab in (ada, other):
        await tab.page.reload()
        await tab.is_in()
    await ada.page.bring_to_front()
    await ada.page.locator(".me").click()
    await ada.page.get_by_role("checkbox", name="System notifications").check()
    await ada.page.keyboard.press("Escape")
    async with Author(chat, "Grace") as grace:
        await grace.say("Seen at once")
        await expect(ada.message("Seen at once")).to_be_visible()
        for tab in (ada, other):
            await tab.page.evaluate(AWAY)
        await grace.say("Are **you** there?")
        await ada.page.wait_for_function(f"{SHOWN}.length > 0")
        # When this one is shown, a second tab would have shown the first one too.
        await grace.say("Then not")
        await ada.page.wait_for_function(f"{SHOWN}.some((words) => words.includes('Then'))")
    assert await ada.page.evaluate(SHOWN) == ["Grace in General: Are you there?", "Grace in General: Then not"]


async def test_markup_is_told_as_the_text_it_is(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada", bypass_csp=True)
    await prepare(ada, chat.url)
    await ada.is_in()
    await ada.page.locator(".me").click()
    await ada.page.get_by_role("checkbox", name="System notifications").check()
    await ada.page.keyboard.press("Escape")
    await ada.page.evaluate(AWAY)
    markup = "<img src=x onerror=alert(1)> <b>bold</b> &amp; so on"
    async with Author(chat, "Eve") as eve:
        await eve.say(markup)
        await ada.page.wait_for_function(f"{SHOWN}.length > 0")
    assert await ada.page.evaluate(SHOWN) == [f"Eve in General: {markup}"]


async def test_over_the_network_the_reason_stands_there(chat: Chat, visit: Visit) -> None:
    ada = await visit(chat, "Ada", host=lan_host())
    await ada.say("Hello")
    await expect(ada.page.get_by_text("Over plain http, browsers show no notifications.")).to_be_visible()
    await ada.button("Understood").click()
    await ada.page.locator(".me").click()
    box = ada.page.get_by_role("checkbox", name="System notifications")
    await expect(box).to_be_disabled()
    await expect(box).to_have_accessible_description(re.compile("^Not possible here: browsers show them only"))


async def prepare(person: Person, origin: str) -> None:
    """Let the browser grant what is asked for, and note it from the next load on."""
    await person.context.grant_permissions(["notifications"], origin=origin)
    await person.context.add_init_script(NOTE)
    await person.page.reload()

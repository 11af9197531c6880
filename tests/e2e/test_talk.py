"""Two people in rooms, on this machine and over the network: what they say, see and are told."""

import re

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

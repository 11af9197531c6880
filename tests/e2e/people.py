"""Somebody in front of a browser: a page, what one does there, and whatever went wrong on it."""

import re
from urllib.parse import urlsplit

from playwright.async_api import BrowserContext, ConsoleMessage, Dialog, Locator, Page, Request, WebSocket, expect

from tests.e2e.chats import Chat

# What a browser itself writes to the console while a server is away.
OUTAGE = re.compile(r"net::ERR_|WebSocket connection to .* failed")
# And when a page lets go of a connection that is still on its way, as every page does that is left early, or says
# something while the server ends it.
LET_GO = ("WebSocket is closed before the connection is established", "WebSocket is already in CLOSING or CLOSED state")
# Soon after it has connected a page asks for what it needs to go elsewhere: its session may end just then.
ENDED = re.compile(r"401 \(Unauthorized\) \(.*/api/session/carry\)")
ROOMS = {"general": "General", "tech": "Tech Talk", "random": "Random"}


class Person:
    """A page of the chat. `complaints` holds what should never be there, `hosts` whom it asked for anything, `may_ask`
    whom it may ask besides its own host; the fixture looks at them when the test ends.
    """

    def __init__(self, chat: Chat, context: BrowserContext, page: Page) -> None:
        self.chat = chat
        self.context = context
        self.page = page
        self.url = ""
        self.complaints: list[str] = []
        self.hosts: set[str] = set()
        self.may_ask: set[str] = set()
        self._forgiven: list[str] = []
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        page.on("dialog", self._refuse)
        page.on("request", self._note)
        page.on("websocket", self._note)

    async def open(self, url: str) -> None:
        """Open the page, without waiting for anything in it."""
        self.url = url
        await self.page.goto(url)

    async def sign_in(self, name: str, room: str | None = "general") -> None:
        """Give a name on the first screen, and wait until one can write in `room` (None: until one is in)."""
        await self.name_field.fill(name)
        await self.button("Join the chat").click()
        if room is None:
            await expect(self.name_field).to_be_hidden()
        else:
            await self.is_in(room)

    async def is_in(self, room: str = "general") -> None:
        """Wait until the room is shown and joined."""
        await expect(self.composer(room)).to_be_visible()
        await expect(self.page.locator(".skeleton")).to_have_count(0)
        await expect(self.bar).to_be_hidden()

    async def say(self, text: str, room: str = "general") -> None:
        """Write and send by the keyboard."""
        await self.composer(room).fill(text)
        await self.composer(room).press("Enter")

    async def go_to(self, room: str) -> None:
        """Go to a room by the list. A tab behind another one draws once a second, so it comes to the front."""
        await self.page.bring_to_front()
        await self.room(room).click()
        await self.is_in(room)

    @property
    def name_field(self) -> Locator:
        """Where one's name is asked for."""
        return self.page.get_by_role("textbox", name="Your name", exact=True)

    @property
    def bar(self) -> Locator:
        """The words of the connection bar."""
        return self.page.locator(".connection-bar__body")

    def button(self, name: str) -> Locator:
        """The button of this name."""
        return self.page.get_by_role("button", name=name, exact=True)

    @property
    def told(self) -> Locator:
        """What a screen reader was told. It stays there, whatever is drawn anew."""
        return self.page.get_by_role("log")

    def composer(self, room: str = "general") -> Locator:
        """The field of a room."""
        return self.page.get_by_role("textbox", name=f"Message {ROOMS.get(room, room)}", exact=True)

    def messages(self, room: str = "general") -> Locator:
        """The history of a room."""
        return self.page.get_by_role("region", name=f"Messages in {ROOMS.get(room, room)}", exact=True)

    def message(self, text: str, room: str = "general") -> Locator:
        """The messages of exactly this text."""
        whole = self.page.locator(".message__text").get_by_text(text, exact=True)
        return self.messages(room).get_by_role("listitem").filter(has=whole)

    def row(self, words: str, room: str = "general") -> Locator:
        """The messages that hold these words in their text, whatever else there is to them."""
        text = self.page.locator(".message__text").filter(has_text=words)
        return self.messages(room).locator(".message").filter(has=text)

    def chip(self, words: str, emoji: str) -> Locator:
        """A reaction to the message that holds these words."""
        return self.row(words).locator(".reaction").filter(has_text=emoji)

    async def choose(self, words: str, choice: str) -> None:
        """Take a choice of the menu of the message that holds these words, by mouse."""
        await self.open_menu(words)
        await self.menu.get_by_role("button", name=choice, exact=True).click()

    async def open_menu(self, words: str) -> None:
        """Open the menu of a message by mouse."""
        await self.row(words).hover()
        await self.row(words).get_by_role("button", name="More actions", exact=True).click()
        await expect(self.menu).to_be_visible()

    async def reach(self, words: str) -> None:
        """Open the menu of a message as one does here: by mouse, or with a long press."""
        if await self.page.evaluate("matchMedia('(hover: hover)').matches"):
            await self.open_menu(words)
        else:
            await self.row(words).scroll_into_view_if_needed()
            await self.press_long(words)

    async def press_long(self, words: str) -> None:
        """Put a finger on a message until its menu opens, and lift it."""
        box = await self.row(words).bounding_box()
        assert box is not None
        session = await self.context.new_cdp_session(self.page)
        place = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
        await session.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [place]})
        await expect(self.menu).to_be_visible()
        await session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        await session.detach()

    async def go_to_messages(self) -> None:
        """From the composer to the newest message, by keyboard."""
        if await self.button("Not now").is_visible():
            await self.button("Not now").click()
        await self.composer().focus()
        await self.page.keyboard.press("Shift+Tab")

    @property
    def menu(self) -> Locator:
        """What can be done with a message."""
        return self.page.locator(".menu")

    @property
    def picker(self) -> Locator:
        """Where an emoji is chosen."""
        return self.dialog("Choose an emoji")

    @property
    def edit_field(self) -> Locator:
        """Where a message is rewritten."""
        return self.page.get_by_role("textbox", name="Edit the message", exact=True)

    def room(self, room: str) -> Locator:
        """A line of the room list; its name begins with the room's."""
        return self.page.get_by_role("navigation").get_by_role("link", name=re.compile(f"^{ROOMS.get(room, room)}"))

    def dialog(self, title: str) -> Locator:
        """A dialog."""
        return self.page.get_by_role("dialog", name=title, exact=True)

    async def texts(self, room: str = "general") -> list[str]:
        """What stands in the history now, in order."""
        return await self.messages(room).locator(".message__text").all_inner_texts()

    def forgive(self, *words: str) -> None:
        """Expect console lines that hold one of these: the test provokes them."""
        self._forgiven.extend(words)

    def unforgiven(self) -> list[str]:
        """Return what went wrong on the page that the test did not provoke."""
        return [
            line
            for line in self.complaints
            if not any(words in line for words in self._forgiven)
            and not ENDED.search(line)
            and not (self.chat.was_down and OUTAGE.search(line))
        ]

    def _hear(self, line: ConsoleMessage) -> None:
        if line.type in {"error", "warning"} and not any(words in line.text for words in LET_GO):
            self.complaints.append(f"console: {line.text} ({line.location.get('url', '')})")

    async def _refuse(self, dialog: Dialog) -> None:
        self.complaints.append(f"{dialog.type}: {dialog.message}")
        await dialog.dismiss()

    def _note(self, asked: Request | WebSocket) -> None:
        parts = urlsplit(asked.url)
        if parts.scheme not in {"blob", "data"}:
            self.hosts.add(parts.netloc)

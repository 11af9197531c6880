"""Who is typing. Forgettable: in memory only, and gone by itself."""

import asyncio

from chatapp.domain.entities import User
from chatapp.domain.events import InRoom, UserTyping
from chatapp.services.presence import Tell

# A client repeats `typing` while its person types; between two repeats the network may be slow.
MARGIN = 2.0
# Repeats within this many seconds are not told again.
QUIET = 1.0


class Typing:
    """Tells a room who is typing there. It expires `timeout` milliseconds (and a margin) after the last word of it."""

    def __init__(self, tell: Tell, timeout: int) -> None:
        self._tell = tell
        self._expiry = timeout / 1000 + MARGIN
        self._timers: dict[tuple[str, int], asyncio.TimerHandle] = {}
        self._told_at: dict[tuple[str, int], float] = {}

    def begin(self, user: User, room: str) -> None:
        """A person types in a room."""
        loop = asyncio.get_running_loop()
        key = (room, user.id)
        if key in self._timers:
            self._timers[key].cancel()
        self._timers[key] = loop.call_later(self._expiry, self.end, user, room)
        if loop.time() - self._told_at.get(key, -QUIET) >= QUIET:
            self._told_at[key] = loop.time()
            self._tell_room(user, room, typing=True)

    def end(self, user: User, room: str) -> None:
        """A person does not type there any more; nothing is told when they did not."""
        timer = self._timers.pop((room, user.id), None)
        if timer is not None:
            timer.cancel()
            del self._told_at[room, user.id]
            self._tell_room(user, room, typing=False)

    def _tell_room(self, user: User, room: str, *, typing: bool) -> None:
        event = UserTyping(user.username, str(user.id), room, typing)
        self._tell([(event, InRoom(room, besides=user.id))])

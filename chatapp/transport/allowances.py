"""How often connections and requests may ask, and how long a connection may be nobody's.

Every event counts for the person (before they have a name: for the connection), then for the address; some kinds count
once more, by themselves. An address is meant for a hundred people behind one: each limit of addresses is that of ten
who do all they can, or more, and far more than a hundred need who do what people do.
"""

import asyncio
import time
from collections.abc import Callable

from chatapp.domain.limits import Limit, Limiter, Shares
from chatapp.errors import RateLimited
from chatapp.services.presence import Connection
from chatapp.transport.capacity import Holdings

EVENTS = Limit(rate=50, burst=300)
EVENTS_OF_ADDRESS = Limit(rate=2_000, burst=20_000)
MOVES = Limit(rate=5, burst=10)
"""Joins and name changes of one connection."""
MOVES_OF_ADDRESS = Limit(rate=50, burst=500)
READS = Limit(rate=10, burst=50)
"""Catch-ups and lists of rooms of one connection: one who was long away needs a few in a row."""
READS_OF_ADDRESS = Limit(rate=200, burst=2_000)
SIGNS = Limit(rate=20, burst=100)
"""Typing and reading on of one person: clients of the base protocol say that somebody types at every key."""
REQUESTS = Limit(rate=20, burst=200)
"""Over REST, by one person."""
REQUESTS_OF_ADDRESS = Limit(rate=200, burst=2_000)

REFUSALS = Limit(rate=10, burst=500)
"""Refusals that one connection is told; who goes on regardless is cut off, since telling costs more than asking."""
MOST_UNNAMED = 5_000
"""Connections that nobody has a name on, of all."""
UNNAMED_FOR = 1_800.0
"""Seconds that a connection may have no name. A browser whose form is open comes back by itself, and nobody notices."""


class Allowances:
    """What events and requests may still come. Without limits everything may."""

    def __init__(self, *, is_limited: bool) -> None:
        clock = time.monotonic
        self._is_limited = is_limited
        self.requests = Shares(REQUESTS, REQUESTS_OF_ADDRESS, clock, is_limited=is_limited)
        self._events = Shares(EVENTS, EVENTS_OF_ADDRESS, clock, is_limited=is_limited)
        moves = Shares(MOVES, MOVES_OF_ADDRESS, clock, is_limited=is_limited)
        reads = Shares(READS, READS_OF_ADDRESS, clock, is_limited=is_limited)
        self._kinds = {"join_room": moves, "set_username": moves, "get_rooms": reads, "sync": reads}
        self._signs = Limiter(SIGNS, clock)
        self._refusals = Limiter(REFUSALS if is_limited else None, clock)

    def take(self, event: str, connection: Connection) -> None:
        """Count an event. Raises RateLimited."""
        if not self._is_limited:
            return
        person = connection.id if connection.user is None else connection.user.id
        self._events.take(person, connection.address)
        if (kind := self._kinds.get(event)) is not None:
            kind.take(connection.id, connection.address)
        elif event in {"typing", "mark_read"}:
            self._signs.take(person)

    def tell_refusal(self, connection: str) -> bool:
        """Count a refusal; return whether the connection is still worth telling."""
        try:
            self._refusals.take(connection)
        except RateLimited:
            return False
        return True


class Newcomers:
    """Connections without a name, each with its address. `cut` ends one by its id.

    There are at most `MOST_UNNAMED`: then the oldest of the address that has most goes.
    """

    def __init__(self, cut: Callable[[str], None]) -> None:
        self._cut = cut
        self._places = Holdings(MOST_UNNAMED)
        self._timers: dict[str, asyncio.TimerHandle] = {}

    def come(self, connection: Connection) -> None:
        """A connection without a name was made."""
        self._timers[connection.id] = asyncio.get_running_loop().call_later(UNNAMED_FOR, self._cut, connection.id)
        self._places.put(connection.id, connection.address, 1, lambda: self._cut(connection.id))

    def go(self, connection: Connection) -> None:
        """It has a name now, or has ended."""
        timer = self._timers.pop(connection.id, None)
        if timer is not None:
            timer.cancel()
            self._places.drop(connection.id)

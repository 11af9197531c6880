"""When each session is asked whether it is still there, and when it is given up: one timer for all of them.

Mechanism: time is counted in ticks of `TICK` seconds (finer where the intervals are short). A session stands in the set
of the tick at which something is due for it: its next ping, or the end of waiting for its answer. One callback a tick
takes one set.

Guarantees: every session is pinged `interval` seconds after its last answer and ended when it has not answered for
`timeout` seconds, each up to a tick later. The ticks are the event loop's, on a clock that only goes forward: a host
clock set to another day disconnects nobody. A process that stood still judges nobody by that time: the missed ticks are
not made up for.

Cost: nothing while there are no sessions; otherwise one callback a tick, and one entry in a set for each session.
"""

import asyncio
import math
from typing import Protocol

TICK = 0.5


class Beating(Protocol):
    """What is asked; `due` and `is_pinged` are kept here."""

    due: int
    is_pinged: bool

    def ping(self) -> None:
        """Ask whether it is there."""

    def give_up(self) -> None:
        """It has not answered in time."""


class Heartbeat:
    """Pings sessions every `interval` seconds and gives up those that do not answer within `timeout` seconds."""

    def __init__(self, interval: float, timeout: float) -> None:
        self._tick = min(TICK, interval / 5, timeout / 5)
        self._interval = math.ceil(interval / self._tick)
        self._timeout = math.ceil(timeout / self._tick)
        self._now = 0
        self._next = 0.0
        self._due: dict[int, set[Beating]] = {}
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, one: Beating) -> None:
        """Ping a session from now on."""
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._next = loop.time() + self._tick
            self._timer = loop.call_at(self._next, self._beat)
        self._place(one, self._interval)

    def answered(self, one: Beating) -> None:
        """A session has answered; what was not asked is no answer."""
        if one.is_pinged:
            one.is_pinged = False
            self.forget(one)
            self._place(one, self._interval)

    def forget(self, one: Beating) -> None:
        """A session has ended."""
        self._due.get(one.due, set()).discard(one)
        one.due = 0

    def _place(self, one: Beating, ticks: int) -> None:
        # One more: the tick that runs now is part over.
        one.due = self._now + ticks + 1
        self._due.setdefault(one.due, set()).add(one)

    def _beat(self) -> None:
        self._now += 1
        now = self._now
        for one in [*self._due.pop(now, ())]:
            if one.due != now:  # forgotten by what was just done with another
                continue
            if one.is_pinged:
                one.due = 0
                one.give_up()
            else:
                one.is_pinged = True
                self._place(one, self._timeout)
                one.ping()
        self._timer = None
        if self._due:
            loop = asyncio.get_running_loop()
            self._next = max(self._next + self._tick, loop.time())
            self._timer = loop.call_at(self._next, self._beat)

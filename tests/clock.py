"""An event loop whose clock stands still until a test moves it."""

import asyncio
from collections.abc import Callable


class ClockLoop(asyncio.SelectorEventLoop):
    """`now` is its time in seconds; what was scheduled up to then has run when `move` returns."""

    now = 1000.0

    def time(self) -> float:
        """The time that this loop believes it is."""
        return self.now

    def move(self, seconds: float = 0.0) -> None:
        """Let time pass, from one scheduled moment to the next."""
        end = self.now + seconds
        while (moment := self._next_timer()) is not None and moment <= end:
            self.now = max(self.now, moment)
            self.do(lambda: None)
        self.now = end
        self.do(lambda: None)

    def do(self, act: Callable[[], None]) -> None:
        """Do something inside the loop, and what follows from it without waiting."""
        self.run_until_complete(self._do(act))

    async def _do(self, act: Callable[[], None]) -> None:
        act()
        for _ in range(3):
            await asyncio.sleep(0)

    def _next_timer(self) -> float | None:
        timers = [timer for timer in self._scheduled if not timer.cancelled()]  # type: ignore[attr-defined]
        return min((timer.when() for timer in timers), default=None)

"""Keeps a long-lived piece of work going: what it fails with is logged, and it is begun again after a while."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from chatapp.errors import Unavailable

log = logging.getLogger(__name__)

SHORTEST_WAIT = 1.0
LONGEST_WAIT = 300.0


class Supervisor:
    """Runs `work`, called `name` in the log, again and again until cancelled, each time after a longer wait."""

    def __init__(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        self._name = name
        self._work = work

    async def run(self) -> None:
        """Work until cancelled."""
        wait = SHORTEST_WAIT
        while True:
            try:
                await self._work()
            except Unavailable as error:  # a trouble that is in the log already
                log.warning("The %s waits: %s It is tried again in %.0f s", self._name, error.message, wait)
            except Exception:
                log.exception("The %s failed; it is tried again in %.0f s", self._name, wait)
            await asyncio.sleep(wait)
            wait = min(wait * 2, LONGEST_WAIT)

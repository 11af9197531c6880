"""Sees to it that nothing is left in the database's files of what was deleted, edited away or erased.

Mechanism: `secure_delete` overwrites a row where it stands. What SQLite had left of it elsewhere is looked for in the
whole file, while everything goes on, and overwritten a few pages at a time, while the writer pauses (see
`storage/scrubbing`); then the log is folded into the file and emptied. Guarantees: when a wipe has come to its end,
nothing is left of what was removed before it began. Cost: the file is read once; each pause takes what emptying a small
log takes, and the writer is free for several times as long after it.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial

from chatapp.storage.database import Database
from chatapp.storage.writer import Writer

AT_ONCE = 200
"""About so many pages are overwritten in a pause, in about three milliseconds (measured)."""
TRIES = 5
"""How often a pause is taken for the same: mostly somebody reads for a moment."""
TRY_AGAIN = 60.0
"""Seconds until a wipe is tried again that somebody was in the way of, who reads for long, such as a backup."""


class Wiping:
    """Wipes, one at a time. It rests so many times as long as it works. `run` works until cancelled."""

    def __init__(self, database: Database, writer: Writer, *, rest: float) -> None:
        self._database = database
        self._writer = writer
        self._rest = rest
        self._turn = asyncio.Lock()
        self._asked = asyncio.Event()

    def ask(self) -> None:
        """Have it wiped soon, for whoever does not wait for it."""
        self._asked.set()

    async def run(self) -> None:
        """Wipe whenever it is asked for."""
        while True:
            await self._asked.wait()
            self._asked.clear()
            if not await self.wipe():
                self._asked.set()
                await asyncio.sleep(TRY_AGAIN)

    async def wipe(self) -> bool:
        """Overwrite all that is left, and empty the log. Return False where it has to be tried again."""
        async with self._turn:
            # What is only in the log yet would not be found.
            if not await self._empty_log():
                return False
            first: int | None = 1
            while first is not None:
                began = time.monotonic()
                found, first = await self._database.stale(first, AT_ONCE)
                if found and not await self._in_pause(partial(self._database.scrub, found)):
                    return False
                await asyncio.sleep((time.monotonic() - began) * self._rest)
            await self._database.sync()
            return await self._empty_log()

    async def _empty_log(self) -> bool:
        return await self._in_pause(self._database.empty_log)

    async def _in_pause(self, work: Callable[[], Awaitable[bool]]) -> bool:
        """Do it while the writer pauses, again where somebody reads just then; whether it was done."""
        for _ in range(TRIES):
            # While nobody waits for it, nearly all of the log is folded in.
            await self._database.fold_log()
            async with self._writer.pause():
                if await work():
                    return True
        return False

"""Keeps the search index filled, behind the back of those who send.

Mechanism: a thread of its own takes slice after slice (`storage/search_filling`). `wake` is called after each commit;
what comes within `GATHER` seconds is taken in together. While people send, it rests after each slice several times as
long as that took, and makes up for it when they pause. Guarantees: the chat's database is never locked, and sending
waits for nothing of this. Cost: what was said is in the index within a second while no more than some thousand messages
a second are sent; what is not yet is read by whoever searches.
"""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from chatapp.storage.search_filling import Filling
from chatapp.storage.search_index import SearchIndex

GATHER = 0.25
BUSY = 0.1
"""Seconds after a commit for which more are expected."""
REST = 3.0
"""How many times as long as a slice took is rested after it while people send."""

Answer = TypeVar("Answer")


class Indexer:
    """Fills `index`. `run` works until cancelled; `percent` says how much is in it, None while it is not filled."""

    def __init__(self, index: SearchIndex) -> None:
        self._index = index
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="search index")
        self._filling: Filling | None = None
        self._woken = asyncio.Event()
        self._woken_at = 0.0
        self._is_to_forget = False
        self.percent: int | None = None

    def wake(self) -> None:
        """Something was stored."""
        self._woken_at = time.monotonic()
        self._woken.set()

    def forget(self) -> None:
        """Something was removed from the chat's database: the index lets go of it, and its file is wiped."""
        self._is_to_forget = True
        self._woken.set()

    async def run(self) -> None:
        """Fill it."""
        try:
            filling = await self._do(self._open)
            while True:
                await self._catch_up(filling)
        finally:
            self.percent = None

    async def purge(self) -> None:
        """Take out what is erased from the chat's database, where nobody fills the index; if there is one."""
        if self._index.path.exists():
            filling = await self._do(self._open)
            await self._do(filling.purge)

    async def close(self) -> None:
        """Let the files go, once nobody fills or reads any more."""
        await self._do(self._let_go)
        await asyncio.to_thread(self._index.shut)
        self._thread.shutdown()

    async def _catch_up(self, filling: Filling) -> None:
        """Take in all there is, and return when there is something new."""
        self._woken.clear()
        began = time.monotonic()
        if self._is_to_forget:
            self._is_to_forget = False
            await self._do(filling.wipe)
        if await self._slice(filling, filling.follow):
            return
        while not (self._woken.is_set() and time.monotonic() - began > GATHER):
            if not await self._slice(filling, filling.work):
                await self._woken.wait()
                await asyncio.sleep(max(0.0, began + GATHER - time.monotonic()))
                return

    async def _slice(self, filling: Filling, take: Callable[[], bool]) -> bool:
        began = time.monotonic()
        is_more = await self._do(take)
        self.percent = filling.percent()
        now = time.monotonic()
        await asyncio.sleep((now - began) * REST if now - self._woken_at < BUSY else 0)
        return is_more

    async def _do(self, work: Callable[[], Answer]) -> Answer:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _open(self) -> Filling:
        self._let_go()
        self._filling = Filling(self._index)
        return self._filling

    def _let_go(self) -> None:
        filling, self._filling = self._filling, None
        if filling is not None:
            filling.close()

"""The one door through which the database changes.

Mechanism: changes wait in a queue. The writer begins a transaction, takes all that wait by then, gives neighbours with
the same change to it as one list, and commits; meanwhile the next batch gathers, so there is no timer and no waiting
for one.

Guarantees: changes are stored in the order they were submitted. Whoever submitted hears the answer only after the
commit was synced to disk, and before anything the change announces is told to others: each list's answers are given,
then one turn of the event loop lets those who wait for them go on to their own next wait, then its announcements are
told. A change that raises is rolled back and each item is tried alone, so that one bad item harms no other; where the
disk takes nothing, all are refused, and the next ones are tried as always. Nothing is committed to a file that is not
where it was opened.

Cost: a commit is one sync to disk however many changes it holds; a lone change waits for one.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from itertools import groupby
from typing import Any, TypeVar

from msgspec import Struct
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from chatapp.domain.events import Audience, Event
from chatapp.domain.troubles import WORDS, TroubleKind
from chatapp.errors import ChatError, Internal, Unavailable
from chatapp.storage.database import Database

log = logging.getLogger(__name__)

# More than a second's work; beyond it a client is better told to come again than to wait.
MOST_WAITING = 20_000
LARGEST_BATCH = 1_000

Announcement = tuple[Event, Audience]
Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


class Transaction:
    """What a change works with: the connection that stores, the time, fresh ids, and what to tell afterwards."""

    def __init__(self, connection: AsyncConnection, ids: "Ids") -> None:
        self.connection = connection
        self.now = time.time_ns() // 1_000_000
        self.new_id = ids.next
        self.announcements: list[Announcement] = []

    def announce(self, event: Event, audience: Audience) -> None:
        """Tell `audience` of `event` once this transaction is committed."""
        self.announcements.append((event, audience))


Change = Callable[[Transaction, Sequence[Asked]], Awaitable[Sequence[Answer | ChatError]]]


class Ids:
    """Ids that grow for ever, also when the clock is set back: microseconds since 1970, or one more than the last."""

    def __init__(self, last: int) -> None:
        self._last = last

    def next(self) -> int:
        """A fresh id; below 2**53 until the year 2255, so that it is exact in JavaScript too."""
        self._last = max(time.time_ns() // 1000, self._last + 1)
        return self._last


class _Entry(Struct):
    change: Change[Any, Any]
    asked: Any
    answered: "asyncio.Future[Any]"


class _Outcome(Struct):
    entries: list[_Entry]
    answers: Sequence[Any]
    announcements: list[Announcement]


class Writer:
    """Stores changes; `announce` is told what they announced, a list at a time. `run` works until `close`."""

    def __init__(self, database: Database, ids: Ids, announce: Callable[[list[Announcement]], None]) -> None:
        self._database = database
        self._ids = ids
        self._announce = announce
        self._waiting: list[_Entry] = []
        self._arrived = asyncio.Event()
        self._turn = asyncio.Lock()
        self._is_closing = False

    def submit(self, change: Change[Asked, Answer], asked: Asked) -> "asyncio.Future[Answer]":
        """Store `asked` by `change`; the future has its answer, or what the change refuses it with.

        Raises Unavailable. It is queued when this returns, so the order of calls is the order of changes.
        """
        if self._is_closing:
            raise Unavailable("The server is stopping. Your text is kept; try again in a moment.", retry_after=1)
        if len(self._waiting) >= MOST_WAITING:
            raise Unavailable("The server is very busy. Try again in a moment.", retry_after=1)
        answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Entry(change, asked, answered))
        self._arrived.set()
        return answered

    async def run(self) -> None:
        """Work until `close` was called and the queue is empty."""
        while not (self._is_closing and not self._waiting):
            await self._arrived.wait()
            async with self._turn:
                if self._waiting:
                    await self._work()

    @asynccontextmanager
    async def pause(self) -> AsyncIterator[None]:
        """Nothing is stored meanwhile; what comes waits."""
        async with self._turn:
            yield

    def close(self) -> None:
        """Refuse what comes from now on; `run` finishes what is queued and returns."""
        self._is_closing = True
        self._arrived.set()

    async def _work(self, batch: list[_Entry] | None = None) -> None:
        """Store `batch`, or else what waits."""
        try:
            async with self._database.writing.begin() as connection:
                # Taken only now: what arrived while the transaction began goes with it.
                batch = batch or self._take()
                outcomes = await self._store(connection, batch)
                self._database.demand_in_place()
        except Exception as error:  # noqa: BLE001 - one of the four places: an unforeseen failure is answered, not lost
            trouble = self._database.report(error)
            if batch is not None and len(batch) > 1 and trouble in (None, "damaged"):
                for entry in batch:
                    await self._work([entry])
                return
            # Where no transaction could begin, or the disk takes nothing, it is no change's fault, and trying each
            # would help nobody.
            batch = batch or self._take()
            outcomes = [_Outcome(batch, [_refusal(error, trouble)] * len(batch), [])]
        for outcome in outcomes:
            await self._settle(outcome)

    def _take(self) -> list[_Entry]:
        batch, self._waiting = self._waiting[:LARGEST_BATCH], self._waiting[LARGEST_BATCH:]
        if not self._waiting and not self._is_closing:
            self._arrived.clear()
        return batch

    async def _store(self, connection: AsyncConnection, batch: list[_Entry]) -> list[_Outcome]:
        outcomes = []
        for change, group in groupby(batch, key=lambda entry: entry.change):
            entries = list(group)
            tx = Transaction(connection, self._ids)
            answers = await change(tx, [entry.asked for entry in entries])
            outcomes.append(_Outcome(entries, answers, tx.announcements))
        return outcomes

    async def _settle(self, outcome: _Outcome) -> None:
        for entry, answer in zip(outcome.entries, outcome.answers, strict=True):
            if entry.answered.done():  # who asked has gone
                continue
            if isinstance(answer, ChatError):
                entry.answered.set_exception(answer)
            else:
                entry.answered.set_result(answer)
        # The loop runs callbacks in the order they were scheduled: those who wait go on first, then this task.
        await asyncio.sleep(0)
        if outcome.announcements:
            self._announce(outcome.announcements)


def _refusal(error: Exception, trouble: TroubleKind | None) -> ChatError:
    if trouble is not None or isinstance(error, DBAPIError):
        log.error("The database refused a change: %s", getattr(error, "orig", error))
        return Unavailable(f"{WORDS[trouble or 'failing']} Your text is kept.", retry_after=5)
    log.error("A change failed", exc_info=error)
    return Internal("The server made a mistake. It is in its log.")

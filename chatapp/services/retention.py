"""The scheduled cleanup: removes the longest prefix by `seq` that is all too old, or beyond the number kept.

Mechanism: once a day at `at`, and at start when overdue, the prefix of each room is found on a reading connection and
removed through the writer in slices of `SLICE` messages, each a change like any other, so that sends go on between two
slices. Guarantees: never a message that is young enough, also when a clock was wrong for a while: an old message
behind a young one stays until the young one goes. Clients hear `history_trimmed` for every slice. Cost: a slice holds
the writer for a few milliseconds.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from datetime import time as time_of_day

from msgspec import Struct
from msgspec.structs import replace

from chatapp.domain.answers import Trim
from chatapp.domain.entities import Room
from chatapp.domain.events import HistoryTrimmed, InRoom, rfc3339
from chatapp.errors import ChatError
from chatapp.storage import installation, messages, rooms
from chatapp.storage.database import Database, Reading
from chatapp.storage.writer import Transaction, Writer

log = logging.getLogger(__name__)

SLICE = 500
DAY_MS = 86_400_000
RETIRED_MS = 30 * DAY_MS
"""How long the `client_id` of a removed message is kept (wire contract, idempotent send)."""
LOOK_AGAIN = 60.0
"""Seconds between two looks at the clock: a laptop that slept through the hour cleans up soon after waking."""


class Kept(Struct, frozen=True):
    """What is kept: `days` and `messages` for each room, 0 being no limit; `at` is the local hour of the cleanup."""

    days: int
    messages: int
    at: time_of_day


class Retention:
    """Cleans up by what `kept` says at that moment. `run` works until cancelled."""

    def __init__(self, database: Database, writer: Writer, kept: Callable[[], Kept]) -> None:
        self._database = database
        self._writer = writer
        self._kept = kept

    async def run(self) -> None:
        """Clean up whenever it is due."""
        while True:
            if await self.is_due(datetime.now().astimezone()):
                await self.clean()
            await asyncio.sleep(LOOK_AGAIN)

    async def is_due(self, now: datetime) -> bool:
        """Whether the hour of the cleanup has come since the last one."""
        async with self._database.read() as connection:
            found = await installation.find(connection)
        return found is not None and found.cleaned_at < last_due(now, self._kept().at).timestamp() * 1000

    async def plan(self) -> list[Trim]:
        """What a cleanup would remove now, room by room; rooms that lose nothing are left out."""
        async with self._database.read() as connection:
            trims = []
            for room in await rooms.every(connection):
                before_seq = await self._before_seq(connection, room)
                if before_seq > room.first_seq:
                    oldest, newest = await messages.span(connection, room.id, before_seq)
                    count = before_seq - room.first_seq
                    trims.append(Trim(room.id, count, before_seq, rfc3339(oldest), rfc3339(newest)))
        return trims

    async def clean(self) -> list[Trim]:
        """Clean up now; return what went."""
        trims = await self.plan()
        for trim in trims:
            while not await self._writer.submit(self._trim, trim):
                pass
            log.info("Removed %d messages from %s", trim.messages, trim.room)
        while not await self._writer.submit(self._forget, None):
            pass
        await self._writer.submit(self._note, None)
        return trims

    async def _before_seq(self, connection: Reading, room: Room) -> int:
        kept, first = self._kept(), room.first_seq
        if kept.messages:
            first = max(first, room.last_seq + 1 - kept.messages)
        if kept.days:
            since = time.time_ns() // 1_000_000 - kept.days * DAY_MS
            young = await messages.first_since(connection, room.id, since)
            first = max(first, room.last_seq + 1 if young is None else young)
        return first

    async def _trim(self, tx: Transaction, asked: Sequence[Trim]) -> Sequence[bool | ChatError]:
        """Remove one slice of each; answer whether that was the last."""
        found = await rooms.lock(tx.connection, {trim.room for trim in asked})
        answers = []
        for trim in asked:
            room = found[trim.room]
            first_seq = min(room.first_seq + SLICE, trim.before_seq)
            if first_seq > room.first_seq:
                room = found[room.id] = replace(room, first_seq=first_seq, rev=room.rev + 1, trimmed_rev=room.rev + 1)
                await messages.trim(tx.connection, room.id, first_seq, tx.now)
                await rooms.set_trimmed(tx.connection, room)
                tx.announce(HistoryTrimmed(room.id, room.rev, first_seq), InRoom(room.id))
            answers.append(first_seq >= trim.before_seq)
        return answers

    async def _forget(self, tx: Transaction, asked: Sequence[None]) -> Sequence[bool]:
        """Forget one slice of the `client_id`s retired long enough ago; answer whether that was the last."""
        forgotten = await messages.forget_retired(tx.connection, tx.now - RETIRED_MS, SLICE)
        return [forgotten < SLICE] * len(asked)

    async def _note(self, tx: Transaction, asked: Sequence[None]) -> Sequence[None]:
        await installation.set_cleaned_at(tx.connection, tx.now)
        return [None] * len(asked)


def last_due(now: datetime, at: time_of_day) -> datetime:
    """The latest moment not after `now` at which the clock on the wall showed `at`."""
    today = now.replace(hour=at.hour, minute=at.minute, second=0, microsecond=0)
    return today if today <= now else today - timedelta(days=1)

"""The scheduled cleanup: removes the longest prefix by `seq` that is all too old, or beyond the number kept.

Mechanism: once a day at `at`, and at start when overdue, the prefix of each room is found on a reading connection; then
one change moves the beginning of the room (`first_seq`), below which nobody sees anything. What lies there can be
brought back for seven days, and is erased after that (see `trash`). Guarantees: never a message that is young enough,
also when a clock was wrong for a while: an old message behind a young one stays until the young one goes; and nothing
of a room that is held. Clients hear `history_trimmed`. Cost: a change of two rows for each room, and once a day all
files are wiped, so that what was deleted or edited away is in none of them any more.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from datetime import time as time_of_day

from msgspec import Struct
from msgspec.structs import replace

from chatapp.domain.entities import PUBLIC, Room, Trimmed, User
from chatapp.domain.events import HistoryTrimmed, InRoom, Keeps, rfc3339
from chatapp.domain.lifetimes import DAY_MS
from chatapp.domain.retention import Expected, Kept, Preview, RoomRetention, Trim
from chatapp.errors import NotFound
from chatapp.services import writing
from chatapp.services.archiving import Archiving, NotArchived
from chatapp.storage import audit, installation, messages, rooms, trims
from chatapp.storage.database import Database, Reading
from chatapp.storage.writer import Transaction, Writer

log = logging.getLogger(__name__)

SLICE = 500
RETIRED_MS = 30 * DAY_MS
"""How long the `client_id` of a removed message is kept (wire contract, idempotent send)."""
LOOK_AGAIN = 60.0
"""Seconds between two looks at the clock: a laptop that slept through the hour cleans up soon after waking."""


class Asker(Struct, frozen=True):
    """Who asked for a cleanup that the clock did not: a host, or the operator (None)."""

    user: User | None


class _Asked(Struct, frozen=True):
    """What is to be taken, who asked for it, and the names of the files in which it is archived."""

    trim: Trim
    asker: Asker | None
    files: list[str]


class Retention:
    """Cleans up by what `kept` says at that moment, and has it archived first; at its end `clear` is to wipe from all
    files what was deleted meanwhile. `run` works until cancelled.
    """

    def __init__(
        self,
        database: Database,
        writer: Writer,
        kept: Callable[[], Kept],
        archiving: Archiving,
        clear: Callable[[], None],
    ) -> None:
        self._database = database
        self._writer = writer
        self._kept = kept
        self._archiving = archiving
        self._clear = clear
        self._turn = asyncio.Lock()

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
            found = [
                await self._trim_of(connection, room) for room in await rooms.every(connection) if not room.held_at
            ]
        return [trim for trim in found if trim is not None]

    async def preview(self, reader: User) -> Preview:
        """What a cleanup would remove now, as a host is told it, and when the next one is."""
        async with self._database.read() as connection:
            seen = {room.id for room in await rooms.seen_by(connection, reader.id)}
            found = [(room, await self._trim_of(connection, room)) for room in await rooms.every(connection)]
        next_at = last_due(datetime.now().astimezone(), self._kept().at) + timedelta(days=1)
        return Preview(
            rfc3339(int(next_at.timestamp() * 1000)),
            [
                _expected(room, trim, self._kept().of(room), is_seen=room.id in seen)
                for room, trim in found
                if room.id in seen or trim or room.held_at
            ],
        )

    async def of_room(self, reader: User, room: str) -> RoomRetention:
        """What a room keeps. Raises NotFound."""
        async with self._database.read() as connection:
            found = await rooms.find_seen(connection, room, reader.id)
        if found is None:
            raise NotFound(writing.NO_ROOM, field="room")
        return self._kept().told(found)

    async def clean(self, asker: Asker | None = None) -> list[Trim]:
        """Clean up now, one cleanup at a time; return what went. What cannot be archived stays."""
        async with self._turn:
            return await self._clean(asker)

    async def _clean(self, asker: Asker | None) -> list[Trim]:
        went = await self._take(await self.plan(), asker)
        for trim in went:
            log.info("Removed %d messages from %s", trim.messages, trim.room)
        while not await self._writer.submit(self._forget, None):
            pass
        await self._writer.submit(self._note, None)
        self._clear()
        return went

    async def _take(self, planned: Collection[Trim], asker: Asker | None) -> list[Trim]:
        taken: list[Trim | None] = []
        with_all = True
        for trim in planned:
            try:
                files = await self._archiving.write(trim)
            except NotArchived:
                with_all = False
                continue
            taken.append(await self._writer.submit(self._trim, _Asked(trim, asker, files)))
        if with_all:
            self._archiving.succeeded()
        return [trim for trim in taken if trim is not None]

    async def _trim_of(self, connection: Reading, room: Room) -> Trim | None:
        before_seq = await self._before_seq(connection, room)
        if before_seq <= room.first_seq:
            return None
        oldest, newest = await messages.span(connection, room, before_seq)
        return Trim(room.id, before_seq - room.first_seq, before_seq, rfc3339(oldest), rfc3339(newest))

    async def _before_seq(self, connection: Reading, room: Room) -> int:
        keeps, first = self._kept().of(room), room.first_seq
        if keeps.messages is not None:
            first = max(first, room.last_seq + 1 - keeps.messages)
        if keeps.days is not None:
            since = time.time_ns() // 1_000_000 - keeps.days * DAY_MS
            young = await messages.first_since(connection, room, since)
            first = max(first, room.last_seq + 1 if young is None else young)
        return first

    async def _trim(self, tx: Transaction, asked: Sequence[_Asked]) -> Sequence[Trim | None]:
        """Take each, and answer it; None where the room was held or cleaned up meanwhile."""
        found = await rooms.lock(tx.connection, {one.trim.room for one in asked})
        answers: list[Trim | None] = []
        for one in asked:
            trim, asker = one.trim, one.asker
            before = found[trim.room]
            if before.held_at is not None or trim.before_seq <= before.first_seq:
                answers.append(None)
                continue
            rev = before.rev + 1
            room = found[before.id] = replace(before, first_seq=trim.before_seq, rev=rev, trimmed_rev=rev)
            await rooms.set_trimmed(tx.connection, room)
            await trims.add(
                tx.connection, [Trimmed(tx.new_id(), room.id, before.first_seq, trim.before_seq, created_at=tx.now)]
            )
            if asker is not None:
                await audit.note(tx, asker.user, "history_cleaned", room, {"messages": trim.messages})
            if one.files:
                # The names of the files have that of the room in them.
                detail = {"files": one.files} if room.kind == PUBLIC else {}
                await audit.note(tx, None if asker is None else asker.user, "history_archived", room, detail)
            tx.announce(HistoryTrimmed(room.id, room.rev, room.first_seq), InRoom(room.id))
            answers.append(trim)
        return answers

    async def _forget(self, tx: Transaction, asked: Sequence[None]) -> Sequence[bool]:
        """Forget one slice of the `client_id`s retired long enough ago; answer whether that was the last."""
        forgotten = await messages.forget_retired(tx.connection, tx.now - RETIRED_MS, SLICE)
        return [forgotten < SLICE] * len(asked)

    async def _note(self, tx: Transaction, asked: Sequence[None]) -> Sequence[None]:
        await installation.set_cleaned_at(tx.connection, tx.now)
        return [None] * len(asked)


def _expected(room: Room, trim: Trim | None, keeps: Keeps, *, is_seen: bool) -> Expected:
    return Expected(
        room=room.id,
        kind=room.kind,
        messages=0 if trim is None else trim.messages,
        keeps=keeps,
        name=room.name if is_seen else None,
        oldest=None if trim is None else trim.oldest,
        newest=None if trim is None else trim.newest,
        held=room.held_at is not None,
    )


def last_due(now: datetime, at: time_of_day) -> datetime:
    """The latest moment not after `now` at which the clock on the wall showed `at`."""
    today = now.replace(hour=at.hour, minute=at.minute, second=0, microsecond=0)
    return today if today <= now else today - timedelta(days=1)

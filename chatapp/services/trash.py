"""What cleanups took lies in the trash: it can be brought back for seven days, and is erased after that.

Mechanism: a cleanup moves a room's `first_seq`, below which nobody sees anything; bringing back moves it back. Erasing
deletes the rows in slices through the writer, and then overwrites what the files still hold of them (see `wiping`); not
before that it counts as erased.

Guarantees: nothing is erased before its time, nor from a room that is held. What is brought back is all that cleanups
took from that room since then and is not erased, and the room is held from then on, or the next night would take it
again. What was begun to be erased when the program ended is erased when it runs again.

Cost: bringing back is one change; an erased slice holds the writer for a few milliseconds, and between two slices it is
free for three times as long.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence

from msgspec.structs import replace

from chatapp.domain.entities import Room, Trimmed, User
from chatapp.domain.events import HistoryRestored, InRoom, rfc3339
from chatapp.domain.lifetimes import DAY_MS
from chatapp.domain.retention import KeepsOf, Removed, Trims
from chatapp.errors import ChatError, NotFound
from chatapp.services import room_news
from chatapp.services.host import demand_host
from chatapp.services.wiping import Wiping
from chatapp.storage import audit, messages, rooms, trims
from chatapp.storage.database import Database
from chatapp.storage.writer import Transaction, Writer

log = logging.getLogger(__name__)

LASTS_MS = 7 * DAY_MS
SLICE = 50
"""Messages: their places in the indexes are far apart, so each costs some pages."""
REST = 3
"""Erasing takes a quarter of the writer's time at most: nobody waits for it, and all who send wait for the writer."""
LOOK_AGAIN = 60.0
"""Seconds between two looks for what is due."""


class Trash:
    """Brings back and erases; `keeps` tells what a room keeps, and `forget` is told when something was erased, so that
    the search index lets go of it too. `run` works until cancelled.
    """

    def __init__(
        self, database: Database, writer: Writer, keeps: KeepsOf, wiping: Wiping, forget: Callable[[], None]
    ) -> None:
        self._database = database
        self._writer = writer
        self._keeps = keeps
        self._wiping = wiping
        self._forget = forget

    async def run(self) -> None:
        """Erase whatever is due."""
        while True:
            await self.erase(rest=REST)
            await asyncio.sleep(LOOK_AGAIN)

    async def standing(self, reader: User) -> Trims:
        """What can be brought back, as a host is told it."""
        async with self._database.read() as connection:
            found = {room.id: room for room in await rooms.every(connection)}
            seen = {room.id for room in await rooms.seen_by(connection, reader.id)}
            standing = await trims.standing(connection)
        told = [_told(one, found[one.room], is_seen=one.room in seen) for one in reversed(standing)]
        return Trims(told)

    async def bring_back(self, host: User, trim_id: int) -> None:
        """Bring back what a cleanup took, and what later ones took from the same room, which is held from then on.

        Raises NotFound when it was brought back or erased already.
        """
        await self._writer.submit(self._bring_back, (host, trim_id))

    async def erase(self, *, rest: float = 0) -> int:
        """Erase what was taken more than seven days ago; return how many messages. It rests so many times as long as it
        works.
        """
        async with self._database.read() as connection:
            due = await trims.standing(connection, until=time.time_ns() // 1_000_000 - LASTS_MS)
            held = {room.id for room in await rooms.every(connection) if room.held_at is not None} if due else set()
        erased = 0
        for one in due:
            while one.room not in held and (count := await self._erase_slice(one.id, rest)):
                erased += count
        await self._settle()
        if erased:
            self._forget()
            log.info("Erased %d messages that cleanups had removed", erased)
        return erased

    async def _settle(self) -> None:
        """Let that count as erased of which no row is left, once nothing else is left of it either."""
        async with self._database.read() as connection:
            emptied = await trims.emptied(connection)
        if emptied and await self._wiping.wipe():
            await self._writer.submit(self._count_as_erased, emptied)

    async def _erase_slice(self, trim_id: int, rest: float) -> int:
        began = time.monotonic()
        count = await self._writer.submit(self._erase, trim_id)
        await asyncio.sleep((time.monotonic() - began) * rest)
        return count

    async def _bring_back(self, tx: Transaction, asked: Sequence[tuple[User, int]]) -> Sequence[ChatError | None]:
        answers: list[ChatError | None] = []
        for user, trim_id in asked:
            try:
                host = await demand_host(tx.connection, user)
                standing = await trims.standing(tx.connection)
                first = next((one for one in standing if one.id == trim_id), None)
                if first is None:
                    raise NotFound("It was brought back or erased already.")
            except ChatError as refusal:
                answers.append(refusal)
                continue
            room = (await rooms.lock(tx.connection, {first.room}))[first.room]
            back = [one.id for one in standing if one.room == room.id and one.id >= trim_id]
            await trims.set_undone(tx.connection, back, tx.now)
            count, rev = room.first_seq - first.first_seq, room.rev + 1
            was_held, held_at = room.held_at is not None, room.held_at or tx.now
            room = replace(room, first_seq=first.first_seq, rev=rev, trimmed_rev=rev, held_at=held_at)
            await rooms.set_trimmed(tx.connection, room)
            await rooms.set_held(tx.connection, room)
            await audit.note(tx, host, "history_restored", room, {"messages": count})
            tx.announce(HistoryRestored(room.id, room.rev, room.first_seq), InRoom(room.id))
            if not was_held:
                await room_news.tell(tx, [room], self._keeps)
            answers.append(None)
        return answers

    async def _erase(self, tx: Transaction, asked: Sequence[int]) -> Sequence[int]:
        """Erase one slice of each; answer how many messages that were, 0 when nothing is left or may go any more."""
        answers = []
        for trim_id in asked:
            one = next((one for one in await trims.standing(tx.connection) if one.id == trim_id), None)
            # Brought back, or held, while it was being erased: the rest stays.
            if one is None or (await rooms.lock(tx.connection, {one.room}))[one.room].held_at is not None:
                answers.append(0)
                continue
            before_seq = min(one.first_seq + SLICE, one.before_seq)
            await messages.erase(tx.connection, one.room, before_seq, tx.now)
            await trims.set_first(tx.connection, one.id, before_seq)
            answers.append(before_seq - one.first_seq)
        return answers

    async def _count_as_erased(self, tx: Transaction, asked: Sequence[list[int]]) -> Sequence[None]:
        for emptied in asked:
            await trims.set_erased(tx.connection, emptied, tx.now)
        return [None] * len(asked)


def _told(one: Trimmed, room: Room, *, is_seen: bool) -> Removed:
    return Removed(
        id=str(one.id),
        room=one.room,
        kind=room.kind,
        messages=one.before_seq - one.first_seq,
        created_at=rfc3339(one.created_at),
        expires_at=rfc3339(one.created_at + LASTS_MS),
        name=room.name if is_seen else None,
        held=room.held_at is not None,
    )

"""Giving up one's account: the name is free and every session ends at once; what one said is kept nameless, or erased.

Mechanism: one change takes the account. What was said is gone through after that, in slices through the writer, which
tell nobody: each moves the `rev` and `trimmed_rev` of its rooms, so that clients load these anew with the next thing
they hear, and the last event for each room makes sure there is one. At the end the files are wiped (see `wiping`).
What is left to be done is stored with the person, so a restart goes on with it.

Guarantees: with `erase` nothing of what the person said or had said before is left, also in the trash, and no message
names them or has their reactions. Cost: a slice holds the writer for a few milliseconds; erasing reads every message
once, since only messages know who reacted to them.
"""

import asyncio
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress

from msgspec import Struct
from msgspec.structs import replace

from chatapp.domain import policies
from chatapp.domain import rooms as naming
from chatapp.domain.entities import Session, User
from chatapp.domain.events import Everyone, HistoryTrimmed, InRoom, UserChanged
from chatapp.domain.ways_in import Leave
from chatapp.errors import ChatError, Conflict, Forbidden
from chatapp.services import memberships as belonging
from chatapp.services import writing
from chatapp.services.endings import Endings
from chatapp.services.passwords import Passwords
from chatapp.services.wiping import TRY_AGAIN, Wiping
from chatapp.storage import codes, leaving, memberships, passwords, rooms, sessions, users
from chatapp.storage.database import Database
from chatapp.storage.leaving import Said
from chatapp.storage.writer import Transaction, Writer

SLICE = 200
READ_AT_ONCE = 2_000


class _Asked(Struct, frozen=True):
    """Who leaves, the hash of the password that was shown to be theirs, and what becomes of what they said."""

    user: User
    password_hash: str | None
    what: str


class Leaving:
    """Lets people go; `endings` hears of the sessions that end, `forget` that the search index has to let go of
    something. `run` works until cancelled.
    """

    def __init__(
        self,
        database: Database,
        writer: Writer,
        own: Passwords,
        endings: Endings,
        wiping: Wiping,
        forget: Callable[[], None],
    ) -> None:
        self._database = database
        self._writer = writer
        self._own = own
        self._endings = endings
        self._wiping = wiping
        self._forget_in_index = forget
        self._arrived = asyncio.Event()

    async def leave(self, session: Session, command: Leave, address: str) -> None:
        """Take the account of the person of this session.

        Raises Forbidden for temporary people and without the password where there is one, RateLimited, NotIdentified,
        Conflict for the last host, or when the password has been changed meanwhile.
        """
        if session.user.is_temporary:
            raise Forbidden("A name that lasts as long as its connection goes with it.")
        shown = await self._own.demand(session, command.password, address, "password")
        self._endings.end(await self._writer.submit(self._leave, _Asked(session.user, shown, command.messages)))
        self._arrived.set()

    async def run(self) -> None:
        """Go through what those said who left, whenever somebody has."""
        while True:
            self._arrived.clear()
            is_done = await self.finish()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._arrived.wait(), None if is_done else TRY_AGAIN)

    async def finish(self) -> bool:
        """Do what is left to be done; return whether that was all."""
        async with self._database.read() as connection:
            unfinished = await leaving.unfinished(connection)
        for user_id, what in unfinished.items():
            touched = await self._go_through(user_id, what)
            if what == leaving.ERASE:
                touched |= await self._forget_everywhere(user_id)
            await self._writer.submit(self._tell, frozenset(touched))
        if not unfinished:
            return True
        self._forget_in_index()
        if not await self._wiping.wipe():
            return False
        await self._writer.submit(self._finish, [*unfinished])
        return True

    async def _go_through(self, user_id: int, what: str) -> set[str]:
        touched: set[str] = set()
        while True:
            async with self._database.read() as connection:
                found = await leaving.said(connection, user_id, what, SLICE)
            if not found:
                return touched
            await self._writer.submit(self._take, (what, found))
            touched |= {room for _, room, _ in found}

    async def _forget_everywhere(self, user_id: int) -> set[str]:
        touched: set[str] = set()
        last: int | None = 0
        while last is not None:
            async with self._database.read() as connection:
                found, last = await leaving.named(connection, user_id, last, READ_AT_ONCE)
            if found:
                touched |= await self._writer.submit(self._forget, (user_id, found))
        return touched

    async def _leave(self, tx: Transaction, asked: Sequence[_Asked]) -> Sequence[list[Session] | ChatError]:
        answers: list[list[Session] | ChatError] = []
        for one in asked:
            try:
                person = writing.demand_here((await users.by_ids(tx.connection, [one.user.id])).get(one.user.id))
                await _demand_free(tx, person, one)
            except ChatError as refusal:
                answers.append(refusal)
                continue
            ended = await sessions.of_people(tx.connection, [person.id])
            await sessions.remove(tx.connection, [each.token_hash for each in ended])
            await codes.remove_of_people(tx.connection, [person.id])
            await _leave_rooms(tx, person)
            await leaving.begin(tx.connection, person.id, tx.now, one.what)
            await _rename_directs(tx, person)
            tx.announce(UserChanged(str(person.id), leaving.FORMER, policies.MEMBER), Everyone())
            answers.append(ended)
        return answers

    async def _take(self, tx: Transaction, asked: Sequence[tuple[str, list[Said]]]) -> Sequence[None]:
        for what, found in asked:
            if what == leaving.ERASE:
                await leaving.empty(tx.connection, found, tx.now)
                await _renumber(tx, found)
            else:
                await leaving.rename(tx.connection, [message_id for message_id, _, _ in found])
            await _move_on(tx, {room for _, room, _ in found})
        return [None] * len(asked)

    async def _forget(self, tx: Transaction, asked: Sequence[tuple[int, list[int]]]) -> Sequence[set[str]]:
        answers = []
        for user_id, ids in asked:
            touched = await leaving.forget(tx.connection, user_id, ids)
            await _move_on(tx, touched)
            answers.append(touched)
        return answers

    async def _tell(self, tx: Transaction, asked: Sequence[frozenset[str]]) -> Sequence[None]:
        for touched in asked:
            await _move_on(tx, touched, is_told=True)
        return [None] * len(asked)

    async def _finish(self, tx: Transaction, asked: Sequence[list[int]]) -> Sequence[None]:
        for people in asked:
            await leaving.finish(tx.connection, people)
        return [None] * len(asked)


async def _demand_free(tx: Transaction, person: User, asked: _Asked) -> None:
    """Raise Conflict where this person cannot leave."""
    if (await passwords.of_people(tx.connection, [person.id])).get(person.id) != asked.password_hash:
        raise Conflict("Your password has been changed meanwhile.")
    if policies.may_host(person) and await users.count_hosts(tx.connection) == 1:
        raise Conflict("You are the only host of this chat. Make somebody else a host first.")


async def _leave_rooms(tx: Transaction, person: User) -> None:
    places = [(person.id, room) for room in await memberships.read_places(tx.connection, person.id)]
    found = await rooms.lock(tx.connection, {room for _, room in places})
    await belonging.end(tx, found, places)


async def _rename_directs(tx: Transaction, person: User) -> None:
    """Conversations are called by their people."""
    talked = [room for room in await rooms.every(tx.connection) if person.id in naming.talking(room)]
    people = await users.by_ids(tx.connection, {one for room in talked for one in naming.talking(room)})
    named = [[people[one] for one in naming.talking(room) if one in people] for room in talked]
    called = [replace(room, name=naming.joined_names(who)) for room, who in zip(talked, named, strict=True)]
    if called:
        await rooms.change(tx.connection, called)


async def _renumber(tx: Transaction, found: Sequence[Said]) -> None:
    """Let each be a change of its own: whoever follows a room by its `rev`, as the search index does, learns of it."""
    locked = await rooms.lock(tx.connection, {room for _, room, _ in found})
    revs = {}
    for message_id, room, _ in found:
        locked[room] = replace(locked[room], rev=locked[room].rev + 1)
        revs[message_id] = locked[room].rev
    await leaving.renumber(tx.connection, revs)
    await rooms.set_counters(tx.connection, locked.values())


async def _move_on(tx: Transaction, touched: Collection[str], *, is_told: bool = False) -> None:
    """Let clients load these rooms anew."""
    for room in (await rooms.lock(tx.connection, touched)).values():
        moved = replace(room, rev=room.rev + 1, trimmed_rev=room.rev + 1)
        await rooms.set_trimmed(tx.connection, moved)
        if is_told:
            tx.announce(HistoryTrimmed(moved.id, moved.rev, moved.first_seq), InRoom(moved.id))

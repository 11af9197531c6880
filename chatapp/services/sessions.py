"""Who is signed in where, for how long, and the end of that.

Mechanism: of a token and of a device only keyed hashes are stored. When a session was used last is noted through the
writer at most once in five minutes, without anybody waiting for it; being connected counts as use. Those that have
ended are found by nothing from that moment, and swept once a minute, which also cuts the connections that still stand.
"""

import asyncio
import hmac
import secrets
from collections.abc import Callable, Sequence
from typing import TypeVar

from chatapp.domain import lifetimes
from chatapp.domain.answers import Devices, SignedInDevice
from chatapp.domain.entities import Session
from chatapp.domain.events import People, RoomRemoved, rfc3339
from chatapp.errors import ChatError, NotFound, NotIdentified
from chatapp.services.endings import Endings
from chatapp.services.writing import GONE
from chatapp.storage import guests, invitations, sessions
from chatapp.storage.database import Database
from chatapp.storage.writer import Transaction, Writer

Item = TypeVar("Item")

# 256 bits: beyond guessing, so a fast keyed hash is enough to store it (OWASP Session Management Cheat Sheet).
TOKEN_BYTES = 32
SWEPT_EVERY = 60.0
"""Seconds."""
SLICE = 500
"""Sessions and guests that one change is about at the most."""


class Sessions:
    """Finds, lists and ends sessions; `secret_key` keys the hashes, `clock` gives milliseconds, `endings` hears which
    have ended.
    """

    def __init__(
        self, database: Database, writer: Writer, secret_key: str, clock: Callable[[], int], endings: Endings
    ) -> None:
        self._database = database
        self._writer = writer
        self._secret_key = secret_key.encode()
        self._clock = clock
        self._endings = endings
        # Uses that are on their way to the writer.
        self._noted: set[bytes] = set()

    async def identify(self, token: str) -> Session:
        """The session a token stands for. Raises NotIdentified when it is no good (any more)."""
        token_hash = hash_token(self._secret_key, token)
        while True:
            before, now = self._endings.count, self._clock()
            async with self._database.read() as connection:
                session = await sessions.find(connection, token_hash, now)
            if session is None or session.user.banned_at is not None:
                raise NotIdentified(GONE)
            if before == self._endings.count:
                break
            # One ended meanwhile, and it may be this.
        if session.last_used_at <= now - lifetimes.USE_MS:
            self._note_use(token_hash)
        return session

    def known_device(self, mark: str) -> bytes:
        """What is kept of the mark by which a browser is known again."""
        # No token of ours holds a line break, so no mark's hash is a token's.
        return hmac.digest(self._secret_key, b"device\n" + mark.encode(), "sha256")

    async def of_person(self, current: Session) -> Devices:
        """Where the person of this session is signed in."""
        now = self._clock()
        async with self._database.read() as connection:
            found = await sessions.of_people(connection, [current.user.id])
        alive = [one for one in found if lifetimes.end_of(one) > now]
        return Devices([_on_wire(one, is_current=one.id == current.id) for one in alive])

    async def end(self, current: Session, session_id: int) -> Session:
        """End one of the person's sessions; return it. Raises NotFound where they have no such session."""
        [ended] = await self._ended(current, lambda one: one.id == session_id)
        return ended

    async def end_others(self, current: Session) -> None:
        """End all of the person's sessions but this one."""
        await self._ended(current, lambda one: one.id != current.id, may_be_none=True)

    async def sign_out(self, session: Session) -> None:
        """End a session; its token is worth nothing from now on."""
        await self._ended(session, lambda one: one.id == session.id, may_be_none=True)

    async def run(self) -> None:
        """Sweep once a minute, until cancelled."""
        while True:
            await self.sweep()
            await asyncio.sleep(SWEPT_EVERY)

    async def sweep(self) -> None:
        """Note who is connected; end what has lasted its time: sessions, guests, invitations."""
        now = self._clock()
        for some in _slices(self._endings.lasting()):
            await self._writer.submit(self._use, some)
        async with self._database.read() as connection:
            over = await sessions.ended(connection, now)
            leaving = await guests.due(connection, now)
        for ended in _slices(over):
            self._endings.end(await self._writer.submit(self._sweep, [one.token_hash for one in ended]))
        for gone in _slices(leaving):
            self._endings.end(await self._writer.submit(self._leave, gone))
        await self._writer.submit(self._forget_invitations, now)

    async def _ended(
        self, current: Session, which: Callable[[Session], bool], *, may_be_none: bool = False
    ) -> list[Session]:
        ended = await self._writer.submit(self._end, (current, which, may_be_none))
        self._endings.end(ended)
        return ended

    def _note_use(self, token_hash: bytes) -> None:
        if token_hash in self._noted:
            return
        self._noted.add(token_hash)
        noting = self._writer.submit(self._use, [token_hash])
        noting.add_done_callback(lambda _: self._noted.discard(token_hash))
        # Nobody waits for it: that it could not be stored harms nobody, and is told to whoever changes something.
        noting.add_done_callback(lambda noted: noted.cancelled() or noted.exception())

    async def _end(
        self, tx: Transaction, asked: Sequence[tuple[Session, Callable[[Session], bool], bool]]
    ) -> Sequence[list[Session] | ChatError]:
        answers: list[list[Session] | ChatError] = []
        for current, which, may_be_none in asked:
            found = await sessions.of_people(tx.connection, [current.user.id])
            ended = [one for one in found if which(one)]
            await sessions.remove(tx.connection, [one.token_hash for one in ended])
            is_missing = not ended and not may_be_none
            answers.append(NotFound("You have no such session (any more).") if is_missing else ended)
        return answers

    async def _use(self, tx: Transaction, asked: Sequence[Sequence[bytes]]) -> Sequence[None]:
        await sessions.use(tx.connection, {one for some in asked for one in some}, self._clock())
        return [None] * len(asked)

    async def _sweep(self, tx: Transaction, asked: Sequence[Sequence[bytes]]) -> Sequence[list[Session]]:
        """End those of these sessions that have not been used since."""
        over = {one.token_hash: one for one in await sessions.ended(tx.connection, self._clock())}
        answers = [[over[one] for one in some if one in over] for some in asked]
        await sessions.remove(tx.connection, [one.token_hash for some in answers for one in some])
        return answers

    async def _leave(self, tx: Transaction, asked: Sequence[Sequence[int]]) -> Sequence[list[Session]]:
        """Take the accounts of these guests, as far as they are still due."""
        due = {*await guests.due(tx.connection, self._clock())}
        answers = []
        for some in asked:
            leaving = due & {*some}
            answers.append(await sessions.of_people(tx.connection, leaving))
            for user_id, room in await guests.remove(tx.connection, leaving):
                tx.announce(RoomRemoved(room), People(frozenset({user_id})))
        return answers

    async def _forget_invitations(self, tx: Transaction, asked: Sequence[int]) -> Sequence[None]:
        await invitations.sweep(tx.connection, max(asked))
        return [None] * len(asked)


def new_token() -> str:
    """A token that nobody can guess."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def hash_code(secret_key: bytes, code: str) -> bytes:
    """What is kept of a code that works once. No token of ours holds a line break, so no code's hash is a token's."""
    return hmac.digest(secret_key, b"code\n" + code.encode("utf-8", "replace"), "sha256")


def hash_token(secret_key: bytes, token: str) -> bytes:
    """What is kept of a session's token."""
    return hmac.digest(secret_key, token.encode("utf-8", "replace"), "sha256")


def _on_wire(session: Session, *, is_current: bool) -> SignedInDevice:
    return SignedInDevice(
        id=str(session.id),
        device=session.device.name,
        address=session.device.address,
        created_at=rfc3339(session.created_at),
        last_used_at=rfc3339(session.last_used_at),
        expires_at=rfc3339(lifetimes.end_of(session)),
        is_current=is_current,
    )


def _slices(items: Sequence[Item]) -> list[Sequence[Item]]:
    return [items[start : start + SLICE] for start in range(0, len(items), SLICE)]

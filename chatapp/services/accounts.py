"""People, their names and their sessions."""

import hmac
import secrets
import unicodedata
from collections.abc import Collection, Sequence
from itertools import islice

from msgspec.structs import replace

from chatapp.domain import lifetimes, names, policies
from chatapp.domain.audit import CHAT
from chatapp.domain.commands import SetUsername
from chatapp.domain.entities import Session, User
from chatapp.domain.events import Everyone, Person, UserChanged
from chatapp.errors import ChatError, NotIdentified, Taken
from chatapp.services import bans, roles
from chatapp.storage import audit, memberships, rooms, sessions, users
from chatapp.storage.database import Database
from chatapp.storage.writer import Transaction, Writer

# 256 bits: beyond guessing, so a fast keyed hash is enough to store it (OWASP Session Management Cheat Sheet).
TOKEN_BYTES = 32

MOST_LOOKED_AT = 200
"""People, when somebody looks for the beginning of a name."""

_Wanted = tuple[User, str]
"""A person with the name they want to have, and its folded form."""


class Accounts:
    """Makes people, names and sessions; `secret_key` keys the hash under which tokens are stored."""

    def __init__(self, database: Database, writer: Writer, secret_key: str) -> None:
        self._database = database
        self._writer = writer
        self._secret_key = secret_key.encode()

    async def identify(self, token: str) -> Session:
        """The session a token stands for. Raises NotIdentified when it is no good (any more)."""
        async with self._database.read() as connection:
            session = await sessions.find(connection, self._hash(token))
        if session is None:
            raise NotIdentified("You are not signed in any more. Choose your name again.")
        return session

    async def register(self, command: SetUsername) -> tuple[Session, str]:
        """Make a person with a session; return it with its token, which is not kept here. Raises Taken."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        user, folded = _wanted(command)
        return await self._writer.submit(self._register, (user, folded, self._hash(token))), token

    async def come(self, command: SetUsername) -> User:
        """Make a temporary person, for a client that cannot keep a token. Raises Taken."""
        user, folded = _wanted(command)
        return await self._writer.submit(self._come, (replace(user, is_temporary=True, role=policies.GUEST), folded))

    async def go(self, user: User) -> None:
        """A temporary person's connection has ended; the name is free."""
        await self._writer.submit(self._go, user)

    async def rename(self, user: User, command: SetUsername) -> User:
        """Give a person another name; the same name is confirmed. Raises Taken."""
        name = names.prepare(command.username)
        if name == user.username:
            return user
        return await self._writer.submit(self._rename, (replace(user, username=name), names.fold(name)))

    async def take_over(self, name: str) -> Session:
        """Begin a session, whose token nobody has, of the person of this name, who is a host from now on; where nobody
        has it, of a new person. For whoever holds the whole database, and so may be anybody in it.
        """
        token_hash = self._hash(secrets.token_urlsafe(TOKEN_BYTES))
        user, folded = _wanted(SetUsername(name))
        return await self._writer.submit(self._take_over, (user, folded, token_hash))

    async def people(self, ids: Collection[int]) -> list[Person]:
        """The people with these ids, as far as there are any."""
        async with self._database.read() as connection:
            found = await users.by_ids(connection, ids)
        return [Person(str(user.id), user.username) for user in found.values()]

    async def people_called(self, beginning: str, limit: int) -> list[Person]:
        """At most `limit` people whose names begin like this, compared as names are."""
        async with self._database.read() as connection:
            found = await users.called(connection, names.fold(beginning), MOST_LOOKED_AT)
        # Folding makes two characters of some (`m` is `rn`): what begins alike only then is left out.
        alike = (user for user in found if _bare(user.username[: len(beginning)]) == _bare(beginning))
        return [Person(str(user.id), user.username) for user in islice(alike, limit)]

    async def sign_out(self, session: Session) -> None:
        """End a session; its token is worth nothing from now on."""
        await self._writer.submit(self._sign_out, session)

    def _hash(self, token: str) -> bytes:
        return hash_token(self._secret_key, token)

    async def _register(
        self, tx: Transaction, asked: Sequence[tuple[User, str, bytes]]
    ) -> Sequence[Session | ChatError]:
        made = await self._add(tx, [(user, folded) for user, folded, _ in asked])
        answers = [
            one if isinstance(one, ChatError) else begun_session(tx, token_hash, one)
            for one, (_, _, token_hash) in zip(made, asked, strict=True)
        ]
        begun = [one for one in answers if isinstance(one, Session)]
        if begun:
            await sessions.add(tx.connection, begun, tx.now)
            # Everybody belongs to every public room, and starts with nothing unread.
            here = [(room.id, room.last_seq) for room in await rooms.seen_by(tx.connection, None)]
            wanted = [((one.user.id, room), last_seq) for one in begun for room, last_seq in here]
            await memberships.ensure(tx.connection, wanted, tx.now)
        return answers

    async def _come(self, tx: Transaction, asked: Sequence[_Wanted]) -> Sequence[User | ChatError]:
        return await self._add(tx, asked)

    async def _go(self, tx: Transaction, asked: Sequence[User]) -> Sequence[None]:
        await users.release(tx.connection, [user.id for user in asked])
        return [None] * len(asked)

    async def _rename(self, tx: Transaction, asked: Sequence[_Wanted]) -> Sequence[User | ChatError]:
        answers = await self._claim(tx, asked)
        renamed = {
            answer.id: (answer, folded)  # the last name a person asked for stands
            for answer, (_, folded) in zip(answers, asked, strict=True)
            if isinstance(answer, User)
        }
        if renamed:
            await users.rename(tx.connection, list(renamed.values()))
        for user, _ in renamed.values():
            tx.announce(UserChanged(str(user.id), user.username), Everyone())
        return answers

    async def _take_over(self, tx: Transaction, asked: Sequence[tuple[User, str, bytes]]) -> Sequence[Session]:
        answers = []
        for user, folded, token_hash in asked:
            owners = await users.owners(tx.connection, {folded})
            present = (await users.by_ids(tx.connection, owners.values())).get(owners.get(folded, 0))
            if present is None:
                [begun] = await self._register(tx, [(user, folded, token_hash)])
                assert isinstance(begun, Session)
            else:
                begun = begun_session(tx, token_hash, present)
                await sessions.add(tx.connection, [begun], tx.now)
            await audit.note(tx, begun.user, "backup_restored", CHAT)
            if begun.user.role != policies.HOST:
                await roles.give(tx, begun.user, policies.HOST)
            await bans.let_in(tx, begun.user, begun.user)
            answers.append(begun)
        return answers

    async def _sign_out(self, tx: Transaction, asked: Sequence[Session]) -> Sequence[None]:
        await sessions.remove(tx.connection, [session.token_hash for session in asked])
        return [None] * len(asked)

    async def _add(self, tx: Transaction, asked: Sequence[_Wanted]) -> Sequence[User | ChatError]:
        answers = await self._claim(tx, [(replace(user, id=tx.new_id()), folded) for user, folded in asked])
        made = [
            (answer, folded) for answer, (_, folded) in zip(answers, asked, strict=True) if isinstance(answer, User)
        ]
        if made:
            await users.add(tx.connection, made, tx.now)
        return answers

    async def _claim(self, tx: Transaction, asked: Sequence[_Wanted]) -> list[User | ChatError]:
        """Answer each with the person, or Taken where the name is another's, or was claimed earlier in the list."""
        owners = await users.owners(tx.connection, {folded for _, folded in asked})
        answers: list[User | ChatError] = []
        for user, folded in asked:
            if owners.setdefault(folded, user.id) == user.id:
                answers.append(user)
            else:
                answers.append(Taken("Username already taken", field="username"))
        return answers


def begun_session(tx: Transaction, token_hash: bytes, user: User) -> Session:
    """A session of this person that begins now."""
    return Session(token_hash, user, tx.new_id(), tx.now + lifetimes.of_session(user))


def hash_token(secret_key: bytes, token: str) -> bytes:
    """What is kept of a session's token."""
    return hmac.digest(secret_key, token.encode("utf-8", "replace"), "sha256")


def _bare(name: str) -> str:
    """A name as it is compared, without its accents: who looks for somebody need not type them."""
    return "".join(character for character in names.fold(name) if not unicodedata.combining(character))


def _wanted(command: SetUsername) -> _Wanted:
    name = names.prepare(command.username)
    return User(0, name, policies.MEMBER, is_temporary=False), names.fold(name)

"""People, their names and their roles."""

import secrets
import unicodedata
from collections.abc import Callable, Collection, Sequence
from itertools import islice

from msgspec.structs import replace

from chatapp.domain import names, policies
from chatapp.domain.answers import Me
from chatapp.domain.audit import CHAT
from chatapp.domain.commands import SetUsername
from chatapp.domain.entities import Device, Session, User
from chatapp.domain.events import Everyone, Person, UserChanged, rfc3339
from chatapp.errors import ChatError, NotIdentified
from chatapp.services import bans, newcomers, roles, writing
from chatapp.services.sessions import TOKEN_BYTES
from chatapp.storage import audit, passwords, users
from chatapp.storage.database import Database
from chatapp.storage.writer import Transaction, Writer

MOST_LOOKED_AT = 200
"""People, when somebody looks for the beginning of a name."""


class Accounts:
    """Knows people, renames them, and gives them roles; `clock` gives milliseconds."""

    def __init__(self, database: Database, writer: Writer, clock: Callable[[], int]) -> None:
        self._database = database
        self._writer = writer
        self._clock = clock

    async def me(self, user: User) -> Me:
        """What is told to a person of themselves."""
        async with self._database.read() as connection:
            password = (await passwords.of_people(connection, [user.id])).get(user.id)
        return Me(str(user.id), user.username, user.role, password is not None, self.muted_until(user))

    def muted_until(self, user: User) -> str | None:
        """Until when a person is muted, None when they may write."""
        return None if policies.may_write(user, self._clock()) else rfc3339(user.muted_until)

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
        user, folded = newcomers.wanted(name)
        return await self._writer.submit(self._take_over, (user, folded, secrets.token_bytes(TOKEN_BYTES)))

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

    async def _go(self, tx: Transaction, asked: Sequence[User]) -> Sequence[None]:
        await users.release(tx.connection, [user.id for user in asked])
        return [None] * len(asked)

    async def _rename(self, tx: Transaction, asked: Sequence[newcomers.Wanted]) -> Sequence[User | ChatError]:
        found = await users.by_ids(tx.connection, {user.id for user, _ in asked})
        # As they are by now: what else has changed on the way holds for their connections too.
        wanted = [(replace(found.get(user.id, user), username=user.username), folded) for user, folded in asked]
        answers = [
            NotIdentified(writing.GONE) if isinstance(one, User) and one.banned_at is not None else one
            for one in await newcomers.claim(tx, wanted)
        ]
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

    async def _take_over(
        self, tx: Transaction, asked: Sequence[tuple[User, str, bytes]]
    ) -> Sequence[Session | ChatError]:
        answers: list[Session | ChatError] = []
        now = self._clock()
        for user, folded, token_hash in asked:
            owners = await users.owners(tx.connection, {folded})
            present = (await users.by_ids(tx.connection, owners.values())).get(owners.get(folded, 0))
            if present is None:
                [made] = await newcomers.make(tx, [(user, folded)], now)
                assert isinstance(made, User)
                present = made
            await audit.note(tx, present, "backup_restored", CHAT)
            if present.role != policies.HOST:
                present = await roles.give(tx, present, policies.HOST)
            host = await bans.let_in(tx, present, present)
            answers += await newcomers.begin(tx, [(token_hash, host, Device())], now)
        return answers


def _bare(name: str) -> str:
    """A name as it is compared, without its accents: who looks for somebody need not type them."""
    return "".join(character for character in names.fold(name) if not unicodedata.combining(character))

"""The password of one's own name: set, changed, removed. All other sessions of the person end by it."""

from collections.abc import Sequence

from msgspec import Struct

from chatapp.domain import names, passwords
from chatapp.domain.attempts import Attempts
from chatapp.domain.entities import Session
from chatapp.domain.ways_in import RemovePassword, SetPassword
from chatapp.errors import ChatError, Conflict, Forbidden, NotIdentified
from chatapp.services.endings import Endings
from chatapp.services.hashing import Hashing
from chatapp.services.writing import GONE
from chatapp.storage import codes, sessions
from chatapp.storage import passwords as kept_passwords
from chatapp.storage.database import Database
from chatapp.storage.writer import Transaction, Writer


class _Change(Struct, frozen=True):
    """Whose password changes, and the hashes of before and after; None where there is none."""

    session: Session
    before: str | None
    after: str | None


class Passwords:
    """Changes passwords. `tries` counts those at them, `endings` hears of the sessions that end."""

    def __init__(self, database: Database, writer: Writer, hashes: Hashing, tries: Attempts, endings: Endings) -> None:
        self._database = database
        self._writer = writer
        self._hashes = hashes
        self._tries = tries
        self._endings = endings

    async def set(self, session: Session, command: SetPassword, address: str) -> None:
        """Give the person of this session another password.

        Raises Forbidden for a wrong `current` one and for temporary people, RateLimited, BadRequest and TooLong for
        what can be none, Conflict when it has been changed meanwhile.
        """
        if session.user.is_temporary:
            raise Forbidden("A name that lasts as long as its connection has no password.")
        password = passwords.prepare(command.password)
        before = await self.demand(session, command.current, address)
        await self._change(_Change(session, before, await self._hashes.hash(password)))

    async def remove(self, session: Session, command: RemovePassword, address: str) -> None:
        """Let the person of this session have no password any more. Raises as above."""
        before = await self.demand(session, command.current, address)
        if before is None:
            raise Conflict("Your name has no password.")
        await self._change(_Change(session, before, None))

    async def demand(self, session: Session, current: str | None, address: str, field: str = "current") -> str | None:
        """The hash of the present password, which `current` has to be where there is one. Raises Forbidden,
        RateLimited.
        """
        async with self._database.read() as connection:
            kept = (await kept_passwords.of_people(connection, [session.user.id])).get(session.user.id)
        if kept is None:
            return None
        if current is None:
            raise Forbidden("Enter the password that you have now, too.", field=field)
        given = passwords.prepare(current, field)
        secret = names.fold(session.user.username)
        self._tries.begin(secret, address)
        if not await self._hashes.matches(given, kept):
            raise Forbidden("That is not the password that you have now.", field=field)
        self._tries.succeed(secret, address)
        return kept

    async def _change(self, change: _Change) -> None:
        self._endings.end(await self._writer.submit(self._store, change))

    async def _store(self, tx: Transaction, asked: Sequence[_Change]) -> Sequence[list[Session] | ChatError]:
        kept = await kept_passwords.of_people(tx.connection, {one.session.user.id for one in asked})
        answers: list[list[Session] | ChatError] = []
        for one in asked:
            user_id = one.session.user.id
            found = await sessions.of_people(tx.connection, [user_id])
            if one.session.id not in {each.id for each in found}:
                answers.append(NotIdentified(GONE))
            elif kept.get(user_id) != one.before:
                answers.append(Conflict("Your password has been changed meanwhile."))
            else:
                kept[user_id] = one.after
                ended = [each for each in found if each.id != one.session.id]
                await kept_passwords.save(tx.connection, [(user_id, one.after)])
                await sessions.remove(tx.connection, [each.token_hash for each in ended])
                await codes.remove_of_people(tx.connection, [user_id])
                answers.append(ended)
        return answers

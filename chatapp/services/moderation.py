"""Keeping order: roles, mutes, names given by hosts, sessions ended for others.

What is decided holds at once: the connections of whoever it is about act by it before anything later is told, since
who submitted a change goes on before its announcements, and nothing in between waits.
"""

from collections.abc import Callable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from chatapp.domain import names, policies
from chatapp.domain.entities import Session, User
from chatapp.domain.events import Everyone, UserChanged, rfc3339
from chatapp.domain.people import GiveRole, Mute, PersonInList
from chatapp.domain.policies import Role
from chatapp.errors import ChatError, Conflict, NotFound, Taken
from chatapp.services import roles
from chatapp.services.acts import Acts, Right
from chatapp.services.people import People
from chatapp.storage import audit, sessions, users
from chatapp.storage.writer import Transaction, Writer

MODERATE = Right(policies.is_moderator, policies.may_moderate, "Only moderators do that, and only to those below them.")
BAN = Right(policies.may_host, policies.may_ban, "Only hosts do that, and to no other host.")
APPOINT = Right(policies.may_host, lambda _host, _person: True, "Only hosts give roles.")

MINUTE_MS = 60_000


class Effects(Struct, frozen=True):
    """What happens to connections: a person's act by their new name, role and mute; all of a person's are cut, and
    those of sessions that have ended. Neither waits.
    """

    renew: Callable[[User], None]
    shut_out: Callable[[User, Sequence[Session]], None]


class Moderation:
    """What moderators and hosts do to people. Every method answers the person as they are then, and raises
    NotIdentified, Forbidden, NotFound.
    """

    def __init__(self, writer: Writer, acts: Acts, people: People, effects: Effects) -> None:
        self._writer = writer
        self._acts = acts
        self._people = people
        self._effects = effects

    async def mute(self, actor: User, user_id: int, command: Mute) -> PersonInList:
        """Let somebody read and not write for a while; a second mute counts from now."""

        async def act(tx: Transaction, by: User | None, person: User) -> User:
            muted = replace(person, muted_until=tx.now + command.minutes * MINUTE_MS)
            await users.set_standing(tx.connection, muted)
            until = {"minutes": command.minutes, "until": rfc3339(muted.muted_until)}
            await audit.note(tx, by, "muted", person, until)
            return muted

        return self._renewed(actor, await self._acts.perform(actor, user_id, MODERATE, act))

    async def unmute(self, actor: User, user_id: int) -> PersonInList:
        """Let somebody write again."""

        async def act(tx: Transaction, by: User | None, person: User) -> User:
            if not person.muted_until:
                return person
            free = replace(person, muted_until=0)
            await users.set_standing(tx.connection, free)
            await audit.note(tx, by, "unmuted", person)
            return free

        return self._renewed(actor, await self._acts.perform(actor, user_id, MODERATE, act))

    async def give_role(self, actor: User, user_id: int, command: GiveRole) -> PersonInList:
        """Give somebody another role. Also raises Conflict: for the last host, for who is banned or has no account, and
        for an account that would become a guest's.
        """

        async def act(tx: Transaction, by: User | None, person: User) -> User:
            return await _give_role(tx, by, person, command.role)

        return self._renewed(actor, await self._acts.perform(actor, user_id, APPOINT, act))

    async def give_role_called(self, name: str, role: Role) -> User:
        """The operator gives the person of this name another role. Raises NotFound where nobody with an account has it,
        Conflict as above, but for the last host: whoever runs the program can make another.
        """
        person = await self._writer.submit(self._give_roles_called, (names.fold(name.strip()), role))
        self._effects.renew(person)
        return person

    async def rename(self, actor: User, user_id: int, username: str) -> PersonInList:
        """Give somebody another name. Also raises BadRequest, TooLong, Taken."""
        name = names.prepare(username)

        async def act(tx: Transaction, by: User | None, person: User) -> User:
            if person.username == name:
                return person
            folded = names.fold(name)
            if (await users.owners(tx.connection, [folded])).get(folded, person.id) != person.id:
                raise Taken("Username already taken", field="username")
            renamed = replace(person, username=name)
            await users.rename(tx.connection, [(renamed, folded)])
            await audit.note(tx, by, "renamed", renamed, {"before": person.username})
            tx.announce(UserChanged(str(person.id), name), Everyone())
            return renamed

        return self._renewed(actor, await self._acts.perform(actor, user_id, BAN, act))

    async def end_sessions(self, actor: User, user_id: int) -> PersonInList:
        """Sign somebody out everywhere; they may come again."""

        async def act(tx: Transaction, by: User | None, person: User) -> tuple[User, list[Session]]:
            ended = await sessions.of_people(tx.connection, [person.id])
            await sessions.remove(tx.connection, [one.token_hash for one in ended])
            await audit.note(tx, by, "sessions_ended", person, {"sessions": len(ended)})
            return person, ended

        person, ended = await self._acts.perform(actor, user_id, BAN, act)
        self._effects.shut_out(person, ended)
        return self._people.told(actor, person)

    def _renewed(self, actor: User, person: User) -> PersonInList:
        self._effects.renew(person)
        return self._people.told(actor, person)

    async def _give_roles_called(
        self, tx: Transaction, asked: Sequence[tuple[str, Role]]
    ) -> Sequence[User | ChatError]:
        answers: list[User | ChatError] = []
        for folded, role in asked:
            owners = await users.owners(tx.connection, [folded])
            person = (await users.by_ids(tx.connection, owners.values())).get(owners.get(folded, 0))
            try:
                if person is None or person.is_temporary:
                    raise NotFound("Nobody with an account has this name.")
                answers.append(await _give_role(tx, None, person, role))
            except ChatError as refusal:
                answers.append(refusal)
        return answers


async def _give_role(tx: Transaction, by: User | None, person: User, role: Role) -> User:
    if person.role == role:
        return person
    if person.is_temporary:
        raise Conflict("A name that lasts as long as its connection has no role to give.")
    if person.banned_at is not None:
        raise Conflict("This person is banned: let them in again first.")
    if role == policies.GUEST:
        # Their name would be anybody's after a day, with all that stands under it.
        raise Conflict("Whoever has an account that stays does not become a guest, who has none after a day.")
    if by is not None and person.role == policies.HOST and await users.count_hosts(tx.connection) == 1:
        raise Conflict("This is the only host: make somebody else one first.")
    await audit.note(tx, by, "role_set", person, {"before": person.role, "role": role})
    return await roles.give(tx, person, role)

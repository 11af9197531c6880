"""Conversations of a few people, who are the same for ever: the same people have one, whoever begins it.

Whoever leaves one sees it no more until somebody writes there; then all of its people belong to it again. So it is
told with those who talk in it, whoever of them has left it at the moment.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from chatapp.domain import names, policies
from chatapp.domain import rooms as naming
from chatapp.domain.commands import OpenDirect
from chatapp.domain.entities import DIRECT, Room, User
from chatapp.domain.events import People, RoomAdded, RoomView
from chatapp.domain.limits import Limiter
from chatapp.domain.retention import KeepsOf
from chatapp.errors import BadRequest, ChatError, Forbidden, NotFound
from chatapp.services import writing
from chatapp.storage import memberships, rooms, users
from chatapp.storage.memberships import Place
from chatapp.storage.writer import Transaction, Writer


class Opened(Struct, frozen=True):
    """A conversation; `is_new` when there was none of these people before."""

    room: RoomView
    is_new: bool


class Directs:
    """Begins conversations; `limiter` counts what each person does with rooms, `keeps` says what each keeps."""

    def __init__(self, writer: Writer, limiter: Limiter, keeps: KeepsOf) -> None:
        self._writer = writer
        self._limiter = limiter
        self._keeps = keeps

    async def open(self, user: User, command: OpenDirect) -> Opened:
        """The conversation of a person with others, made where there is none. Who left it belongs to it again by this.

        Raises RateLimited, NotIdentified, BadRequest, NotFound, Forbidden.
        """
        self._limiter.take(user.id)
        folded = frozenset(names.fold(name.strip()) for name in command.usernames)
        return await self._writer.submit(self._open, (user, folded))

    async def _open(
        self, tx: Transaction, asked: Sequence[tuple[User, frozenset[str]]]
    ) -> Sequence[Opened | ChatError]:
        owners = await users.owners(tx.connection, {one for _, folded in asked for one in folded})
        people = await users.by_ids(tx.connection, {*owners.values()} | {user.id for user, _ in asked})
        wanted = [_talking(tx, user, folded, owners, people) for user, folded in asked]
        keys = {
            naming.direct_key(one.id for one in talking) for talking in wanted if not isinstance(talking, ChatError)
        }
        found = await rooms.lock_directs(tx.connection, keys)
        here = await memberships.ids_of(tx.connection, [room.id for room in found.values()])
        new: list[Room] = []
        joined: dict[Place, int] = {}
        answers: list[Opened | ChatError] = []
        for (user, _), talking in zip(asked, wanted, strict=True):
            if isinstance(talking, ChatError):
                answers.append(talking)
                continue
            key = naming.direct_key(one.id for one in talking)
            is_new = key not in found
            if is_new:
                new.append(_made(user, key, talking))
                found[key] = new[-1]
                here[new[-1].id] = set()
            room = found[key]
            coming = ({one.id for one in talking} if is_new else {user.id}) - here[room.id]
            here[room.id] |= coming
            joined |= {(user_id, room.id): room.last_seq for user_id in coming}
            view = naming.as_view(room, self._keeps(room), talking)
            answers.append(Opened(view, is_new))
            if coming:
                tx.announce(RoomAdded(view), People(frozenset(coming)))
        if new:
            await rooms.add(tx.connection, new, tx.now)
        if joined:
            await memberships.ensure(tx.connection, [*joined.items()], tx.now)
        return answers


def _talking(
    tx: Transaction, user: User, folded: frozenset[str], owners: Mapping[str, int], people: Mapping[int, User]
) -> list[User] | ChatError:
    """The people of the conversation that is asked for, by id, or why it cannot be."""
    try:
        beginner = writing.demand_voice(people.get(user.id), tx.now)
    except ChatError as refusal:
        return refusal
    if not policies.may_make_rooms(beginner):
        return Forbidden("Guests take part in conversations; members begin them.")
    others = {people[owners[one]] for one in folded if one in owners} - {beginner}
    if len(others) < len(folded - {names.fold(beginner.username)}) or not all(map(_may_talk, others)):
        return NotFound("Somebody of these names has no account here.", field="usernames")
    if not 1 <= len(others) < naming.MOST_TALKING:
        return BadRequest(f"Talk with 1 to {naming.MOST_TALKING - 1} others.", field="usernames")
    return sorted({beginner, *others}, key=lambda one: one.id)


def _may_talk(user: User) -> bool:
    return not user.is_temporary and user.banned_at is None


def _made(user: User, key: str, talking: Sequence[User]) -> Room:
    return Room(
        id=naming.secret_id(DIRECT),
        name=naming.joined_names(talking),
        topic="",
        first_seq=1,
        last_seq=0,
        rev=0,
        trimmed_rev=0,
        kind=DIRECT,
        created_by=user.id,
        direct_key=key,
    )


class Absent(Struct, frozen=True):
    """Those of a conversation's people who have left it, beside all of its people."""

    user_ids: frozenset[int]
    people: list[User]

    def come_back(self, tx: Transaction, room: Room, keeps: KeepsOf) -> dict[Place, int]:
        """Tell them of the room as it is before the message that brings them back; their places, read up to there."""
        tx.announce(RoomAdded(naming.as_view(room, keeps(room), self.people)), People(self.user_ids))
        return {(user_id, room.id): room.last_seq for user_id in self.user_ids}


async def absent(tx: Transaction, found: Mapping[str, Room]) -> dict[str, Absent]:
    """Who has left which of these rooms that are conversations; nothing is asked where none is one."""
    direct = {room.id: naming.talking(room) for room in found.values() if room.kind == DIRECT}
    if not direct:
        return {}
    here = await memberships.ids_of(tx.connection, direct.keys())
    gone = {room: {*talking} - here[room] for room, talking in direct.items()}
    talking = {one for room in gone if gone[room] for one in direct[room]}
    people = await users.by_ids(tx.connection, talking) if talking else {}
    # Who gave up the account comes back to nothing.
    staying = {one.id for one in people.values() if not one.is_temporary}
    return {
        room: Absent(frozenset(left & staying), [people[one] for one in direct[room] if one in people])
        for room, left in gone.items()
        if left & staying
    }

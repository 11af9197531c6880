"""Who belongs to a room: inviting people into it, leaving it, removing somebody from it.

Whoever belongs to a room no more is present there no more, on any device, and nothing of it is unread. They still see
a public room, and belong to it again by joining it; a private one they see no more. A private room whose last member
left is archived: it is kept as backups and the cleanup know it, and nobody sees it.
"""

from collections.abc import Collection, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from chatapp.domain import names, policies
from chatapp.domain import rooms as naming
from chatapp.domain.answers import Member, Members
from chatapp.domain.audit import place
from chatapp.domain.commands import Invite, LeaveRoom, RemoveMember
from chatapp.domain.entities import DIRECT, PRIVATE, PUBLIC, Room, User
from chatapp.domain.events import People, RoomAdded, RoomRemoved, RoomView
from chatapp.domain.limits import Limiter
from chatapp.domain.retention import KeepsOf
from chatapp.errors import ChatError, Forbidden, NotFound
from chatapp.services import writing
from chatapp.services.presence import Presence
from chatapp.services.typing import Typing
from chatapp.storage import audit, memberships, mentions, rooms, users
from chatapp.storage.database import Database
from chatapp.storage.memberships import Place
from chatapp.storage.writer import Transaction, Writer


class _Asked(Struct, frozen=True):
    """Something asked about somebody in a room: who asks, and whom they mean, by the folded name or else by the id."""

    user: User
    room: str
    folded: str | None = None
    user_id: int | None = None


class Memberships:
    """Changes who belongs to rooms; `limiter` counts what each person does with rooms, `keeps` says what each keeps."""

    def __init__(
        self,
        database: Database,
        writer: Writer,
        presence: Presence,
        typing: Typing,
        limiter: Limiter,
        keeps: KeepsOf,
    ) -> None:
        self._database = database
        self._writer = writer
        self._presence = presence
        self._typing = typing
        self._limiter = limiter
        self._keeps = keeps

    async def page(self, user: User, room: str, *, after: int, limit: int) -> Members:
        """At most `limit` of those who belong to a room, those with ids greater than `after`. Raises NotFound.

        To a conversation belong those who talk in it, also who has left it until the next message.
        """
        async with self._database.read() as connection:
            found = await rooms.find_seen(connection, room, user.id)
            if found is None:
                raise NotFound(writing.NO_ROOM, field="room")
            if found.kind == DIRECT:
                talking = await users.by_ids(connection, naming.talking(found))
                members = [talking[one] for one in sorted(talking) if one > after][:limit]
                count = len(talking)
            else:
                members = await memberships.page(connection, room, after, limit)
                count = await memberships.count(connection, room)
        present = {one.id for one in self._presence.people(room)}
        return Members([Member(str(one.id), one.username, one.role, one.id in present) for one in members], count)

    async def invite(self, user: User, command: Invite) -> RoomView:
        """Bring somebody with an account into a private room, who has nothing unread there. Who belongs to it already
        is told nothing.

        Raises RateLimited, NotIdentified, NotFound, Forbidden.
        """
        self._limiter.take(user.id)
        return await self._writer.submit(
            self._invite, _Asked(user, command.room, folded=names.fold(command.username.strip()))
        )

    async def leave(self, user: User, command: LeaveRoom) -> str:
        """Be in a room no more; return its id. Who left already, or never belonged to it, is out of it all the same.

        Raises RateLimited, NotFound.
        """
        self._limiter.take(user.id)
        room = await self._writer.submit(self._leave, _Asked(user, command.room, user_id=user.id))
        # At once, so that what this connection sends next does not go there any more.
        self._presence.expel({user.id}, room)
        self._typing.end(user, room)
        return room

    async def remove(self, user: User, command: RemoveMember) -> str:
        """Let somebody be in a room no more; return its id. Raises RateLimited, NotIdentified, NotFound, Forbidden."""
        return await self._remove_one(_Asked(user, command.room, folded=names.fold(command.username.strip())))

    async def remove_by_id(self, user: User, room: str, user_id: int) -> str:
        """The same, for somebody known by their id."""
        return await self._remove_one(_Asked(user, room, user_id=user_id))

    async def _remove_one(self, asked: _Asked) -> str:
        self._limiter.take(asked.user.id)
        removed = await self._writer.submit(self._remove, asked)
        self._typing.end(removed, asked.room)
        return asked.room

    async def _invite(self, tx: Transaction, asked: Sequence[_Asked]) -> list[RoomView | ChatError]:
        batch = await _look(tx, asked)
        new: dict[Place, int] = {}
        answers: list[RoomView | ChatError] = []
        for one in asked:
            try:
                inviter = writing.demand_voice(batch.people.get(one.user.id), tx.now)
                room = batch.demand_seen(one)
                if not policies.may_invite(inviter, room):
                    raise Forbidden("Members of a private room invite others into it, and guests do not.")
                invited = batch.meant(one)
                if invited is None or invited.is_temporary or invited.banned_at is not None:
                    raise NotFound("Nobody with an account has this name.", field="username")
            except ChatError as refusal:
                answers.append(refusal)
                continue
            answers.append(naming.as_view(room, self._keeps(room)))
            if (invited.id, room.id) not in batch.places:
                batch.places.add((invited.id, room.id))
                new[invited.id, room.id] = room.last_seq
                tx.announce(RoomAdded(naming.as_view(room, self._keeps(room))), People(frozenset({invited.id})))
        if new:
            await memberships.ensure(tx.connection, [*new.items()], tx.now)
        return answers

    async def _leave(self, tx: Transaction, asked: Sequence[_Asked]) -> list[str | ChatError]:
        batch = await _look(tx, asked)
        answers: list[str | ChatError] = []
        gone: list[Place] = []
        for one in asked:
            try:
                room = batch.demand_seen(one)
            except NotFound as refusal:
                answers.append(refusal)
                continue
            answers.append(room.id)
            if (one.user.id, room.id) in batch.places:
                batch.places.discard((one.user.id, room.id))
                gone.append((one.user.id, room.id))
        await end(tx, batch.rooms, gone)
        return answers

    async def _remove(self, tx: Transaction, asked: Sequence[_Asked]) -> list[User | ChatError]:
        batch = await _look(tx, asked)
        answers: list[User | ChatError] = []
        gone: list[Place] = []
        for one in asked:
            try:
                remover = writing.demand_here(batch.people.get(one.user.id))
                other = _demand_removable(remover, batch.demand_seen(one), batch, one)
            except ChatError as refusal:
                answers.append(refusal)
                continue
            answers.append(other)
            if batch.rooms[one.room].created_by != remover.id:
                await audit.note(tx, remover, "removed_from_room", other, place(batch.rooms[one.room]))
            batch.places.discard((other.id, one.room))
            gone.append((other.id, one.room))
        await end(tx, batch.rooms, gone)
        return answers


class _Batch(Struct):
    """What a batch is about: its rooms, the people who ask and are meant, who has which folded name, and those of
    their places in these rooms that there are.
    """

    rooms: dict[str, Room]
    people: dict[int, User]
    owners: Mapping[str, int]
    places: set[Place]

    def meant(self, asked: _Asked) -> User | None:
        """The person who is meant."""
        user_id = asked.user_id if asked.folded is None else self.owners.get(asked.folded)
        return None if user_id is None else self.people.get(user_id)

    def demand_seen(self, asked: _Asked) -> Room:
        """The room, which whoever asks must see. Raises NotFound."""
        room = self.rooms.get(asked.room)
        if room is None or not policies.may_see(room, is_member=(asked.user.id, room.id) in self.places):
            raise NotFound(writing.NO_ROOM, field="room")
        return room


async def _look(tx: Transaction, asked: Sequence[_Asked]) -> _Batch:
    found = await rooms.lock(tx.connection, {one.room for one in asked})
    owners = await users.owners(tx.connection, {one.folded for one in asked if one.folded is not None})
    meant = {one.user_id for one in asked if one.user_id is not None} | {*owners.values()}
    people = await users.by_ids(tx.connection, {one.user.id for one in asked} | meant)
    wanted = {(user_id, room) for room in found for user_id in people}
    return _Batch(found, people, owners, {*await memberships.places(tx.connection, wanted)})


def _demand_removable(remover: User, room: Room, batch: _Batch, asked: _Asked) -> User:
    """Who shall be removed. Raises Forbidden, NotFound."""
    if not policies.may_change_room(remover, room):
        raise Forbidden("Whoever made a room, and moderators, remove people from it.")
    other = batch.meant(asked)
    # Who came for the time of a connection belongs to no room, but may be present in a public one.
    is_there = other is not None and (
        (other.id, room.id) in batch.places or (other.is_temporary and room.kind == PUBLIC)
    )
    if other is None or not is_there:
        raise NotFound("Nobody of this name is in the room.", field="username")
    if not policies.may_remove_from(remover, room, other):
        raise Forbidden("Nobody removes themselves, or somebody who may do more.")
    return other


async def end(tx: Transaction, found: Mapping[str, Room], gone: Collection[Place]) -> None:
    """End memberships, and tell those who do not belong any more."""
    if not gone:
        return
    await memberships.remove(tx.connection, gone)
    await mentions.remove_of(tx.connection, gone)
    private = {room for _, room in gone if found[room].kind == PRIVATE and found[room].archived_at is None}
    left = await memberships.ids_of(tx.connection, private)
    empty = [replace(found[room], archived_at=tx.now) for room in sorted(private) if not left[room]]
    if empty:
        await rooms.change(tx.connection, empty)
    for user_id, room in gone:
        tx.announce(RoomRemoved(room, is_public=found[room].kind == PUBLIC), People(frozenset({user_id})))

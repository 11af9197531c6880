"""Rooms made and changed: what they are called and about, and whether they are still written in."""

from collections.abc import Callable, Sequence

from msgspec import UNSET
from msgspec.structs import replace

from chatapp.domain import policies
from chatapp.domain import rooms as naming
from chatapp.domain.commands import CreateRoom, UpdateRoom
from chatapp.domain.entities import PRIVATE, PUBLIC, Room, User
from chatapp.domain.events import Audience, Everyone, Keeps, People, RoomAdded, RoomView
from chatapp.domain.limits import Limit, Limiter
from chatapp.domain.retention import Kept, SetRetention
from chatapp.errors import ChatError, Conflict, Forbidden, NotFound, Taken
from chatapp.services import room_news, writing
from chatapp.storage import audit, memberships, rooms, users
from chatapp.storage.writer import Transaction, Writer

LIMIT = Limit(rate=2, burst=30)
"""What one person does with rooms: making and changing them, inviting (a whole team in a row), leaving, removing."""
MOST_MADE = 50
"""Public rooms that one person makes: everybody has them in the list, and no room ever goes. Moderators make more."""


class RoomChanges:
    """Makes rooms and changes them; `limiter` counts what each person does with rooms, `kept` tells what the chat
    keeps.
    """

    def __init__(self, writer: Writer, limiter: Limiter, kept: Callable[[], Kept]) -> None:
        self._writer = writer
        self._limiter = limiter
        self._kept = kept

    async def create(self, user: User, command: CreateRoom) -> RoomView:
        """Make a room. Everybody with an account belongs to a public one, whoever made it alone to a private one.

        Raises BadRequest, TooLong, RateLimited, NotIdentified, Forbidden, Taken.
        """
        name, topic = naming.prepare_name(command.name), naming.prepare_topic(command.topic)
        self._limiter.take(user.id)
        return await self._writer.submit(self._create, (user, replace(command, name=name, topic=topic)))

    async def update(self, user: User, command: UpdateRoom) -> RoomView:
        """Give a room another name or topic, archive it or take it up again; what is so already is told to nobody.

        Raises BadRequest, TooLong, RateLimited, NotIdentified, NotFound, Forbidden, Taken, and Conflict for another
        name or topic of an archived room.
        """
        name = None if command.name is None else naming.prepare_name(command.name)
        topic = None if command.topic is None else naming.prepare_topic(command.topic)
        self._limiter.take(user.id)
        return await self._writer.submit(self._update, (user, replace(command, name=name, topic=topic)))

    async def keep(self, user: User, room: str, command: SetRetention) -> RoomView:
        """Let a room keep what is said shorter than the chat does, or longer where the host lets it.

        Raises RateLimited, NotIdentified, NotFound, Forbidden.
        """
        self._limiter.take(user.id)
        return await self._writer.submit(self._keep, (user, room, command))

    async def tell_all(self) -> None:
        """Tell of every room anew: what the chat keeps was chosen otherwise."""
        await self._writer.submit(self._tell_all, None)

    async def _create(self, tx: Transaction, asked: Sequence[tuple[User, CreateRoom]]) -> list[RoomView | ChatError]:
        people = await users.by_ids(tx.connection, {user.id for user, _ in asked})
        public = _Public(await rooms.seen_by(tx.connection, None))
        new: list[Room] = []
        answers: list[RoomView | ChatError] = []
        for user, command in asked:
            try:
                maker = writing.demand_voice(people.get(user.id), tx.now)
                new.append(_made(maker, command, public))
            except ChatError as refusal:
                answers.append(refusal)
            else:
                answers.append(naming.as_view(new[-1], self._keeps(new[-1])))
        if new:
            await rooms.add(tx.connection, new, tx.now)
        for room in new:
            await self._begin(tx, room)
        return answers

    async def _begin(self, tx: Transaction, room: Room) -> None:
        audience: Audience = Everyone()
        if room.kind == PUBLIC:
            await memberships.everybody_joins(tx.connection, room, tx.now)
        elif room.created_by is not None:
            audience = People(frozenset({room.created_by}))
            await memberships.ensure(tx.connection, [((room.created_by, room.id), room.last_seq)], tx.now)
        tx.announce(RoomAdded(naming.as_view(room, self._keeps(room))), audience)

    async def _update(self, tx: Transaction, asked: Sequence[tuple[User, UpdateRoom]]) -> list[RoomView | ChatError]:
        found = await rooms.lock(tx.connection, {command.room for _, command in asked})
        hidden = await memberships.hidden(tx.connection, found, {(user.id, command.room) for user, command in asked})
        people = await users.by_ids(tx.connection, {user.id for user, _ in asked})
        public = _Public(await rooms.seen_by(tx.connection, None))
        changed: dict[str, Room] = {}
        answers: list[RoomView | ChatError] = []
        for user, command in asked:
            try:
                is_said = command.name is not None or command.topic is not None
                person = people.get(user.id)
                changer = writing.demand_voice(person, tx.now) if is_said else writing.demand_here(person)
                before = found.get(command.room)
                if before is None or (user.id, before.id) in hidden:
                    raise NotFound(writing.NO_ROOM, field="room")
                after = _changed(changer, before, command, tx.now)
                public.claim(after)
            except ChatError as refusal:
                answers.append(refusal)
                continue
            answers.append(naming.as_view(after, self._keeps(after)))
            if after != before:
                found[after.id] = changed[after.id] = after
                await _note(tx, changer, before, after)
        if changed:
            await rooms.change(tx.connection, changed.values())
            await room_news.tell(tx, changed.values(), self._keeps)
        return answers

    def _keeps(self, room: Room) -> Keeps:
        return self._kept().of(room)

    async def _keep(
        self, tx: Transaction, asked: Sequence[tuple[User, str, SetRetention]]
    ) -> list[RoomView | ChatError]:
        found = await rooms.lock(tx.connection, {room for _, room, _ in asked})
        hidden = await memberships.hidden(tx.connection, found, {(user.id, room) for user, room, _ in asked})
        people = await users.by_ids(tx.connection, {user.id for user, _, _ in asked})
        answers: list[RoomView | ChatError] = []
        for user, name, command in asked:
            try:
                changer = writing.demand_here(people.get(user.id))
                before = found.get(name)
                if before is None or (user.id, name) in hidden:
                    raise NotFound(writing.NO_ROOM, field="room")
                after = _keeping(changer, before, command, self._kept())
            except ChatError as refusal:
                answers.append(refusal)
                continue
            answers.append(naming.as_view(after, self._keeps(after)))
            if after != before:
                found[name] = after
                await rooms.set_retention(tx.connection, after)
                await room_news.tell(tx, [after], self._keeps)
                if changer.id != before.created_by:
                    detail = {"before": _limits(before), "after": _limits(after)}
                    await audit.note(tx, changer, "retention_changed", after, detail)
        return answers

    async def _tell_all(self, tx: Transaction, asked: Sequence[None]) -> Sequence[None]:
        await room_news.tell(tx, await rooms.every(tx.connection), self._keeps)
        return [None] * len(asked)


class _Public:
    """The public rooms, as far as a batch has come: no two have one name, or one id."""

    def __init__(self, found: Sequence[Room]) -> None:
        self._rooms = {room.id: room for room in found}
        self._owners = {naming.fold(room.name): room.id for room in found}

    def id_for(self, name: str) -> str:
        """The id of a new room of this name."""
        return naming.slug(name, self._rooms.keys())

    def made_by(self, user: User) -> int:
        """How many this person has made."""
        return sum(room.created_by == user.id for room in self._rooms.values())

    def claim(self, room: Room) -> None:
        """Let a room have its name, and free the one it had; those that are not public may have any. Raises Taken."""
        if room.kind != PUBLIC:
            return
        folded = naming.fold(room.name)
        if self._owners.get(folded, room.id) != room.id:
            raise Taken("There is a room of this name already.", field="name")
        if room.id in self._rooms:
            del self._owners[naming.fold(self._rooms[room.id].name)]
        self._owners[folded] = room.id
        self._rooms[room.id] = room


def _made(maker: User, command: CreateRoom, public: _Public) -> Room:
    """The new room. Raises Forbidden, Taken."""
    if not policies.may_make_rooms(maker):
        raise Forbidden("Guests take part in rooms; members make them.")
    if not command.private and not policies.is_moderator(maker) and public.made_by(maker) >= MOST_MADE:
        raise Forbidden(f"You have made {MOST_MADE} rooms. Moderators make more.")
    kind = PRIVATE if command.private else PUBLIC
    room = Room(
        id=naming.secret_id(kind) if command.private else public.id_for(command.name),
        name=command.name,
        topic=command.topic,
        first_seq=1,
        last_seq=0,
        rev=0,
        trimmed_rev=0,
        kind=kind,
        created_by=maker.id,
    )
    public.claim(room)
    return room


def _changed(changer: User, room: Room, command: UpdateRoom, now: int) -> Room:
    """The room as it shall be. Raises Forbidden, Conflict."""
    if not policies.may_change_room(changer, room):
        raise Forbidden("Whoever made a room, and moderators, change it.")
    archived_at = room.archived_at
    if command.archived is not None:
        archived_at = (archived_at or now) if command.archived else None
    name = room.name if command.name is None else command.name
    topic = room.topic if command.topic is None else command.topic
    if room.archived_at is not None and archived_at is not None and (name, topic) != (room.name, room.topic):
        raise Conflict(writing.ARCHIVED, field="room")
    return replace(room, name=name, topic=topic, archived_at=archived_at)


def _keeping(changer: User, room: Room, command: SetRetention, kept: Kept) -> Room:
    """The room as it shall be. Raises Forbidden."""
    if not policies.may_change_room(changer, room):
        raise Forbidden("Whoever made a room, and moderators, change it.")
    days = room.retention_days if command.days is UNSET else command.days
    messages = room.retention_messages if command.messages is UNSET else command.messages
    for field, own, whole in (("days", days, kept.days), ("messages", messages, kept.messages)):
        if getattr(command, field) is not UNSET and not kept.is_allowed(own, whole):
            raise Forbidden(f"Here a room keeps no more than the chat does: {whole} {field}.", field=field)
    return replace(room, retention_days=days, retention_messages=messages)


def _limits(room: Room) -> dict[str, int | None]:
    return {"days": room.retention_days, "messages": room.retention_messages}


async def _note(tx: Transaction, changer: User, before: Room, after: Room) -> None:
    """Note what a moderator did to the room of another; what is said of rooms that are not everybody's, is not."""
    if changer.id == before.created_by:
        return
    if (before.archived_at is None) != (after.archived_at is None):
        await audit.note(tx, changer, "room_reopened" if after.archived_at is None else "room_archived", after)
    pairs = {"name": (before.name, after.name), "topic": (before.topic, after.topic)}
    changed = {key: pair for key, pair in pairs.items() if pair[0] != pair[1]}
    if changed:
        detail = {"before": {key: old for key, (old, _) in changed.items()}}
        detail["after"] = {key: new for key, (_, new) in changed.items()}
        await audit.note(tx, changer, "room_changed", after, detail if after.kind == PUBLIC else {})

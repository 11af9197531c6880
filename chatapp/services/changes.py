"""Changes of messages that were said: edited, deleted, reacted to.

Each takes the room's next `rev`, but for one that changes nothing: that is answered with the message as it is and told
to nobody, so a change sent again after a lost answer does no harm.
"""

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from chatapp.domain import mentions as naming
from chatapp.domain import policies, reactions, texts
from chatapp.domain.answers import Edits, PastText
from chatapp.domain.audit import place
from chatapp.domain.commands import DeleteMessage, EditMessage, React
from chatapp.domain.entities import Edit, Message, Room, User
from chatapp.domain.events import InRoom, MessageChanged, as_changed, rfc3339
from chatapp.domain.limits import Limiter
from chatapp.domain.mentions import Readings
from chatapp.errors import ChatError, Conflict, Forbidden, NotFound, NotIdentified
from chatapp.services import mentions, writing
from chatapp.storage import audit, edits, memberships, messages, rooms, users
from chatapp.storage.database import Database
from chatapp.storage.memberships import Place
from chatapp.storage.writer import Transaction, Writer

_NO_MESSAGE = "There is no such message."

Owners = Mapping[str, int]
"""Folded name → id of the person it belongs to."""


class _Asked(Struct, frozen=True):
    """A change on its way to the writer. `make` gives the message as it shall be, without its `rev`, or raises."""

    user: User
    message_id: int
    make: Callable[[Transaction, User, Message, Owners], Message]
    names: tuple[Readings, ...] = ()
    is_writing: bool = True
    """Taking back is none: also who is muted does that, and in archived rooms."""


class Changes:
    """What people do to messages. `longest` is in code points; `limiter` counts what each person does with messages."""

    def __init__(self, database: Database, writer: Writer, limiter: Limiter, *, longest: int) -> None:
        self._database = database
        self._writer = writer
        self._limiter = limiter
        self._longest = longest

    async def edit(self, user: User, command: EditMessage) -> MessageChanged:
        """Let a message of one's own say something else; what it said before is kept.

        Raises BadRequest, TooLong, RateLimited, NotFound, Forbidden, Conflict.
        """
        text = texts.demand(command.message, self._longest)
        names = naming.find(text)

        def make(tx: Transaction, user: User, message: Message, owners: Owners) -> Message:
            if not policies.may_edit(user, message):
                raise Forbidden("Only its author edits a message.")
            _demand_there(message)
            if text == message.message:
                return message
            return replace(message, message=text, edited_at=tx.now, mentions=naming.resolve(names, owners) or None)

        return await self._submit(_Asked(user, int(command.id), make, names))

    async def delete(self, user: User, command: DeleteMessage) -> MessageChanged:
        """Take a message back: it keeps its place, and nothing of what it said. Raises as `edit`, but no Conflict."""

        def make(tx: Transaction, user: User, message: Message, _owners: Owners) -> Message:
            if not policies.may_delete(user, message):
                raise Forbidden("Only its author and moderators delete a message.")
            if message.deleted_at is not None:
                return message
            empty = replace(message, message="", edited_at=None, reply_to=None, mentions=None, reactions=None)
            return replace(empty, deleted_at=tx.now)

        return await self._submit(_Asked(user, int(command.id), make, is_writing=False))

    async def react(self, user: User, command: React) -> MessageChanged:
        """Put an emoji to a message or take it away. Raises BadRequest, RateLimited, NotFound, Conflict."""
        emoji = reactions.demand(command.emoji)

        def make(_tx: Transaction, user: User, message: Message, _owners: Owners) -> Message:
            _demand_there(message)
            before = message.reactions or {}
            after = reactions.changed(before, emoji, user.id, on=command.on)
            return message if after is before else replace(message, reactions=after or None)

        return await self._submit(_Asked(user, int(command.id), make))

    async def edits(self, reader: User | None, message_id: int) -> Edits:
        """What a message said before it was edited, the oldest first. Raises NotFound."""
        async with self._database.read() as connection:
            if await messages.find_seen(connection, message_id, None if reader is None else reader.id) is None:
                raise NotFound(_NO_MESSAGE)
            past = await edits.of(connection, message_id)
        return Edits([PastText(one.message, rfc3339(one.created_at)) for one in past])

    async def _submit(self, asked: _Asked) -> MessageChanged:
        self._limiter.take(asked.user.id)
        return await self._writer.submit(self._change, asked)

    async def _change(self, tx: Transaction, asked: Sequence[_Asked]) -> Sequence[MessageChanged | ChatError]:
        ids = {one.message_id for one in asked}
        found = await rooms.lock(
            tx.connection, {room for room, _ in (await messages.places_of(tx.connection, ids)).values()}
        )
        people = await users.by_ids(tx.connection, {one.user.id for one in asked})
        owners = await mentions.owners(tx, [one.names for one in asked])
        before = await messages.by_ids(tx.connection, ids)
        places = {(one.user.id, before[one.message_id].room) for one in asked if one.message_id in before}
        batch = _Batch(tx, found, before, await memberships.hidden(tx.connection, found, places))
        answers: list[MessageChanged | ChatError] = []
        for one in asked:
            try:
                answers.append(batch.change(one, people.get(one.user.id), owners))
            except ChatError as refusal:
                answers.append(refusal)
        await batch.store()
        return answers


class _Batch:
    """Changes of one transaction: messages `before` it and `after`, and the rooms they are in."""

    def __init__(self, tx: Transaction, found: dict[str, Room], before: dict[int, Message], hidden: set[Place]) -> None:
        self._tx = tx
        self._rooms = found
        self._before = before
        self._hidden = hidden
        self._after = dict(before)
        self._past: list[Edit] = []
        self._moderated: list[tuple[User, Message]] = []

    def change(self, asked: _Asked, user: User | None, owners: Owners) -> MessageChanged:
        """Make one change, and tell of it if it is one."""
        message = self._after.get(asked.message_id)
        if message is None or (asked.user.id, message.room) in self._hidden or self._is_cleaned_up(message):
            raise NotFound(_NO_MESSAGE)
        refusal = writing.refusal(user, self._rooms[message.room], self._tx.now, is_hidden=False)
        is_refused = refusal is not None and (asked.is_writing or isinstance(refusal, NotIdentified))
        if user is None or is_refused:
            raise refusal or NotIdentified(writing.GONE)
        changed = asked.make(self._tx, user, message, owners)
        if changed is message:
            return as_changed(message)
        room = self._rooms[message.room]
        room = self._rooms[room.id] = replace(room, rev=room.rev + 1)
        changed = self._after[message.id] = replace(changed, rev=room.rev)
        if changed.edited_at is not None and changed.message != message.message:
            self._past.append(Edit(message.id, room.rev, message.message, message.edited_at or message.created_at))
        if changed.deleted_at is not None and changed.user_id != user.id:
            self._moderated.append((user, changed))
        full = as_changed(changed)
        self._tx.announce(full, InRoom(room.id))
        return full

    async def store(self) -> None:
        """Store what the messages are now, and what follows from it."""
        changed = [one for one in self._after.values() if one is not self._before[one.id]]
        if not changed:
            return
        connection = self._tx.connection
        await messages.change(connection, changed)
        await rooms.set_counters(connection, [self._rooms[room] for room in sorted({one.room for one in changed})])
        if self._past:
            await edits.add(connection, self._past)
        deleted = [one.id for one in changed if one.deleted_at is not None]
        if deleted:
            await edits.remove(connection, deleted)
        for moderator, one in self._moderated:
            detail = {"message": str(one.id), **place(self._rooms[one.room])}
            await audit.note(self._tx, moderator, "message_deleted", one, detail)
        named = [one for one in changed if one.mentions != self._before[one.id].mentions]
        if named:
            await mentions.keep(self._tx, self._rooms, [(self._before[one.id], one) for one in named])

    def _is_cleaned_up(self, message: Message) -> bool:
        return message.seq < self._rooms[message.room].first_seq


def _demand_there(message: Message) -> None:
    if message.deleted_at is not None:
        raise Conflict("That message has been deleted.")

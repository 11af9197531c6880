"""What the host of the chat can do: choose, and look at what there is."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from chatapp.domain import choices as rules
from chatapp.domain import policies, words
from chatapp.domain.answers import Invite, Stored
from chatapp.domain.audit import CHAT
from chatapp.domain.choices import PHRASE, Choices, Choose
from chatapp.domain.entities import User
from chatapp.errors import BadRequest, ChatError, Conflict, Forbidden, NotFound
from chatapp.storage import audit, choices, rooms, users
from chatapp.storage.database import Database, Reading
from chatapp.storage.writer import Transaction, Writer


class Host:
    """The host's choices. What the operator has `fixed` by settings (name → value) is no choice any more. `certify`
    makes sure that HTTPS can be served, `demand_folder` that archives can be written; it raises ValueError, in words.
    """

    def __init__(
        self,
        database: Database,
        writer: Writer,
        kept: Mapping[str, Any],
        fixed: Mapping[str, Any],
        certify: Callable[[], Awaitable[None]],
        demand_folder: Callable[[str], str],
    ) -> None:
        self._database = database
        self._writer = writer
        self._kept = dict(kept)
        self._certify = certify
        self._demand_folder = demand_folder
        self.fixed = dict(fixed)
        self.choices = self._effective(self._kept)
        self.changed: Callable[[Choices], Awaitable[None]] | None = None
        """Told of choices that hold now, with those of before."""

    async def choose(self, user: User, command: Choose) -> Choices:
        """Choose otherwise; return what holds now.

        Raises NotFound unless `user` is a host, Conflict for what the operator has fixed, BadRequest for no name or a
        folder that cannot be, Unavailable where HTTPS cannot be served.
        """
        asked: dict[str, Any] = msgspec.to_builtins(command)
        if "name" in asked:
            try:
                asked["name"] = rules.title(asked["name"])
            except ValueError as error:
                raise BadRequest(f"The name of a chat {error}.", field="name") from None
        fixed = next((name for name in asked if name in self.fixed and asked[name] != self.fixed[name]), None)
        if fixed is not None:
            raise Conflict("Whoever started this program has fixed that by a setting.", field=fixed)
        if asked.get("https", "off") != "off":
            await self._certify()
        if asked.get("archive_folder"):
            await self.demand(user)
            try:
                asked["archive_folder"] = await asyncio.to_thread(self._demand_folder, asked["archive_folder"])
            except ValueError as error:
                raise BadRequest(f"The folder of the archives {error}.", field="archive_folder") from None
        before = self.choices
        self._kept |= await self._writer.submit(self._choose, (user, asked))
        self.choices = self._effective(self._kept)
        if self.changed is not None and self.choices != before:
            await self.changed(before)
        return self.choices

    async def renew_phrase(self, user: User) -> Choices:
        """Draw another phrase to join with; the one of before is good for nothing from then on. Raises NotFound unless
        `user` is a host.
        """
        self._kept |= await self._writer.submit(self._renew_phrase, user)
        self.choices = self._effective(self._kept)
        return self.choices

    def invite(self, user: User) -> Invite:
        """What a person can send to others so that they come in. Raises Forbidden for guests."""
        if not policies.may_bring_others(user):
            raise Forbidden("Guests bring nobody in. Ask a member for the link.")
        return Invite(self.choices.ways_in, self.choices.phrase if self.choices.ways_in == PHRASE else None)

    async def as_stored(self, tx: Transaction) -> Choices:
        """The choices at the moment of a change that depends on them."""
        return self._effective(await choices.every(tx.connection))

    async def stored(self) -> Stored:
        """How much there is."""
        async with self._database.read() as connection:
            people = await users.count(connection)
            messages = sum(room.message_count for room in await rooms.every(connection))
        try:
            size = self._database.path.stat().st_size
        except OSError:  # it is not where it was, and read all the same
            size = 0
        return Stored(messages, people, size)

    async def demand(self, user: User) -> None:
        """Raise NotFound unless this person is a host at this moment."""
        async with self._database.read() as connection:
            await demand_host(connection, user)

    async def _choose(
        self, tx: Transaction, asked: Sequence[tuple[User, dict[str, Any]]]
    ) -> Sequence[dict[str, Any] | ChatError]:
        found = await users.by_ids(tx.connection, {user.id for user, _ in asked})
        answers: list[dict[str, Any] | ChatError] = []
        for user, chosen in asked:
            now = found.get(user.id)
            if now is None or not policies.may_host(now):
                answers.append(_nothing_here())
                continue
            if chosen:
                needs_phrase = chosen.get("ways_in") == PHRASE and (await self.as_stored(tx)).phrase is None
                more = {"phrase": words.draw()} if needs_phrase else {}
                await choices.save(tx.connection, {**chosen, **more})
                answers.append({**chosen, **more})
            else:
                answers.append({})
            changed = {name: value for name, value in chosen.items() if getattr(self.choices, name) != value}
            if changed:
                await audit.note(tx, now, "choices_changed", CHAT, changed)
        return answers

    async def _renew_phrase(self, tx: Transaction, asked: Sequence[User]) -> Sequence[dict[str, Any] | ChatError]:
        found = await users.by_ids(tx.connection, {user.id for user in asked})
        answers: list[dict[str, Any] | ChatError] = []
        for user in asked:
            now = found.get(user.id)
            if now is None or not policies.may_host(now):
                answers.append(_nothing_here())
                continue
            drawn = {"phrase": words.draw()}
            await choices.save(tx.connection, drawn)
            await audit.note(tx, now, "phrase_changed", CHAT)
            answers.append(drawn)
        return answers

    def _effective(self, kept: Mapping[str, Any]) -> Choices:
        known = {name: value for name, value in kept.items() if name in Choices.__struct_fields__}
        return replace(msgspec.convert(known, Choices), **self.fixed)


async def demand_host(connection: Reading, user: User) -> User:
    """The person as they are at this moment. Raises NotFound unless they are a host."""
    found = (await users.by_ids(connection, [user.id])).get(user.id)
    if found is None or not policies.may_host(found):
        raise _nothing_here()
    return found


def _nothing_here() -> NotFound:
    return NotFound("There is no such thing here.")

"""Whom and what an archive names, as people and rooms of this chat. Changes for the writer.

Somebody is who they were here already, or who has the same id, or else somebody new: under the same name where it is
free, or under one with a number (`Ada.2`), since a name belongs to one person. Nobody comes with more rights than a
member. A room is the one of before, or the one of the same id and kind that whoever brings it sees, or a public one of
the same name, or else a new one; whoever brings a private room belongs to it.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import count

from msgspec import Struct

from chatapp.domain import names
from chatapp.domain import rooms as naming
from chatapp.domain.archives import ArchivedPerson, ArchivedRoom
from chatapp.domain.entities import DIRECT, PRIVATE, PUBLIC, Room, User
from chatapp.domain.events import Everyone, Keeps, People, RoomAdded
from chatapp.domain.policies import BOT, GUEST, MEMBER
from chatapp.errors import ChatError
from chatapp.storage import imports, memberships, rooms, users
from chatapp.storage.writer import Transaction


class Known(Struct, frozen=True):
    """Who somebody of an archive is here, what they are called, and whether they are new."""

    id: int
    username: str
    is_new: bool


class AskedPeople(Struct, frozen=True):
    """People of an archive whose ids are those of `source`."""

    source: str
    people: Sequence[ArchivedPerson]


class AskedRoom(Struct, frozen=True):
    """A room of an archive, brought by somebody; `people` has who its members are here."""

    source: str
    room: ArchivedRoom
    by: User | None
    people: Mapping[str, Known]
    keeps: Callable[[Room], Keeps]


async def settle_people(tx: Transaction, asked: Sequence[AskedPeople]) -> Sequence[dict[str, Known]]:
    """Who these people are here; those who are nobody yet are made."""
    return [await _settle(tx, one) for one in asked]


async def _settle(tx: Transaction, asked: AskedPeople) -> dict[str, Known]:
    wanted = {one.user_id: one for one in asked.people}
    ids = {one: one for one in wanted if _is_id(one)} | await imports.became(
        tx.connection, asked.source, "person", [*wanted]
    )
    here = await users.by_ids(tx.connection, {int(one) for one in ids.values()})
    found: dict[str, Known] = {}
    accounts: list[tuple[User, str]] = []
    nameless: list[User] = []
    taken: set[str] = set()
    for key, person in wanted.items():
        known = here.get(int(ids[key])) if key in ids else None
        if known is not None:
            found[key] = Known(known.id, known.username, is_new=False)
            continue
        user_id = int(key) if _is_id(key) and int(key) < tx.new_id() else tx.new_id()
        if person.is_temporary or (_prepared(person.username) is None and asked.source == "chatapp"):
            user = User(user_id, shown(person.username), MEMBER, is_temporary=True)
            nameless.append(user)
        else:
            name = await _free(tx, person.username, taken)
            role = person.role if person.role in {GUEST, BOT} else MEMBER
            user = User(user_id, name, role, is_temporary=False)
            accounts.append((user, names.fold(name)))
        found[key] = Known(user.id, user.username, is_new=True)
    if accounts:
        await users.add(tx.connection, accounts, tx.now)
        everybodys = [room for room in await rooms.every(tx.connection) if room.kind == PUBLIC]
        places = [((user.id, room.id), room.last_seq) for user, _ in accounts for room in everybodys]
        if places:
            await memberships.join(tx.connection, places, tx.now)
    await imports.add_nameless(tx.connection, nameless, tx.now)
    other = {key: str(one.id) for key, one in found.items() if one.is_new and key != str(one.id)}
    await imports.remember(tx.connection, asked.source, "person", other)
    return found


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and 0 < int(text) < 2**53


def shown(name: str) -> str:
    """A name as it stands beside a message: one line, not too long."""
    return "".join(one for one in name if one.isprintable())[: names.LONGEST].strip() or "someone"


async def _free(tx: Transaction, name: str, taken: set[str]) -> str:
    """The name, or the first of those with a number that belongs to nobody."""
    wanted = _prepared(name) or _prepared(_without_spaces(name)) or "someone"
    for number in count(1):
        ending = "" if number == 1 else f".{number}"
        made = wanted[: names.LONGEST - len(ending)] + ending
        folded = names.fold(made)
        if folded not in taken and not await users.owners(tx.connection, [folded]):
            taken.add(folded)
            return made
    raise AssertionError("numbers do not end")


def _prepared(name: str) -> str | None:
    try:
        return names.prepare(name)
    except ChatError:
        return None


def _without_spaces(name: str) -> str:
    parts = "".join(one if names.is_allowed(one) else " " for one in name).split()
    return ".".join(parts)[: names.LONGEST]


async def settle_rooms(tx: Transaction, asked: Sequence[AskedRoom]) -> Sequence[tuple[str | None, bool]]:
    """The ids of these rooms here, and whether each is new; None for a conversation of others, which stays theirs."""
    return [await _settle_room(tx, one) for one in asked]


async def _settle_room(tx: Transaction, asked: AskedRoom) -> tuple[str | None, bool]:
    archived = asked.room
    members = {asked.people[one].id for one in archived.members if one in asked.people}
    every = {room.id: room for room in await rooms.every(tx.connection)}
    before = (await imports.became(tx.connection, asked.source, "room", [archived.id])).get(archived.id)
    found = every.get(before or "") or _same(asked, every, members)
    if found is not None and found.kind != PUBLIC and not await _is_seen(tx, asked, found):
        if found.kind == DIRECT:
            return None, False
        found = None
    if found is None:
        found = await _make(tx, asked, every, members)
    if found.id not in (archived.id, before):
        await imports.remember(tx.connection, asked.source, "room", {archived.id: found.id})
    return found.id, found.id not in every


def _same(asked: AskedRoom, every: Mapping[str, Room], members: Collection[int]) -> Room | None:
    archived = asked.room
    if archived.kind == DIRECT:
        key = naming.direct_key(members)
        return next((room for room in every.values() if room.direct_key == key), None)
    there = every.get(archived.id)
    if there is not None and there.kind == archived.kind:
        return there
    if archived.kind != PUBLIC:
        return None
    folded = naming.fold(_name(archived))
    return next((room for room in every.values() if room.kind == PUBLIC and naming.fold(room.name) == folded), None)


async def _is_seen(tx: Transaction, asked: AskedRoom, room: Room) -> bool:
    # The operator sees everything; for a host, what they do not see is not there.
    return asked.by is None or await rooms.find_seen(tx.connection, room.id, asked.by.id) is not None


async def _make(tx: Transaction, asked: AskedRoom, every: Mapping[str, Room], members: set[int]) -> Room:
    archived, name = asked.room, _name(asked.room)
    maker = None if archived.created_by is None else asked.people.get(archived.created_by)
    room = Room(
        id=_id(asked, name, every),
        name="" if archived.kind == DIRECT else name,
        topic=_topic(archived),
        first_seq=1,
        last_seq=0,
        rev=0,
        trimmed_rev=0,
        kind=archived.kind,
        created_by=None if maker is None else maker.id,
        archived_at=tx.now if archived.is_archived else None,
        direct_key=naming.direct_key(members) if archived.kind == DIRECT else None,
    )
    await rooms.add(tx.connection, [room], tx.now)
    if room.kind == PUBLIC:
        await memberships.everybody_joins(tx.connection, room, tx.now)
        tx.announce(RoomAdded(naming.as_view(room, asked.keeps(room))), Everyone())
        return room
    if asked.by is not None and room.kind == PRIVATE:
        members = {*members, asked.by.id}
    if members:
        await memberships.join(tx.connection, [((one, room.id), 0) for one in sorted(members)], tx.now)
    talking = [*(await users.by_ids(tx.connection, members)).values()] if room.kind == DIRECT else []
    tx.announce(RoomAdded(naming.as_view(room, asked.keeps(room), talking)), People(frozenset(members)))
    return room


def _name(archived: ArchivedRoom) -> str:
    try:
        return naming.prepare_name(archived.name)
    except ChatError:
        return "Archive"


def _topic(archived: ArchivedRoom) -> str:
    try:
        return naming.prepare_topic(archived.topic)
    except ChatError:
        return ""


def _id(asked: AskedRoom, name: str, every: Collection[str]) -> str:
    """The id of before where it is free and has the form that such rooms have, so that links stay good."""
    archived = asked.room
    begins = "" if archived.kind == PUBLIC else f"{archived.kind}-"
    is_formed = archived.id.startswith(begins) and (begins or not archived.id.startswith(("private-", "direct-")))
    if asked.source == "chatapp" and archived.id not in every and is_formed:
        return archived.id
    return naming.slug(name, every) if archived.kind == PUBLIC else naming.secret_id(archived.kind)

"""Archives read in: our own, and Slack's.

Mechanism: the whole file is looked at first, and refused in words before anything is stored. Then its people and rooms
are settled, and its messages go through the writer in slices of `SLICE`, so that sends go on between two.

Guarantees: bringing a file again changes nothing, and completes one that broke off: a message keeps its id where that
is free, and what got another one is remembered with it in the slice that stores it. Messages come in their order, after
those a room has already; a room in which nothing was ever said gets them at the places they had. `seq` has no gaps.
A client that knows some of a room starts it afresh when it is done. Who had read a room to its end has still.

Cost: a slice holds the writer for about ten milliseconds.
"""

import asyncio
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from itertools import islice, pairwise
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from chatapp.domain import reactions, texts
from chatapp.domain.archives import LONGEST_TEXT, ArchivedMessage, ArchivedRoom, Imported, ImportState
from chatapp.domain.audit import CHAT
from chatapp.domain.entities import Edit, Message, Room, User
from chatapp.domain.events import HistoryRestored, InRoom, Keeps, People, Read
from chatapp.errors import BadRequest, ChatError, Conflict, Unavailable
from chatapp.services.import_files import Archive, Lines, Source, milliseconds, opened
from chatapp.services.import_people import AskedPeople, AskedRoom, Known, settle_people, settle_rooms, shown
from chatapp.services.import_slack import Slack
from chatapp.storage import audit, edits, imports, messages, rooms
from chatapp.storage import mentions as mentioned
from chatapp.storage.writer import Transaction, Writer

SLICE = 500


class _Slice(Struct, frozen=True):
    source: str
    room: str
    lines: Sequence[ArchivedMessage]
    people: Mapping[str, Known]
    left_out: Counter[str]


class Imports:
    """Reads archives in, one at a time; what is sent is kept in `folder` meanwhile. `keeps` says what a room keeps."""

    def __init__(self, writer: Writer, folder: Path, keeps: Callable[[Room], Keeps]) -> None:
        self._writer = writer
        self._keeps = keeps
        self._folder = folder
        self.state = ImportState(is_running=False)

    async def receive(self, by: User | None, body: AsyncIterator[bytes]) -> Imported:
        """Read in what is sent, brought by a host or the operator (None).

        Raises BadRequest for what is no archive, Conflict while another is read in, Unavailable.
        """
        file = self._folder / f"import-{secrets.token_hex(8)}.part"
        try:
            with file.open("wb") as target:
                async for piece in body:
                    await asyncio.to_thread(target.write, piece)
            return await self.bring(by, file)
        except OSError as error:
            raise Unavailable(f"The file cannot be kept here: {error.strerror}.") from error
        finally:
            file.unlink(missing_ok=True)

    async def bring(self, by: User | None, file: Path) -> Imported:
        """The same of a file that lies here."""
        if self.state.is_running:
            raise Conflict("An archive is being read in already.")
        self.state = ImportState(is_running=True)
        try:
            source, totals = await asyncio.to_thread(_looked_at, file)
            self.state = ImportState(is_running=True, total=sum(totals.values()))
            return await self._store_all(by, source, totals)
        finally:
            self.state = ImportState(is_running=False)

    async def _store_all(self, by: User | None, source: Source, totals: Mapping[str, int]) -> Imported:
        people: dict[str, Known] = {}
        waiting = iter(source.people)
        while some := [*islice(waiting, SLICE)]:
            people |= await self._writer.submit(settle_people, AskedPeople(source.name, some))
        renamed = {
            one.username: people[one.user_id].username
            for one in source.people
            if people[one.user_id].is_new and people[one.user_id].username != shown(one.username)
        }
        new_rooms = stored = 0
        names = {key: one.username for key, one in people.items()}
        names |= {room.id: room.name for room in source.rooms}
        left_out = Counter(source.left_out)
        for archived in source.rooms:
            room, is_new = await self._writer.submit(
                settle_rooms, AskedRoom(source.name, archived, by, people, self._keeps)
            )
            new_rooms += is_new
            if room is None:
                left_out["rooms of others"] += 1
                continue
            stored += await self._store(source, archived, room, people, names, left_out)
        total = sum(totals.values())
        done = Imported(
            rooms=new_rooms,
            people=sum(one.is_new for one in people.values()),
            messages=stored,
            known=total - stored,
            renamed=renamed,
            left_out={what: number for what, number in sorted(left_out.items()) if number},
        )
        await self._writer.submit(self._note, (by, source.name, done))
        return done

    async def _store(
        self,
        source: Source,
        archived: ArchivedRoom,
        room: str,
        people: Mapping[str, Known],
        names: Mapping[str, str],
        left_out: Counter[str],
    ) -> int:
        stored = 0
        lines = source.messages(archived, names)
        while some := await asyncio.to_thread(_next, lines):
            stored += await self._writer.submit(self._add, _Slice(source.name, room, some, people, left_out))
            self.state = replace(self.state, done=self.state.done + len(some))
        if stored:
            await self._writer.submit(self._finish, room)
        return stored

    async def _add(self, tx: Transaction, asked: Sequence[_Slice]) -> Sequence[int | ChatError]:
        return [await _Adding(tx, one).store() for one in asked]

    async def _finish(self, tx: Transaction, asked: Sequence[str]) -> Sequence[None]:
        """Let everybody who knows something of these rooms start afresh."""
        found = await rooms.lock(tx.connection, {*asked})
        for room in found.values():
            changed = replace(room, rev=room.rev + 1, trimmed_rev=room.rev + 1)
            await imports.set_counters(tx.connection, changed)
            tx.announce(HistoryRestored(room.id, changed.rev, changed.first_seq), InRoom(room.id))
            readers = await imports.readers(tx.connection, room.id, room.last_seq)
            tx.announce(Read(room.id, room.last_seq, mention_count=0), People(readers))
        return [None] * len(asked)

    async def _note(self, tx: Transaction, asked: Sequence[tuple[User | None, str, Imported]]) -> Sequence[None]:
        for by, source, done in asked:
            await audit.note(tx, by, "imported", CHAT, {"source": source, "messages": done.messages})
        return [None] * len(asked)


class _Adding:
    """A slice on its way into a room."""

    def __init__(self, tx: Transaction, asked: _Slice) -> None:
        self._tx = tx
        self._asked = asked

    async def store(self) -> int:
        """Store what is not here yet; return how much that is."""
        connection, asked = self._tx.connection, self._asked
        found = (await rooms.lock(connection, [asked.room]))[asked.room]
        self._ids = await self._known_ids()
        new, past, other = [], [], {}
        room = before = _emptied(found, asked.lines[0].seq)
        there = await imports.there(connection, {*self._ids.values(), *(int(one.id) for one in asked.lines)})
        sends = [(asked.people[one.user_id].id, one.client_id) for one in asked.lines if one.client_id is not None]
        sent = {*await messages.known(connection, sends)} if sends else set()
        for line in asked.lines:
            author = asked.people[line.user_id]
            message_id = self._ids.get(line.id, int(line.id))
            known = there.get(message_id)
            if known is not None and (line.id in self._ids or self._is_same(known, line, author)):
                continue
            if known is not None or not 0 < message_id < self._tx.new_id():
                message_id = self._tx.new_id()
                other[line.id] = str(message_id)
                self._ids[line.id] = message_id
            room = replace(room, last_seq=room.last_seq + 1, rev=room.rev + 1)
            there[message_id] = imports.There(room.id, author.id, milliseconds(line.created_at))
            send = (author.id, line.client_id)
            client_id = None if line.client_id is None or send in sent else line.client_id
            sent.add((author.id, line.client_id or ""))
            new.append(self._message(line, message_id, author, room, client_id))
            past += [] if line.deleted else _past(line, message_id)
        if new:
            await self._write(before, room, new, past, other)
        return len(new)

    async def _known_ids(self) -> dict[str, int]:
        wanted = {one.id for one in self._asked.lines} | {one.reply_to for one in self._asked.lines if one.reply_to}
        became = await imports.became(self._tx.connection, self._asked.source, "message", wanted)
        return {there: int(here) for there, here in became.items()}

    def _is_same(self, known: imports.There, line: ArchivedMessage, author: Known) -> bool:
        # Ids of Slack's are those of a channel: the same may stand in two.
        here = (self._asked.room, author.id, milliseconds(line.created_at))
        return (known.room, known.user_id, known.created_at) == here

    def _message(
        self, line: ArchivedMessage, message_id: int, author: Known, room: Room, client_id: str | None
    ) -> Message:
        people = self._asked.people
        deleted_at = milliseconds(line.deleted_at or line.created_at) if line.deleted else None
        text = "" if line.deleted else texts.clean(line.message, LONGEST_TEXT)
        reply_to = None if line.reply_to is None or line.deleted else self._ids.get(line.reply_to, int(line.reply_to))
        named = [people[one].id for one in line.mentions or () if one in people]
        return Message(
            id=message_id,
            room=room.id,
            seq=room.last_seq,
            rev=room.rev,
            client_id=client_id,
            user_id=author.id,
            username=shown(line.username),
            message=text,
            created_at=milliseconds(line.created_at),
            edited_at=None if line.edited_at is None or line.deleted else milliseconds(line.edited_at),
            deleted_at=deleted_at,
            reply_to=reply_to,
            mentions=None if line.deleted else [*dict.fromkeys(named)] or None,
            reactions=None if line.deleted else self._reactions(line) or None,
        )

    def _reactions(self, line: ArchivedMessage) -> dict[str, list[int]]:
        chosen: dict[str, list[int]] = {}
        for emoji, those in (line.reactions or {}).items():
            try:
                whole = reactions.demand(emoji)
            except BadRequest:
                self._asked.left_out["reactions"] += 1
                continue
            if len(chosen) < reactions.MOST_EMOJIS:
                ids = (self._asked.people[one].id for one in those if one in self._asked.people)
                chosen[whole] = [*dict.fromkeys([*chosen.get(whole, []), *ids])]
            else:
                self._asked.left_out["reactions"] += 1
        return {emoji: those for emoji, those in chosen.items() if those}

    async def _write(
        self, before: Room, room: Room, new: list[Message], past: list[Edit], other: Mapping[str, str]
    ) -> None:
        connection = self._tx.connection
        await imports.add(connection, new)
        await imports.set_counters(connection, room)
        if past:
            await edits.add(connection, past)
        accounts = {one.id for one in self._asked.people.values()}
        named = [(one, who) for one in new for who in one.mentions or () if who in accounts]
        await mentioned.add(connection, named)
        await imports.keep_read(connection, room.id, before.last_seq, room.last_seq)
        await imports.remember(connection, self._asked.source, "message", other)


def _emptied(room: Room, seq: int) -> Room:
    """A room in which nothing was ever said begins where the archive does."""
    return replace(room, first_seq=seq, last_seq=seq - 1) if room.rev == 0 and room.last_seq == 0 else room


def _past(line: ArchivedMessage, message_id: int) -> list[Edit]:
    """What a message said before, in its order; the changes keep their numbers where these tell the order too."""
    given = [one.rev for one in line.edits]
    is_ordered = all(first < second for first, second in pairwise(given))
    revs = given if is_ordered else range(len(given))
    return [
        Edit(message_id, rev, one.message, milliseconds(one.created_at))
        for rev, one in zip(revs, line.edits, strict=True)
    ]


def _next(lines: Iterator[ArchivedMessage]) -> list[ArchivedMessage]:
    return [*islice(lines, SLICE)]


def _looked_at(file: Path) -> tuple[Source, dict[str, int]]:
    """What is in a file, and how many messages each of its rooms has; every line has been read. Raises BadRequest."""
    source = _source(file)
    if len({room.id for room in source.rooms}) != len(source.rooms):
        raise BadRequest("That archive holds a room twice.")
    people = {one.user_id for one in source.people}
    totals = {}
    for room in source.rooms:
        count = 0
        for one in source.messages(room, {}):
            if one.user_id not in people:
                raise BadRequest(f"Nobody in that archive is the author of the message {one.id}.")
            count += 1
        totals[room.id] = count
    return source, totals


def _source(file: Path) -> Source:
    with file.open("rb") as start:
        is_zip = start.read(4) in {b"PK\x03\x04", b"PK\x05\x06"}
    if not is_zip:
        return Lines(file)
    with opened(file) as found:
        names = {*found.namelist()}
    if "manifest.json" in names:
        return Archive(file)
    if {"users.json", "channels.json"} <= names:
        return Slack(file)
    raise BadRequest("That zip is neither an archive of a chat like this one nor an export of Slack's.")

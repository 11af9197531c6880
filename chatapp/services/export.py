"""A room's history as a file: one page of it in memory at a time."""

import asyncio
from collections.abc import AsyncIterator
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from chatapp.domain.entities import Room, User
from chatapp.errors import NotFound
from chatapp.services import export_forms
from chatapp.services.export_forms import FORMS, Form, Format
from chatapp.storage import exports, rooms
from chatapp.storage.database import Database, Reading
from chatapp.storage.exports import Lines, Stretch

PAGE = 1_000
"""Rows of the first page, and of every page of what has short rows, such as the audit log."""
PAGES = 5
"""How many times as many rows a later page has at most."""
PAGE_BYTES = 1_000_000
"""What a page is meant to hold: the rows asked for follow from how long those before were. Of half as many bytes, an
export took a sixth more CPU and 8 MB less memory (measured).
"""
AT_ONCE = 200
"""Messages that are made into another form in one go: two milliseconds of html."""
BOM = "\ufeff".encode()

Everything = Literal["everything"]
EVERYTHING: Everything = "everything"
"""Who reads what there is, without being anybody: the operator, who has the files anyway."""

Reader = User | None | Everything


class Export(Struct, frozen=True):
    """A file to be: what it holds (media type), what it is called, its pieces, and how many messages are in it, where
    that is known.
    """

    media_type: str
    file_name: str
    pieces: AsyncIterator[bytes]
    count: int | None = None


class Wanted(Struct, frozen=True):
    """Which messages of a room: sent at or after `since` and before `until` (milliseconds), from `since_seq` on."""

    since: int | None = None
    until: int | None = None
    since_seq: int = 1


ALL = Wanted()


class Exports:
    """Writes rooms out."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def room(
        self, reader: Reader, room: str, made_in: Format, wanted: Wanted = ALL, *, bom: bool = False
    ) -> Export:
        """The messages of a room that are wanted, oldest first; up to the last there is now.

        Raises NotFound before the first piece; the pieces raise it when the reader may not see the room any more.
        """
        async with self._database.read() as connection:
            found = await demand_seen(connection, reader, room)
            stretch = Stretch(room, wanted.since_seq - 1, found.last_seq, wanted.since, wanted.until)
            is_cut = wanted.since is not None or wanted.until is not None
            count = await exports.count(connection, stretch) if is_cut else _count(found, wanted.since_seq)
        form = FORMS[made_in]
        pieces = self.pieces(reader, found, form, stretch, bom=bom)
        return Export(form.media_type, f"{room}.{made_in}", pieces, count)

    async def pieces(
        self, reader: Reader, room: Room, form: Form, stretch: Stretch, *, bom: bool = False
    ) -> AsyncIterator[bytes]:
        """A room in this form, piece by piece. Raises NotFound when the reader may not see it any more."""
        yield (BOM if bom else b"") + form.head(room.name or room.id)
        lead, limit, rest = b"", PAGE, stretch
        days: dict[str, int] = {}
        while page := await self._page(reader, rest, limit, form):
            if form.takes_lines:
                yield lead + form.page(page.text, "")
            else:
                yield lead + await _made(form, page.text, days)
            rest = replace(rest, after_seq=page.last_seq, near=page.last_at)
            lead, limit = form.between, _next(page)
        yield form.tail([*days.items()])

    async def _page(self, reader: Reader, stretch: Stretch, limit: int, form: Form) -> Lines | None:
        # A connection for each page: a slow download holds none.
        async with self._database.read() as connection:
            await demand_seen(connection, reader, stretch.room)
            return await exports.page(connection, stretch, limit, with_replied=form.with_replied)


async def _made(form: Form, lines: bytes, days: dict[str, int]) -> bytes:
    """A page in this form; its messages are counted in `days`. Others are served meanwhile."""
    made = []
    messages = export_forms.read(lines)
    for start in range(0, len(messages), AT_ONCE):
        some = messages[start : start + AT_ONCE]
        made.append(form.page(some, next(reversed(days), "")))
        for one in some:
            days[one.date] = days.get(one.date, 0) + 1
        await asyncio.sleep(0)
    return b"".join(made)


def _count(room: Room, since_seq: int) -> int:
    # `seq` has no gaps.
    return max(0, room.last_seq - max(since_seq, room.first_seq) + 1)


def _next(page: Lines) -> int:
    return max(1, min(PAGES * PAGE, PAGE_BYTES * page.count // len(page.text)))


async def demand_seen(connection: Reading, reader: Reader, room: str) -> Room:
    """The room, as whoever reads may see it. Raises NotFound."""
    if reader == EVERYTHING:
        found = await rooms.find(connection, room)
    else:
        found = await rooms.find_seen(connection, room, reader.id if isinstance(reader, User) else None)
    if found is None:
        raise NotFound("Room not found", field="room")
    return found

"""A room's history as a file: one page of it in memory at a time."""

import csv
import io
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Literal

import msgspec
from msgspec import Struct

from chatapp.domain.entities import Message, Room, User
from chatapp.domain.events import NewMessage, in_full
from chatapp.errors import NotFound
from chatapp.storage import messages, rooms
from chatapp.storage.database import Database, Reading

PAGE = 1_000

Format = Literal["ndjson", "json", "csv"]


class Export(Struct, frozen=True):
    """A file to be: what it holds (media type), what it is called, and its pieces."""

    media_type: str
    file_name: str
    pieces: AsyncIterator[bytes]


class Exports:
    """Writes rooms out."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def room(
        self, reader: User | None, room: str, made_in: Format, *, since: int | None = None, until: int | None = None
    ) -> Export:
        """All messages of a room sent at or after `since` and before `until` (milliseconds), oldest first.

        Raises NotFound before the first piece; the pieces raise it when the reader may not see the room any more.
        """
        async with self._database.read() as connection:
            await self._demand_seen(connection, reader, room)
        media_type, head, write, between, tail = _FORMATS[made_in]
        pieces = self._pieces(reader, room, since, until, head=head, write=write, between=between, tail=tail)
        return Export(media_type, f"{room}.{made_in}", pieces)

    async def _pieces(
        self,
        reader: User | None,
        room: str,
        since: int | None,
        until: int | None,
        *,
        head: bytes,
        write: Callable[[NewMessage], bytes],
        between: bytes,
        tail: bytes,
    ) -> AsyncIterator[bytes]:
        yield head
        lead, last = b"", 0
        while page := await self._page(reader, room, since, until, last):
            yield lead + between.join(write(in_full(message)) for message in page)
            lead, last = between, page[-1].seq
        yield tail

    async def _page(
        self, reader: User | None, room: str, since: int | None, until: int | None, last: int
    ) -> list[Message]:
        # A connection for each page: a slow download holds none.
        async with self._database.read() as connection:
            found = await self._demand_seen(connection, reader, room)
            return await messages.sent_between(connection, found, since, until, after_seq=last, limit=PAGE)

    async def _demand_seen(self, connection: Reading, reader: User | None, room: str) -> Room:
        found = await rooms.find_seen(connection, room, None if reader is None else reader.id)
        if found is None:
            raise NotFound("Room not found", field="room")
        return found


_COLUMNS = ("id", "room", "seq", "created_at", "user_id", "username", "message")


def csv_row(values: Iterable[str]) -> bytes:
    """A line of a CSV file (RFC 4180), of which no spreadsheet makes a formula."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(map(_harmless, values))
    return line.getvalue().encode()


def _csv_line(message: NewMessage) -> bytes:
    return csv_row(str(getattr(message, column)) for column in _COLUMNS)


def _harmless(value: str) -> str:
    # A spreadsheet runs what begins like a formula (OWASP, CSV Injection); an apostrophe makes it text.
    return f"'{value}" if value.startswith(("=", "+", "-", "@", "\t", "\r")) else value


_FORMATS: dict[Format, tuple[str, bytes, Callable[[NewMessage], bytes], bytes, bytes]] = {
    "ndjson": ("application/x-ndjson", b"", lambda one: msgspec.json.encode(one) + b"\n", b"", b""),
    "json": ("application/json", b'{"messages":[\n', msgspec.json.encode, b",\n", b"\n]}\n"),
    "csv": ("text/csv; charset=utf-8", csv_row(_COLUMNS), _csv_line, b"", b""),
}

"""Writes what a cleanup is about to take into a folder outside of the chat, where one is named.

Mechanism: each room's stretch becomes a page to read (html) and lines to read in again (ndjson), piece by piece, as an
export is. Guarantees: nothing is taken that was to be archived and is not; a host learns of it as a trouble, which
passes with the next cleanup that can write. What a host has archived is what everybody may read anyway: of other rooms
only the operator, who has all files, has archives. Nothing in the folder is ever erased.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from chatapp.domain.entities import Room
from chatapp.domain.retention import Trim
from chatapp.errors import NotFound
from chatapp.services.export import Exports, Reader, demand_seen
from chatapp.services.export_forms import FORMS, Format
from chatapp.services.troubles import Troubles
from chatapp.storage.archive_folder import ArchiveFile
from chatapp.storage.database import Database
from chatapp.storage.exports import Stretch

log = logging.getLogger(__name__)

FORMATS: tuple[Format, ...] = ("html", "ndjson")


class Destination(Struct, frozen=True):
    """The folder, and who reads what is written there."""

    folder: Path
    reader: Reader


class NotArchived(Exception):
    """What was to be archived is not."""


class Archiving:
    """Archives to where `destination` says at that moment; None for nowhere."""

    def __init__(
        self, database: Database, exports: Exports, destination: Callable[[], Destination | None], troubles: Troubles
    ) -> None:
        self._database = database
        self._exports = exports
        self._destination = destination
        self._troubles = troubles

    async def write(self, trim: Trim) -> list[str]:
        """Archive what is about to be taken; return the names of the files. Raises NotArchived."""
        destination = self._destination()
        if destination is None:
            return []
        try:
            async with self._database.read() as connection:
                room = await demand_seen(connection, destination.reader, trim.room)
            return [await self._file(destination, room, trim, made_in) for made_in in FORMATS]
        except NotFound:
            return []
        except OSError as error:
            reason = error.strerror or error
            log.error("What is old in %s stays: it cannot be archived in %s: %s", trim.room, destination.folder, reason)  # noqa: TRY400 - the text says it all
            self._troubles.begin("archive")
            raise NotArchived from error

    def succeeded(self) -> None:
        """A cleanup could archive all that it was to."""
        self._troubles.end("archive")

    async def _file(self, destination: Destination, room: Room, trim: Trim, made_in: Format) -> str:
        first_seq, last_seq = trim.before_seq - trim.messages, trim.before_seq - 1
        name = f"{room.id}-{first_seq}-{last_seq}-{datetime.now().astimezone():%Y%m%d-%H%M%S}.{made_in}"
        file = await asyncio.to_thread(ArchiveFile, destination.folder, room.id, name)
        try:
            stretch = Stretch(room.id, first_seq - 1, last_seq)
            async for piece in self._exports.pieces(destination.reader, room, FORMS[made_in], stretch):
                await asyncio.to_thread(file.write, piece)
            await asyncio.to_thread(file.keep)
        finally:
            await asyncio.to_thread(file.drop)
        return name

"""What is carried out of the chat and into it, for whoever runs the program."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from chatapp.domain.archives import Imported, ImportState
from chatapp.domain.entities import Room
from chatapp.domain.events import Keeps
from chatapp.services.archive import Archives
from chatapp.services.export import EVERYTHING, Export, Exports, Reader
from chatapp.services.export_forms import Format
from chatapp.services.imports import Imports
from chatapp.storage.database import Database
from chatapp.storage.writer import Writer

EVERY = 0.5
"""Seconds between two words on how far an import is."""


class Carrier:
    """Exports, archives and imports; what is sent is kept beside the database meanwhile."""

    def __init__(self, database: Database, writer: Writer, keeps: Callable[[Room], Keeps]) -> None:
        self.exports = Exports(database)
        self.archives = Archives(database, writer, self.exports)
        self.imports = Imports(writer, database.path.parent, keeps)

    async def export(self, room: str | None, made_in: Format, *, everything: bool) -> Export:
        """A room in this form, or the whole chat as a zip; with `everything` what no host reads too. Raises
        NotFound.
        """
        reader: Reader = EVERYTHING if everything else None
        return await (self.archives.chat(reader) if room is None else self.exports.room(reader, room, made_in))

    async def bring(self, file: Path, say: Callable[[ImportState], None]) -> Imported:
        """Read an archive in; `say` hears how far that is. Raises BadRequest."""
        work = asyncio.get_running_loop().create_task(self.imports.bring(None, file))
        try:
            while not (await asyncio.wait([work], timeout=EVERY))[0]:
                say(self.imports.state)
            return await work
        finally:
            work.cancel()

"""The audit log as hosts and the operator read it, and what is entered there of acts that are no changes of data."""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Literal

import msgspec

from chatapp.domain.audit import CHAT, Action, AuditEntry, AuditPage, Entry, told
from chatapp.domain.entities import User
from chatapp.services.export import PAGE, Export
from chatapp.services.export_forms import csv_row
from chatapp.storage import audit
from chatapp.storage.database import Database
from chatapp.storage.writer import Transaction, Writer

Format = Literal["csv", "ndjson"]


class Audit:
    """Reads the log, for whoever may; the routes judge that."""

    def __init__(self, database: Database, writer: Writer) -> None:
        self._database = database
        self._writer = writer

    async def page(self, before: int | None, limit: int) -> AuditPage:
        """At most `limit` entries, the newest first; those before the one with the id `before`."""
        async with self._database.read() as connection:
            found = await audit.before(connection, before, limit + 1)
        return AuditPage([told(one) for one in found[:limit]], has_more=len(found) > limit)

    def export(self, made_in: Format) -> Export:
        """The whole log as a file, the oldest first, one page of it in memory at a time."""
        media_type, head, write = _FORMATS[made_in]
        return Export(media_type, f"audit.{made_in}", self._pieces(head, write))

    async def backup_made(self, actor: User | None, name: str) -> None:
        """Enter that a backup of this name was made: whoever has it can read everything."""
        await self._writer.submit(self._note_backup, (actor, "backup_made", name))

    async def backup_removed(self, actor: User | None, name: str) -> None:
        """Enter that the backup of this name was removed."""
        await self._writer.submit(self._note_backup, (actor, "backup_removed", name))

    async def _pieces(self, head: bytes, write: Callable[[AuditEntry], bytes]) -> AsyncIterator[bytes]:
        yield head
        last = 0
        while page := await self._entries(last):
            yield b"".join(write(told(one)) for one in page)
            last = page[-1].id

    async def _entries(self, last: int) -> list[Entry]:
        # A connection for each page: a slow download holds none.
        async with self._database.read() as connection:
            return await audit.after(connection, last, PAGE)

    async def _note_backup(self, tx: Transaction, asked: Sequence[tuple[User | None, Action, str]]) -> Sequence[None]:
        for actor, action, name in asked:
            await audit.note(tx, actor, action, CHAT, {"backup": name})
        return [None] * len(asked)


_COLUMNS = ("id", "created_at", "actor", "actor_id", "action", "subject", "subject_id")


def _csv_line(entry: AuditEntry) -> bytes:
    detail = "" if entry.detail is None else msgspec.json.encode(entry.detail).decode()
    return csv_row([*(str(getattr(entry, column) or "") for column in _COLUMNS), detail])


_FORMATS: dict[Format, tuple[str, bytes, Callable[[AuditEntry], bytes]]] = {
    "csv": ("text/csv; charset=utf-8", csv_row([*_COLUMNS, "detail"]), _csv_line),
    "ndjson": ("application/x-ndjson", b"", lambda one: msgspec.json.encode(one) + b"\n"),
}

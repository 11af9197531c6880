"""The archive of the chat: a zip, written while it is read, of every room that whoever asks may read."""

import asyncio
import hashlib
import time
import zipfile
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

import chatapp
from chatapp.domain.archives import FORM, ArchivedRoom, File, LeftOut, Manifest
from chatapp.domain.audit import CHAT
from chatapp.domain.choices import Choices
from chatapp.domain.entities import DIRECT, PRIVATE, PUBLIC, Room, User
from chatapp.domain.events import rfc3339
from chatapp.services.export import EVERYTHING, Export, Exports, Reader
from chatapp.services.export_forms import FORMS, Format
from chatapp.storage import audit, choices, exports, installation, memberships, rooms
from chatapp.storage.database import Database
from chatapp.storage.exports import Stretch
from chatapp.storage.writer import Transaction, Writer

FORMATS: tuple[Format, ...] = ("ndjson", "html")
MEDIA_TYPE = "application/zip"
_SECRET = {"phrase"}


class Archives:
    """Writes the whole chat out."""

    def __init__(self, database: Database, writer: Writer, made: Exports) -> None:
        self._database = database
        self._writer = writer
        self._exports = made

    async def chat(self, reader: Reader) -> Export:
        """A zip of what `reader` (None: the operator) may read; the operator may read EVERYTHING. It is entered in the
        audit log.
        """
        actor = reader if isinstance(reader, User) else None
        await self._writer.submit(self._note, (actor, reader == EVERYTHING))
        day = datetime.now(UTC).strftime("%Y-%m-%d")
        return Export(MEDIA_TYPE, f"chatapp-{day}.zip", self._pieces(reader))

    async def _pieces(self, reader: Reader) -> AsyncIterator[bytes]:
        target = _Target()
        writing = _Zip(target)
        found, out = await self._rooms(reader)
        facts = [await self._facts(room) for room in found]
        for name, content in (
            ("rooms.json", msgspec.json.encode(facts)),
            ("people.json", msgspec.json.encode(await self._people())),
            ("settings.json", msgspec.json.encode(await self._choices())),
        ):
            await writing.add(name, _one(content)).__anext__()
            yield target.take()
        for room in found:
            for made_in in FORMATS:
                stretch = Stretch(room.id, 0, room.last_seq)
                pieces = self._exports.pieces(reader, room, FORMS[made_in], stretch)
                async for _ in writing.add(f"rooms/{room.id}.{made_in}", pieces):
                    yield target.take()
        manifest = await self._manifest(out, writing.files)
        await writing.add("manifest.json", _one(msgspec.json.encode(manifest))).__anext__()
        writing.close()
        yield target.take()

    async def _rooms(self, reader: Reader) -> tuple[list[Room], LeftOut]:
        async with self._database.read() as connection:
            every = await rooms.every(connection)
            if reader == EVERYTHING:
                return every, LeftOut()
            seen = await rooms.seen_by(connection, reader.id if isinstance(reader, User) else None)
        known = {room.id for room in seen}
        kinds = [room.kind for room in every if room.id not in known]
        return seen, LeftOut(kinds.count(PRIVATE), kinds.count(DIRECT))

    async def _facts(self, room: Room) -> ArchivedRoom:
        members: set[int] = set()
        if room.kind != PUBLIC:
            async with self._database.read() as connection:
                members = (await memberships.ids_of(connection, [room.id]))[room.id]
        return ArchivedRoom(
            id=room.id,
            name=room.name,
            topic=room.topic,
            kind=room.kind,
            created_by=None if room.created_by is None else str(room.created_by),
            is_archived=room.archived_at is not None,
            # A conversation is of those who talk in it, whoever has left it.
            members=(room.direct_key or "").split() or [str(one) for one in sorted(members)],
            messages=room.message_count,
        )

    async def _people(self) -> list[dict[str, Any]]:
        async with self._database.read() as connection:
            return await exports.people(connection)

    async def _choices(self) -> dict[str, Any]:
        async with self._database.read() as connection:
            kept = await choices.every(connection)
        fields = [name for name in Choices.__struct_fields__ if name not in _SECRET]
        defaults = Choices()
        return {name: kept.get(name, getattr(defaults, name)) for name in fields}

    async def _manifest(self, out: LeftOut, files: list[File]) -> Manifest:
        async with self._database.read() as connection:
            found = await installation.find(connection)
        assert found is not None
        now = rfc3339(time.time_ns() // 1_000_000)
        return Manifest(FORM, chatapp.__version__, found.installation_id, found.history_id, now, out, files)

    async def _note(self, tx: Transaction, asked: Sequence[tuple[User | None, bool]]) -> Sequence[None]:
        for actor, is_everything in asked:
            await audit.note(tx, actor, "exported", CHAT, {"everything": True} if is_everything else {})
        return [None] * len(asked)


async def _one(content: bytes) -> AsyncIterator[bytes]:
    yield content


class _Target:
    """What a zip is written to: it can only go on, and what was written is taken away."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def write(self, data: bytes) -> int:
        """Keep what is written."""
        self._waiting += data
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def take(self) -> bytes:
        """What was written since."""
        taken = bytes(self._waiting)
        self._waiting.clear()
        return taken


class _Zip:
    """A zip of files of any size (ZIP64), and the sums of those that are in it."""

    def __init__(self, target: _Target) -> None:
        self._zip = zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6)  # type: ignore[call-overload]
        self.files: list[File] = []

    async def add(self, name: str, pieces: AsyncIterator[bytes]) -> AsyncIterator[None]:
        """Put a file in; says after each piece, and at the end, that there is something to take."""
        digest, size = hashlib.sha256(), 0
        about = zipfile.ZipInfo(name, time.localtime()[:6])
        about.compress_type = zipfile.ZIP_DEFLATED
        about.external_attr = 0o600 << 16
        with self._zip.open(about, "w", force_zip64=True) as entry:
            async for piece in pieces:
                digest.update(piece)
                size += len(piece)
                # A megabyte takes some hundredths of a second to compress, in which others are served.
                await asyncio.to_thread(entry.write, piece)
                if size > len(piece):
                    yield
        self.files.append(File(name, size, digest.hexdigest()))
        yield

    def close(self) -> None:
        """Write the index."""
        self._zip.close()

"""Files that are brought: what they are, and that they are what they say. Nothing of them is unpacked to disk.

Everything is looked at before anything is stored: sizes and names in a zip, the sums of our own archives, and every
line. What cannot be read is BadRequest, in words that say where.
"""

import hashlib
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Protocol, TypeVar

import msgspec

from chatapp.domain.archives import ArchivedMessage, ArchivedPerson, ArchivedRoom, Manifest
from chatapp.domain.entities import Kind
from chatapp.errors import BadRequest

LONGEST_LINE = 4_000_000
LARGEST_FILE = 64_000_000
"""Bytes of a file that is read whole."""
MOST_FILES = 500_000
LEAST_SUSPECT = 100_000_000
LARGEST_RATIO = 200
"""A zip that unpacks to more than this many times its size, and to more than `LEAST_SUSPECT` bytes, is made to harm:
chats are packed to between a tenth and a thirtieth.
"""

Form = TypeVar("Form")


class Source(Protocol):
    """An archive whose ids are those of `name`. `left_out` counts what is not taken over."""

    name: str
    people: list[ArchivedPerson]
    rooms: list[ArchivedRoom]
    left_out: Counter[str]

    def messages(self, room: ArchivedRoom, names: Mapping[str, str]) -> Iterator[ArchivedMessage]:
        """The messages of a room, oldest first; `names` has what people and rooms are called here.

        Raises BadRequest.
        """
        ...


class Lines:
    """A room's archive alone: one line a message."""

    name = "chatapp"

    def __init__(self, path: Path) -> None:
        self._path = path
        self.left_out: Counter[str] = Counter()
        self.rooms: list[ArchivedRoom] = []
        people: dict[str, str] = {}
        for line in self._lines():
            if not self.rooms:
                kind: Kind = "private" if line.room.startswith(("private-", "direct-")) else "public"
                self.rooms = [ArchivedRoom(line.room, line.room if kind == "public" else "Archive", kind=kind)]
            people |= {**line.people, line.user_id: line.username}
        if not self.rooms:
            raise BadRequest("There is no message in that file.")
        self.people = [ArchivedPerson(user_id, name) for user_id, name in people.items()]
        self.rooms = [msgspec.structs.replace(self.rooms[0], members=[*people])]

    def messages(self, room: ArchivedRoom, names: Mapping[str, str]) -> Iterator[ArchivedMessage]:  # noqa: ARG002 - ours are told by id
        """The messages."""
        return (line for line in self._lines() if line.room == room.id)

    def _lines(self) -> Iterator[ArchivedMessage]:
        with self._path.open("rb") as file:
            yield from read_lines(file, "That file")


class Archive:
    """A zip of ours."""

    name = "chatapp"

    def __init__(self, path: Path) -> None:
        self._path = path
        self.left_out: Counter[str] = Counter()
        with opened(path) as file:
            manifest = read_json(file, "manifest.json", Manifest)
            for one in manifest.files:
                if one.name.endswith((".json", ".ndjson")) and _sum(file, one.name) != one.sha256:
                    raise BadRequest(f"{one.name} is not as it was written: the archive is damaged.")
            self.people = read_json(file, "people.json", list[ArchivedPerson])
            self.rooms = read_json(file, "rooms.json", list[ArchivedRoom])
            for room in self.rooms:
                _member(file, _place(room))
        out = manifest.left_out
        self.left_out += Counter({"rooms of others": out.private + out.direct})

    def messages(self, room: ArchivedRoom, names: Mapping[str, str]) -> Iterator[ArchivedMessage]:  # noqa: ARG002 - ours are told by id
        """The messages of a room."""
        with opened(self._path) as file, file.open(_place(room)) as lines:
            for line in read_lines(lines, _place(room)):
                if line.room != room.id:
                    raise BadRequest(f"{_place(room)} holds a message of another room.")
                yield line


def _place(room: ArchivedRoom) -> str:
    return f"rooms/{room.id}.ndjson"


def read_lines(file: IO[bytes], where: str) -> Iterator[ArchivedMessage]:
    """The messages in a file, in the order of their places. Raises BadRequest."""
    decoder, last, number = msgspec.json.Decoder(ArchivedMessage), 0, 0
    while line := file.readline(LONGEST_LINE + 1):
        number += 1
        if len(line) > LONGEST_LINE:
            raise BadRequest(f"{where}: line {number} is longer than a message can be.")
        if not line.strip():
            continue
        try:
            one = decoder.decode(line)
            check(one)
        except (msgspec.DecodeError, RecursionError, ValueError, OverflowError) as error:
            raise BadRequest(f"{where}: line {number} is no message of an archive ({error}).") from None
        if one.seq <= last:
            raise BadRequest(f"{where}: line {number} is not in its place.")
        last = one.seq
        yield one


def check(one: ArchivedMessage) -> None:
    """Raise ValueError where a message has a time that is none, or a text that is no text."""
    for moment in (one.created_at, one.edited_at, one.deleted_at, *(past.created_at for past in one.edits)):
        if moment is not None:
            milliseconds(moment)


def milliseconds(moment: str) -> int:
    """A time, RFC 3339, as it is stored. Raises ValueError or OverflowError."""
    found = datetime.fromisoformat(moment)
    value = round((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp() * 1000)
    if value < 0:
        raise ValueError("a time before 1970")
    return value


@contextmanager
def opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """A zip that does no harm. Raises BadRequest, also while it is read."""
    try:
        with zipfile.ZipFile(path) as file:
            _demand_harmless(file, path.stat().st_size)
            yield file
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, zlib.error, EOFError) as error:
        raise BadRequest(f"That zip cannot be read: {error}.") from None


def _demand_harmless(file: zipfile.ZipFile, size: int) -> None:
    found = file.infolist()
    if len(found) > MOST_FILES:
        raise BadRequest(f"That zip holds more than {MOST_FILES} files.")
    if len({one.filename for one in found}) != len(found):
        raise BadRequest("That zip holds two files of one name.")
    for one in found:
        parts = one.filename.split("/")
        if one.filename.startswith("/") or ".." in parts or "\\" in one.filename or ":" in parts[0]:
            raise BadRequest("That zip holds a file that would lie outside of it.")
        if one.flag_bits & 1:
            raise BadRequest("That zip is locked with a password.")
    if sum(one.file_size for one in found) > max(LEAST_SUSPECT, LARGEST_RATIO * size):
        raise BadRequest("That zip unpacks to far more than a chat: it is made to fill a disk.")


def read_json(file: zipfile.ZipFile, name: str, form: type[Form]) -> Form:
    """A file of a zip, as what it must be. Raises BadRequest."""
    about = _member(file, name)
    if about.file_size > LARGEST_FILE:
        raise BadRequest(f"{name} is larger than {LARGEST_FILE // 1_000_000} MB.")
    try:
        return msgspec.json.decode(file.read(about), type=form)
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise BadRequest(f"{name} is not what it should be ({error}).") from None


def _member(file: zipfile.ZipFile, name: str) -> zipfile.ZipInfo:
    try:
        return file.getinfo(name)
    except KeyError:
        raise BadRequest(f"{name} is missing in that zip.") from None


def _sum(file: zipfile.ZipFile, name: str) -> str:
    with file.open(_member(file, name)) as content:
        digest = hashlib.sha256()
        while piece := content.read(1 << 20):
            digest.update(piece)
        return digest.hexdigest()

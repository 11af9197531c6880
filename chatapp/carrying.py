"""Archives on the command line: written and read in by the chat that runs, or here when none does."""

import asyncio
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING
from urllib.parse import urlencode

import msgspec

from chatapp import administration, remote
from chatapp.data_folder import Running
from chatapp.domain.archives import Imported, ImportState
from chatapp.errors import StartRefused
from chatapp.settings import Settings

if TYPE_CHECKING:
    from chatapp.app import App
    from chatapp.services.export_forms import Format

PIECE = 1 << 20
EVERY = 0.5
"""Seconds between two looks at how far a running chat is."""
# What begins or ends each message of a form, and stands in no other place.
_MARKS = {"ndjson": b"\n", "json": b"\n", "csv": b"\r\n", "txt": b"\n[", "html": b"<article"}

Say = Callable[[str], None]


class Wanted(msgspec.Struct, frozen=True):
    """A room in this form, or the whole chat where none is named; with `everything` also what no host reads."""

    room: str | None
    made_in: "Format"
    everything: bool


@contextmanager
def _writing() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StartRefused(f"The file cannot be written: {error.strerror}.", exit_code=1) from error


class _Target:
    """The file to be, under another name until it is whole; counts what is written to it.

    Raises StartRefused where it cannot be written.
    """

    def __init__(self, wanted: Wanted, output: Path | None, name: str, count: int | None, say: Say) -> None:
        self._is_stdout = output is not None and str(output) == "-"
        self._path = (output / name if output is not None and output.is_dir() else output) or Path(name)
        self._part = self._path.with_name(f"{self._path.name}.part")
        self._mark = b"" if wanted.room is None else _MARKS[wanted.made_in]
        self._count, self._say = count, say
        self._size = self._done = 0
        self._end = b""
        with _writing():
            self._file: IO[bytes] = sys.stdout.buffer if self._is_stdout else self._part.open("wb")

    def write(self, piece: bytes) -> None:
        """Write a piece, and say how far it is."""
        with _writing():
            self._file.write(piece)
        self._size += len(piece)
        if not self._mark or not self._count:
            self._say(f"{self._size / 1_000_000:,.1f} MB")
            return
        # A mark may lie across two pieces.
        text = self._end + piece
        self._done = min(self._count, self._done + text.count(self._mark))
        self._end = text[len(text) - len(self._mark) + 1 :] if len(self._mark) > 1 else b""
        self._say(bar(self._done, self._count))

    def keep(self) -> Path | None:
        """The file is whole: give it its name, and return that; None where it went to the terminal."""
        with _writing():
            self._file.flush()
            if self._is_stdout:
                return None
            self._file.close()
            return self._part.replace(self._path)

    def drop(self) -> None:
        """Leave nothing."""
        if not self._is_stdout:
            self._file.close()
            self._part.unlink(missing_ok=True)


def bar(done: int, total: int) -> str:
    """How far something is, as a line."""
    part = done / total if total else 1.0
    return f"[{'#' * round(30 * part):<30}] {part:4.0%} {done:,} of {total:,} messages"


def export(settings: Settings, wanted: Wanted, output: Path | None, say: Say) -> Path | None:
    """Write an archive to `output`, into it where it is a folder, or here; return where it is, None for the terminal.

    Raises StartRefused where there is no such room or chat, or the file cannot be written.
    """

    async def here(app: "App") -> Path | None:
        made = await app.carrier.export(wanted.room, wanted.made_in, everything=wanted.everything)
        target = _Target(wanted, output, made.file_name, made.count, say)
        return await _written(target, made.pieces)

    def there(running: Running) -> Path | None:
        query = {"everything": str(wanted.everything).lower(), "format": wanted.made_in}
        if wanted.room is not None:
            query["room"] = wanted.room
        with remote.download(running, f"/api/admin/export?{urlencode(query)}") as made:
            target = _Target(wanted, output, made.file_name, made.count, say)
            try:
                for piece in made.pieces:
                    target.write(piece)
                return target.keep()
            finally:
                target.drop()

    return administration.do(settings, here, there)


async def _written(target: _Target, pieces: AsyncIterator[bytes]) -> Path | None:
    try:
        async for piece in pieces:
            await asyncio.to_thread(target.write, piece)
        return target.keep()
    finally:
        target.drop()


def bring(settings: Settings, file: Path, say: Say) -> Imported:
    """Read an archive in; return what came of it. Raises StartRefused for what is none."""
    if not file.is_file():
        raise StartRefused(f"There is no file {file}.")

    def tell(state: ImportState) -> None:
        say(bar(state.done, state.total) if state.total else "Looking at the file")

    def there(running: Running) -> Imported:
        done = threading.Event()

        def look() -> None:
            while not done.wait(EVERY):
                tell(remote.ask(running, "GET", "/api/admin/import", ImportState))

        watcher = threading.Thread(target=look, daemon=True)
        watcher.start()
        try:
            return remote.upload(running, "/api/admin/import", _pieces(file), Imported)
        finally:
            done.set()
            watcher.join()

    return administration.do(settings, lambda app: app.carrier.bring(file, tell), there)


def _pieces(file: Path) -> Iterator[bytes]:
    with file.open("rb") as source:
        while piece := source.read(PIECE):
            yield piece

"""The folder, outside of the data folder, into which cleanups write what they take, and the files there.

Guarantees: what has the name of an archive is whole and on the disk; a kill leaves one file that begins with a dot for
each form of a room, which the next archive of that room writes over.
"""

import os
import tempfile
from pathlib import Path
from typing import IO

from chatapp.storage import copying


def demand(text: str, data_dir: Path) -> str:
    """A folder as somebody names it, made where it is not there yet. Raises ValueError, the end of a sentence, for one
    that cannot be.
    """
    if not text.isprintable() or not (path := Path(text.strip())).is_absolute():
        raise ValueError("must be named by its whole path")
    try:
        found, ours = path.resolve(), data_dir.resolve()
        if found == ours or ours in found.parents:
            raise ValueError("must not lie in the data folder: nothing that is archived is erased")
        found.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=found):
            pass
    except OSError as error:
        raise ValueError(f"cannot be written: {error.strerror or error}") from error
    return str(path)


class ArchiveFile:
    """A file of the `room` that is to be called `name`, under another name until it is whole. Raises OSError."""

    def __init__(self, folder: Path, room: str, name: str) -> None:
        self.name = name
        self._path = folder / name
        self._part = folder / f".{room}{self._path.suffix}.part"
        # It holds what was said: only its owner may read it.
        self._file: IO[bytes] = os.fdopen(os.open(self._part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")

    def write(self, piece: bytes) -> None:
        """Write a piece."""
        self._file.write(piece)

    def keep(self) -> None:
        """It is whole: have it on the disk, and give it its name."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._part.replace(self._path)
        copying.sync_folder(self._path.parent)

    def drop(self) -> None:
        """Leave nothing of it, unless it has been kept."""
        self._file.close()
        self._part.unlink(missing_ok=True)

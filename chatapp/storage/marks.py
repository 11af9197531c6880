"""What is known of a backup, in a file beside it: what it was made from, and what came of proving it.

The mark belongs to the file as it was then, told by its size and time: one that was changed since has none. It is
written whole or not at all, and goes with its backup.
"""

import contextlib
import os
import secrets
from pathlib import Path

import msgspec
from msgspec import Struct

from chatapp.storage.census import Census
from chatapp.storage.looking import beside

ENDING = ".proof"


class Mark(Struct, frozen=True, omit_defaults=True):
    """The file that it is about, and its form; what it was made from; when it was last read from end to end (UTC
    milliseconds), with the digest it had then; why it is no good, the end of a sentence, where it is not.
    """

    bytes: int
    modified_ns: int
    revision: str
    made_from: Census | None = None
    tried_at: int = 0
    digest: str | None = None
    failed: str | None = None

    @property
    def proven_at(self) -> int | None:
        """When it was proven; None where it is not."""
        return self.tried_at if self.tried_at and self.failed is None else None


def write(path: Path, mark: Mark) -> None:
    """Put a mark beside the backup at `path`. Raises OSError."""
    target = place(path)
    part = beside(target, f".{secrets.token_hex(4)}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(msgspec.json.encode(mark))
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def last(path: Path) -> Mark | None:
    """The mark of the backup at `path` as it was once."""
    with contextlib.suppress(OSError, msgspec.DecodeError):
        return msgspec.json.decode(place(path).read_bytes(), type=Mark)
    return None


def of(path: Path) -> Mark | None:
    """The mark of the backup at `path` as it is now; None for one that was changed, or is gone."""
    mark = last(path)
    with contextlib.suppress(OSError):
        found = path.stat()
        if mark is not None and (mark.bytes, mark.modified_ns) == (found.st_size, found.st_mtime_ns):
            return mark
    return None


def place(path: Path) -> Path:
    """Where the mark of a backup lies."""
    return beside(path, ENDING)

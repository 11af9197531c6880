"""Tells what keeps the database from being stored to or read, by what SQLite says and a look at the disk."""

import errno
import shutil
import sqlite3
from pathlib import Path

from chatapp.domain.troubles import TroubleKind
from chatapp.storage.looking import code
from chatapp.storage.volume import try_writing

ROOM = 1_000_000
"""Bytes that have to be free before a full disk counts as one no more: a commit of many changes fits."""

# Of the disk, so that no other change would fare better; the last ones are said when a file cannot be opened or locked.
OF_THE_DISK = frozenset({
    *(sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN),
    *(sqlite3.SQLITE_BUSY, sqlite3.SQLITE_PROTOCOL),
})  # fmt: skip
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
# What a disk refuses a new file with. Whatever else does so (no more files may be open, a disk that fails) is not cured
# by space or rights.
_KINDS: dict[int, TroubleKind] = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT), "full"),
    **dict.fromkeys((errno.EROFS, errno.EACCES, errno.EPERM), "read_only"),
}


class NotInPlace(sqlite3.OperationalError):
    """The database is not where it was opened: what was written now would be in a file that nobody finds."""

    sqlite_errorcode = sqlite3.SQLITE_CANTOPEN


def kind(error: sqlite3.Error, path: Path, *, is_in_place: bool) -> TroubleKind | None:
    """What this error of the database at `path` says is wrong; None where a statement is, and not the database."""
    found = code(error)
    if not is_in_place:
        return "gone"
    if found in _DAMAGED:
        return "damaged"
    if found not in OF_THE_DISK:
        return None
    if found == sqlite3.SQLITE_FULL or is_full(path):
        return "full"
    refused = try_writing(path.parent)
    return "failing" if refused is None else _KINDS.get(refused.errno or 0, "failing")


def is_full(path: Path) -> bool:
    """Whether nothing much can be stored any more where `path` lies."""
    try:
        return shutil.disk_usage(path.parent).free < ROOM
    except OSError:
        return False

"""Reads a database file and leaves no trace beside it.

A database in WAL mode that nobody has open would get a log and an index beside it from an ordinary reader, which
cannot take them away again: it is read as `immutable`. One with a log beside it is read through the log, without
folding it in. Only a rollback journal, which a kill can leave behind, must be played back first, and SQLite does that
for a connection that may write.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

# The texts are part of SQLite's interface (sqlite3_errstr).
_CODES = {
    "database disk image is malformed": sqlite3.SQLITE_CORRUPT,
    "file is not a database": sqlite3.SQLITE_NOTADB,
    "database or disk is full": sqlite3.SQLITE_FULL,
    "disk I/O error": sqlite3.SQLITE_IOERR,
    "database is locked": sqlite3.SQLITE_BUSY,
}


@contextmanager
def looking(path: Path, *, is_alone: bool = False) -> Iterator[sqlite3.Connection]:
    """A connection that reads the database at `path`.

    `is_alone` says that nobody else can open it meanwhile: then an index that the reading made is taken away too.
    """
    index = beside(path, "-shm")
    had_index = index.exists()
    if has_content(beside(path, "-journal")):
        mode = "rw"
    elif had_index or log_of(path).exists():
        mode = "ro"
    else:
        mode = "ro&immutable=1"
    try:
        with closing(connect(path, mode, seconds=1)) as connection:
            yield connection
    finally:
        if is_alone and not had_index and mode == "ro":
            index.unlink(missing_ok=True)


def connect(path: Path, mode: str, *, seconds: float = 5) -> sqlite3.Connection:
    """A connection in `ro` or `rw`, which never makes a file that is not there and waits this long for others.

    Transactions are the caller's.
    """
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    return sqlite3.connect(uri, uri=True, isolation_level=None, timeout=seconds)


def code(error: sqlite3.Error) -> int:
    """SQLite's primary code of an error. Errors of the online backup come without: theirs is told by its text."""
    extended: int = getattr(error, "sqlite_errorcode", _CODES.get(str(error), sqlite3.SQLITE_ERROR))
    return extended & 0xFF


def log_of(path: Path) -> Path:
    """Where SQLite keeps what is committed and not yet in the file itself."""
    return beside(path, "-wal")


def beside(path: Path, ending: str) -> Path:
    """The file that SQLite calls like the database, with this ending."""
    return path.with_name(path.name + ending)


def has_content(path: Path) -> bool:
    """Whether there is a file, and anything in it."""
    return path.exists() and path.stat().st_size > 0

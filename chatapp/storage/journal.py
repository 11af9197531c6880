"""How SQLite keeps a transaction whole: by a write-ahead log (WAL), or by a rollback journal where a log is unsafe.

A log needs memory that all connections share through a file. On file systems of other machines that memory can go out
of step without an error, and the database with it (https://sqlite.org/wal.html: "WAL does not work over a network
filesystem"). There the rollback journal is used: readers and the writer take turns. Where not even locks hold for all
machines, two chats could write at once: there the program refuses.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, Literal

from chatapp.errors import StartRefused
from chatapp.storage import volume
from chatapp.storage.looking import connect, has_content

Journal = Literal["wal", "delete"]

# How the lack of shared memory shows, by what a file system can and by how it says so.
_NO_MEMORY = frozenset({sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PROTOCOL})

_WITH_A_ROLLBACK_JOURNAL = (
    # The commit is the end of the journal file: its folder is synced too, or a power cut could bring the file back.
    "synchronous = EXTRA",
    # Otherwise a large change would wait for readers in the middle, on the thread that readers need to finish.
    "cache_spill = OFF",
)


def fitting(path: Path) -> Journal:
    """Return what is safe for a database at `path`. Raises StartRefused where nothing is."""
    kind = volume.is_shared(path.parent)
    if kind is None:
        return "wal"
    if not volume.keeps_locks(kind):
        raise StartRefused(
            f"The data folder {path.parent} lies on a file system ({kind}) whose locks do not hold for other machines, "
            "so the chat could be damaged there: choose a folder on a disk of this machine with --data-dir."
        )
    return "delete"


def settle(path: Path, journal: Journal) -> None:
    """Take a database that came with a log out of that mode where it is not safe; nobody else may use it.

    Raises StartRefused where that fails; the database was left as it is.
    """
    if journal == "wal" or not has_content(path):
        return
    try:
        with closing(connect(path, "rw")) as connection:
            # Alone, a connection needs no shared memory to read the log.
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            mode = _set(connection, "DELETE")
    except sqlite3.Error as error:
        raise _refusal(path, str(error)) from error
    if mode != "delete":
        raise _refusal(path, f"it stays in the mode {mode}")


class Journaling:
    """The mode of all connections to the database at `path`, found out when the first of them begins.

    Making it raises StartRefused where no mode is safe.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._journal = fitting(path)
        self._is_tried = False

    def begin(self, cursor: Any) -> tuple[str, ...]:
        """Set the mode of a new connection, see that it is so, and return the pragmas that go with it.

        Raises StartRefused where none can be had.
        """
        if not self._is_tried:
            # By connections of their own: one that failed once to share memory cannot be used any more.
            if self._journal == "wal" and not _has_log(self._path):
                self._journal = "delete"
                settle(self._path, self._journal)
            self._is_tried = True
        found = _set(cursor, self._journal)
        if found != self._journal:
            raise _refusal(self._path, f"it stays in the mode {found}")
        return _WITH_A_ROLLBACK_JOURNAL if self._journal == "delete" else ()


def mode(path: Path) -> str:
    """Return the mode in which a database was left, `none` where there is none.

    Trap: only for a process without any connection to it; closing the file gives up the locks of SQLite.
    """
    if not has_content(path):
        return "none"
    with path.open("rb") as file:
        # Byte 18 of the header (https://sqlite.org/fileformat.html): 2 is WAL, 1 the rollback journal.
        return "wal" if file.read(19)[-1] == 2 else "delete"


def _has_log(path: Path) -> bool:
    """Tell whether a log can be had. SQLite may say that it is on, and fail when it is first used."""
    try:
        with closing(sqlite3.connect(path)) as connection:
            if _set(connection, "WAL") != "wal":
                return False
            connection.execute("SELECT 1 FROM sqlite_master").fetchone()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF not in _NO_MEMORY:
            raise
        return False
    return True


def _set(target: Any, wanted: str) -> str:
    """Ask for a mode; SQLite answers with the one that holds then."""
    cursor = target.execute(f"PRAGMA journal_mode = {wanted}") or target
    return str(cursor.fetchone()[0]).lower()


def _refusal(path: Path, why: str) -> StartRefused:
    return StartRefused(
        f"The database {path} cannot be used safely on this file system ({why}): choose a folder on a disk of this "
        "machine with --data-dir."
    )

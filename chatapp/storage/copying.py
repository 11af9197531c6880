"""Copies a database into a file that is whole or not there.

Mechanism: SQLite's online backup copies one state of the database, while others go on writing, into a file that ends
in `.part`. The copy is taken out of WAL mode, so that one file is all of it, checked from end to end, counted against
what was copied, and synced; only then it gets its name. A kill leaves a `.part`. Cost: the database is read and written
once and the copy read again, and the log of the database grows meanwhile.
"""

import contextlib
import os
import shutil
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from chatapp.errors import StartRefused
from chatapp.storage import census
from chatapp.storage.census import Census
from chatapp.storage.form import damaged, unfit
from chatapp.storage.looking import beside, code, connect, log_of

Say = Callable[[str], None]
"""Is told, in a line each time, how far long work has come; short work says nothing."""

SECONDS_BETWEEN = 1.0
"""Two lines of progress stand this far apart, and the first comes after as long."""
# Half a megabyte a step: the cost of a step is little beside that of its pages.
_PAGES = 128
# Of SQLite's virtual machine: a few times a second.
_STEPS = 1_000_000
# What stays free on the disk beside a copy, for the log of the database in use.
_SPARE_BYTES = 16_000_000
_NO_ROOM = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY}


class Pace:
    """Tells `say` of long work, seldom enough to be read."""

    def __init__(self, say: Say | None) -> None:
        self._say = say
        self._begun = self._told = time.monotonic()

    def tell(self, line: str) -> None:
        """Say this line, if the last one is long enough ago."""
        now = time.monotonic()
        if self._say is not None and now - self._told >= SECONDS_BETWEEN:
            self._told = now
            self._say(line)

    @contextmanager
    def beating(self, connection: sqlite3.Connection, line: str) -> Iterator[None]:
        """Say this line with the seconds gone, while statements run of which SQLite does not say how far they are."""
        connection.set_progress_handler(lambda: self.tell(f"{line}: {time.monotonic() - self._begun:.0f} s"), _STEPS)
        try:
            yield
        finally:
            connection.set_progress_handler(None, _STEPS)


def copy(source: sqlite3.Connection, target: Path, say: Say | None = None, *, checks: bool = True) -> Census | None:
    """Copy what `source` reads to `target`; return what is in it, unless it is copied as it is, without `checks`.

    Raises Unfit where the source is damaged, StartRefused where the target cannot be written.
    """
    part = beside(target, ".part")
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        remove(part)
        try:
            counted = _fill(part, source, say, checks=checks)
            sync(part)
            part.replace(target)
        finally:
            remove(part)
        sync_folder(target.parent)
    except OSError as error:
        raise StartRefused(f"{target} cannot be written: {error.strerror or error}.", exit_code=1) from error
    return counted


def _fill(part: Path, source: sqlite3.Connection, say: Say | None, *, checks: bool) -> Census | None:
    # It holds everything that was said: only its owner may read it.
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    pace = Pace(say)

    def tell(_status: int, remaining: int, total: int) -> None:
        pace.tell(f"Copying the database: {100 * (total - remaining) // max(total, 1)} %")

    with closing(sqlite3.connect(part, isolation_level=None)) as made:
        # A kill leaves a `.part`, so it needs no journal; it is synced once, at the end.
        made.execute("PRAGMA journal_mode = OFF")
        made.execute("PRAGMA synchronous = OFF")
        try:
            # Held open, it keeps all steps at one state: otherwise every commit of others would begin the copy anew.
            source.execute("BEGIN")
            source.execute("SELECT count(*) FROM sqlite_master").fetchone()
            source.backup(made, pages=_PAGES, progress=tell, sleep=0)
            counted = census.take(source) if checks else None
            source.execute("COMMIT")
            made.execute("PRAGMA journal_mode = DELETE")
        except sqlite3.DatabaseError as error:
            if code(error) in _NO_ROOM:
                raise StartRefused(f"{part} cannot be written: {error}.", exit_code=1) from error
            raise unfit(error) from None
        if checks:
            check_whole(made, say)
            demand_same(made, counted)
        return counted


def rewrite(path: Path, say: Say | None = None) -> None:
    """Write a database that nobody else uses anew, so that it holds nothing of what was removed from it; a kill leaves
    one or the other, and a `.part`. It stays in a mode without a log. Raises sqlite3.Error, OSError.
    """
    part = beside(path, ".part")
    remove(part)
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        with closing(connect(path, "rw")) as connection, Pace(say).beating(connection, "Writing the database anew"):
            # A log that stayed would be played into the new file.
            (mode,) = connection.execute("PRAGMA journal_mode = DELETE").fetchone()
            if mode != "delete":
                raise sqlite3.OperationalError(f"it stays in the mode {mode}")
            # VACUUM alone would hold all of it in memory: SQLite is compiled so here (TEMP_STORE=3).
            connection.execute("VACUUM INTO ?", (str(part),))
        sync(part)
        part.replace(path)
    finally:
        remove(part)
    sync_folder(path.parent)


def demand_same(connection: sqlite3.Connection, expected: Census | None) -> None:
    """Raise Unfit where a database that is whole holds something else than was expected."""
    if expected is not None and census.take(connection) != expected:
        raise damaged("it holds something else than what it was made from")


def check_whole(connection: sqlite3.Connection, say: Say | None = None) -> None:
    """Read a database from end to end. Raises Unfit where something is wrong."""
    with Pace(say).beating(connection, "Checking every page"):
        try:
            (found,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
        except sqlite3.DatabaseError as error:
            raise unfit(error) from None
    if found != "ok":
        raise damaged(str(found).splitlines()[-1])


def size(path: Path) -> int:
    """The bytes of a database with its log."""
    return sum(file.stat().st_size for file in (path, log_of(path)) if file.exists())


def demand_space(folder: Path, needed: int, purpose: str) -> None:
    """Raise StartRefused unless the disk of `folder` has room for this many bytes."""
    free = shutil.disk_usage(folder).free
    if free < needed + _SPARE_BYTES:
        raise StartRefused(
            f"{purpose} needs {_megabytes(needed + _SPARE_BYTES)} on the disk of {folder}, and {_megabytes(free)} are "
            "free. Make room and try again; nothing was changed.",
            exit_code=1,
        )


def _megabytes(count: int) -> str:
    return f"{count / 1_000_000:,.0f} MB"


def sync(path: Path) -> None:
    """Have what a file holds on the disk. Nobody in this process may have it open through SQLite: closing a file gives
    up the locks on it.
    """
    # Windows syncs only what is open for writing.
    file = os.open(path, os.O_RDWR)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on the disk, where the system lets a program ask for it."""
    if sys.platform != "win32":
        handle = os.open(folder, os.O_RDONLY)
        try:
            # Some network file systems know nothing of it.
            with contextlib.suppress(OSError):
                os.fsync(handle)
        finally:
            os.close(handle)


def remove(path: Path) -> None:
    """Take a database away with the files beside it."""
    for ending in ("", "-journal", "-wal", "-shm"):
        beside(path, ending).unlink(missing_ok=True)

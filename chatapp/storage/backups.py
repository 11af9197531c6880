"""The backups in the data folder, and putting one in the place of the database.

Guarantees: what has the name of a backup was whole when it was made (see `copying`); proving it is another matter (see
`proofs`). A swap that was killed is completed at the next
start, or has not begun; what it replaces is kept. What kills have left is taken away by the next copy or start.

Trap: closing any file handle on a database gives up the locks that SQLite holds on it in this process. A database that
may be in use is read through SQLite only.
"""

import contextlib
import json
import logging
import secrets
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from filelock import FileLock, Timeout
from msgspec import Struct

from chatapp.domain import copies
from chatapp.domain.audit import CHAT, OPERATOR
from chatapp.errors import StartRefused
from chatapp.storage import copying, form, marks
from chatapp.storage.copying import Say
from chatapp.storage.form import Unfit
from chatapp.storage.looking import beside, code, connect, has_content, log_of, looking
from chatapp.storage.marks import Mark
from chatapp.storage.revision import REVISION

log = logging.getLogger(__name__)

ENDING = ".sqlite3"


class Backup(Struct, frozen=True):
    """A whole copy of the database: its file, when it was made (UTC milliseconds), its size and its form."""

    name: str
    created_at: int
    bytes: int
    revision: str


def make(database_path: Path, folder: Path, say: Say | None = None, *, stem: str = "chat") -> Backup:
    """Copy the database, in use or not, into `folder` under a name that begins with `stem` and has the time.

    Raises StartRefused where that cannot be done, with code 3 where the database is damaged.
    """
    found = _demand(database_path)
    with _alone(folder):
        return _copy_in_use(database_path, _free_name(folder, stem), found, say, marks_it=True)


def save(database_path: Path, target: Path, say: Say | None = None) -> Backup:
    """Copy the database, in use or not, to `target`. Raises StartRefused where that is there, or cannot be written."""
    if target.exists():
        raise StartRefused(f"{target} is there already: name another file.")
    return _copy_in_use(database_path, target, _demand(database_path), say)


def make_before_upgrade(database_path: Path, folder: Path, found: str, say: Say | None = None) -> Backup:
    """Copy the database, which has the form `found` and nobody uses, before it is changed. Raises StartRefused."""
    with _alone(folder), looking(database_path, is_alone=True) as source:
        return _copy(source, database_path, _free_name(folder, f"before-{REVISION}"), found, say, marks_it=True)


def _demand(database_path: Path) -> str:
    found = form.in_place(database_path)
    if found is None:
        raise StartRefused(f"There is no chat here: {database_path} does not exist.")
    return found


def _copy_in_use(path: Path, target: Path, found: str, say: Say | None, *, marks_it: bool = False) -> Backup:
    # It may write, since whoever leaves a database last takes its log along; reading alone would leave one.
    with closing(connect(path, "rw")) as source:
        source.execute("PRAGMA query_only = ON")
        return _copy(source, path, target, found, say, marks_it=marks_it)


def _copy(
    source: sqlite3.Connection, path: Path, target: Path, found: str, say: Say | None, *, marks_it: bool
) -> Backup:
    copying.demand_space(_existing(target.parent), copying.size(path), "A copy of the database")
    try:
        counted = copying.copy(source, target, say)
    except Unfit as unfit:
        raise form.refusal(path, unfit) from None
    log.info("Copied the database to %s", target)
    if marks_it:
        stat = target.stat()
        marks.write(target, Mark(stat.st_size, stat.st_mtime_ns, found, counted))
    return _about(target, found)


def _existing(folder: Path) -> Path:
    return next((one for one in (folder, *folder.parents) if one.is_dir()), folder)


def kept(folder: Path) -> list[Backup]:
    """The backups in `folder`, the newest first. Files that are damaged or none of ours are left out."""
    found = []
    for path in folder.glob(f"*{ENDING}"):
        with contextlib.suppress(Unfit, OSError):
            revision = form.revision(path)
            if revision is not None:
                found.append(_about(path, revision))
    return sorted(found, key=lambda backup: (backup.created_at, backup.name), reverse=True)


def unreadable(path: Path) -> Backup | None:
    """A file that cannot be read as a backup, where it was one or has the name of one; its form is that of then."""
    before = marks.last(path)
    if before is None and copies.maker(path.name) is None:
        return None
    with contextlib.suppress(OSError):
        return _about(path, "" if before is None else before.revision)
    return None


def _about(path: Path, revision: str) -> Backup:
    stat = path.stat()
    return Backup(path.name, stat.st_mtime_ns // 1_000_000, stat.st_size, revision)


def count_messages(path: Path) -> int | None:
    """How many messages a backup holds; None for one that is too damaged to tell."""
    with contextlib.suppress(sqlite3.DatabaseError), looking(path) as connection:
        return int(connection.execute("SELECT count(*) FROM messages").fetchone()[0])
    return None


def swap(candidate: Path, database_path: Path, folder: Path, restored: str | None = None) -> Path | None:
    """Put `candidate`, which is checked and lies on the same disk, in the place of the database, which nobody uses.

    It begins a new history: clients forget what they knew. Links that work once end with it. What was there is kept in
    `folder`; return where, None when there was nothing. What the operator has `restored` is entered in its audit log;
    what a host has, when they come back. Raises StartRefused where that cannot be done.
    """
    try:
        _begin_history(candidate, restored)
        _fold_log(database_path)
        copying.sync(candidate)
        candidate.replace(form.next_to(database_path))
        copying.sync_folder(database_path.parent)
        return _put_in_place(database_path, folder)
    except (OSError, sqlite3.Error) as error:
        raise StartRefused(f"The backup cannot take the place of {database_path}: {error}.", exit_code=1) from error


def settle(database_path: Path, folder: Path) -> None:
    """Complete a swap that was killed, and take away what kills have left. For whoever holds the data folder."""
    if form.next_to(database_path).exists() and not database_path.exists():
        _put_in_place(database_path, folder)
    copying.remove(form.next_to(database_path))
    copying.remove(candidate_path(database_path))
    copying.remove(beside(candidate_path(database_path), ".part"))
    copying.remove(beside(database_path, ".part"))
    for stray in database_path.parent.glob("import-*.part"):
        stray.unlink(missing_ok=True)
    if folder.is_dir():
        for stray in [*folder.glob("upload-*"), *folder.glob("proof-*"), *folder.glob(f"*{marks.ENDING}.*.part")]:
            stray.unlink(missing_ok=True)
        # Whoever copies at this moment takes the others' leavings away.
        with contextlib.suppress(StartRefused), _alone(folder):
            pass


def remove(folder: Path, name: str) -> None:
    """Take one of the backups away. Raises OSError."""
    copying.remove(folder / name)
    marks.place(folder / name).unlink(missing_ok=True)


def candidate_path(database_path: Path) -> Path:
    """Where a copy is made ready to take the place of the database."""
    return beside(database_path, ".candidate")


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Be the only one who copies into `folder`: what ends in `.part` is then a kill's."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with FileLock(folder / ".lock", timeout=0, mode=0o600):
            for part in folder.glob(f"*{ENDING}.part*"):
                part.unlink(missing_ok=True)
            yield
    except Timeout:
        raise StartRefused(f"A copy is being made in {folder} already: try again when it is done.") from None
    except OSError as error:
        raise StartRefused(f"{folder} cannot be written: {error.strerror or error}.", exit_code=1) from error


def _free_name(folder: Path, stem: str) -> Path:
    """A file with the time in its name that is not there yet."""
    begun = f"{stem}-{time.strftime('%Y%m%d-%H%M%S')}"
    number = 1
    while (path := folder / f"{begun}{'' if number == 1 else f'-{number}'}{ENDING}").exists():
        number += 1
    return path


def _begin_history(candidate: Path, restored: str | None) -> None:
    with closing(sqlite3.connect(candidate, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE installation SET history_id = ?", (secrets.token_hex(8),))
        if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'codes'").fetchone() is not None:
            connection.execute("DELETE FROM codes")
        if restored is not None:
            now = time.time_ns() // 1000
            entry = (now, now // 1000, OPERATOR, "backup_restored", CHAT, json.dumps({"backup": restored}))
            connection.execute(
                "INSERT INTO audit (id, created_at, actor, action, subject, detail) VALUES (?, ?, ?, ?, ?, ?)", entry
            )
        connection.execute("COMMIT")


def _fold_log(database_path: Path) -> None:
    """Make one file of the database; one that is damaged stays as it is, with its log. Raises sqlite3.Error where
    another program uses it.
    """
    if not has_content(database_path):
        return
    try:
        # Writing to what is no database would take its log away.
        with looking(database_path, is_alone=True) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        with closing(connect(database_path, "rw")) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.DatabaseError as error:
        if code(error) == sqlite3.SQLITE_BUSY:
            raise


def _put_in_place(database_path: Path, folder: Path) -> Path | None:
    """Move what is there to `folder` and the next database to its place; a kill may come after any step."""
    replaced = None
    if has_content(database_path) or has_content(log_of(database_path)):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        replaced = _free_name(folder, "replaced")
        if database_path.exists():
            database_path.replace(replaced)
        # A log that stayed would be played into the database that comes.
        for ending in ("-wal", "-journal"):
            if has_content(beside(database_path, ending)):
                beside(database_path, ending).replace(beside(replaced, ending))
        copying.sync_folder(folder)
    copying.remove(database_path)
    form.next_to(database_path).replace(database_path)
    copying.sync_folder(database_path.parent)
    return replaced

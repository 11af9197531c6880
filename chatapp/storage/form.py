"""Which form a database file has: ours and of today, older, newer, somebody else's or damaged."""

import re
import sqlite3
from pathlib import Path

from chatapp.errors import StartRefused
from chatapp.storage.looking import beside, code, has_content, log_of, looking
from chatapp.storage.revision import REVISION

_OURS = frozenset({"alembic_version", "installation", "messages"})


class Unfit(Exception):
    """Why a database cannot be used: the end of a sentence about it, and `advice` where it is the one in place."""

    def __init__(self, text: str, advice: str) -> None:
        super().__init__(text)
        self.advice = advice


def in_place(path: Path, *, is_alone: bool = False) -> str | None:
    """The revision of the data folder's database, None where there is none yet.

    Raises StartRefused with code 3 where it is damaged, not ours, or newer than this program; it was not touched.
    """
    try:
        found = revision(path, is_alone=is_alone)
        _refuse_newer(found)
    except Unfit as unfit:
        raise refusal(path, unfit) from None
    return found


def demand_ours(path: Path) -> None:
    """Raise StartRefused where the data folder's database cannot be used: before anything in the folder is touched."""
    # Where a swap was killed there may be no database, and the start puts the new one in place.
    if not next_to(path).exists():
        in_place(path)


def next_to(path: Path) -> Path:
    """Where a database waits that takes the place of the one at `path`."""
    return beside(path, ".next")


def refusal(path: Path, unfit: Unfit) -> StartRefused:
    """The refusal of the data folder's database, which was not touched."""
    return StartRefused(f"The database {path} {unfit}; it was left as it is. {unfit.advice}", exit_code=3)


def offered(path: Path) -> str:
    """The revision of a file that is to be restored.

    Raises StartRefused where it is damaged, not ours, or newer than this program.
    """
    try:
        return usable(path)
    except Unfit as unfit:
        raise rejection(unfit) from None


def usable(path: Path) -> str:
    """The revision of a database that this program can use. Raises Unfit."""
    found = revision(path)
    if found is None:
        raise _foreign()
    _refuse_newer(found)
    return found


def rejection(unfit: Unfit) -> StartRefused:
    """The refusal of a file that was to be restored."""
    return StartRefused(f"The backup {unfit}. Choose another; nothing was changed.")


def revision(path: Path, *, is_alone: bool = False) -> str | None:
    """The revision of the database at `path`, a newer one included; None where there is none yet. Raises Unfit."""
    if not has_content(path):
        if has_content(log_of(path)):
            raise Unfit(f"is missing, only its log {log_of(path).name} is there", _RESTORE)
        return None
    try:
        with looking(path, is_alone=is_alone) as connection:
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
            if not tables:
                return None
            found = (
                connection.execute("SELECT version_num FROM alembic_version").fetchone() if tables >= _OURS else None
            )
    except sqlite3.DatabaseError as error:
        raise unfit(error) from None
    # Others use Alembic too; ours are numbered.
    if found is None or not re.fullmatch(r"\d{4}", str(found[0])):
        raise _foreign()
    return str(found[0])


_RESTORE = "Put a backup in its place: chatapp restore FILE."


def unfit(error: sqlite3.DatabaseError) -> Unfit:
    """What an error of reading a database says of it."""
    if code(error) == sqlite3.SQLITE_NOTADB:
        return _foreign()
    if code(error) == sqlite3.SQLITE_CORRUPT:
        return damaged(str(error))
    return Unfit(f"cannot be read ({error})", "Make it readable, and end other programs that use it.")


def damaged(detail: str) -> Unfit:
    """What is said of a database that holds together no more."""
    return Unfit(f"is damaged ({detail})", _RESTORE)


def _foreign() -> Unfit:
    return Unfit("is not of this program", "Move it away, or choose another folder with --data-dir.")


def _refuse_newer(found: str | None) -> None:
    if found is not None and found > REVISION:
        raise Unfit(f"has the form {found}, which is newer than this program ({REVISION})", "Start the newer program.")

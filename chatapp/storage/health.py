"""What the doctor asks of the database, in use by this process or by nobody."""

import sqlite3
from pathlib import Path

from msgspec import Struct

from chatapp.errors import ChatError, StartRefused
from chatapp.storage import form, installation, journal
from chatapp.storage.database import Database
from chatapp.storage.looking import looking

SQLITE = sqlite3.sqlite_version
"""The version of the SQLite in use."""


class Health(Struct, frozen=True):
    """The mode of the journal (`none`: there is no database), when the newest thing was stored (UTC milliseconds), and
    a sentence where the database cannot be used.
    """

    journal: str
    newest_at: int | None = None
    problem: str | None = None


async def in_use(database: Database) -> Health:
    """The health of the database that this process uses."""
    try:
        async with database.read() as connection:
            newest = await installation.last_id(connection)
        problem = None if database.is_in_place() else f"{database.path} is not where it was when the chat began."
        return Health(await database.journal_mode(), _time(newest), problem)
    except ChatError as error:
        return Health("unknown", problem=error.message)


def at_rest(path: Path) -> Health:
    """The health of a database that no chat uses. It is not touched.

    Trap: only for a process without any connection to it, since closing the file gives up the locks of SQLite.
    """
    try:
        if form.in_place(path) is None:
            return Health("none")
        with looking(path) as connection:
            query = "SELECT max((SELECT coalesce(max(id), 0) FROM users), (SELECT coalesce(max(id), 0) FROM messages))"
            (newest,) = connection.execute(query).fetchone()
        return Health(journal.mode(path), _time(newest))
    except (StartRefused, OSError, sqlite3.Error) as error:
        return Health("unknown", problem=str(error))


def _time(newest: int) -> int | None:
    """Ids are microseconds since 1970, and grow also when the clock is set back (`writer.Ids`)."""
    return newest // 1000 or None

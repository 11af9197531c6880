"""Brings the database to the form this program knows.

A database that is there already is copied first (`backups/before-<revision>-<time>.sqlite3`, checked before it
counts), and one of an early form is written anew without what was removed from it. Then all migrations run in one
transaction on a connection of their own, with foreign keys off (SQLite rebuilds tables by copying, and would otherwise
delete what refers to them) and checked before the commit. A crash at any point leaves the old state, and the next start
begins again.
"""

import logging
import sqlite3
from pathlib import Path
from typing import Any

import sqlalchemy
from sqlalchemy import Connection, event
from sqlalchemy.exc import DBAPIError

from chatapp.errors import StartRefused
from chatapp.storage import backups, copying, form, journal
from chatapp.storage.copying import Pace, Say
from chatapp.storage.revision import REVISION

log = logging.getLogger(__name__)

_OVERWRITES = "0005"
"""Since this form what is removed is overwritten."""


def migrations_dir() -> Path:
    """Where the migrations lie: inside the package when installed or frozen, beside it in the source tree."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "migrations"
    return inside if inside.is_dir() else package.parent / "migrations"


def migrate(path: Path, say: Say | None = None) -> backups.Backup | None:
    """Make the database at `path`, or bring it up to date; nobody else may use it. Return the copy that was made first.

    How far long work is goes to the log unless `say` is given. Raises StartRefused, with code 3 where the database is
    not ours to touch.
    """
    say = say or _log
    folder = path.parent / "backups"
    mode = journal.fitting(path)
    backups.settle(path, folder)
    found = form.in_place(path, is_alone=True)
    journal.settle(path, mode)
    if found == REVISION:
        return None
    copy = None
    if found is not None:
        # The copy, and the log that the changes go to.
        copying.demand_space(path.parent, 2 * copying.size(path), "The upgrade of the database")
        copy = backups.make_before_upgrade(path, folder, found, say)
    upgrade(path, found, say)
    return copy


def _log(line: str) -> None:
    log.info("%s", line)


def upgrade(path: Path, found: str | None, say: Say | None = None) -> None:
    """Bring the database at `path`, which has the form `found` and nobody else uses, up to date: wholly or not at all.
    One of a form in which what was removed was not overwritten is written anew before.

    Raises StartRefused where it cannot be written, or would be inconsistent afterwards.
    """
    if found == REVISION:
        return
    if found is not None and found < _OVERWRITES:
        _rewrite(path, say)
    engine = sqlalchemy.create_engine(
        sqlalchemy.URL.create("sqlite", database=str(path)), poolclass=sqlalchemy.NullPool, hide_parameters=True
    )
    event.listen(engine, "connect", _leave_transactions_to_us)
    event.listen(engine, "begin", _begin)
    try:
        with engine.begin() as connection:
            _run(connection, found, say)
            if connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
                raise StartRefused(
                    f"{path} would be inconsistent after the upgrade; it was left as it is.", exit_code=3
                )
    except DBAPIError as error:
        raise StartRefused(
            f"The upgrade of {path} failed ({error.orig}); it was left as it is.", exit_code=1
        ) from error
    log.info("The database has the form %s now", REVISION)


def _rewrite(path: Path, say: Say | None) -> None:
    try:
        copying.rewrite(path, say)
    except (sqlite3.Error, OSError) as error:
        raise StartRefused(f"The upgrade of {path} failed ({error}); it was left as it is.", exit_code=1) from error


def _run(connection: Connection, found: str | None, say: Say | None) -> None:
    # Imported here: Alembic takes a tenth of a second, and most starts have nothing to migrate.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(migrations_dir()).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    driver: Any = connection.connection.dbapi_connection
    scripts = ScriptDirectory.from_config(config)
    for step in reversed(list(scripts.iterate_revisions("head", found or "base"))):
        line = f"Upgrading the database to {step.revision} ({step.doc.rstrip('.')})"
        if found is not None and say is not None:
            say(line)
        with Pace(say).beating(driver, line):
            command.upgrade(config, step.revision)


def _leave_transactions_to_us(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute("PRAGMA synchronous = FULL")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")

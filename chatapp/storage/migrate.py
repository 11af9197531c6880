"""Brings the database to the form this program knows.

A database that is there already is copied first (`backups/before-<revision>-<time>.sqlite3`, checked before it
counts), then all migrations run in one transaction on a connection of their own, with foreign keys off (SQLite
rebuilds tables by copying, and would otherwise delete what refers to them) and checked before the commit. A crash at
any point leaves the old state.
"""

import logging
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import sqlalchemy
from sqlalchemy import Connection, event

from chatapp.errors import StartRefused
from chatapp.storage.tables import REVISION

log = logging.getLogger(__name__)


def migrations_dir() -> Path:
    """Where the migrations lie: inside the package when installed or frozen, beside it in the source tree."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "migrations"
    return inside if inside.is_dir() else package.parent / "migrations"


def migrate(path: Path) -> None:
    """Make the database at `path`, or bring it up to date. Raises StartRefused when it is not ours to touch."""
    found = _revision(path)
    if found == REVISION:
        return
    if found is not None:
        _refuse_newer(path, found)
        copy(path, path.parent / "backups" / f"before-{REVISION}-{time.strftime('%Y%m%d-%H%M%S')}.sqlite3")
    _upgrade(path)


def copy(path: Path, target: Path) -> None:
    """Copy a database, live or not, to `target`; it has this name only once it is whole and checked."""
    target.parent.mkdir(exist_ok=True)
    part = target.with_suffix(".part")
    part.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(part)) as made:
        source.backup(made)
        if made.execute("PRAGMA integrity_check").fetchone() != ("ok",):
            raise StartRefused(f"The database {path} is damaged; it was left as it is. Restore a backup.", exit_code=3)
    part.replace(target)
    log.info("Copied the database to %s", target)


def _revision(path: Path) -> str | None:
    """The revision of the database at `path`, None where there is no database yet."""
    if not path.exists() or path.stat().st_size == 0:
        return None
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.DatabaseError as error:
        raise StartRefused(
            f"{path} is not a database of this program ({error}); it was left as it is.", exit_code=3
        ) from None
    if row is None:
        raise StartRefused(f"{path} is not a database of this program; it was left as it is.", exit_code=3)
    return str(row[0])


def _refuse_newer(path: Path, found: str) -> None:
    if not any(migrations_dir().glob(f"versions/{found}_*.py")):
        raise StartRefused(
            f"The database {path} has the form {found}, which is newer than this program ({REVISION}). "
            "Start the newer program; the data was left as it is.",
            exit_code=3,
        )


def _upgrade(path: Path) -> None:
    # Imported here: Alembic takes a tenth of a second, and most starts have nothing to migrate.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(migrations_dir()).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    engine = sqlalchemy.create_engine(f"sqlite:///{path}", poolclass=sqlalchemy.NullPool)
    event.listen(engine, "connect", _leave_transactions_to_us)
    event.listen(engine, "begin", _begin)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        if connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
            raise StartRefused(f"{path} would be inconsistent after the upgrade; it was left as it is.", exit_code=3)
    log.info("The database has the form %s now", REVISION)


def _leave_transactions_to_us(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys = OFF")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")

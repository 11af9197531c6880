"""The form of the database, seen before anything else of the program is loaded."""

import contextlib
import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

# What the newest migration is called; a test compares it with migrations/versions.
REVISION = "0003"


@dataclass(frozen=True, slots=True)
class Glance:
    """Whether the database can be opened as it is (or is yet to be made), and what its host chose for HTTPS."""

    is_ready: bool
    https: str


def glance(path: Path) -> Glance:
    """Look at the database at `path`, and change nothing. A few milliseconds: SQLAlchemy is not needed for it."""
    if not path.exists():
        return Glance(is_ready=True, https="off")
    with (
        contextlib.suppress(sqlite3.Error, ValueError, TypeError),
        closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection,
    ):
        (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        if revision == REVISION:
            row = connection.execute("SELECT value FROM choices WHERE name = 'https'").fetchone()
            return Glance(is_ready=True, https="off" if row is None else str(json.loads(row[0])))
    return Glance(is_ready=False, https="off")

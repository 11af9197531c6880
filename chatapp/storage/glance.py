"""A look at the database before anything else of the program is loaded. SQLAlchemy is not needed for it."""

import json
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from chatapp.storage import form
from chatapp.storage.looking import looking
from chatapp.storage.revision import REVISION


@dataclass(frozen=True, slots=True)
class Glance:
    """Whether the database can be opened as it is (or is yet to be made), and what its host chose: HTTPS, and the name
    of the chat (None: not yet).
    """

    is_ready: bool
    https: str = "off"
    name: str | None = None


def glance(path: Path) -> Glance:
    """Look at the database at `path`, which nobody uses, and change nothing."""
    try:
        found = form.revision(path, is_alone=True)
        if found != REVISION:
            return Glance(is_ready=found is None)
        with looking(path, is_alone=True) as connection:
            rows = connection.execute("SELECT name, value FROM choices WHERE name IN ('https', 'name')").fetchall()
        return Glance(is_ready=True, **{name: json.loads(value) for name, value in rows})
    except (form.Unfit, sqlite3.Error):
        return Glance(is_ready=False)

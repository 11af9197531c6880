"""What children of tests need not load again: the program, with what it loads when it makes its first database.

Imported by the process alone that children are forked from.
"""

import tempfile
from pathlib import Path

from chatapp import app, cli, launcher
from chatapp.data_folder import DATABASE
from chatapp.lan import responder
from chatapp.storage.migrate import migrate

__all__ = ["app", "cli", "launcher", "responder"]

with tempfile.TemporaryDirectory() as made:
    migrate(Path(made) / DATABASE)

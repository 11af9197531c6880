"""A chat for the people on one network."""

from chatapp import sqlite

__version__ = "0.1.0"

# Before anything else is imported: see chatapp/sqlite.py.
sqlite.install()

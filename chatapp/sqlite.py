"""Puts a current SQLite in the place of the standard library's `sqlite3`.

SQLite 3.7.0 to 3.51.2 can corrupt a WAL database when a checkpoint and a write meet (https://sqlite.org/wal.html,
"the WAL-reset bug"), and the SQLite beside most Pythons is one of these. The `pysqlite3` wheel carries a later one.
aiosqlite imports `sqlite3` by name, so the wheel must stand under that name before aiosqlite is imported:
`chatapp/__init__.py` calls `install` first of all.
"""

import sys

import pysqlite3
from pysqlite3 import dbapi2

FIRST_SAFE_VERSION = (3, 51, 3)


def install() -> None:
    """Let every later `import sqlite3` find the wheel's module. Raises RuntimeError when that is too old as well."""
    if dbapi2.sqlite_version_info < FIRST_SAFE_VERSION:
        found = ".".join(map(str, dbapi2.sqlite_version_info))
        raise RuntimeError(f"SQLite {found} can damage a database; pysqlite3 >= 0.6.1 is needed.")
    sys.modules["sqlite3"] = pysqlite3
    sys.modules["sqlite3.dbapi2"] = dbapi2

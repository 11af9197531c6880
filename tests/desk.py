"""The services that let people in, on one database and a clock that the test moves."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from chatapp.domain.attempts import PASSWORDS, PHRASES, Attempts
from chatapp.domain.commands import SetUsername
from chatapp.domain.entities import Device, Session, User
from chatapp.services.accounts import Accounts
from chatapp.services.codes import Codes
from chatapp.services.endings import Endings
from chatapp.services.entrance import Entrance
from chatapp.services.hashing import Hashing
from chatapp.services.host import Host
from chatapp.services.sessions import Sessions
from chatapp.storage.database import Database
from chatapp.storage.writer import Ids, Writer

SECRET = "a key for tests"
HERE = Device("Firefox on Linux", "192.168.1.20")


async def nothing() -> None:
    """Nobody asks for HTTPS here."""


class Desk:
    """Accounts and codes on one database, and a clock that the test moves."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.now = 1_000_000
        self.database = Database(path)
        self.writer = Writer(self.database, Ids(0), lambda _: None)
        clock = self.clock
        self.endings = Endings()
        self.sessions = Sessions(self.database, self.writer, SECRET, clock, self.endings)
        self.accounts = Accounts(self.database, self.writer, clock)
        self.codes = Codes(self.database, self.writer, SECRET, clock, self.endings)
        self.hashes = Hashing()
        self.host = Host(self.database, self.writer, {}, {}, nothing)
        self.entrance = Entrance(
            self.database,
            self.writer,
            SECRET,
            clock,
            host=self.host,
            hashes=self.hashes,
            tries_at_passwords=Attempts(PASSWORDS, lambda: 0),
            tries_at_phrase=Attempts(PHRASES, lambda: 0),
        )

    def clock(self) -> int:
        """The time, in milliseconds."""
        return self.now

    async def sign_in(self, name: str) -> Session:
        """A new person."""
        session, _ = await self.entrance.come_in(SetUsername(name), HERE)
        return session

    def stored(self) -> list[tuple[Any, ...]]:
        """Hash and purpose of the codes that are stored."""
        with closing(sqlite3.connect(self.path)) as connection:
            return connection.execute("SELECT code_hash, purpose FROM codes").fetchall()

    def role_of(self, user: User) -> str:
        """What a person is, as it is stored."""
        with closing(sqlite3.connect(self.path)) as connection:
            (role,) = connection.execute("SELECT role FROM users WHERE id = ?", [user.id]).fetchone()
        return str(role)

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
from chatapp.services.invitations import Invitations
from chatapp.services.passwords import Passwords
from chatapp.services.sessions import Sessions
from chatapp.storage.database import Database
from chatapp.storage.writer import Ids, Writer

SECRET = "a key for tests"
HERE = Device("Firefox on Linux", "192.168.1.20")


async def nothing() -> None:
    """Nobody asks for HTTPS here."""


class Desk:
    """What lets people in, on one database, and a clock that the test moves."""

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
        self.host = Host(self.database, self.writer, {}, {}, nothing, str)
        self.invitations = Invitations(self.database, self.writer, SECRET, clock)
        tries = Attempts(PASSWORDS, lambda: 0)
        self.passwords = Passwords(self.database, self.writer, self.hashes, tries, self.endings)
        self.entrance = Entrance(
            self.database,
            self.writer,
            SECRET,
            clock,
            host=self.host,
            hashes=self.hashes,
            tries_at_passwords=tries,
            tries_at_phrase=Attempts(PHRASES, lambda: 0),
        )

    def clock(self) -> int:
        """The time, in milliseconds."""
        return self.now

    async def sign_in(self, name: str, **more: str) -> Session:
        """Somebody who comes in, with a `password`, `phrase` or `invitation` as wanted."""
        session, _ = await self.entrance.come_in(SetUsername(name, **more), HERE)
        return session

    async def host_called(self, name: str) -> User:
        """A new person who is a host."""
        user = (await self.sign_in(name)).user
        return await self.codes.take_host(user, await self.codes.issue_host())

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """What is stored."""
        with closing(sqlite3.connect(self.path)) as connection:
            return connection.execute(query, values).fetchall()

    def stored(self) -> list[tuple[Any, ...]]:
        """Hash and purpose of the codes that are stored."""
        return self.rows("SELECT code_hash, purpose FROM codes")

    def role_of(self, user: User) -> str:
        """What a person is, as it is stored."""
        return str(self.rows("SELECT role FROM users WHERE id = ?", user.id)[0][0])

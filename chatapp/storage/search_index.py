"""The file of the search index: what it holds, how it is opened, read, and replaced when it is no good.

Of every message that says something there is a row in `entries` with its folded text, and with it in two full-text
tables that keep no text of their own. `words` has the text's trigrams; `pairs` the Chinese, Japanese and Korean
characters and their pairs, of texts that have any. Both also have the room, the author and whether there is a link, so
that a rare author is found as fast as a rare word. Only which messages hold what is kept (`detail=none`), not where in
them: what was found is compared with `entries`.

The file can be made anew from the chat's database at any time, so nothing in it is precious: one that is damaged, of
another form or of another history is replaced. What leaves it is overwritten (`secure_delete`, and the like in FTS5).
"""

import contextlib
import logging
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chatapp.storage import journal
from chatapp.storage.copying import remove
from chatapp.storage.looking import code, has_content

log = logging.getLogger(__name__)

FORM = 1
"""Counts the forms of this file; a file of another is made anew. It also counts how texts are folded."""
_BUSY_SECONDS = 10
_DAMAGE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
# Three code points are one trigram: a kind, and a number to this base.
_BASE = 4096
_FIRST_DIGIT = 0xF0100
ROOM, PERSON, LINK = (chr(0xF0000 + kind) for kind in range(3))

_TABLES = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE rooms (number INTEGER PRIMARY KEY, room TEXT NOT NULL UNIQUE, rev INTEGER NOT NULL, seq INTEGER NOT NULL);
CREATE TABLE people (number INTEGER PRIMARY KEY, user_id INTEGER NOT NULL UNIQUE);
CREATE TABLE entries (id INTEGER PRIMARY KEY, room INTEGER NOT NULL, seq INTEGER NOT NULL, person INTEGER NOT NULL,
  created_at INTEGER NOT NULL, has_link INTEGER NOT NULL, text TEXT NOT NULL);
CREATE INDEX entries_in_rooms ON entries (room, seq);
CREATE VIRTUAL TABLE words USING fts5(text, room, person, link,
  content='', detail=none, tokenize='trigram case_sensitive 1');
CREATE VIRTUAL TABLE pairs USING fts5(text, content='', detail=none, tokenize='ascii');
INSERT INTO words(words, rank) VALUES ('secure-delete', 1);
INSERT INTO pairs(pairs, rank) VALUES ('secure-delete', 1);
"""


class SearchIndex:
    """The index at `path` of the chat's database at `chat`. One thread fills it (`filling`), others read."""

    def __init__(self, path: Path, chat: Path) -> None:
        self.path = path
        self.chat = chat
        self._lock = threading.Condition()
        self._idle: list[Pair] = []
        self._in_use = 0
        self._is_open = False
        self.is_distrusted = False

    def open(self) -> sqlite3.Connection:
        """A connection that fills it; it is made anew where it is missing or no good. Nobody reads until `let_read`.

        Raises sqlite3.Error, OSError.
        """
        self.shut()
        self.is_distrusted = False
        try:
            return self._open()
        except (sqlite3.Error, StaleIndex) as error:
            if isinstance(error, sqlite3.Error) and not is_damage(error):
                raise
            log.warning("The search index is made anew: %s", error)
            self.replace()
            return self._open()

    def let_read(self) -> None:
        """What it says of itself is true from now on."""
        with self._lock:
            self._is_open = True

    @contextmanager
    def reading(self) -> Iterator["Pair"]:
        """Connections to the index and to the chat's database. Raises NoIndex while there is no index to read."""
        with self._lock:
            if not self._is_open:
                raise NoIndex
            pair = self._idle.pop() if self._idle else None
            self._in_use += 1
        try:
            pair = pair or Pair(connect(self.path), connect(self.chat))
            yield pair
        except BaseException:
            if pair is not None:
                pair.close()
                pair = None
            raise
        finally:
            with self._lock:
                if pair is not None:
                    self._idle.append(pair)
                self._in_use -= 1
                self._lock.notify_all()

    def distrust(self) -> None:
        """Let nobody read it any more: it turned out to be no good, and is to be made anew."""
        with self._lock:
            self._is_open = False
            self.is_distrusted = True

    def shut(self) -> None:
        """Let nobody read any more, and let all reading connections go."""
        with self._lock:
            self._is_open = False
            self._lock.wait_for(lambda: not self._in_use)
            while self._idle:
                self._idle.pop().close()

    def replace(self) -> None:
        """Take the file away. Nobody may have it open: Windows would not let it go. Raises OSError."""
        self.shut()
        remove(self.path)

    def _open(self) -> sqlite3.Connection:
        mode = journal.fitting(self.path)
        if not has_content(self.path):
            # It holds everything that was said: only its owner may read it.
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
        connection = connect(self.path, writes=True)
        try:
            connection.execute(f"PRAGMA journal_mode = {mode}")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA secure_delete = ON")
            _make(connection)
        except BaseException:
            connection.close()
            raise
        return connection


class NoIndex(Exception):
    """There is no index to read at this moment."""


class StaleIndex(Exception):
    """The index is of another form or history."""


class Pair:
    """A connection that reads the index, and one that reads the chat's database."""

    def __init__(self, index: sqlite3.Connection, chat: sqlite3.Connection) -> None:
        self.index = index
        self.chat = chat

    @contextmanager
    def moment(self) -> Iterator[None]:
        """Read one state of each: of the index first, so that what it lacks is seen in the other."""
        for connection in (self.index, self.chat):
            connection.execute("BEGIN")
            # A transaction begins to hold its state when it first reads.
            connection.execute("SELECT 1 FROM rooms LIMIT 1").fetchone()
        try:
            yield
        finally:
            for connection in (self.index, self.chat):
                connection.execute("COMMIT")

    def close(self) -> None:
        """Let both go."""
        for connection in (self.index, self.chat):
            with contextlib.suppress(sqlite3.Error):
                connection.close()


def connect(path: Path, *, writes: bool = False) -> sqlite3.Connection:
    """A connection, for whichever thread uses it first, to a database that is there; transactions are the caller's."""
    uri = f"{path.absolute().as_uri()}?mode=rw"
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=_BUSY_SECONDS, check_same_thread=False)
    if not writes:
        connection.execute("PRAGMA query_only = ON")
    return connection


def is_damage(error: sqlite3.Error) -> bool:
    """Whether an error says that the file is no good, and not that something is in the way of using it."""
    text = str(error)
    return code(error) in _DAMAGE or "no such table" in text or "no such column" in text or "malformed" in text


@contextmanager
def changing(connection: sqlite3.Connection) -> Iterator[None]:
    """A transaction: all of it, or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        # SQLite has ended it by itself after some errors, such as a full disk.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def tag(kind: str, number: int) -> str:
    """What stands for a room or a person in `words`: three code points of nobody's, which are one trigram."""
    return kind + chr(_FIRST_DIGIT + number // _BASE) + chr(_FIRST_DIGIT + number % _BASE)


def meta(connection: sqlite3.Connection, name: str) -> int | str | None:
    """A fact about the index, None where it is not known."""
    row = connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    return None if row is None else row[0]


def meta_number(connection: sqlite3.Connection, name: str) -> int:
    """The same of a number; 0 where it is not known."""
    return int(meta(connection, name) or 0)


def set_meta(connection: sqlite3.Connection, **facts: int | str) -> None:
    """Keep facts about the index."""
    connection.executemany("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", facts.items())


def _make(connection: sqlite3.Connection) -> None:
    """See that the tables are there, or make them. Raises StaleIndex where others are."""
    if connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,):
        connection.executescript(f"BEGIN; {_TABLES} COMMIT;")
        set_meta(connection, form=FORM)
    elif meta(connection, "form") != FORM:
        raise StaleIndex("it is of another form")
    # What a kill in the middle could not do, SQLite undoes; what a disk did shows here at the latest.
    connection.execute("SELECT count(*) FROM words WHERE words MATCH '\"   \"'").fetchone()
    connection.execute("SELECT count(*) FROM pairs WHERE pairs MATCH 'x'").fetchone()

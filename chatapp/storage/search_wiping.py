"""Takes out of the search index what is erased from the chat, and wipes it from the file, a slice at a time.

Mechanism: what the chat's database does not hold any more at the beginning of rooms is taken out; where that is much,
it is deleted in passing, and what is left of it in the full-text tables merged away. Then the pages of the file are
walked through and overwritten where they hold something of it, and the log is emptied.
"""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from chatapp.storage.scrubbing import WalkThrough
from chatapp.storage.search_entries import Entries
from chatapp.storage.search_index import changing, meta_number, set_meta

FORGOTTEN = 500
"""Messages in a slice. Where more than a slice is gone, it is deleted in passing, and what is left of it merged away at
the end: 7 µs a message instead of 300 (measured).
"""
_MERGED_PAGES = 500
# The stages of merging, beside 0 for none; and what a merge that finds nothing to do counts as changed (FTS5).
_TO_BEGIN, _BEGUN = 2, 1
_NOTHING_MERGED = 1
_FULL_TEXT = ("words", "pairs")
_BEYOND = 2**62


class Wiping:
    """Wipes the index at `path`, which is open on `connection` and holds `entries`; `ask` asks the chat's database.

    What is to be done stands in the index itself, so that it is gone on with after a stop.
    """

    def __init__(
        self, path: Path, connection: sqlite3.Connection, entries: Entries, ask: Callable[..., list[Any]]
    ) -> None:
        self._connection = connection
        self._entries = entries
        self._ask = ask
        self._walk_through = WalkThrough(path)

    def close(self) -> None:
        """Let the file go."""
        self._walk_through.close()

    def begin(self) -> None:
        """Look for what is erased, and overwrite what the file holds of whatever was taken out."""
        with changing(self._connection):
            set_meta(self._connection, is_to_be_compared=1)
            self._scrub_all()

    def step(self) -> bool:
        """Take one slice; whether there may be more."""
        return self._forget_erased() or self._merge() or self._scrub() or self._empty_log()

    def _forget_erased(self) -> bool:
        """Take out a slice of what the chat's database does not hold any more at the beginning of rooms."""
        if not meta_number(self._connection, "is_to_be_compared"):
            return False
        with changing(self._connection):
            for number, room in self._connection.execute("SELECT number, room FROM rooms").fetchall():
                gone = self._erased(number, room)
                if len(gone) > FORGOTTEN:
                    self._overwrite_at_once(is_so=False)
                if gone:
                    self._entries.remove(sorted(gone[:FORGOTTEN]))
                    self._scrub_all()
                    return True
            set_meta(self._connection, is_to_be_compared=0)
        return True

    def _erased(self, number: int, room: str) -> list[int]:
        """The oldest of what is gone from a room; more than `FORGOTTEN` where many are."""
        ((first,),) = self._ask("SELECT min(seq) FROM messages WHERE room_id = ?", room)
        query = "SELECT id FROM entries WHERE room = ? AND seq < ? ORDER BY seq LIMIT ?"
        bound = _BEYOND if first is None else first
        return [row[0] for row in self._connection.execute(query, (number, bound, FORGOTTEN + 1))]

    def _overwrite_at_once(self, *, is_so: bool) -> None:
        for table in _FULL_TEXT:
            command = f"INSERT INTO {table} ({table}, rank) VALUES ('secure-delete', ?)"  # noqa: S608
            self._connection.execute(command, (int(is_so),))
        set_meta(self._connection, merging=0 if is_so else _TO_BEGIN)

    def _merge(self) -> bool:
        """Merge a piece of the full-text tables, so that nothing is left of what was deleted in passing."""
        stage = meta_number(self._connection, "merging")
        if not stage:
            return False
        # The first call lays all pieces out for one merge, those after it go on with that (FTS5, the 'merge' command).
        pages = -_MERGED_PAGES if stage == _TO_BEGIN else _MERGED_PAGES
        with changing(self._connection):
            written = 0
            for table in _FULL_TEXT:
                before = self._connection.total_changes
                command = f"INSERT INTO {table} ({table}, rank) VALUES ('merge', ?)"  # noqa: S608
                self._connection.execute(command, (pages,))
                written += max(0, self._connection.total_changes - before - _NOTHING_MERGED)
            if stage == _TO_BEGIN or written:
                set_meta(self._connection, merging=_BEGUN)
            else:
                self._overwrite_at_once(is_so=True)
        return True

    def _scrub(self) -> bool:
        """Overwrite what some pages hold of what was taken out; nobody else writes to the file."""
        if not meta_number(self._connection, "is_to_be_scrubbed"):
            return False
        self._entries.is_in_log = True
        self._empty_log()
        # Whoever reads for that long ends it in its time: the next thing that is said tries again.
        if self._entries.is_in_log:
            return False
        if not self._walk_through.go_on(self._connection):
            with changing(self._connection):
                set_meta(self._connection, is_to_be_scrubbed=0)
        return True

    def _scrub_all(self) -> None:
        set_meta(self._connection, is_to_be_scrubbed=1)
        self._walk_through.begin()

    def _empty_log(self) -> bool:
        """Fold the log into the file and empty it, once something was overwritten; others may read it meanwhile."""
        if self._entries.is_in_log:
            (is_busy, *_) = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            self._entries.is_in_log = bool(is_busy)
        return False

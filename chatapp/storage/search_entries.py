"""The messages in the search index: put in, changed, and taken out."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from chatapp.domain.folding import fold, grams
from chatapp.domain.queries import has_link
from chatapp.storage.search_index import LINK, PERSON, ROOM, meta, set_meta, tag

# A list of ids as one parameter.
_THESE = "IN (SELECT value FROM json_each(?))"
_SKEWS = ("least_skew", "most_skew")

Row = tuple[int, str, int, int, int, int, str, int | None]
"""A message of the chat's database: its id, room, `seq`, `rev`, author, when it was sent, its text, since when it is
deleted.
"""


class Entries:
    """What the index on this connection holds; each change belongs in a transaction of the caller's."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.is_in_log = True
        """The log may hold something of what was taken out: a kill may have left that, too."""

    def put(self, rows: Sequence[Row]) -> None:
        """Let the index hold these messages as they are now."""
        ids = json.dumps([row[0] for row in rows])
        known = self._connection.execute(f"SELECT id, text FROM entries WHERE id {_THESE}", (ids,))  # noqa: S608
        held: dict[int, str] = dict(known.fetchall())
        said = {row[0]: fold(row[6]) if row[7] is None else "" for row in rows}
        self.remove([one for one in held if held[one] != said[one]])
        # FTS5 gathers what comes in the order of its ids, and would write a piece of its own for each that does not.
        new = sorted(row for row in rows if said[row[0]] and held.get(row[0]) != said[row[0]])
        if new:
            self._add(new, said)

    def remove(self, ids: Sequence[int]) -> None:
        """Take messages out, and overwrite what stood there."""
        if not ids:
            return
        these = (json.dumps(ids),)
        entries = self._connection.execute(f"SELECT * FROM entries WHERE id {_THESE}", these).fetchall()  # noqa: S608
        self._connection.executemany(
            "INSERT INTO words (words, rowid, text, room, person, link) VALUES ('delete', ?, ?, ?, ?, ?)",
            [(entry[0], *_words(entry)) for entry in entries],
        )
        self._connection.executemany(
            "INSERT INTO pairs (pairs, rowid, text) VALUES ('delete', ?, ?)",
            [(entry[0], found) for entry in entries if (found := _pairs(entry))],
        )
        self._connection.execute(f"DELETE FROM entries WHERE id {_THESE}", these)  # noqa: S608
        self.is_in_log = True

    def _add(self, rows: Sequence[Row], said: dict[int, str]) -> None:
        rooms = dict(self._connection.execute("SELECT room, number FROM rooms").fetchall())
        people = self._people({row[4] for row in rows})
        entries, words, pairs = [], [], []
        for message_id, room, seq, _, user_id, created_at, text, _ in rows:
            entry = (message_id, rooms[room], seq, people[user_id], created_at, has_link(text), said[message_id])
            entries.append(entry)
            words.append((message_id, *_words(entry)))
            if found := _pairs(entry):
                pairs.append((message_id, found))
        self._connection.executemany("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?)", entries)
        self._connection.executemany(
            "INSERT INTO words (rowid, text, room, person, link) VALUES (?, ?, ?, ?, ?)", words
        )
        self._connection.executemany("INSERT INTO pairs (rowid, text) VALUES (?, ?)", pairs)
        self._note_skews([row[0] - row[5] * 1000 for row in rows])

    def _people(self, ids: Iterable[int]) -> dict[int, int]:
        """The numbers of people here; who has none gets one."""
        numbers = {}
        for user_id in ids:
            found = self._connection.execute("SELECT number FROM people WHERE user_id = ?", (user_id,)).fetchone()
            if found is None:
                statement = "INSERT INTO people (user_id) VALUES (?) RETURNING number"
                found = self._connection.execute(statement, (user_id,)).fetchone()
            numbers[user_id] = found[0]
        return numbers

    def _note_skews(self, skews: Sequence[int]) -> None:
        """Note how far ids lie from the times of their messages: times are looked for by ids."""
        least, most = (meta(self._connection, name) for name in _SKEWS)
        low, high = min(skews), max(skews)
        if least is None or most is None or low < int(least) or high > int(most):
            least = low if least is None else min(low, int(least))
            most = high if most is None else max(high, int(most))
            set_meta(self._connection, least_skew=least, most_skew=most)


def _words(entry: Sequence[Any]) -> tuple[str, str, str, str]:
    _, room, _, person, _, is_linked, text = entry
    return text, tag(ROOM, room), tag(PERSON, person), LINK * 3 if is_linked else ""


def _pairs(entry: Sequence[Any]) -> str:
    """The characters and pairs with the same tags, nothing where there are none."""
    _, room, _, person, _, is_linked, text = entry
    found = dict.fromkeys(grams(text))
    return " ".join([*found, f"r{room}", f"u{person}", *(["l"] if is_linked else [])]) if found else ""

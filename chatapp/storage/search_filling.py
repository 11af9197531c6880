"""Fills the search index from the chat's database, a slice at a time.

Mechanism: when it begins, each room's `rev` and the greatest id are noted. From there on each room is followed by its
`rev`, as a client that syncs does, and everything before is walked from the newest message to the oldest: so what was
said last is found first, and at each moment it is known what the index lacks: in each room the changes after its `rev`,
and everything with a smaller id than where the walk has come (`built_above`).

Guarantees: the index says of itself exactly how far it is, in the same transaction that fills it. The chat's database
is only read, by a connection that cannot write and for the time of one query. Cost: 23 µs of CPU a message in slices of
500, 42 µs in slices of 25, half of it inside SQLite, where other threads go on (measured with 60,000 messages of
tests/bench/generate).
"""

import json
import logging
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from chatapp.domain.folding import fold, grams
from chatapp.domain.queries import has_link
from chatapp.errors import Unavailable
from chatapp.storage.scrubbing import WalkThrough
from chatapp.storage.search_index import (
    LINK,
    PERSON,
    ROOM,
    SearchIndex,
    changing,
    connect,
    is_damage,
    meta,
    set_meta,
    tag,
)

log = logging.getLogger(__name__)

WALKED = 500
FOLLOWED = 500
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

_COLUMNS = "id, room_id, seq, rev, user_id, created_at, message, deleted_at"
_CHANGED = f"SELECT {_COLUMNS} FROM messages WHERE room_id = ? AND rev > ? ORDER BY rev LIMIT ?"  # noqa: S608
_OLDER = f"SELECT {_COLUMNS} FROM messages WHERE id < ? ORDER BY id DESC LIMIT ?"  # noqa: S608
# A list of ids as one parameter.
_THESE = "IN (SELECT value FROM json_each(?))"
_SKEWS = ("least_skew", "most_skew")

Row = tuple[int, str, int, int, int, int, str, int | None]


class Filling:
    """An index being filled, by one thread. Raises Unavailable where the chat's database cannot be
    read, sqlite3.Error and OSError where the index cannot be written.
    """

    def __init__(self, index: SearchIndex) -> None:
        self._index = index
        # A kill may have left in the log what was overwritten in the file.
        self._is_to_be_emptied = True
        self._walk_through = WalkThrough(index.path)
        self._chat = connect(index.chat)
        try:
            self._connection = index.open()
        except BaseException:
            self._chat.close()
            raise
        try:
            self._settle()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let both databases go."""
        self._close()
        self._chat.close()

    def follow(self) -> bool:
        """Take in what changed in rooms; whether a slice was not enough."""
        return self._safely(self._follow)

    def work(self) -> bool:
        """Take one slice of what else is to be done; whether there may be more."""
        return self._safely(lambda: self._walk() or self._wipe())

    def purge(self) -> None:
        """Take out what is erased from the chat's database, and wipe it from the file."""
        self.wipe()
        while self._safely(self._wipe):
            pass

    def percent(self) -> int:
        """How much of what was there at the beginning is in the index."""
        total, walked = _number(self._connection, "total"), _number(self._connection, "walked")
        return 100 if not _number(self._connection, "built_above") else min(99, 100 * walked // max(total, 1))

    def look_for_erased(self) -> None:
        """See at the next step whether messages at the beginning of rooms are gone from the chat's database."""
        with changing(self._connection):
            set_meta(self._connection, is_to_be_compared=1)

    def wipe(self) -> None:
        """Do that at the next steps, and overwrite what the file holds of whatever was taken out."""
        with changing(self._connection):
            set_meta(self._connection, is_to_be_compared=1)
            self._scrub_all()

    def _safely(self, slice_: Callable[[], bool]) -> bool:
        """Take a slice, or make the index anew where that shows that it is no good."""
        try:
            if not self._index.is_distrusted:
                return slice_()
        except sqlite3.Error as error:
            if not is_damage(error):
                raise
            log.warning("The search index is damaged, and made anew: %s", error)
        self._anew()
        self._settle()
        return True

    def _settle(self) -> None:
        """See that the index is of this chat, and let it be read."""
        if not self._belongs():
            log.warning("The search index is of another history, and made anew")
            self._anew()
        if meta(self._connection, "history_id") is None:
            self._begin()
        # What was erased while nobody filled it.
        self.look_for_erased()
        self._index.let_read()

    def _belongs(self) -> bool:
        """Whether the index is of this history and not ahead of it."""
        known = meta(self._connection, "history_id")
        if known is None:
            return True
        revs = dict(self._ask("SELECT id, rev FROM rooms"))
        rooms = self._connection.execute("SELECT room, rev FROM rooms").fetchall()
        return known == self._history() and all(rev <= revs.get(room, -1) for room, rev in rooms)

    def _history(self) -> str:
        ((found,),) = self._ask("SELECT history_id FROM installation")
        return str(found)

    def _ask(self, query: str, *values: Any) -> list[Any]:
        """Ask the chat's database. Raises Unavailable."""
        try:
            return self._chat.execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise Unavailable(f"The database could not be read for the search index: {error}") from error

    @contextmanager
    def _one_moment(self) -> Iterator[None]:
        """Ask the chat's database for one state of it."""
        self._ask("BEGIN")
        try:
            yield
        finally:
            self._ask("COMMIT")

    def _close(self) -> None:
        self._connection.close()
        self._walk_through.close()

    def _anew(self) -> None:
        self._close()
        self._index.replace()
        self._connection = self._index.open()

    def _begin(self) -> None:
        """Note from where rooms are followed, and from where to walk down."""
        with self._one_moment():
            history = self._history()
            rooms = self._ask("SELECT id, rev, last_seq, first_seq FROM rooms")
            ((newest,),) = self._ask("SELECT coalesce(max(id), 0) FROM messages")
        total = sum(last_seq - first_seq + 1 for _, _, last_seq, first_seq in rooms)
        with changing(self._connection):
            for room, rev, last_seq, _ in rooms:
                statement = "INSERT INTO rooms (room, rev, seq) VALUES (?, ?, ?)"
                self._connection.execute(statement, (room, rev, last_seq))
            facts = {"history_id": history, "total": total, "walked": 0, "built_above": newest + 1 if newest else 0}
            set_meta(self._connection, **facts)

    def _follow(self) -> bool:
        known = {room: (rev, seq) for room, rev, seq in self._connection.execute("SELECT room, rev, seq FROM rooms")}
        behind: list[tuple[str, int, int]] = []
        rows: list[Row] = []
        is_trimmed = False
        with self._one_moment():
            for room, rev, trimmed_rev in self._ask("SELECT id, rev, trimmed_rev FROM rooms"):
                known_rev, known_seq = known.get(room, (0, 0))
                if rev == known_rev and room in known:
                    continue
                limit = FOLLOWED - len(rows)
                found = self._ask(_CHANGED, room, known_rev, limit)
                is_trimmed = is_trimmed or trimmed_rev > known_rev
                rows += found
                seq = max(known_seq, *(row[2] for row in found)) if found else known_seq
                # The last changes may be those of a cleanup, which stand at no message.
                behind.append((room, found[-1][3] if len(found) == limit else rev, seq))
                if len(rows) >= FOLLOWED:
                    break
        if behind:
            with changing(self._connection):
                for room, rev, seq in behind:
                    self._connection.execute(
                        "INSERT INTO rooms (room, rev, seq) VALUES (?, ?, ?)"
                        " ON CONFLICT (room) DO UPDATE SET rev = excluded.rev, seq = excluded.seq",
                        (room, rev, seq),
                    )
                self._put(rows)
                if is_trimmed:
                    set_meta(self._connection, is_to_be_compared=1)
        return len(rows) >= FOLLOWED

    def _walk(self) -> bool:
        """Take in the next older messages; whether there were any."""
        built_above = _number(self._connection, "built_above")
        if not built_above:
            return False
        rows = self._ask(_OLDER, built_above, WALKED)
        with changing(self._connection):
            self._put(rows)
            walked = _number(self._connection, "walked") + len(rows)
            set_meta(self._connection, built_above=rows[-1][0] if len(rows) == WALKED else 0, walked=walked)
        return True

    def _put(self, rows: Sequence[Row]) -> None:
        """Let the index hold these messages as they are now."""
        ids = json.dumps([row[0] for row in rows])
        known = self._connection.execute(f"SELECT id, text FROM entries WHERE id {_THESE}", (ids,))  # noqa: S608
        held: dict[int, str] = dict(known.fetchall())
        said = {row[0]: fold(row[6]) if row[7] is None else "" for row in rows}
        self._remove([one for one in held if held[one] != said[one]])
        # FTS5 gathers what comes in the order of its ids, and would write a piece of its own for each that does not.
        new = sorted(row for row in rows if said[row[0]] and held.get(row[0]) != said[row[0]])
        if new:
            self._add(new, said)

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

    def _remove(self, ids: Sequence[int]) -> None:
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
        self._is_to_be_emptied = True

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

    def _forget_erased(self) -> bool:
        """Take out a slice of what the chat's database does not hold any more at the beginning of rooms."""
        if not _number(self._connection, "is_to_be_compared"):
            return False
        with changing(self._connection):
            for number, room in self._connection.execute("SELECT number, room FROM rooms").fetchall():
                gone = self._erased(number, room)
                if len(gone) > FORGOTTEN:
                    self._overwrite_at_once(is_so=False)
                if gone:
                    self._remove(sorted(gone[:FORGOTTEN]))
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
        stage = _number(self._connection, "merging")
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

    def _wipe(self) -> bool:
        """Take one slice of what wipes the file; whether there may be more."""
        return self._forget_erased() or self._merge() or self._scrub() or self._empty_log()

    def _scrub(self) -> bool:
        """Overwrite what some pages hold of what was taken out; nobody else writes to the file."""
        if not _number(self._connection, "is_to_be_scrubbed"):
            return False
        self._is_to_be_emptied = True
        self._empty_log()
        # Whoever reads for that long ends it in its time: the next thing that is said tries again.
        if self._is_to_be_emptied:
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
        if self._is_to_be_emptied:
            (is_busy, *_) = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            self._is_to_be_emptied = bool(is_busy)
        return False


def _number(connection: sqlite3.Connection, name: str) -> int:
    return int(meta(connection, name) or 0)


def _words(entry: Sequence[Any]) -> tuple[str, str, str, str]:
    _, room, _, person, _, is_linked, text = entry
    return text, tag(ROOM, room), tag(PERSON, person), LINK * 3 if is_linked else ""


def _pairs(entry: Sequence[Any]) -> str:
    """The characters and pairs with the same tags, nothing where there are none."""
    _, room, _, person, _, is_linked, text = entry
    found = dict.fromkeys(grams(text))
    return " ".join([*found, f"r{room}", f"u{person}", *(["l"] if is_linked else [])]) if found else ""

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

import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from chatapp.errors import Unavailable
from chatapp.storage.search_entries import Entries, Row
from chatapp.storage.search_index import SearchIndex, changing, connect, is_damage, meta, meta_number, set_meta
from chatapp.storage.search_wiping import Wiping

log = logging.getLogger(__name__)

WALKED = 500
FOLLOWED = 500
"""Messages in a slice."""

_COLUMNS = "id, room_id, seq, rev, user_id, created_at, message, deleted_at"
_CHANGED = f"SELECT {_COLUMNS} FROM messages WHERE room_id = ? AND rev > ? ORDER BY rev LIMIT ?"  # noqa: S608
_OLDER = f"SELECT {_COLUMNS} FROM messages WHERE id < ? ORDER BY id DESC LIMIT ?"  # noqa: S608


class Filling:
    """An index being filled, by one thread. Raises Unavailable where the chat's database cannot be
    read, sqlite3.Error and OSError where the index cannot be written.
    """

    def __init__(self, index: SearchIndex) -> None:
        self._index = index
        self._chat = connect(index.chat)
        try:
            self._open()
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
        return self._safely(lambda: self._walk() or self._wiping.step())

    def purge(self) -> None:
        """Take out what is erased from the chat's database, and wipe it from the file."""
        self.wipe()
        while self._safely(self._wiping.step):
            pass

    def percent(self) -> int:
        """How much of what was there at the beginning is in the index."""
        total, walked = meta_number(self._connection, "total"), meta_number(self._connection, "walked")
        return 100 if not meta_number(self._connection, "built_above") else min(99, 100 * walked // max(total, 1))

    def look_for_erased(self) -> None:
        """See at the next step whether messages at the beginning of rooms are gone from the chat's database."""
        with changing(self._connection):
            set_meta(self._connection, is_to_be_compared=1)

    def wipe(self) -> None:
        """Do that at the next steps, and overwrite what the file holds of whatever was taken out."""
        self._wiping.begin()

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

    def _open(self) -> None:
        self._connection = self._index.open()
        self._entries = Entries(self._connection)
        self._wiping = Wiping(self._index.path, self._connection, self._entries, self._ask)

    def _close(self) -> None:
        self._connection.close()
        self._wiping.close()

    def _anew(self) -> None:
        self._close()
        self._index.replace()
        self._open()

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
                self._entries.put(rows)
                if is_trimmed:
                    set_meta(self._connection, is_to_be_compared=1)
        return len(rows) >= FOLLOWED

    def _walk(self) -> bool:
        """Take in the next older messages; whether there were any."""
        built_above = meta_number(self._connection, "built_above")
        if not built_above:
            return False
        rows = self._ask(_OLDER, built_above, WALKED)
        with changing(self._connection):
            self._entries.put(rows)
            walked = meta_number(self._connection, "walked") + len(rows)
            set_meta(self._connection, built_above=rows[-1][0] if len(rows) == WALKED else 0, walked=walked)
        return True

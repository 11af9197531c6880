"""Finds messages, the newest first: in the search index, and in the chat's database whatever the index lacks.

Mechanism: each source tells the ids of what fits from the newest to the oldest, and they are merged by id. In each room
what came after the index is read as it is; so are the newest changes of what it holds. Below where the index is built
everything is read. In the index, terms of three characters and more and single Chinese, Japanese and Korean characters
lead to a few messages by the full-text tables; for other short terms the folded texts are read one after the other.

Guarantees: no message is left out between two pages. What is found fits what the index or the database held; whether it
still does, and who may see it, is for the caller to see. Cost: reading is bounded in time and in rows; the answer says
how far it came.
"""

import heapq
import json
import logging
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Any

from msgspec import Struct

from chatapp.domain.folding import grams
from chatapp.domain.queries import has_link, says
from chatapp.errors import Unavailable
from chatapp.storage.search_index import LINK, PERSON, ROOM, NoIndex, Pair, SearchIndex, connect, meta, meta_number, tag

log = logging.getLogger(__name__)

SECONDS = 0.2
MOST_ROWS = 1_000_000
"""What one look reads at most."""
CHANGES = 1_000
"""How many changes of older messages of a room are read that the index has not seen; the newest ones."""
_SHORTEST = 3
# Of one term; the others would only confirm what these lead to.
_MOST_TRIGRAMS = 12
_FIRST_BATCH, _BATCH = 200, 2_000
_WINDOW = 10_000
_PAGE = 200
NEWEST = 2**62


class Wanted(Struct, frozen=True):
    """What is looked for: all of `terms` (folded) in `rooms` (id → first `seq`), by any of `people` (None: by anybody),
    sent at or after `since` and before `until` (milliseconds), with an id below `before`; at most `limit`.
    """

    terms: tuple[str, ...]
    rooms: Mapping[str, int]
    people: frozenset[int] | None
    since: int | None
    until: int | None
    has_link: bool
    before: int
    limit: int

    def fits(self, user_id: int, created_at: int, text: str) -> bool:
        """Whether a message is what is looked for, but for its room and place."""
        return (
            (self.people is None or user_id in self.people)
            and (self.since is None or created_at >= self.since)
            and (self.until is None or created_at < self.until)
            and (not self.has_link or has_link(text))
            and says(self.terms, text)
        )


class Found(Struct, frozen=True):
    """The ids found, the newest first; everything down to the id `reached` was looked at, everything where it is 0."""

    ids: list[int]
    reached: int


class _Budget:
    """What may still be read."""

    def __init__(self) -> None:
        self._until = time.monotonic() + SECONDS
        self._rows = MOST_ROWS

    def take(self, rows: int) -> None:
        """Count rows read."""
        self._rows -= rows

    @property
    def is_spent(self) -> bool:
        """Whether it is time to stop."""
        return self._rows <= 0 or time.monotonic() > self._until


# The id of a message and whether it fits; one that does not says how far its source has come.
_Source = Iterator[tuple[int, bool]]


def find(index: SearchIndex, wanted: Wanted) -> Found:
    """Look in the index and in what it lacks, or in the chat's database alone. Raises Unavailable."""
    try:
        try:
            with index.reading() as pair:
                return _find(pair, wanted)
        except NoIndex:
            pass
        except sqlite3.Error as error:
            log.warning("The search index could not be read: %s", error)
            index.distrust()
        with closing(connect(index.chat)) as chat:
            budget = _Budget()
            return _merge([_read(chat, wanted, 0, wanted.before, budget)], wanted, budget)
    except sqlite3.Error as error:
        log.error("The database could not be searched: %s", error)  # noqa: TRY400 - the text says it all
        raise Unavailable("The server cannot search at the moment.", retry_after=5) from error


def _find(pair: Pair, wanted: Wanted) -> Found:
    budget = _Budget()
    if not wanted.rooms or wanted.people == frozenset():
        return Found([], 0)
    with pair.moment():
        state = _State(pair.index)
        least, below = state.ids_of(wanted)
        sources = [
            *_fresh(pair.chat, state, wanted),
            _indexed(pair.index, state, wanted, max(state.built_above, least), below, budget),
        ]
        if state.built_above:
            sources.append(_read(pair.chat, wanted, 0, min(wanted.before, state.built_above), budget))
        return _merge(sources, wanted, budget)


def _merge(sources: list[_Source], wanted: Wanted, budget: _Budget) -> Found:
    ids: list[int] = []
    for message_id, fits in heapq.merge(*sources, key=lambda one: -one[0]):
        # A message may be in the index and among the changes that it lacks.
        if fits and message_id not in ids[-1:]:
            ids.append(message_id)
        if len(ids) == wanted.limit or budget.is_spent:
            return Found(ids, message_id)
    return Found(ids, 0)


class _State:
    """How far the index is."""

    def __init__(self, index: sqlite3.Connection) -> None:
        self.built_above = meta_number(index, "built_above")
        self.rooms: dict[str, tuple[int, int, int]] = {
            room: (number, rev, seq)
            for number, room, rev, seq in index.execute("SELECT number, room, rev, seq FROM rooms")
        }
        self._skews = meta(index, "least_skew"), meta(index, "most_skew")

    def ids_of(self, wanted: Wanted) -> tuple[int, int]:
        """From which id on, and below which one, everything stands in the index that was sent in the time asked for."""
        least, most = self._skews
        if least is None or most is None:
            return 0, wanted.before
        since = 0 if wanted.since is None else wanted.since * 1000 + int(least)
        below = wanted.before if wanted.until is None else min(wanted.before, wanted.until * 1000 + int(most))
        return max(since, 0), max(below, 0)


def _fresh(chat: sqlite3.Connection, state: _State, wanted: Wanted) -> Iterator[_Source]:
    """What the index has not seen yet in each room that has changed."""
    revs = dict(chat.execute("SELECT id, rev FROM rooms").fetchall())
    for room, first_seq in wanted.rooms.items():
        _, rev, seq = state.rooms.get(room, (0, 0, 0))
        if revs.get(room, 0) > rev:
            yield _new(chat, wanted, room, max(seq, first_seq - 1))
            yield _changed(chat, wanted, room, (rev, first_seq, seq))


def _new(chat: sqlite3.Connection, wanted: Wanted, room: str, after_seq: int) -> _Source:
    query = (
        "SELECT id, user_id, created_at, message, deleted_at, seq FROM messages"
        " WHERE room_id = ? AND seq > ? AND seq < ? AND id < ? ORDER BY seq DESC LIMIT ?"
    )
    before_seq = NEWEST
    while rows := chat.execute(query, (room, after_seq, before_seq, wanted.before, _PAGE)).fetchall():
        yield from (_judged(wanted, row) for row in rows)
        before_seq = rows[-1][5]


def _changed(chat: sqlite3.Connection, wanted: Wanted, room: str, known: tuple[int, int, int]) -> _Source:
    rev, first_seq, last_seq = known
    query = (
        "SELECT id, user_id, created_at, message, deleted_at FROM messages"
        " WHERE room_id = ? AND rev > ? AND seq >= ? AND seq <= ? ORDER BY rev DESC LIMIT ?"
    )
    rows = chat.execute(query, (room, rev, first_seq, last_seq, CHANGES)).fetchall()
    yield from (_judged(wanted, row) for row in sorted(rows, reverse=True) if row[0] < wanted.before)


def _read(chat: sqlite3.Connection, wanted: Wanted, least: int, before: int, budget: _Budget) -> _Source:
    """Every message of the chat's database between two ids, one after the other."""
    query = (
        "SELECT id, user_id, created_at, message, deleted_at, room_id, seq FROM messages"
        " WHERE id >= ? AND id < ? ORDER BY id DESC LIMIT ?"
    )
    while rows := chat.execute(query, (least, before, _PAGE)).fetchall():
        budget.take(len(rows))
        for row in rows:
            first_seq = wanted.rooms.get(row[5])
            yield _judged(wanted, row) if first_seq is not None and row[6] >= first_seq else (row[0], False)
        before = rows[-1][0]


def _judged(wanted: Wanted, row: tuple[Any, ...]) -> tuple[int, bool]:
    message_id, user_id, created_at, text, deleted_at, *_ = row
    return message_id, deleted_at is None and wanted.fits(user_id, created_at, text)


def _indexed(
    index: sqlite3.Connection, state: _State, wanted: Wanted, least: int, before: int, budget: _Budget
) -> _Source:
    """What fits between two ids of the index."""
    people = _people(index, wanted)
    tags = _tags(state, wanted, people)
    if tags is None:
        return
    where, values = _conditions(wanted, people)
    first_seqs = {state.rooms[room][0]: seq for room, seq in wanted.rooms.items() if room in state.rooms}
    table, looked_for = _expression(wanted.terms, tags)
    if table:
        batches = _by_full_text(index, (table, looked_for), (where, values), (least, before), budget)
    else:
        batches = _by_reading(index, (where, values), (least, before), budget)
    for message_id, room, seq, fits in batches:
        yield message_id, bool(fits) and seq >= first_seqs.get(room, NEWEST)


_Batches = Iterator[tuple[int, int, int, int]]
_Condition = tuple[str, list[Any]]


def _by_full_text(
    index: sqlite3.Connection, looked_for: tuple[str, str], fits: _Condition, span: tuple[int, int], budget: _Budget
) -> _Batches:
    """What a full-text table leads to, each with its room and `seq` and whether it fits the condition."""
    (table, expression), (where, values), (least, before) = looked_for, fits, span
    query = (
        f"SELECT id, room, seq, {where} FROM (SELECT rowid AS found FROM {table} WHERE {table} MATCH ?"  # noqa: S608
        " AND rowid >= ? AND rowid < ? ORDER BY rowid DESC LIMIT ?) JOIN entries ON id = found"
    )
    batch = _FIRST_BATCH
    while rows := index.execute(query, (*values, expression, least, before, batch)).fetchall():
        budget.take(len(rows))
        rows.sort(reverse=True)
        yield from rows
        before, batch = rows[-1][0], _BATCH


def _by_reading(index: sqlite3.Connection, fits: _Condition, span: tuple[int, int], budget: _Budget) -> _Batches:
    """What fits, by reading all texts, a window after the other; the end of each window is told too."""
    (where, values), (least, before) = fits, span
    edge = "SELECT min(id), count(*) FROM (SELECT id FROM entries WHERE id >= ? AND id < ? ORDER BY id DESC LIMIT ?)"
    query = f"SELECT id, room, seq, 1 FROM entries WHERE id >= ? AND id < ? AND {where} ORDER BY id DESC"  # noqa: S608
    while True:
        first, count = index.execute(edge, (least, before, _WINDOW)).fetchone()
        if not count:
            return
        budget.take(count)
        yield from index.execute(query, (first, before, *values)).fetchall()
        yield first, 0, 0, 0
        before = first


def _people(index: sqlite3.Connection, wanted: Wanted) -> list[int] | None:
    if wanted.people is None:
        return None
    query = "SELECT number FROM people WHERE user_id IN (SELECT value FROM json_each(?))"
    return [number for (number,) in index.execute(query, (json.dumps([*wanted.people]),))]


def _tags(state: _State, wanted: Wanted, people: list[int] | None) -> tuple[list[str], list[str]] | None:
    """What must stand in `words` and in `pairs` beside the terms, each any of some; None where nothing can be found."""
    rooms = [state.rooms[room][0] for room in wanted.rooms if room in state.rooms]
    if not rooms or people == []:
        return None
    words, pairs = [], []
    # Of most of what was said few messages are of another room: the others are left out one by one.
    if 2 * sum(state.rooms[room][2] for room in wanted.rooms if room in state.rooms) < sum(
        seq for _, _, seq in state.rooms.values()
    ):
        words.append(_any(tag(ROOM, number) for number in rooms))
        pairs.append(_any(f"r{number}" for number in rooms))
    if people is not None:
        words.append(_any(tag(PERSON, number) for number in people))
        pairs.append(_any(f"u{number}" for number in people))
    if wanted.has_link:
        words.append(_quoted(LINK * 3))
        pairs.append(_quoted("l"))
    return words, pairs


def _conditions(wanted: Wanted, people: list[int] | None) -> _Condition:
    """What must hold of an entry."""
    parts: list[str] = ["1"]
    values: list[Any] = []
    for term in wanted.terms:
        parts.append("instr(text, ?)")
        values.append(term)
    if wanted.since is not None:
        parts.append("created_at >= ?")
        values.append(wanted.since)
    if wanted.until is not None:
        parts.append("created_at < ?")
        values.append(wanted.until)
    if people is not None:
        parts.append("person IN (SELECT value FROM json_each(?))")
        values.append(json.dumps(people))
    if wanted.has_link:
        parts.append("has_link")
    return f"({' AND '.join(parts)})", values


def _expression(terms: tuple[str, ...], tags: tuple[list[str], list[str]]) -> tuple[str, str]:
    """The full-text table that leads to what is looked for, and what to ask it; no table where none can."""
    of_words, of_pairs = tags
    trigrams = [one for term in terms for one in _trigrams(term)]
    characters = [one for term in terms if len(term) < _SHORTEST for one in _longest(term)]
    if not trigrams and characters:
        return "pairs", " AND ".join([*map(_quoted, characters), *of_pairs])
    if trigrams or of_words:
        return "words", " AND ".join([*map(_quoted, trigrams), *of_words])
    return "", ""


def _trigrams(term: str) -> list[str]:
    """Some of a term's trigrams, evenly from all over it."""
    found = [*dict.fromkeys(term[at : at + _SHORTEST] for at in range(len(term) - _SHORTEST + 1))]
    return found[:: len(found) // _MOST_TRIGRAMS + 1]


def _longest(term: str) -> list[str]:
    """Of a short term's Chinese, Japanese and Korean characters, what tells most."""
    found = [*grams(term)]
    return [max(found, key=len)] if found else []


def _any(words: Iterator[str]) -> str:
    return f"({' OR '.join(map(_quoted, words))})"


def _quoted(word: str) -> str:
    doubled = word.replace('"', '""')
    return f'"{doubled}"'

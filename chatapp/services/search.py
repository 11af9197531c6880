"""Searching everything that one may read.

What is found in the index is compared with the database before it is told: the message must be there, in a room that
the reader sees at that moment, and say now what is looked for. So the index may be late, and never tells what is gone.
"""

import asyncio
import time

from msgspec import Struct
from msgspec.structs import replace

from chatapp.domain import names, queries
from chatapp.domain.answers import SearchResult, SearchResults
from chatapp.domain.entities import Room, User
from chatapp.domain.events import in_full, rfc3339
from chatapp.domain.folding import fold
from chatapp.domain.limits import Limit, Shares
from chatapp.domain.queries import Query
from chatapp.domain.snippets import snippet
from chatapp.errors import BadRequest, NotFound
from chatapp.storage import messages, rooms, search, users
from chatapp.storage.database import Database, Reading
from chatapp.storage.search import Wanted
from chatapp.storage.search_index import SearchIndex

OF_PERSON = Limit(rate=5, burst=20)
"""Somebody who types is searched for with each letter."""
OF_ADDRESS = Limit(rate=50, burst=500)
"""Ten who do all they can, and more."""
LARGEST_PAGE = 50
AT_ONCE = 2
"""Searches that run at the same time: others wait, so that searching takes one core at most for itself."""
SECONDS = 0.25
"""After which a page that is not full is told as it is, and where to go on."""


class Asked(Struct, frozen=True):
    """A search: the line, and what narrows it further: a room's id, somebody's name, times in milliseconds."""

    line: str
    room: str | None = None
    author: str | None = None
    since: int | None = None
    until: int | None = None
    limit: int = 20
    cursor: str | None = None


class Search:
    """Finds messages with `index`. Searches of each person and of each address are counted if it `is_limited`."""

    def __init__(self, database: Database, index: SearchIndex, *, is_limited: bool) -> None:
        self._database = database
        self._index = index
        self._at_once = asyncio.Semaphore(AT_ONCE)
        self._shares = Shares(OF_PERSON, OF_ADDRESS, time.monotonic, is_limited=is_limited)

    async def find(self, reader: User | None, address: str, asked: Asked) -> SearchResults:
        """What fits, the newest first. Raises BadRequest, NotFound, RateLimited, Unavailable."""
        self._shares.take(None if reader is None else reader.id, address)
        limit = min(asked.limit, LARGEST_PAGE)
        query = _query(asked)
        async with self._database.read() as connection:
            wanted = await _wanted(connection, reader, asked, query)
        results: list[SearchResult] = []
        began = time.monotonic()
        while True:
            wanted = replace(wanted, limit=limit - len(results))
            async with self._at_once:
                found = await asyncio.to_thread(search.find, self._index, wanted)
            results += await self._standing(reader, wanted, found.ids)
            wanted = replace(wanted, before=found.reached)
            if not found.reached or len(results) >= limit or time.monotonic() - began > SECONDS:
                break
        cursor = f"{found.reached:x}" if found.reached else None
        is_cut = cursor is not None and len(results) < limit
        return SearchResults(results, cursor, rfc3339(found.reached // 1000) if is_cut else None)

    async def _standing(self, reader: User | None, wanted: Wanted, ids: list[int]) -> list[SearchResult]:
        """Those of the messages found that stand, are seen by the reader, and are what is looked for."""
        if not ids:
            return []
        async with self._database.read() as connection:
            seen = {room.id: room for room in await _seen(connection, reader) if room.id in wanted.rooms}
            found = await messages.by_ids(connection, ids)
        return [
            SearchResult(in_full(message), snippet(message.message, wanted.terms))
            for message in (found[one] for one in ids if one in found)
            if message.room in seen
            and message.seq >= seen[message.room].first_seq
            and message.deleted_at is None
            and wanted.fits(message.user_id, message.created_at, message.message)
        ]


def _query(asked: Asked) -> Query:
    """The line with what narrows it. Raises BadRequest where that is nothing at all."""
    query = queries.parse(asked.line)
    people = query.people if asked.author is None else (asked.author,)
    query = replace(
        query,
        people=people,
        since=queries.later(query.since, asked.since),
        until=queries.earlier(query.until, asked.until),
    )
    if query == Query() and asked.room is None:
        raise BadRequest("Say what to look for.", field="q")
    return query


async def _wanted(connection: Reading, reader: User | None, asked: Asked, query: Query) -> Wanted:
    """What is looked for, with rooms and people found by their names. Raises NotFound."""
    seen = await _seen(connection, reader)
    if asked.room is not None:
        seen = [room for room in seen if room.id == asked.room]
        if not seen:
            raise NotFound("Room not found", field="room")
    if query.rooms:
        called = {fold(name) for name in query.rooms}
        seen = [room for room in seen if fold(room.id) in called or fold(room.name) in called]
    people = None
    if query.people:
        people = frozenset((await users.owners(connection, {names.fold(name) for name in query.people})).values())
    return Wanted(
        terms=query.terms,
        rooms={room.id: room.first_seq for room in seen},
        people=people,
        since=query.since,
        until=query.until,
        has_link=query.has_link,
        before=search.NEWEST if asked.cursor is None else int(asked.cursor, 16),
        limit=0,
    )


async def _seen(connection: Reading, reader: User | None) -> list[Room]:
    return await rooms.seen_by(connection, None if reader is None else reader.id)

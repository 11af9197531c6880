"""Searching over HTTP."""

from typing import Annotated

import msgspec
from msgspec import Meta

from chatapp.domain.answers import SearchResults
from chatapp.domain.commands import Command, ShortText
from chatapp.domain.queries import LONGEST
from chatapp.services.search import Asked, Search
from chatapp.transport.http import Call, Route
from chatapp.transport.moments import moment


class SearchQuery(Command, frozen=True):
    """What to look for: words, `"phrases"` and filters in `q`, or filters of their own beside it. Over 50 results are
    served as 50; the `cursor` of one page asks for the next.
    """

    q: Annotated[str, Meta(max_length=LONGEST)] = ""
    room: ShortText | None = None
    author: ShortText | None = msgspec.field(name="from", default=None)
    since: str | None = None
    until: str | None = None
    limit: Annotated[int, Meta(ge=1, le=2**63 - 1)] = 20
    cursor: Annotated[str, Meta(pattern="^[0-9a-f]{1,15}$(?!\n)")] | None = None


class SearchRoutes:
    """What can be asked of the search."""

    def __init__(self, search: Search) -> None:
        self._search = search

    def routes(self) -> list[Route]:
        """The routes."""
        return [Route("GET", "/api/search", self.find, SearchResults, query=SearchQuery)]

    async def find(self, call: Call) -> SearchResults:
        """Messages that say something, of all one may read, the newest first; with a `cursor` there may be more."""
        asked: SearchQuery = call.query
        return await self._search.find(
            call.reader,
            call.address,
            Asked(
                line=asked.q,
                room=asked.room,
                author=asked.author,
                since=moment("since", asked.since),
                until=moment("until", asked.until),
                limit=asked.limit,
                cursor=asked.cursor,
            ),
        )

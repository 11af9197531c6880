"""People over HTTP."""

from typing import Annotated

from msgspec import Meta, Struct

from chatapp.domain.commands import Command, ShortText
from chatapp.domain.events import Person
from chatapp.errors import BadRequest
from chatapp.services.accounts import Accounts
from chatapp.transport.http import Call, Route

MOST = 100
"""People asked for by id at once: two pages of reactions."""


class PeopleQuery(Command, frozen=True):
    """People whose names begin with `q`, at most `limit` of them; or those with these `ids` (up to 100, with commas
    between).
    """

    q: ShortText | None = None
    limit: Annotated[int, Meta(ge=1, le=50)] = 8
    ids: Annotated[str, Meta(max_length=20 * MOST)] | None = None


class People(Struct, frozen=True):
    """People."""

    users: list[Person]


class UserRoutes:
    """What can be asked of people."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    def routes(self) -> list[Route]:
        """The routes."""
        return [
            Route("GET", "/api/users", self.find, People, query=PeopleQuery),
        ]

    async def find(self, call: Call) -> People:
        """People by the beginning of their names, or by id."""
        _ = call.user  # who is here is told to those with a name only
        asked: PeopleQuery = call.query
        if (asked.q is None) == (asked.ids is None):
            raise BadRequest("Give one of `q` and `ids`.")
        if asked.ids is not None:
            return People(await self._accounts.people(_ids(asked.ids)))
        return People(await self._accounts.people_called(asked.q or "", asked.limit))


def _ids(text: str) -> set[int]:
    ids = text.split(",")
    if len(ids) > MOST or not all(one.isascii() and one.isdigit() and len(one) <= 18 for one in ids):
        raise BadRequest(f"`ids` are up to {MOST} numbers with commas between.", field="ids")
    return {int(one) for one in ids}

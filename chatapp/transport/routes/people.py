"""People over HTTP: who there is, and what moderators and hosts do to others."""

from typing import Annotated

from msgspec import Meta

from chatapp.domain.commands import Command, ShortText
from chatapp.domain.people import Ban, GiveRole, Mute, PeopleList, PersonInList
from chatapp.services.bans import Bans
from chatapp.services.moderation import Moderation
from chatapp.services.people import People
from chatapp.transport.http import Call, Route

_LONGEST_ID = 18


class PeopleListQuery(Command, frozen=True):
    """At most `limit` people whose names begin with `q`, after the `cursor` of those before."""

    q: ShortText = ""
    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    after: ShortText = ""


class NameBody(Command, frozen=True):
    """What somebody is called from now on."""

    username: ShortText


class PeopleRoutes:
    """What can be asked of all people, and done to one of them."""

    def __init__(self, people: People, moderation: Moderation, bans: Bans) -> None:
        self._people = people
        self._moderation = moderation
        self._bans = bans

    def routes(self) -> list[Route]:
        """The routes."""
        one = "/api/people/<user_id>"
        return [
            Route("GET", "/api/people", self.list, PeopleList, query=PeopleListQuery),
            Route("PUT", f"{one}/mute", self.mute, PersonInList, body=Mute),
            Route("DELETE", f"{one}/mute", self.unmute, PersonInList),
            Route("PUT", f"{one}/role", self.give_role, PersonInList, body=GiveRole),
            Route("PUT", f"{one}/name", self.rename, PersonInList, body=NameBody),
            Route("PUT", f"{one}/ban", self.ban, PersonInList, body=Ban),
            Route("DELETE", f"{one}/ban", self.unban, PersonInList),
            Route("DELETE", f"{one}/sessions", self.end_sessions, PersonInList),
        ]

    async def list(self, call: Call) -> PeopleList:
        """People with an account, in the order of their names; guests and bots are told of those who are connected."""
        asked: PeopleListQuery = call.query
        return await self._people.list(call.user, asked.q, asked.after, asked.limit)

    async def mute(self, call: Call) -> PersonInList:
        """Let somebody read and not write for a while. For moderators and hosts."""
        return await self._moderation.mute(call.user, person_id(call), call.body)

    async def unmute(self, call: Call) -> PersonInList:
        """Let somebody write again. For moderators and hosts."""
        return await self._moderation.unmute(call.user, person_id(call))

    async def give_role(self, call: Call) -> PersonInList:
        """Give somebody another role. For hosts."""
        return await self._moderation.give_role(call.user, person_id(call), call.body)

    async def rename(self, call: Call) -> PersonInList:
        """Give somebody another name. For hosts."""
        body: NameBody = call.body
        return await self._moderation.rename(call.user, person_id(call), body.username)

    async def ban(self, call: Call) -> PersonInList:
        """Keep somebody out: as a person, with the devices they are signed in at unless told otherwise, and with
        `address` everybody who comes from where they are. For hosts.
        """
        return await self._bans.ban(call.user, person_id(call), call.body, call.address)

    async def unban(self, call: Call) -> PersonInList:
        """Let somebody in again, with their devices and addresses. For hosts."""
        return await self._bans.unban(call.user, person_id(call))

    async def end_sessions(self, call: Call) -> PersonInList:
        """Sign somebody out everywhere. For hosts."""
        return await self._moderation.end_sessions(call.user, person_id(call))


def person_id(call: Call) -> int:
    """The id in the path; 0, which nobody has, where it is none."""
    return number(call.path["user_id"])


def number(text: str) -> int:
    """An id as it stands in a path, 0 where it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _LONGEST_ID else 0

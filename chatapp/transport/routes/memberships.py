"""Who belongs to a room, over HTTP."""

from typing import Annotated

from msgspec import Meta

from chatapp.domain.answers import Members
from chatapp.domain.commands import Command, Invite, LeaveRoom, Seq, ShortText
from chatapp.domain.events import RoomView
from chatapp.errors import NotFound
from chatapp.services.memberships import Memberships
from chatapp.transport.http import Call, Route

_MEMBERS = "/api/rooms/<room>/members"


class MembersQuery(Command, frozen=True):
    """At most `limit` members, those whose ids are greater than `after`."""

    limit: Annotated[int, Meta(ge=1, le=500)] = 100
    after: Seq = 0


class InviteBody(Command, frozen=True):
    """Who shall belong to the room."""

    username: ShortText


class MembershipRoutes:
    """What can be asked about the members of a room."""

    def __init__(self, memberships: Memberships) -> None:
        self._memberships = memberships

    def routes(self) -> list[Route]:
        """The routes."""
        return [
            Route("GET", _MEMBERS, self.list, Members, query=MembersQuery),
            Route("POST", _MEMBERS, self.invite, RoomView, body=InviteBody),
            Route("DELETE", f"{_MEMBERS}/me", self.leave, status=204),
            Route("DELETE", f"{_MEMBERS}/<user_id>", self.remove, status=204),
        ]

    async def list(self, call: Call) -> Members:
        """Who belongs to a room, by id."""
        asked: MembersQuery = call.query
        return await self._memberships.page(call.user, call.path["room"], after=asked.after, limit=asked.limit)

    async def invite(self, call: Call) -> RoomView:
        """Bring somebody into a private room."""
        body: InviteBody = call.body
        return await self._memberships.invite(call.user, Invite(call.path["room"], body.username))

    async def leave(self, call: Call) -> None:
        """Belong to a room no more."""
        await self._memberships.leave(call.user, LeaveRoom(call.path["room"]))

    async def remove(self, call: Call) -> None:
        """Let somebody belong to a room no more."""
        user_id = call.path["user_id"]
        if not (user_id.isascii() and user_id.isdigit() and len(user_id) <= 18):
            raise NotFound("Nobody of this name is in the room.", field="username")
        await self._memberships.remove_by_id(call.user, call.path["room"], int(user_id))

"""How others are brought in: what members pass on, and the host's invitations."""

from chatapp.domain.answers import Invitations, Invite, NewInvitation
from chatapp.domain.ways_in import MakeInvitation
from chatapp.services.host import Host
from chatapp.services.invitations import Invitations as Inviting
from chatapp.transport.http import Call, Route
from chatapp.transport.routes.authority import Authority


class InvitationRoutes:
    """What can be asked of the ways in."""

    def __init__(self, authority: Authority, host: Host, invitations: Inviting) -> None:
        self._authority = authority
        self._host = host
        self._invitations = invitations

    def routes(self) -> list[Route]:
        """The routes."""
        path = "/api/admin/invitations"
        return [
            Route("GET", "/api/invite", self.invite, Invite),
            Route("GET", path, self.list, Invitations, is_open=True),
            Route("POST", path, self.make, NewInvitation, body=MakeInvitation, status=201, is_open=True),
            Route("DELETE", f"{path}/<invitation_id>", self.remove, status=204, is_open=True),
        ]

    async def invite(self, call: Call) -> Invite:
        """What newcomers need, to be passed on to them: in a link the phrase stands after `#/join/`, with dashes
        between its words. For members and above.
        """
        return self._host.invite(call.user)

    async def list(self, call: Call) -> Invitations:
        """The invitations that are good. For hosts."""
        await self._authority.demand_host(call)
        return await self._invitations.list()

    async def make(self, call: Call) -> NewInvitation:
        """Make an invitation; its code is told in this answer alone. For hosts."""
        return await self._invitations.make(await self._authority.demand_host(call), call.body)

    async def remove(self, call: Call) -> None:
        """Let nobody come in by an invitation any more. For hosts."""
        await self._invitations.remove(await self._authority.demand_host(call), call.id_of("invitation_id"))

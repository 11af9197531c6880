"""What hosts read of the keeping of order: the audit log, and who is banned."""

from functools import partial
from typing import Annotated

from msgspec import Meta

from chatapp.domain.audit import AuditPage
from chatapp.domain.commands import Command, MessageId
from chatapp.domain.people import BanList
from chatapp.services.audit import Audit, Format
from chatapp.services.bans import Bans
from chatapp.transport.http import Answer, Call, Route
from chatapp.transport.routes.authority import Authority
from chatapp.transport.routes.people import number


class AuditQuery(Command, frozen=True):
    """At most `limit` entries, the newest, or those before the one with the id `before`."""

    before: MessageId | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] = 50


class AuditExportQuery(Command, frozen=True):
    """The form of the file."""

    format: Format = "csv"


class AuditRoutes:
    """Of the chat's hosts and the operator, who alone know that there is such a thing."""

    def __init__(self, authority: Authority, audit: Audit, bans: Bans) -> None:
        self._authority = authority
        self._audit = audit
        self._bans = bans

    def routes(self) -> list[Route]:
        """The routes."""
        return [
            Route("GET", "/api/admin/audit", self.page, AuditPage, query=AuditQuery, is_open=True),
            Route(
                "GET",
                "/api/admin/audit/export",
                self.export,
                query=AuditExportQuery,
                media_type="text/csv",
                is_open=True,
            ),
            Route("GET", "/api/admin/bans", self.list, BanList, is_open=True),
            Route("DELETE", "/api/admin/bans/<ban_id>", self.lift, status=204, is_open=True),
        ]

    async def page(self, call: Call) -> AuditPage:
        """Who did what to whom: what moderators, hosts and the operator did, the newest first. For hosts and the
        operator.
        """
        await self._authority.demand_either(call)
        asked: AuditQuery = call.query
        return await self._audit.page(None if asked.before is None else int(asked.before), asked.limit)

    async def export(self, call: Call) -> Answer:
        """The whole audit log as a file, the oldest first, written while it is read. For hosts and the operator."""
        await self._authority.demand_either(call)
        asked: AuditExportQuery = call.query
        export = self._audit.export(asked.format)
        headers = {"Content-Disposition": f'attachment; filename="{export.file_name}"'}
        still = partial(self._authority.demand_either, call)
        return Answer(export.pieces, headers=headers, media_type=export.media_type, still=still)

    async def list(self, call: Call) -> BanList:
        """Who and what is banned, the newest first. For hosts and the operator."""
        await self._authority.demand_either(call)
        return await self._bans.list()

    async def lift(self, call: Call) -> None:
        """Lift a ban; that of a person with those of their devices and addresses. For hosts and the operator."""
        await self._bans.lift(await self._authority.demand_either(call), number(call.path["ban_id"]))

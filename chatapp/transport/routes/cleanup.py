"""The cleanup, as hosts and the operator see and command it."""

from msgspec import Struct

from chatapp.domain.commands import Command
from chatapp.domain.retention import Preview, Trim, Trims
from chatapp.errors import NotFound
from chatapp.services.holds import Holds
from chatapp.services.retention import Asker, Retention
from chatapp.services.trash import Trash
from chatapp.transport.http import Call, Route
from chatapp.transport.routes.authority import Authority


class CleanQuery(Command, frozen=True):
    """Whether only to say what would go."""

    dry_run: bool = False


class Cleaned(Struct, frozen=True):
    """What went, or would go."""

    rooms: list[Trim]


class CleanupRoutes:
    """What can be asked of the cleanup. Of rooms that a host may not see the id is told, and no name."""

    def __init__(self, authority: Authority, retention: Retention, trash: Trash, holds: Holds) -> None:
        self._authority = authority
        self._retention = retention
        self._trash = trash
        self._holds = holds

    def routes(self) -> list[Route]:
        """The routes."""
        return [
            Route("GET", "/api/admin/cleanup", self.preview, Preview, is_open=True),
            Route("POST", "/api/admin/cleanup", self.clean, Cleaned, query=CleanQuery, is_open=True),
            Route("GET", "/api/admin/trims", self.trims, Trims, is_open=True),
            Route("DELETE", "/api/admin/trims/<trim>", self.bring_back, status=204, is_open=True),
            Route("PUT", "/api/admin/rooms/<room>/hold", self.hold, status=204, is_open=True),
            Route("DELETE", "/api/admin/rooms/<room>/hold", self.release, status=204, is_open=True),
        ]

    async def preview(self, call: Call) -> Preview:
        """What a cleanup would remove now, and when the next one is. For hosts."""
        return await self._retention.preview(await self._authority.demand_host(call))

    async def clean(self, call: Call) -> Cleaned:
        """Clean up now, or say what would go. For hosts and the operator."""
        asker = Asker(await self._authority.demand_either(call))
        asked: CleanQuery = call.query
        return Cleaned(await (self._retention.plan() if asked.dry_run else self._retention.clean(asker)))

    async def trims(self, call: Call) -> Trims:
        """What cleanups of the last seven days took. For hosts."""
        return await self._trash.standing(await self._authority.demand_host(call))

    async def bring_back(self, call: Call) -> None:
        """Undo a cleanup of a room, and later ones of it; the room is held from then on. For hosts."""
        host = await self._authority.demand_host(call)
        trim = call.path["trim"]
        if not (trim.isascii() and trim.isdigit() and len(trim) <= 18):
            raise NotFound("There is no such cleanup.")
        await self._trash.bring_back(host, int(trim))

    async def hold(self, call: Call) -> None:
        """Let nothing of a room be cleaned up or erased until it is released. For hosts."""
        await self._holds.set(await self._authority.demand_host(call), call.path["room"], is_held=True)

    async def release(self, call: Call) -> None:
        """Let a room be cleaned up again. For hosts."""
        await self._holds.set(await self._authority.demand_host(call), call.path["room"], is_held=False)

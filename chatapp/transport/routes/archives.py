"""Archives of the chat: written for its hosts and the operator, and read in again."""

from collections.abc import AsyncIterator
from functools import partial

from chatapp.domain.archives import Imported, ImportState
from chatapp.domain.commands import Command, Seq, ShortText
from chatapp.services.carrier import Carrier
from chatapp.services.export import EVERYTHING, Export, Reader, Wanted
from chatapp.services.export_forms import Format
from chatapp.transport.http import Answer, Call, Route
from chatapp.transport.moments import moment
from chatapp.transport.routes.authority import Authority
from chatapp.transport.routes.rooms import export_headers


class ArchiveQuery(Command, frozen=True):
    """One room, in one form, or the whole chat; the operator may ask for what no host reads."""

    room: ShortText | None = None
    format: Format = "ndjson"
    since: str | None = None
    until: str | None = None
    since_seq: Seq = 1
    bom: bool = False
    everything: bool = False


class ArchiveRoutes:
    """What hosts and the operator do with archives."""

    def __init__(self, authority: Authority, carrier: Carrier) -> None:
        self._authority = authority
        self._exports = carrier.exports
        self._archives = carrier.archives
        self._imports = carrier.imports

    def routes(self) -> list[Route]:
        """The routes."""
        return [
            Route("GET", "/api/export", self.export, media_type="application/zip", is_open=True),
            Route("GET", "/api/admin/export", self.any, query=ArchiveQuery, media_type="application/zip", is_open=True),
            Route("GET", "/api/admin/import", self.state, ImportState, is_open=True),
            Route("POST", "/api/admin/import", self.bring, Imported, is_open=True, takes_stream=True),
        ]

    async def export(self, call: Call) -> Answer:
        """Every room one may read, people and settings in a zip, written while it is read. For hosts and the
        operator, who belongs to no room.
        """
        return self._answer(call, await self._archives.chat(await self._authority.demand_either(call)))

    async def any(self, call: Call) -> Answer:
        """A room, or the whole chat; with `everything` also what no host reads. For the operator."""
        self._authority.demand_operator(call)
        asked: ArchiveQuery = call.query
        reader: Reader = EVERYTHING if asked.everything else None
        if asked.room is None:
            return self._answer(call, await self._archives.chat(reader))
        wanted = Wanted(moment("since", asked.since), moment("until", asked.until), max(1, asked.since_seq))
        export = await self._exports.room(reader, asked.room, asked.format, wanted, bom=asked.bom)
        return self._answer(call, export)

    async def state(self, call: Call) -> ImportState:
        """How far the import is that runs. For hosts and the operator."""
        await self._authority.demand_either(call)
        return self._imports.state

    async def bring(self, call: Call) -> Imported:
        """Read an archive in, the body of the request: ours, or one of Slack's. What is here already stays as it is.
        For hosts and the operator.
        """
        host = await self._authority.demand_either(call)
        assert call.stream is not None
        return await self._imports.receive(host, self._brought(call, call.stream))

    async def _brought(self, call: Call, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """A long body, whose sender has to be a host still when it is all there."""
        async for piece in pieces:
            yield piece
        await self._authority.demand_either(call)

    def _answer(self, call: Call, export: Export) -> Answer:
        headers = export_headers(export)
        still = partial(self._authority.demand_either, call)
        return Answer(export.pieces, headers=headers, media_type=export.media_type, still=still)

"""What the server says of itself."""

import io
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Annotated

import segno
from msgspec import Meta, Struct
from msgspec.structs import replace

from chatapp.domain.choices import Https, WaysIn
from chatapp.domain.commands import Command, ShortText
from chatapp.domain.events import rfc3339
from chatapp.errors import NotFound, Unavailable
from chatapp.transport import openapi
from chatapp.transport.http import Answer, Call, Route


class Healthy(Struct, frozen=True):
    """The server answers."""

    status: str


class Health(Struct, frozen=True):
    """The server is there, and what time it has."""

    status: str
    service: str
    timestamp: str


class Identity(Struct, frozen=True, omit_defaults=True):
    """Who this server is, where others reach it, the best address first, and what newcomers need; `proof` answers a
    nonce.
    """

    installation_id: str
    history_id: str
    name: str
    addresses: list[str]
    secure_addresses: list[str]
    https: Https
    ways_in: WaysIn
    local_name: str | None = None
    proof: str | None = None


class IdentityQuery(Command, frozen=True):
    """A nonce, where it shall prove that it is the one."""

    nonce: ShortText | None = None


class QrQuery(Command, frozen=True):
    """One of the addresses of `/api/identity`."""

    address: str


class QrBody(Command, frozen=True):
    """One of the addresses of `/api/identity`, with any path and fragment after it."""

    address: Annotated[str, Meta(max_length=300)]


class SystemRoutes:
    """`identity` is asked anew each time, since addresses change, and so are the `origins` from which this server was
    reached lately; `is_ready` says whether the database answers, `proof` is this server's to a nonce; `clock` gives
    milliseconds.
    """

    def __init__(
        self,
        identity: Callable[[], Identity],
        origins: Callable[[], Collection[str]],
        is_ready: Callable[[], Awaitable[bool]],
        proof: Callable[[str], str],
        clock: Callable[[], int],
    ) -> None:
        self._identity = identity
        self._origins = origins
        self._is_ready = is_ready
        self._proof = proof
        self._clock = clock

    def routes(self) -> list[Route]:
        """The routes."""
        return [
            Route("GET", "/", self.health, Health, is_open=True),
            Route("GET", "/healthz", self.alive, Healthy, is_open=True),
            Route("GET", "/readyz", self.ready, Healthy, is_open=True),
            Route("GET", "/api/identity", self.identity, Identity, query=IdentityQuery, is_open=True),
            Route("GET", "/api/qr", self.qr, query=QrQuery, media_type="image/svg+xml"),
            Route("POST", "/api/qr", self.qr_of_link, body=QrBody, media_type="image/svg+xml"),
        ]

    async def health(self, _call: Call) -> Health:
        """What programs get at the address where browsers get the page."""
        return Health("healthy", self._identity().name, rfc3339(self._clock()))

    async def alive(self, _call: Call) -> Healthy:
        """Whether the server answers."""
        return Healthy("ok")

    async def ready(self, _call: Call) -> Healthy:
        """Whether the server can read its database; 503 when it cannot."""
        if not await self._is_ready():
            raise Unavailable("The database does not answer.", retry_after=5)
        return Healthy("ok")

    async def identity(self, call: Call) -> Answer:
        """Who this server is, and where others reach it. Its own pages may ask from any address it has had lately."""
        asked: IdentityQuery = call.query
        identity = self._identity()
        if asked.nonce is not None:
            identity = replace(identity, proof=self._proof(asked.nonce))
        origin = call.headers.get("origin", "")
        # A page on plain http sees by it whether the device trusts this server's certificate. It holds no secret.
        headers = {"Cross-Origin-Resource-Policy": "cross-origin"}
        if origin.lower() in self._origins():
            headers["Access-Control-Allow-Origin"] = origin
        return Answer(identity, headers=headers)

    async def qr(self, call: Call) -> Answer:
        """One of this server's addresses as a QR code."""
        asked: QrQuery = call.query
        return self._code(asked.address, asked.address)

    async def qr_of_link(self, call: Call) -> Answer:
        """One of this server's addresses with a path and a fragment after it, as a QR code. What lets somebody in
        stands in the body, since addresses are written down in many places. For those with a name.
        """
        _ = call.user
        asked: QrBody = call.body
        scheme, _, rest = asked.address.partition("//")
        return self._code(asked.address, f"{scheme}//{rest.partition('/')[0]}")

    def _code(self, text: str, address: str) -> Answer:
        here = self._identity()
        if address not in {*here.addresses, *here.secure_addresses}:
            raise NotFound("That is no address of this server.", field="address")
        image = io.BytesIO()
        segno.make(text, error="m", micro=False).save(image, kind="svg", omitsize=True, border=2, light="#fff")
        return Answer(image.getvalue(), media_type="image/svg+xml")


def document(routes: Sequence[Route]) -> list[Route]:
    """The routes that describe `routes` (and themselves)."""

    async def as_json(_call: Call) -> Answer:
        """This description, as OpenAPI 3.1."""
        return Answer(openapi.document(every))

    async def as_page(_call: Call) -> Answer:
        """This description, to be read."""
        return Answer(openapi.page(openapi.document(every)), media_type="text/html; charset=utf-8")

    described = [Route("GET", "/api/openapi.json", as_json), Route("GET", "/api/docs", as_page, media_type="text/html")]
    every = [*routes, *described]
    return described

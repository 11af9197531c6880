"""What the server says of itself, and what the operator asks of it."""

import hmac
import io
from collections.abc import Awaitable, Callable, Sequence

import segno
from msgspec import Struct

from chatapp.domain.answers import Me, Trim
from chatapp.domain.commands import Command, ShortText
from chatapp.domain.entities import User
from chatapp.domain.policies import Role
from chatapp.errors import NotFound, Unavailable
from chatapp.services.accounts import Accounts
from chatapp.services.retention import Retention
from chatapp.transport import openapi
from chatapp.transport.http import Answer, Call, Route


class Healthy(Struct, frozen=True):
    """The server answers."""

    status: str


class Identity(Struct, frozen=True):
    """Who this server is, and where others reach it, the best address first."""

    installation_id: str
    history_id: str
    name: str
    addresses: list[str]


class QrQuery(Command, frozen=True):
    """One of the addresses of `/api/identity`."""

    address: str


class CleanQuery(Command, frozen=True):
    """Whether only to say what would go."""

    dry_run: bool = False


class Cleaned(Struct, frozen=True):
    """What went, or would go."""

    rooms: list[Trim]


class RoleBody(Command, frozen=True):
    """A person's name, and what they shall be."""

    username: ShortText
    role: Role


class SystemRoutes:
    """`identity` is asked anew each time, since addresses change; `is_ready` says whether the database answers;
    `renew` is told of a person whose role has changed.
    """

    def __init__(
        self,
        identity: Callable[[], Identity],
        is_ready: Callable[[], Awaitable[bool]],
        retention: Retention,
        accounts: Accounts,
        renew: Callable[[User], None],
        *,
        operator_secret: str,
    ) -> None:
        self._identity = identity
        self._is_ready = is_ready
        self._retention = retention
        self._accounts = accounts
        self._renew = renew
        self._operator_secret = operator_secret

    def routes(self) -> list[Route]:
        """The routes."""
        return [
            Route("GET", "/healthz", self.alive, Healthy, is_open=True),
            Route("GET", "/readyz", self.ready, Healthy, is_open=True),
            Route("GET", "/api/identity", self.identity, Identity, is_open=True),
            Route("GET", "/api/qr", self.qr, query=QrQuery, media_type="image/svg+xml"),
            Route("POST", "/api/admin/clean", self.clean, Cleaned, query=CleanQuery, is_open=True),
            Route("POST", "/api/admin/role", self.role, Me, body=RoleBody, is_open=True),
        ]

    async def alive(self, _call: Call) -> Healthy:
        """Whether the server answers."""
        return Healthy("ok")

    async def ready(self, _call: Call) -> Healthy:
        """Whether the server can read its database; 503 when it cannot."""
        if not await self._is_ready():
            raise Unavailable("The database does not answer.", retry_after=5)
        return Healthy("ok")

    async def identity(self, _call: Call) -> Identity:
        """Who this server is, and where others reach it."""
        return self._identity()

    async def qr(self, call: Call) -> Answer:
        """One of this server's addresses as a QR code."""
        asked: QrQuery = call.query
        if asked.address not in self._identity().addresses:
            raise NotFound("That is no address of this server.", field="address")
        image = io.BytesIO()
        segno.make(asked.address, error="m", micro=False).save(image, kind="svg", omitsize=True, border=2, light="#fff")
        return Answer(image.getvalue(), media_type="image/svg+xml")

    async def clean(self, call: Call) -> Cleaned:
        """Clean up now, or say what would go. For the operator: the secret lies in the data folder while the server
        runs.
        """
        self._demand_operator(call)
        asked: CleanQuery = call.query
        return Cleaned(await (self._retention.plan() if asked.dry_run else self._retention.clean()))

    async def role(self, call: Call) -> Me:
        """Make a person a moderator, or a member again. For the operator, as above."""
        self._demand_operator(call)
        body: RoleBody = call.body
        user = await self._accounts.set_role(body.username, body.role)
        self._renew(user)
        return Me(str(user.id), user.username, user.role)

    def _demand_operator(self, call: Call) -> None:
        given = call.headers.get("authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {self._operator_secret}".encode()):
            raise NotFound("There is no such thing here.")


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

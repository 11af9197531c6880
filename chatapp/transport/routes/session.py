"""Signing in and out over HTTP."""

import time
from collections.abc import Callable

from msgspec import Struct

from chatapp.domain.commands import Command, SetUsername, ShortText
from chatapp.domain.entities import Session
from chatapp.domain.limits import Limit, Limiter, network
from chatapp.services.accounts import Accounts
from chatapp.services.codes import Carry, Codes
from chatapp.transport.access import set_cookie
from chatapp.transport.http import Answer, Call, Route

# A class behind one address comes in at once; a script that makes names by the thousand is slowed.
NEW_PEOPLE = Limit(rate=5, burst=100)
YEAR = 365 * 24 * 3600


class SignedIn(Struct, frozen=True):
    """Who somebody is from now on, and the token of their session."""

    username: str
    user_id: str
    token: str
    role: str


class Arrival(Command, frozen=True):
    """The code of a session that comes from another address of this server."""

    code: ShortText


class SessionRoutes:
    """Sessions. `end` is told of a session that was ended, so that its connections end too."""

    def __init__(
        self, accounts: Accounts, codes: Codes, end: Callable[[Session], None], *, cookie_name: str, is_limited: bool
    ) -> None:
        self._accounts = accounts
        self._codes = codes
        self._end = end
        self._cookie_name = cookie_name
        self._limiter = Limiter(NEW_PEOPLE if is_limited else None, time.monotonic)

    def routes(self) -> list[Route]:
        """The routes."""
        return [
            Route("POST", "/api/session", self.begin, SignedIn, body=SetUsername, status=201),
            Route("DELETE", "/api/session", self.finish, status=204),
            Route("POST", "/api/session/carry", self.carry, Carry),
            Route("POST", "/api/session/arrive", self.arrive, SignedIn, body=Arrival, status=201, is_open=True),
        ]

    async def begin(self, call: Call) -> Answer:
        """Take a name: a new person, whose token is answered and set as a cookie."""
        self._limiter.take(network(call.address))
        return self._begun(call, *await self._accounts.register(call.body))

    async def finish(self, call: Call) -> Answer:
        """Sign out: the token is worth nothing from now on, and its connections end."""
        _ = call.user
        assert call.session is not None
        await self._accounts.sign_out(call.session)
        self._end(call.session)
        return Answer(None, status=204, headers=self._cookie(call, "", 0))

    async def carry(self, call: Call) -> Carry:
        """A code that begins another session of this person at another address of this server, once and within seven
        days. `nonce` is for `GET /api/identity` there: only this server answers it with `proof`.
        """
        _ = call.user
        assert call.session is not None
        return await self._codes.issue_carry(call.session)

    async def arrive(self, call: Call) -> Answer:
        """Go on as the person who was given this code at another address of this server; answered as signing in is."""
        self._limiter.take(network(call.address))
        body: Arrival = call.body
        return self._begun(call, *await self._codes.arrive(body.code))

    def _begun(self, call: Call, session: Session, token: str) -> Answer:
        signed_in = SignedIn(session.user.username, str(session.user.id), token, session.user.role)
        return Answer(signed_in, status=201, headers=self._cookie(call, token, YEAR))

    def _cookie(self, call: Call, token: str, seconds: int) -> dict[str, list[str]]:
        return {"Set-Cookie": set_cookie(self._cookie_name, token, seconds, call.headers)}

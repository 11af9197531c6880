"""Signing in and out over HTTP."""

import time
from collections.abc import Callable

from msgspec import Struct

from chatapp.domain.commands import SetUsername
from chatapp.domain.entities import Session
from chatapp.domain.limits import Limit, Limiter
from chatapp.services.accounts import Accounts
from chatapp.transport.http import Answer, Call, Route

# A class behind one address comes in at once; a script that makes names by the thousand is slowed.
NEW_PEOPLE = Limit(rate=5, burst=100)
YEAR = 365 * 24 * 3600


class SignedIn(Struct, frozen=True):
    """A new person and the token of their session."""

    username: str
    user_id: str
    token: str


class SessionRoutes:
    """Sessions. `end` is told of a session that was ended, so that its connections end too."""

    def __init__(
        self, accounts: Accounts, end: Callable[[Session], None], *, cookie_name: str, is_limited: bool
    ) -> None:
        self._accounts = accounts
        self._end = end
        self._cookie_name = cookie_name
        self._limiter = Limiter(NEW_PEOPLE if is_limited else None, time.monotonic)

    def routes(self) -> list[Route]:
        """The routes."""
        return [
            Route("POST", "/api/session", self.begin, SignedIn, body=SetUsername, status=201),
            Route("DELETE", "/api/session", self.finish, status=204),
        ]

    async def begin(self, call: Call) -> Answer:
        """Take a name: a new person, whose token is answered and set as a cookie."""
        self._limiter.take(call.address)
        session, token = await self._accounts.register(call.body)
        signed_in = SignedIn(session.user.username, str(session.user.id), token)
        return Answer(signed_in, status=201, headers={"Set-Cookie": self._cookie(token, YEAR)})

    async def finish(self, call: Call) -> Answer:
        """Sign out: the token is worth nothing from now on, and its connections end."""
        _ = call.user
        assert call.session is not None
        await self._accounts.sign_out(call.session)
        self._end(call.session)
        return Answer(None, status=204, headers={"Set-Cookie": self._cookie("", 0)})

    def _cookie(self, token: str, seconds: int) -> str:
        return f"{self._cookie_name}={token}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax"

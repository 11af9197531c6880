"""Signing in and out over HTTP."""

import time

from msgspec import Struct

from chatapp.domain.answers import DeviceLink
from chatapp.domain.commands import Command, SetUsername, ShortText
from chatapp.domain.entities import Session
from chatapp.domain.limits import Limit, Limiter, network
from chatapp.services.codes import Carry, Codes
from chatapp.services.entrance import Entrance
from chatapp.services.sessions import Sessions
from chatapp.transport.access import Access, Arriving, set_cookie
from chatapp.transport.http import Answer, Call, Route

# A class behind one address comes in at once; a script that makes names by the thousand is slowed.
NEW_PEOPLE = Limit(rate=5, burst=100)


class SignedIn(Struct, frozen=True):
    """Who somebody is from now on, and the token of their session."""

    username: str
    user_id: str
    token: str
    role: str


class Arrival(Command, frozen=True):
    """The code of a link that signs somebody in."""

    code: ShortText


class SessionRoutes:
    """Sessions that begin and end."""

    def __init__(
        self, access: Access, entrance: Entrance, sessions: Sessions, codes: Codes, *, is_limited: bool
    ) -> None:
        self._access = access
        self._entrance = entrance
        self._sessions = sessions
        self._codes = codes
        self._limiter = Limiter(NEW_PEOPLE if is_limited else None, time.monotonic)

    def routes(self) -> list[Route]:
        """The routes."""
        return [
            Route("POST", "/api/session", self.begin, SignedIn, body=SetUsername, status=201, is_entrance=True),
            Route("DELETE", "/api/session", self.finish, status=204),
            Route("POST", "/api/session/carry", self.carry, Carry),
            Route("POST", "/api/session/arrive", self.arrive, SignedIn, body=Arrival, status=201, is_open=True),
            Route("POST", "/api/me/device-link", self.link_device, DeviceLink, status=201),
            Route("POST", "/api/people/<user_id>/return-link", self.link_back, DeviceLink, status=201),
        ]

    async def begin(self, call: Call) -> Answer:
        """Take a name, or sign in to one with its password: the token of the session is answered and set as a cookie.
        A newcomer brings the `phrase` or an `invitation` where the chat asks for one.
        """
        self._limiter.take(network(call.address))
        arriving = self._access.arriving(call.headers, call.address)
        return self._begun(call, arriving, *await self._entrance.come_in(call.body, arriving.device))

    async def finish(self, call: Call) -> Answer:
        """Sign out: the token is worth nothing from now on, and its connections end."""
        await self._sessions.sign_out(call.current)
        # The mark of the device stays: it opens nothing, and says which device is banned.
        return Answer(
            None, status=204, headers={"Set-Cookie": set_cookie(self._access.cookie_name, "", 0, call.headers)}
        )

    async def carry(self, call: Call) -> Carry:
        """A code that begins another session of this person at another address of this server, once and within seven
        days. `nonce` is for `GET /api/identity` there: only this server answers it with `proof`.
        """
        return await self._codes.issue_carry(call.current)

    async def arrive(self, call: Call) -> Answer:
        """Go on as the person who was given this code: at another address of this server, on another device, or by the
        host who hands a name back. Answered as signing in is.
        """
        self._limiter.take(network(call.address))
        body: Arrival = call.body
        arriving = self._access.arriving(call.headers, call.address)
        return self._begun(call, arriving, *await self._codes.arrive(body.code, arriving.device))

    async def link_device(self, call: Call) -> DeviceLink:
        """A code that signs the caller in on another device, once and within ten minutes (POST /api/session/arrive)."""
        return await self._codes.issue_device(call.current)

    async def link_back(self, call: Call) -> DeviceLink:
        """A code by which somebody comes back to their name, once and within a day: their password is removed by it,
        and all their sessions of before end. For hosts.
        """
        return await self._codes.issue_return(call.user, call.id_of("user_id"))

    def _begun(self, call: Call, arriving: Arriving, session: Session, token: str) -> Answer:
        user = session.user
        signed_in = SignedIn(user.username, str(user.id), token, user.role)
        cookies = self._access.cookies(token, arriving, call.headers)
        return Answer(signed_in, status=201, headers={"Set-Cookie": cookies})

"""What people see and change of themselves: who they are, their password, where they are signed in."""

from chatapp.domain.answers import Devices, Me
from chatapp.domain.ways_in import Leave, RemovePassword, SetPassword
from chatapp.services.accounts import Accounts
from chatapp.services.leaving import Leaving
from chatapp.services.passwords import Passwords
from chatapp.services.sessions import Sessions
from chatapp.transport.http import Call, Route


class MeRoutes:
    """What can be asked of oneself."""

    def __init__(self, accounts: Accounts, passwords: Passwords, sessions: Sessions, leaving: Leaving) -> None:
        self._accounts = accounts
        self._passwords = passwords
        self._sessions = sessions
        self._leaving = leaving

    def routes(self) -> list[Route]:
        """The routes."""
        return [
            Route("GET", "/api/me", self.me, Me),
            Route("DELETE", "/api/me", self.leave, body=Leave, status=204),
            Route("PUT", "/api/me/password", self.set_password, body=SetPassword, status=204),
            Route("DELETE", "/api/me/password", self.remove_password, body=RemovePassword, status=204),
            Route("GET", "/api/me/sessions", self.sessions, Devices),
            Route("DELETE", "/api/me/sessions/<session_id>", self.end_session, status=204),
            Route("DELETE", "/api/me/sessions", self.end_others, status=204),
        ]

    async def me(self, call: Call) -> Me:
        """Who asks."""
        return await self._accounts.me(call.user)

    async def leave(self, call: Call) -> None:
        """Give up one's account: the name is free, all sessions end, and what one said is kept under the name `former
        member`, or erased.
        """
        await self._leaving.leave(call.current, call.body, call.address)

    async def set_password(self, call: Call) -> None:
        """Have another password, of 8 to 200 characters; all other sessions of the caller end."""
        await self._passwords.set(call.current, call.body, call.address)

    async def remove_password(self, call: Call) -> None:
        """Have no password any more; all other sessions of the caller end."""
        await self._passwords.remove(call.current, call.body, call.address)

    async def sessions(self, call: Call) -> Devices:
        """Where the caller is signed in."""
        return await self._sessions.of_person(call.current)

    async def end_session(self, call: Call) -> None:
        """End one of the caller's sessions."""
        await self._sessions.end(call.current, call.id_of("session_id"))

    async def end_others(self, call: Call) -> None:
        """End all of the caller's sessions but the one that asks."""
        await self._sessions.end_others(call.current)

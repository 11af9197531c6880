"""Who may ask for what runs the chat: its hosts, and the operator, who can read the secret in the data folder."""

import hmac

from chatapp.domain.entities import User
from chatapp.errors import NotFound
from chatapp.services.host import Host
from chatapp.transport.access import Access
from chatapp.transport.http import Call


class Authority:
    """Judges calls of open routes. What the caller may not do does not exist for them: NotFound."""

    def __init__(self, access: Access, host: Host, operator_secret: str) -> None:
        self._access = access
        self._host = host
        self._expected = f"Bearer {operator_secret}".encode()

    def demand_operator(self, call: Call) -> None:
        """Raise NotFound unless the operator asks."""
        if not self._is_operator(call):
            raise NotFound("There is no such thing here.")

    async def demand_host(self, call: Call) -> User:
        """The host that asks. Raises NotFound for everybody else."""
        session = await self._access.identify(call.headers)
        if session is None:
            raise NotFound("There is no such thing here.")
        await self._host.demand(session.user)
        return session.user

    async def demand_either(self, call: Call) -> User | None:
        """The host that asks, None for the operator. Raises NotFound for everybody else."""
        return None if self._is_operator(call) else await self.demand_host(call)

    def _is_operator(self, call: Call) -> bool:
        return hmac.compare_digest(call.headers.get("authorization", "").encode("utf-8", "replace"), self._expected)

"""Where others reach this server, now: its addresses as they change, and the name it has on the network."""

import ipaddress
from collections.abc import Callable
from typing import Any

from chatapp.lan import addresses
from chatapp.transport.assets import Application, Receive, Scope, Send


class Whereabouts:
    """The addresses of a server that listens on `host` (None: everywhere) and `port`. `run` works until cancelled and
    calls `changed` whenever they are others.
    """

    def __init__(self, host: str | None, port: int) -> None:
        self._host = host
        self._port = port
        self.https = "off"
        self.local_name: str | None = None
        self.visited = False
        self.changed: Callable[[], None] = lambda: None
        self.reachable: list[Any] = []
        self.addresses = addresses.urls(host, port)

    @property
    def secure_addresses(self) -> list[str]:
        """The same over HTTPS, where it is served."""
        return [] if self.https == "off" else [f"https{url.removeprefix('http')}" for url in self.addresses]

    @property
    def here(self) -> str:
        """The address for a browser on this machine."""
        is_anywhere = self._host in {None, "::", "0.0.0.0"}  # noqa: S104
        return addresses.url("localhost" if is_anywhere else str(self._host), self._port)

    def watched(self, app: Application) -> Application:
        """`app`, with an eye on whether anybody comes from another machine."""

        async def visited(scope: Scope, receive: Receive, send: Send) -> None:
            if not self.visited and _is_elsewhere(scope.get("client"), self.addresses):
                self.visited = True
            await app(scope, receive, send)

        return visited

    def places(self) -> list[str]:
        """The origins that a page may ask for this server."""
        return [*self.addresses, *self.secure_addresses]


def _is_elsewhere(client: tuple[str, int] | None, own: list[str]) -> bool:
    """Whether a connection came from another machine."""
    if client is None:
        return False
    ip = ipaddress.ip_address(client[0])
    return not ip.is_loopback and addresses.url(client[0], 0).removesuffix(":0") not in {
        url.rpartition(":")[0] for url in own
    }

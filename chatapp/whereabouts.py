"""Where others reach this server, now: its addresses as they change, its name on the network, and its certificates."""

import asyncio
import contextlib
import importlib
import ipaddress
import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from chatapp.lan import addresses
from chatapp.lan.addresses import Reachable, Watcher
from chatapp.lan.discovery import Discovery, label
from chatapp.lan.private import is_private
from chatapp.transport.assets import Application, Receive, Scope, Send

if TYPE_CHECKING:
    from chatapp.lan.certificates import Certificates

DAY = 24 * 3600
_EVERYWHERE = (None, "::", "0.0.0.0")  # noqa: S104
# As long as an origin may go without being noted again (`services.origins`).
_SECONDS_BETWEEN_TELLINGS = 3600


class Whereabouts:
    """Where a server that listens on `host` (None: everywhere) and `port` is reached. `folder` keeps its certificates.

    `visited` says whether anybody has come from another machine.
    """

    def __init__(self, host: str | None, port: int, folder: Path) -> None:
        self._host = host
        self.port = port
        self._folder = folder
        self._title = ""
        self._news = asyncio.Event()
        self._watcher = Watcher(lambda: addresses.reachable(host, port), self._moved)
        self._discovery: Discovery | None = None
        self._certificates: asyncio.Future[Certificates] | None = None
        self._context: tuple[object, ssl.SSLContext] | None = None
        self.https = "off"
        self.visited = False
        self.earlier: Collection[str] = ()

    @property
    def reachable(self) -> list[Reachable]:
        """The addresses for others with the reasons for their rank, the best first."""
        return self._watcher.addresses

    @property
    def addresses(self) -> list[str]:
        """Their URLs; this machine's own where nobody else can reach it."""
        return addresses.urls(self.reachable, self._host, self.port)

    @property
    def secure_addresses(self) -> list[str]:
        """The same over HTTPS, where it is served: the private ones, for which alone a certificate can vouch."""
        return [] if self.https == "off" else [_secure(url) for url in self.addresses if _is_private(url)]

    @property
    def local_name(self) -> str | None:
        """The name that leads here on this network, such as `chat.local`."""
        return None if self._discovery is None else self._discovery.local_name

    @property
    def here(self) -> str:
        """The address for a browser on this machine."""
        return addresses.url("localhost" if self._host in _EVERYWHERE else str(self._host), self.port)

    @property
    def discovery(self) -> Discovery | None:
        """What announces that name; None before it began."""
        return self._discovery

    def known(self) -> list[str]:
        """The origins at which a page may look for this server: where it is, where it has been lately (`earlier`), for
        it may be there again, and under the name it is about to have, which pages that are open then cannot add.
        """
        coming = addresses.url(f"{label(self._title)}.local", self.port)
        named = [coming] if self.https == "off" else [coming, _secure(coming)]
        return list(dict.fromkeys([*self.places(), *named, *self.earlier]))

    def places(self) -> list[str]:
        """The origins at which this server is."""
        named = [] if self.local_name is None else [addresses.url(self.local_name, self.port)]
        plain = [*self.addresses, *named]
        return plain if self.https == "off" else [*plain, *(_secure(url) for url in plain if _is_private(url))]

    def hosts(self) -> set[str]:
        """The names and addresses under which this server is reached, without those of loopback: what it listens on,
        where it is, the machine's name and the one on the network.
        """
        machine = socket.gethostname()
        bare = machine.partition(".")[0]
        found = {machine, bare, f"{bare}.local", *(one.ip for one in self.reachable)}
        given = None if self._host in _EVERYWHERE else self._host
        return found | {name for name in (given, self.local_name) if name}

    async def be_called(self, title: str) -> None:
        """The chat has this title from now on."""
        if self._discovery is not None and title != self._title:
            await self._discovery.rename(title)
        self._title = title

    async def watch(self) -> None:
        """Look after the addresses until cancelled."""
        await self._watcher.run()

    async def be_known(self) -> None:
        """Have a name on the network until cancelled."""
        if self._discovery is None:
            self._discovery = Discovery(self._title, self.port, lambda: self.reachable, self._news.set)
        await self._discovery.run()

    async def follow(self, tell: Callable[[], Awaitable[None]]) -> None:
        """Call `tell` now, at each change of place, and hourly, until cancelled."""
        while True:
            self._news.clear()
            await tell()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_SECONDS_BETWEEN_TELLINGS):
                    await self._news.wait()

    def watched(self, app: Application) -> Application:
        """`app`, with an eye on whether anybody comes from another machine."""

        async def visited(scope: Scope, receive: Receive, send: Send) -> None:
            self.visited = self.visited or self._is_elsewhere(scope.get("client"))
            await app(scope, receive, send)

        return visited

    async def certificates(self) -> "Certificates":
        """The authority that vouches for this server, made at the first call. Raises StartRefused."""
        if self._certificates is None or (self._certificates.done() and self._certificates.exception() is not None):
            self._certificates = asyncio.get_running_loop().run_in_executor(None, self._make_certificates)
        return await asyncio.shield(self._certificates)

    async def authority(self) -> bytes | None:
        """The certificate that devices are told to trust, None while no https is served. Raises StartRefused."""
        return None if self.https == "off" else (await self.certificates()).authority_der()

    async def context(self) -> ssl.SSLContext:
        """What a TLS connection begins with: a certificate for where this server is now."""
        certificates = await self.certificates()
        names = [] if self.local_name is None else [self.local_name]
        ips = [one.ip for one in self.reachable]
        wanted = (names, ips, time.time() // DAY)
        if self._context is None or self._context[0] != wanted:
            self._context = wanted, await asyncio.to_thread(certificates.context, names, ips)
        return self._context[1]

    async def _moved(self) -> None:
        if self._discovery is not None:
            await self._discovery.refresh()
        self._news.set()

    def _make_certificates(self) -> "Certificates":
        # Late: the library takes a quarter of a second, and only a chat with HTTPS needs it.
        module = importlib.import_module("chatapp.lan.certificates")
        made: Certificates = module.Certificates(self._folder, self._title, lambda: time.time_ns() // 1_000_000)
        return made

    def _is_elsewhere(self, client: tuple[str, int] | None) -> bool:
        if client is None:
            return False
        own = {one.ip for one in self.reachable}
        return client[0] not in own and not ipaddress.ip_address(client[0]).is_loopback


def _is_private(url: str) -> bool:
    return is_private(urlsplit(url).hostname or "")


def _secure(url: str) -> str:
    return f"https{url.removeprefix('http')}"

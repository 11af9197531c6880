"""Tells the local network where this chat is, by multicast DNS: `<name>.local` for people, `_http._tcp` for programs.

Mechanism: one responder on the real interfaces of this machine (`responder.py`), made anew when its addresses change,
when the chat is called otherwise, or when another machine turns out to have the same name. All addresses are announced
on all these interfaces. Guarantees: nothing depends on it; whatever fails is told by `problem` and tried again every
minute. Cost: importing the library takes a third of a second of a thread, after the server serves.
"""

import asyncio
import contextlib
import importlib
import logging
import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from chatapp.lan.addresses import Reachable, Reason

if TYPE_CHECKING:
    from chatapp.lan.responder import Responder

log = logging.getLogger(__name__)

SECONDS_TO_TRY_AGAIN = 60.0
_LONGEST_LABEL = 40
# Where several kinds of address are there, only the first of these kinds is announced: whoever asks for the name may
# try any address of the answer first, and one that leads nowhere costs them a minute.
_ANNOUNCED: tuple[frozenset[Reason], ...] = (
    frozenset({"default_route", "private", "public", "carrier"}),
    frozenset({"link_local"}),
    frozenset({"virtual", "point_to_point"}),
)


class Discovery:
    """Announces the chat called `title` at `port` of `addresses`, while `run` runs.

    `local_name` is the host name that leads here (such as `chat.local`), None while there is none; then `problem` says
    why, in a sentence, unless it is only beginning. `changed` is called when the name has changed.
    """

    def __init__(
        self, title: str, port: int, addresses: Callable[[], list[Reachable]], changed: Callable[[], None]
    ) -> None:
        self.local_name: str | None = None
        self.problem: str | None = None
        self._title = title
        self._port = port
        self._addresses = addresses
        self._changed = changed
        # Title and addresses of the last announcement, tried or done.
        self._announced: tuple[str, list[Reachable]] = ("", [])
        self._responder: Responder | None = None
        # Names that other machines kept, while we are on the same network.
        self._avoid: set[str] = set()
        self._woken = asyncio.Event()
        self._is_closed = False

    async def run(self) -> None:
        """Announce until cancelled or closed, and say goodbye."""
        try:
            while not self._is_closed:
                self._woken.clear()
                await self._renew()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(SECONDS_TO_TRY_AGAIN if self.problem else None):
                        await self._woken.wait()
        finally:
            await self._withdraw()
            if not self._is_closed:
                self._be_called(None, "The chat has no name on the network at the moment; the log says why.")

    async def refresh(self) -> None:
        """Look at the addresses again; what has changed is announced soon after."""
        self._woken.set()

    async def rename(self, title: str) -> None:
        """Announce the chat under another title and, soon after, another name."""
        self._title = title
        self._woken.set()

    async def is_heard(self) -> bool:
        """Ask the network for our name: whether the answer, within two seconds, is an address of ours."""
        return self._responder is not None and await self._responder.is_heard()

    async def close(self) -> None:
        """Say goodbye, and announce nothing any more."""
        self._is_closed = True
        self._woken.set()
        await self._withdraw()

    async def _renew(self) -> None:
        """Announce what there is to announce now, unless it is announced already."""
        found = self._addresses()
        wanted = (self._title, announced(found))
        holds = self._responder is not None and self._responder.host not in self._avoid
        if holds and wanted == self._announced:
            return
        if wanted[1] != self._announced[1]:
            self._avoid.clear()
        await self._withdraw()
        self._announced = wanted
        if not wanted[1]:
            self._be_called(None, "This machine is on no network with IPv4, so it has no name there.")
            return
        await self._announce(self._title, [one.ip for one in wanted[1]], own={one.ip for one in found})
        # Everything may have been closed while the announcing took its time.
        if self._is_closed:
            await self._withdraw()

    async def _announce(self, title: str, ips: list[str], own: set[str]) -> None:
        await asyncio.to_thread(importlib.import_module, "chatapp.lan.responder")
        # Late: the thread has just imported it, since it takes a third of a second.
        from chatapp.lan.responder import Unannounced, claim  # noqa: PLC0415

        avoid = frozenset(self._avoid)
        try:
            made = await claim(title, label(title), self._port, ips, own=own, avoid=avoid, lost=self._lose)
        except Unannounced as error:
            log.warning("No name could be announced on the network: %s", error)
            self._be_called(None, f"No name could be announced on the network ({error}).")
        else:
            self._responder = made
            log.info("The network knows this chat as %s", made.host)
            self._be_called(made.host, None)

    def _lose(self, host: str) -> None:
        """Give up a name that another machine keeps."""
        if host not in self._avoid:
            log.info("Another machine has the name %s", host)
            self._avoid.add(host)
            self._woken.set()

    async def _withdraw(self) -> None:
        responder, self._responder = self._responder, None
        if responder is not None:
            await responder.close()

    def _be_called(self, name: str | None, problem: str | None) -> None:
        self.problem = problem
        if name != self.local_name:
            self.local_name = name
            self._changed()


def announced(found: Iterable[Reachable]) -> list[Reachable]:
    """Return the IPv4 addresses to announce: those of real networks; others only where there is nothing else."""
    shown = [one for one in found if ":" not in one.ip]
    chosen = ([one for one in shown if one.reason in kind] for kind in _ANNOUNCED)
    return next((kind for kind in chosen if kind), [])


def label(title: str) -> str:
    """Return a host name of letters, digits and hyphens that resembles the title, `chat` where nothing is left."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_LONGEST_LABEL].strip("-") or "chat"

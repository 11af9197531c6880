"""At which origins this server was reached in the last seven days.

A tab that was opened at an address the server has lost asks for it at its other addresses. The browser counts that tab
as a page of another origin, and shows it the answer only where the server says so; it does for these.
"""

from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from chatapp.storage import origins
from chatapp.storage.database import Database
from chatapp.storage.writer import Transaction, Writer

KEPT_MS = 7 * 24 * 3600 * 1000
"""As long as a code that carries a session lasts."""

NOTED_EVERY_MS = 3600 * 1000
"""An origin that stays is noted again so often: after a sudden end it is known when it was last there."""

_USUAL_PORTS = {"http": 80, "https": 443}
_TWINS = {"http": "https", "https": "http"}


class Origins:
    """Remembers the server's origins; `clock` gives milliseconds."""

    def __init__(self, database: Database, writer: Writer, clock: Callable[[], int]) -> None:
        self._database = database
        self._writer = writer
        self._clock = clock
        self._present: frozenset[str] = frozenset()
        self._noted_at: int | None = None
        self.recent: frozenset[str] = frozenset()
        """The origins of the last seven days with their https and http twins, as browsers write them."""

    async def keep(self, present: Sequence[str]) -> None:
        """The server is now reached at these addresses (URLs). May be called often: stores when there is news, or
        hourly.
        """
        now = self._clock()
        seen = frozenset(origin_of(url) for url in present)
        is_fresh = self._noted_at is not None and now - self._noted_at < NOTED_EVERY_MS
        if seen == self._present and is_fresh:
            return
        # Those that have just gone were there until now.
        found = await self._writer.submit(self._keep, (seen | self._present, now))
        self._present, self._noted_at = seen, now
        self.recent = frozenset(origin for one in found for origin in (one, _twin(one)))

    async def _keep(self, tx: Transaction, asked: Sequence[tuple[frozenset[str], int]]) -> Sequence[set[str]]:
        answers = []
        for seen, now in asked:
            await origins.saw(tx.connection, seen, now)
            await origins.sweep(tx.connection, now - KEPT_MS)
            answers.append(await origins.recent(tx.connection, now - KEPT_MS))
        return answers


def origin_of(url: str) -> str:
    """The origin of an address as browsers write it: lower case, without the scheme's own port."""
    parts = urlsplit(url.lower())
    port = parts.port
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}" + ("" if port in (None, _USUAL_PORTS.get(parts.scheme)) else f":{port}")


def _twin(origin: str) -> str:
    """The same host and port by the other scheme: one port answers both."""
    scheme, _, rest = origin.partition("://")
    port = urlsplit(origin).port or _USUAL_PORTS[scheme]
    host = rest.removesuffix(f":{port}")
    return origin_of(f"{_TWINS[scheme]}://{host}:{port}")

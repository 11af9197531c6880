"""What is wrong with the chat's data: who finds it says so here, hosts are told, and a watch sees when it has passed.

Mechanism: what fails when it writes or reads says what kind of trouble that is. Once a second it is seen whether the
database is where it was; while it cannot be stored to, it is tried every few seconds by a change that changes nothing;
while it is damaged, it is read from end to end, seldomer each time. Nothing has to be started again. Cost: a look at
one file a second.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence

from chatapp.domain.events import Event, People, TroubleChanged, rfc3339
from chatapp.domain.troubles import Trouble, TroubleKind
from chatapp.errors import ChatError
from chatapp.services.presence import Presence, Tell
from chatapp.storage import installation
from chatapp.storage.database import Database
from chatapp.storage.writer import Transaction, Writer

log = logging.getLogger(__name__)

LOOK_AGAIN = 1.0
READ_AGAIN = 10.0
READ_AGAIN_AT_LAST = 600.0
"""Seconds. Reading a large database from end to end takes a disk's time for minutes."""

_OF_STORING: tuple[TroubleKind, ...] = ("full", "read_only", "gone", "failing")


class Troubles:
    """What stands at the moment. `audience` says who hosts are, `clock` gives milliseconds; `run` watches until
    cancelled.
    """

    def __init__(
        self, database: Database, writer: Writer, presence: Presence, tell: Tell, clock: Callable[[], int]
    ) -> None:
        self._database = database
        self._writer = writer
        self._presence = presence
        self._tell = tell
        self._clock = clock
        self._standing: dict[TroubleKind, int] = {}
        self._read_at = 0.0
        self._read_again = READ_AGAIN
        database.on_trouble = self.begin

    @property
    def standing(self) -> list[Trouble]:
        """What is wrong, what began first first."""
        return [Trouble(kind, rfc3339(since)) for kind, since in self._standing.items()]

    def begin(self, kind: TroubleKind) -> None:
        """Something is wrong from now on, or still."""
        if kind in self._standing:
            return
        log.error("The chat has a trouble: %s", kind)
        self._standing[kind] = self._clock()
        if kind == "damaged":
            self._read_again = READ_AGAIN
            self._read_at = time.monotonic() + READ_AGAIN
        self._tell_hosts()

    def end(self, *kinds: TroubleKind) -> None:
        """This is well again."""
        passed = [kind for kind in kinds if self._standing.pop(kind, None) is not None]
        for kind in passed:
            log.warning("The trouble has passed: %s", kind)
        if passed:
            self._tell_hosts()

    async def run(self) -> None:
        """Watch, once a second."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_AGAIN)

    async def look(self) -> None:
        """See what has begun by itself, and what has passed."""
        if not self._database.is_in_place():
            self.begin("gone")
        elif any(kind in self._standing for kind in _OF_STORING) and await self._is_stored():
            self.end(*_OF_STORING)
        if "damaged" in self._standing and time.monotonic() >= self._read_at:
            # The change lets all connections read from the disk what they remember otherwise.
            if await self._database.is_whole() and await self._is_stored():
                self.end("damaged")
            self._read_again = min(2 * self._read_again, READ_AGAIN_AT_LAST)
            self._read_at = time.monotonic() + self._read_again

    async def _is_stored(self) -> bool:
        """Whether there is room, and a change is stored and read."""
        if "full" in self._standing and self._database.is_full():
            return False
        try:
            await self._writer.submit(self._touch, None)
        except ChatError:
            return False
        return await self._database.is_ready()

    async def _touch(self, tx: Transaction, asked: Sequence[None]) -> Sequence[None]:
        await installation.touch(tx.connection)
        return [None] * len(asked)

    def _tell_hosts(self) -> None:
        event: Event = TroubleChanged(self.standing)
        self._tell([(event, People(self._presence.hosts()))])

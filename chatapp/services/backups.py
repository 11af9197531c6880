"""The backups: one a day by itself, each proven, and what is told of them.

Mechanism: once a day, when the cleanup has run (so that it holds no more than the chat keeps) and the program a minute,
a copy is made and proven, then others that are not proven yet; then those go that are no more to be kept. A laptop that
slept through the hour does it a minute after it woke, and so does a chat that was off. Copying, reading and removing
are done in a thread, while the chat goes on. What fails is a trouble that hosts are told of until it has passed.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from datetime import time as time_of_day
from pathlib import Path

from msgspec import Struct

from chatapp.domain.answers import Backup, Backups, Erased
from chatapp.domain.copies import DAILY, REPLACED, held_until, maker
from chatapp.domain.events import rfc3339
from chatapp.errors import NotFound, StartRefused, Unavailable
from chatapp.services.retention import last_due
from chatapp.services.troubles import Troubles
from chatapp.storage import backups, installation, proofs, rotation, trims
from chatapp.storage.database import Database
from chatapp.storage.marks import Mark

log = logging.getLogger(__name__)

LOOK_AGAIN = 60.0
"""Seconds between two looks at the clock, and before the first: a chat that begins has more urgent work."""


class Plan(Struct, frozen=True):
    """For how many days the chat keeps what is said, 0 being for ever, and the local hour of its cleanup."""

    days: int
    at: time_of_day


class BackupService:
    """Makes, proves and removes copies of `database` in `folder`, by what `plan` says at that moment. `run` works until
    cancelled.
    """

    def __init__(self, database: Database, folder: Path, plan: Callable[[], Plan], troubles: Troubles) -> None:
        self._database = database
        self._folder = folder
        self._plan = plan
        self._troubles = troubles

    async def run(self) -> None:
        """Make the backup whenever it is due."""
        await self._judge()
        while True:
            await asyncio.sleep(LOOK_AGAIN)
            now = datetime.now().astimezone()
            if await self.is_due(now):
                await self.work(now)

    async def is_due(self, now: datetime) -> bool:
        """Whether the day's cleanup has run, and there is something to lose that is in no backup since."""
        since = last_due(now, self._plan().at).timestamp() * 1000
        async with self._database.read() as connection:
            found = await installation.find(connection)
            is_empty = await installation.last_id(connection) == 0
        if found is None or is_empty or found.cleaned_at < since:
            return False
        known = await asyncio.to_thread(backups.kept, self._folder)
        return not any(one.created_at >= since for one in known if maker(one.name) == DAILY)

    async def work(self, now: datetime) -> None:
        """Make the day's backup, prove what is not proven, and take away what goes."""
        days = self._plan().days
        try:
            await asyncio.to_thread(rotation.make, self._database.path, self._folder, now, days)
        except StartRefused as refusal:
            log.error("The daily backup was not made: %s", refusal)  # noqa: TRY400 - the text says it all
            self._troubles.begin("backup")
            if refusal.exit_code == _DAMAGED:
                self._troubles.begin("damaged")
        else:
            self._troubles.end("backup")
        if self._database.is_in_place():
            await asyncio.to_thread(rotation.prove_others, self._folder, now)
            await asyncio.to_thread(rotation.tidy, self._folder, now, days)
            await self._judge()

    async def make(self) -> Backup:
        """Make a backup that somebody asked for, and prove it. Raises StartRefused where that cannot be done."""
        made = await asyncio.to_thread(backups.make, self._database.path, self._folder)
        mark = await asyncio.to_thread(rotation.prove, self._folder, made.name)
        await self._judge()
        return self._told(made, mark)

    async def find(self, name: str) -> Path:
        """Where the backup of this name lies. Raises NotFound."""
        known = await asyncio.to_thread(proofs.known, self._folder)
        if name not in {one.name for one, _ in known}:
            raise NotFound("There is no such backup.", field="backup")
        return self._folder / name

    async def remove(self, name: str) -> None:
        """Take a backup away for good. Raises NotFound, and Unavailable where the disk refuses."""
        path = await self.find(name)
        try:
            await asyncio.to_thread(backups.remove, path.parent, path.name)
        except OSError as error:
            raise Unavailable(f"The backup cannot be removed: {error.strerror or error}.") from error
        await self._judge()

    async def listed(self) -> Backups:
        """The backups there are, and what they can still hold that the chat has erased."""
        known = await asyncio.to_thread(proofs.known, self._folder)
        async with self._database.read() as connection:
            erased_at = await trims.last_erased_at(connection)
        holding = [self._told(one, mark) for one, mark in known if erased_at is not None and one.created_at < erased_at]
        return Backups(str(self._folder), [self._told(one, mark) for one, mark in known], _erased(holding))

    async def _judge(self) -> None:
        """Begin or end the trouble of backups that failed their proof. What a restore put aside may be damaged: that
        may be why it was put aside.
        """
        known = await asyncio.to_thread(proofs.known, self._folder)
        failed = [one for one, mark in known if mark is not None and mark.failed and maker(one.name) != REPLACED]
        if failed:
            self._troubles.begin("unproven")
        else:
            self._troubles.end("unproven")

    def _told(self, one: backups.Backup, mark: Mark | None) -> Backup:
        goes_at = held_until(datetime.fromtimestamp(one.created_at / 1000).astimezone(), self._plan().days)
        proven_at = None if mark is None else mark.proven_at
        return Backup(
            name=one.name,
            created_at=rfc3339(one.created_at),
            bytes=one.bytes,
            revision=one.revision,
            maker=maker(one.name),
            proven_at=None if proven_at is None else rfc3339(proven_at),
            failed=None if mark is None or mark.failed is None else f"The backup {mark.failed}.",
            goes_at=None if goes_at is None else rfc3339(int(goes_at.timestamp() * 1000)),
        )


# The exit code with which a database is refused that is damaged (`form.refusal`).
_DAMAGED = 3


def _erased(holding: list[Backup]) -> Erased | None:
    if not holding:
        return None
    newest = holding[0]
    return Erased(len(holding), newest.created_at, newest.goes_at)

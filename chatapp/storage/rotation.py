"""Makes the scheduled backups, proves what is to be proven, and takes away what goes.

Guarantees: nothing outside the folder of the backups is touched, and in it only backups; the newest that is good stays
whatever is short. A copy is begun only where as much again stays free as it takes.
"""

import logging
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from chatapp.domain.copies import DAILY, Copy, going, oldest_first
from chatapp.errors import StartRefused
from chatapp.storage import backups, copying, proofs
from chatapp.storage.backups import Backup
from chatapp.storage.marks import Mark

log = logging.getLogger(__name__)

PROVEN_AGAIN_MS = 7 * 86_400_000
"""After so long a backup is read again: disks forget. One a day, so that a day's work stays small."""


def make(database_path: Path, folder: Path, now: datetime, limit_days: int) -> Mark:
    """Make the day's backup and prove it, making room for it where it must; return its mark.

    Raises StartRefused where it cannot be made, with code 3 where the database is damaged.
    """
    needed = 2 * copying.size(database_path)
    if database_path.exists():
        _make_room(folder, needed, now, limit_days)
        copying.demand_space(database_path.parent, needed, "The daily backup")
    made = backups.make(database_path, folder, stem=DAILY)
    return prove(folder, made.name)


def prove(folder: Path, name: str) -> Mark:
    """Prove one of the backups; return its mark. Raises StartRefused where that cannot be tried."""
    try:
        return proofs.prove(folder / name)
    except OSError as error:
        raise StartRefused(f"{folder / name} cannot be proven: {error.strerror or error}.", exit_code=1) from error


def prove_others(folder: Path, now: datetime) -> None:
    """Prove the backups that are not proven as they are now, and the one whose proof is the oldest."""
    known = proofs.known(folder)
    due = [one.name for one, mark in known if mark is None or mark.proven_at is None]
    proven = [(mark.tried_at, one.name) for one, mark in known if mark is not None and mark.proven_at is not None]
    since = int(now.timestamp() * 1000) - PROVEN_AGAIN_MS
    for name in [*due, *(name for tried_at, name in sorted(proven)[:1] if tried_at < since)]:
        try:
            prove(folder, name)
        except StartRefused as refusal:
            log.warning("%s", refusal)


def tidy(folder: Path, now: datetime, limit_days: int) -> None:
    """Take away the backups that go by turns and by age."""
    for name in sorted(going(_copies(folder), now, limit_days)):
        _remove(folder, name)


def _make_room(folder: Path, needed: int, now: datetime, limit_days: int) -> None:
    if _has_room(folder, needed):
        return
    tidy(folder, now, limit_days)
    for one in oldest_first(_copies(folder)):
        if _has_room(folder, needed):
            return
        _remove(folder, one.name)


def _has_room(folder: Path, needed: int) -> bool:
    try:
        copying.demand_space(folder if folder.is_dir() else folder.parent, needed, "The daily backup")
    except StartRefused:
        return False
    return True


def _copies(folder: Path) -> list[Copy]:
    return [
        Copy(one.name, _made_at(one), is_good=mark is None or mark.failed is None) for one, mark in proofs.known(folder)
    ]


def _made_at(one: Backup) -> datetime:
    return datetime.fromtimestamp(one.created_at / 1000).astimezone()


def _remove(folder: Path, name: str) -> None:
    # What cannot be taken away now is tried again the next day.
    with suppress(OSError):
        backups.remove(folder, name)
        log.info("Took away the backup %s", name)

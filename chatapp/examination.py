"""The doctor's visit: looks up everything that can keep a chat from working, and has it judged.

Both the host's panel of a running chat and the command `doctor`, when no chat runs, come here.
"""

import asyncio
import errno
import platform
import time
from contextlib import suppress
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import chatapp
from chatapp.data_folder import BACKUPS, DATABASE
from chatapp.domain import copies
from chatapp.domain.findings import Finding
from chatapp.lan import addresses, firewall, ports
from chatapp.lan.discovery import Discovery
from chatapp.services import doctor
from chatapp.services.doctor import ClockWatch
from chatapp.services.indexing import Indexer
from chatapp.settings import Settings
from chatapp.storage import health, proofs, volume
from chatapp.storage.database import Database

_LIBRARIES = ("quart", "python-socketio", "python-engineio", "SQLAlchemy", "uvicorn", "msgspec", "zeroconf")


@dataclass(frozen=True, slots=True)
class Serving:
    """What a running chat knows of itself: its port, its name on the network, whether anybody came from elsewhere, its
    database, how the clock went since it began, and what fills the search index.
    """

    port: int
    discovery: Discovery | None
    visited: bool
    database: Database
    clock: ClockWatch
    indexer: Indexer | None = None


async def examine(settings: Settings, serving: Serving | None = None) -> list[Finding]:
    """Return what is found, in the order to read it, of a chat that is `serving` in this process, or of none.

    Without one, only for a process that has no connection to the database, and where no other program holds the data
    folder: that one is to be asked itself. Changes nothing, and makes no data folder. Raises nothing for what it finds.
    Takes up to two seconds, on Windows some more.
    """
    number = serving.port if serving else settings.port or ports.USUAL_PORT
    visited = serving is not None and serving.visited
    now = time.time_ns() // 1_000_000
    places, storage, others = await asyncio.gather(
        asyncio.to_thread(addresses.reachable, settings.host, number), _storage(settings, serving, now),
        asyncio.to_thread(_doors, settings, number, visited=visited, is_ours=serving is not None),
    )  # fmt: skip
    return [
        doctor.addresses([(one.url, one.reason) for one in places], visited=visited),
        *others,
        *([await _local_name(serving.discovery)] if serving and serving.discovery else []),
        *storage,
        doctor.versions(_versions()),
    ]


def _doors(settings: Settings, number: int, *, visited: bool, is_ours: bool) -> list[Finding]:
    """Look at the port and what stands before it."""
    holder = None if is_ours else _holder(settings.host, number)
    hint = None if visited else firewall.hint(number)
    text, command, is_closed = (hint.text, hint.command, hint.is_closed) if hint else (None, None, False)
    return [
        doctor.port(number, holder, is_asked_for=settings.port is not None),
        doctor.firewall(text, command, is_closed=is_closed, visited=visited),
    ]


def _holder(host: str | None, number: int) -> str | None:
    """Say who has the port, None when nobody has; listens there for a moment to find out."""
    try:
        for made in ports.listen(host, number):
            made.close()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return ports.holder(host, number)
        return f"the system ({error.strerror or error})"
    return None


async def _local_name(discovery: Discovery) -> Finding:
    return doctor.local_name(discovery.local_name, discovery.problem, is_heard=await discovery.is_heard())


async def _storage(settings: Settings, serving: Serving | None, now: int) -> list[Finding]:
    """Look at the data folder, what lies in it, and the clock that it is kept by."""
    path = settings.data_dir / DATABASE
    if serving:
        state = await health.in_use(serving.database)
    else:
        state = await asyncio.to_thread(health.at_rest, path)
    step = serving.clock.step() if serving else None
    kept, failed = await asyncio.to_thread(_backups, path.parent / BACKUPS)
    kind = await asyncio.to_thread(volume.file_system, path.parent)
    is_shared, keeps_locks = volume.shares(kind), volume.keeps_locks(kind)
    return [
        await asyncio.to_thread(_folder, path),
        doctor.file_system(kind, is_shared=is_shared, keeps_locks=keeps_locks, synced_by=volume.synced_by(path.parent)),
        doctor.database(state.problem, state.journal, health.SQLITE, is_shared=is_shared),
        *([doctor.search_index(serving.indexer.percent)] if serving and serving.indexer else []),
        doctor.clock(now, step, state.newest_at),
        doctor.backup(now, kept, failed, is_empty=state.newest_at is None and state.problem is None),
    ]


def _folder(path: Path) -> Finding:
    free = None
    with suppress(OSError):
        free = volume.free_bytes(path.parent)
    size = path.stat().st_size if path.exists() else 0
    return doctor.folder(str(path.parent), volume.why_not_writable(path.parent), free, size)


def _backups(folder: Path) -> tuple[int | None, str | None]:
    """Return when the newest backup was made that is good as far as anybody knows, and a sentence about one that is
    not. What a restore put aside may be damaged.
    """
    known = [(one, mark) for one, mark in proofs.known(folder) if copies.maker(one.name) != copies.REPLACED]
    good = (one.created_at for one, mark in known if mark is None or mark.failed is None)
    failed = (f"The backup {one.name} {mark.failed}." for one, mark in known if mark is not None and mark.failed)
    return next(good, None), next(failed, None)


def _versions() -> dict[str, str]:
    """Return what this program is made of and runs on; a frozen program may not know the versions of libraries."""
    found = {"chatapp": chatapp.__version__, "Python": platform.python_version(), "SQLite": health.SQLITE}
    for name in _LIBRARIES:
        with suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return found | {platform.system(): f"{platform.release()} ({platform.machine()})"}

"""What the program around the chat does for its host: backups, the doctor, links, the end."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from functools import partial
from pathlib import Path

from msgspec import Struct

import chatapp
from chatapp.domain.answers import Overview, Place, Stored
from chatapp.domain.choices import Choices
from chatapp.domain.events import rfc3339
from chatapp.domain.findings import Finding
from chatapp.errors import BadRequest, StartRefused, Unavailable
from chatapp.services.codes import CODE_BYTES
from chatapp.storage import backups
from chatapp.transport.routes.host import Backup, Backups, Machine
from chatapp.whereabouts import Whereabouts


class Return(Struct, frozen=True):
    """Who has restored a backup, and the code with which they come into it as its host: whoever is signed in before is
    unknown to it.
    """

    username: str
    code: str


Between = Callable[[], Return | None]
"""What is done while the chat does not run, before it starts again; somebody may come back to it then."""


def make(
    database: Path,
    where: Whereabouts,
    examine: Callable[[], Awaitable[list[Finding]]],
    end: Callable[[Between | None], None],
) -> Machine:
    """What the host's panel can ask of the program that serves `database`. `end` ends the serving, and begins it again
    after what it is given.
    """
    folder = database.parent / "backups"

    async def kept() -> Backups:
        found = await asyncio.to_thread(backups.kept, folder)
        return Backups(str(folder), [_on_wire(one) for one in found])

    async def back_up() -> Backup:
        return _on_wire(await asyncio.to_thread(backups.make, database, folder, None))

    async def restore(body: AsyncIterator[bytes], username: str) -> str:
        candidate = folder / f"upload-{secrets.token_hex(8)}.part"
        try:
            await _receive(body, candidate)
            await asyncio.to_thread(_check, candidate)
        except BaseException:
            candidate.unlink(missing_ok=True)
            raise
        back = Return(username, secrets.token_urlsafe(CODE_BYTES))
        end(partial(_swap, candidate, database, folder, back))
        return back.code

    return Machine(
        overview=partial(_overview, where),
        link=lambda code: f"{where.here}/#/host/{code}",
        examine=examine,
        backups=kept,
        back_up=back_up,
        restore=restore,
        quit=partial(end, None),
    )


async def certify(where: Whereabouts) -> None:
    """Make sure that HTTPS can be served. Raises Unavailable with what keeps it from that."""
    try:
        await where.certificates()
    except StartRefused as refusal:
        raise Unavailable(str(refusal)) from refusal


def _swap(candidate: Path, database: Path, folder: Path, back: Return) -> Return:
    backups.swap(candidate, database, folder)
    return back


def _overview(where: Whereabouts, choices: Choices, fixed: Collection[str], stored: Stored) -> Overview:
    return Overview(
        version=chatapp.__version__,
        name=choices.name,
        retention_days=choices.retention_days,
        https=choices.https,
        is_set_up=choices.is_set_up,
        fixed=sorted(fixed),
        visited=where.visited,
        addresses=[Place(one.url, one.ip, one.interface, one.reason) for one in where.reachable],
        secure_addresses=where.secure_addresses,
        local_name=where.local_name,
        stored=stored,
        ways_in=choices.ways_in,
        newcomers=choices.newcomers,
        rooms_may_keep_more=choices.rooms_may_keep_more,
        phrase=choices.phrase,
    )


async def _receive(body: AsyncIterator[bytes], file: Path) -> None:
    """Write a body to a file. Raises Unavailable where that is not possible."""
    try:
        file.parent.mkdir(exist_ok=True)
        with file.open("wb") as target:
            async for piece in body:
                await asyncio.to_thread(target.write, piece)
    except OSError as error:
        raise Unavailable(f"The file cannot be kept here: {error.strerror}.") from error


def _check(candidate: Path) -> None:
    try:
        backups.check(candidate)
    except StartRefused as refusal:
        raise BadRequest(str(refusal)) from refusal


def _on_wire(backup: backups.Backup) -> Backup:
    return Backup(backup.name, rfc3339(backup.created_at), backup.bytes, backup.revision)

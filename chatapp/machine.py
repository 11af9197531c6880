"""What the program around the chat does for its host: backups, the doctor, links, the end."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from functools import partial
from pathlib import Path

from msgspec import Struct

import chatapp
from chatapp.data_folder import BACKUPS
from chatapp.domain.answers import Backup, Overview, Place, Stored
from chatapp.domain.choices import Choices
from chatapp.domain.findings import Finding
from chatapp.errors import BadRequest, Conflict, StartRefused, Unavailable
from chatapp.services.backups import BackupService
from chatapp.services.codes import CODE_BYTES
from chatapp.services.troubles import Troubles
from chatapp.storage import backups, proofs
from chatapp.transport.routes.host import Machine
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
    service: BackupService,
    troubles: Troubles,
) -> Machine:
    """What the host's panel can ask of the program that serves `database`. `end` ends the serving, and begins it again
    after what it is given.
    """
    folder = database.parent / BACKUPS

    async def back_up() -> Backup:
        try:
            return await service.make()
        except StartRefused as refusal:
            raise Unavailable(str(refusal)) from refusal

    async def restore(body: AsyncIterator[bytes], name: str | None, username: str, *, unproven: bool) -> str:
        candidate = folder / f"upload-{secrets.token_hex(8)}.part"
        try:
            if name is None:
                await _receive(body, candidate)
                await asyncio.to_thread(_prepare, candidate, None, unproven=unproven)
            else:
                await asyncio.to_thread(_prepare, candidate, await service.find(name), unproven=unproven)
        except BaseException:
            candidate.unlink(missing_ok=True)
            raise
        back = Return(username, secrets.token_urlsafe(CODE_BYTES))
        end(partial(_swap, candidate, database, folder, back))
        return back.code

    return Machine(
        overview=partial(_overview, where, troubles),
        link=lambda code: f"{where.here}/#/host/{code}",
        examine=examine,
        backups=service.listed,
        back_up=back_up,
        remove_backup=service.remove,
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


def _overview(
    where: Whereabouts, troubles: Troubles, choices: Choices, fixed: Collection[str], stored: Stored
) -> Overview:
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
        retention_messages=choices.retention_messages,
        archive_folder=choices.archive_folder,
        phrase=choices.phrase,
        trouble=troubles.standing,
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


def _prepare(candidate: Path, source: Path | None, *, unproven: bool) -> None:
    """Prove what is to be restored and bring it up to date: the candidate itself, or a copy of the backup `source`.
    Raises Conflict for what failed and may be restored all the same, BadRequest for what cannot be.
    """
    try:
        if source is None:
            proofs.make_ready(candidate, None, unproven=unproven)
        else:
            proofs.candidate(source, candidate, unproven=unproven)
    except proofs.Unproven as refusal:
        raise Conflict(str(refusal), field="unproven") from refusal
    except StartRefused as refusal:
        raise BadRequest(str(refusal)) from refusal

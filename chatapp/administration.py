"""What the operator asks from the command line: asked of the chat that runs, or done here when none does."""

import asyncio
import contextlib
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec

from chatapp import remote
from chatapp.data_folder import BACKUPS, CERTIFICATES, DATABASE, DataFolder, InUse, Running
from chatapp.domain.findings import Finding
from chatapp.domain.policies import Role
from chatapp.domain.retention import Trim
from chatapp.errors import ChatError, StartRefused
from chatapp.settings import Settings
from chatapp.storage import backups, form, migrate, proofs
from chatapp.storage.backups import Backup
from chatapp.storage.copying import Say
from chatapp.storage.revision import REVISION
from chatapp.whereabouts import Whereabouts

if TYPE_CHECKING:
    from chatapp.app import App

Answer = TypeVar("Answer")


class Upgrade(msgspec.Struct, frozen=True):
    """From which form to which the database goes, and the copy made first; nothing is due where they are one."""

    before: str
    after: str
    copy: Path | None = None


class Restored(msgspec.Struct, frozen=True):
    """The form that a backup had and has, how much is in it (None: too damaged to tell), and where the database it
    replaced is kept.
    """

    before: str
    after: str
    messages: int | None
    replaced: Path | None


class _Cleaned(msgspec.Struct):
    """A running chat's answer to a cleanup."""

    rooms: list[Trim]


class _Named(msgspec.Struct):
    """A running chat's answer about a person."""

    username: str


class _Findings(msgspec.Struct):
    """What a running chat's doctor found."""

    findings: list[Finding]


def clean(settings: Settings, *, dry_run: bool) -> list[Trim]:
    """Return what went, or would go, room by room.

    Raises StartRefused where there is no chat to clean, or the running one does not answer.
    """
    path = "/api/admin/cleanup" + ("?dry_run=1" if dry_run else "")
    return do(
        settings,
        lambda app: app.clean(dry_run=dry_run),
        lambda running: remote.ask(running, "POST", path, _Cleaned).rooms,
    )


def set_role(settings: Settings, name: str, role: Role) -> str:
    """Give a person another role; return the name as it is kept.

    Raises StartRefused where there is no such person or chat, or the running one does not answer.
    """

    async def here(app: "App") -> str:
        return (await app.set_role(name, role)).username

    asked = {"username": name, "role": role}
    return do(settings, here, lambda running: remote.ask(running, "POST", "/api/admin/role", _Named, asked).username)


def host_link(settings: Settings) -> str:
    """Return a link that makes whoever opens it on this machine a host, once.

    Raises StartRefused where no chat runs.
    """
    try:
        with contextlib.closing(_folder(settings)):
            raise StartRefused("No chat runs here. Start it: it prints such a link itself.")
    except InUse as used:
        return remote.host_link(_running(used))


def back_up(settings: Settings, file: Path | None, say: Say) -> tuple[Path, Backup]:
    """Copy the database, whether the chat runs or not: to `file`, into it where it is a folder, or among the backups.

    Return where it is, once it is proven. Raises StartRefused where there is nothing to copy, or the copy cannot be
    written, or is no good.
    """
    database = _database(settings)
    if file is not None and not file.is_dir():
        made = backups.save(database, file, say)
        proofs.check(file, say)
        return file, made
    folder = file or _backups(settings)
    made = backups.make(database, folder, say)
    failed = proofs.prove(folder / made.name, say).failed
    if failed is not None:
        raise StartRefused(f"The copy {folder / made.name} {failed}.", exit_code=1)
    return folder / made.name, made


def restore(settings: Settings, file: Path, say: Say, *, unproven: bool = False) -> Restored:
    """Put a backup, a file or the name of one of the backups, in the place of the database, which is kept.

    Raises StartRefused where it cannot be used, fails its proof (unless it may be `unproven`), or the chat runs;
    nothing is changed then.
    """
    source = file if file.exists() else _backups(settings) / file
    if not source.is_file():
        raise StartRefused(f"There is no file {file}, neither here nor in {_backups(settings)}.")
    before = form.offered(source)
    database, folder = _database(settings), _backups(settings)
    try:
        with contextlib.closing(DataFolder(settings.data_dir)):
            backups.settle(database, folder)
            candidate = proofs.candidate(source, backups.candidate_path(database), say, unproven=unproven)
            messages = backups.count_messages(candidate)
            return Restored(before, REVISION, messages, backups.swap(candidate, database, folder, source.name))
    except proofs.Unproven as refusal:
        raise StartRefused(f"{refusal} To put it in place all the same, add --unproven.") from refusal
    except InUse as used:
        raise StartRefused(f"{used} Stop it first, or restore the backup in its host's panel.") from used


def upgrade(settings: Settings, say: Say) -> Upgrade:
    """Bring the database up to date, as a start does. Raises StartRefused where there is none, or it is not ours."""
    due = upgrade_due(settings)
    if due.before == due.after:
        return due
    try:
        with contextlib.closing(_folder(settings)):
            made = migrate.migrate(_database(settings), say)
    except InUse as used:
        raise StartRefused(f"{used} Try again in a moment.") from used
    return Upgrade(due.before, due.after, None if made is None else _backups(settings) / made.name)


def upgrade_due(settings: Settings) -> Upgrade:
    """Return what `upgrade` would do. Raises StartRefused where there is no database, or it is not ours."""
    database = _database(settings)
    found = form.in_place(database)
    if found is None:
        raise _no_chat(database)
    return Upgrade(found, REVISION)


def examine(settings: Settings) -> list[Finding]:
    """Return what the doctor finds: the running chat's own, or one who looks from outside where none runs.

    Raises StartRefused where the running chat does not answer.
    """
    # Late: it knows networks and firewalls, which nothing else here needs.
    from chatapp import examination  # noqa: PLC0415

    with contextlib.ExitStack() as held:
        try:
            # Only a folder in which a chat once ran is held: looking makes nothing.
            if (settings.data_dir / "lock").exists():
                held.enter_context(contextlib.closing(DataFolder(settings.data_dir)))
        except InUse as used:
            return remote.ask(_running(used), "GET", "/api/admin/doctor", _Findings).findings
        except StartRefused:
            # Why the folder cannot be held is the doctor's to say.
            pass
        return asyncio.run(examination.examine(settings))


def do(settings: Settings, here: "Callable[[App], Awaitable[Answer]]", there: Callable[[Running], Answer]) -> Answer:
    """Ask the chat that runs (`there`), or do it `here` when none does. Raises StartRefused."""
    try:
        folder = _folder(settings)
    except InUse as used:
        return there(_running(used))
    with contextlib.closing(folder):
        return asyncio.run(_do_here(settings, folder, here))


def _folder(settings: Settings) -> DataFolder:
    """Hold the data folder. Raises InUse, and StartRefused where there is none: asking makes no chat."""
    if not settings.data_dir.is_dir():
        raise _no_chat(settings.data_dir)
    form.demand_ours(_database(settings))
    return DataFolder(settings.data_dir)


def _no_chat(missing: Path) -> StartRefused:
    return StartRefused(f"There is no chat here: {missing} does not exist.")


def _running(used: InUse) -> Running:
    if used.running is None:
        raise StartRefused(f"{used} Try again in a moment.") from used
    return used.running


def _database(settings: Settings) -> Path:
    return settings.data_dir / DATABASE


def _backups(settings: Settings) -> Path:
    return settings.data_dir / BACKUPS


async def _do_here(settings: Settings, folder: DataFolder, work: "Callable[[App], Awaitable[Answer]]") -> Answer:
    # Late: it brings the whole server, which copies do without.
    from chatapp.app import App  # noqa: PLC0415

    app = App(
        settings,
        secret_key=settings.secret_key or folder.secret_key(),
        operator_secret=secrets.token_urlsafe(32),
        whereabouts=Whereabouts("127.0.0.1", 0, settings.data_dir / CERTIFICATES),
    )
    await app.start(serves=False)
    try:
        return await work(app)
    except ChatError as refusal:
        raise StartRefused(refusal.message) from refusal
    finally:
        await app.close()

"""The operator's cleanup from the command line: asked of the chat that runs, or done here when none does."""

import asyncio
import contextlib
import http.client
import secrets
from urllib.parse import urlsplit

import msgspec

from chatapp.app import App
from chatapp.data_folder import DataFolder, InUse, Running
from chatapp.domain.answers import Trim
from chatapp.errors import StartRefused
from chatapp.settings import Settings

# A running chat removes in small slices, between what people send: millions of messages take minutes.
_LONGEST_CLEANUP_SECONDS = 3600


class _Cleaned(msgspec.Struct):
    """The answer of a running chat."""

    rooms: list[Trim]


def clean(settings: Settings, *, dry_run: bool) -> list[Trim]:
    """Return what went, or would go, room by room.

    Raises StartRefused where there is no chat to clean, or the running one does not answer.
    """
    if not settings.data_dir.is_dir():
        raise StartRefused(f"There is no chat to clean: {settings.data_dir} does not exist.")
    try:
        folder = DataFolder(settings.data_dir)
    except InUse as used:
        if used.running is None:
            raise StartRefused(f"{used} Try again in a moment.") from used
        return _ask(used.running, dry_run=dry_run)
    with contextlib.closing(folder):
        return asyncio.run(_clean_here(settings, folder, dry_run=dry_run))


async def _clean_here(settings: Settings, folder: DataFolder, *, dry_run: bool) -> list[Trim]:
    app = App(
        settings,
        secret_key=settings.secret_key or folder.secret_key(),
        operator_secret=secrets.token_urlsafe(32),
        addresses=list,
    )
    await app.start(cleans=False)
    try:
        return await app.clean(dry_run=dry_run)
    finally:
        await app.close()


def _ask(running: Running, *, dry_run: bool) -> list[Trim]:
    at = urlsplit(running.url)
    connection = http.client.HTTPConnection(at.hostname or "", at.port, timeout=_LONGEST_CLEANUP_SECONDS)
    path = "/api/admin/clean" + ("?dry_run=1" if dry_run else "")
    try:
        connection.request("POST", path, headers={"Authorization": f"Bearer {running.secret}"})
        reply = connection.getresponse()
        if reply.status != http.client.OK:
            raise StartRefused(f"The chat at {running.url} refused, with status {reply.status}.", exit_code=1)
        return msgspec.json.decode(reply.read(), type=_Cleaned).rooms
    except (OSError, http.client.HTTPException, msgspec.DecodeError) as error:
        raise StartRefused(f"The chat at {running.url} did not answer: {error}.", exit_code=1) from error
    finally:
        connection.close()

"""What the operator asks from the command line: asked of the chat that runs, or done here when none does."""

import asyncio
import contextlib
import http.client
import secrets
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

import msgspec

from chatapp.app import App
from chatapp.data_folder import DataFolder, InUse, Running
from chatapp.domain.answers import Trim
from chatapp.errors import ChatError, StartRefused
from chatapp.settings import Settings
from chatapp.whereabouts import Whereabouts

# A running chat removes in small slices, between what people send: millions of messages take minutes.
_LONGEST_SECONDS = 3600

Answer = TypeVar("Answer")


class _Cleaned(msgspec.Struct):
    """A running chat's answer to a cleanup."""

    rooms: list[Trim]


class _Named(msgspec.Struct):
    """A running chat's answer about a person."""

    username: str


class _Refused(msgspec.Struct):
    """Why a running chat did not do it."""

    error: str


def clean(settings: Settings, *, dry_run: bool) -> list[Trim]:
    """Return what went, or would go, room by room.

    Raises StartRefused where there is no chat to clean, or the running one does not answer.
    """
    path = "/api/admin/clean" + ("?dry_run=1" if dry_run else "")
    return _do(
        settings,
        lambda app: app.clean(dry_run=dry_run),
        lambda running: _ask(running, path, {}, _Cleaned).rooms,
    )


def set_role(settings: Settings, name: str, role: str) -> str:
    """Give a person another role; return the name as it is kept.

    Raises StartRefused where there is no such person or chat, or the running one does not answer.
    """

    async def here(app: App) -> str:
        return (await app.set_role(name, role)).username

    asked = {"username": name, "role": role}
    return _do(settings, here, lambda running: _ask(running, "/api/admin/role", asked, _Named).username)


def _do(settings: Settings, here: Callable[[App], Awaitable[Answer]], there: Callable[[Running], Answer]) -> Answer:
    if not settings.data_dir.is_dir():
        raise StartRefused(f"There is no chat here: {settings.data_dir} does not exist.")
    try:
        folder = DataFolder(settings.data_dir)
    except InUse as used:
        if used.running is None:
            raise StartRefused(f"{used} Try again in a moment.") from used
        return there(used.running)
    with contextlib.closing(folder):
        return asyncio.run(_do_here(settings, folder, here))


async def _do_here(settings: Settings, folder: DataFolder, work: Callable[[App], Awaitable[Answer]]) -> Answer:
    app = App(
        settings,
        secret_key=settings.secret_key or folder.secret_key(),
        operator_secret=secrets.token_urlsafe(32),
        whereabouts=Whereabouts("127.0.0.1", 0, settings.data_dir),
    )
    await app.start(serves=False)
    try:
        return await work(app)
    except ChatError as refusal:
        raise StartRefused(refusal.message) from refusal
    finally:
        await app.close()


def _ask(running: Running, path: str, asked: dict[str, Any], form: type[Answer]) -> Answer:
    at = urlsplit(running.url)
    connection = http.client.HTTPConnection(at.hostname or "", at.port, timeout=_LONGEST_SECONDS)
    try:
        headers = {"Authorization": f"Bearer {running.secret}", "Content-Type": "application/json"}
        connection.request("POST", path, body=msgspec.json.encode(asked), headers=headers)
        reply = connection.getresponse()
        body = reply.read()
        if reply.status != http.client.OK:
            raise StartRefused(msgspec.json.decode(body, type=_Refused).error)
        return msgspec.json.decode(body, type=form)
    except (OSError, http.client.HTTPException, msgspec.DecodeError) as error:
        raise StartRefused(f"The chat at {running.url} did not answer: {error}.", exit_code=1) from error
    finally:
        connection.close()

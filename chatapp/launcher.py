"""Starts and stops the program: port, data folder, limits of the process, signals.

Stopping, by SIGTERM or Ctrl-C, takes at most five seconds: the application refuses new work, commits what it holds and
leaves (`App.close`); then the server says goodbye to the connections and cuts off those that linger.
"""

import asyncio
import contextlib
import errno
import functools
import logging
import os
import secrets
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from typing import Any

import uvicorn

from chatapp import browser
from chatapp.app import App
from chatapp.data_folder import DataFolder, InUse, Running
from chatapp.errors import StartRefused
from chatapp.lan import addresses, ports
from chatapp.settings import Settings
from chatapp.transport.websocket import WebSocketProtocol

if sys.platform != "win32":
    import resource

    import uvloop

log = logging.getLogger(__name__)

USUAL_PORT = 5000
# With what uvicorn takes around them these stay under the five seconds that a stop may take.
_SECONDS_TO_CLOSE = 1.5
_SECONDS_TO_SAY_GOODBYE = 2


def run(settings: Settings, *, opens_browser: bool, say: Callable[[str], None]) -> int:
    """Run the chat until it is told to stop; return the exit code. `say` prints a line for the operator.

    Raises StartRefused when port or data folder cannot be had. When the data folder is in use, no port was asked for
    and the browser may open, it opens at the chat that uses the folder instead.
    """
    with contextlib.ExitStack() as cleanup:
        sockets = _listen(settings)
        for each in sockets:
            cleanup.callback(each.close)
        try:
            folder = DataFolder(settings.data_dir)
        except InUse as used:
            return _hand_over(used, settings, opens_browser=opens_browser, say=say)
        cleanup.callback(folder.close)
        _raise_file_limit()
        with asyncio.Runner(loop_factory=None if sys.platform == "win32" else uvloop.new_event_loop) as runner:
            return runner.run(_serve(settings, folder, sockets, opens_browser=opens_browser, say=say))


def _listen(settings: Settings) -> list[socket.socket]:
    try:
        if settings.port is None:
            return ports.listen_at_next_free(settings.host, USUAL_PORT)
        return ports.listen(settings.host, settings.port)
    except OSError as error:
        raise StartRefused(_why_no_port(settings, error)) from error


def _why_no_port(settings: Settings, error: OSError) -> str:
    port = settings.port or USUAL_PORT
    if error.errno == errno.EADDRINUSE and settings.port is None:
        return f"Port {port} and the hundred after it are taken: choose another with --port."
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is taken by {ports.holder(settings.host, port)}: choose another with --port."
    if error.errno == errno.EACCES:
        return f"Port {port} needs more rights than this program has: choose one above 1023 with --port."
    return f"This machine cannot listen on {settings.host or 'any address'}, port {port}: {error.strerror}."


def _hand_over(used: InUse, settings: Settings, *, opens_browser: bool, say: Callable[[str], None]) -> int:
    """Open the browser at the chat that runs already. Raises StartRefused where a second chat was meant."""
    if used.running is None or settings.port is not None or not opens_browser:
        raise StartRefused(str(used)) from used
    say(f"The chat is running already: {used.running.url}")
    browser.open_and_wait(used.running.url)
    return 0


def _raise_file_limit() -> None:
    """Allow as many connections as the system lets this process have; the usual soft limit of 1,024 is soon reached."""
    if sys.platform != "win32":
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


async def _serve(
    settings: Settings,
    folder: DataFolder,
    sockets: list[socket.socket],
    *,
    opens_browser: bool,
    say: Callable[[str], None],
) -> int:
    port: int = sockets[0].getsockname()[1]
    url = addresses.url(_name_here(settings.host), port)
    operator_secret = secrets.token_urlsafe(32)
    app = App(
        settings,
        secret_key=settings.secret_key or folder.secret_key(),
        operator_secret=operator_secret,
        addresses=functools.partial(addresses.urls, settings.host, port),
    )
    with _stop_signals() as stop:
        await app.start()
        try:
            folder.announce(Running(os.getpid(), url, operator_secret))
            _tell(settings, url, port, say)
            if opens_browser:
                browser.open_beside(url)
            return await _until_stopped(app, _Server(_config(app)), sockets, stop)
        finally:
            await _close(app)


def _name_here(host: str | None) -> str:
    return "localhost" if host in {None, "::", "0.0.0.0"} else str(host)  # noqa: S104


def _tell(settings: Settings, url: str, port: int, say: Callable[[str], None]) -> None:
    say(f"{settings.name} is running.")
    say(f"  On this machine:  {url}")
    for position, other in enumerate(addresses.urls(settings.host, port)):
        say(f"  {'Others open:' if position == 0 else '         or:':<17} {other}")
    say(f"  Data folder:      {settings.data_dir}")
    say("Ctrl-C stops it.")


def _config(app: App) -> uvicorn.Config:
    """Return how uvicorn serves: no access log, since addresses can hold tokens; no compression, which costs more."""
    return uvicorn.Config(
        app.asgi,
        http="httptools",
        ws=WebSocketProtocol,
        ws_max_size=1_000_000,
        ws_ping_interval=None,
        ws_per_message_deflate=False,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        # Anybody could write these headers: the address a limit counts by is the one that connected.
        proxy_headers=False,
        backlog=4096,
        timeout_graceful_shutdown=_SECONDS_TO_SAY_GOODBYE,
    )


class _Server(uvicorn.Server):
    """A uvicorn that leaves the signals to the launcher (its own way kills the process before the last commit)."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.contextmanager
def _stop_signals() -> Iterator[asyncio.Event]:
    """Give an event that is set by Ctrl-C and SIGTERM."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    before = {}
    for number in (signal.SIGINT, signal.SIGTERM):
        before[number] = signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


async def _until_stopped(app: App, server: uvicorn.Server, sockets: list[socket.socket], stop: asyncio.Event) -> int:
    """Serve until a signal or a failure inside; return the exit code."""
    async with asyncio.TaskGroup() as group:
        serving = group.create_task(server.serve(sockets=sockets))
        stopping = group.create_task(stop.wait())
        ends: set[asyncio.Future[Any]] = {serving, stopping, app.failed}
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        await _close(app)
        server.should_exit = True
    if app.failed.done() and not app.failed.cancelled():
        log.critical("The chat stops: a part it cannot do without has failed.", exc_info=app.failed.exception())
        return 1
    log.info("The chat has stopped.")
    return 0


async def _close(app: App) -> None:
    """Close the application. What is cut off here was not acknowledged yet."""
    try:
        async with asyncio.timeout(_SECONDS_TO_CLOSE):
            await app.close()
    except TimeoutError:
        log.warning("Closing took longer than %s seconds and was cut off.", _SECONDS_TO_CLOSE)

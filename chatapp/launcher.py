"""Starts and stops the program: port, data folder, limits of the process, signals.

Stopping, by SIGTERM or Ctrl-C, takes at most five seconds: the application refuses new work, commits what it holds and
leaves (`App.close`); then the server says goodbye to the connections and cuts off those that linger.
"""

import asyncio
import contextlib
import errno
import gc
import importlib
import logging
import os
import secrets
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import uvicorn

from chatapp import browser
from chatapp.data_folder import CERTIFICATES, DATABASE, DataFolder, InUse, Running
from chatapp.errors import StartRefused
from chatapp.lan import ports
from chatapp.services.supervisor import Supervisor
from chatapp.settings import Settings
from chatapp.storage import form
from chatapp.storage.glance import glance
from chatapp.transport import doors, requests
from chatapp.transport.assets import Application, Assets
from chatapp.transport.capacity import MOST, Capacity
from chatapp.transport.gate import Gate
from chatapp.transport.pace import Pace
from chatapp.transport.proxies import Proxies
from chatapp.transport.websocket import WebSocketProtocol
from chatapp.whereabouts import Whereabouts

if TYPE_CHECKING:
    from chatapp.app import App
    from chatapp.machine import Between, Return
    from chatapp.tray.item import Tray

if sys.platform != "win32":
    import resource

    import uvloop

log = logging.getLogger(__name__)

STATIC = Path(__file__).resolve().parent / "static"
# With what uvicorn takes around them these stay under the five seconds that a stop may take.
_SECONDS_TO_CLOSE = 1.5
_SECONDS_TO_SAY_GOODBYE = 2


def run(settings: Settings, *, opens_browser: bool, say: Callable[[str], None]) -> int:
    """Run the chat until it is told to stop; return the exit code. `say` prints a line for the operator.

    Raises StartRefused when port or data folder cannot be had. When the data folder is in use and the browser may open,
    it opens at the chat that uses the folder instead.
    """
    with contextlib.ExitStack() as cleanup:
        form.demand_ours(settings.data_dir / DATABASE)
        try:
            folder = DataFolder(settings.data_dir)
        except InUse as used:
            return _hand_over(used, settings, opens_browser=opens_browser, say=say)
        cleanup.callback(folder.close)
        sockets = _listen(settings)
        for each in sockets:
            cleanup.callback(each.close)
        _raise_file_limit()
        with asyncio.Runner(loop_factory=None if sys.platform == "win32" else uvloop.new_event_loop) as runner:
            return runner.run(_Chat(settings, folder, sockets, opens_browser=opens_browser, say=say).run())


def _listen(settings: Settings) -> list[socket.socket]:
    try:
        if settings.port is None:
            return ports.listen_at_next_free(settings.host, ports.USUAL_PORT)
        return ports.listen(settings.host, settings.port)
    except OSError as error:
        raise StartRefused(_why_no_port(settings, error)) from error


def _why_no_port(settings: Settings, error: OSError) -> str:
    port = settings.port or ports.USUAL_PORT
    if error.errno == errno.EADDRINUSE and settings.port is None:
        return f"Port {port} and the hundred after it are taken: choose another with --port."
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is taken by {ports.holder(settings.host, port)}: choose another with --port."
    if error.errno == errno.EACCES:
        return f"Port {port} needs more rights than this program has: choose one above 1023 with --port."
    return f"This machine cannot listen on {settings.host or 'any address'}, port {port}: {error.strerror}."


def _hand_over(used: InUse, settings: Settings, *, opens_browser: bool, say: Callable[[str], None]) -> int:
    """Open the browser at the chat that runs already, as its host. Raises StartRefused where a second was meant."""
    running = used.running
    if running is None or not opens_browser or settings.port not in {None, urlsplit(running.url).port}:
        raise StartRefused(str(used)) from used
    # Late: an HTTP client is needed only here, and every start would wait for it.
    from chatapp import remote  # noqa: PLC0415

    say(f"The chat is running already: {running.url}")
    browser.open_and_wait(remote.host_link(running))
    return 0


def _raise_file_limit() -> None:
    """Allow as many connections as the system lets this process have; the usual soft limit of 1,024 is soon reached."""
    if sys.platform != "win32":
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _most_connections() -> int:
    """Connections for which there are files; some are for the database and what else is open."""
    if sys.platform == "win32":
        return MOST
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST if files == resource.RLIM_INFINITY else max(100, min(MOST, files - 200))


class _Chat:
    """The chat, from the listening sockets to the end.

    The page and its files are served at once, while the rest of the program is still being loaded: every other request
    waits for it. A restart inside the process (a backup restored, HTTPS chosen) keeps sockets and folder; who connects
    meanwhile waits in the queue of the system.
    """

    def __init__(
        self,
        settings: Settings,
        folder: DataFolder,
        sockets: list[socket.socket],
        *,
        opens_browser: bool,
        say: Callable[[str], None],
    ) -> None:
        self._settings = settings
        self._folder = folder
        self._sockets = sockets
        self._opens_browser = opens_browser
        self._say = say
        self._operator_secret = secrets.token_urlsafe(32)
        self._link_code = secrets.token_urlsafe(32)
        self._host_code: str | None = self._link_code
        self._back: Return | None = None
        self._is_announced = False
        self._tray: asyncio.Task[None] | None = None
        self._capacity = Capacity(
            is_limited=settings.rate_limit, most=_most_connections(), spares=Proxies(settings.trusted_proxies).has
        )
        self._whereabouts = Whereabouts(settings.host, sockets[0].getsockname()[1], settings.data_dir / CERTIFICATES)

    async def run(self) -> int:
        """Serve until a signal, the host or a failure ends it; return the exit code."""
        self._secret_key = self._settings.secret_key or self._folder.secret_key()
        with _stop_signals() as stop:
            if glance(self._settings.data_dir / DATABASE).is_ready:
                self._welcome()
            try:
                while True:
                    again = await self._serve(stop)
                    if isinstance(again, int):
                        return again
                    self._back = await asyncio.to_thread(again)
            finally:
                if self._tray is not None:
                    self._tray.cancel()
                    await asyncio.wait([self._tray])

    async def _serve(self, stop: asyncio.Event) -> "int | Between":
        """Serve once; return the exit code, or what to do before serving again."""
        loop = asyncio.get_running_loop()
        started: asyncio.Future[Application] = loop.create_future()
        assets = Assets(STATIC, self._settings.data_dir, lambda: asyncio.shield(started), self._whereabouts.known)
        found = glance(self._settings.data_dir / DATABASE)
        self._whereabouts.https = found.https
        await self._whereabouts.be_called(self._settings.name or found.name or "")
        server = _Server(_config(Pace(self._gate(assets)), self._capacity), self._whereabouts, self._capacity)
        serving = loop.create_task(server.serve(sockets=[each.dup() for each in self._sockets]))
        app = await self._load()
        try:
            await app.start()
            started.set_result(self._whereabouts.watched(app.asgi))
            self._welcome()
            self._show_tray(stop)
            return await _until_ended(app, serving, stop)
        finally:
            await _close(app)
            started.cancel()
            server.should_exit = True
            await serving

    def _gate(self, inside: Application) -> Gate:
        settings, where = self._settings, self._whereabouts
        return Gate(
            inside,
            lambda: where.hosts() | {*settings.allowed_hosts},
            origins=settings.cors_origins,
            proxies=settings.trusted_proxies,
        )

    async def _load(self) -> "App":
        # Late, and beside the serving: it takes longer than everything before it. What is loaded stays, so the garbage
        # collector need not look for any meanwhile, nor ever look at it again.
        gc.disable()
        module = await asyncio.to_thread(importlib.import_module, "chatapp.app")
        gc.freeze()
        gc.enable()
        host_code, self._host_code = self._host_code, None
        app: App = module.App(
            self._settings,
            secret_key=self._secret_key,
            operator_secret=self._operator_secret,
            whereabouts=self._whereabouts,
            host_code=host_code,
            back=self._back,
        )
        return app

    def _welcome(self) -> None:
        """Say where the chat is and open the browser, once."""
        if self._is_announced:
            return
        self._is_announced = True
        running = self._running()
        self._folder.announce(running)
        link = f"{running.url}/#/host/{self._link_code}"
        _tell(self._settings, self._whereabouts, link, self._say)
        if self._opens_browser:
            browser.open_beside(link)

    def _running(self) -> Running:
        return Running(os.getpid(), self._whereabouts.here, self._operator_secret)

    def _show_tray(self, stop: asyncio.Event) -> None:
        """Show an icon on the desktop of whoever started the chat, once; it stays until the program ends."""
        if self._tray is None and self._opens_browser and sys.platform == "linux":
            work = partial(_be_in_tray, self._settings.name or "Chat", self._running(), stop)
            self._tray = asyncio.get_running_loop().create_task(Supervisor("icon on the desktop", work).run())


async def _be_in_tray(title: str, running: Running, stop: asyncio.Event) -> None:
    # Late, and in a thread: the chat never waits for it, and systems without such desktops do not have what it needs.
    module = await asyncio.to_thread(importlib.import_module, "chatapp.tray.item")
    tray: Tray = await asyncio.to_thread(module.Tray, title, partial(_open_again, running), stop.set)
    await tray.run()


def _open_again(running: Running) -> None:
    """Open the browser as a second start does. The link is asked of this very program, so a thread waits for it."""
    # Late, for the same reason as there.
    from chatapp import remote  # noqa: PLC0415

    def ask() -> None:
        # Refused is who asks while the chat ends.
        with contextlib.suppress(StartRefused):
            browser.open_beside(remote.host_link(running))

    threading.Thread(target=ask, daemon=True, name="icon").start()


def _tell(settings: Settings, where: Whereabouts, link: str, say: Callable[[str], None]) -> None:
    say(f"{settings.name or 'The chat'} is running.")
    say(f"  On this machine:  {where.here}")
    for position, other in enumerate(where.addresses):
        say(f"  {'Others open:' if position == 0 else '         or:':<17} {other}")
    say(f"  To be its host:   {link}")
    say(f"  Data folder:      {settings.data_dir}")
    say("Ctrl-C stops it.")


def _config(application: Application, capacity: Capacity) -> uvicorn.Config:
    """Return how uvicorn serves: no access log, since addresses can hold tokens; no compression, which costs more."""
    return uvicorn.Config(
        application,
        http=requests.protocol(capacity),
        ws=WebSocketProtocol,
        ws_max_size=1_000_000,
        ws_ping_interval=None,
        ws_per_message_deflate=False,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        # Anybody could write these headers: the gate knows who may.
        proxy_headers=False,
        backlog=4096,
        timeout_keep_alive=requests.IDLE_FOR,
        timeout_graceful_shutdown=_SECONDS_TO_SAY_GOODBYE,
    )


class _Server(uvicorn.Server):
    """A uvicorn that leaves the signals to the launcher (its own way kills the process before the last commit), and
    takes https on the same port where the host wants it.
    """

    def __init__(self, config: uvicorn.Config, where: Whereabouts, capacity: Capacity) -> None:
        super().__init__(config)
        self._where = where
        self._capacity = capacity

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        if self._where.https == "off":
            return await super().startup(sockets)
        return await doors.start(self, sockets or [], self._where.context, self._capacity)

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


async def _until_ended(app: "App", serving: "asyncio.Task[None]", stop: asyncio.Event) -> "int | Between":
    """Wait for a signal, the host or a failure inside; return the exit code, or what to do before serving again."""
    stopping = asyncio.get_running_loop().create_task(stop.wait())
    ends: set[asyncio.Future[Any]] = {serving, stopping, app.ended}
    await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not app.ended.done():
        log.info("The chat has stopped.")
        return 0
    if (failure := app.ended.exception()) is not None:
        log.critical("The chat stops: a part it cannot do without has failed.", exc_info=failure)
        return 1
    between = app.ended.result()
    if between is None:
        log.info("The chat has been ended by its host.")
        return 0
    return between


async def _close(app: "App") -> None:
    """Close the application. What is cut off here was not acknowledged yet."""
    try:
        async with asyncio.timeout(_SECONDS_TO_CLOSE):
            await app.close()
    except TimeoutError:
        log.warning("Closing took longer than %s seconds and was cut off.", _SECONDS_TO_CLOSE)

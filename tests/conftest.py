"""The real app on a real SQLite file, served on loopback, and real clients to use it with."""

import asyncio
import functools
import os
import random
import shutil
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import hypothesis
import pytest
import socketio
import uvicorn
from httpx._transports import default

from chatapp.app import App
from chatapp.data_folder import CERTIFICATES, DATABASE
from chatapp.launcher import STATIC
from chatapp.machine import Return
from chatapp.settings import Settings
from chatapp.storage.migrate import migrate
from chatapp.transport import requests
from chatapp.transport.assets import Application, Assets
from chatapp.transport.capacity import Capacity
from chatapp.transport.gate import Gate
from chatapp.transport.websocket import WebSocketProtocol
from chatapp.whereabouts import Whereabouts
from tests.raw import PollingLine, Raw, WebSocketLine

TRANSPORTS = ("websocket", "polling")
PATIENCE = 30

# The same examples at every run, and no judgement of speed on a machine that is busy with other things.
hypothesis.settings.register_profile("chat", deadline=None, derandomize=True, database=None)
hypothesis.settings.load_profile("chat")

_load = default.create_ssl_context  # type: ignore[attr-defined]  # where the transports of httpx find it


@functools.cache
def _loaded(trust_env: bool, *_named: str | None) -> ssl.SSLContext:  # noqa: FBT001
    context: ssl.SSLContext = _load(True, None, trust_env)
    return context


def _trusted(verify: Any = True, cert: Any = None, trust_env: bool = True) -> ssl.SSLContext:  # noqa: FBT001, FBT002
    """Whom a client of httpx trusts: those made alike share what one loaded, unless a test says whom to trust."""
    if verify is not True or cert is not None:
        context: ssl.SSLContext = _load(verify, cert, trust_env)
        return context
    return _loaded(trust_env, os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))


# All certificates of the system are read for each client, which takes longer than most of what it asks over plain http.
default.create_ssl_context = _trusted  # type: ignore[attr-defined]


OPERATOR = "the operator"
HOST_CODE = "a code that makes a host"


def free_port() -> int:
    """A port that nobody listens on, and that the system gives to nobody who asks for any (Linux: from 32,768 on)."""
    while True:
        port = random.SystemRandom().randrange(10_000, 32_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


class Server(uvicorn.Server):
    """A uvicorn that says when it listens, and stops without waiting for its next look at the clock."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listens = asyncio.Event()
        self.leaves = asyncio.Event()

    async def main_loop(self) -> None:
        """Serve until told to leave."""
        await self.on_tick(0)
        await self.leaves.wait()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen."""
        await super().startup(sockets)
        self.listens.set()


class Served:
    """A running chat at `url`; `stop` ends it as SIGTERM would, `start` begins it again on the same data."""

    server_class: Callable[[uvicorn.Config], Server] = Server

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.secret_key = "a key for tests"
        self.back: Return | None = None
        self.capacity = Capacity(is_limited=settings.rate_limit)
        self._serving: asyncio.Task[None] | None = None
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Serve."""
        whereabouts = self.whereabouts = Whereabouts("127.0.0.1", self.port, self.settings.data_dir / CERTIFICATES)
        self.app = App(
            self.settings,
            secret_key=self.secret_key,
            operator_secret=OPERATOR,
            whereabouts=whereabouts,
            host_code=HOST_CODE,
            back=self.back,
        )
        await self.app.start()
        assets = Assets(STATIC, self.settings.data_dir, self._started, whereabouts.known)
        config = uvicorn.Config(
            Gate(
                assets,
                lambda: whereabouts.hosts() | {*self.settings.allowed_hosts},
                origins=self.settings.cors_origins,
                proxies=self.settings.trusted_proxies,
            ),
            host="127.0.0.1",
            port=self.port,
            http=requests.protocol(self.capacity),
            ws=WebSocketProtocol,
            ws_per_message_deflate=False,
            ws_max_size=1_000_000,
            lifespan="off",
            proxy_headers=False,
            log_config=None,
            timeout_keep_alive=requests.IDLE_FOR,
            timeout_graceful_shutdown=1,
        )
        self._server = self.server_class(config)
        self._serving = asyncio.get_running_loop().create_task(self._server._serve())
        await self._server.listens.wait()

    async def _started(self) -> Application:
        started: Application = self.app.asgi
        return started

    async def stop(self) -> None:
        """End, if it runs."""
        if self._serving is not None:
            self._server.leaves.set()
            await self._serving
            self._serving = None
            await self.app.close()

    async def restart(self) -> None:
        """End, and begin again on the same data."""
        await self.stop()
        await self.start()


class Client:
    """A stock Socket.IO client that remembers what it heard and can wait for more."""

    def __init__(self, transport: str) -> None:
        self._transport = transport
        self._io = socketio.AsyncClient(reconnection=False)
        self._io.on("*", self._hear)
        self.heard: list[tuple[str, Any]] = []
        self._news = asyncio.Event()

    async def connect(self, url: str, **more: Any) -> None:
        """Connect, with `auth=` or `headers=` as wanted."""
        await self._io.connect(url, transports=[self._transport], wait_timeout=PATIENCE, **more)

    async def emit(self, event: str, payload: Any = None) -> None:
        """Send an event as a client of the base protocol does, without an ack."""
        await self._io.emit(event, payload)

    async def call(self, event: str, payload: Any = None) -> dict[str, Any]:
        """Send an event and return its ack."""
        io: Any = self._io  # its annotations leave out what an ack is
        answer: dict[str, Any] = await io.call(event, payload, timeout=PATIENCE)
        return answer

    async def ok(self, event: str, payload: Any = None) -> dict[str, Any]:
        """Send an event whose ack must be good."""
        answer = await self.call(event, payload)
        assert answer["ok"], answer
        return answer

    async def wait(self, event: str, match: Callable[[Any], bool] = lambda _: True) -> Any:
        """The first payload of `event` that matches, heard already or still to come."""
        async with asyncio.timeout(PATIENCE):
            while True:
                for name, payload in self.heard:
                    if name == event and match(payload):
                        return payload
                self._news.clear()
                await self._news.wait()

    async def next(self) -> tuple[str, Any]:
        """The next event to come, with its payload."""
        seen = len(self.heard)
        async with asyncio.timeout(PATIENCE):
            while len(self.heard) == seen:
                self._news.clear()
                await self._news.wait()
        return self.heard[seen]

    def all(self, event: str) -> list[Any]:
        """All payloads of `event` heard so far."""
        return [payload for name, payload in self.heard if name == event]

    async def close(self) -> None:
        """Leave as a closed tab does."""
        await self._io.disconnect()

    async def wait_closed(self) -> None:
        """Return when the server has ended the connection."""
        async with asyncio.timeout(PATIENCE):
            await self._io.wait()

    @property
    def is_connected(self) -> bool:
        """Whether the connection stands."""
        return bool(self._io.connected)

    async def _hear(self, event: str, payload: Any = None) -> None:
        self.heard.append((event, payload))
        self._news.set()


Serve = Callable[..., Awaitable[Served]]
Come = Callable[..., Awaitable[Client]]
Dial = Callable[..., Awaitable[Raw]]


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database in which nothing is yet, as a first start makes it: to be copied, for that takes long."""
    path = tmp_path_factory.mktemp("empty") / DATABASE
    migrate(path)
    return path


@pytest.fixture
async def serve(tmp_path: Path, empty_database: Path) -> AsyncIterator[Serve]:
    """Starts a chat with the given settings, on an empty database where there is none; all end with the test."""
    async with AsyncExitStack() as stack:

        async def start(**settings: Any) -> Served:
            served = Served(replace(Settings(data_dir=tmp_path), **settings))
            if not (served.settings.data_dir / DATABASE).exists():
                shutil.copy(empty_database, served.settings.data_dir)
            await served.start()
            stack.push_async_callback(served.stop)
            return served

        yield start


@pytest.fixture
async def chat(serve: Serve) -> Served:
    """A running chat."""
    return await serve()


@pytest.fixture(params=TRANSPORTS)
def transport(request: pytest.FixtureRequest) -> str:
    """Each transport in turn."""
    return str(request.param)


@pytest.fixture
async def come(transport: str) -> AsyncIterator[Come]:
    """Connects stock clients to a chat, with a name and a room at once where they are given."""
    async with AsyncExitStack() as stack:

        async def connect(chat: Served, name: str | None = None, room: str | None = None, **more: Any) -> Client:
            client = Client(transport)
            await client.connect(chat.url, **more)
            stack.push_async_callback(client.close)
            if name is not None:
                await client.ok("set_username", {"username": name})
            if room is not None:
                await client.ok("join_room", {"room": room})
            return client

        yield connect


@pytest.fixture
async def http(chat: Served) -> AsyncIterator[httpx.AsyncClient]:
    """An HTTP client of the chat, without a session."""
    async with httpx.AsyncClient(base_url=chat.url) as client:
        yield client


@pytest.fixture
async def dial(transport: str) -> AsyncIterator[Dial]:
    """Connects raw clients to a chat, with a name and a room at once where they are given."""
    async with AsyncExitStack() as stack:

        async def connect(
            chat: Served,
            name: str | None = None,
            room: str | None = None,
            *,
            auth: Any = None,
            headers: dict[str, str] | None = None,
        ) -> Raw:
            line = (WebSocketLine if transport == "websocket" else PollingLine)(chat.url, headers or {})
            raw = Raw(line)
            stack.push_async_callback(line.close)
            await raw.open(auth)
            if name is not None:
                assert (await raw.call("set_username", {"username": name}))["ok"]
            if room is not None:
                assert (await raw.call("join_room", {"room": room}))["ok"]
                await raw.hear(f'42["user_joined",{{"username":"{name}"')
            return raw

        yield connect

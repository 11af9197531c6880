"""The real app on a real SQLite file, served on loopback, and real clients to use it with."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import hypothesis
import pytest
import socketio
import uvicorn

from chatapp.app import App
from chatapp.settings import Settings
from chatapp.transport.websocket import WebSocketProtocol

TRANSPORTS = ("websocket", "polling")
PATIENCE = 10.0

# The same examples at every run, and no judgement of speed on a machine that is busy with other things.
hypothesis.settings.register_profile("chat", deadline=None, derandomize=True, database=None)
hypothesis.settings.load_profile("chat")


class Served:
    """A running chat at `url`; `stop` ends it as SIGTERM would, `start` begins it again on the same data."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Serve."""
        self.app = App(
            self.settings, secret_key="a key for tests", operator_secret="the operator", addresses=lambda: [self.url]
        )
        await self.app.start()
        config = uvicorn.Config(
            self.app.asgi,
            host="127.0.0.1",
            port=self.port,
            ws=WebSocketProtocol,
            ws_per_message_deflate=False,
            ws_max_size=1_000_000,
            lifespan="off",
            log_config=None,
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._serving = asyncio.ensure_future(self._server._serve())
        while not self._server.started:
            await asyncio.sleep(0)

    async def stop(self) -> None:
        """End."""
        self._server.should_exit = True
        await self._serving
        await self.app.close()


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
        await self._io.connect(url, transports=[self._transport], **more)

    async def emit(self, event: str, payload: Any = None) -> None:
        """Send an event as a client of the base protocol does, without an ack."""
        await self._io.emit(event, payload)

    async def call(self, event: str, payload: Any = None) -> dict[str, Any]:
        """Send an event and return its ack."""
        answer: dict[str, Any] = await self._io.call(event, payload, timeout=PATIENCE)
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

    @property
    def is_connected(self) -> bool:
        """Whether the connection stands."""
        return bool(self._io.connected)

    async def _hear(self, event: str, payload: Any = None) -> None:
        self.heard.append((event, payload))
        self._news.set()


Serve = Callable[..., Awaitable[Served]]
Come = Callable[..., Awaitable[Client]]


@pytest.fixture
async def serve(tmp_path: Path) -> AsyncIterator[Serve]:
    """Starts a chat with the given settings; all end with the test."""
    async with AsyncExitStack() as stack:

        async def start(**settings: Any) -> Served:
            served = Served(replace(Settings(data_dir=tmp_path), **settings))
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
    """Connects clients to a chat: `await come(chat)`, or with a name and a room at once."""
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

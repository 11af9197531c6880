"""An Engine.IO session request by request and packet by packet: for rules that a whole client keeps by itself."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from tests.frames import FrameLine
from tests.raw import PATIENCE, Closed

POLLING = "/socket.io/?EIO=4&transport=polling"
WEBSOCKET = "/socket.io/?EIO=4&transport=websocket"
SEPARATOR = "\x1e"

Open = Callable[..., Awaitable[FrameLine]]
"""Opens a websocket, to upgrade the session `sid` where it is given."""


class Polling:
    """A session that polls, request by request."""

    def __init__(self, client: httpx.AsyncClient, sid: str) -> None:
        self.sid = sid
        self._client = client
        self._path = f"{POLLING}&sid={sid}"

    async def get(self) -> httpx.Response:
        """Poll once."""
        return await self._client.get(self._path)

    async def wait(self, group: asyncio.TaskGroup) -> asyncio.Task[httpx.Response]:
        """Poll, and return when the request waits at the server."""
        is_sent = asyncio.Event()

        async def note(step: str, _: Any) -> None:
            if step == "http11.send_request_body.complete":
                is_sent.set()

        polling = group.create_task(self._client.get(self._path, extensions={"trace": note}))
        await is_sent.wait()
        assert (await self._client.get("/healthz")).status_code == 200  # by then the request before it has arrived
        return polling

    async def post(self, *packets: str) -> httpx.Response:
        """Post packets as one payload."""
        return await self.post_bytes(SEPARATOR.join(packets).encode())

    async def post_bytes(self, payload: bytes) -> httpx.Response:
        """Post a payload as it is."""
        return await self._client.post(self._path, content=payload)

    async def packets(self) -> list[str]:
        """What one poll brings."""
        answer = await self.get()
        assert answer.status_code == 200
        return answer.text.split(SEPARATOR)

    async def until(self, beginning: str) -> list[str]:
        """What comes, up to the packet that begins so."""
        heard: list[str] = []
        async with asyncio.timeout(PATIENCE):
            while not any(packet.startswith(beginning) for packet in heard):
                heard += await self.packets()
        return heard


async def poll(client: httpx.AsyncClient) -> Polling:
    """A new session that polls."""
    return Polling(client, json.loads((await client.get(POLLING)).text[1:])["sid"])


async def end(line: FrameLine) -> int | None:
    """Wait until the server ends the connection; with which code."""
    async with asyncio.timeout(PATIENCE):
        try:
            while True:
                await line.receive()
        except Closed as closed:
            return closed.code


async def named(client: httpx.AsyncClient, name: str) -> Polling:
    """A session of somebody in General, with nothing left to hear."""
    session = await poll(client)
    await session.post("40", f'42["set_username",{{"username":"{name}"}}]', '42["join_room",{"room":"general"}]')
    await session.until('42["user_joined"')
    return session

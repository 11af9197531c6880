"""A chat as it is really run, a process of its own on a port of its own, and people who write to it by REST."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

import httpx

import chatapp
from chatapp.lan import addresses
from tests.conftest import free_port
from tests.e2e.forks import Fork

BUILT = Path(chatapp.__file__).parent / "static" / "index.html"
# Requests under way at once when a room is filled.
ABREAST = 32


def lan_host() -> str:
    """Return this machine's address on its network. Fails the test where there is none, as a browser there would."""
    host = next((one.ip for one in addresses.reachable(None, 0) if ":" not in one.ip), None)
    assert host is not None, "This machine has no address on a network, so plain http on one cannot be tested."
    return host


class Chat:
    """A chat in `folder`. It may be stopped, killed and started again, always at the same port with the same data."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.environment = {"CHATAPP_RATE_LIMIT": "off"} | environment
        self.log = folder / "log"
        self.inside: tuple[str, ...] = ()
        """The command through which it is started, where it runs on a machine of its own as far as the network goes."""
        self.was_down = False
        """Whether it was taken away while pages were open: these may say so."""
        self.host_link = ""
        """The address that it printed at its last start; whoever opens it first is the host."""
        self._process: subprocess.Popen[str] | Fork | None = None
        self.port = free_port()

    @property
    def url(self) -> str:
        """The address on this machine, where the browser counts plain http as secure."""
        return self.at("localhost")

    @property
    def pid(self) -> int:
        """The process, while it runs."""
        assert self._process is not None
        return self._process.pid

    def at(self, host: str) -> str:
        """Return the address under a name or number of this machine."""
        return f"http://{host}:{self.port}"

    async def start(self, *arguments: str) -> None:
        """Start, and wait until it listens."""
        await asyncio.to_thread(self.begin, *arguments)
        await self.listens()

    def begin(self, *arguments: str) -> None:
        """Start, without waiting."""
        assert BUILT.is_file(), "The front end is not built: run `make setup`."
        arguments = ("serve", "--port", str(self.port), "--data-dir", str(self.data), *arguments)
        root = str(Path(chatapp.__file__).parent.parent)
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "PYTHONPATH": root} | self.environment
        if not self.inside:
            self._process = Fork(arguments, environment, self.folder, self.log)
            return
        with self.log.open("a") as log:
            self._process = subprocess.Popen(
                [*self.inside, sys.executable, "-m", "chatapp", *arguments],
                cwd=self.folder,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    async def listens(self) -> None:
        """Wait until it does."""
        await asyncio.to_thread(self._wait)

    def _wait(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if "/#/host/" in line:
                self.host_link = line.split()[-1]
            if line.startswith("Ctrl-C"):
                return
        raise AssertionError(f"The chat did not start:\n{self.log.read_text()}")

    async def kill(self) -> None:
        """End it as a power cut does."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> None:
        """End it as an operator does."""
        await self._end(signal.SIGTERM)

    async def has_ended(self) -> int:
        """Wait until it has ended, as it was asked to or by itself; return its exit code."""
        assert self._process is not None
        self.was_down = True
        code = await asyncio.to_thread(self._process.wait, 10)
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._process = None
        return code

    async def _end(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(number)
        await self.has_ended()

    def errors(self) -> list[str]:
        """Return the lines of its log that tell of a fault of its own."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [line for line in lines if any(word in line for word in (" ERROR ", " CRITICAL ", "Traceback"))]


class Author:
    """Somebody who writes by REST. To be used as a context: `async with Author(chat, "Grace") as grace`."""

    def __init__(self, chat: Chat, name: str) -> None:
        self.name = name
        self._http = httpx.AsyncClient(base_url=f"http://127.0.0.1:{chat.port}", timeout=30)

    async def __aenter__(self) -> Self:
        answer = await self._http.post("/api/session", json={"username": self.name})
        self._http.headers["Authorization"] = f"Bearer {answer.raise_for_status().json()['token']}"
        # One way of being known is enough; with a cookie a request would have to prove its origin.
        self._http.cookies.clear()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def say(self, text: str, room: str = "general", **more: str) -> dict[str, Any]:
        """Post a message and return it. `reply_to` is the id of the message it answers."""
        return await self._ask("POST", f"/api/rooms/{room}/messages", {"message": text} | more)

    async def edit(self, message: dict[str, Any], text: str) -> dict[str, Any]:
        """Let one's own message say something else, and return it."""
        return await self._ask("PATCH", f"/api/messages/{message['id']}", {"message": text})

    async def delete(self, message: dict[str, Any]) -> dict[str, Any]:
        """Take a message back, and return what is left of it."""
        return await self._ask("DELETE", f"/api/messages/{message['id']}")

    async def react(self, message: dict[str, Any], emoji: str) -> dict[str, Any]:
        """Put an emoji to a message, and return the message."""
        return await self._ask("PUT", f"/api/messages/{message['id']}/reactions/{quote(emoji)}")

    async def _ask(self, method: str, path: str, body: dict[str, str] | None = None) -> dict[str, Any]:
        answer = await self._http.request(method, path, json=body)
        message: dict[str, Any] = answer.raise_for_status().json()
        return message

    async def say_all(self, texts: Iterable[str], room: str = "general") -> None:
        """Post many messages, some at once: their order is the server's affair."""
        rest = iter(texts)

        async def post() -> None:
            for text in rest:
                await self.say(text, room)

        async with asyncio.TaskGroup() as group:
            for _ in range(ABREAST):
                group.create_task(post())

    async def said(self, room: str = "general", **where: int) -> list[str]:
        """Return the texts the server has, oldest first."""
        answer = await self._http.get(f"/api/rooms/{room}/messages", params={"limit": 200} | where)
        return [message["message"] for message in answer.raise_for_status().json()["messages"]]

"""Uses the built program as its people would: `python packaging/selftest.py [program]`, by default dist/chatapp.

The program starts in an empty folder with an empty environment. Ada talks over websocket, Grace over polling; then the
program is stopped with both connected, started again, and must have kept what they said. Ends with code 1 and a
sentence at the first thing that is not so.
"""

import asyncio
import json
import os
import shutil
import signal
import sys
import tempfile
import time
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import socketio
from socketio.exceptions import SocketIOError

ROOT = Path(__file__).resolve().parent.parent
SECONDS_TO_START = 30
SECONDS_TO_STOP = 5
SECONDS_TO_ANSWER = 10


class Broken(Exception):
    """What the program did not do."""


class Program:
    """The built program, running in `folder`."""

    def __init__(self, program: Path, folder: Path) -> None:
        self._program = program
        self._folder = folder
        self.data = folder / "data"
        # Nothing of this machine but a home and a place for the program to unpack itself.
        self._environment = {
            "HOME": str(folder / "home"),
            "TMPDIR": str(folder / "tmp"),
            "BROWSER": str(folder / "browser"),
        }

    async def start(self, command: str) -> str:
        """Start it and return its address once it answers."""
        self._process = await asyncio.create_subprocess_exec(
            *(str(self._program), command, "--port", "0", "--data-dir", str(self.data)),
            cwd=self._folder / "empty",
            env=self._environment,
            stdout=asyncio.subprocess.PIPE,
        )
        assert self._process.stdout is not None
        url = ""
        async with asyncio.timeout(SECONDS_TO_START):
            async for line in self._process.stdout:
                url = line.split()[-1].decode() if b"On this machine" in line else url
                if line.startswith(b"Ctrl-C"):
                    return url
        raise Broken(f"the program ended with code {await self._process.wait()} instead of starting")

    async def stop(self) -> float:
        """Stop it with SIGTERM and return the seconds that took."""
        began = time.monotonic()
        self._process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(SECONDS_TO_STOP):
            code = await self._process.wait()
        check(code == 0, f"the program stopped with code {code}")
        return time.monotonic() - began

    def kill(self) -> None:
        """Make sure that it does not outlive the test."""
        if self._process.returncode is None:
            self._process.kill()


class Person:
    """Somebody at a client, with the messages they have heard."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.client = socketio.AsyncClient(reconnection=False)
        self.heard: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.client.on("new_message", self.heard.put)

    async def arrive(self, url: str, transport: str) -> None:
        """Connect, take the name and join General."""
        await self.client.connect(url, transports=[transport])
        await self.ask("set_username", {"username": self.name})
        await self.ask("join_room", {"room": "general"})

    async def ask(self, event: str, payload: dict[str, Any]) -> None:
        """Send an event that must be acknowledged as done."""
        answer: Any = await self.client.call(event, payload, timeout=SECONDS_TO_ANSWER)
        check(answer["ok"] is True, f"{event} of {self.name} was answered with {answer}")

    async def hears(self, text: str) -> str:
        """Wait for the message `text`; return its id."""
        async with asyncio.timeout(SECONDS_TO_ANSWER):
            while (heard := await self.heard.get())["message"] != text:
                pass
            return str(heard["id"])


def check(holds: bool, otherwise: str) -> None:  # noqa: FBT001
    """Raise Broken, saying `otherwise`, unless it holds."""
    if not holds:
        raise Broken(otherwise)


async def use(program: Path, folder: Path) -> None:
    """Go through the whole visit."""
    for name in ("empty", "home", "tmp"):
        (folder / name).mkdir()
    opened = folder / "opened"
    (folder / "browser").write_text(f'#!/bin/sh\necho "$1" > {opened}.part && /bin/mv {opened}.part {opened}\n')
    (folder / "browser").chmod(0o755)
    running = Program(program, folder)
    try:
        async with visit(running, "open") as url:
            await until(opened.is_file, "the browser was not opened")
            check(opened.read_text().strip() == url, f"the browser was opened at {opened.read_text()!r}, not at {url}")
            ada, grace = Person("Ada"), Person("Grace")
            await ada.arrive(url, "websocket")
            await grace.arrive(url, "polling")
            await say(ada, grace, "Hello, Grace")
            await say(grace, ada, "Hello, Ada")
            check_pages(url)
        async with visit(running, "serve") as url:
            check(texts(url) == ["Hello, Grace", "Hello, Ada"], "the messages were not there after a restart")
        check(not list((folder / "tmp").iterdir()), "the program left files in the folder for temporary ones")
        check(not (running.data / "running.json").exists(), "the program left its running.json")
    finally:
        running.kill()


@asynccontextmanager
async def visit(running: Program, command: str) -> AsyncIterator[str]:
    """Start the program, give its address, and stop it with whoever is connected."""
    began = time.monotonic()
    url = await running.start(command)
    print(f"{command}: started in {time.monotonic() - began:.2f} s", flush=True)
    yield url
    print(f"{command}: stopped in {await running.stop():.2f} s", flush=True)


async def say(author: Person, other: Person, text: str) -> None:
    """Send a message that both must hear, and the other reacts to."""
    await author.ask("send_message", {"message": text})
    await author.hears(text)
    await other.ask("react", {"id": await other.hears(text), "emoji": "👍", "on": True})


async def until(holds: Any, otherwise: str) -> None:
    """Look again until it holds: a file that another program writes announces itself to nobody."""
    for _ in range(100):
        if holds():
            return
        await asyncio.sleep(0.1)
    raise Broken(otherwise)


def check_pages(url: str) -> None:
    """Look at the pages that a browser and a script fetch."""
    page = fetch(url + "/", accept="text/html")
    check("/static/" in page and "<script" in page, "the page of the chat is not there")
    check(json.loads(fetch(url + "/"))["status"] == "healthy", "the health answer is not there")
    exported = fetch(url + "/api/rooms/general/export?format=ndjson").splitlines()
    said = [json.loads(line).get("message") for line in exported]
    check("Hello, Grace" in said and "Hello, Ada" in said, "the export lacks messages")
    check(texts(url) == ["Hello, Grace", "Hello, Ada"], "the history lacks messages")


def texts(url: str) -> list[str]:
    """Return the texts of General."""
    return [message["message"] for message in json.loads(fetch(url + "/api/rooms/general/messages"))["messages"]]


def fetch(url: str, accept: str = "application/json") -> str:
    """Return what a GET of `url` answers; an error status raises."""
    request = urllib.request.Request(url, headers={"Accept": accept})  # noqa: S310
    with urllib.request.urlopen(request, timeout=SECONDS_TO_ANSWER) as reply:  # noqa: S310
        text: str = reply.read().decode()
    return text


def main() -> None:
    """Run the test on the program named, in a folder of its own."""
    program = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "dist" / "chatapp").absolute()
    if not os.access(program, os.X_OK):
        sys.exit(f"{program} is not there: make dist builds it.")
    folder = Path(tempfile.mkdtemp(prefix="chatapp-selftest-"))
    try:
        asyncio.run(use(program, folder))
    except (Broken, TimeoutError, OSError, SocketIOError) as error:
        sys.exit(f"The built program does not work: {error or 'it took too long'}.")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{program.name} works ({program.stat().st_size / 1_000_000:.1f} MB).")


if __name__ == "__main__":
    main()

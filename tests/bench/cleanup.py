"""How long sends take while much is cleaned up and erased: `python -m tests.bench.cleanup [MESSAGES]`.

A chat with so many messages of 400 days (tests/bench/generate.py), most of them older than what is kept, is served. One
person sends all the time, each message when the one before is acknowledged. Printed are the median and the 99th
percentile of these acks at rest, while the cleanup takes what is too old, while that is erased, and while the file is
wiped of what is left of it, with how long each took. It prints and never judges.
"""

import argparse
import asyncio
import json
import sqlite3
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect

from chatapp.data_folder import DATABASE
from tests.bench.__main__ import describe_machine
from tests.bench.generate import DAYS, generate
from tests.bench.servers import Server

AT_REST = 10.0
"""Seconds."""
KEPT_DAYS = DAYS // 10
WEEK_MS = 7 * 86_400_000


class Sender:
    """Somebody who sends; `seconds` is how long each ack took."""

    def __init__(self, line: ClientConnection) -> None:
        self._line = line
        self._number = 0
        self.seconds: list[float] = []

    async def run(self) -> None:
        """Send until cancelled."""
        while True:
            began = time.perf_counter()
            await self.ask("send_message", {"room": "general", "message": "Are you still there?"})
            self.seconds.append(time.perf_counter() - began)

    async def ask(self, event: str, payload: Any) -> Any:
        """The answer to an event."""
        self._number += 1
        await self._line.send(f"42{self._number}" + json.dumps([event, payload]))
        while True:
            packet = str(await self._line.recv())
            if packet == "2":
                await self._line.send("3")
            if packet.startswith(f"43{self._number}["):
                answer = json.loads(packet[packet.index("[") :])[0]
                if not answer["ok"]:
                    raise RuntimeError(f"{event} was refused: {answer}")
                return answer


async def measure(port: int, works: dict[str, Callable[[], Awaitable[Any]]]) -> None:
    """Send while each of these is done, and print."""
    url = f"ws://127.0.0.1:{port}/socket.io/?EIO=4&transport=websocket"
    async with connect(url, proxy=None, ping_interval=None, compression=None) as line, asyncio.TaskGroup() as group:
        await line.recv()
        await line.send("40")
        await line.recv()
        sender = Sender(line)
        await sender.ask("set_username", {"username": f"Sender{port}"})
        sending = group.create_task(sender.run())
        for name, work in works.items():
            await phase(name, sender, work())
        sending.cancel()


async def clean(port: int, folder: Path) -> None:
    """Have what is too old cleaned up."""
    secret = json.loads((folder / "running.json").read_text(encoding="utf-8"))["secret"]
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=None, trust_env=False) as http:
        answer = await http.post("/api/admin/cleanup", headers={"Authorization": f"Bearer {secret}"})
        answer.raise_for_status()


async def phase(name: str, sender: Sender, work: Awaitable[Any]) -> None:
    """Print how long sends took while `work` was done."""
    sender.seconds.clear()
    began = time.perf_counter()
    await work
    took, acks = time.perf_counter() - began, [1000 * one for one in sender.seconds]
    ninety_ninth = quantiles(acks, n=100)[98] if len(acks) > 1 else max(acks, default=0)
    print(
        f"{name:10} {took:8.1f} s  {len(acks):7,} sends  p50 {median(acks or [0]):6.1f} ms  p99 {ninety_ninth:6.1f} ms"
        f"  longest {max(acks, default=0):6.1f} ms",
        flush=True,
    )


EMPTIED, ERASED = "first_seq < before_seq", "erased_at IS NULL"
"""What holds of cleanups until no message is left of what they took, and until nothing at all is."""


async def passed(path: Path, held: str) -> None:
    """Return when this holds of no cleanup any more."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        left = f"SELECT 1 FROM trims WHERE {held} LIMIT 1"
        # Another process tells nobody that it is done.
        while connection.execute(left).fetchone():  # noqa: ASYNC110
            await asyncio.sleep(0.1)


def main() -> None:
    """Make the chat, serve it and measure."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.cleanup", description=__doc__)
    parser.add_argument("messages", type=int, nargs="?", default=1_000_000, help="how many (default: 1,000,000)")
    parser.add_argument(
        "--kept", type=int, default=KEPT_DAYS, metavar="DAYS", help=f"what is kept (default: the last {KEPT_DAYS} days)"
    )
    asked = parser.parse_args()
    describe_machine()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = generate(folder, asked.messages)
        print(f"{asked.messages:,} messages, {path.stat().st_size / 1e6:,.0f} MB; {asked.kept} of {DAYS} days are kept")
        serve(folder, asked.kept)


def serve(folder: Path, kept: int) -> None:
    """Measure a server on this data that keeps so many days, and erases at its second start."""
    path = folder / DATABASE
    command = [sys.executable, "-m", "chatapp", "serve", "--host", "127.0.0.1", "--data-dir", str(folder)]
    server = Server((*command, "--port", "{port}", "--retention-days", str(kept)))
    with server.started() as (port, _):
        asyncio.run(measure(port, {"at rest": lambda: asyncio.sleep(AT_REST), "cleanup": partial(clean, port, folder)}))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE trims SET created_at = created_at - ?", (WEEK_MS,))
    with server.started() as (port, _):
        works: dict[str, Callable[[], Awaitable[Any]]] = {
            "erasure": partial(passed, path, EMPTIED),
            "wiping": partial(passed, path, ERASED),
        }
        asyncio.run(measure(port, works))


if __name__ == "__main__":
    main()

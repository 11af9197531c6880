"""How long pages of a room's history take: `python -m tests.bench.history [MESSAGES] [--folder FOLDER]`.

A chat made by tests.bench.generate is served, without a search index, which would be filled meanwhile. Pages of fifty
messages are asked for over HTTP, one after the other on one connection: the newest, and ones at random anywhere in a
room that holds half of all. That is measured at rest and while somebody sends without a pause, each message when the
one before is acknowledged. It prints and never judges.
"""

import argparse
import asyncio
import http.client
import json
import random
import sqlite3
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from multiprocessing import Process
from pathlib import Path
from statistics import median

from chatapp.data_folder import DATABASE
from tests.bench.__main__ import describe_machine
from tests.bench.cleanup import measure
from tests.bench.generate import generate
from tests.bench.search import WITHOUT, serving

ROOM = "general"
PAGE = 50
SEED = 6


def kinds(last: int) -> dict[str, Callable[[random.Random], str]]:
    """What is asked for, by its name."""
    return {
        "the newest": lambda _: "",
        "before any message": lambda chance: f"&before={chance.randint(2, last)}",
        "after any message": lambda chance: f"&after={chance.randint(0, last - PAGE)}",
        "around any message": lambda chance: f"&around={chance.randint(1, last)}",
    }


def last_seq(folder: Path) -> int:
    """How many messages the room has had."""
    with closing(sqlite3.connect(folder / DATABASE)) as connection:
        (found,) = connection.execute("SELECT last_seq FROM rooms WHERE id = ?", (ROOM,)).fetchone()
    return int(found)


def pages(port: int, last: int, rounds: int) -> None:
    """Ask for pages of each kind and print what they took."""
    line = http.client.HTTPConnection("127.0.0.1", port)
    chance = random.Random(SEED)
    # The first one waits until the program is loaded.
    line.request("GET", "/api/rooms")
    line.getresponse().read()
    for name, where in kinds(last).items():
        times = []
        for _ in range(rounds):
            began = time.perf_counter()
            line.request("GET", f"/api/rooms/{ROOM}/messages?limit={PAGE}{where(chance)}")
            answer = line.getresponse()
            body = answer.read()
            times.append((time.perf_counter() - began) * 1000)
            if answer.status != http.client.OK or not json.loads(body)["messages"]:
                raise RuntimeError(f"A page was refused: {body[:200]!r}")
        times.sort()
        p99, most = times[int(len(times) * 0.99)], times[-1]
        print(f"  {name:22} p50 {median(times):6.2f} ms  p99 {p99:6.2f} ms  most {most:6.2f} ms")
    line.close()


async def while_sending(port: int, last: int, rounds: int) -> None:
    """The same while somebody sends."""

    async def work() -> None:
        # A process of its own: what it measures does not wait for the sender's.
        asking = Process(target=pages, args=(port, last, rounds))
        asking.start()
        await asyncio.to_thread(asking.join)

    await measure(port, {"sends": work})


def main() -> None:
    """Make a chat and ask."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.history", description=__doc__)
    parser.add_argument("messages", nargs="?", type=int, default=1_000_000, help="in all (default: 1,000,000)")
    parser.add_argument("--folder", type=Path, help="a chat that was made before")
    parser.add_argument("--rounds", type=int, default=1_000, help="pages of each kind (default: 1,000)")
    asked = parser.parse_args()
    describe_machine()
    with tempfile.TemporaryDirectory() as made:
        folder = asked.folder or Path(made) / "chat"
        if not (folder / DATABASE).exists():
            generate(folder, asked.messages)
        last = last_seq(folder)
        print(f"a room of {last:,} messages, {(folder / DATABASE).stat().st_size / 1e6:,.0f} MB; pages of {PAGE}")
        with serving(folder, WITHOUT) as (port, _):
            print("at rest")
            pages(port, last, asked.rounds)
            print("while somebody sends", flush=True)
            asyncio.run(while_sending(port, last, asked.rounds))


if __name__ == "__main__":
    main()

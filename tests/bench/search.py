"""Measures searching: `python -m tests.bench.search MESSAGES`.

Makes a chat of so many messages, times how long the index takes, then what each kind of search takes over HTTP, and
what sends cost while nothing fills the index, while it follows, and while it is made anew. It prints and never judges.
"""

import argparse
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.bench.__main__ import describe_machine
from tests.bench.generate import generate
from tests.bench.servers import free_port, wait_for

LINES = {
    "a frequent word": "meeting",
    "a rare word": "łódź",
    "a part of words": "eeti",
    "a number that is nowhere": "#99999999999",
    "two words": "server question",
    "a phrase": '"of the"',
    "one Chinese character": "会",
    "a pair of them": "会议",
    "three of them": "今日 会議",
    "with from:": "the from:Ada",
    "with in:": "the in:reise",
    "with before:": "the before:{before}",
    "with has:link": "the has:link",
    "from: alone": "from:Jun",
    "two letters": "qu",
    "two letters, nowhere": "qz",
    "one letter": "e",
}
# The program as its users have it: the clients of socketio, which it imports, take what only tests install.
_BEGINS = """
import sys
sys.modules.update(dict.fromkeys(("aiohttp", "requests")))
"""
_GOES_ON = """
from chatapp.cli import main
main()
"""
CHAT = ("-c", _BEGINS + _GOES_ON)
# The same, in which nobody fills the index.
_NOTHING = """
import asyncio
from chatapp.services.indexing import Indexer
async def nothing(_): await asyncio.Event().wait()
Indexer.run = nothing
"""
WITHOUT = ("-c", _BEGINS + _NOTHING + _GOES_ON)


@contextmanager
def serving(folder: Path, program: tuple[str, ...] = CHAT) -> Iterator[tuple[int, int]]:
    """The port and process id of a chat on this folder, while it runs."""
    port = free_port()
    command = [sys.executable, *program, "serve", "--host", "127.0.0.1", "--port", str(port), "--data-dir", str(folder)]
    environment = {**os.environ, "CHATAPP_RATE_LIMIT": "off"}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(port, process)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(30)


def until_built(folder: Path) -> float:
    """Wait until the index has everything; how many seconds that took."""
    begun = time.monotonic()
    while not is_built(folder):
        time.sleep(0.05)  # another program's file tells nobody
    return time.monotonic() - begun


def is_built(folder: Path) -> bool:
    """Whether the index has everything."""
    try:
        with closing(sqlite3.connect(f"file:{folder / 'search.sqlite3'}?mode=ro", uri=True)) as index:
            built = index.execute("SELECT value FROM meta WHERE name = 'built_above'").fetchone()
            known = dict(index.execute("SELECT room, rev FROM rooms"))
        with closing(sqlite3.connect(f"file:{folder / 'chat.sqlite3'}?mode=ro", uri=True)) as chat:
            return built == (0,) and known == dict(chat.execute("SELECT id, rev FROM rooms"))
    except sqlite3.Error:
        return False


def searches(port: int, before: str, rounds: int) -> None:
    """Print what each kind of search takes."""
    with httpx.Client(base_url=f"http://127.0.0.1:{port}") as http:
        token = http.post("/api/session", json={"username": "Searcher"}).json()["token"]
        http.cookies.clear()
        http.headers["Authorization"] = f"Bearer {token}"
        print(f"{'newest 20':28}{'p50 ms':>8}{'p95 ms':>8}{'most':>8}{'found':>7}")
        for name, line in LINES.items():
            asked: dict[str, str | int] = {"q": line.format(before=before), "limit": 20}
            times, answer = [], {}
            for _ in range(rounds):
                begun = time.perf_counter()
                answer = http.get("/api/search", params=asked).json()
                times.append((time.perf_counter() - begun) * 1000)
            times.sort()
            p50, p95 = times[len(times) // 2], times[int(len(times) * 0.95)]
            stopped = " (stopped)" if "reached" in answer else ""
            print(f"{name:28}{p50:8.1f}{p95:8.1f}{times[-1]:8.1f}{len(answer['results']):7}{stopped}")


def sends(port: int, pid: int, seconds: float) -> dict[str, Any]:
    """What 16 people measure who keep 8 messages on their way each."""
    command = [sys.executable, "-m", "tests.bench.load", str(port), str(pid), "16", "16", "8", str(seconds), "0"]
    measured: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return measured


def compare_sends(folder: Path, seconds: float, runs: int) -> None:
    """Print what sends cost, in turn: the index not filled, following, made anew."""
    print(f"{'16 people, 8 in flight each':34}{'messages/s':>12}{'ack p50 ms':>12}{'p99 ms':>9}{'index after s':>15}")
    for _ in range(runs):
        for name, program, is_new in (
            ("nobody fills the index", WITHOUT, False),
            ("the index follows", CHAT, False),
            ("the index is made meanwhile", CHAT, True),
        ):
            with tempfile.TemporaryDirectory() as made:
                # A copy each time: those who send take names of their own.
                copy = Path(shutil.copytree(folder, Path(made) / "chat"))
                if is_new:
                    (copy / "search.sqlite3").unlink()
                with serving(copy, program) as (port, pid):
                    found = sends(port, pid, seconds)
                    after = until_built(copy) if program is CHAT else float("nan")
            print(f"{name:34}{found['messages']:12,.0f}{found['p50']:12.1f}{found['p99']:9.1f}{after:15.1f}")


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.search", description=__doc__)
    parser.add_argument("messages", nargs="?", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=50, help="searches of each kind")
    parser.add_argument("--seconds", type=float, default=5, help="how long is sent each time")
    parser.add_argument("--runs", type=int, default=1, help="of the comparison of sends")
    asked = parser.parse_args()
    describe_machine()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        path = generate(folder, asked.messages)
        before = time.strftime("%Y-%m-%d", time.gmtime(time.time() - 200 * 86_400))
        with serving(folder) as (port, _):
            seconds = until_built(folder)
            size = (folder / "search.sqlite3").stat().st_size
            print(
                f"{asked.messages:,} messages, {path.stat().st_size / 1e6:,.0f} MB; index {size / 1e6:,.0f} MB"
                f" in {seconds:.1f} s, {asked.messages / seconds:,.0f} messages/s"
            )
            searches(port, before, asked.rounds)
        compare_sends(folder, asked.seconds, asked.runs)


if __name__ == "__main__":
    main()

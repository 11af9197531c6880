"""`python -m tests.bench.floods`: how long two people's messages take while others attack, and what the server holds.

Each attack of tests/floods.py goes against a server of its own, over and over for some seconds, while two people send
six messages a second. It prints and never judges; the aim is a p99 under 250 ms.
"""

import argparse
import asyncio
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from tests.bench.__main__ import describe_machine
from tests.e2e.chats import Chat
from tests.floods import ATTACKS, Flood, Talk, most_memory

PACE = 1 / 6
"""Seconds between two messages: below what one person may send."""


async def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.floods", description=__doc__)
    parser.add_argument("--seconds", type=float, default=20, help="how long each attack lasts (default: 20 s)")
    seconds = parser.parse_args().seconds
    describe_machine()
    print(f"{'attack':24}{'messages':>9}{'p50 ms':>8}{'p99 ms':>8}{'tried':>8}{'refused':>9}{'cut':>7}{'most MB':>9}")
    for name in ATTACKS:
        await measure(name, seconds)


async def measure(name: str, seconds: float) -> None:
    """One attack."""
    with tempfile.TemporaryDirectory() as folder:
        chat = Chat(Path(folder), CHATAPP_RATE_LIMIT="on")
        await chat.start("--host", "127.0.0.1")
        talk = Talk(f"http://127.0.0.1:{chat.port}")
        try:
            await talk.begin()
            with ProcessPoolExecutor(1, get_context("spawn")) as pool:
                attack = asyncio.get_running_loop().run_in_executor(pool, rage, name, chat.port, seconds)
                while not attack.done():
                    await talk.exchange()
                    await asyncio.sleep(PACE)
                made, refused, cut = await attack
            waits = sorted(talk.waits)
            p50, p99 = (waits[int(len(waits) * share)] * 1000 for share in (0.5, 0.99))
            print(
                f"{name:24}{talk.said:9}{p50:8.1f}{p99:8.1f}{made:8}{refused:9}{cut:7}{most_memory(chat.pid) >> 20:9}"
            )
        finally:
            await talk.end()
            await chat.stop()


def rage(name: str, port: int, seconds: float) -> tuple[int, int, int]:
    """Attack in a process of its own: how many attackers there were, how often they were refused, and were cut off."""

    async def attack() -> tuple[int, int, int]:
        flood, end = Flood(port), time.monotonic() + seconds
        while time.monotonic() < end:
            await ATTACKS[name](flood)
            flood.end()
            flood.attackers.clear()
        return flood.made, flood.refused.total(), flood.cut

    return asyncio.run(attack())


if __name__ == "__main__":
    asyncio.run(main())

"""Exports of a room in each form: `python -m tests.bench.export MESSAGES`. Prints rows a second and the peak of memory.

Each form is measured in a process of its own, on a chat made by tests.bench.generate; nothing is sent anywhere.
"""

import argparse
import asyncio
import multiprocessing
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from chatapp.services.export import EVERYTHING, Exports
from chatapp.services.export_forms import FORMS
from chatapp.storage.database import Database
from tests.bench.generate import generate

ROOM = "general"


async def _export(path: Path, form: Any) -> tuple[int, int]:
    database = Database(path)
    export = await Exports(database).room(EVERYTHING, ROOM, form)
    size = 0
    async for piece in export.pieces:
        size += len(piece)
    await database.close()
    return export.count or 0, size


def measure(path: Path, form: str) -> None:
    """Export once and print what it took."""
    unit = 1 if sys.platform == "darwin" else 1024
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    begun, worked = time.monotonic(), time.process_time()
    count, size = asyncio.run(_export(path, form))
    seconds, work = time.monotonic() - begun, time.process_time() - worked
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    print(
        f"{form:<7} {count:>10,} rows {count / seconds:>10,.0f} rows/s {count / work:>10,.0f} rows per CPU second "
        f"{size / 1e6:>8,.0f} MB, memory {before / 1e6:,.0f} → {peak / 1e6:,.0f} MB"
    )


def main() -> None:
    """Make a chat and export it."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.export", description=__doc__)
    parser.add_argument("messages", type=int, help="how many messages the chat has; half of them in the room exported")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = generate(Path(folder) / "chat", asked.messages)
        for form in FORMS:
            process = multiprocessing.get_context("spawn").Process(target=measure, args=(path, form))
            process.start()
            process.join()


if __name__ == "__main__":
    main()

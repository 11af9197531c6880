"""Exports of a room in each form: `python -m tests.bench.export [MESSAGES]`. Prints rows a second and memory.

A chat made by tests.bench.generate, in a process of its own, is served, for each form anew, and downloaded by curl,
which throws it away. CPU and memory are the server's: what was resident before, and the most that ever was.
It prints and never judges. Linux only.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from chatapp.data_folder import DATABASE
from chatapp.services.export_forms import FORMS
from tests.bench.__main__ import describe_machine
from tests.bench.search import WITHOUT, serving

ROOM = "general"


def cpu(pid: int) -> float:
    """Seconds of CPU that a process took so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory(pid: int, what: str) -> float:
    """Megabytes of a process: `VmRSS` at present, `VmHWM` at most."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{what}:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"{what} is not told.")


def download(url: str) -> str:
    """The heads of an answer, whose body is thrown away, and how many bytes that had."""
    asked = ["curl", "-sfD", "-", "-o", "/dev/null", "-w", "%{size_download}", url]
    return subprocess.run(asked, check=True, capture_output=True, text=True).stdout


def measure(folder: Path, form: str) -> None:
    """Export once and print what it took."""
    with serving(folder, WITHOUT) as (port, pid):
        url = f"http://127.0.0.1:{port}/api/rooms/{ROOM}/export?format={form}"
        download(f"{url}&since_seq=9999999999")  # the first one also opens connections
        before, worked, begun = memory(pid, "VmRSS"), cpu(pid), time.monotonic()
        told = download(url)
        seconds, work, peak = time.monotonic() - begun, cpu(pid) - worked, memory(pid, "VmHWM")
    heads, size = told.rsplit("\n", 1)
    (count,) = (int(line.split(":")[1]) for line in heads.splitlines() if line.lower().startswith("chatapp-messages:"))
    print(
        f"{form:<7} {count:>10,} rows {count / seconds:>10,.0f} rows/s {count / work:>10,.0f} rows per CPU second "
        f"{int(size) / 1e6:>8,.0f} MB, memory {before:,.0f} → {peak:,.0f} MB"
    )


def main() -> None:
    """Make a chat and export it."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.export", description=__doc__)
    parser.add_argument(
        "messages", nargs="?", type=int, default=1_000_000, help="in all; half are in the room exported"
    )
    parser.add_argument("--folder", type=Path, help="a chat that was made before")
    parser.add_argument("--forms", nargs="*", default=[*FORMS], choices=[*FORMS])
    asked = parser.parse_args()
    describe_machine()
    with tempfile.TemporaryDirectory() as made:
        folder = asked.folder or Path(made) / "chat"
        if not (folder / DATABASE).exists():
            subprocess.run([sys.executable, "-m", "tests.bench.generate", str(folder), str(asked.messages)], check=True)
        for form in asked.forms:
            measure(folder, form)


if __name__ == "__main__":
    main()

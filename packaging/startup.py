"""Measures how soon the program is there: `python packaging/startup.py [-n RUNS] [program ...]`.

From the start of the process to the first connection that is accepted, the first 200 of the page and the first 200 of
/readyz (everything is imported, the database is open), with the processor time used by then. `first` starts with
nothing unpacked, `cold` with nothing of the disk in memory (only root can empty that), `warm` after other starts.
Prints medians in milliseconds, and never judges. Linux.
"""

import argparse
import http.client
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = (ROOT / "dist" / "chatapp", ROOT / "dist" / "chatapp-folder" / "chatapp")
COLUMNS = ("listens", "page", "ready", "cpu")
SECONDS = 60
DROP_CACHES = Path("/proc/sys/vm/drop_caches")


def main() -> None:
    """Measure each program in each state."""
    parser = argparse.ArgumentParser(description="Measures how soon the program is there.")
    parser.add_argument("-n", type=int, default=9, metavar="RUNS", help="warm runs; a third of it for the others")
    parser.add_argument("programs", nargs="*", type=Path, default=PROGRAMS)
    asked = parser.parse_args()
    print(f"{'':<34}{''.join(f'{name:>9}' for name in COLUMNS)}")
    for program in asked.programs:
        with tempfile.TemporaryDirectory(prefix="chatapp-startup-") as folder:
            for state, prepare, runs in states(Path(folder), asked.n):
                row(program, state, [run(program.absolute(), Path(folder), prepare) for _ in range(runs)])


def states(folder: Path, runs: int) -> list[tuple[str, Callable[[], None], int]]:
    """Return the states a program is started in: their name, what brings them about, how often."""
    few = max(1, runs // 3)
    found: list[tuple[str, Callable[[], None], int]] = [("first", lambda: forget(folder), few)]
    if os.access(DROP_CACHES, os.W_OK):
        found.append(("cold", drop_caches, few))
    return [*found, ("warm", lambda: None, runs)]


def forget(folder: Path) -> None:
    """Let the next start find an empty home."""
    (folder / "home").rename(folder / f"home-{time.monotonic_ns()}") if (folder / "home").exists() else None
    (folder / "home").mkdir()


def drop_caches() -> None:
    """Empty the system's memory of the disk."""
    os.sync()
    DROP_CACHES.write_text("3")


def run(program: Path, folder: Path, prepare: Callable[[], None]) -> tuple[float, ...]:
    """Start the program once; return the milliseconds of COLUMNS."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    prepare()
    began = time.monotonic()
    process = subprocess.Popen(
        [program, "serve", "--host", "127.0.0.1", "--port", str(port)],
        env={"HOME": str(folder / "home"), "TMPDIR": str(folder)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        listens, page, ready = (since(began, partial(answers, port, path)) for path in ("", "/", "/readyz"))
        return listens, page, ready, cpu_ms(process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(SECONDS)


def since(began: float, holds: Callable[[], bool]) -> float:
    """Return the milliseconds from `began` until it holds."""
    while not holds():
        if time.monotonic() > began + SECONDS:
            sys.exit("The program did not start.")
        time.sleep(0.001)  # what is awaited is another program's, and tells nobody
    return (time.monotonic() - began) * 1000


def answers(port: int, path: str) -> bool:
    """Tell whether a GET of `path` is answered with 200; without a path, whether a connection is accepted."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    try:
        connection.connect()
        if not path:
            return True
        connection.request("GET", path, headers={"Accept": "text/html" if path == "/" else "application/json"})
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def cpu_ms(session: int) -> float:
    """Return the processor time of all processes of a session so far."""
    total = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        # See proc(5): session, utime, stime, counted from the field after the name.
        total += int(fields[11]) + int(fields[12]) if int(fields[3]) == session else 0
    return total * 1000 / os.sysconf("SC_CLK_TCK")


def row(program: Path, state: str, runs: list[tuple[float, ...]]) -> None:
    """Print the medians of some runs."""
    name = program.relative_to(ROOT) if program.is_relative_to(ROOT) else program
    medians = (statistics.median(values) for values in zip(*runs, strict=True))
    print(f"{name!s:<28}{state:<6}" + "".join(f"{value:>9.0f}" for value in medians), flush=True)


if __name__ == "__main__":
    main()

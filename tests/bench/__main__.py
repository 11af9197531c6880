"""`make bench`: sends and fan-out in one room, this server beside a stock python-socketio server that stores nothing.

Both run on this machine, one after the other in turn, under the same raw websocket clients in processes of their own.
What to compare is CPU microseconds per delivery (a delivery is one message reaching one member) of one run: wall-clock
figures of a shared machine are not stable. It prints and never judges.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
from importlib.metadata import version
from statistics import median
from typing import Any

import chatapp
from tests.bench.servers import SERVERS, Server

PACKAGES = ("python-socketio", "python-engineio", "uvicorn", "uvloop", "SQLAlchemy", "aiosqlite", "msgspec")


def main() -> None:
    """Run and print."""
    arguments = parse()
    describe_machine()
    how = f"{arguments.in_flight} messages in flight each"
    if arguments.rate:
        how = f"{arguments.rate:g} messages a second together"
    print(
        f"{arguments.members} members, {arguments.senders} senders with {how}, "
        f"{arguments.seconds} s, median of {arguments.runs} runs in turn"
    )
    results: dict[str, list[dict[str, Any]]] = {name: [] for name in SERVERS}
    for _ in range(arguments.runs):
        for name, server in SERVERS.items():
            results[name].append(run(server, arguments))
    print_table(results)


def parse() -> argparse.Namespace:
    """What to measure."""
    parser = argparse.ArgumentParser(prog="make bench ARGS=…", description=__doc__)
    parser.add_argument("--members", type=int, default=100, help="people in the room (default: 100)")
    parser.add_argument("--senders", type=int, default=10, help="how many of them send (default: 10)")
    parser.add_argument("--in-flight", type=int, default=4, help="messages each sends at once (default: 4)")
    parser.add_argument("--rate", type=float, default=0, help="messages a second of all, instead of so many in flight")
    parser.add_argument("--seconds", type=float, default=4, help="how long is measured (default: 4 s)")
    parser.add_argument("--runs", type=int, default=3, help="runs of each server, in turn (default: 3)")
    return parser.parse_args()


def describe_machine() -> None:
    """Print what the figures were measured on."""
    print(
        f"{platform.platform()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python {sys.version.split()[0]}"
    )
    print(f"chatapp {chatapp.__version__}, " + ", ".join(f"{name} {version(name)}" for name in PACKAGES))


def run(server: Server, arguments: argparse.Namespace) -> dict[str, Any]:
    """Start a server, put the load on it, and return what the load measured."""
    with server.started() as (port, pid):
        command = [sys.executable, "-m", "tests.bench.load", str(port), str(pid)]
        command += [str(getattr(arguments, name)) for name in ("members", "senders", "in_flight", "seconds", "rate")]
        printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    result: dict[str, Any] = json.loads(printed)
    return result


def print_table(results: dict[str, list[dict[str, Any]]]) -> None:
    """Print the medians, and how many times more CPU the peer needs."""
    print(
        f"{'':24}{'CPU µs/delivery':>16}{'messages/s':>12}{'deliveries/s':>14}{'ack p50 ms':>12}{'p99 ms':>9}  complete"
    )
    costs = {}
    for name, runs in results.items():
        middle = {key: median(one[key] for one in runs) for key in ("cost", "messages", "deliveries", "p50", "p99")}
        costs[name] = middle["cost"]
        complete = "yes" if all(one["is_complete"] for one in runs) else "NO"
        print(
            f"{name:24}{middle['cost']:16.2f}{middle['messages']:12,.0f}{middle['deliveries']:14,.0f}"
            f"{middle['p50']:12.1f}{middle['p99']:9.1f}  {complete}"
        )
    ours, theirs = costs.values()
    print(f"CPU per delivery, stock to ours: {theirs / ours:.2f}")


if __name__ == "__main__":
    main()

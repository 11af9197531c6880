"""The addresses of a machine with real interfaces, in a network namespace."""

import sys
from collections.abc import Iterator

import pytest

from tests.namespaces import Namespace, machines

LOOK = """
import json
from chatapp.lan.addresses import reachable
print(json.dumps([[one.ip, one.interface, one.reason] for one in reachable({host!r}, 5000)]))
"""
WATCH = """
import asyncio, functools, json, os, sys, threading
from chatapp.lan.addresses import Watcher, reachable

async def main():
    async def changed():
        print(json.dumps([one.ip for one in watcher.addresses]), flush=True)
    watcher = Watcher(functools.partial(reachable, None, 5000), changed, every=0.05)
    await changed()
    await watcher.run()

threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
asyncio.run(main())
"""
COST = """
import json, time
from chatapp.lan.addresses import reachable
reachable(None, 5000)
began = time.process_time()
for _ in range(50):
    found = reachable(None, 5000)
print(json.dumps([len(found), (time.process_time() - began) / 50 * 1000]))
"""


@pytest.fixture
def machine() -> Iterator[Namespace]:
    """A machine with a network card, a second one, a bridge of containers, a tunnel and a cable without a server."""
    with machines(1) as (one,):
        one.add("docker0", "172.17.0.1/16")
        one.add("wg0", "10.8.0.2/24")
        one.add("eth1", "10.20.0.5/24")
        one.add("eth2", "169.254.7.8/16")
        one.add("eth0", "192.168.7.20/24")
        one.ip("route", "add", "default", "via", "192.168.7.1", "dev", "eth0")
        yield one


def look(machine: Namespace, host: str | None = None) -> list[list[str]]:
    """What is reachable on that machine."""
    found: list[list[str]] = machine.python(LOOK.format(host=host))
    return found


def test_a_machine_with_many_interfaces_shows_the_right_one_first(machine: Namespace) -> None:
    assert [one for one in look(machine) if ":" not in one[0]] == [
        ["192.168.7.20", "eth0", "default_route"],
        ["10.20.0.5", "eth1", "private"],
        ["10.8.0.2", "wg0", "virtual"],
        ["172.17.0.1", "docker0", "virtual"],
        ["169.254.7.8", "eth2", "link_local"],
    ]


def test_a_server_on_one_address_has_only_that(machine: Namespace) -> None:
    assert look(machine, "10.20.0.5") == [["10.20.0.5", "eth1", "private"]]


def test_a_machine_without_a_network_is_reached_by_nobody() -> None:
    with machines(1) as (alone,):
        assert look(alone) == []


async def test_a_change_of_addresses_or_routes_is_noticed(machine: Namespace) -> None:
    before = ["192.168.7.20", "10.20.0.5", "10.8.0.2", "172.17.0.1", "169.254.7.8"]
    async with machine.start(sys.executable, "-c", WATCH) as watcher:
        await watcher.until(before)
        machine.ip("address", "delete", "192.168.7.20/24", "dev", "eth0")
        machine.ip("address", "add", "192.168.7.99/24", "dev", "eth0")
        await watcher.until(["10.20.0.5", "192.168.7.99", *before[2:]])
        machine.ip("route", "add", "default", "via", "192.168.7.1", "dev", "eth0")
        await watcher.until(["192.168.7.99", "10.20.0.5", *before[2:]])
        machine.ip("link", "delete", "eth0")
        await watcher.until(before[1:])


def test_a_look_is_cheap_and_sends_nothing(machine: Namespace) -> None:
    """50 looks take less than a second even on a busy machine; the counters of all interfaces stand still."""
    sent = "cat /sys/class/net/*/statistics/tx_packets"
    for name in ("eth0", "eth1", "eth2", "wg0", "docker0"):
        machine.ip("link", "set", name, "multicast", "off")
    machine.run("sh", "-c", "echo 1 | tee /proc/sys/net/ipv6/conf/*/disable_ipv6")
    before = machine.run("sh", "-c", sent)
    count, milliseconds = machine.python(COST)
    print(f"a look at {count} addresses takes {milliseconds:.2f} ms of CPU")
    assert machine.run("sh", "-c", sent) == before
    assert milliseconds < 20

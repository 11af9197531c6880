"""The chat's name on a network of two machines: found, kept apart, moved and taken back."""

import sys
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager as Context
from pathlib import Path
from typing import Any

import pytest

from tests.namespaces import Namespace, Program, joined, machines, need

# A chat's discovery and watcher, as the app puts them together; prints its name whenever that changes, and answers
# "heard?", "close" and {"rename": title}.
CHAT = """
import asyncio, functools, json, sys
from chatapp.lan.addresses import Watcher, reachable
from chatapp.lan.discovery import Discovery

def tell(value):
    print(json.dumps(value), flush=True)

async def main():
    async def moved():
        await discovery.refresh()
    watcher = Watcher(functools.partial(reachable, None, 5000), moved, every=0.05)
    discovery = Discovery(
        sys.argv[1], 5000, lambda: watcher.addresses, lambda: tell(discovery.local_name)
    )
    async def keep(work):
        try:
            await work
        except Exception as error:
            tell(repr(error))
    tasks = [asyncio.ensure_future(keep(watcher.run())), asyncio.ensure_future(keep(discovery.run()))]
    asked = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(asked), sys.stdin)
    while line := await asked.readline():
        question = json.loads(line)
        if question == "heard?":
            tell(await discovery.is_heard())
        elif question == "problem?":
            tell([discovery.local_name, discovery.problem])
        elif question == "close":
            await discovery.close()
            tell("closed")
        else:
            await discovery.rename(question["rename"])
    await discovery.close()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)

asyncio.run(main())
"""
# Prints the addresses of a name, or null, as often as it is asked.
RESOLVE = """
import json, sys
from zeroconf import AddressResolverIPv4, DNSQuestionType, IPVersion, Zeroconf
zero = Zeroconf(interfaces=[sys.argv[1]], ip_version=IPVersion.V4Only)
for line in sys.stdin:
    resolver = AddressResolverIPv4(json.loads(line) + ".")
    found = resolver.request(zero, 2000, DNSQuestionType.QM)
    print(json.dumps(resolver.parsed_addresses(IPVersion.V4Only) if found else None), flush=True)
zero.close()
"""
# Prints what becomes of web services: [state, title, host, port, addresses].
BROWSE = """
import json, sys
from zeroconf import IPVersion, ServiceBrowser, Zeroconf
zero = Zeroconf(interfaces=[sys.argv[1]], ip_version=IPVersion.V4Only)

class Heard:
    def add_service(self, zero, kind, name):
        info = zero.get_service_info(kind, name)
        what = [info.server, info.port, info.parsed_addresses()] if info else []
        print(json.dumps(["added", name.removesuffix("." + kind), *what]), flush=True)
    def update_service(self, zero, kind, name):
        pass
    def remove_service(self, zero, kind, name):
        print(json.dumps(["removed", name.removesuffix("." + kind)]), flush=True)

browser = ServiceBrowser(zero, "_http._tcp.local.", listener=Heard())
sys.stdin.read()
zero.close()
"""


@pytest.fixture
def two() -> Iterator[list[Namespace]]:
    """Two machines on one network: 10.77.0.1 and 10.77.0.2."""
    with joined(2) as made:
        yield made


def chat(machine: Namespace, title: str = "Chat") -> Context[Program]:
    """A chat that announces itself on that machine."""
    return machine.start(sys.executable, "-W", "error", "-c", CHAT, title)


def resolver(machine: Namespace, ip: str) -> Context[Program]:
    """Somebody on that machine who looks names up."""
    return machine.start(sys.executable, "-c", RESOLVE, ip)


async def answer(program: Program, question: Any) -> Any:
    """What the program prints next, once asked."""
    program.tell(question)
    return await program.next()


async def test_the_other_machine_finds_the_chat_by_name_and_as_a_service(two: list[Namespace]) -> None:
    here, there = two
    async with chat(here, "Frühstück im 3. Stock") as running, resolver(there, "10.77.0.2") as visitor:
        await running.until("fruhstuck-im-3-stock.local")
        assert await answer(visitor, "fruhstuck-im-3-stock.local") == ["10.77.0.1"]
        async with there.start(sys.executable, "-c", BROWSE, "10.77.0.2") as browser:
            assert await browser.next() == [
                *("added", "Frühstück im 3 Stock", "fruhstuck-im-3-stock.local.", 5000, ["10.77.0.1"]),
            ]


async def test_the_echo_tells_whether_the_network_carries_our_name(two: list[Namespace]) -> None:
    need("nft", "nftables")
    here, _ = two
    async with chat(here) as running:
        await running.until("chat.local")
        assert await answer(running, "heard?") is True
        here.run("nft", "add table inet wall")
        here.run("nft", "add chain inet wall input { type filter hook input priority 0; }")
        here.run("nft", "add rule inet wall input udp dport 5353 drop")
        assert await answer(running, "heard?") is False


async def test_a_name_that_is_taken_gets_a_number(two: list[Namespace]) -> None:
    here, there = two
    async with chat(there) as first:
        await first.until("chat.local")
        async with chat(here) as second, resolver(there, "10.77.0.2") as visitor:
            await second.until("chat-2.local")
            assert await answer(visitor, "chat.local") == ["10.77.0.2"]
            assert await answer(visitor, "chat-2.local") == ["10.77.0.1"]


async def test_the_name_of_a_machine_that_runs_no_chat_is_left_to_it(two: list[Namespace], tmp_path: Path) -> None:
    need("avahi-daemon", "avahi-daemon")
    here, there = two
    configuration = tmp_path / "avahi.conf"
    configuration.write_text("[server]\nhost-name=chat\nenable-dbus=no\nallow-interfaces=eth0\n")
    # Its process number lies in /run, of which there is one for all namespaces.
    avahi = f"mount -t tmpfs none /run && exec avahi-daemon --no-rlimits --no-drop-root --no-chroot -f {configuration}"
    async with there.start("sh", "-c", avahi) as other, resolver(here, "10.77.0.1") as visitor:
        while await answer(visitor, "chat.local") != ["10.77.0.2"]:
            pass
        async with chat(here) as running:
            await running.until("chat-2.local")
        await other.kill()


async def test_of_two_that_start_at_once_each_has_its_own_name(two: list[Namespace]) -> None:
    here, there = two
    async with chat(here) as one, chat(there) as other, resolver(there, "10.77.0.2") as visitor:
        names = [await one.next(), await other.next()]
        # Whoever claimed the same name as the other at the same moment hears of it and takes the next.
        if names[0] == names[1]:
            await one.until("chat-2.local")
            names[0] = "chat-2.local"
        assert sorted(names) == ["chat-2.local", "chat.local"]
        for name, ip in zip(names, ("10.77.0.1", "10.77.0.2"), strict=True):
            assert await answer(visitor, name) == [ip]


async def test_two_networks_that_become_one_keep_the_names_apart(two: list[Namespace]) -> None:
    need("nft", "nftables")
    here, there = two
    there.run("nft", "add table netdev gap")
    for way in ("ingress", "egress"):
        hook = f"type filter hook {way} device eth0 priority 0; policy drop;"
        there.run("nft", f"add chain netdev gap {way} {{ {hook} }}")
    async with chat(here) as one, chat(there) as other:
        await one.until("chat.local")
        await other.until("chat.local")
        there.run("nft", "delete table netdev gap")
        async with resolver(there, "10.77.0.2") as visitor:
            # Both answer, and hear each other; the greater address keeps the name.
            assert await answer(visitor, "chat.local") is not None
            await one.until("chat-2.local")
            assert await answer(visitor, "chat-2.local") == ["10.77.0.1"]


async def test_a_closed_chat_says_goodbye(two: list[Namespace]) -> None:
    here, there = two
    async with chat(here) as running:
        await running.until("chat.local")
        async with (
            there.start(sys.executable, "-c", BROWSE, "10.77.0.2") as browser,
            resolver(there, "10.77.0.2") as visitor,
        ):
            assert (await browser.next())[:2] == ["added", "Chat"]
            assert await answer(visitor, "chat.local") == ["10.77.0.1"]
            assert await answer(running, "close") == "closed"
            assert await browser.next() == ["removed", "Chat"]
        async with resolver(there, "10.77.0.2") as visitor:
            assert await answer(visitor, "chat.local") is None


async def test_a_new_address_is_announced(two: list[Namespace]) -> None:
    here, there = two
    async with chat(here) as running, resolver(there, "10.77.0.2") as visitor:
        await running.until("chat.local")
        assert await answer(visitor, "chat.local") == ["10.77.0.1"]
        here.ip("address", "delete", "10.77.0.1/24", "dev", "eth0")
        await running.until(None)
        here.ip("address", "add", "10.77.0.50/24", "dev", "eth0")
        await running.until("chat.local")
        assert await answer(running, "heard?") is True
        async with resolver(there, "10.77.0.2") as newcomer:
            assert await answer(newcomer, "chat.local") == ["10.77.0.50"]


async def test_a_new_title_brings_a_new_name(two: list[Namespace]) -> None:
    here, there = two
    async with chat(here) as running, resolver(there, "10.77.0.2") as visitor:
        await running.until("chat.local")
        running.tell({"rename": "Reading Club"})
        await running.until("reading-club.local")
        assert await answer(visitor, "reading-club.local") == ["10.77.0.1"]
        assert await answer(visitor, "chat.local") is None


async def test_without_a_network_there_is_a_sentence_and_no_name() -> None:
    with machines(1) as (alone,):
        async with chat(alone) as running:
            assert await answer(running, "heard?") is False
            assert await answer(running, "problem?") == [
                *(None, "This machine is on no network with IPv4, so it has no name there."),
            ]
            alone.add("eth0", "192.168.4.4/24")
            await running.until("chat.local")


async def test_a_port_that_is_not_shared_is_a_sentence_and_tried_again(two: list[Namespace]) -> None:
    here, _ = two
    greedy = "import socket, sys; s = socket.socket(type=socket.SOCK_DGRAM); s.bind(('', 5353)); sys.stdin.read()"
    async with here.start(sys.executable, "-c", greedy) as other, chat(here) as running:
        found = None
        while found is None or found[1] is None:
            found = await answer(running, "problem?")
        assert found == [None, "No name could be announced on the network (Address already in use)."]
        await other.kill()
        running.tell({"rename": "Chat again"})
        await running.until("chat-again.local")

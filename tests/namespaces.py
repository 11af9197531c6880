"""Networks of this machine's own: namespaces joined by a cable, each with interfaces and programs of its own."""

import asyncio
import contextlib
import itertools
import json
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 30

_numbers = itertools.count()


def _why_not() -> str | None:
    """Return why this machine gives us no namespaces, or None."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "network namespaces need root on Linux"
    if shutil.which("ip") is None:
        return "network namespaces need the command ip (Debian: apt-get install iproute2)"
    name = f"chat-{os.getpid()}-probe"
    tried = subprocess.run(["ip", "netns", "add", name], capture_output=True, text=True, check=False)
    if tried.returncode != 0:
        return f"this machine makes no network namespaces: {tried.stderr.strip()}"
    subprocess.run(["ip", "netns", "delete", name], check=True)
    return None


class Namespace:
    """A machine, as far as the network goes; it has loopback and nothing else."""

    def __init__(self) -> None:
        self.name = f"chat-{os.getpid()}-{next(_numbers)}"
        _ip("netns", "add", self.name)
        # Addresses hold at once: one that is still being tried changes the network under a browser a second later.
        self.run("sysctl", "-qw", "net.ipv6.conf.all.accept_dad=0", "net.ipv6.conf.default.accept_dad=0")
        self.ip("link", "set", "lo", "up")

    def ip(self, *words: str) -> None:
        """Run the command ip in here."""
        _ip("-n", self.name, *words)

    def add(self, interface: str, address: str) -> None:
        """Give this machine an interface whose cable ends in itself, with an address such as 10.0.0.1/24."""
        self.ip("link", "add", interface, "type", "veth", "peer", "name", f"end-{interface}")
        self.ip("address", "add", address, "dev", interface)
        for end in (interface, f"end-{interface}"):
            self.ip("link", "set", end, "up")

    def run(self, *command: str) -> str:
        """Run a command in here; return what it printed."""
        inside = ["ip", "netns", "exec", self.name, *command]
        done = subprocess.run(inside, capture_output=True, text=True, check=False, timeout=PATIENCE, cwd=ROOT)
        assert done.returncode == 0, f"{command}: {done.stderr}"
        return done.stdout

    def python(self, code: str) -> Any:
        """Run Python in here; return the JSON it printed."""
        return json.loads(self.run(sys.executable, "-c", code))

    @asynccontextmanager
    async def start(self, *command: str) -> AsyncIterator["Program"]:
        """Start a program in here that ends, by its own will, when its input ends."""
        process = await asyncio.create_subprocess_exec(
            *("ip", "netns", "exec", self.name, *command),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            cwd=ROOT,
        )
        program = Program(process)
        try:
            yield program
        finally:
            await program.end()

    def remove(self) -> None:
        """Take this machine away."""
        _ip("netns", "delete", self.name)


class Program:
    """A program in a namespace that prints JSON, a value a line."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def next(self) -> Any:
        """The next value it prints."""
        assert self._process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            line = await self._process.stdout.readline()
        assert line, "the program has ended"
        return json.loads(line)

    async def until(self, value: Any) -> None:
        """Return when it has printed `value`."""
        while (await self.next()) != value:
            pass

    def tell(self, value: Any) -> None:
        """Give it a line of JSON."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(value).encode() + b"\n")

    async def end(self) -> None:
        """End its input and wait for it; what is still there after a while is killed."""
        if self._process.returncode is None:
            assert self._process.stdin is not None
            self._process.stdin.close()
            try:
                async with asyncio.timeout(PATIENCE):
                    await self._process.wait()
            except TimeoutError:
                self._process.kill()
                await self._process.wait()

    async def kill(self) -> None:
        """End it without a chance to say goodbye."""
        self._process.kill()
        await self._process.wait()


@contextlib.contextmanager
def machines(count: int) -> Iterator[list[Namespace]]:
    """Give machines without any cable; skips the test, with the reason, where there can be none."""
    reason = _why_not()
    if reason is not None:
        pytest.skip(reason)
    made: list[Namespace] = []
    try:
        for _ in range(count):
            made.append(Namespace())  # noqa: PERF401 - those made before a failure are taken away
        yield made
    finally:
        for one in made:
            one.remove()


@contextlib.contextmanager
def joined(count: int) -> Iterator[list[Namespace]]:
    """Give machines on one network: eth0 of each is 10.77.0.N/24 and leads to a switch, and the default route there."""
    with machines(count + 1) as (switch, *made):
        switch.ip("link", "add", "switch", "type", "bridge", "mcast_snooping", "0")
        switch.ip("link", "set", "switch", "up")
        for number, one in enumerate(made, 1):
            switch.ip("link", "add", f"port{number}", "type", "veth", "peer", "name", "eth0", "netns", one.name)
            switch.ip("link", "set", f"port{number}", "master", "switch", "up")
            one.ip("address", "add", f"10.77.0.{number}/24", "dev", "eth0")
            one.ip("link", "set", "eth0", "up")
            one.ip("route", "add", "default", "via", "10.77.0.254")
        yield made


def need(command: str, package: str) -> None:
    """Skip the test where a command of the system is not installed."""
    if shutil.which(command) is None:
        pytest.skip(f"needs the command {command} (Debian: apt-get install {package})")


def _ip(*words: str) -> None:
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"ip {' '.join(words)}: {done.stderr}"

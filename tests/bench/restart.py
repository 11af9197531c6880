"""How long people are away when the server is restarted: `python -m tests.bench.restart [people] [--kill]`.

People with the page's rules of reconnection (frontend/src/socket.js) are in one room. The server is stopped, or killed,
and started again on the same data. Printed is when people were back in the room and had synced, counted from when the
server listened again and from when it was told to end.
"""

import argparse
import asyncio
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from tests.bench.servers import free_port

ROOM = "general"
FIRST_DELAY, LAST_DELAY, GROWTH, LEAST = 1.0, 2.0, 1.6, 0.25
"""Seconds, as in frontend/src/socket.js."""
CONNECT_TIMEOUT = 5.0


@dataclass
class Person:
    """One page: its token, and the last change it knows of."""

    port: int
    name: str
    token: str = ""
    rev: int = 0
    history: str = ""
    back_at: float = 0.0
    tried_at: float = 0.0
    _acks: int = 0

    async def come(self) -> ClientConnection:
        """Connect, be admitted, come into the room and catch up."""
        self.tried_at = time.monotonic()
        url = f"ws://127.0.0.1:{self.port}/socket.io/?EIO=4&transport=websocket"
        line = await connect(url, proxy=None, ping_interval=None, open_timeout=CONNECT_TIMEOUT, compression=None)
        await self._until(line, "0")
        await line.send("40" + (json.dumps({"token": self.token}) if self.token else ""))
        await self._until(line, "40")
        if not self.token:
            self.token = (await self._ask(line, "set_username", {"username": self.name}))["token"]
        joined = await self._ask(line, "join_room", {"room": ROOM})
        if self.history:
            await self._catch_up(line)
        self.history = joined["history_id"]
        self.rev = max(self.rev, joined["rev"])
        return line

    async def stay(self, line: ClientConnection) -> None:
        """Hear everything, until the connection ends."""
        try:
            async for packet in line:
                if packet == "2":
                    await line.send("3")
                elif str(packet).startswith('42["new_message"'):
                    self.rev = json.loads(packet[2:])[1]["rev"]
        except WebSocketException:
            return

    async def come_back(self, line: ClientConnection) -> ClientConnection:
        """Stay, and when the connection has ended try as the page does, until it is back."""
        await self.stay(line)
        failures = 0
        while True:
            delay = min(FIRST_DELAY * GROWTH**failures, LAST_DELAY)
            await asyncio.sleep(delay * random.uniform(LEAST, 1))
            try:
                line = await self.come()
            except (OSError, WebSocketException, TimeoutError):
                failures += 1
                continue
            self.back_at = time.monotonic()
            return line

    async def _catch_up(self, line: ClientConnection) -> None:
        while True:
            asked = {"history_id": self.history, "rooms": {ROOM: self.rev}}
            room = (await self._ask(line, "sync", asked))["rooms"][ROOM]
            self.rev = room["rev"]
            if not room.get("more"):
                return

    async def _ask(self, line: ClientConnection, event: str, payload: Any) -> Any:
        self._acks += 1
        await line.send(f"42{self._acks}" + json.dumps([event, payload]))
        packet = await self._until(line, f"43{self._acks}[")
        answer = json.loads(packet[packet.index("[") :])[0]
        if not answer["ok"]:
            raise RuntimeError(f"{event} was refused: {answer}")
        return answer

    async def _until(self, line: ClientConnection, beginning: str) -> str:
        while True:
            packet = str(await line.recv())
            if packet == "2":
                await line.send("3")
            if packet.startswith(beginning):
                return packet


class Chat:
    """The server, which can be stopped and started again."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._folder = folder

    async def start(self) -> float:
        """Start; when it listened, in monotonic seconds."""
        command = [sys.executable, "-m", "chatapp", "serve", "--host", "127.0.0.1", "--port", str(self.port)]
        self._process = await asyncio.create_subprocess_exec(
            *command,
            "--data-dir",
            str(self._folder),
            env={**os.environ, "CHATAPP_RATE_LIMIT": "off"},
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        while self._process.returncode is None:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
            except OSError:
                await asyncio.sleep(0.01)
            else:
                writer.close()
                return time.monotonic()
        raise RuntimeError("The server ended before it served.")

    async def stop(self, number: int) -> None:
        """End it by a signal."""
        self._process.send_signal(number)
        await self._process.wait()


async def measure(people: int, number: int) -> None:
    """Restart once, and print."""
    with tempfile.TemporaryDirectory() as folder:
        chat = Chat(Path(folder))
        await chat.start()
        crowd = [Person(chat.port, f"Person-{place}") for place in range(people)]
        lines = [await person.come() for person in crowd]
        async with asyncio.TaskGroup() as group:
            pairs = zip(crowd, lines, strict=True)
            returning = [group.create_task(person.come_back(line)) for person, line in pairs]
            await lines[0].send('42["send_message",{"message":"Before"}]')
            stopped_at = time.monotonic()
            await chat.stop(number)
            listened_at = await chat.start()
        report(crowd, stopped_at, listened_at)
        for task in returning:
            task.result().transport.abort()
        await chat.stop(signal.SIGTERM)


def report(crowd: list[Person], stopped_at: float, listened_at: float) -> None:
    """Print."""
    for since, name in ((listened_at, "listened again"), (stopped_at, "was told to end")):
        times = sorted(max(person.back_at - since, 0) for person in crowd)
        shares = {share: times[min(len(times) - 1, int(len(times) * share))] for share in (0.5, 0.9, 0.99)}
        told = ", ".join(f"p{share * 100:.0f} {seconds:.2f} s" for share, seconds in shares.items())
        print(f"back and caught up after the server {name}: {told}, all {times[-1]:.2f} s")
    quarters = Counter(int((person.tried_at - listened_at) * 4) for person in crowd)
    took = sorted(person.back_at - person.tried_at for person in crowd)
    print(f"most attempts in a quarter of a second: {max(quarters.values())} of {len(crowd)}")
    half, last = (round(took[place] * 1000) for place in (len(took) // 2, -1))
    print(f"from the attempt that succeeds to being caught up: p50 {half} ms, most {last} ms")


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("people", nargs="?", type=int, default=200)
    parser.add_argument("--kill", action="store_true", help="kill -9 instead of SIGTERM")
    parser.add_argument("--runs", type=int, default=3)
    asked = parser.parse_args()
    for _ in range(asked.runs):
        asyncio.run(measure(asked.people, signal.SIGKILL if asked.kill else signal.SIGTERM))


if __name__ == "__main__":
    main()

"""People talk while the server is killed and started again on the same data, over and over.

Held against the history in the end, and all along by the ledger: acked = stored, each once, every author's order kept,
seq and rev without gap or repetition over all the restarts, and nothing told to anybody that is not stored as told.
What it cannot show is that a commit outlives a loss of power: a killed process leaves what it wrote to the system.
"""

import asyncio
import logging
import random
import sqlite3
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.crowd import Ledger, Person, history
from tests.links import LOST, RawLink
from tests.raw import PollingLine, WebSocketLine
from tests.soak.process import ServerProcess

ROOMS = ("general", "tech")
PATIENCE = 60.0
AT_THE_START = 0.15
"""The share of kills that meet the server while it starts."""
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Summary:
    """What came of it."""

    kills: int
    people: int
    acked: int
    repeated: int
    stored: int
    seconds: float

    def __str__(self) -> str:
        return (
            f"{self.kills} kills, {self.people} people: {self.acked} changes acked, {self.repeated} asked again, "
            f"{self.stored} messages stored, {self.seconds:.1f} s ({self.seconds / max(self.kills, 1):.2f} s a kill)"
        )


class Killing:
    """One run. `people` talk, every fourth of them by polling; they hear up to `life` packets between two kills."""

    def __init__(self, data_dir: Path, port: int, *, kills: int, seed: int, people: int, life: int = 600) -> None:
        self._server = ServerProcess(data_dir, port)
        self._data_dir = data_dir
        self._kills = kills
        self._life = life
        self._random = random.Random(seed)
        self._ledger = Ledger()
        self._serves = asyncio.Event()
        self._people = [self._person(number, seed) for number in range(people)]

    async def run(self) -> Summary:
        """Kill and check. Raises AssertionError, or an ExceptionGroup with one, at the first thing that is wrong."""
        begun = time.monotonic()
        try:
            await self._server.begin()
            await self._server.serves()
            for person in self._people:
                await person.register(self._server.url)
            async with asyncio.TaskGroup() as group:
                living = [group.create_task(self._live(person)) for person in self._people]
                for kill in range(self._kills):
                    await self._one_life(kill)
                await self._come_to_rest()
                for task in living:
                    task.cancel()
            stored = await self._check()
            await self._server.stop()
        finally:
            await self._server.kill()
        self._check_files()
        ledger, seconds = self._ledger, time.monotonic() - begun
        return Summary(self._kills, len(self._people), ledger.acked, ledger.repeated, stored, seconds)

    def _person(self, number: int, seed: int) -> Person:
        line = PollingLine if number % 4 == 3 else WebSocketLine
        url = self._server.url
        room = ROOMS[number % len(ROOMS)]
        person = Person(f"Person-{number}", room, f"{seed}/{number}", self._ledger, lambda: RawLink(line(url, {})))
        person.work = 1 << 60
        return person

    async def _live(self, person: Person) -> None:
        while True:
            await self._serves.wait()
            with suppress(*LOST):
                await person.connect_and_talk()

    async def _one_life(self, number: int) -> None:
        """Let the server live for a random while, counted in what people hear, and kill it."""
        self._serves.set()
        heard = self._ledger.heard + self._random.randint(1, self._life)
        async with asyncio.timeout(PATIENCE):
            await self._ledger.until(lambda: self._ledger.heard >= heard)
        await asyncio.sleep(self._random.uniform(0, 0.01))
        self._serves.clear()
        await self._server.kill()
        log.info("kill %s: %s acked", number + 1, self._ledger.acked)
        await self._server.begin()
        if self._random.random() < AT_THE_START:
            await asyncio.sleep(self._random.uniform(0, 0.3))
            await self._server.kill()
            await self._server.begin()
        await self._server.serves()

    async def _come_to_rest(self) -> None:
        """Wait until all is acked and everybody has heard the last of it."""
        for person in self._people:
            person.work = 0
        self._serves.set()
        async with asyncio.timeout(PATIENCE):
            await self._ledger.until(lambda: all(person.is_done for person in self._people))
            await self._ledger.until(lambda: all(person.has_heard_all for person in self._people))

    async def _check(self) -> int:
        stored = {room: await history(self._server.url, room) for room in ROOMS}
        for room, messages in stored.items():
            self._ledger.check(room, messages)
        for person in self._people:
            person.check(stored[person.room])
        return sum(map(len, stored.values()))

    def _check_files(self) -> None:
        logged = self._server.log.read_text()
        assert "Traceback" not in logged, logged
        assert " ERROR " not in logged, logged
        connection = sqlite3.connect(self._data_dir / "chat.sqlite3")
        assert connection.execute("pragma integrity_check").fetchall() == [("ok",)]
        assert connection.execute("pragma foreign_key_check").fetchall() == []
        connection.close()

"""The origins of the last seven days."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from chatapp.services import origins as service
from chatapp.services.origins import Origins, origin_of
from chatapp.storage.database import Database
from chatapp.storage.migrate import migrate
from chatapp.storage.writer import Ids, Writer

FIRST, SECOND, THIRD = "http://192.168.1.5:5000", "http://10.0.0.7:5000", "http://[fd00::7]:5000"


class Desk:
    """Origins on a database, and a clock that the test moves."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.now = 1_000_000
        self.database = Database(path)
        self.writer = Writer(self.database, Ids(0), lambda _: None)
        self.origins = self.begin()

    def begin(self) -> Origins:
        """What a start of the program begins with."""
        return Origins(self.database, self.writer, lambda: self.now)

    def stored(self) -> dict[str, int]:
        """Origin → when it was last seen."""
        with closing(sqlite3.connect(self.path)) as connection:
            return dict(connection.execute("SELECT origin, seen_at FROM origins").fetchall())


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """A desk at work."""
    path = tmp_path / "chat.sqlite3"
    await asyncio.to_thread(migrate, path)
    desk = Desk(path)
    async with asyncio.TaskGroup() as group:
        group.create_task(desk.writer.run())
        yield desk
        desk.writer.close()
    await desk.database.close()


async def test_what_is_present_is_recent_with_its_twin(desk: Desk) -> None:
    assert desk.origins.recent == frozenset()
    await desk.origins.keep([FIRST, THIRD])
    twins = {"https://192.168.1.5:5000", "https://[fd00::7]:5000"}
    assert desk.origins.recent == {FIRST, THIRD, *twins}


async def test_what_has_gone_stays_recent_for_seven_days_also_after_a_restart(desk: Desk) -> None:
    await desk.origins.keep([FIRST])
    desk.now += 30 * service.KEPT_MS
    await desk.origins.keep([SECOND])
    assert desk.stored() == {FIRST: desk.now, SECOND: desk.now}  # it was there until then
    restarted = desk.begin()
    desk.now += service.KEPT_MS
    await restarted.keep([SECOND])
    assert FIRST in restarted.recent
    desk.now += service.NOTED_EVERY_MS
    await restarted.keep([SECOND])
    assert FIRST not in restarted.recent
    assert desk.stored() == {SECOND: desk.now}


async def test_what_stays_is_noted_hourly_and_not_more_often(desk: Desk) -> None:
    await desk.origins.keep([FIRST])
    began = desk.now
    desk.now += service.NOTED_EVERY_MS - 1
    await desk.origins.keep([FIRST])
    assert desk.stored() == {FIRST: began}
    desk.now += 1
    await desk.origins.keep([FIRST])
    assert desk.stored() == {FIRST: desk.now}


async def test_nothing_present_is_no_error(desk: Desk) -> None:
    await desk.origins.keep([])
    assert desk.origins.recent == frozenset()


def test_origins_are_written_as_browsers_do() -> None:
    written = {
        "http://Chat.local:5000/": "http://chat.local:5000",
        "http://192.168.1.5:80": "http://192.168.1.5",
        "https://192.168.1.5:443/x#y": "https://192.168.1.5",
        "https://192.168.1.5:80": "https://192.168.1.5:80",
        "http://[FD00::7]": "http://[fd00::7]",
    }
    assert {url: origin_of(url) for url in written} == written


async def test_twins_of_usual_ports_are_of_the_same_port(desk: Desk) -> None:
    await desk.origins.keep(["http://192.168.1.5", "https://[fd00::7]"])
    assert desk.origins.recent == {
        "http://192.168.1.5",
        "https://192.168.1.5:80",
        "https://[fd00::7]",
        "http://[fd00::7]:443",
    }

"""Bad days: disks that are full or cannot be written, data that is gone or damaged. People and hosts are told, what was
acknowledged is there, and the chat goes on by itself when the cause has passed. All of that is in the log too.
"""

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, AsyncExitStack, closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from chatapp.data_folder import DATABASE
from chatapp.services import troubles
from chatapp.settings import Settings
from chatapp.storage import health
from tests.conftest import Client, Served
from tests.disks import fill, forbid_writing, real_disk, small_disk
from tests.order import Somebody, appear

Begin = Callable[..., Any]

# Overwrites the first page of a table, with noise or with what is given: in a process of its own, since closing a file
# gives up the locks SQLite has on it.
SPOIL = """
import sqlite3, sys
path, table, page = sys.argv[1:]
connection = sqlite3.connect(path)
connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
root = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()[0]
connection.close()
with open(path, "r+b") as file:
    file.seek((root - 1) * 4096)
    before = file.read(4096)
    file.seek((root - 1) * 4096)
    file.write(bytes.fromhex(page) or b"\\xa5" * 4096)
print(before.hex())
"""


def spoil(path: Path, table: str, page: str = "") -> str:
    """Overwrite a page in a database that is in use; return what it was."""
    done = subprocess.run(
        [sys.executable, "-c", SPOIL, str(path), table, page], check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """What has passed is seen soon."""
    monkeypatch.setattr(troubles, "LOOK_AGAIN", 0.05)
    monkeypatch.setattr(troubles, "READ_AGAIN", 0.1)


class Day:
    """A chat with its host, Ho, who listens, and what was acknowledged in it."""

    def __init__(self, chat: Served, ho: Somebody, line: Client) -> None:
        self.chat = chat
        self.path = chat.settings.data_dir / DATABASE
        self.ho = ho
        self.line = line
        self.acked: list[str] = []

    async def say(self, text: str) -> dict[str, Any]:
        """Send a message; return its ack."""
        answer = await self.line.call("send_message", {"room": "general", "message": text})
        if answer["ok"]:
            self.acked.append(text)
        return answer

    async def say_until(self, code: str | None) -> dict[str, Any]:
        """Send messages of some length until they are answered so: with this error, or None for an ack that is good."""
        async with asyncio.timeout(20):
            while True:
                answer = await self.say(f"{len(self.acked)} {'x' * 3000}")
                if (answer.get("error") or {}).get("code") == code:
                    return answer

    async def heard(self, *kinds: str) -> None:
        """Wait until the host has been told that this is wrong, and nothing else."""
        await self.line.wait("trouble_changed", lambda told: [one["kind"] for one in told["trouble"]] == [*kinds])

    async def forget(self) -> None:
        """Hear from now on only what comes."""
        self.line.heard.clear()

    async def overview(self) -> list[str]:
        """What is wrong as the host's panel shows it."""
        found = (await self.ho.http.get("/api/admin/overview")).json()
        return [one["kind"] for one in found.get("trouble", [])]

    async def stored(self) -> list[str]:
        """The messages there are, the newest two hundred."""
        page = await self.ho.http.get("/api/rooms/general/messages?limit=200")
        assert page.status_code == 200, page.text
        return [one["message"] for one in page.json()["messages"]]


@pytest.fixture
async def begin() -> AsyncIterator[Begin]:
    """Begins a chat in a folder, with its host, who listens."""
    async with AsyncExitStack() as stack:

        async def start(folder: Path, disk: AbstractContextManager[Path] | None = None) -> Day:
            if disk is not None:
                # It goes when the chat has ended that lies on it.
                stack.enter_context(disk)
            folder.mkdir()  # noqa: ASYNC240 - a folder of the test's own
            chat = Served(replace(Settings(data_dir=folder), rate_limit=False))
            await chat.start()
            stack.push_async_callback(chat.stop)
            ho = await appear(chat.url, "Ho", "host")
            stack.push_async_callback(ho.http.aclose)
            line = Client("websocket")
            await line.connect(chat.url, auth={"token": ho.token})
            stack.push_async_callback(line.close)
            await line.ok("join_room", {"room": "general"})
            day = Day(chat, ho, line)
            assert (await day.say("Good morning"))["ok"]
            return day

        yield start


async def test_on_a_full_disk_people_read_and_are_told_and_write_again_when_there_is_room(
    begin: Begin, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    disk = tmp_path / "disk"
    day = await begin(disk / "data", small_disk(disk))
    ballast = await asyncio.to_thread(fill, disk)
    refused = await day.say_until("unavailable")
    assert refused["error"]["message"] == (
        "The disk of the server is full, so nothing can be stored at the moment. Your text is kept."
    )
    assert refused["error"]["retry_after"] == 5
    await day.heard("full")
    assert await day.overview() == ["full"]
    assert await day.stored() == day.acked[-200:]
    joined = await day.line.ok("join_room", {"room": "general"})
    assert [one["message"] for one in joined["messages"]] == day.acked[-50:]
    await day.forget()
    await asyncio.to_thread(ballast.unlink)
    await day.heard()
    assert (await day.say("There is room again"))["ok"]
    assert await day.overview() == []
    await day.chat.restart()
    assert await day.stored() == day.acked[-200:]
    caplog.clear()


async def test_without_room_no_backup_is_made_and_the_host_is_told(
    begin: Begin, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    disk = tmp_path / "disk"
    day = await begin(disk / "data", small_disk(disk))
    ballast = await asyncio.to_thread(fill, disk)
    refused = await day.ho.http.post("/api/admin/backups")
    assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
    assert "Make room" in refused.json()["error"]
    assert (await day.ho.http.get("/api/admin/backups")).json()["backups"] == []
    await asyncio.to_thread(ballast.unlink)
    await day.say_until(None)
    assert (await day.ho.http.post("/api/admin/backups")).status_code == 201
    caplog.clear()


async def test_a_disk_that_cannot_be_written_is_read_and_written_again_when_it_can(
    begin: Begin, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    disk = tmp_path / "disk"
    day = await begin(disk / "data", real_disk(disk))
    await asyncio.to_thread(forbid_writing, disk / "data", forbidden=True)
    try:
        refused = await day.say("Into the void")
        assert refused["error"]["code"] == "unavailable"
        assert refused["error"]["message"].startswith("The disk of the server cannot be written")
        await day.heard("read_only")
        assert await day.overview() == ["read_only"]
        assert await day.stored() == day.acked
        await day.forget()
    finally:
        await asyncio.to_thread(forbid_writing, disk / "data", forbidden=False)
    await day.heard()
    assert (await day.say("It can be written again"))["ok"]
    assert await day.stored() == day.acked
    caplog.clear()


async def test_nothing_is_stored_into_a_folder_that_was_moved_away_and_all_goes_on_when_it_is_back(
    begin: Begin, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    day = await begin(tmp_path / "data")
    (tmp_path / "data").rename(tmp_path / "elsewhere")
    refused = await day.say("Nobody would find this")
    assert refused["error"]["code"] == "unavailable"
    assert "is not where it was" in refused["error"]["message"]
    await day.heard("gone")
    assert await day.overview() == ["gone"]
    assert (await day.ho.http.get("/readyz")).status_code == 503
    assert await day.stored() == day.acked
    found = await health.in_use(day.chat.app._database)
    assert found.problem is not None
    assert "is not where it was" in found.problem
    assert not (tmp_path / "data").exists(), "nothing is made where it was"
    await day.forget()
    (tmp_path / "elsewhere").rename(tmp_path / "data")
    await day.heard()
    assert (await day.say("Here we are again"))["ok"]
    assert await day.stored() == day.acked
    caplog.clear()


async def test_a_folder_that_vanishes_is_noticed_though_nobody_writes(
    begin: Begin, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    day = await begin(tmp_path / "data")
    (tmp_path / "data" / DATABASE).rename(tmp_path / "kept")
    await day.heard("gone")
    await day.forget()
    # Another file in its place is not the one that is written to.
    with closing(sqlite3.connect(day.path)) as other:
        other.execute("CREATE TABLE other (id)")
    refused = await day.say("To whom?")
    assert refused["error"]["code"] == "unavailable"
    (tmp_path / "kept").replace(day.path)
    await day.heard()
    assert (await day.say("To us"))["ok"]
    assert await day.stored() == day.acked
    caplog.clear()


async def test_a_damaged_page_is_told_and_what_does_not_need_it_goes_on(
    begin: Begin, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    day = await begin(tmp_path / "data")
    await day.say_until(None)
    page = await asyncio.to_thread(spoil, day.path, "messages")
    # What a connection remembers of the disk, it reads anew when somebody has written.
    await day.line.ok("join_room", {"room": "tech"})
    await day.line.call("send_message", {"room": "tech", "message": "Does it hold?"})
    broken = await day.ho.http.get("/api/rooms/general/messages")
    assert (broken.status_code, broken.json()["code"]) == (503, "unavailable")
    await day.heard("damaged")
    assert await day.overview() == ["damaged"]
    assert (await day.ho.http.get("/api/rooms")).status_code == 200
    await day.forget()
    await asyncio.to_thread(spoil, day.path, "messages", page)
    await day.heard()
    assert await day.stored() == day.acked
    assert (await day.say("It holds again"))["ok"]
    caplog.clear()


async def test_the_daily_backup_finds_a_damaged_page_that_nobody_reads(
    begin: Begin, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    day = await begin(tmp_path / "data")
    page = await asyncio.to_thread(spoil, day.path, "edits")
    await day.chat.app._backups.work(datetime.now().astimezone())
    await day.heard("backup", "damaged")
    await asyncio.to_thread(spoil, day.path, "edits", page)
    await day.heard("backup")
    await day.chat.app._backups.work(datetime.now().astimezone())
    await day.heard()
    caplog.clear()

"""The archive that a cleanup writes before it takes anything, into a folder of the host's choice."""

import asyncio
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from chatapp import keeping
from chatapp.errors import StartRefused
from chatapp.settings import Settings
from chatapp.storage.archive_folder import ArchiveFile
from tests.conftest import Serve
from tests.integration.test_messages import bearer, sign_in
from tests.integration.test_retention import execute, kept, say
from tests.integration.test_trash import actions, host_of, trims


@pytest.fixture
def transport() -> str:
    """How people are connected does not matter here."""
    return "websocket"


@pytest.fixture
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that is not there yet, outside of the data folder."""
    return tmp_path_factory.mktemp("elsewhere") / "shelf"


async def choose(host: httpx.AsyncClient, **choice: Any) -> httpx.Response:
    """Choose something."""
    return await host.patch("/api/admin/choices", json=choice)


def files(shelf: Path) -> list[Path]:
    """What lies in the folder, by name."""
    return sorted(shelf.iterdir())


def leave_half(shelf: Path) -> None:
    """Leave what a kill leaves."""
    file = ArchiveFile(shelf, "general", "general-1-9-20260101-033000.ndjson")
    file.write(b"Half of")
    file._file.close()


def seqs(file: Path) -> list[int]:
    """Which messages a file of lines has."""
    return [json.loads(line)["seq"] for line in file.read_text(encoding="utf-8").splitlines()]


async def standing(host: httpx.AsyncClient) -> list[str]:
    """What is wrong, as the host is told."""
    return [one["kind"] for one in (await host.get("/api/admin/overview")).json().get("trouble", [])]


async def test_what_a_cleanup_takes_is_archived_before(serve: Serve, shelf: Path) -> None:
    chat = await serve(retention_messages=1, rate_limit=False)
    await say(chat, 4)
    async with host_of(chat) as host:
        assert (await host.get("/api/admin/overview")).json()["archive_folder"] == ""
        assert (await choose(host, archive_folder=str(shelf))).json()["archive_folder"] == str(shelf)
        assert [one["messages"] for one in (await host.post("/api/admin/cleanup")).json()["rooms"]] == [3]
        page, lines = files(shelf)
        assert (page.suffix, lines.suffix, page.stem) == (".html", ".ndjson", lines.stem)
        assert lines.name.startswith("general-1-3-")
        assert seqs(lines) == [1, 2, 3]
        text = page.read_text(encoding="utf-8")
        assert "Number 3" in text
        assert "Number 4" not in text
        if os.name != "nt":
            assert lines.stat().st_mode & 0o777 == 0o600
        noted = json.loads((await execute(chat, "SELECT detail FROM audit WHERE action = 'history_archived'"))[0][0])
        assert noted == {"files": [page.name, lines.name]}
        # What was brought back is archived again when it goes again.
        await host.delete(f"/api/admin/trims/{(await trims(host))[0]['id']}")
        await host.delete("/api/admin/rooms/general/hold")
        assert (await choose(host, archive_folder="")).json()["archive_folder"] == ""
        await host.post("/api/admin/cleanup")
    assert len(files(shelf)) == 2
    assert await kept(chat) == [4]


async def test_what_cannot_be_archived_stays_and_the_host_is_told(
    serve: Serve, shelf: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    chat = await serve(retention_messages=1, rate_limit=False)
    await say(chat, 3)
    await say(chat, 2, "tech")
    write = ArchiveFile.write

    def fail(file: ArchiveFile, piece: bytes) -> None:
        if file.name.startswith("general"):
            raise OSError(28, "No space left on device")
        write(file, piece)

    async with host_of(chat) as host:
        await choose(host, archive_folder=str(shelf))
        with monkeypatch.context() as patch:
            patch.setattr(ArchiveFile, "write", fail)
            went = (await host.post("/api/admin/cleanup")).json()["rooms"]
        assert [one["room"] for one in went] == ["tech"]
        assert await kept(chat) == [1, 2, 3]
        assert await standing(host) == ["archive"]
        assert {path.name.partition("-")[0] for path in files(shelf)} == {"tech"}
        assert "cannot be archived in" in caplog.text
        assert [one["room"] for one in (await host.post("/api/admin/cleanup")).json()["rooms"]] == ["general"]
        assert await standing(host) == []
    assert await kept(chat) == [3]
    caplog.clear()


async def test_a_folder_that_has_gone_keeps_everything(
    serve: Serve, shelf: Path, caplog: pytest.LogCaptureFixture
) -> None:
    chat = await serve(retention_messages=1, rate_limit=False)
    await say(chat, 2)
    async with host_of(chat) as host:
        await choose(host, archive_folder=str(shelf))
        os.rmdir(shelf)  # noqa: PTH106 - a test may wait
        assert (await host.post("/api/admin/cleanup")).json()["rooms"] == []
        assert await standing(host) == ["archive"]
        # Whoever wants none any more is told of none.
        await choose(host, archive_folder="")
        assert [one["room"] for one in (await host.post("/api/admin/cleanup")).json()["rooms"]] == ["general"]
        assert await standing(host) == []
    caplog.clear()


@pytest.mark.parametrize(
    ("folder", "why"),
    [
        (lambda _: "archive", "must be named by its whole path"),
        (lambda _: "/tmp/\n", "must be named by its whole path"),
        (str, "must not lie in the data folder"),
        (lambda data: str(data / "backups" / "more"), "must not lie in the data folder"),
        (lambda data: str(data / ".." / data.name / "in"), "must not lie in the data folder"),
        (lambda data: str(data.with_name("link") / "in"), "must not lie in the data folder"),
        (lambda data: str(data / "chat.sqlite3" / ".." / ".." / "file" / "in"), "cannot be written"),
    ],
)
async def test_a_folder_that_cannot_be_is_refused(
    serve: Serve, tmp_path: Path, folder: Callable[[Path], str], why: str
) -> None:
    tmp_path.with_name("link").unlink(missing_ok=True)
    tmp_path.with_name("link").symlink_to(tmp_path)
    tmp_path.with_name("file").write_text("A file")
    chat = await serve()
    async with host_of(chat) as host, httpx.AsyncClient(base_url=chat.url) as http:
        answer = await choose(host, archive_folder=folder(tmp_path))
        assert (answer.status_code, answer.json()["field"]) == (400, "archive_folder")
        assert why in answer.json()["error"]
        http.headers.update(bearer(await sign_in(http, "Bo")))
        assert (await choose(http, archive_folder=folder(tmp_path))).status_code == 404
    assert not (tmp_path / "in").exists()


@pytest.mark.parametrize("is_operators", [False, True])
async def test_of_closed_rooms_only_the_operator_has_archives(serve: Serve, shelf: Path, *, is_operators: bool) -> None:
    chat = await serve(retention_messages=1, rate_limit=False, archive_folder=shelf if is_operators else None)
    await say(chat, 2)
    names = {"general", "private"} if is_operators else {"general"}
    async with host_of(chat) as host, httpx.AsyncClient(base_url=chat.url) as http:
        http.headers.update(bearer(await sign_in(http, "Ada")))
        made = await http.post("/api/rooms", json={"name": "Plans", "private": True})
        for _ in range(2):
            await http.post(f"/api/rooms/{made.json()['id']}/messages", json={"message": "Hush"})
        answer = await choose(host, archive_folder=str(shelf))
        assert (await choose(host, archive_folder=str(shelf.with_name("other")))).is_success is not is_operators
        assert (await choose(host, archive_folder=str(shelf))).is_success
        assert answer.json()["fixed"] == ["archive_folder", "retention_messages"][not is_operators :]
        assert len((await host.post("/api/admin/cleanup")).json()["rooms"]) == 2
    assert {path.name.split("-")[0] for path in files(shelf)} == names
    # Whoever reads the log need not belong to the room.
    assert "private-" not in str(await execute(chat, "SELECT subject, detail FROM audit"))
    assert len([act for act in await actions(chat) if act[1] == "history_archived"]) == len(names)


def test_a_setting_that_cannot_be_refuses_the_start(tmp_path: Path) -> None:
    with pytest.raises(StartRefused, match="must not lie in the data folder"):
        keeping.fixed(Settings(data_dir=tmp_path, archive_folder=tmp_path / "in"))


async def test_the_number_of_messages_is_a_choice_unless_a_setting_says_it(serve: Serve) -> None:
    chat = await serve(rate_limit=False)
    await say(chat, 5)
    async with host_of(chat) as host:
        assert (await host.get("/api/admin/overview")).json()["retention_messages"] == 0
        assert (await choose(host, retention_messages=2)).json()["retention_messages"] == 2
        assert (await host.get("/api/rooms")).json()["general"]["keeps"] == {"days": 365, "messages": 2}
        for wrong in (-1, 10**9 + 1):
            refused = await choose(host, retention_messages=wrong)
            assert (refused.status_code, refused.json()["field"]) == (400, "retention_messages")
        await host.post("/api/admin/cleanup")
    assert await kept(chat) == [4, 5]


async def test_a_setting_of_the_number_is_no_choice(serve: Serve) -> None:
    chat = await serve(retention_messages=7)
    async with host_of(chat) as host:
        assert (await host.get("/api/admin/overview")).json()["fixed"] == ["retention_messages"]
        assert (await choose(host, retention_messages=9)).status_code == 409
        assert (await choose(host, retention_messages=7)).is_success


async def test_one_cleanup_goes_after_the_other(serve: Serve, shelf: Path) -> None:
    chat = await serve(retention_messages=1, rate_limit=False)
    await say(chat, 3)
    async with host_of(chat) as host:
        await choose(host, archive_folder=str(shelf))
        first, second = await asyncio.gather(chat.app._retention.clean(), chat.app._retention.clean())
    assert ([trim.messages for trim in first], second) == ([2], [])
    assert len(files(shelf)) == 2


async def test_what_a_kill_left_is_written_over(serve: Serve, shelf: Path) -> None:
    chat = await serve(retention_messages=1, rate_limit=False)
    await say(chat, 3)
    async with host_of(chat) as host:
        await choose(host, archive_folder=str(shelf))
        leave_half(shelf)
        assert [path.name for path in files(shelf)] == [".general.ndjson.part"]
        await host.post("/api/admin/cleanup")
    assert sorted(path.suffix for path in files(shelf)) == [".html", ".ndjson"]
    assert seqs(files(shelf)[1]) == [1, 2]

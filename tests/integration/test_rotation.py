"""The scheduled backups: when they are made, what is taken away, and that nothing else is touched."""

import asyncio
import os
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from chatapp.data_folder import BACKUPS
from chatapp.domain.copies import MAKERS, maker
from chatapp.errors import StartRefused
from chatapp.services import retention
from chatapp.storage import backups, copying, marks, rotation
from tests.conftest import Served
from tests.order import Appear

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
KEPT_FOREVER = 0


@pytest.fixture
def path(tmp_path: Path, empty_database: Path) -> Path:
    """A data folder's database."""
    path = Path(shutil.copy(empty_database, tmp_path))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("INSERT INTO installation VALUES ('here', 'first history', 5)")
    return path


@pytest.fixture
def folder(path: Path) -> Path:
    """Where its backups lie."""
    return path.parent / BACKUPS


def aged(folder: Path, stem: str, age: timedelta) -> Path:
    """A backup of this age, with a mark."""
    at = NOW - age
    made = folder / f"{stem}-{at:%Y%m%d-%H%M%S}.sqlite3"
    source = next(folder.glob("chat-*.sqlite3"))
    shutil.copy(source, made)
    os.utime(made, (at.timestamp(), at.timestamp()))
    rotation.prove(folder, made.name)
    return made


def names(folder: Path) -> set[str]:
    """The backups there are."""
    return {one.name for one in folder.glob("*.sqlite3")}


def test_a_scheduled_backup_is_proven_and_named_for_what_made_it(path: Path, folder: Path) -> None:
    mark = rotation.make(path, folder, NOW, KEPT_FOREVER)
    (made,) = backups.kept(folder)
    assert maker(made.name) == "daily"
    assert mark.proven_at is not None
    assert marks.of(folder / made.name) == mark


def test_what_goes_goes_with_its_mark_and_nothing_else_is_touched(path: Path, folder: Path) -> None:
    asked = folder / backups.make(path, folder).name
    os.utime(asked, (1, 1))
    stays = [aged(folder, "daily", timedelta(days=age)) for age in range(7)]
    goes = aged(folder, "daily", timedelta(days=3, hours=5))
    settled = [aged(folder, stem, timedelta(days=29)) for stem in ("before-0005", "replaced")]
    strangers = [folder / "notes.txt", folder / "daily-20200101-000000.sqlite3.txt", path.parent / "daily-mine.sqlite3"]
    for stranger in strangers:
        stranger.write_text("Mine")
    rotation.tidy(folder, NOW, KEPT_FOREVER)
    assert names(folder) == {one.name for one in (asked, *stays, *settled)}
    assert not marks.place(goes).exists()
    assert all(stranger.read_text() == "Mine" for stranger in strangers)
    assert path.exists()


@pytest.mark.parametrize("stem", [*MAKERS, "chat"])
def test_where_the_chat_keeps_thirty_days_no_backup_is_older_than_thirty_seven(
    path: Path, folder: Path, stem: str
) -> None:
    backups.make(path, folder)
    young, old = (aged(folder, stem, timedelta(days=age)) for age in (36, 38))
    rotation.tidy(folder, NOW, 30)
    assert young.exists()
    assert not old.exists()


def test_what_a_restore_put_aside_damaged_goes_when_it_is_too_old(path: Path, folder: Path) -> None:
    old = folder / "replaced-20260101-000000.sqlite3"
    folder.mkdir()
    old.write_bytes(b"This was a database. " * 500)
    log = old.with_name(f"{old.name}-wal")
    log.write_bytes(b"and this its log")
    os.utime(old, (1_767_225_600, 1_767_225_600))
    rotation.tidy(folder, NOW, 400)
    assert old.exists()
    rotation.tidy(folder, NOW, 30)
    assert not old.exists()
    assert not log.exists()
    assert path.exists()


def test_where_room_is_short_the_oldest_scheduled_ones_make_it_and_the_newest_stays(
    path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = folder / backups.make(path, folder).name
    older, old, newest = (aged(folder, "daily", timedelta(days=age)) for age in (3, 2, 1))
    room = {"copies": 3}

    def demand(_folder: Path, _needed: int, purpose: str) -> None:
        if len(names(folder)) > room["copies"]:
            raise StartRefused(f"{purpose} needs room. Make room and try again.", exit_code=1)

    monkeypatch.setattr(copying, "demand_space", demand)
    rotation.make(path, folder, NOW, KEPT_FOREVER)
    assert not older.exists()
    assert old.exists()
    room["copies"] = 0
    for one in folder.glob("daily-2026*"):
        if one.name not in {newest.name, marks.place(newest).name}:
            one.unlink()
    with pytest.raises(StartRefused, match="Make room"):
        rotation.make(path, folder, NOW, KEPT_FOREVER)
    assert names(folder) == {asked.name, newest.name}


def test_a_damaged_database_is_no_reason_to_take_a_backup_away(path: Path, folder: Path) -> None:
    backups.make(path, folder)
    aged(folder, "daily", timedelta(days=1))
    before = names(folder)
    whole = bytearray(path.read_bytes())
    whole[4096 * 3 : 4096 * 12] = b"\xa5" * 4096 * 9
    path.write_bytes(whole)
    with pytest.raises(StartRefused) as refusal:
        rotation.make(path, folder, NOW, KEPT_FOREVER)
    assert refusal.value.exit_code == 3
    assert names(folder) == before


async def overview(http: httpx.AsyncClient) -> dict[str, Any]:
    """The backups as a host sees them."""
    answer = await http.get("/api/admin/backups")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_backup_is_due_once_a_day_after_the_cleanup_and_soon_after_sleep(chat: Served, arrive: Appear) -> None:
    service, now = chat.app._backups, datetime.now().astimezone()
    assert not await service.is_due(now), "a chat in which nobody was has nothing to lose"
    ho = await arrive("Ho", "host")
    assert await service.is_due(now)
    await service.work(now)
    assert not await service.is_due(now)
    (made,) = (await overview(ho.http))["backups"]
    assert (made["maker"], "proven_at" in made) == ("daily", True)
    after_sleep = retention.last_due(now, chat.settings.retention_time) + timedelta(days=3, hours=2)
    assert not await service.is_due(after_sleep), "the cleanup comes first"
    async with chat.app._database.writing.begin() as connection:
        await connection.exec_driver_sql(
            "UPDATE installation SET cleaned_at = ?", (int(after_sleep.timestamp() * 1000),)
        )
    assert await service.is_due(after_sleep)


async def test_hosts_see_until_when_backups_hold_what_was_erased(chat: Served, arrive: Appear) -> None:
    ho = await arrive("Ho", "host")
    made = (await ho.http.post("/api/admin/backups")).json()
    assert "erased" not in await overview(ho.http)
    async with chat.app._database.writing.begin() as connection:
        await connection.exec_driver_sql(
            "INSERT INTO trims (id, room_id, first_seq, before_seq, created_at, erased_at) "
            "VALUES (1, 'general', 1, 1, 1, 9999999999999)"
        )
    told = (await overview(ho.http))["erased"]
    assert told == {"backups": 1, "newest": made["created_at"], "until": made["goes_at"]}
    lasts = datetime.fromisoformat(made["goes_at"]) - datetime.fromisoformat(made["created_at"])
    assert lasts == timedelta(days=365 + 7 + 1)
    await ho.http.patch("/api/admin/choices", json={"retention_days": 0})
    assert (await overview(ho.http))["erased"] == {"backups": 1, "newest": made["created_at"]}


async def test_a_host_removes_a_backup_and_that_is_in_the_audit_log(chat: Served, arrive: Appear) -> None:
    ho, bo = await arrive("Ho", "host"), await arrive("Bo", "moderator")
    name = (await ho.http.post("/api/admin/backups")).json()["name"]
    path = f"/api/admin/backups/{name}"
    assert (await bo.http.delete(path)).status_code == 404
    assert (await ho.http.delete("/api/admin/backups/..%2Fchat.sqlite3")).status_code == 404
    assert (await ho.http.delete(path)).status_code == 204
    assert (await ho.http.delete(path)).status_code == 404
    assert (await overview(ho.http))["backups"] == []
    (newest,) = await ho.log(limit=1)
    assert (newest["actor"], newest["action"], newest["detail"]) == ("Ho", "backup_removed", {"backup": name})
    folder = chat.settings.data_dir / BACKUPS
    assert await asyncio.to_thread(lambda: {one.name for one in folder.iterdir()}) == {".lock"}

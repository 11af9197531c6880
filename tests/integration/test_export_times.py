"""The local times in an export, wherever the server stands and whenever its clocks are changed."""

import json
import os
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from chatapp.services import export
from chatapp.services.export import EVERYTHING, Exports
from tests.conftest import Served

pytestmark = pytest.mark.skipif(not hasattr(time, "tzset"), reason="Only Unix can be told another zone.")

HOUR_MS = 3_600_000


@pytest.fixture
def moved() -> Iterator[Callable[[str], None]]:
    """Moves this process to a zone."""
    before = os.environ.get("TZ")

    def move(zone: str | None) -> None:
        os.environ.pop("TZ", None)
        if zone is not None:
            os.environ["TZ"] = zone
        time.tzset()

    yield move
    move(before)


# Half an hour in summer; three quarters of an hour; changed and back within a week; one whole day left out; none.
@pytest.mark.parametrize(
    ("zone", "since"),
    [
        ("Europe/Berlin", datetime(2026, 3, 1, tzinfo=UTC)),
        ("Europe/Berlin", datetime(2026, 10, 1, tzinfo=UTC)),
        ("America/St_Johns", datetime(2026, 10, 20, tzinfo=UTC)),
        ("Australia/Lord_Howe", datetime(2026, 3, 20, tzinfo=UTC)),
        ("Asia/Kathmandu", datetime(1985, 12, 20, tzinfo=UTC)),
        ("America/Boa_Vista", datetime(2000, 9, 20, tzinfo=UTC)),
        ("Pacific/Apia", datetime(2011, 12, 20, tzinfo=UTC)),
        ("UTC", datetime(2026, 3, 1, tzinfo=UTC)),
        ("Europe/Berlin", datetime(2037, 11, 1, tzinfo=UTC)),
    ],
)
async def test_every_message_has_the_local_time_it_was_sent_at(
    chat: Served,
    moved: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
    zone: str,
    since: datetime,
) -> None:
    begin = int(since.timestamp() * 1000)
    sent = [begin + number * 7 * HOUR_MS + number for number in range(200)]
    # One comes out of order, as imports may bring them.
    sent[100], sent[5] = sent[5], sent[100]
    async with chat.app._database.writing.begin() as connection:
        await connection.exec_driver_sql(
            "INSERT INTO users (id, username, role, is_temporary, created_at) VALUES (5, 'Ada', 'member', 0, 0)"
        )
        for seq, at in enumerate(sent, 1):
            await connection.exec_driver_sql(
                "INSERT INTO messages (id, room_id, seq, rev, user_id, username, message, created_at)"
                " VALUES (?, 'general', ?, ?, 5, 'Ada', 'Hello', ?)",
                (seq, seq, seq, at),
            )
        last = len(sent)
        await connection.exec_driver_sql("UPDATE rooms SET last_seq = ?, rev = ? WHERE id = 'general'", (last, last))
    moved(zone)
    monkeypatch.setattr(export, "PAGE", 9)
    monkeypatch.setattr(export, "PAGES", 1)
    made = await Exports(chat.app._database).room(EVERYTHING, "general", "ndjson")
    found = [json.loads(line) for line in b"".join([piece async for piece in made.pieces]).splitlines()]
    assert made.count == len(found) == last
    assert [(one["date"], one["timestamp"]) for one in found] == [
        (f"{local:%Y-%m-%d}", f"{local:%H:%M:%S}")
        for local in (datetime.fromtimestamp(at / 1000, ZoneInfo(zone)) for at in sent)
    ]
    assert [one["created_at"] for one in found] == [
        datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") for at in sent
    ]

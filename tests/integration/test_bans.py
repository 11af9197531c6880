"""Bans: who may not come in any more, with what and from where."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import insert

from chatapp.storage import bans
from chatapp.storage.database import Database
from chatapp.storage.migrate import migrate
from chatapp.storage.tables import bans as table

PHONE, LAPTOP = b"p" * 32, b"l" * 32


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """A migrated database in which a phone and two networks are banned."""
    migrate(tmp_path / "chat.sqlite3")
    made = Database(tmp_path / "chat.sqlite3")
    common = {"created_at": 1, "device_hash": None, "address": None}
    rows = [
        common | {"id": 1, "device_hash": PHONE},
        common | {"id": 2, "address": "192.0.2.7"},
        common | {"id": 3, "address": "2001:db8::"},
    ]
    async with made.writing.begin() as connection:
        await connection.execute(insert(table), rows)
    yield made
    await made.close()


@pytest.mark.parametrize(
    ("device", "address", "stands"),
    [
        (PHONE, "192.0.2.1", True),
        (LAPTOP, "192.0.2.1", False),
        (None, "192.0.2.1", False),
        (None, "192.0.2.7", True),
        (LAPTOP, "::ffff:192.0.2.7", True),
        (None, "2001:db8::5:6:7:8", True),
        (None, "2001:db8:0:1::8", False),
        (None, "", False),
    ],
)
async def test_a_ban_stands_against_a_device_and_against_an_address_as_a_network(
    database: Database, device: bytes | None, address: str, *, stands: bool
) -> None:
    async with database.read() as connection:
        assert await bans.stands_against(connection, device, address) is stands

"""Who and what may not come in. That a person is banned stands with them, and here since when and by whom."""

from collections.abc import Iterable, Sequence
from typing import Literal

from msgspec import Struct
from sqlalchemy import ColumnElement, delete, exists, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from chatapp.domain.limits import network
from chatapp.storage.tables import bans, users

Kind = Literal["person", "device", "address"]
"""What a ban keeps out: a person, whatever they use; whoever uses a device; whoever comes from an address."""


class Ban(Struct, frozen=True):
    """A ban. `user_id` is whose device or address it is; `created_by` None for the operator."""

    id: int
    user_id: int | None
    device_hash: bytes | None
    address: str | None
    created_by: int | None
    created_at: int

    @property
    def kind(self) -> Kind:
        """What it keeps out."""
        return "device" if self.device_hash is not None else "address" if self.address is not None else "person"


class Known(Struct, frozen=True):
    """A ban with the names there are now: whom it is about, and who made it."""

    ban: Ban
    username: str | None
    by: str | None


_COLUMNS = (bans.c.id, bans.c.user_id, bans.c.device_hash, bans.c.address, bans.c.created_by, bans.c.created_at)


async def stands_against(connection: AsyncConnection, device_hash: bytes | None, address: str) -> bool:
    """Whether nobody may become somebody, or sign in, with this device or from this address."""
    found = [exists().where(bans.c.address == network(address))]
    if device_hash is not None:
        found.append(exists().where(bans.c.device_hash == device_hash))
    # Two looks at an index; as one condition they would be one at the whole table.
    return bool(await connection.scalar(select(or_(*found))))


async def every(connection: AsyncConnection) -> list[Known]:
    """All bans, the newest first."""
    author = users.alias()
    query = (
        select(*_COLUMNS, users.c.username, author.c.username.label("by"))
        .outerjoin(users, users.c.id == bans.c.user_id)
        .outerjoin(author, author.c.id == bans.c.created_by)
        .order_by(bans.c.id.desc())
    )
    return [Known(Ban(*row[: len(_COLUMNS)]), row.username, row.by) for row in await connection.execute(query)]


async def find(connection: AsyncConnection, ban_id: int) -> Ban | None:
    """The ban with this id, or None."""
    found = await _where(connection, bans.c.id == ban_id)
    return found[0] if found else None


async def of_person(connection: AsyncConnection, user_id: int) -> list[Ban]:
    """The bans of a person, of their devices and addresses."""
    return await _where(connection, bans.c.user_id == user_id)


async def known(connection: AsyncConnection, devices: Iterable[bytes], addresses: Iterable[str]) -> list[Ban]:
    """Those of these devices and addresses that are banned, whoever's they are."""
    return await _where(connection, bans.c.device_hash.in_([*devices]) | bans.c.address.in_([*addresses]))


async def add(connection: AsyncConnection, new: Sequence[Ban]) -> None:
    """Store bans."""
    rows = [{field: getattr(one, field) for field in Ban.__struct_fields__} for one in new]
    if rows:
        await connection.execute(insert(bans), rows)


async def remove(connection: AsyncConnection, ids: Iterable[int]) -> None:
    """Lift bans."""
    await connection.execute(delete(bans).where(bans.c.id.in_([*ids])))


async def _where(connection: AsyncConnection, which: ColumnElement[bool]) -> list[Ban]:
    return [Ban(*row) for row in await connection.execute(select(*_COLUMNS).where(which).order_by(bans.c.id))]

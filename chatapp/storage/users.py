"""People and their names."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, Row, Select, bindparam, delete, exists, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from chatapp.domain.entities import User
from chatapp.domain.policies import HOST
from chatapp.storage.tables import bans, messages, names, users

COLUMNS: tuple[ColumnElement[Any], ...] = (
    users.c.id,
    users.c.username,
    users.c.role,
    users.c.is_temporary,
    users.c.muted_until,
    users.c.banned_at,
)

_BY_IDS = select(*COLUMNS).where(users.c.id.in_(bindparam("ids", expanding=True)))


def from_row(row: Row[*tuple[Any, ...]]) -> User:
    """A person from a row of COLUMNS."""
    return User(row.id, row.username, row.role, row.is_temporary, row.muted_until, row.banned_at)


async def by_ids(connection: AsyncConnection, ids: Collection[int]) -> dict[int, User]:
    """The people with these ids, as far as there are any."""
    rows = await connection.execute(_BY_IDS, {"ids": [*ids]})
    return {row.id: from_row(row) for row in rows}


async def owners(connection: AsyncConnection, folded: Collection[str]) -> dict[str, int]:
    """Folded name → id of the person it belongs to, for those that belong to somebody."""
    rows = await connection.execute(select(names.c.folded, names.c.user_id).where(names.c.folded.in_(folded)))
    return {row.folded: row.user_id for row in rows}


async def called(connection: AsyncConnection, beginning: str, limit: int) -> list[User]:
    """At most `limit` people whose folded names begin with this, in the order of these."""
    query = select(*COLUMNS).join(names, names.c.user_id == users.c.id).where(_is_called(beginning))
    return [from_row(row) for row in await connection.execute(query.order_by(names.c.folded).limit(limit))]


class Listed(Struct, frozen=True):
    """Which people with an account are listed: those whose folded names begin with `beginning`, of them only those with
    `ids` where these are given, and those who are banned too where it is wanted `with_banned`.
    """

    beginning: str
    ids: frozenset[int] | None
    with_banned: bool

    def of(self, query: Select[Any]) -> Select[Any]:
        """A query about people and their names, of these alone."""
        query = query.join(names, names.c.user_id == users.c.id).where(~users.c.is_temporary)
        if self.beginning:
            query = query.where(_is_called(self.beginning))
        if self.ids is not None:
            query = query.where(users.c.id.in_(self.ids))
        return query if self.with_banned else query.where(users.c.banned_at.is_(None))


async def listed(connection: AsyncConnection, which: Listed, after: str, limit: int) -> list[tuple[User, str]]:
    """At most `limit` of these people with their folded names, in the order of these; those after the name `after`."""
    query = which.of(select(*COLUMNS, names.c.folded)).where(names.c.folded > after).order_by(names.c.folded)
    return [(from_row(row), row.folded) for row in await connection.execute(query.limit(limit))]


async def count_listed(connection: AsyncConnection, which: Listed) -> int:
    """How many of these people there are."""
    return (await connection.scalar(which.of(select(func.count()).select_from(users)))) or 0


def _is_called(beginning: str) -> ColumnElement[bool]:
    # The last character there is ends the range: an index serves this, whatever the collation of LIKE.
    return (names.c.folded >= beginning) & (names.c.folded < f"{beginning}\U0010ffff")


async def count(connection: AsyncConnection) -> int:
    """How many people have an account."""
    query = select(func.count()).select_from(users).where(~users.c.is_temporary)
    return (await connection.scalar(query)) or 0


async def count_hosts(connection: AsyncConnection) -> int:
    """How many hosts there are."""
    return (await connection.scalar(select(func.count()).select_from(users).where(users.c.role == HOST))) or 0


async def add(connection: AsyncConnection, new: Sequence[tuple[User, str]], created_at: int) -> None:
    """Store people, each with the folded form of the name."""
    rows = [
        {
            "id": user.id,
            "username": user.username,
            "role": user.role,
            "is_temporary": user.is_temporary,
            "created_at": created_at,
        }
        for user, _ in new
    ]
    await connection.execute(insert(users), rows)
    await connection.execute(insert(names), [{"folded": folded, "user_id": user.id} for user, folded in new])


async def rename(connection: AsyncConnection, renamed: Sequence[tuple[User, str]]) -> None:
    """Store people's new names; the old ones are free."""
    rows = [{"who": user.id, "username": user.username, "folded": folded} for user, folded in renamed]
    await connection.execute(
        update(users).where(users.c.id == bindparam("who")).values(username=bindparam("username")), rows
    )
    # All leave their old names before anybody takes a new one: two people may swap.
    await connection.execute(delete(names).where(names.c.user_id.in_([row["who"] for row in rows])))
    await connection.execute(insert(names), [{"folded": row["folded"], "user_id": row["who"]} for row in rows])


async def set_roles(connection: AsyncConnection, changed: Iterable[User]) -> None:
    """Store people's roles."""
    rows = [{"who": user.id, "role": user.role} for user in changed]
    if rows:
        await connection.execute(
            update(users).where(users.c.id == bindparam("who")).values(role=bindparam("role")), rows
        )


async def set_standing(connection: AsyncConnection, person: User) -> None:
    """Store until when a person is muted, and since when they are banned."""
    values = {"muted_until": person.muted_until, "banned_at": person.banned_at}
    await connection.execute(update(users).where(users.c.id == person.id).values(values))


async def release(connection: AsyncConnection, ids: Collection[int] | None = None) -> None:
    """Free the names of temporary people, all of them or those with `ids`; who never said anything is forgotten."""
    gone = users.c.is_temporary if ids is None else users.c.is_temporary & users.c.id.in_(ids)
    await connection.execute(delete(names).where(names.c.user_id.in_(select(users.c.id).where(gone))))
    # A ban outlives whom it is about; and who gave up an account may have reacted somewhere.
    said = (
        users.c.left_at.is_not(None)
        | exists().where(messages.c.user_id == users.c.id)
        | exists().where(bans.c.user_id == users.c.id)
    )
    await connection.execute(delete(users).where(gone & ~said))

"""Accounts that were given up, and what is left of them to be kept nameless or erased."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import bindparam, delete, func, null, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from chatapp.storage.tables import edits, mentions, messages, names, users

FORMER = "former member"
"""What somebody is called who gave up the account; a name has no space in it, so nobody else can be."""

Said = tuple[int, str, int]
"""The id of a message, its room and its `seq` there."""

KEEP = "keep"
ERASE = "erase"


async def begin(connection: AsyncConnection, user_id: int, left_at: int, what: str) -> None:
    """Take a person's name and mark the account as given up; what they said is to be kept or erased."""
    values = {
        "username": FORMER,
        "role": "member",
        "is_temporary": True,
        "password_hash": None,
        "left_at": left_at,
        "leaving": what,
    }
    await connection.execute(delete(names).where(names.c.user_id == user_id))
    await connection.execute(update(users).where(users.c.id == user_id).values(values))


async def unfinished(connection: AsyncConnection) -> dict[int, str]:
    """Person → what is to be done with what they said, for those with whom that is not done."""
    rows = await connection.execute(select(users.c.id, users.c.leaving).where(users.c.leaving.is_not(None)))
    return {row.id: row.leaving for row in rows}


async def finish(connection: AsyncConnection, people: Collection[int]) -> None:
    """Remember that nothing is left to be done with what these said."""
    await connection.execute(update(users).where(users.c.id.in_(people)).values(leaving=None))


async def said(connection: AsyncConnection, user_id: int, what: str, limit: int) -> list[Said]:
    """At most `limit` of the messages that are to be kept nameless, or erased, and are not yet."""
    is_left = messages.c.username != FORMER
    if what == ERASE:
        is_left |= messages.c.deleted_at.is_(None)
    query = select(messages.c.id, messages.c.room_id, messages.c.seq).where(messages.c.user_id == user_id, is_left)
    return [(row.id, row.room_id, row.seq) for row in await connection.execute(query.limit(limit))]


async def rename(connection: AsyncConnection, ids: Collection[int]) -> None:
    """Let nobody be told who said these."""
    await connection.execute(update(messages).where(messages.c.id.in_(ids)).values(username=FORMER))


async def empty(connection: AsyncConnection, found: Sequence[Said], deleted_at: int) -> None:
    """Delete these messages: they keep their places, and nothing of what they said."""
    ids = [message_id for message_id, _, _ in found]
    values = {"username": FORMER, "message": "", "edited_at": None, "reply_to": None}
    nothing = {"mentions": null(), "reactions": null(), "deleted_at": func.coalesce(messages.c.deleted_at, deleted_at)}
    await connection.execute(update(messages).where(messages.c.id.in_(ids)).values({**values, **nothing}))
    await connection.execute(delete(edits).where(edits.c.message_id.in_(ids)))
    places = [(room, seq) for _, room, seq in found]
    await connection.execute(delete(mentions).where(tuple_(mentions.c.room_id, mentions.c.seq).in_(places)))


async def renumber(connection: AsyncConnection, revs: Mapping[int, int]) -> None:
    """Store the `rev`s of messages, by their ids."""
    change = update(messages).where(messages.c.id == bindparam("which")).values(rev=bindparam("new_rev"))
    await connection.execute(change, [{"which": which, "new_rev": rev} for which, rev in revs.items()])


async def named(connection: AsyncConnection, user_id: int, after: int, limit: int) -> tuple[list[int], int | None]:
    """Those of the next `limit` messages after an id that mention the person or have their reactions; and after which
    id to go on, None when there are no more.
    """
    columns = (messages.c.id, messages.c.mentions, messages.c.reactions)
    rows = (
        await connection.execute(select(*columns).where(messages.c.id > after).order_by(messages.c.id).limit(limit))
    ).all()
    found = [row.id for row in rows if user_id in (row.mentions or ()) or _reacted(row.reactions, user_id)]
    return found, rows[-1].id if rows else None


async def forget(connection: AsyncConnection, user_id: int, ids: Collection[int]) -> set[str]:
    """Let these messages mention the person no more, and have none of their reactions; return in which rooms they
    are.
    """
    columns = (messages.c.id, messages.c.room_id, messages.c.mentions, messages.c.reactions)
    rows = (await connection.execute(select(*columns).where(messages.c.id.in_(ids)))).all()
    for row in rows:
        left = {emoji: [one for one in people if one != user_id] for emoji, people in (row.reactions or {}).items()}
        values = {
            "mentions": [one for one in row.mentions or () if one != user_id] or None,
            "reactions": {emoji: people for emoji, people in left.items() if people} or None,
        }
        await connection.execute(update(messages).where(messages.c.id == row.id).values(values))
    return {row.room_id for row in rows}


def _reacted(reactions: dict[str, list[int]] | None, user_id: int) -> bool:
    return any(user_id in people for people in (reactions or {}).values())

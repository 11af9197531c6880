"""Who this server is, and what a new one begins with."""

import secrets

from sqlalchemy import func, select, text, union_all, update
from sqlalchemy.ext.asyncio import AsyncConnection

from chatapp.domain.entities import Installation
from chatapp.storage.tables import audit, bans, installation, invitations, messages, rooms, sessions, trims, users

FIRST_ROOMS = (
    ("general", "General", "Everything that concerns everybody"),
    ("tech", "Tech Talk", "Computers, networks and what they get up to"),
    ("random", "Random", "Anything that fits nowhere else"),
)


async def ensure(connection: AsyncConnection, now: int) -> Installation:
    """The installation; on a new database it is made first, with its rooms."""
    found = await find(connection)
    if found is not None:
        return found
    made = Installation(secrets.token_hex(8), secrets.token_hex(8), now)
    await connection.execute(
        installation.insert(),
        {"installation_id": made.installation_id, "history_id": made.history_id, "cleaned_at": now},
    )
    await connection.execute(
        rooms.insert(),
        [
            # Rooms are listed by age, so each is a millisecond younger than the one before.
            {
                "id": room,
                "name": name,
                "topic": topic,
                "first_seq": 1,
                "last_seq": 0,
                "rev": 0,
                "created_at": now + place,
            }
            for place, (room, name, topic) in enumerate(FIRST_ROOMS)
        ],
    )
    return made


async def find(connection: AsyncConnection) -> Installation | None:
    """The installation, or None in a new database."""
    columns = installation.c
    row = (
        await connection.execute(select(columns.installation_id, columns.history_id, columns.cleaned_at))
    ).one_or_none()
    return None if row is None else Installation(*row)


async def set_cleaned_at(connection: AsyncConnection, cleaned_at: int) -> None:
    """Remember when the cleanup last ran through."""
    await connection.execute(update(installation).values(cleaned_at=cleaned_at))


async def touch(connection: AsyncConnection) -> None:
    """Store a number that means nothing, and read from the disk again what was read before."""
    await connection.execute(text("PRAGMA shrink_memory"))
    # Another number each time: SQLite writes nothing where a row is as it was.
    before = int(await connection.scalar(text("PRAGMA user_version")) or 0)
    await connection.execute(text(f"PRAGMA user_version = {(before + 1) % 1_000}"))


async def last_id(connection: AsyncConnection) -> int:
    """The greatest id in use, 0 when there is none."""
    greatest = union_all(
        *(
            select(func.max(table.c.id).label("id"))
            for table in (users, messages, sessions, invitations, bans, audit, trims)
        )
    ).subquery()
    return (await connection.scalar(select(func.max(greatest.c.id)))) or 0

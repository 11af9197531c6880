"""The audit log: rows are added by the change they tell of, in its transaction, and never changed."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from chatapp.domain.audit import OPERATOR, Action, Entry, place
from chatapp.domain.entities import PUBLIC, Message, Room, User
from chatapp.storage.tables import audit
from chatapp.storage.writer import Transaction

_COLUMNS = (
    audit.c.id,
    audit.c.created_at,
    audit.c.actor_id,
    audit.c.actor,
    audit.c.action,
    audit.c.subject_id,
    audit.c.subject,
    audit.c.detail,
)


async def note(
    tx: Transaction,
    actor: User | None,
    action: Action,
    subject: User | Room | Message | str,
    detail: Mapping[str, Any] = {},
) -> None:
    """Note that `actor` (None: the operator) does this to somebody, the author of a message, a room, or something that
    is known by a text. A room that is not everybody's is noted without its id and name (see `place`).
    """
    subject_id, name = _known_as(subject)
    more = place(subject) if isinstance(subject, Room) and subject.kind != PUBLIC else {}
    row = {
        "id": tx.new_id(),
        "created_at": tx.now,
        "actor_id": None if actor is None else actor.id,
        "actor": OPERATOR if actor is None else actor.username,
        "action": action,
        "subject_id": subject_id,
        "subject": name,
        "detail": {**more, **detail} or None,
    }
    await tx.connection.execute(insert(audit), [row])


async def before(connection: AsyncConnection, entry_id: int | None, limit: int) -> list[Entry]:
    """At most `limit` entries, the newest first; those before `entry_id` where one is given."""
    query = select(*_COLUMNS).order_by(audit.c.id.desc()).limit(limit)
    if entry_id is not None:
        query = query.where(audit.c.id < entry_id)
    return [Entry(*row) for row in await connection.execute(query)]


async def after(connection: AsyncConnection, entry_id: int, limit: int) -> list[Entry]:
    """At most `limit` entries after this one, the oldest first."""
    query = select(*_COLUMNS).where(audit.c.id > entry_id).order_by(audit.c.id).limit(limit)
    return [Entry(*row) for row in await connection.execute(query)]


def _known_as(subject: User | Room | Message | str) -> tuple[str | None, str]:
    match subject:
        case User(id=user_id, username=username) | Message(user_id=user_id, username=username):
            return str(user_id), username
        case Room(id=room_id, name=name, kind=kind):
            return (room_id, name) if kind == PUBLIC else (None, "")
        case str():
            return None, subject

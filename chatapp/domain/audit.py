"""What is in the audit log: the acts of moderators, hosts and whoever runs the program."""

from typing import Any, Literal, get_args

from msgspec import Struct

from chatapp.domain.entities import PUBLIC, Room
from chatapp.domain.events import rfc3339

Action = Literal[
    "role_set",
    "renamed",
    "muted",
    "unmuted",
    "banned",
    "unbanned",
    "sessions_ended",
    "removed_from_room",
    "message_deleted",
    "room_changed",
    "room_archived",
    "room_reopened",
    "choices_changed",
    "phrase_changed",
    "invitation_made",
    "invitation_removed",
    "name_returned",
    "host_link_used",
    "backup_made",
    "backup_restored",
    "room_held",
    "room_released",
    "retention_changed",
    "history_cleaned",
    "history_archived",
    "history_restored",
    "backup_removed",
    "exported",
    "imported",
]
ACTIONS: tuple[Action, ...] = get_args(Action)

OPERATOR = "operator"
"""Who runs the program, and can read the secret in its data folder: known by no id."""

CHAT = "chat"
"""What an act is done to that concerns the chat as a whole."""


class Entry(Struct, frozen=True):
    """Who did what to whom, with the names of that moment; the operator has no `actor_id`. `detail` depends on the
    action: what it was before and is now, until when, where.
    """

    id: int
    created_at: int
    actor_id: int | None
    actor: str
    action: Action
    subject_id: str | None
    subject: str
    detail: dict[str, Any] | None


class AuditEntry(Struct, frozen=True, omit_defaults=True):
    """Who did what to whom, with the names of that moment; the operator has no `actor_id`. What `detail` holds depends
    on the action.
    """

    id: str
    created_at: str
    actor: str
    action: Action
    subject: str
    actor_id: str | None = None
    subject_id: str | None = None
    detail: dict[str, Any] | None = None


class AuditPage(Struct, frozen=True):
    """Entries of the audit log, the newest first."""

    entries: list[AuditEntry]
    has_more: bool


def told(entry: Entry) -> AuditEntry:
    """An entry as the host reads it."""
    return AuditEntry(
        id=str(entry.id),
        created_at=rfc3339(entry.created_at),
        actor=entry.actor,
        action=entry.action,
        subject=entry.subject,
        actor_id=None if entry.actor_id is None else str(entry.actor_id),
        subject_id=entry.subject_id,
        detail=entry.detail,
    )


def place(room: Room) -> dict[str, str]:
    """Where something was done, for the detail. Of a room that is not everybody's only that is told: whoever reads the
    log need not belong to it.
    """
    return {"room": room.id, "room_name": room.name} if room.kind == PUBLIC else {"room_kind": room.kind}

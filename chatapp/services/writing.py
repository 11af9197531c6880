"""Why somebody may not write in a room, asked inside the write."""

from chatapp.domain import policies
from chatapp.domain.entities import Room, User
from chatapp.errors import ChatError, Conflict, Forbidden, NotFound, NotIdentified

GONE = "You are not signed in any more. Choose your name again."


def refusal(author: User | None, room: Room | None, now: int, *, is_hidden: bool) -> ChatError | None:
    """Why this person may not write in this room at this moment (milliseconds), None when they may."""
    if author is None or author.banned_at is not None:
        return NotIdentified(GONE)
    if room is None or is_hidden:
        return NotFound("Room not found", field="room")
    if room.archived_at is not None:
        return Conflict("This room is archived: it is read and not written any more.", field="room")
    if not policies.may_write(author, now):
        return Forbidden("A moderator has muted you for a while.", retry_after=(author.muted_until - now) / 1000)
    return None

"""Why somebody may not write in a room, asked inside the write."""

from chatapp.domain import policies
from chatapp.domain.entities import Room, User
from chatapp.errors import ChatError, Conflict, Forbidden, NotFound, NotIdentified

GONE = "You are not signed in any more. Choose your name again."
NO_ROOM = "Room not found"
ARCHIVED = "This room is archived: it is read and not written any more."


def refusal(author: User | None, room: Room | None, now: int, *, is_hidden: bool) -> ChatError | None:
    """Why this person may not write in this room at this moment (milliseconds), None when they may."""
    if author is None or author.banned_at is not None:
        return NotIdentified(GONE)
    if room is None or is_hidden:
        return NotFound(NO_ROOM, field="room")
    if room.archived_at is not None:
        return Conflict(ARCHIVED, field="room")
    return None if policies.may_write(author, now) else _muted(author, now)


def demand_here(person: User | None) -> User:
    """The person, who is still one of us at this moment. Raises NotIdentified."""
    if person is None or person.banned_at is not None:
        raise NotIdentified(GONE)
    return person


def demand_voice(person: User | None, now: int) -> User:
    """The same, who moreover may say something: what a room is called is read by others too. Raises Forbidden too."""
    found = demand_here(person)
    if not policies.may_write(found, now):
        raise _muted(found, now)
    return found


def _muted(person: User, now: int) -> Forbidden:
    return Forbidden("A moderator has muted you for a while.", retry_after=(person.muted_until - now) / 1000)

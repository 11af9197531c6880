"""How long what is said is kept: what the chat keeps, and what of that each room does."""

from collections.abc import Callable
from datetime import time as time_of_day
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from chatapp.domain.choices import LONGEST_RETENTION_DAYS, MOST_RETENTION_MESSAGES
from chatapp.domain.commands import Command
from chatapp.domain.entities import Kind, Room
from chatapp.domain.events import Keeps

KeepsOf = Callable[[Room], Keeps]
"""Says what a room keeps."""

Days = Annotated[int, Meta(ge=0, le=LONGEST_RETENTION_DAYS)]
Messages = Annotated[int, Meta(ge=0, le=MOST_RETENTION_MESSAGES)]


class SetRetention(Command, frozen=True):
    """How many days and how many messages a room keeps, 0 being without end and null as the chat does; what is left
    out stays.
    """

    days: Days | UnsetType | None = UNSET
    messages: Messages | UnsetType | None = UNSET


class RoomRetention(Struct, frozen=True, omit_defaults=True):
    """What the chat keeps of each room, and what of that a room was told to keep for itself, 0 being without end; what
    is left out is as the chat has it. While a room is `held`, nothing of it goes.
    """

    chat: Keeps
    may_keep_more: bool
    days: int | None = None
    messages: int | None = None
    held: bool = False


class Kept(Struct, frozen=True):
    """What the chat keeps: `days` and `messages` for each room, 0 being no limit; `at` is the local hour of the
    cleanup. Rooms may keep less, and more where that is allowed.
    """

    days: int
    messages: int
    at: time_of_day
    rooms_may_keep_more: bool = False

    def of(self, room: Room) -> Keeps:
        """What a room keeps."""
        return Keeps(
            self._limit(room.retention_days, self.days) or None,
            self._limit(room.retention_messages, self.messages) or None,
            room.held_at is not None,
        )

    def told(self, room: Room) -> RoomRetention:
        """What a room keeps, and why."""
        return RoomRetention(
            Keeps(self.days or None, self.messages or None),
            self.rooms_may_keep_more,
            room.retention_days,
            room.retention_messages,
            room.held_at is not None,
        )

    def is_allowed(self, own: int | None, whole: int) -> bool:
        """Whether a room may have a limit of its own of so much, where the chat has one of `whole`."""
        return self._limit(own, whole) == (whole if own is None else own)

    def _limit(self, own: int | None, whole: int) -> int:
        if own is None:
            return whole
        is_more = whole > 0 and (own == 0 or own > whole)
        return whole if is_more and not self.rooms_may_keep_more else own


class Trim(Struct, frozen=True):
    """What the cleanup removes from a room: all messages before `before_seq`, the times being those of the first and
    last.
    """

    room: str
    messages: int
    before_seq: int
    oldest: str
    newest: str


class Expected(Struct, frozen=True, omit_defaults=True):
    """What a cleanup now would remove from a room, if the room were not `held`: how many messages, and when the oldest
    and the newest of these were sent; and what the room keeps. The name is told of rooms that the caller may see.
    """

    room: str
    kind: Kind
    messages: int
    keeps: Keeps
    name: str | None = None
    oldest: str | None = None
    newest: str | None = None
    held: bool = False


class Preview(Struct, frozen=True):
    """When the next cleanup is, and what one would remove now. Rooms that the caller may see stand in it in any case,
    and all that are held.
    """

    next_at: str
    rooms: list[Expected]


class Removed(Struct, frozen=True, omit_defaults=True):
    """What a cleanup took from a room and can be brought back until it is erased, which is at `expires_at` unless the
    room is `held`.
    """

    id: str
    room: str
    kind: Kind
    messages: int
    created_at: str
    expires_at: str
    name: str | None = None
    held: bool = False


class Trims(Struct, frozen=True):
    """What can be brought back, the newest first."""

    trims: list[Removed]

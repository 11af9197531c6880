"""What a command is answered with, key by key as on the wire."""

from msgspec import Struct

from chatapp.domain.events import NewMessage


class Limits(Struct, frozen=True):
    """What the server allows: code points in a message; milliseconds after which typing expires."""

    max_message_length: int
    typing_timeout: int


class UsernameSet(Struct, frozen=True, omit_defaults=True):
    """Who the caller is. `token` is told once, when a session is made."""

    username: str
    user_id: str
    history_id: str
    limits: Limits
    token: str | None = None


class RoomInList(Struct, frozen=True, omit_defaults=True):
    """A room as `rooms_list` shows it; `read_seq` where the caller is a member."""

    name: str
    user_count: int
    message_count: int
    topic: str
    last_seq: int
    rev: int
    read_seq: int | None = None


class JoinedRoom(Struct, frozen=True):
    """A room as it is at the moment of joining: the last messages, and at most 500 of the people in it."""

    room: str
    room_name: str
    topic: str
    messages: list[NewMessage]
    users: list[str]
    user_count: int
    rev: int
    first_seq: int
    last_seq: int
    read_seq: int
    has_more: bool
    history_id: str


class Person(Struct, frozen=True):
    """Somebody, by the name they have now."""

    user_id: str
    username: str


class Page(Struct, frozen=True):
    """Messages of a room, oldest first, and whether there are others on either side."""

    messages: list[NewMessage]
    has_more_before: bool
    has_more_after: bool


class Trim(Struct, frozen=True):
    """What the cleanup removes from a room: all messages before `before_seq`, the times being those of the first and
    last.
    """

    room: str
    messages: int
    before_seq: int
    oldest: str
    newest: str

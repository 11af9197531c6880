"""The things the chat is about, as they are stored. Times are UTC integer milliseconds."""

from typing import Literal

from msgspec import Struct

Kind = Literal["public", "private", "direct"]
"""Whose a room is: everybody's, its members', or of those who talk in it and nobody else for ever."""
PUBLIC: Kind = "public"
PRIVATE: Kind = "private"
DIRECT: Kind = "direct"


class User(Struct, frozen=True):
    """A person. A temporary one lives as long as the connection it came with (a client that cannot keep a token).

    Until `muted_until` they read and do not write; with `banned_at` they do neither.
    """

    id: int
    username: str
    role: str
    is_temporary: bool
    muted_until: int = 0
    banned_at: int | None = None


class Device(Struct, frozen=True):
    """What somebody signs in with: its name in words, where it is, and the keyed hash of what a browser keeps of us."""

    name: str = ""
    address: str = ""
    device_hash: bytes | None = None


class Session(Struct, frozen=True):
    """A person signed in at one browser or program. Of the token only its keyed hash is known here.

    It ends at `expires_at`, or when it was not used for long.
    """

    token_hash: bytes
    user: User
    id: int
    created_at: int
    expires_at: int
    last_used_at: int
    device: Device = Device()


class Room(Struct, frozen=True):
    """A room and its counters: `first_seq`..`last_seq` are the messages it holds, `rev` counts their changes.

    `trimmed_rev` is the change that last removed messages from its beginning; 0 before there was one. A direct room is
    known by its `direct_key`, the ids of those who talk in it. An archived one is read and not written. It
    keeps so many days and messages, None as the chat does and 0 without end; while it is held, nothing goes.
    """

    id: str
    name: str
    topic: str
    first_seq: int
    last_seq: int
    rev: int
    trimmed_rev: int
    kind: Kind = PUBLIC
    created_by: int | None = None
    archived_at: int | None = None
    direct_key: str | None = None
    retention_days: int | None = None
    retention_messages: int | None = None
    held_at: int | None = None

    @property
    def message_count(self) -> int:
        """How many messages the room holds; `seq` has no gaps."""
        return self.last_seq - self.first_seq + 1


class Message(Struct, frozen=True):
    """A message as stored. `username` is the author's name when it was sent.

    `reply_to` is the id of a message of the same room, `mentions` the ids of people, `reactions` who reacted by emoji,
    in order of coming. A deleted message keeps its place and nothing of what it said.
    """

    id: int
    room: str
    seq: int
    rev: int
    client_id: str | None
    user_id: int
    username: str
    message: str
    created_at: int
    edited_at: int | None = None
    deleted_at: int | None = None
    reply_to: int | None = None
    mentions: list[int] | None = None
    reactions: dict[str, list[int]] | None = None


class Edit(Struct, frozen=True):
    """What a message said from `created_at` until the change `rev` replaced it."""

    message_id: int
    rev: int
    message: str
    created_at: int


class Trimmed(Struct, frozen=True):
    """What a cleanup took from a room and is there still: the messages from `first_seq` to before `before_seq`."""

    id: int
    room: str
    first_seq: int
    before_seq: int
    created_at: int


class Installation(Struct, frozen=True):
    """Who this server is (`installation_id`) and which history its database tells (`history_id`)."""

    installation_id: str
    history_id: str
    cleaned_at: int

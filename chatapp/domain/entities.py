"""The things the chat is about, as they are stored. Times are UTC integer milliseconds."""

from msgspec import Struct


class User(Struct, frozen=True):
    """A person. A temporary one lives as long as the connection it came with (a client that cannot keep a token)."""

    id: int
    username: str
    role: str
    is_temporary: bool


class Session(Struct, frozen=True):
    """A person signed in at one browser or program. Of the token only its keyed hash is known here."""

    token_hash: bytes
    user: User


class Room(Struct, frozen=True):
    """A room and its counters: `first_seq`..`last_seq` are the messages it holds, `rev` counts their changes."""

    id: str
    name: str
    topic: str
    first_seq: int
    last_seq: int
    rev: int

    @property
    def message_count(self) -> int:
        """How many messages the room holds; `seq` has no gaps."""
        return self.last_seq - self.first_seq + 1


class Message(Struct, frozen=True):
    """A message as stored. `username` is the author's name when it was sent."""

    id: int
    room: str
    seq: int
    rev: int
    client_id: str | None
    user_id: int
    username: str
    message: str
    created_at: int


class Installation(Struct, frozen=True):
    """Who this server is (`installation_id`) and which history its database tells (`history_id`)."""

    installation_id: str
    history_id: str
    cleaned_at: int

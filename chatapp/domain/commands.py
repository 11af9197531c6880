"""What a client may ask for. The annotations are the validation: a payload either converts or is refused."""

import re
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta, Struct

from chatapp.errors import BadRequest

# 200 code points is beyond every legal name or slug; longer ones are refused before any work is done on them.
ShortText = Annotated[str, Meta(max_length=200)]
# The same for the topic of a room, of which 250 are legal.
Line = Annotated[str, Meta(max_length=1_000)]
ClientId = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[\x20-\x7e]+$(?!\n)")]
# Beyond every password that may be one; what is legal is judged by `passwords.prepare`.
Secret = Annotated[str, Meta(max_length=1000)]
# Ids are numbers below 2**63, as text. At the beginning of a Struct's pattern `^` is all that anchors.
MessageId = Annotated[str, Meta(pattern=r"^[0-9]{1,18}$(?!\n)")]
Seq = Annotated[int, Meta(ge=0, le=2**63 - 1)]
# Where an error is: `$.room`, or deeper, as in `$.rooms[...]` and `key in $.rooms`.
_FIELD = re.compile(r"\$\.(\w+)")


class Command(Struct, frozen=True):
    """The payload of one client event or REST body; unknown keys are ignored."""


class SetUsername(Command, frozen=True):
    """Take a name, or change it. Who has none yet signs in with a `password`, or comes in by `phrase` or `invitation`
    where the chat asks for one; a new person has the password from then on.
    """

    username: ShortText
    password: Secret | None = None
    phrase: ShortText | None = None
    invitation: ShortText | None = None


class GetRooms(Command, frozen=True):
    """List the rooms."""


class JoinRoom(Command, frozen=True):
    """Be present in a room, leaving the one before."""

    room: ShortText


class CreateRoom(Command, frozen=True):
    """Make a room, everybody's or `private`."""

    name: ShortText
    topic: Line = ""
    private: bool = False


class UpdateRoom(Command, frozen=True):
    """Give a room another name or topic, archive it or take it up again."""

    room: ShortText
    name: ShortText | None = None
    topic: Line | None = None
    archived: bool | None = None


class OpenDirect(Command, frozen=True):
    """Talk with these people and nobody else; with the same ones it is the same room."""

    usernames: Annotated[list[ShortText], Meta(min_length=1, max_length=20)]


class Invite(Command, frozen=True):
    """Bring somebody into a private room."""

    room: ShortText
    username: ShortText


class LeaveRoom(Command, frozen=True):
    """Be present in a room no more, and belong to it no more."""

    room: ShortText


class RemoveMember(Command, frozen=True):
    """Let somebody belong to a room no more."""

    room: ShortText
    username: ShortText


class SendMessage(Command, frozen=True):
    """Say something, in `room` or else in the connection's current room. A repeat carries the same `client_id`."""

    message: str
    room: ShortText | None = None
    client_id: ClientId | None = None
    reply_to: MessageId | None = None


class EditMessage(Command, frozen=True):
    """Say something else in a message of one's own."""

    id: MessageId
    message: str


class DeleteMessage(Command, frozen=True):
    """Take a message back; it keeps its place."""

    id: MessageId


class React(Command, frozen=True):
    """Put an emoji to a message, or take it away."""

    id: MessageId
    emoji: ShortText
    on: bool


class Typing(Command, frozen=True):
    """Begin or stop typing."""

    typing: bool


class MarkRead(Command, frozen=True):
    """Have read a room up to `seq`."""

    room: ShortText
    seq: Seq


class Sync(Command, frozen=True):
    """Hear what changed in rooms since the `rev` last seen there, in the history that was seen."""

    history_id: ShortText
    rooms: Annotated[dict[ShortText, Seq], Meta(max_length=100)]


_HALF = re.compile("[\ud800-\udfff]")

Known = TypeVar("Known", bound=Command)


def decode(command: type[Known], payload: Any) -> Known:
    """Make a command of a decoded JSON value. Raises BadRequest, with the field where one is to blame."""
    try:
        made = msgspec.convert(payload, command)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `")
        found = _FIELD.search(where)
        raise BadRequest(f"{what}.", field=_missing(what) if found is None else found[1]) from None
    for field in made.__struct_fields__:
        value = getattr(made, field)
        texts = value if isinstance(value, dict | list) else (value,)
        if not all(is_clean(text) for text in texts if isinstance(text, str)):
            raise BadRequest("Text must not hold null bytes or broken characters.", field=field)
    return made


def is_clean(text: str) -> bool:
    """Whether a text can be stored and sent: no null byte, no half of a surrogate pair."""
    # Looking for one character is six times as fast as a pattern (measured), and the longest texts matter most.
    return "\0" not in text and (text.isascii() or _HALF.search(text) is None)


def _missing(what: str) -> str | None:
    before, found, name = what.partition("missing required field `")
    return name.rstrip("`") if found and before.endswith("Object ") else None

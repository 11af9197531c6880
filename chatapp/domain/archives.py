"""What archives hold: our own, and what others are turned into. A Struct here is a line or a file of an archive."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from chatapp.domain.commands import ClientId, MessageId
from chatapp.domain.entities import Kind

LONGEST_TEXT = 100_000
"""Code points of one message: more than any setting of ours lets through, and any other chat."""

Text = Annotated[str, Meta(max_length=LONGEST_TEXT)]
Name = Annotated[str, Meta(max_length=80)]
Moment = Annotated[str, Meta(max_length=40)]
RoomId = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[a-z0-9-]+$(?!\n)")]
Place = Annotated[int, Meta(ge=1, le=2**53)]
Role = Literal["guest", "bot", "member", "moderator", "host"]


class ArchivedEdit(Struct, frozen=True):
    """What a message said before it was edited, from `created_at` on."""

    message: Text
    created_at: Moment
    rev: Annotated[int, Meta(ge=0, le=2**53)] = 0


class Replied(Struct, frozen=True):
    """Who said what a message replies to, and how it begins."""

    username: str
    message: str


class ArchivedMessage(Struct, frozen=True, omit_defaults=True):
    """A line of an archive: a message in full, and what it needs to stand alone.

    `people` are the names of those it names by id.
    """

    id: MessageId
    room: RoomId
    seq: Place
    user_id: MessageId
    username: Name
    message: Text
    created_at: Moment
    rev: int = 0
    timestamp: str = ""
    date: str = ""
    client_id: ClientId | None = None
    edited_at: Moment | None = None
    edits: Annotated[list[ArchivedEdit], Meta(max_length=10_000)] = []
    deleted: bool = False
    deleted_at: Moment | None = None
    reply_to: MessageId | None = None
    replied: Replied | None = None
    mentions: Annotated[list[MessageId], Meta(max_length=1_000)] | None = None
    reactions: dict[str, list[MessageId]] | None = None
    people: dict[MessageId, Name] = {}


class ArchivedPerson(Struct, frozen=True, omit_defaults=True):
    """Somebody who is known to a chat; `is_temporary` who had no account, or gave it up."""

    user_id: MessageId
    username: Name
    role: Role = "member"
    is_temporary: bool = False
    created_at: Moment | None = None


class ArchivedRoom(Struct, frozen=True, omit_defaults=True):
    """A room without its messages; `members` are the ids of those who belong to one that is not everybody's."""

    id: RoomId
    name: Annotated[str, Meta(max_length=200)]
    topic: Annotated[str, Meta(max_length=1_000)] = ""
    kind: Kind = "public"
    created_by: MessageId | None = None
    is_archived: bool = False
    members: Annotated[list[MessageId], Meta(max_length=100_000)] = []
    messages: int = 0


class LeftOut(Struct, frozen=True):
    """How many rooms an archive says nothing more of: whoever made it does not belong to them."""

    private: int = 0
    direct: int = 0


class File(Struct, frozen=True):
    """A file of an archive: its size, and what its content sums to."""

    name: str
    bytes: int
    sha256: str


FORM = 1


class Manifest(Struct, frozen=True):
    """What is in an archive, by whom it was made and when. It is written last, and sums up all other files."""

    chatapp: Annotated[int, Meta(ge=1, le=FORM)]
    version: str
    installation_id: str
    history_id: str
    created_at: str
    left_out: LeftOut
    files: Annotated[list[File], Meta(max_length=1_000_000)]


class Imported(Struct, frozen=True):
    """What came of an archive: how much is new, how much was here already, who has another name here because theirs
    was somebody else's, and how often what was left out.
    """

    rooms: int = 0
    people: int = 0
    messages: int = 0
    known: int = 0
    renamed: dict[str, str] = {}
    left_out: dict[str, int] = {}


class ImportState(Struct, frozen=True):
    """Whether an import runs, and how far it is: messages that are done, of all there are in the file."""

    is_running: bool
    done: int = 0
    total: int = 0

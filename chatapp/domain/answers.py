"""What a command is answered with, key by key as on the wire."""

from msgspec import Struct

from chatapp.domain.choices import Https, Newcomers, WaysIn
from chatapp.domain.copies import Maker
from chatapp.domain.entities import Kind
from chatapp.domain.events import Keeps, NewMessage, Person
from chatapp.domain.snippets import Piece
from chatapp.domain.troubles import Trouble


class Limits(Struct, frozen=True):
    """What the server allows: code points in a message; milliseconds after which typing expires."""

    max_message_length: int
    typing_timeout: int


class UsernameSet(Struct, frozen=True, omit_defaults=True):
    """Who the caller is. `token` is told once, when a session is made; until `muted_until` they read and do not
    write.
    """

    username: str
    user_id: str
    role: str
    history_id: str
    limits: Limits
    token: str | None = None
    muted_until: str | None = None


class RoomInList(Struct, frozen=True, omit_defaults=True):
    """A room as `rooms_list` shows it; where the caller is a member, how far they have read, and how many messages
    after that mention them. `members` are told of a conversation, which has no name but theirs.
    """

    name: str
    user_count: int
    message_count: int
    topic: str
    last_seq: int
    rev: int
    kind: Kind
    keeps: Keeps
    read_seq: int | None = None
    mention_count: int = 0
    archived: bool = False
    created_by: str | None = None
    members: list[Person] | None = None


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
    mention_count: int
    has_more: bool
    history_id: str


class Member(Struct, frozen=True):
    """Somebody who belongs to a room, and whether they are present there."""

    user_id: str
    username: str
    role: str
    is_present: bool


class Members(Struct, frozen=True):
    """Some of those who belong to a room, by their ids; `count` is how many these are in all."""

    members: list[Member]
    count: int


class Me(Struct, frozen=True, omit_defaults=True):
    """Who asks, what they are here, and whether their name has a password. Until `muted_until` they read and do not
    write.
    """

    user_id: str
    username: str
    role: str
    has_password: bool
    muted_until: str | None = None


class SignedInDevice(Struct, frozen=True):
    """A session of the caller: the device in words, the address it signed in from, and when it ends unless it is used
    before.
    """

    id: str
    device: str
    address: str
    created_at: str
    last_used_at: str
    expires_at: str
    is_current: bool


class Devices(Struct, frozen=True):
    """The sessions of the caller, the one that was used last first."""

    sessions: list[SignedInDevice]


class DeviceLink(Struct, frozen=True):
    """The code of a link that signs somebody in once, at `#/device/<code>` of any address of this server."""

    code: str
    expires_at: str


class Invite(Struct, frozen=True, omit_defaults=True):
    """What to send to others so that they can come in."""

    ways_in: WaysIn
    phrase: str | None = None


class Invitation(Struct, frozen=True, omit_defaults=True):
    """A link by which new people come in, as `role`; `uses_left` where there is an end to it."""

    id: str
    role: str
    created_at: str
    expires_at: str
    uses_left: int | None = None


class Invitations(Struct, frozen=True):
    """The invitations that are good, the newest first."""

    invitations: list[Invitation]


class NewInvitation(Invitation, frozen=True, kw_only=True):
    """An invitation with its code, which is told once; the link is `#/invite/<code>` of any address."""

    code: str


class Stored(Struct, frozen=True):
    """How much there is: messages in rooms, people with an account, bytes of the database."""

    messages: int
    people: int
    bytes: int


class Place(Struct, frozen=True):
    """An address of this server, and why it stands where it does in the list of them."""

    url: str
    ip: str
    interface: str
    reason: str


class Overview(Struct, frozen=True, omit_defaults=True):
    """What the host sees of the chat: the choices as they hold, those that a setting has `fixed`, the places at which
    it is reached, the best first, and whether anybody came from another machine since the start. `phrase` is there once
    one was needed; `trouble` is what is wrong at the moment.
    """

    version: str
    name: str
    retention_days: int
    https: Https
    is_set_up: bool
    fixed: list[str]
    visited: bool
    addresses: list[Place]
    secure_addresses: list[str]
    local_name: str | None
    stored: Stored
    ways_in: WaysIn
    newcomers: Newcomers
    rooms_may_keep_more: bool
    retention_messages: int
    archive_folder: str
    phrase: str | None = None
    trouble: list[Trouble] = []


class Backup(Struct, frozen=True, omit_defaults=True):
    """A copy of the database in the data folder's `backups`, and the form it has. `maker` made it by itself, where
    nobody asked for it. It was last proven at `proven_at`, or `failed` for this reason; where neither is there, it is
    still to be proven. At `goes_at` it is removed at the latest, where the chat does not keep everything.
    """

    name: str
    created_at: str
    bytes: int
    revision: str
    maker: Maker | None = None
    proven_at: str | None = None
    failed: str | None = None
    goes_at: str | None = None


class Erased(Struct, frozen=True, omit_defaults=True):
    """The backups that can still hold what the chat has erased: how many, when the newest was made, and when the last
    of them goes, where that is settled.
    """

    backups: int
    newest: str
    until: str | None = None


class Backups(Struct, frozen=True, omit_defaults=True):
    """The backups there are, the newest first, and the folder of the server in which they lie."""

    folder: str
    backups: list[Backup]
    erased: Erased | None = None


class SyncedRoom(Struct, frozen=True, omit_defaults=True):
    """What changed in a room since the `rev` asked from, in order of `rev`; `rev` is where to go on from.

    `more`: there was no space for all, ask again. `reset`: too much to tell, load the last page anew. `gone`: there is
    no such room for the caller.
    """

    rev: int
    messages: list[NewMessage]
    more: bool = False
    reset: bool = False
    gone: bool = False


class Synced(Struct, frozen=True):
    """The rooms asked for, by id."""

    history_id: str
    rooms: dict[str, SyncedRoom]


class PastText(Struct, frozen=True):
    """What a message said before it was edited, and when that was written."""

    message: str
    created_at: str


class Edits(Struct, frozen=True):
    """What a message said before, the oldest first."""

    edits: list[PastText]


class Page(Struct, frozen=True):
    """Messages of a room, oldest first, and whether there are others on either side."""

    messages: list[NewMessage]
    has_more_before: bool
    has_more_after: bool


class SearchResult(Struct, frozen=True):
    """A message that was found, and the piece of it that shows why."""

    message: NewMessage
    snippet: list[Piece]


class SearchResults(Struct, frozen=True, omit_defaults=True):
    """What was found, the newest first. With a `cursor` there may be more; where the search stopped before the page was
    full, `reached` is the time down to which everything was looked at.
    """

    results: list[SearchResult]
    cursor: str | None = None
    reached: str | None = None

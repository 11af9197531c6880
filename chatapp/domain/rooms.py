"""What rooms may be called, which ids they get, and how they are told of."""

import re
import secrets
import unicodedata
from collections.abc import Collection, Iterable, Sequence

from chatapp.domain import names
from chatapp.domain.entities import DIRECT, Kind, Room, User
from chatapp.domain.events import Keeps, Person, RoomView
from chatapp.errors import BadRequest, TooLong

LONGEST_NAME = 64
LONGEST_TOPIC = 250
MOST_TALKING = 10
"""People of one conversation, whoever begins it included (wire contract: 1 to 9 others)."""

# They join or part letters, and emoji of several; of all other characters without a picture of their own a line may
# hold none. Two names that differ in these alone are one.
_JOINERS = "\u200c\u200d"
_UNSEEN = re.compile(f"[{_JOINERS}\u034f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
# Letters and a symbol that show nothing (Default_Ignorable_Code_Point of Unicode, and the blank of Braille).
_BLANKS = frozenset("\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_NO_SLUG = re.compile("[^a-z0-9]+")
# What the ids of closed rooms begin with.
_RESERVED = ("private-", "direct-")


def prepare_name(name: str) -> str:
    """The name in the form it is kept and shown: one line, single spaces. Raises BadRequest or TooLong."""
    name = _line(name, "name")
    if len(name) > LONGEST_NAME:
        raise TooLong(f"The name of a room has at most {LONGEST_NAME} characters.", field="name")
    if not any(unicodedata.category(character)[0] in "LNPS" for character in name):
        raise BadRequest("A room needs a name.", field="name")
    return name


def prepare_topic(topic: str) -> str:
    """The topic in the form it is kept and shown: one line, which may be empty. Raises BadRequest or TooLong."""
    topic = _line(topic, "topic")
    if len(topic) > LONGEST_TOPIC:
        raise TooLong(f"The topic of a room has at most {LONGEST_TOPIC} characters.", field="topic")
    return topic


def fold(name: str) -> str:
    """The key under which the name of a public room is unique; compared as names of people are."""
    return names.fold(_UNSEEN.sub("", name))


def slug(name: str, taken: Collection[str]) -> str:
    """The id of a public room of this name, which is none of those `taken`: `tech-talk`, or `tech-talk-2`."""
    plain = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    found = _NO_SLUG.sub("-", plain).strip("-")[:48].rstrip("-") or "room"
    if f"{found}-".startswith(_RESERVED):
        found = f"room-{found}"
    numbers = iter(range(2, len(taken) + 3))
    made = found
    while made in taken:
        made = f"{found}-{next(numbers)}"
    return made


def secret_id(kind: Kind) -> str:
    """A new id of a room that is not everybody's: it tells nothing, and cannot be guessed (128 bits)."""
    return f"{kind}-{secrets.token_hex(16)}"


def direct_key(user_ids: Iterable[int]) -> str:
    """What a conversation of these people is known by."""
    return " ".join(str(user_id) for user_id in sorted({*user_ids}))


def talking(room: Room) -> list[int]:
    """The ids of those who talk in a direct room, whether they have left it or not; of any other nobody's."""
    return [int(user_id) for user_id in (room.direct_key or "").split()]


def joined_names(people: Sequence[User]) -> str:
    """What a conversation is called for clients that do not look who talks in it."""
    return ", ".join(user.username for user in people)[:LONGEST_NAME]


def as_view(room: Room, keeps: Keeps, people: Iterable[User] = ()) -> RoomView:
    """A room as it is told, with what it `keeps`; `people` are those who talk in it, where it is a conversation."""
    return RoomView(
        id=room.id,
        name=room.name,
        topic=room.topic,
        message_count=room.message_count,
        last_seq=room.last_seq,
        rev=room.rev,
        kind=room.kind,
        keeps=keeps,
        archived=room.archived_at is not None,
        created_by=None if room.created_by is None else str(room.created_by),
        members=as_people(people) if room.kind == DIRECT else None,
    )


def as_people(people: Iterable[User]) -> list[Person]:
    """People, as they are told of."""
    return [Person(str(user.id), user.username) for user in people]


def _line(text: str, field: str) -> str:
    # All white space counts as a space, line ends too.
    line = " ".join(unicodedata.normalize("NFC", text).split())
    if not all((character.isprintable() or character in _JOINERS) and character not in _BLANKS for character in line):
        raise BadRequest(f"The {field} of a room holds a character that cannot be shown.", field=field)
    return line

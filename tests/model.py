"""What the server must do with messages, written a second time as simply as can be: the judge of `test_views`.

Each command gives the message as it must be told, without what only the server can know (ids and times), or the code
of the refusal; `keep` takes what the server then told. Nothing here is bounded, batched or stored.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

Message = dict[str, Any]
Outcome = Message | str
"""A message, or the code of a refusal."""

MADE_BY_THE_SERVER = ("id", "timestamp", "date", "created_at")
# Text → the names in it. What counts as a name is the matter of tests/unit/test_mentions.py.
TEXTS: dict[str, tuple[str, ...]] = {
    "Hello": (),
    "@Ada, look": ("Ada",),
    "@MO and @Bo.": ("Mo", "Bo"),
    "`@Ada` is code": (),
    "Who is @Guest?": ("Guest",),
    "@Adele @Ada-@Bo": ("Adele", "Ada", "Bo"),
}
MOST_EMOJIS = 3


@dataclass
class Person:
    """Somebody with a name; a member has an account, and places up to which they have read."""

    id: str
    name: str
    is_member: bool
    role: str = "member"


@dataclass
class Trimmed:
    """What a cleanup took from a room and is not erased yet."""

    room: str
    messages: list[Message]


@dataclass
class Room:
    """A room: its messages from `first_seq` on, and the ids of all there ever were. A private one is seen by those who
    belong to it; who made it removes people from it.
    """

    is_private: bool = False
    made_by: str | None = None
    rev: int = 0
    trimmed_rev: int = 0
    first_seq: int = 1
    messages: list[Message] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    is_held: bool = False

    @property
    def last_seq(self) -> int:
        """The place of the newest message."""
        return len(self.ids)

    def since(self, rev: int) -> list[Message]:
        """What has changed after `rev`, in this order."""
        return sorted((one for one in self.messages if one["rev"] > rev), key=lambda one: int(one["rev"]))


class Model:
    """Rooms, people and how far they have read in those that they belong to; `trash` is what can be brought back, the
    oldest first.

    Until somebody takes them, `pings` gathers who is newly mentioned, by person and room; `moves` who has read further,
    with what is told of it; and `drops` in the same way those for whom there is less that is unread.
    """

    def __init__(self, rooms: tuple[str, ...]) -> None:
        self.rooms = {room: Room() for room in rooms}
        self.people: dict[str, Person] = {}
        self.read: dict[tuple[str, str], int] = {}
        self.sent: dict[tuple[str, str], str] = {}
        self.past: dict[str, list[str]] = {}
        self.trash: list[Trimmed] = []
        self.pings: list[tuple[str, str]] = []
        self.moves: list[tuple[str, str, tuple[int, int]]] = []
        self.drops: list[tuple[str, str, tuple[int, int]]] = []

    def do(self, by: Person, event: str, asked: dict[str, Any]) -> Outcome:
        """What a command for messages must be answered."""
        match event:
            case "send_message":
                return self.send(by, asked["room"], asked["message"], asked.get("client_id"), asked.get("reply_to"))
            case "edit_message":
                return self.edit(by, asked["id"], asked["message"])
            case "delete_message":
                return self.delete(by, asked["id"])
        return self.react(by, asked["id"], asked["emoji"], on=asked["on"])

    def come(self, person: Person) -> None:
        """Somebody has a name from now on; all that was said before counts as read."""
        self.people[person.id] = person
        if person.is_member:
            self.read |= {(person.id, name): room.last_seq for name, room in self.rooms.items() if not room.is_private}

    def begin(self, name: str, maker: Person) -> None:
        """Make a private room; who makes it belongs to it."""
        self.rooms[name] = Room(is_private=True, made_by=maker.id)
        self.read[maker.id, name] = 0

    def sees(self, person: Person, room: str) -> bool:
        """Whether somebody is told that there is this room."""
        return not self.rooms[room].is_private or (person.id, room) in self.read

    def join(self, by: Person, room: str) -> str | None:
        """Enter a room; who has an account belongs to it from then on. The code of the refusal, None without one."""
        if not self.sees(by, room):
            return "not_found"
        if by.is_member:
            self.read.setdefault((by.id, room), self.rooms[room].last_seq)
        return None

    def invite(self, by: Person, room: str, other: Person) -> str | None:
        """Let somebody belong to a private room."""
        if not self.sees(by, room):
            return "not_found"
        if not self.rooms[room].is_private or not by.is_member:
            return "forbidden"
        self.read.setdefault((other.id, room), self.rooms[room].last_seq)
        return None

    def leave(self, by: Person, room: str) -> str | None:
        """Belong to a room no more."""
        if not self.sees(by, room):
            return "not_found"
        self.read.pop((by.id, room), None)
        return None

    def remove(self, by: Person, room: str, other: Person) -> str | None:
        """Let somebody belong to a room no more."""
        if not self.sees(by, room):
            return "not_found"
        if by.id != self.rooms[room].made_by and by.role != "moderator":
            return "forbidden"
        if (other.id, room) not in self.read:
            return "not_found"
        if by is other or (other.role == "moderator" and by.role != "moderator"):
            return "forbidden"
        del self.read[other.id, room]
        return None

    def unread_mentions(self, person: Person, room: str) -> int:
        """How many messages after what the person has read mention them; a temporary person has no such count."""
        read = self.read.get((person.id, room))
        found = [one for one in self.rooms[room].messages if person.id in one.get("mentions", ())]
        return 0 if read is None else len([one for one in found if one["seq"] > read])

    def send(self, by: Person, room: str, text: str, client_id: str | None, reply_to: str | None) -> Outcome:
        """Say something."""
        repeated = self.sent.get((by.id, client_id or ""))
        if repeated is not None:
            return next((one for _, one in self._all() if one["id"] == repeated), "conflict")
        here = self.rooms[room]
        if not self.sees(by, room):
            return "not_found"
        if reply_to is not None and all(one["id"] != reply_to for one in here.messages):
            return "not_found"
        more = {"client_id": client_id, "reply_to": reply_to, "mentions": self._named(text)}
        sent = {"room": room, "seq": here.last_seq + 1, "rev": here.rev + 1, "user_id": by.id, "username": by.name}
        return {**sent, "message": text, **{key: value for key, value in more.items() if value}}

    def edit(self, by: Person, message_id: str, text: str) -> Outcome:
        """Say something else."""
        message = self._find(message_id)
        if message is None or not self.sees(by, message["room"]):
            return "not_found"
        if message["user_id"] != by.id:
            return "forbidden"
        if "deleted" in message:
            return "conflict"
        if message["message"] == text:
            return message
        edited = {**message, "message": text, "mentions": self._named(text), "edited_at": None}
        return self._changed(edited)

    def delete(self, by: Person, message_id: str) -> Outcome:
        """Take back."""
        message = self._find(message_id)
        if message is None or not self.sees(by, message["room"]):
            return "not_found"
        if message["user_id"] != by.id and by.role not in ("moderator", "host"):
            return "forbidden"
        if "deleted" in message:
            return message
        gone = ("mentions", "reactions", "reply_to", "edited_at")
        return self._changed(
            {**{key: message[key] for key in message if key not in gone}, "message": "", "deleted": True}
        )

    def react(self, by: Person, message_id: str, emoji: str, *, on: bool) -> Outcome:
        """Put an emoji, or take it away."""
        message = self._find(message_id)
        if message is None or not self.sees(by, message["room"]):
            return "not_found"
        if "deleted" in message:
            return "conflict"
        here: dict[str, list[str]] = message.get("reactions", {})
        if (by.id in here.get(emoji, [])) == on:
            return message
        if emoji not in here and len(here) == MOST_EMOJIS:
            return "bad_request"
        people = [one for one in here.get(emoji, []) if one != by.id] + [by.id] * on
        after = {one: those for one, those in {**here, emoji: people}.items() if those}
        return self._changed({**message, "reactions": after})

    def keep(self, by: Person, expected: Message, told: Message) -> None:
        """Take the message the server told for `expected`. Raises AssertionError where it is another."""
        if "id" not in expected:
            self._keep_sent(by, expected, told)
            return
        before = self._find(expected["id"])
        assert before is not None
        if expected.get("edited_at", "") is None:
            assert told["edited_at"] >= before.get("edited_at", before["created_at"])
            expected = {**expected, "edited_at": told["edited_at"]}
        assert told == expected
        assert [*told.get("reactions", {})] == [*expected.get("reactions", {})]
        room = self.rooms[told["room"]]
        if told["rev"] == before["rev"]:
            return
        room.rev = told["rev"]
        room.messages[told["seq"] - room.first_seq] = told
        if "deleted" in told:
            self.past[told["id"]] = []
        elif told["message"] != before["message"]:
            self.past[told["id"]].append(before["message"])
        self._ping(before, told)

    def mark_read(self, by: Person, room: str, seq: int) -> int:
        """Have read a room that one sees up to a place; how far that is now, if one belongs to it."""
        seq = min(seq, self.rooms[room].last_seq)
        if (by.id, room) not in self.read:
            return seq
        if seq > self.read[by.id, room]:
            self.read[by.id, room] = seq
            self.moves.append((by.id, room, (seq, self.unread_mentions(by, room))))
        return self.read[by.id, room]

    def trim(self, keep: int) -> None:
        """Remove all but the newest `keep` messages of each room that is not held."""
        for name, room in self.rooms.items():
            count = max(0, len(room.messages) - keep)
            if count and not room.is_held:
                self.trash.append(Trimmed(name, room.messages[:count]))
                self._begin_at(room, room.messages[count:])

    def bring_back(self, place: int) -> None:
        """Undo the cleanup at this place of the trash, with later ones of the same room; it is held from then on."""
        name = self.trash[place].room
        room = self.rooms[name]
        back = [one for one in self.trash[place:] if one.room == name]
        self.trash = [one for one in self.trash if one not in back]
        room.is_held = True
        self._begin_at(room, [message for one in back for message in one.messages] + room.messages)

    def erase(self) -> None:
        """Remove for good what cleanups took, but from rooms that are held."""
        self.trash = [one for one in self.trash if self.rooms[one.room].is_held]

    def _begin_at(self, room: Room, messages: list[Message]) -> None:
        room.first_seq = room.last_seq + 1 - len(messages)
        room.messages = messages
        room.rev = room.trimmed_rev = room.rev + 1

    def _keep_sent(self, by: Person, expected: Message, told: Message) -> None:
        room = self.rooms[told["room"]]
        assert {key: told[key] for key in told if key not in MADE_BY_THE_SERVER} == expected
        assert int(told["id"]) > max((int(one) for one in room.ids), default=0)
        room.rev = told["rev"]
        room.messages.append(told)
        room.ids.append(told["id"])
        self.past[told["id"]] = []
        if "client_id" in told:
            self.sent[by.id, told["client_id"]] = told["id"]
        if self.mark_read(by, told["room"], told["seq"]) and (by.id, told["room"]) not in self.read:
            self.moves.append((by.id, told["room"], (told["seq"], 0)))
        self._ping({}, told)

    def _ping(self, before: Message, after: Message) -> None:
        for person_id in after.get("mentions", ()):
            is_new = person_id not in before.get("mentions", ()) and person_id != after["user_id"]
            if is_new and self.read.get((person_id, after["room"]), after["seq"]) < after["seq"]:
                self.pings.append((person_id, after["room"]))
        for person_id in before.get("mentions", ()):
            place = (person_id, after["room"])
            if person_id not in after.get("mentions", ()) and self.read.get(place, after["seq"]) < after["seq"]:
                left = self.unread_mentions(self.people[person_id], after["room"])
                self.drops.append((*place, (self.read[place], left)))

    def _changed(self, message: Message) -> Message:
        rev = self.rooms[message["room"]].rev + 1
        return {
            key: value for key, value in {**message, "rev": rev}.items() if value or key in ("message", "edited_at")
        }

    def _named(self, text: str) -> list[str]:
        owners = {person.name: person.id for person in self.people.values()}
        return [owners[name] for name in TEXTS[text] if name in owners]

    def _find(self, message_id: str) -> Message | None:
        return next((one for _, one in self._all() if one["id"] == message_id), None)

    def _all(self) -> Iterator[tuple[str, Message]]:
        return ((name, one) for name, room in self.rooms.items() for one in room.messages)

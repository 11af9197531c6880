"""What a client knows of the rooms: the fold of what it hears, told when it must ask and what.

It is the model of a client that the server must never leave wrong. A connection's use of it:

    view.take("joined_room", payload)      after every join, and every event as it comes
    view.cut()                             the connection was lost: whatever came meanwhile was missed
    while asked := view.due(): view.answered(await call("sync", asked))
    for room in view.stale: join it again  `reset`: the server cannot tell the changes, the last page is loaded anew
    view.differences(room, stored) == []   at rest
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

Message = dict[str, Any]
_COUNTED = {"new_message", "message_changed", "history_trimmed", "history_restored"}
MOST_ROOMS = 100


@dataclass
class RoomView:
    """One room from `from_seq` on. All changes up to `rev` are known; `ahead` are revs heard beyond a gap."""

    rev: int
    from_seq: int
    messages: dict[str, Message] = field(default_factory=dict)
    ahead: set[int] = field(default_factory=set)
    is_due: bool = False

    def put(self, messages: Iterable[Message]) -> None:
        """Take messages in full, each unless a newer state is known or it lies before what is shown."""
        for message in messages:
            known = self.messages.get(message["id"])
            if message["seq"] >= self.from_seq and (known is None or known["rev"] <= message["rev"]):
                self.messages[message["id"]] = message

    def trim(self, before_seq: int) -> None:
        """Forget the messages before `before_seq`."""
        self.from_seq = max(self.from_seq, before_seq)
        self.messages = {id_: one for id_, one in self.messages.items() if one["seq"] >= self.from_seq}

    def count(self, rev: int) -> None:
        """Note a change heard; a gap makes a sync due."""
        if rev > self.rev:
            self.ahead.add(rev)
            self.go_on_from(self.rev)
            self.is_due = self.is_due or bool(self.ahead)

    def go_on_from(self, rev: int) -> None:
        """Know all changes up to `rev`, and those beyond that were heard without a gap."""
        self.rev = max(self.rev, rev)
        while self.rev + 1 in self.ahead:
            self.rev += 1
        self.ahead = {one for one in self.ahead if one > self.rev}


class View:
    """All rooms a client has entered. `stale` are those whose last page must be loaded anew by `join_room`."""

    def __init__(self) -> None:
        self.history_id: str | None = None
        self.rooms: dict[str, RoomView] = {}
        self.stale: set[str] = set()

    def take(self, event: str, payload: Any) -> None:
        """Take an event as it comes; those that tell nothing of messages change nothing."""
        if event == "joined_room":
            self._load(payload)
        elif event in _COUNTED and payload["room"] in self.rooms:
            room = self.rooms[payload["room"]]
            if event == "history_trimmed":
                room.trim(payload["before_seq"])
            elif event != "history_restored":  # which says nothing of what is shown
                room.put([payload])
            room.count(payload["rev"])
        elif event == "room_removed" and not payload.get("is_public"):
            self.rooms.pop(payload["room"], None)
            self.stale.discard(payload["room"])

    def cut(self) -> None:
        """The connection was lost: every room may have changed unheard."""
        for room in self.rooms.values():
            room.is_due = True

    def due(self) -> dict[str, Any] | None:
        """The payload of the `sync` to send next, None when there is nothing to ask. Ask one at a time."""
        revs = {name: room.rev for name, room in self.rooms.items() if room.is_due and name not in self.stale}
        return {"history_id": self.history_id, "rooms": dict(list(revs.items())[:MOST_ROOMS])} if revs else None

    def answered(self, answer: dict[str, Any]) -> None:
        """Take the ack of a `sync`."""
        for name, told in answer["rooms"].items():
            room = self.rooms.get(name)
            if told.get("gone"):
                self.rooms.pop(name, None)
                self.stale.discard(name)
            elif told.get("reset"):
                self.stale.add(name)
            elif room is not None:
                room.put(told["messages"])
                room.go_on_from(told["rev"])
                room.is_due = bool(told.get("more") or room.ahead)

    def messages(self, room: str) -> list[Message]:
        """What is shown of a room, oldest first."""
        return sorted(self.rooms[room].messages.values(), key=lambda message: int(message["seq"]))

    def differences(self, room: str, stored: list[Message]) -> list[str]:
        """What this view has wrong, in words; `stored` is the whole history, or a page that reaches back as far."""
        from_seq = self.rooms[room].from_seq
        here = {message["seq"]: message for message in self.messages(room)}
        there = {message["seq"]: message for message in stored if message["seq"] >= from_seq}
        return [
            f"{room} seq {seq}: shown {here.get(seq)}, stored {there.get(seq)}"
            for seq in sorted(here.keys() | there.keys())
            if here.get(seq) != there.get(seq)
        ]

    def _load(self, page: dict[str, Any]) -> None:
        """Take the last page of a room. Where the room was known, changes of older messages are still to be asked."""
        if self.history_id not in {None, page["history_id"]}:
            self.rooms, self.stale = {}, set()
        self.history_id = page["history_id"]
        from_seq = page["messages"][0]["seq"] if page["messages"] else page["last_seq"] + 1
        room = self.rooms.get(page["room"])
        if room is None or page["room"] in self.stale:
            room = self._begin(page, from_seq)
        room.put(page["messages"])
        room.trim(page["first_seq"])
        room.is_due = room.is_due or page["rev"] > room.rev

    def _begin(self, page: dict[str, Any], from_seq: int) -> RoomView:
        """A view of nothing but this page, and what was heard since."""
        old = self.rooms.get(page["room"], RoomView(0, 0))
        room = self.rooms[page["room"]] = RoomView(page["rev"], from_seq)
        room.put(message for message in old.messages.values() if message["rev"] > page["rev"])
        for rev in {*old.ahead, *range(page["rev"] + 1, old.rev + 1)}:
            room.count(rev)
        self.stale.discard(page["room"])
        return room

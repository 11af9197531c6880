"""A person's device: its connection, what it knows by what it heard, and what it must have heard."""

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.model import Outcome, Person
from tests.raw import Raw
from tests.view import View


@dataclass
class Device:
    """One device: its connection (None while it is away), the room it is in or has `left` so, the rooms that its person
    belongs to by what it heard, those that are not everybody's (`closed`), what it knows, and what it heard or must
    have heard since it connected: mentions by room, and how far it was told that its person has read.
    """

    raw: Raw | None = None
    person: Person | None = None
    room: str | None = None
    left: str | None = None
    belongs: set[str] = field(default_factory=set)
    closed: frozenset[str] = frozenset()
    view: View = field(default_factory=View)
    heard_rev: int = 0
    pings: Counter[str] = field(default_factory=Counter)
    due_pings: Counter[str] = field(default_factory=Counter)
    reads: dict[str, tuple[int, int]] = field(default_factory=dict)
    due_reads: dict[str, tuple[int, int]] = field(default_factory=dict)

    def take(self) -> None:
        """Take what has been heard."""
        assert self.raw is not None
        for packet in self.raw.heard:
            if packet.startswith("42"):
                event, payload = json.loads(packet[2:])
                assert self.person is not None or event in {"rooms_list", "error"}, "strangers hear of nothing"
                self._take_event(event, payload)
        self.raw.heard.clear()

    def away(self) -> None:
        """The connection has ended."""
        self.left = self.room or self.left
        self.raw = self.room = None
        self.view.cut()
        self.forget()

    def forget(self) -> None:
        """Compare what is heard and must be heard from now on."""
        for tally in (self.pings, self.due_pings, self.reads, self.due_reads):
            tally.clear()

    def _take_event(self, event: str, payload: Any) -> None:
        self.view.take(event, payload)
        if event == "room_added":
            self.belongs.add(payload["room"]["id"])
            return
        if event != "rooms_list":
            room = payload["room"]["id"] if event == "room_changed" else payload.get("room")
            assert room not in self.closed or room in self.belongs, f"{event} of a room that is not theirs"
        if event == "room_removed":
            self.belongs.discard(payload["room"])
        if event == "joined_room":
            self.heard_rev = payload["rev"]
        elif event in {"new_message", "message_changed", "history_trimmed", "history_restored"}:
            assert (payload["room"], payload["rev"]) == (self.room, self.heard_rev + 1), (
                "heard in order, nothing left out"
            )
            self.heard_rev += 1
        elif event == "read":
            self.reads[payload["room"]] = (payload["seq"], payload["mention_count"])
        elif event == "room_activity":
            room = self.view.rooms.get(payload["room"])
            self.pings[payload["room"]] += payload.get("mention", False)
            if room is not None and payload["last_rev"] > room.rev:
                room.is_due = True


async def over_socket(raw: Raw, event: str, payload: dict[str, Any]) -> Outcome:
    """What a command is answered: the message, or the code of the refusal."""
    return told(await raw.call(event, payload))


def told(ack: dict[str, Any]) -> Outcome:
    """The message in an ack, or the code of the refusal."""
    return str(ack["error"]["code"]) if not ack["ok"] else ack.get("message", ack)


async def over_http(http: httpx.AsyncClient, token: str | None, event: str, payload: dict[str, Any]) -> Outcome:
    """The same by way of REST."""
    body = dict(payload)
    match event:
        case "send_message":
            method, path = "POST", f"/api/rooms/{body.pop('room')}/messages"
        case "mark_read":
            method, path = "POST", f"/api/rooms/{body.pop('room')}/read"
        case "invite":
            method, path = "POST", f"/api/rooms/{body.pop('room')}/members"
        case "leave_room":
            method, path = "DELETE", f"/api/rooms/{body['room']}/members/me"
        case "remove_member":
            method, path = "DELETE", f"/api/rooms/{body['room']}/members/{body['username']}"
        case "edit_message":
            method, path = "PATCH", f"/api/messages/{body.pop('id')}"
        case "delete_message":
            method, path = "DELETE", f"/api/messages/{body.pop('id')}"
        case _:
            method = "PUT" if body["on"] else "DELETE"
            path = f"/api/messages/{body['id']}/reactions/{body['emoji']}"
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    has_no_body = event == "react" or method == "DELETE"
    answer = await http.request(method, path, json=None if has_no_body else body, headers=headers)
    found: dict[str, Any] = answer.json() if answer.content else {}
    return found if answer.is_success else str(found["code"])

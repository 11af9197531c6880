"""People who talk, change and react without end over connections that break, and the ledger of all they were told.

A person keeps what was not acked and says it again on the next connection, in order, as a client's outbox does. What
comes is folded into a `View`, and every message in full is entered into the `Ledger` that all of them share.
"""

import asyncio
import random
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.links import ACK, LOST, Link
from tests.raw import PATIENCE
from tests.view import Message, View

EMOJIS = ("👍", "🎉", "☃️")
NOWHERE = -1
"""The rev heard last, before the room was entered on this connection."""


@dataclass
class Ledger:
    """All that anybody was told, by room and rev: told twice, it must be the same, also across restarts."""

    told: dict[tuple[str, int], Message] = field(default_factory=dict)
    acked: int = 0
    repeated: int = 0
    heard: int = 0
    progress: asyncio.Event = field(default_factory=asyncio.Event)

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until this holds, looking whenever somebody heard something."""
        while not holds():
            self.progress.clear()
            await self.progress.wait()

    def last_rev(self, room: str) -> int:
        """The highest rev of a room that anybody was told."""
        return max((rev for where, rev in self.told if where == room), default=0)

    def enter(self, message: Message) -> None:
        """Note a message in full. Raises AssertionError when something else was told under its rev."""
        known = self.told.setdefault((message["room"], message["rev"]), message)
        assert known == message, f"told under one rev: {known} and {message}"

    def check(self, room: str, stored: list[Message]) -> None:
        """Check the whole history of a room. Raises AssertionError where it is not what was told."""
        assert [one["seq"] for one in stored] == list(range(1, len(stored) + 1)), "seq has a gap"
        revs = [one["rev"] for one in stored]
        assert len(revs) == len(set(revs)), "a rev stands twice"
        by_id = {one["id"]: one for one in stored}
        for (where, rev), message in self.told.items():
            if where == room:
                kept = by_id.get(message["id"])
                assert kept is not None, f"told and not stored: {message}"
                assert kept["rev"] >= rev, f"told, and stored as it was before: {message}, {kept}"
                assert kept["rev"] > rev or kept == message, f"told otherwise than stored: {message}, {kept}"
                same = ("seq", "client_id", "user_id", "created_at")
                assert [kept.get(key) for key in same] == [message.get(key) for key in same]


@dataclass
class Asked:
    """Something asked for and not acked yet; `number` while it is under way on the present connection."""

    event: str
    payload: dict[str, Any]
    number: int | None = None
    tries: int = 0


class Person:
    """Somebody in `room`, with a seeded mind. `make` connects; `work` is how much there is still to do.

    After `patience` seconds without an ack that is waited for the connection counts as lost.
    """

    def __init__(self, name: str, room: str, seed: str, ledger: Ledger, make: Callable[[], Link]) -> None:
        self.name, self.room = name, room
        self.view = View()
        self.said: list[str] = []
        self.wanted: dict[str, Message] = {}
        self.reactions: dict[tuple[str, str], bool] = {}
        self.work = 0
        self.outbox: deque[Asked] = deque()
        self.user_id = self.token = ""
        self.most_under_way = 12
        self.patience = PATIENCE
        self._random = random.Random(seed)
        self._ledger = ledger
        self._make = make
        self._number = 0
        self._private: dict[int, str] = {}
        self._heard_rev = NOWHERE

    async def register(self, url: str) -> None:
        """Get a name and a token."""
        async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
            answer = await client.post("/api/session", json={"username": self.name})
            assert answer.status_code == 201, answer.text
            self.user_id, self.token = answer.json()["user_id"], answer.json()["token"]

    @property
    def is_done(self) -> bool:
        """Whether all is acked and nothing is left to say."""
        return not self.work and not self.outbox

    @property
    def has_heard_all(self) -> bool:
        """Whether the view of the room is at the last rev that anybody was told."""
        room = self.view.rooms.get(self.room)
        return room is not None and room.rev == self._ledger.last_rev(self.room) and self.view.due() is None

    async def connect_and_talk(self) -> None:
        """Live through one connection. Raises one of LOST when it has ended."""
        link = self._make()
        for asked in self.outbox:
            asked.number = None
        self._private.clear()
        self._heard_rev = NOWHERE
        self.view.cut()
        try:
            await link.open({"token": self.token})
            await self._ask_privately(link, "join_room", {"room": self.room})
            clock = asyncio.get_running_loop().time
            acked_at = clock()
            while True:
                is_waiting = self.outbox or self._private
                async with asyncio.timeout_at(acked_at + self.patience if is_waiting else None):
                    event, payload = await link.hear()
                if event == ACK:
                    acked_at = clock()
                    self._settle(*payload)
                else:
                    acked_at = acked_at if is_waiting else clock()
                    self._take(event, payload, may_skip=link.may_skip)
                self._ledger.heard += 1
                self._ledger.progress.set()
                if self._heard_rev != NOWHERE:
                    await self._go_on(link)
        finally:
            with suppress(*LOST):
                await link.close()

    def _take(self, event: str, payload: Any, *, may_skip: bool) -> None:
        if event in {"new_message", "message_changed"}:
            self._ledger.enter(payload)
        if event == "joined_room":
            self._heard_rev = payload["rev"]
            for message in payload["messages"]:
                self._ledger.enter(message)
        elif event in {"new_message", "message_changed"} and self._heard_rev != NOWHERE:
            is_next = payload["rev"] > self._heard_rev if may_skip else payload["rev"] == self._heard_rev + 1
            assert is_next, f"{self.name} heard {payload} after rev {self._heard_rev}"
            self._heard_rev = payload["rev"]
        self.view.take(event, payload)

    def _settle(self, number: int, answer: dict[str, Any]) -> None:
        private = self._private.pop(number, None)
        if private is not None:
            assert answer["ok"], answer
            if private == "sync":
                self.view.answered(answer)
                for room in answer["rooms"].values():
                    for message in room.get("messages", ()):
                        self._ledger.enter(message)
            return
        asked = next((one for one in self.outbox if one.number == number), None)
        assert asked is not None, f"an ack nobody waits for: {number} {answer}"
        self.outbox.remove(asked)
        if answer["ok"]:
            self._ledger.enter(answer["message"])
            self._ledger.acked += 1
            self._note(asked, answer["message"])
        else:
            # A change may meet a deletion, one's own whose ack was lost or the author's.
            assert asked.event != "send_message", answer
            assert answer["error"]["code"] == "conflict", answer

    def _note(self, asked: Asked, message: Message) -> None:
        """Remember what must be stored in the end."""
        if asked.event == "send_message":
            self.wanted[message["id"]] = {"client_id": message["client_id"], "message": asked.payload["message"]}
        elif asked.event == "edit_message":
            self.wanted[message["id"]]["message"] = asked.payload["message"]
        elif asked.event == "delete_message":
            self.wanted[message["id"]] |= {"message": "", "deleted": True}
        else:
            self.reactions[message["id"], asked.payload["emoji"]] = asked.payload["on"]

    async def _go_on(self, link: Link) -> None:
        """Ask for what was missed, say again what was not acked, and think of something new."""
        if not self._private:
            if self.view.stale:
                await self._ask_privately(link, "join_room", {"room": self.room})
            elif (due := self.view.due()) is not None:
                await self._ask_privately(link, "sync", due)
        for asked in self.outbox:
            if asked.number is None:
                await self._ask(link, asked)
        while self.work and len(self.outbox) < self.most_under_way:
            self.work -= 1
            self.outbox.append(asked := self._think())
            await self._ask(link, asked)

    def _think(self) -> Asked:
        """Something new to do."""
        what = self._random.random()
        mine = [id_ for id_, one in self.wanted.items() if "deleted" not in one][-20:]
        known = list(self.view.rooms[self.room].messages)[-30:]
        if what < 0.15 and mine:
            return Asked("edit_message", {"id": self._random.choice(mine), "message": self._text()})
        if what < 0.2 and mine:
            return Asked("delete_message", {"id": self._random.choice(mine)})
        if what < 0.35 and known:
            emoji, on = self._random.choice(EMOJIS), self._random.random() < 0.7
            return Asked("react", {"id": self._random.choice(known), "emoji": emoji, "on": on})
        self.said.append(f"{self.name}-{len(self.said)}")
        return Asked("send_message", {"message": self._text(), "room": self.room, "client_id": self.said[-1]})

    def _text(self) -> str:
        return f"{self.name} {self._random.randrange(1_000_000)}" + "☃" * self._random.choice([0, 0, 5, 300])

    async def _ask(self, link: Link, asked: Asked) -> None:
        self._number += 1
        asked.number = self._number
        asked.tries += 1
        self._ledger.repeated += asked.tries > 1
        await link.ask(self._number, asked.event, asked.payload)

    async def _ask_privately(self, link: Link, event: str, payload: Any) -> None:
        self._number += 1
        self._private[self._number] = event
        await link.ask(self._number, event, payload)

    def check(self, stored: list[Message]) -> None:
        """Check that all this person was acked stands in the history of their room, once, in order, as wanted."""
        assert self.is_done
        mine = [one for one in stored if one["user_id"] == self.user_id]
        assert [one["client_id"] for one in mine] == self.said, f"{self.name}: not each once and in order"
        by_id = {one["id"]: one for one in stored}
        for id_, wanted in self.wanted.items():
            assert {key: by_id[id_].get(key) for key in wanted} == wanted, by_id[id_]
        for (id_, emoji), is_on in self.reactions.items():
            if "deleted" not in by_id[id_]:
                assert (self.user_id in by_id[id_].get("reactions", {}).get(emoji, ())) == is_on, by_id[id_]
        assert self.view.differences(self.room, stored) == []


async def history(url: str, room: str) -> list[Message]:
    """All messages of a room, oldest first, page by page."""
    stored: list[Message] = []
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=PATIENCE) as client:
        while True:
            after = stored[-1]["seq"] if stored else 0
            page = (await client.get(f"/api/rooms/{room}/messages", params={"after": after, "limit": 200})).json()
            stored += page["messages"]
            if not page["has_more_after"]:
                return stored

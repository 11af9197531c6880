"""Whatever people with different rights do, and however their connections end, everybody sees what is stored.

A state machine drives them through every command, over the socket and over HTTP, through lost connections, restarts
and cleanups. After each step every view (tests/view.py: the fold of what was heard, and of `sync` where that was due)
is what the server stores, and that is what the model says (tests/model.py), refusals and counts included. Limits of the
server are made small, so that some thirty messages meet them all.

The suite tries the same examples each time. VIEWS_EXAMPLES=1000 tries that many others, longer ones.
"""

import asyncio
import json
import os
import shutil
import tempfile
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from chatapp.app import DATABASE
from chatapp.settings import Settings
from tests import model as judge
from tests.conftest import OPERATOR, Served
from tests.devices import Device, over_http, over_socket, told
from tests.integration.test_messages import bearer, sign_in
from tests.model import Model, Outcome, Person
from tests.raw import Raw, WebSocketLine

EXAMPLES = int(os.environ.get("VIEWS_EXAMPLES", "0"))
ROOMS = ("general", "tech")
MEMBERS = ("Ada", "Bo", "Mo")
GUESTS = ("Guest", "Gast")
# Device → whose it is; the guest comes as somebody new each time, the stranger never says a name.
DEVICES = {"Ada": "Ada", "Ada's phone": "Ada", "Mo": "Mo", "Guest": None, "Stranger": None}
KEPT, SLICE, LAST_MESSAGES, FURTHEST_BEHIND = 8, 3, 5, 12
SMALL = {
    "chatapp.services.retention.SLICE": SLICE,
    "chatapp.services.rooms.LAST_MESSAGES": LAST_MESSAGES,
    "chatapp.services.sync.FURTHEST_BEHIND": FURTHEST_BEHIND,
    "chatapp.services.sync.LARGEST_ANSWER": 2_500,
    "chatapp.services.sync.PAGE": 2,
    "chatapp.domain.reactions.MOST_EMOJIS": judge.MOST_EMOJIS,
    "chatapp.transport.broadcaster.GATHER": 0,  # so that it comes before the next answer
}

devices = st.sampled_from([*DEVICES])
known = st.sampled_from(["Ada", "Ada's phone", "Mo", "Guest"])
SHOWN = ("seq", "rev", "message", "mentions", "reactions")
rooms = st.sampled_from(ROOMS)
texts = st.sampled_from([*judge.TEXTS])
emojis = st.sampled_from(["👍", "🎉", "☃", "❤️"])
ways = st.sampled_from(["socket", "socket", "http"])
# How many messages back from the newest there ever was.
places = st.integers(0, 12)


@dataclass(frozen=True)
class Template:
    """A chat to begin with, in which nothing has been said: where its database lies, and who has an account there."""

    folder: Path
    history_id: str
    tokens: dict[str, str]
    members: dict[str, Person]


class Views(RuleBasedStateMachine):
    """People with their devices, the server, and the model."""

    def __init__(self, template: Template) -> None:
        super().__init__()
        self.template = template
        self.tokens = template.tokens
        self.members = {name: replace(person) for name, person in template.members.items()}
        self.model = Model(ROOMS)
        for person in self.members.values():
            self.model.come(person)
        self.devices = {name: Device() for name in DEVICES}
        self.client_ids = 0

    @initialize()
    def begin(self) -> None:
        """Start the chat, and connect everybody."""
        self.runner = asyncio.Runner()
        self.folder = Path(tempfile.mkdtemp(dir=self.template.folder.parent))
        shutil.copy(self.template.folder / DATABASE, self.folder)
        self.run(self._begin())

    async def _begin(self) -> None:
        self.chat = _served(self.folder)
        await self.chat.start()
        self.http = httpx.AsyncClient(base_url=self.chat.url)
        for name in DEVICES:
            await self._connect(name)

    @rule(who=devices, room=rooms)
    def join(self, who: str, room: str) -> None:
        """Enter a room, or the present one again."""
        self.run(self._join(who, room))

    @rule(
        who=devices, room=rooms, text=texts, reply=st.none() | st.tuples(rooms, places), over=ways, again=st.booleans()
    )
    def send(self, who: str, room: str, text: str, reply: tuple[str, int] | None, over: str, *, again: bool) -> None:
        """Say something; `again` gives it the `client_id` of the time before."""
        self.client_ids += not again
        payload = {"room": room, "message": text, "client_id": f"c-{self.client_ids}"}
        if reply is not None:
            payload["reply_to"] = self.target(*reply)
        self.run(self._do(who, "send_message", payload, over))

    @rule(who=devices, room=rooms, back=places, text=texts, over=ways)
    def edit(self, who: str, room: str, back: int, text: str, over: str) -> None:
        """Let a message say something else."""
        self.run(self._do(who, "edit_message", {"id": self.target(room, back), "message": text}, over))

    @rule(who=devices, room=rooms, back=places, over=ways)
    def delete(self, who: str, room: str, back: int, over: str) -> None:
        """Take a message back."""
        self.run(self._do(who, "delete_message", {"id": self.target(room, back)}, over))

    @rule(who=devices, room=rooms, back=places, emoji=emojis, on=st.booleans(), over=ways)
    def react(self, who: str, room: str, back: int, emoji: str, over: str, *, on: bool) -> None:
        """Put an emoji to a message or take it away."""
        self.run(self._do(who, "react", {"id": self.target(room, back), "emoji": emoji, "on": on}, over))

    @rule(who=known, room=rooms, back=places, count=st.integers(1, 3), text=texts)
    def change_without_waiting(self, who: str, room: str, back: int, count: int, text: str) -> None:
        """Send, edit, react and delete, each asked before the last is answered."""
        self.run(self._burst(who, room, self.target(room, back), count, text))

    @rule(who=devices, room=rooms, seq=st.integers(0, 30), over=ways)
    def mark_read(self, who: str, room: str, seq: int, over: str) -> None:
        """Have read a room up to a place, which there may not be yet."""
        self.run(self._mark_read(who, room, seq, over))

    @rule(
        who=known, room=rooms, behind=st.integers(-1, FURTHEST_BEHIND + 3), history=st.sampled_from(["this", "another"])
    )
    def sync(self, who: str, room: str, behind: int, history: str) -> None:
        """Catch up from a `rev` that may be long ago, or never was."""
        self.run(self._sync(who, room, behind, history))

    @rule(who=known, name=st.sampled_from(["Ada", "Bo", "Mo", "Guest", "Adele"]))
    def rename(self, who: str, name: str) -> None:
        """Take another name."""
        self.run(self._rename(who, name))

    @rule(name=st.sampled_from(["Ada", "Mo"]), role=st.sampled_from(["member", "moderator"]))
    def give_role(self, name: str, role: str) -> None:
        """Make somebody a moderator, or a member again."""
        self.run(self._give(name, role))

    @rule(room=rooms, back=places)
    def read_edits(self, room: str, back: int) -> None:
        """Look up what a message said before."""
        self.run(self._read_edits(self.target(room, back)))

    @rule(who=devices)
    def lose_connection(self, who: str) -> None:
        """A device is away until it does something again."""
        self.run(self._lose(who))

    @rule(who=devices)
    def come_back(self, who: str) -> None:
        """A device connects again, if it was away."""
        self.run(self._connect(who))

    @rule()
    def restart(self) -> None:
        """The server ends, which everybody notices, and begins again on the same file."""
        self.run(self._restart())

    @rule()
    def clean_up(self) -> None:
        """The cleanup runs."""
        self.run(self._clean_up())

    def teardown(self) -> None:
        """End the chat."""
        if hasattr(self, "chat"):
            self.runner.run(self._end())
            self.runner.close()
            shutil.rmtree(self.folder)

    def run(self, step: Coroutine[Any, Any, None]) -> None:
        """Take a step; after it every view, list of rooms and count is the model's."""
        self.runner.run(step)
        self.runner.run(self._check())

    def target(self, room: str, back: int) -> str:
        """The id of a message so far back; one that never was where there are not so many."""
        ids = self.model.rooms[room].ids
        return ids[-1 - back] if back < len(ids) else "1"

    async def _end(self) -> None:
        for name in DEVICES:
            await self._lose(name)
        await self.http.aclose()
        await self.chat.stop()

    async def _connect(self, who: str) -> Raw:
        device = self.devices[who]
        if device.raw is None:
            device.raw = Raw(WebSocketLine(self.chat.url, {}))
            owner = DEVICES[who]
            await device.raw.open(None if owner is None else {"token": self.tokens[owner]})
            if owner is not None:
                device.person = self.members[owner]
                told = await device.raw.wait("username_set")
                assert (told["username"], told["role"]) == (device.person.name, device.person.role)
            elif who == "Guest":
                await self._come_as_guest(device, device.raw)
        return device.raw

    async def _come_as_guest(self, device: Device, raw: Raw) -> None:
        name = next(one for one in GUESTS if all(one != person.name for person in self.model.people.values()))
        await raw.send("42" + json.dumps(["set_username", {"username": name}]))
        told = await raw.wait("username_set")
        device.person = Person(told["user_id"], name, is_member=False)
        self.model.come(device.person)

    async def _lose(self, who: str) -> None:
        device = self.devices[who]
        if device.raw is not None:
            await device.raw.line.close()
            device.away()
        if who == "Guest" and device.person is not None:
            person, device.person = device.person, None
            del self.model.people[person.id]
            asked = {"params": {"q": person.name}, "headers": bearer(self.tokens["Bo"])}
            while (await self.http.get("/api/users", **asked)).json()["users"]:
                pass  # the name is free once the server has noticed

    async def _join(self, who: str, room: str) -> None:
        raw, device = await self._connect(who), self.devices[who]
        answer = await raw.call("join_room", {"room": room})
        if device.person is None:
            assert answer["error"]["code"] == "not_identified"
            return
        device.room = room
        here = self.model.rooms[room]
        read = self.model.read.get((device.person.id, room), here.last_seq)
        assert (answer["rev"], answer["first_seq"], answer["last_seq"]) == (here.rev, here.first_seq, here.last_seq)
        assert (answer["read_seq"], answer["mention_count"]) == (read, self.model.unread_mentions(device.person, room))
        assert answer["messages"] == here.messages[-LAST_MESSAGES:]
        assert answer["has_more"] == (len(here.messages) > LAST_MESSAGES)

    async def _do(self, who: str, event: str, payload: dict[str, Any], over: str) -> None:
        if over == "socket":
            answer = await over_socket(await self._connect(who), event, payload)
            person, besides = self.devices[who].person, who
        else:
            # Whoever has no account has nothing to show over HTTP.
            answer = await over_http(self.http, self.tokens.get(DEVICES[who] or ""), event, payload)
            person, besides = self.members.get(DEVICES[who] or ""), ""
        self._judge(person, event, payload, answer)
        self._expect(besides)

    def _judge(self, person: Person | None, event: str, payload: dict[str, Any], answer: Outcome) -> None:
        """Let the model say whether a command was answered rightly, and take what has changed."""
        short = (
            answer if isinstance(answer, str) else ", ".join(f"{key} {answer[key]!r}" for key in SHOWN if key in answer)
        )
        note(f"    {event} {json.dumps(payload, ensure_ascii=False)}: {short}")
        expected = "not_identified" if person is None else self.model.do(person, event, payload)
        if isinstance(expected, str) or person is None:
            assert answer == expected
        else:
            assert isinstance(answer, dict), f"{answer} instead of {expected}"
            self.model.keep(person, expected, answer)

    def _expect(self, besides: str) -> None:
        """Note what the devices other than `besides` must hear of mentions and of what was read."""
        connected = {name: device for name, device in self.devices.items() if device.raw and device.person}
        for name, device in connected.items():
            assert device.person is not None
            for person, room in self.model.pings:
                device.due_pings[room] += person == device.person.id and device.room != room
            for person, room, read in self.model.moves:
                if person == device.person.id and name != besides:
                    device.due_reads[room] = read
        self.model.pings.clear()
        self.model.moves.clear()

    async def _burst(self, who: str, room: str, target: str, count: int, text: str) -> None:
        raw, person = await self._connect(who), self.devices[who].person
        asked: list[tuple[str, dict[str, Any]]] = []
        for number in range(count):
            asked += [
                ("send_message", {"room": room, "message": text}),
                ("edit_message", {"id": target, "message": "Hello"}),
                ("react", {"id": target, "emoji": "👍", "on": not number % 2}),
                ("edit_message", {"id": target, "message": text}),
            ]
        asked.append(("delete_message", {"id": target}))
        numbers = [await raw.ask(event, payload) for event, payload in asked]
        for (event, payload), number in zip(asked, numbers, strict=True):
            self._judge(person, event, payload, told(await raw.answer(number)))
        # Mentioned and not mentioned any more within one batch is no mention: how often one hears of it is open.
        self.model.pings.clear()
        self._expect(who)
        await self._barrier()
        for device in self.devices.values():
            device.pings.clear()
            device.due_pings.clear()

    async def _mark_read(self, who: str, room: str, seq: int, over: str) -> None:
        if over == "socket":
            answer = await over_socket(await self._connect(who), "mark_read", {"room": room, "seq": seq})
            person, besides = self.devices[who].person, who
        else:
            asked = {"room": room, "seq": seq}
            answer = await over_http(self.http, self.tokens.get(DEVICES[who] or ""), "mark_read", asked)
            person, besides = self.members.get(DEVICES[who] or ""), ""
        if person is None:
            assert answer == "not_identified"
        else:
            assert isinstance(answer, dict), answer
            place = {"room": room, "seq": self.model.mark_read(person, room, seq)}
            expected = {**place, "mention_count": self.model.unread_mentions(person, room)}
            assert {key: answer[key] for key in answer if key != "ok"} == expected
            self._expect(besides)

    async def _sync(self, who: str, room: str, behind: int, history: str) -> None:
        raw, here = await self._connect(who), self.model.rooms[room]
        rev = max(0, here.rev - behind)
        must_reset = rev < here.trimmed_rev or rev > here.rev or here.rev - rev > FURTHEST_BEHIND
        history_id = self.template.history_id if history == "this" else "another"
        got: list[dict[str, Any]] = []
        answer = {"rev": rev, "more": True, "messages": got}
        while answer.get("more"):
            ack = await raw.call("sync", {"history_id": history_id, "rooms": {room: answer["rev"]}})
            answer = ack["rooms"][room]
            got += answer["messages"]
        if must_reset or history == "another":
            assert answer == {"rev": here.rev, "messages": [], "reset": True}
        else:
            assert (got, answer["rev"]) == (here.since(rev), here.rev)

    async def _rename(self, who: str, name: str) -> None:
        raw, device = await self._connect(who), self.devices[who]
        assert device.person is not None
        owner = next((one for one in self.model.people.values() if one.name == name), device.person)
        answer = await raw.call("set_username", {"username": name})
        if owner is not device.person:
            assert answer["error"]["code"] == "taken"
        else:
            assert (answer["username"], answer["role"]) == (name, device.person.role)
            device.person.name = name

    async def _give(self, name: str, role: str) -> None:
        person = self.members[name]
        body = {"username": person.name, "role": role}
        answer = await self.http.post("/api/admin/role", json=body, headers=bearer(OPERATOR))
        assert answer.json() == {"user_id": person.id, **body}
        person.role = role

    async def _read_edits(self, message_id: str) -> None:
        answer = await self.http.get(f"/api/messages/{message_id}/edits")
        past = [one["message"] for one in answer.json()["edits"]] if answer.is_success else answer.json()["code"]
        is_there = any(one["id"] == message_id for room in self.model.rooms.values() for one in room.messages)
        assert past == (self.model.past[message_id] if is_there else "not_found")

    async def _restart(self) -> None:
        await self.chat.stop()
        for name, device in self.devices.items():
            if device.raw is not None:
                await device.raw.line.close()
                device.away()
            if name == "Guest" and device.person is not None:
                del self.model.people[device.person.id]
                device.person = None
        await self.chat.start()

    async def _clean_up(self) -> None:
        await self.chat.app.clean(dry_run=False)
        self.model.trim(KEPT, SLICE)

    async def _barrier(self) -> dict[str, dict[str, Any]]:
        """Everybody connected asks for the list of rooms: whatever they were told before has been heard then."""
        asking = {name: device.raw.call("get_rooms", None) for name, device in self.devices.items() if device.raw}
        answers = dict(zip(asking, await asyncio.gather(*asking.values()), strict=True))
        for name in asking:
            self.devices[name].take()
        return {name: answer["rooms"] for name, answer in answers.items()}

    async def _check(self) -> None:
        lists = await self._barrier()
        stored = {room: (await self.http.get(f"/api/rooms/{room}/messages?limit=200")).json() for room in ROOMS}
        for room, here in self.model.rooms.items():
            assert stored[room]["messages"] == here.messages
        bo = (await self.http.get("/api/rooms", headers=bearer(self.tokens["Bo"]))).json()
        self._check_list(bo, self.members["Bo"])
        for name, device in self.devices.items():
            if device.raw is not None:
                self._check_list(lists[name], device.person)
                assert device.due_pings == device.pings, name
                assert device.due_reads == device.reads, name
                await self._catch_up(device, device.raw)
                for room in device.view.rooms.keys() - device.view.stale:
                    assert device.view.differences(room, stored[room]["messages"]) == [], name

    def _check_list(self, listed: dict[str, Any], person: Person | None) -> None:
        for name, here in self.model.rooms.items():
            room = listed[name]
            expected = (len(here.messages), here.last_seq, here.rev)
            assert (room["message_count"], room["last_seq"], room["rev"]) == expected
            if person is not None:
                assert room.get("read_seq") == self.model.read.get((person.id, name))
                assert room.get("mention_count", 0) == self.model.unread_mentions(person, name)

    async def _catch_up(self, device: Device, raw: Raw) -> None:
        """Sync while something is due. A room that must be loaded anew is, where the device is in it."""
        for _ in range(100):
            if asked := device.view.due():
                answer = await raw.call("sync", asked)
                device.take()
                device.view.answered(answer)
            elif device.room in device.view.stale:
                await raw.call("join_room", {"room": device.room})
                device.take()
            else:
                return
        raise AssertionError(f"there is always more to ask: {device.view.due()}")


def _served(folder: Path) -> Served:
    return Served(Settings(data_dir=folder, rate_limit=False, retention_messages=KEPT))


async def _make_template(folder: Path) -> Template:
    folder.mkdir()
    chat = _served(folder)
    await chat.start()
    tokens, members = {}, {}
    async with httpx.AsyncClient(base_url=chat.url) as http:
        for name in MEMBERS:
            tokens[name] = await sign_in(http, name)
            me = (await http.get("/api/me", headers=bearer(tokens[name]))).json()
            members[name] = Person(me["user_id"], name, is_member=True)
        await chat.app.set_role("Mo", "moderator")
        members["Mo"].role = "moderator"
        history_id = (await http.get("/api/identity")).json()["history_id"]
    await chat.stop()
    return Template(folder, history_id, tokens, members)


def test_everybody_sees_what_is_stored_whatever_happens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SMALL.items():
        monkeypatch.setattr(name, value)
    template = asyncio.run(_make_template(tmp_path / "template"))
    run_state_machine_as_test(
        lambda: Views(template),
        settings=settings(
            max_examples=EXAMPLES or 15,
            stateful_step_count=60 if EXAMPLES else 30,
            derandomize=not EXAMPLES,
            suppress_health_check=[*HealthCheck],
        ),
    )

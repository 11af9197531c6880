"""People with different rights in one chat, whose devices do what they are told and are judged by the model."""

import asyncio
import json
from copy import deepcopy
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import httpx
from hypothesis import note

from chatapp.services import rooms, sync, trash
from chatapp.settings import Settings
from tests.conftest import OPERATOR, Served
from tests.devices import Device, over_http, over_socket, told
from tests.integration.test_messages import bearer, sign_in
from tests.model import Model, Outcome, Person
from tests.raw import Raw, WebSocketLine

PUBLIC = ("general", "tech")
SECRET = "secret"
ROOMS = (*PUBLIC, SECRET)
"""The rooms as these tests call them; the private one has an id that nobody can guess."""
MEMBERS = ("Ada", "Bo", "Mo")
GUESTS = ("Guest", "Gast")
# Device → whose it is; the guest comes as somebody new each time, the stranger never says a name.
DEVICES = {"Ada": "Ada", "Ada's phone": "Ada", "Mo": "Mo", "Guest": None, "Stranger": None}
BEGIN_IN = {"Ada": "general", "Ada's phone": "tech", "Mo": SECRET, "Guest": "general"}
MAKER = "Bo"
"""Who made the private room, stays in it, and does everything over HTTP."""
HOST = "Helga"
"""Who runs the chat, says nothing, and belongs to no private room."""
KEPT = 4
"""Messages that a cleanup leaves in each room."""
SHOWN = ("seq", "rev", "message", "mentions", "reactions")


@dataclass(frozen=True)
class Template:
    """A chat to begin with: where its database lies, which history it tells, the tokens of those with an account, the
    ids of the rooms, and the model of it.
    """

    folder: Path
    history_id: str
    tokens: dict[str, str]
    ids: dict[str, str]
    model: Model


def served(folder: Path) -> Served:
    """A chat without limits, of which the cleanup keeps little."""
    return Served(Settings(data_dir=folder, rate_limit=False, retention_messages=KEPT))


async def make_template(folder: Path) -> Template:
    """Let those with an account sign in and each say something in every room; `folder` must be there."""
    chat, model, tokens = served(folder), Model(PUBLIC), {}
    await chat.start()
    async with httpx.AsyncClient(base_url=chat.url) as http:
        for name in MEMBERS:
            tokens[name] = await sign_in(http, name)
            me = (await http.get("/api/me", headers=bearer(tokens[name]))).json()
            model.come(Person(me["user_id"], name, is_member=True))
        tokens[HOST] = await sign_in(http, HOST)
        host = {"username": HOST, "role": "host"}
        assert (await http.post("/api/admin/role", json=host, headers=bearer(OPERATOR))).status_code == 200
        ids = {room: room for room in PUBLIC} | {SECRET: await _make_secret(http, model, tokens)}
        for room, person in product(ids.values(), model.people.values()):
            asked = {"room": room, "message": "Hello"}
            message = await over_http(http, tokens[person.name], "send_message", asked)
            expected = model.do(person, "send_message", asked)
            assert isinstance(message, dict)
            assert isinstance(expected, dict)
            model.keep(person, expected, message)
        history_id = (await http.get("/api/identity")).json()["history_id"]
    await chat.stop()
    model.moves.clear()
    return Template(folder, history_id, tokens, ids, model)


async def _make_secret(http: httpx.AsyncClient, model: Model, tokens: dict[str, str]) -> str:
    """A private room, in which everybody with an account is."""
    people = {person.name: person for person in model.people.values()}
    body = {"name": "Secret", "private": True}
    room = str((await http.post("/api/rooms", json=body, headers=bearer(tokens[MAKER]))).json()["id"])
    model.begin(room, people[MAKER])
    for name in MEMBERS:
        assert await over_http(http, tokens[MAKER], "invite", {"room": room, "username": name}) != "not_found"
        assert model.invite(people[MAKER], room, people[name]) is None
    return room


class Company:
    """People with their devices in a chat, and the model of it. A device that is away comes back to act."""

    def __init__(self, template: Template, folder: Path) -> None:
        self.chat = served(folder)
        self.history_id = template.history_id
        self.tokens = template.tokens
        self.ids = template.ids
        self.model = deepcopy(template.model)
        self.members = {person.name: person for person in self.model.people.values()}
        self.devices = {name: Device() for name in DEVICES}
        self.last_target = "1"

    async def begin(self) -> None:
        """Start the chat, connect everybody, and let those with a name look into the rooms and stay in one."""
        await self.chat.start()
        self.http = httpx.AsyncClient(base_url=self.chat.url)
        for name, room in BEGIN_IN.items():
            for one in sorted(ROOMS, key=lambda one: one == room):
                await self.join(name, self.ids[one])
        await self.connect("Stranger")

    async def end(self) -> None:
        """End the chat."""
        for name in DEVICES:
            await self.lose(name)
        await self.http.aclose()
        await self.chat.stop()

    async def connect(self, who: str) -> Raw:
        """The connection of a device, made anew if it was away; it enters the room again that it was in."""
        device = self.devices[who]
        if device.raw is None:
            device.raw = Raw(WebSocketLine(self.chat.url, {}))
            device.closed = frozenset({self.ids[SECRET]})
            owner = DEVICES[who]
            await device.raw.open(None if owner is None else {"token": self.tokens[owner]})
            if owner is not None:
                device.person = self.members[owner]
                told = await device.raw.wait("username_set")
                assert (told["username"], told["role"]) == (device.person.name, device.person.role)
            elif who == "Guest":
                await self._come_as_guest(device, device.raw)
            if device.person is not None:
                device.belongs = self._belongs(device.person)
            if device.left is not None:
                await self.join(who, device.left)
        return device.raw

    def _belongs(self, person: Person) -> set[str]:
        return {room for person_id, room in self.model.read if person_id == person.id}

    async def _come_as_guest(self, device: Device, raw: Raw) -> None:
        name = next(one for one in GUESTS if all(one != person.name for person in self.model.people.values()))
        await raw.send("42" + json.dumps(["set_username", {"username": name}]))
        told = await raw.wait("username_set")
        device.person = Person(told["user_id"], name, is_member=False, role="guest")
        self.model.come(device.person)

    async def lose(self, who: str) -> None:
        """Cut a device off; a guest has gone with it."""
        device = self.devices[who]
        if device.raw is not None:
            await device.raw.line.close()
            device.away()
        if who == "Guest" and device.person is not None:
            person, device.person = device.person, None
            del self.model.people[person.id]
            headers = bearer(self.tokens["Bo"])
            while (await self.http.get("/api/users", params={"q": person.name}, headers=headers)).json()["users"]:
                pass  # the name is free once the server has noticed

    async def join(self, who: str, room: str) -> None:
        """Enter a room."""
        raw, device = await self.connect(who), self.devices[who]
        answer = await raw.call("join_room", {"room": room})
        if device.person is None:
            assert answer["error"]["code"] == "not_identified"
            return
        if (refusal := self.model.join(device.person, room)) is not None:
            assert answer["error"]["code"] == refusal
            return
        device.room = room
        here = self.model.rooms[room]
        read = self.model.read.get((device.person.id, room), here.last_seq)
        assert (answer["rev"], answer["first_seq"], answer["last_seq"]) == (here.rev, here.first_seq, here.last_seq)
        assert (answer["read_seq"], answer["mention_count"]) == (read, self.model.unread_mentions(device.person, room))
        assert answer["messages"] == here.messages[-rooms.LAST_MESSAGES :]
        assert answer["has_more"] == (len(here.messages) > rooms.LAST_MESSAGES)

    async def do(self, who: str, event: str, payload: dict[str, Any], over: str) -> None:
        """Let a device change messages by a command."""
        if over == "socket":
            answer = await over_socket(await self.connect(who), event, payload)
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
        self.last_target = payload.get("id", self.last_target)
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
            for person, room, read in self.model.drops:
                if person == device.person.id:
                    device.due_reads[room] = read
        for told_of in (self.model.pings, self.model.moves, self.model.drops):
            told_of.clear()

    async def burst(self, who: str, room: str, target: str, count: int, text: str) -> None:
        """Let a device ask for many changes, each before the last is answered."""
        raw, person = await self.connect(who), self.devices[who].person
        asked: list[tuple[str, dict[str, Any]]] = []
        for number in range(count):
            asked += [
                ("send_message", {"room": room, "message": text}),
                ("edit_message", {"id": target, "message": "Hello"}),
                ("react", {"id": target, "emoji": "👍", "on": not number % 2}),
                ("edit_message", {"id": target, "message": text}),
            ]
        if count == 3:
            asked.append(("delete_message", {"id": target}))
        numbers = [await raw.ask(event, payload) for event, payload in asked]
        for (event, payload), number in zip(asked, numbers, strict=True):
            self._judge(person, event, payload, told(await raw.answer(number)))
        # Mentioned and not mentioned any more within one batch is no mention: how often one hears of it is open.
        self._expect(who)
        await self._barrier()
        for device in self.devices.values():
            device.forget()

    async def mark_read(self, who: str, room: str, seq: int, over: str) -> None:
        """Have read a room up to a place."""
        if over == "socket":
            answer = await over_socket(await self.connect(who), "mark_read", {"room": room, "seq": seq})
            person, besides = self.devices[who].person, who
        else:
            asked = {"room": room, "seq": seq}
            answer = await over_http(self.http, self.tokens.get(DEVICES[who] or ""), "mark_read", asked)
            person, besides = self.members.get(DEVICES[who] or ""), ""
        if person is None:
            assert answer == "not_identified"
        elif not self.model.sees(person, room):
            assert answer == "not_found"
        else:
            assert isinstance(answer, dict), answer
            place = {"room": room, "seq": self.model.mark_read(person, room, seq)}
            expected = {**place, "mention_count": self.model.unread_mentions(person, room)}
            assert {key: answer[key] for key in answer if key != "ok"} == expected
            self._expect(besides)

    async def sync(self, who: str, room: str, behind: int, history: str) -> None:
        """Catch up from so many changes ago."""
        raw, here = await self.connect(who), self.model.rooms[room]
        rev = max(0, here.rev - behind)
        must_reset = rev < here.trimmed_rev or rev > here.rev or here.rev - rev > sync.FURTHEST_BEHIND
        history_id = self.history_id if history == "this" else "another"
        got: list[dict[str, Any]] = []
        answer = {"rev": rev, "more": True, "messages": got}
        while answer.get("more"):
            ack = await raw.call("sync", {"history_id": history_id, "rooms": {room: answer["rev"]}})
            answer = ack["rooms"][room]
            got += answer["messages"]
        device = self.devices[who]
        if device.person is None or not self.model.sees(device.person, room):
            assert answer == {"rev": 0, "messages": [], "gone": True}
        elif must_reset or history == "another":
            assert answer == {"rev": here.rev, "messages": [], "reset": True}
        else:
            assert (got, answer["rev"]) == (here.since(rev), here.rev)

    async def belong(self, who: str, event: str, room: str, name: str, over: str) -> None:
        """Let a device, or the maker of the private room, change who belongs to a room: invite, leave or remove."""
        payload = {"room": room} | ({} if event == "leave_room" else {"username": self.members[name].name})
        if over == "socket" and who != MAKER:
            answer = await over_socket(await self.connect(who), event, payload)
            person = self.devices[who].person
        else:
            person = self.members.get(DEVICES.get(who, who) or "")
            if event == "remove_member":
                payload["username"] = self.members[name].id  # known by their ids there
            answer = await over_http(self.http, self.tokens.get(DEVICES.get(who, who) or ""), event, payload)
        note(f"    {event} {payload}: {answer}")
        if person is None:
            assert answer == "not_identified"
            return
        other = person if event == "leave_room" else self.members[name]
        act = {"invite": self.model.invite, "remove_member": self.model.remove}.get(event)
        expected = self.model.leave(person, room) if act is None else act(person, room, other)
        assert (answer if isinstance(answer, str) else None) == expected, answer
        if expected is None and event != "invite":
            for device in self.devices.values():
                is_out = device.person is not None and device.person.id == other.id and device.room == room
                device.room = None if is_out else device.room

    async def rename(self, who: str, name: str) -> None:
        """Take another name."""
        raw, device = await self.connect(who), self.devices[who]
        assert device.person is not None
        owner = next((one for one in self.model.people.values() if one.name == name), device.person)
        answer = await raw.call("set_username", {"username": name})
        if owner is not device.person:
            assert answer["error"]["code"] == "taken"
        else:
            assert (answer["username"], answer["role"]) == (name, device.person.role)
            device.person.name = name

    async def give(self, name: str, role: str) -> None:
        """Give somebody with an account a role."""
        person = self.members[name]
        body = {"username": person.name, "role": role}
        answer = await self.http.post("/api/admin/role", json=body, headers=bearer(OPERATOR))
        assert answer.json().items() >= {"user_id": person.id, **body}.items()
        person.role = role

    async def restart(self) -> None:
        """End the server under everybody, and begin again on the same file; all come back."""
        await self.chat.stop()
        for name, device in self.devices.items():
            if device.raw is not None:
                await device.raw.line.close()
                device.away()
            if name == "Guest" and device.person is not None:
                del self.model.people[device.person.id]
                device.person = None
        await self.chat.start()
        for name in DEVICES:
            await self.connect(name)

    async def clean_up(self) -> None:
        """Let the cleanup run."""
        await self.chat.app.clean(dry_run=False)
        self.model.trim(KEPT)

    async def bring_back(self, place: int) -> None:
        """Let the host undo one of the cleanups, if there is any to undo."""
        headers = bearer(self.tokens[HOST])
        told = (await self.http.get("/api/admin/trims", headers=headers)).json()["trims"][::-1]
        assert [(one["room"], one["messages"]) for one in told] == [
            (one.room, len(one.messages)) for one in self.model.trash
        ]
        if told:
            place %= len(told)
            answer = await self.http.delete(f"/api/admin/trims/{told[place]['id']}", headers=headers)
            assert answer.status_code == 204
            self.model.bring_back(place)

    async def hold(self, room: str, *, is_held: bool) -> None:
        """Let the host hold a room, or release it."""
        ask, room = self.http.put if is_held else self.http.delete, self.ids[room]
        assert (await ask(f"/api/admin/rooms/{room}/hold", headers=bearer(self.tokens[HOST]))).status_code == 204
        self.model.rooms[room].is_held = is_held

    async def erase(self) -> None:
        """Let seven days pass, and what cleanups took be erased."""
        async with self.chat.app._database.writing.begin() as connection:
            await connection.exec_driver_sql("UPDATE trims SET created_at = created_at - ?", (trash.LASTS_MS,))
        await self.chat.app._trash.erase()
        self.model.erase()
        async with self.chat.app._database.read() as connection:
            stored = (await connection.exec_driver_sql("SELECT count(*) FROM messages")).scalar()
        there = [room.messages for room in self.model.rooms.values()] + [one.messages for one in self.model.trash]
        assert stored == sum(map(len, there))

    async def _barrier(self) -> dict[str, dict[str, Any]]:
        """Everybody connected asks for the list of rooms: whatever they were told before has been heard then."""
        asking = {name: device.raw.call("get_rooms", None) for name, device in self.devices.items() if device.raw}
        answers = dict(zip(asking, await asyncio.gather(*asking.values()), strict=True))
        for name in asking:
            self.devices[name].take()
        return {name: answer["rooms"] for name, answer in answers.items()}

    async def check(self) -> None:
        """Compare every view, list of rooms and count with what is stored and with the model."""
        lists = await self._barrier()
        headers = bearer(self.tokens[MAKER])
        pages = {room: f"/api/rooms/{room}/messages?limit=200" for room in self.model.rooms}
        stored = {room: (await self.http.get(page, headers=headers)).json() for room, page in pages.items()}
        for room, here in self.model.rooms.items():
            assert stored[room]["messages"] == here.messages
        bo = (await self.http.get("/api/rooms", headers=headers)).json()
        self._check_list(bo, self.members[MAKER])
        await self._check_edits()
        for name, device in self.devices.items():
            if device.raw is not None:
                self._check_list(lists[name], device.person)
                assert device.due_pings == device.pings, name
                assert device.due_reads == device.reads, name
                if device.person is not None:
                    assert device.belongs == self._belongs(device.person), name
                await self._catch_up(device, device.raw)
                for room in device.view.rooms.keys() - device.view.stale:
                    assert device.person is not None
                    assert self.model.sees(device.person, room), name
                    assert device.view.differences(room, stored[room]["messages"]) == [], name

    def _check_list(self, listed: dict[str, Any], person: Person | None) -> None:
        for name, here in self.model.rooms.items():
            if here.is_private and (person is None or not self.model.sees(person, name)):
                assert name not in listed
                continue
            room = listed[name]
            expected = (len(here.messages), here.last_seq, here.rev)
            assert (room["message_count"], room["last_seq"], room["rev"]) == expected
            if person is not None:
                assert room.get("read_seq") == self.model.read.get((person.id, name))
                assert room.get("mention_count", 0) == self.model.unread_mentions(person, name)

    async def _check_edits(self) -> None:
        """The message that was changed last, or was to be, has the past texts it must have."""
        answer = await self.http.get(f"/api/messages/{self.last_target}/edits", headers=bearer(self.tokens[MAKER]))
        past = [one["message"] for one in answer.json()["edits"]] if answer.is_success else answer.json()["code"]
        is_there = any(one["id"] == self.last_target for room in self.model.rooms.values() for one in room.messages)
        assert past == (self.model.past[self.last_target] if is_there else "not_found")

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

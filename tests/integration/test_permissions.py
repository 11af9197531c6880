"""Every route and every event, asked by everybody: each is let do exactly what they may, and what somebody may not see
does not exist for them.

A route or event that stands in no table here fails the first tests: whoever adds one says who may.
"""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import protocol_types
import pytest

from tests.conftest import OPERATOR, Client, Served
from tests.integration.test_messages import bearer
from tests.integration.test_roles import give

SECRET = "the price is 4711"
HIDDEN_TOPIC = "what nobody else may know"
ACTORS = ("Stranger", "Guest", "Bot", "Member", "Insider", "Moderator", "Host")
CLOSED = ("private", "direct")


@pytest.fixture
def transport() -> str:
    """How people are connected does not matter here."""
    return "websocket"


@dataclass
class World:
    """A chat with a public room, a private one and a conversation. In the latter two are the Insider and Pal alone."""

    chat: Served
    http: httpx.AsyncClient
    tokens: dict[str, str] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    rooms: dict[str, str] = field(default_factory=dict)
    messages: dict[str, str] = field(default_factory=dict)
    address: str = ""

    async def ask(self, who: str, method: str, path: str, body: Any = None) -> httpx.Response:
        """Ask as somebody, the stranger without a token."""
        self.http.cookies.clear()
        headers = bearer(self.tokens[who]) if who in self.tokens else {}
        return await self.http.request(method, path, json=body, headers=headers)

    async def must(self, who: str, method: str, path: str, body: Any = None) -> Any:
        """Ask for what must be done."""
        answer = await self.ask(who, method, path, body)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    async def connect(self, who: str) -> Client:
        """A connection of somebody who has not named a room yet."""
        client = Client("websocket")
        await client.connect(self.chat.url, **({"auth": {"token": self.tokens[who]}} if who in self.tokens else {}))
        if who == "Passer-by":
            await client.emit("set_username", {"username": "Passer-by"})
            await client.wait("username_set")
        return client


def text(kind: str) -> str:
    """What the message says that is asked for."""
    return SECRET if kind in CLOSED else "Hello, all"


@pytest.fixture
async def world(serve: Callable[..., Any]) -> AsyncIterator[World]:
    """People of every role, and the rooms."""
    chat = await serve(rate_limit=False)
    async with httpx.AsyncClient(base_url=chat.url) as http:
        made = World(chat, http)
        for name in ("Host", "Bot", "Member", "Insider", "Pal", "Moderator", "Victim"):
            begun = (await http.post("/api/session", json={"username": name})).json()
            made.tokens[name], made.ids[name] = begun["token"], begun["user_id"]
        for name in ("Host", "Bot", "Moderator"):
            assert (await give(http, name, name.lower())).is_success
        await made.must("Host", "PATCH", "/api/admin/choices", {"newcomers": "guest"})
        begun = (await http.post("/api/session", json={"username": "Guest"})).json()
        made.tokens["Guest"], made.ids["Guest"] = begun["token"], begun["user_id"]
        await made.must("Host", "PATCH", "/api/admin/choices", {"newcomers": "member"})
        private = await made.must(
            "Insider", "POST", "/api/rooms", {"name": "Plans", "private": True, "topic": HIDDEN_TOPIC}
        )
        await made.must("Insider", "POST", f"/api/rooms/{private['id']}/members", {"username": "Pal"})
        direct = await made.must("Insider", "POST", "/api/directs", {"usernames": ["Pal"]})
        made.rooms = {"public": "general", "private": private["id"], "direct": direct["id"]}
        for kind, room in made.rooms.items():
            first = {"message": f"Before: {text(kind)}"}
            said = await made.must("Insider", "POST", f"/api/rooms/{room}/messages", first)
            await made.must("Insider", "PATCH", f"/api/messages/{said['id']}", {"message": text(kind)})
            made.messages[kind] = said["id"]
        made.address = (await http.get("/api/identity")).json()["addresses"][0]
        yield made


ALLOWED = None
Expect = Callable[[str, str], str | None]
"""Somebody and the kind of the room asked for → the code of the refusal, None where they are let."""


def anybody(_who: str, _kind: str) -> str | None:
    """Nobody is asked who they are."""
    return ALLOWED


def named(who: str, _kind: str) -> str | None:
    """Whoever has a name."""
    return "not_identified" if who == "Stranger" else ALLOWED


def reads(who: str, kind: str) -> str | None:
    """Whoever sees the room, in an open chat also somebody without a name."""
    return "not_found" if kind in CLOSED and who != "Insider" else ALLOWED


def takes_part(who: str, kind: str) -> str | None:
    """Whoever has a name and sees the room."""
    return named(who, kind) or reads(who, kind)


def one_of(*allowed: str, refusal: str = "forbidden") -> Expect:
    """These alone, whatever room it is about."""

    def expect(who: str, kind: str) -> str | None:
        return named(who, kind) or (ALLOWED if who in allowed else refusal)

    return expect


def sees_and_is(*allowed: str) -> Expect:
    """These alone, and where they do not see the room it is not there."""

    def expect(who: str, kind: str) -> str | None:
        return takes_part(who, kind) or (ALLOWED if who in allowed else "forbidden")

    return expect


def host_only(who: str, _kind: str) -> str | None:
    """Hosts; for everybody else there is no such thing, whoever they are."""
    return ALLOWED if who == "Host" else "not_found"


def absent(_who: str, _kind: str) -> str | None:
    """There is no such thing in this chat, whoever asks."""
    return "not_found"


def nobody(_who: str, _kind: str) -> str | None:
    """The operator alone, who holds the secret of the data folder."""
    return "not_found"


def changes_rooms(who: str, kind: str) -> str | None:
    """Whoever made the room, and moderators where they see it; a conversation has nothing to change."""
    refused = takes_part(who, kind)
    if refused or kind == "direct":
        return refused or "forbidden"
    return ALLOWED if who in ({"Insider"} if kind == "private" else {"Moderator", "Host"}) else "forbidden"


def deletes(who: str, kind: str) -> str | None:
    """Authors, and moderators where they see the room."""
    return takes_part(who, kind) or (ALLOWED if who in {"Insider", "Moderator", "Host"} else "forbidden")


MEMBERS = ("Member", "Insider", "Moderator", "Host")
NOBODY = "1"
"""An id that nobody has."""


@dataclass(frozen=True)
class Ask:
    """How a route is asked, with names in braces: room, message, victim and ids. `spares` are those who could do it and
    are left out, since it would end the chat or the asker.
    """

    expect: Expect
    body: Any = None
    query: str = ""
    spares: tuple[str, ...] = ()


ROUTES: Mapping[str, Ask] = {
    # What needs nobody's name.
    "GET /": Ask(anybody),
    "GET /healthz": Ask(anybody),
    "GET /readyz": Ask(anybody),
    "GET /api/identity": Ask(anybody),
    "GET /api/certificate": Ask(absent),
    "GET /ca.crt": Ask(absent),
    "GET /api/openapi.json": Ask(anybody),
    "GET /api/docs": Ask(anybody),
    "POST /api/session": Ask(anybody, {"username": "x"}),
    "POST /api/session/arrive": Ask(absent, {"code": "none"}),
    # Rooms.
    "GET /api/rooms": Ask(anybody),
    "GET /api/rooms/{room}/messages": Ask(reads),
    "GET /api/rooms/{room}/export": Ask(reads),
    "GET /api/search": Ask(reads, query="?q=hello&room={room}"),
    "GET /api/export": Ask(host_only),
    "GET /api/admin/export": Ask(nobody),
    "GET /api/admin/import": Ask(host_only),
    "POST /api/admin/import": Ask(host_only),
    "GET /api/messages/{message}": Ask(reads),
    "GET /api/messages/{message}/edits": Ask(reads),
    "POST /api/rooms/{room}/messages": Ask(takes_part, {"message": "Hello"}),
    "POST /api/rooms/{room}/read": Ask(takes_part, {"seq": 1}),
    "GET /api/rooms/{room}/users": Ask(takes_part),
    "GET /api/rooms/{room}/members": Ask(takes_part),
    "PATCH /api/messages/{message}": Ask(sees_and_is("Insider"), {"message": "Something else"}),
    "DELETE /api/messages/{message}": Ask(deletes, spares=("Insider", "Moderator", "Host")),
    "PUT /api/messages/{message}/reactions/{emoji}": Ask(takes_part),
    "DELETE /api/messages/{message}/reactions/{emoji}": Ask(takes_part),
    "POST /api/rooms": Ask(one_of(*MEMBERS), {"name": "By {who}"}),
    "PATCH /api/rooms/{room}": Ask(changes_rooms, {"topic": "Another topic"}),
    "GET /api/rooms/{room}/retention": Ask(takes_part),
    "PATCH /api/rooms/{room}/retention": Ask(changes_rooms, {"days": 300}),
    "POST /api/rooms/{room}/members": Ask(
        lambda who, kind: takes_part(who, kind) or (ALLOWED if (who, kind) == ("Insider", "private") else "forbidden"),
        {"username": "Pal"},
    ),
    "DELETE /api/rooms/{room}/members/me": Ask(takes_part, spares=("Insider",)),
    "DELETE /api/rooms/{room}/members/{user_id}": Ask(
        lambda who, kind: changes_rooms(who, kind) or "not_found"  # who is nobody is in no room
    ),
    "POST /api/directs": Ask(one_of(*MEMBERS), {"usernames": ["Victim"]}),
    # Oneself.
    "GET /api/me": Ask(named),
    "DELETE /api/me": Ask(named, {"messages": "keep"}, spares=ACTORS[1:]),
    "GET /api/users": Ask(named, query="?q=v"),
    "GET /api/me/sessions": Ask(named),
    "DELETE /api/me/sessions": Ask(named),
    "DELETE /api/me/sessions/{session_id}": Ask(lambda who, kind: named(who, kind) or "not_found"),
    "PUT /api/me/password": Ask(named, {"password": "x"}),
    "DELETE /api/me/password": Ask(named, {"current": "x"}),
    "POST /api/me/device-link": Ask(named),
    "GET /api/invite": Ask(one_of(*MEMBERS)),
    # The addresses are no secret: `/api/identity` tells them to anybody.
    "GET /api/qr": Ask(anybody, query="?address={address}"),
    "POST /api/qr": Ask(named, {"address": "{address}/#/join/four-words"}),
    "POST /api/session/carry": Ask(named),
    "DELETE /api/session": Ask(named, spares=ACTORS[1:]),
    "POST /api/host": Ask(lambda who, kind: named(who, kind) or "not_found", {"code": "none"}),
    # People.
    "GET /api/people": Ask(named),
    "PUT /api/people/{user_id}/mute": Ask(one_of("Moderator", "Host"), {"minutes": 1}),
    "DELETE /api/people/{user_id}/mute": Ask(one_of("Moderator", "Host")),
    "PUT /api/people/{user_id}/role": Ask(one_of("Host"), {"role": "member"}),
    "PUT /api/people/{user_id}/name": Ask(one_of("Host"), {"username": "Victim"}),
    "DELETE /api/people/{user_id}/sessions": Ask(one_of("Host")),
    "POST /api/people/{user_id}/return-link": Ask(one_of("Host", refusal="not_found")),
    "PUT /api/people/{user_id}/ban": Ask(one_of("Host"), {}),
    "DELETE /api/people/{user_id}/ban": Ask(one_of("Host")),
    # The chat.
    "GET /api/admin/overview": Ask(host_only),
    "PATCH /api/admin/choices": Ask(host_only, {}),
    "GET /api/admin/doctor": Ask(host_only),
    "GET /api/admin/backups": Ask(host_only),
    "POST /api/admin/backups": Ask(host_only),
    "DELETE /api/admin/backups/{name}": Ask(host_only, spares=("Host",)),
    "POST /api/admin/restore": Ask(host_only, spares=("Host",)),
    "POST /api/admin/quit": Ask(host_only, spares=("Host",)),
    "GET /api/admin/audit": Ask(host_only),
    "GET /api/admin/audit/export": Ask(host_only),
    "GET /api/admin/bans": Ask(host_only),
    "DELETE /api/admin/bans/{ban_id}": Ask(absent),
    "GET /api/admin/invitations": Ask(host_only),
    "POST /api/admin/invitations": Ask(host_only, {}),
    "DELETE /api/admin/invitations/{invitation_id}": Ask(absent),
    "POST /api/admin/phrase": Ask(host_only),
    "POST /api/admin/host-link": Ask(nobody),
    "GET /api/admin/cleanup": Ask(host_only),
    "POST /api/admin/cleanup": Ask(host_only, query="?dry_run=true"),
    "GET /api/admin/trims": Ask(host_only),
    "DELETE /api/admin/trims/{trim}": Ask(absent),
    # Also of rooms that the host does not see: nobody learns by it what is said there.
    "PUT /api/admin/rooms/{room}/hold": Ask(host_only),
    "DELETE /api/admin/rooms/{room}/hold": Ask(host_only),
    "POST /api/admin/role": Ask(nobody, {"username": "Victim", "role": "member"}),
}


def filled(text: str, world: World, who: str, kind: str) -> str:
    """A path, query or body with what stands in its braces."""
    values = {
        "room": world.rooms[kind],
        "message": world.messages[kind],
        "user_id": NOBODY if "/members/" in text else world.ids["Victim"],
        "emoji": "👍",
        "who": who,
        "address": world.address,
    }
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return text.replace("{ban_id}", NOBODY).replace("{invitation_id}", NOBODY).replace("{session_id}", NOBODY)


def judged(answer: httpx.Response) -> str | None:
    """The code of a refusal that says that somebody may not; None for what was done, or is only not possible."""
    code = answer.json()["code"] if answer.status_code >= 400 else None
    return code if code in {"not_identified", "forbidden", "not_found"} else None


async def test_every_route_stands_in_the_table(world: World) -> None:
    paths = (await world.http.get("/api/openapi.json")).json()["paths"]
    assert {f"{method.upper()} {path}" for path in paths for method in paths[path]} == ROUTES.keys()


async def test_each_route_does_for_each_what_they_may(world: World) -> None:
    wrong = [line for route in ROUTES for line in await wrongs_of_route(world, route)]
    assert wrong == []


async def wrongs_of_route(world: World, route: str) -> list[str]:
    """Ask a route as everybody, about every kind of room where it is about one; what came out otherwise."""
    ask = ROUTES[route]
    method, path = route.split(" ")
    wrong = []
    for kind in world.rooms if "{room}" in path or "{message}" in path else ("public",):
        for who in ACTORS:
            expected = ask.expect(who, kind)
            if expected is ALLOWED and who in ask.spares:
                continue
            body = None if ask.body is None else json.loads(filled(json.dumps(ask.body), world, who, kind))
            answer = await world.ask(who, method, filled(path + ask.query, world, who, kind), body)
            tells = expected is not ALLOWED and (SECRET in answer.text or HIDDEN_TOPIC in answer.text)
            if answer.status_code >= 500 or judged(answer) != expected or tells:
                wrong.append(f"{route}, {who}, {kind}: {answer.status_code} {answer.text} instead of {expected}")
    return wrong


async def test_the_operators_own_routes_are_the_operators(world: World) -> None:
    for route, ask in ROUTES.items():
        if ask.expect is nobody:
            method, path = route.split(" ")
            answer = await world.http.request(
                method, path + ask.query, json=ask.body and {**ask.body}, headers=bearer(OPERATOR)
            )
            assert answer.is_success, answer.text


EVENTS: Mapping[str, Ask] = {
    "set_username": Ask(anybody, {"username": "{who}"}),
    "get_rooms": Ask(anybody),
    "join_room": Ask(takes_part, {"room": "{room}"}),
    "send_message": Ask(takes_part, {"room": "{room}", "message": "Hello"}),
    "typing": Ask(named, {"typing": True}),
    "mark_read": Ask(takes_part, {"room": "{room}", "seq": 1}),
    "edit_message": Ask(sees_and_is("Insider"), {"id": "{message}", "message": "Something else"}),
    "react": Ask(takes_part, {"id": "{message}", "emoji": "👍", "on": True}),
    "sync": Ask(named, {"history_id": "{history_id}", "rooms": {"{room}": 0}}),
    "create_room": Ask(one_of(*MEMBERS), {"name": "By {who} ({kind})"}),
    "update_room": Ask(changes_rooms, {"room": "{room}", "topic": "Another topic"}),
    "open_direct": Ask(one_of(*MEMBERS), {"usernames": ["Victim"]}),
    "invite": Ask(ROUTES["POST /api/rooms/{room}/members"].expect, {"room": "{room}", "username": "Pal"}),
    "remove_member": Ask(
        lambda who, kind: changes_rooms(who, kind) or "not_found", {"room": "{room}", "username": "Nobody-here"}
    ),
    "leave_room": Ask(takes_part, {"room": "{room}"}, spares=("Insider",)),
    "delete_message": Ask(deletes, {"id": "{message}"}, spares=("Moderator", "Host")),
}


def test_every_event_stands_in_the_table() -> None:
    assert protocol_types.PAYLOADS.keys() == EVENTS.keys()


async def test_each_event_does_for_each_what_they_may(world: World) -> None:
    wrong = [line for event in EVENTS for line in await wrongs_of_event(world, event)]
    assert wrong == []


async def wrongs_of_event(world: World, event: str) -> list[str]:
    """The same for an event."""
    ask = EVENTS[event]
    history_id = (await world.http.get("/api/identity")).json()["history_id"]
    wrong = []
    for who in (*(one for one in ACTORS if one != "Insider"), "Passer-by", "Insider"):
        client = await world.connect(who)
        for kind in world.rooms:
            # Who comes with a name alone is a guest for the time of the connection.
            expected = ask.expect("Guest" if who == "Passer-by" else who, kind)
            if expected is ALLOWED and who in ask.spares:
                continue
            asked = filled(json.dumps(ask.body), world, who, kind).replace("{history_id}", history_id)
            answer = await client.call(event, json.loads(asked.replace("{kind}", kind)))
            code = None if answer["ok"] else answer["error"]["code"]
            code = code if code in {"not_identified", "forbidden", "not_found"} else None
            tells = (expected is not ALLOWED or reads(who, kind) is not None) and SECRET in json.dumps(answer)
            is_there = event != "sync" or not answer["ok"] or "gone" not in answer["rooms"][world.rooms[kind]]
            is_synced = event != "sync" or not answer["ok"] or is_there == (reads(who, kind) is None)
            if code != expected or tells or not is_synced:
                wrong.append(f"{event}, {who}, {kind}: {answer} instead of {expected}")
        await client.close()
    return wrong


async def test_who_does_not_belong_hears_and_reads_nothing(world: World) -> None:
    """Neither that a room is there, nor how many speak in it, nor when: on socket, REST, in counts and lists."""
    hidden = (SECRET, HIDDEN_TOPIC, *(world.rooms[kind] for kind in CLOSED))
    outside = {who: await world.connect(who) for who in (*ACTORS, "Passer-by") if who != "Insider"}
    for client in outside.values():
        await client.call("join_room", {"room": "general"})
    insider, pal = await world.connect("Insider"), await world.connect("Pal")
    for kind in CLOSED:
        room, said = world.rooms[kind], world.messages[kind]
        for client in (insider, pal):
            await client.ok("join_room", {"room": room})
        await insider.ok("typing", {"typing": True})
        new = (await insider.ok("send_message", {"message": f"@Member @Host {SECRET}"}))["message"]
        await pal.ok("react", {"id": said, "emoji": "👍", "on": True})
        await insider.ok("edit_message", {"id": new["id"], "message": f"@Guest {SECRET} now"})
        await insider.ok("delete_message", {"id": new["id"]})
        await insider.call("update_room", {"room": room, "topic": HIDDEN_TOPIC})
        await pal.ok("leave_room", {"room": room})
        await insider.ok("send_message", {"message": SECRET, "room": room})
    # What everybody hears comes after all of it.
    await insider.ok("send_message", {"message": "The end", "room": "general"})
    for who, client in outside.items():
        if who != "Stranger":
            await client.wait("new_message", lambda message: message["message"] == "The end")
        told = json.dumps([client.heard, await client.call("get_rooms")])
        assert not any(word in told for word in hidden), who
    for who in (one for one in ACTORS if one != "Insider"):
        for path in ("/api/rooms", "/api/people", "/api/users?q=p", "/api/search?q=price", "/api/search?q=in:Plans"):
            answer = await world.ask(who, "GET", path)
            assert not any(word in answer.text for word in hidden)
    for client in (*outside.values(), insider, pal):
        await client.close()


async def test_who_was_removed_has_seen_the_last_of_it(world: World) -> None:
    insider, pal = await world.connect("Insider"), await world.connect("Pal")
    room = world.rooms["private"]
    for client in (insider, pal):
        await client.ok("join_room", {"room": room})
    await insider.ok("remove_member", {"room": room, "username": "Pal"})
    await insider.ok("send_message", {"message": "Among ourselves"})
    await insider.ok("send_message", {"message": "The end", "room": "general"})
    await pal.wait("room_activity", lambda told: told["room"] == "general")
    assert "Among ourselves" not in json.dumps(pal.heard)
    assert (await pal.wait("room_removed"))["room"] == room
    for path in (
        f"/api/rooms/{room}/messages",
        f"/api/messages/{world.messages['private']}",
        f"/api/rooms/{room}/export",
        f"/api/search?q=price&room={room}",
    ):
        answer = await world.ask("Pal", "GET", path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert (await pal.call("typing", {"typing": True}))["error"]["code"] == "bad_request", "in no room any more"
    for client in (insider, pal):
        await client.close()

"""Keeping order: who may do what to whom, and that it holds at once, on every connection and over HTTP."""

import asyncio
import time
from functools import partial
from typing import Any

import httpx
import pytest
from socketio.exceptions import ConnectionError as Refused
from sqlalchemy import insert, select, update

from chatapp.domain import lifetimes
from chatapp.storage.tables import messages, rooms, sessions
from tests.conftest import OPERATOR, Client, Come, Served
from tests.integration.test_changes import change, refusal, say
from tests.integration.test_messages import bearer
from tests.integration.test_rest import check_error
from tests.order import ROLES, Appear, Somebody

RANKS = {"guest": 0, "bot": 0, "member": 1, "moderator": 2, "host": 3}
ACTS: list[tuple[str, str, dict[str, Any]]] = [
    ("PUT", "mute", {"minutes": 5}),
    ("DELETE", "mute", {}),
    ("PUT", "name", {"username": "Somebody.else"}),
    ("PUT", "role", {"role": "bot"}),
    ("DELETE", "sessions", {}),
    ("PUT", "ban", {"devices": True}),
    ("DELETE", "ban", {}),
]


def is_allowed(actor: str, other: str, act: str) -> bool:
    """What the contract says."""
    if act == "mute":
        return RANKS[actor] >= RANKS["moderator"] and RANKS[other] < RANKS[actor]
    return actor == "host" and (act == "role" or other != "host")


@pytest.mark.parametrize(("method", "act", "body"), ACTS)
async def test_who_may_do_what_to_whom(arrive: Appear, method: str, act: str, body: dict[str, Any]) -> None:
    actors = {role: await arrive(f"Actor-{role}", role) for role in ROLES}
    for other in ROLES:
        for role, actor in actors.items():
            person = await arrive(f"Other-{other}-{role}", other)
            answer = await actor.to(person, act, method, **body)
            if is_allowed(role, other, act):
                assert answer.status_code == 200, (role, other, answer.text)
                assert answer.json()["user_id"] == person.id
                await actor.to(person, "name", username=f"Done-{other}-{role}")
            else:
                check_error(answer, 403, "forbidden")
                # Who may not learns nothing of who there is.
                nobody = await actor.http.request(method, f"/api/people/7/{act}", json=body)
                assert nobody.status_code == (403 if RANKS[role] < 2 or (act != "mute" and role != "host") else 404)
            is_out = answer.status_code == 200 and (method, act) in {("PUT", "ban"), ("DELETE", "sessions")}
            assert (await person.do("GET", "/api/me")).status_code == (401 if is_out else 200)


async def test_nobody_keeps_order_over_themselves_or_over_nobody(arrive: Appear) -> None:
    host = await arrive("Ho", "host")
    for method, act, body in ACTS:
        if act != "role":
            check_error(await host.to(host, act, method, **body), 403, "forbidden")
        for nobody in ("7", "x", "9" * 30):
            answer = await host.http.request(method, f"/api/people/{nobody}/{act}", json=body)
            check_error(answer, 404, "not_found")
    refused: list[tuple[str, dict[str, Any], str]] = [
        ("mute", {"minutes": 0}, "minutes"),
        ("mute", {"minutes": 10**9}, "minutes"),
        ("role", {"role": "emperor"}, "role"),
        ("name", {"username": "a b"}, "username"),
        ("name", {"username": "HO"}, "username"),
    ]
    for act, wrong, field in refused:
        bo = await arrive(f"Bo-{act}-{len(str(wrong))}")
        answer = await host.to(bo, act, **wrong)
        assert (answer.status_code, answer.json()["field"]) == (409 if wrong == {"username": "HO"} else 400, field)


async def test_who_is_muted_reads_and_does_not_write(chat: Served, come: Come, arrive: Appear) -> None:
    mo, bo = await arrive("Mo", "moderator"), await arrive("Bo")
    ada, phone = await come(chat, "Ada", "general"), await come(chat, auth={"token": bo.token})
    tablet = await come(chat, auth={"token": bo.token})
    for device in (phone, tablet):
        await device.ok("join_room", {"room": "general"})
    own, other = await say(phone, "Mine"), await say(ada, "Hers")
    await phone.ok("typing", {"typing": True})
    await ada.wait("user_typing", lambda told: told["typing"])
    muted = await mo.done(bo, "mute", minutes=30)
    for device in (phone, tablet):
        told = await device.wait("username_set", lambda one: "muted_until" in one)
        assert told["muted_until"] == muted["muted_until"]
    await ada.wait("user_typing", lambda one: not one["typing"])
    refused: list[tuple[str, dict[str, Any]]] = [
        ("send_message", {"message": "Hello"}),
        ("edit_message", {"id": own["id"], "message": "Hello"}),
        ("react", {"id": other["id"], "emoji": "👍", "on": True}),
    ]
    for event, payload in refused:
        answer = await phone.call(event, payload)
        assert answer["error"]["code"] == "forbidden"
        assert 0 < answer["error"]["retry_after"] <= 30 * 60
    posted = await bo.do("POST", "/api/rooms/general/messages", message="Hello")
    check_error(posted, 403, "forbidden")
    assert 0 < int(posted.headers["Retry-After"]) <= 30 * 60
    # Typing is not told, reading goes on, and one's own words can be taken back.
    heard = len(ada.all("user_typing"))
    await phone.ok("typing", {"typing": True})
    said = await say(ada, "Still here?")
    assert (await phone.wait("new_message", lambda one: one["id"] == said["id"]))["message"] == "Still here?"
    await ada.wait("new_message", lambda one: one["id"] == said["id"])
    assert len(ada.all("user_typing")) == heard
    assert (await change(phone, "delete_message", own))["deleted"]
    assert "muted_until" not in await mo.done(bo, "mute", "DELETE")
    await phone.wait("username_set", lambda one: "muted_until" not in one and one["username"] == "Bo")
    await say(phone, "Thank you")


async def test_a_mute_holds_from_its_place_in_the_order_of_changes(chat: Served, come: Come, arrive: Appear) -> None:
    mo, bo = await arrive("Mo", "moderator"), await arrive("Bo")
    phone, ada = await come(chat, auth={"token": bo.token}), await come(chat, "Ada", "general")
    await phone.ok("join_room", {"room": "general"})
    sends = [
        asyncio.get_running_loop().create_task(phone.call("send_message", {"message": f"Number {number}"}))
        for number in range(12)
    ]
    await ada.wait("new_message")
    await mo.done(bo, "mute", minutes=5)
    # Refusals come after every message that was stored, and there is none after the first of them.
    answers = [one["ok"] for one in await asyncio.gather(*sends)]
    late = await phone.call("send_message", {"message": "After it"})
    assert [*answers, late["ok"]] == sorted([*answers, late["ok"]], reverse=True)
    assert late["error"]["code"] == "forbidden"
    [entry] = [one for one in await operator_log(chat) if one["action"] == "muted"]
    said = (await bo.do("GET", "/api/rooms/general/messages")).json()["messages"]
    assert len(said) == sum(answers)
    # Ids are given in the order of changes.
    assert all(int(one["id"]) < int(entry["id"]) for one in said)


async def test_who_is_banned_is_cut_in_the_middle_of_a_stream(chat: Served, come: Come, arrive: Appear) -> None:
    ho, bo = await arrive("Ho", "host"), await arrive("Bo")
    ada = await come(chat, "Ada", "general")
    devices = [await come(chat, auth={"token": bo.token}) for _ in range(3)]
    for device in devices:
        await device.ok("join_room", {"room": "general"})
    streams = [
        asyncio.get_running_loop().create_task(stream(one, name)) for one, name in ((ada, "Ada"), (devices[0], "Bo"))
    ]
    await ada.wait("new_message", lambda one: one["username"] == "Bo")
    await ho.done(bo, "ban", devices=True)
    check_error(await bo.do("GET", "/api/me"), 401, "not_identified")
    check_error(await bo.do("POST", "/api/rooms/general/messages", message="Still here"), 401, "not_identified")
    for device in devices:
        await device.wait_closed()
    assert (await ada.wait("user_left"))["username"] == "Bo"
    [entry] = [one for one in await ho.log() if one["action"] == "banned"]
    for task in streams:
        task.cancel()
    await asyncio.gather(*streams, return_exceptions=True)
    said = (await ho.do("GET", "/api/rooms/general/messages?limit=200")).json()["messages"]
    own = [one for one in said if one["username"] == "Bo"]
    assert own
    assert all(int(one["id"]) < int(entry["id"]) for one in own)
    # What was said after the ban was never told to them.
    for device in devices:
        assert all(int(one["id"]) < int(entry["id"]) for one in device.all("new_message"))
    with pytest.raises(Refused):
        await come(chat, auth={"token": bo.token})


async def test_a_role_is_told_to_everybody_and_held_by_every_connection(
    chat: Served, come: Come, arrive: Appear
) -> None:
    ho, bo = await arrive("Ho", "host"), await arrive("Bo")
    ada, phone = await come(chat, "Ada", "general"), await come(chat, auth={"token": bo.token})
    said = await say(ada, "Hello")
    assert await refusal(phone, "delete_message", {"id": said["id"]}) == ("forbidden", None)
    assert (await ho.done(bo, "role", role="moderator"))["role"] == "moderator"
    assert await ada.wait("user_changed") == {"user_id": bo.id, "username": "Bo", "role": "moderator"}
    await phone.wait("username_set", lambda one: one["role"] == "moderator")
    assert (await change(phone, "delete_message", said))["deleted"]
    assert (await ho.done(bo, "role", role="host"))["role"] == "host"
    # The new host demotes the old one, and then nobody may demote the last.
    assert (await bo.done(ho, "role", role="member"))["role"] == "member"
    check_error(await ho.do("GET", "/api/admin/audit"), 404, "not_found")
    check_error(await bo.to(bo, "role", role="member"), 409, "conflict")
    check_error(await ho.to(bo, "role", role="member"), 403, "forbidden")


async def test_a_guest_who_becomes_a_member_stays_and_no_member_becomes_a_guest(chat: Served, arrive: Appear) -> None:
    ho, guest = await arrive("Ho", "host"), await arrive("Gus", "guest")

    async def lasts() -> int:
        async with chat.app._database.read() as connection:
            query = select(sessions.c.expires_at).where(sessions.c.user_id == int(guest.id))
            return int(await connection.scalar(query) or 0) - time.time_ns() // 1_000_000

    async with chat.app._database.writing.begin() as connection:
        await connection.execute(update(sessions).values(expires_at=time.time_ns() // 1_000_000 + lifetimes.GUEST_MS))
    assert await lasts() <= lifetimes.GUEST_MS
    assert (await ho.done(guest, "role", role="member"))["role"] == "member"
    assert await lasts() > lifetimes.GUEST_MS
    for role in ("member", "bot", "moderator"):
        await ho.done(guest, "role", role=role)
        check_error(await ho.to(guest, "role", role="guest"), 409, "conflict")


@pytest.mark.parametrize("transport", ["websocket"])
async def test_whoever_keeps_order_writes(chat: Served, come: Come, arrive: Appear) -> None:
    ho, bo = await arrive("Ho", "host"), await arrive("Bo")
    phone = await come(chat, auth={"token": bo.token})
    await phone.ok("join_room", {"room": "general"})
    await ho.done(bo, "mute", minutes=5)
    assert await refusal(phone, "send_message", {"message": "Hello"}) == ("forbidden", None)
    assert "muted_until" not in await ho.done(bo, "role", role="moderator")
    await say(phone, "Hello")


async def test_a_name_given_by_a_host_is_told_to_all(chat: Served, come: Come, arrive: Appear) -> None:
    ho, bo = await arrive("Ho", "host"), await arrive("Bo")
    ada, phone = await come(chat, "Ada", "general"), await come(chat, auth={"token": bo.token})
    await phone.ok("join_room", {"room": "general"})
    assert (await ho.done(bo, "name", username=" Robert "))["username"] == "Robert"
    assert await ada.wait("user_changed") == {"user_id": bo.id, "username": "Robert"}
    await phone.wait("username_set", lambda one: one["username"] == "Robert")
    await say(phone, "Who am I?")
    assert (await ada.wait("new_message"))["username"] == "Robert"
    check_error(await ho.to(bo, "name", username="ada"), 409, "taken", "username")
    await arrive("Bo")  # the old name is free


async def test_who_is_signed_out_by_a_host_comes_again(chat: Served, come: Come, arrive: Appear) -> None:
    ho, bo = await arrive("Ho", "host"), await arrive("Bo")
    ada, phone = await come(chat, "Ada", "general"), await come(chat, auth={"token": bo.token})
    await phone.ok("join_room", {"room": "general"})
    assert "banned_at" not in await ho.done(bo, "sessions", "DELETE")
    await phone.wait_closed()
    assert (await ada.wait("user_left"))["username"] == "Bo"
    check_error(await bo.do("GET", "/api/me"), 401, "not_identified")
    await arrive("Bo-2")


async def test_a_temporary_person_is_muted_renamed_and_cut(chat: Served, come: Come, arrive: Appear) -> None:
    ho, guest = await arrive("Ho", "host"), await come(chat)
    await guest.emit("set_username", {"username": "Guest"})
    named = await guest.wait("username_set")
    await guest.ok("join_room", {"room": "general"})
    them = Somebody(chat.url, "Guest", {"user_id": named["user_id"], "token": ""})
    await ho.done(them, "mute", minutes=5)
    assert await refusal(guest, "send_message", {"message": "Hello"}) == ("forbidden", None)
    await ho.done(them, "mute", "DELETE")
    await say(guest, "Hello")
    assert (await ho.done(them, "name", username="Visitor"))["username"] == "Visitor"
    check_error(await ho.to(them, "role", role="member"), 409, "conflict")
    await ho.done(them, "ban")
    await guest.wait_closed()
    assert (await ho.do("GET", "/api/admin/bans")).json() == {"bans": []}
    await them.http.aclose()


@pytest.mark.parametrize("transport", ["websocket"])
async def test_people_are_listed_page_by_page_to_each_as_much_as_is_theirs(
    chat: Served, come: Come, arrive: Appear
) -> None:
    ho, mo, gus = await arrive("Ho", "host"), await arrive("Mo", "moderator"), await arrive("Gus", "guest")
    people = [await arrive(name) for name in ("Zoë", "Adam", "Ada", "Eve")]
    await come(chat, auth={"token": people[2].token})
    await ho.done(people[0], "mute", minutes=5)
    await ho.done(people[3], "ban")

    async def listed(reader: Somebody, **asked: Any) -> dict[str, Any]:
        answer = await reader.http.get("/api/people", params=asked)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def names(page: dict[str, Any]) -> list[str]:
        return [one["username"] for one in page["people"]]

    first = await listed(ho, limit=4)
    rest = await listed(ho, limit=4, after=first["cursor"])
    assert names(first) + names(rest) == ["Ada", "Adam", "Eve", "Gus", "Ho", "Mo", "Zoë"]
    assert (first["count"], rest["count"], "cursor" in rest) == (7, 7, False)
    by_name = {one["username"]: one for one in first["people"] + rest["people"]}
    assert [name for name, one in by_name.items() if one["is_present"]] == ["Ada"]
    assert [name for name, one in by_name.items() if "banned_at" in one] == ["Eve"]
    assert [name for name, one in by_name.items() if "muted_until" in one] == ["Zoë"]
    assert by_name["Mo"].items() >= {"user_id": mo.id, "role": "moderator"}.items()
    of_moderator, of_member = await listed(mo), await listed(people[1])
    assert names(of_moderator) == names(of_member) == ["Ada", "Adam", "Gus", "Ho", "Mo", "Zoë"]
    assert of_member["count"] == 6
    assert "muted_until" in of_moderator["people"][-1]
    assert "muted_until" not in of_member["people"][-1]
    assert "muted_until" in (await listed(people[0]))["people"][-1]
    assert names(await listed(gus)) == ["Ada"]
    assert names(await listed(ho, q="AD")) == ["Ada", "Adam"]
    check_error(await people[3].do("GET", "/api/people"), 401, "not_identified")


@pytest.mark.parametrize("act", ["ban", "sessions"])
async def test_a_download_is_broken_off_with_its_readers_session(chat: Served, arrive: Appear, act: str) -> None:
    ho, bo = await arrive("Ho", "host"), await arrive("Bo")
    common = {"room_id": "general", "user_id": int(bo.id), "username": "Bo", "message": "x" * 4_000, "created_at": 0}
    rows = [common | {"id": number, "seq": number, "rev": number} for number in range(1, 6_001)]
    async with chat.app._database.writing.begin() as connection:
        await connection.execute(insert(messages), rows)
        await connection.execute(update(rooms).where(rooms.c.id == "general").values(last_seq=6_000, rev=6_000))
    async with bo.http.stream("GET", "/api/rooms/general/export") as answer:
        pieces = answer.aiter_bytes()
        await anext(pieces)
        await ho.done(bo, act, "PUT" if act == "ban" else "DELETE")
        with pytest.raises(httpx.RemoteProtocolError):
            _ = [piece async for piece in pieces]


async def test_a_rename_on_the_way_takes_nothing_from_another_role(chat: Served, come: Come, arrive: Appear) -> None:
    ho, bo = await arrive("Ho", "host"), await arrive("Bo")
    phone = await come(chat, auth={"token": bo.token})
    for number, role in enumerate(("moderator", "member", "bot", "host")):
        name = f"Bo-{number}"
        await asyncio.gather(ho.done(bo, "role", role=role), phone.ok("set_username", {"username": name}))
        # Whichever came first, the last that is told is both.
        expected = {"username": name, "role": role}
        await phone.wait("username_set", partial(is_as, expected))
        assert is_as(expected, phone.all("username_set")[-1])


def is_as(expected: dict[str, Any], told: dict[str, Any]) -> bool:
    """Whether this and more is told."""
    return expected.items() <= told.items()


async def stream(client: Client, name: str) -> None:
    """Say things until told to stop."""
    for number in range(10_000):
        answer = await client.call("send_message", {"message": f"{name} {number}"})
        if not answer["ok"]:
            await asyncio.sleep(answer["error"]["retry_after"])


async def operator_log(chat: Served) -> list[dict[str, Any]]:
    """The audit log as the operator reads it."""
    async with Somebody(chat.url, "", {"user_id": "", "token": OPERATOR}).http as http:
        entries: list[dict[str, Any]] = (await http.get("/api/admin/audit", headers=bearer(OPERATOR))).json()["entries"]
        return entries

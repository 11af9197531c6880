"""Passwords: signing in by one, what it costs whoever guesses, and changing one's own."""

import asyncio
import threading
from typing import Any

import httpx
import pytest

from chatapp.domain.commands import SetUsername
from chatapp.domain.ways_in import RemovePassword, SetPassword
from chatapp.errors import ChatError, Conflict, NotIdentified, Taken
from chatapp.services import hashing
from chatapp.services.hashing import Hashing
from tests.conftest import Come, Serve, Served
from tests.desk import HERE, Desk
from tests.integration.test_messages import bearer
from tests.integration.test_rest import check_error

RIGHT = "correct horse battery"
WRONG = "incorrect horse"


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """The hashes that were compared with, None for each that was made."""
    seen: list[str | None] = []
    real = hashing.compute

    def compute(password: bytes, kept: str | None) -> str:
        seen.append(kept)
        return real(password, kept)

    monkeypatch.setattr(hashing, "compute", compute)
    return seen


async def test_a_name_with_a_password_is_signed_in_to_anywhere(http: httpx.AsyncClient) -> None:
    made = (await http.post("/api/session", json={"username": "Ada", "password": RIGHT})).json()
    assert (await http.get("/api/me", headers=bearer(made["token"]))).json()["has_password"] is True
    check_error(await http.post("/api/session", json={"username": "ada"}), 409, "taken", "password")
    wrong = await http.post("/api/session", json={"username": "Ada", "password": WRONG})
    check_error(wrong, 401, "not_identified", "password")
    assert "set-cookie" not in wrong.headers
    there = await http.post("/api/session", json={"username": "АDA", "password": RIGHT})
    assert there.status_code == 201
    assert there.json()["user_id"] == made["user_id"]
    assert there.json()["token"] != made["token"]
    assert there.json()["username"] == "Ada"


async def test_a_socket_signs_in_alike(chat: Served, come: Come) -> None:
    ada, other, base = await come(chat), await come(chat), await come(chat)
    made = await ada.ok("set_username", {"username": "Ada", "password": RIGHT})
    for payload, code, field in (
        ({"username": "Ada"}, "taken", "password"),
        ({"username": "Ada", "password": WRONG}, "not_identified", "password"),
        ({"username": "Bo", "password": "short"}, "bad_request", "password"),
    ):
        error = (await other.call("set_username", payload))["error"]
        assert (error["code"], error["field"]) == (code, field)
    again = await other.ok("set_username", {"username": "Ada", "password": RIGHT})
    assert (again["user_id"], again["token"] != made["token"]) == (made["user_id"], True)
    await base.emit("set_username", {"username": "Ada"})
    assert (await base.wait("error"))["message"] == "Username already taken"
    await base.emit("set_username", {"username": "Cy", "password": RIGHT})
    assert (await base.wait("error", lambda told: told["code"] == "bad_request"))["event"] == "set_username"


@pytest.mark.parametrize("name", ["Ada", "Bo", "Nobody"])
async def test_a_guess_costs_the_same_whether_the_name_has_a_password_or_not(
    desk: Desk, computed: list[str | None], name: str
) -> None:
    await desk.sign_in("Ada", password=RIGHT)
    await desk.sign_in("Bo")
    computed.clear()
    try:
        await desk.sign_in(name, password=WRONG)
    except (NotIdentified, Taken):
        assert name != "Nobody"
    assert len(computed) == 1
    parameters = {one.rpartition("$")[0].rpartition("$")[0] for one in computed if one is not None}
    assert parameters <= {hashing.NOBODYS.rpartition("$")[0].rpartition("$")[0]}


async def test_without_a_password_nothing_is_computed(desk: Desk, computed: list[str | None]) -> None:
    await desk.sign_in("Ada", password=RIGHT)
    computed.clear()
    with pytest.raises(Taken):
        await desk.sign_in("Ada")
    await desk.sign_in("Bo")
    assert computed == []


async def test_who_guesses_waits_before_anything_is_computed(
    http: httpx.AsyncClient, computed: list[str | None]
) -> None:
    await http.post("/api/session", json={"username": "Ada", "password": RIGHT})
    computed.clear()
    answers = [await http.post("/api/session", json={"username": "Ada", "password": WRONG}) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [401] * 4 + [429]
    assert answers[-1].headers["retry-after"] == "1"
    assert len(computed) == 4


async def test_who_guesses_elsewhere_does_not_lock_out_the_owner(serve: Serve) -> None:
    chat = await serve(trusted_proxies=("127.0.0.1",))
    async with httpx.AsyncClient(base_url=chat.url, trust_env=False) as http:

        async def come(password: str, address: str) -> httpx.Response:
            headers = {"X-Forwarded-For": address}
            return await http.post("/api/session", json={"username": "Ada", "password": password}, headers=headers)

        assert (await come(RIGHT, "192.168.1.20")).status_code == 201
        refused = [await come(WRONG, f"192.168.1.{number}") for number in range(100, 140)]
        refused += [await come(WRONG, "192.168.1.99") for _ in range(6)]
        assert {answer.status_code for answer in refused} == {401, 429}
        # Elsewhere everybody waits for seconds, where the owner is known nobody does.
        assert max(float(answer.headers.get("retry-after", 0)) for answer in refused) <= 10
        assert (await come(RIGHT, "192.168.1.20")).status_code == 201


async def test_without_limits_no_try_counts(serve: Serve) -> None:
    chat = await serve(rate_limit=False)
    async with httpx.AsyncClient(base_url=chat.url, trust_env=False) as http:
        await http.post("/api/session", json={"username": "Ada", "password": RIGHT})
        for _ in range(6):
            wrong = await http.post("/api/session", json={"username": "Ada", "password": WRONG})
            check_error(wrong, 401, "not_identified", "password")


async def test_what_is_stored_is_the_hash(desk: Desk) -> None:
    await desk.sign_in("Ada", password=RIGHT)
    [(stored,)] = desk.rows("SELECT password_hash FROM users")
    assert hashing.is_current(stored)
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert RIGHT not in stored


async def test_a_hash_of_another_cost_is_made_anew_at_the_next_sign_in(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hashing, "MEMORY_KIB", 64)
    ada = await desk.sign_in("Ada", password=RIGHT)
    [(before,)] = desk.rows("SELECT password_hash FROM users")
    monkeypatch.undo()
    assert not hashing.is_current(before)
    assert (await desk.sign_in("Ada", password=RIGHT)).user == ada.user
    [(after,)] = desk.rows("SELECT password_hash FROM users")
    assert hashing.is_current(after)
    assert (await desk.sign_in("Ada", password=RIGHT)).user == ada.user


async def test_at_most_two_are_computed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    lock, gate, both = threading.Lock(), threading.Event(), asyncio.Event()
    running, most, loop = 0, 0, asyncio.get_running_loop()

    def compute(_password: bytes, _kept: str | None) -> str:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
            if running == 2:
                loop.call_soon_threadsafe(both.set)
        gate.wait(10)
        with lock:
            running -= 1
        return "hash"

    monkeypatch.setattr(hashing, "compute", compute)
    hashes = Hashing()
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(hashes.hash(b"password")) for _ in range(6)]
        await both.wait()
        gate.set()
    hashes.close()
    assert [task.result() for task in tasks] == ["hash"] * 6
    assert most == 2


async def test_a_password_that_changes_while_it_is_compared_lets_nobody_in(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = await desk.sign_in("Ada", password=RIGHT)
    real = desk.hashes.matches

    async def matches(password: bytes, kept: str | None) -> bool:
        is_right = await real(password, kept)
        monkeypatch.undo()
        await desk.passwords.set(ada, SetPassword("another password", RIGHT), HERE.address)
        return is_right

    monkeypatch.setattr(desk.hashes, "matches", matches)
    with pytest.raises(NotIdentified):
        await desk.sign_in("Ada", password=RIGHT)
    assert (await desk.sign_in("Ada", password="another password")).user == ada.user


async def test_of_two_changes_of_one_password_one_is_too_late(desk: Desk) -> None:
    ada = await desk.sign_in("Ada")
    changes = [desk.passwords.set(ada, SetPassword(f"password {number}"), HERE.address) for number in range(2)]
    answers = await asyncio.gather(*changes, return_exceptions=True)
    assert [type(one) for one in answers if one is not None] == [Conflict]


async def test_ones_own_password_is_set_changed_and_removed(http: httpx.AsyncClient) -> None:
    token = (await http.post("/api/session", json={"username": "Ada"})).json()["token"]
    http.headers = httpx.Headers(bearer(token))

    async def put(**body: Any) -> httpx.Response:
        return await http.put("/api/me/password", json=body)

    async def remove(current: str) -> httpx.Response:
        return await http.request("DELETE", "/api/me/password", json={"current": current})

    check_error(await remove(RIGHT), 409, "conflict")
    check_error(await put(password="short"), 400, "bad_request", "password")
    check_error(await put(password="x" * 201), 413, "too_long", "password")
    assert (await put(password=RIGHT)).status_code == 204
    check_error(await put(password="another one"), 403, "forbidden", "current")
    check_error(await put(password="another one", current=WRONG), 403, "forbidden", "current")
    assert (await put(password="another one", current=RIGHT)).status_code == 204
    check_error(await remove(RIGHT), 403, "forbidden", "current")
    assert (await remove("another one")).status_code == 204
    assert (await http.get("/api/me")).json()["has_password"] is False


async def test_another_password_ends_all_other_sessions_and_their_sockets(
    chat: Served, http: httpx.AsyncClient, come: Come
) -> None:
    body = {"username": "Ada", "password": RIGHT}
    first, second = [(await http.post("/api/session", json=body)).json()["token"] for _ in range(2)]
    http.cookies.clear()
    here, there = await come(chat, auth={"token": first}), await come(chat, auth={"token": second})
    link = (await http.post("/api/me/device-link", headers=bearer(second))).json()["code"]
    changed = await http.put(
        "/api/me/password", json={"password": "another one", "current": RIGHT}, headers=bearer(first)
    )
    assert changed.status_code == 204
    await there.wait_closed()
    check_error(await http.get("/api/me", headers=bearer(second)), 401, "not_identified")
    check_error(await http.post("/api/session/arrive", json={"code": link}), 404, "not_found")
    assert here.is_connected
    assert (await http.get("/api/me", headers=bearer(first))).status_code == 200


async def test_a_temporary_person_has_no_password(desk: Desk) -> None:
    guest = await desk.entrance.come(SetUsername("Guest"), HERE)
    session = await desk.sign_in("Ada")
    for change in (
        desk.passwords.set(type(session)(b"none", guest, 1, 0, 0, 0), SetPassword(RIGHT), HERE.address),
        desk.passwords.remove(session, RemovePassword(RIGHT), HERE.address),
    ):
        with pytest.raises(ChatError):
            await change

"""Sessions: where somebody is signed in, how long that lasts, and that what a session does ends with it."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing

import httpx
import pytest

from chatapp.data_folder import DATABASE
from chatapp.domain import lifetimes
from chatapp.domain.commands import SetUsername
from chatapp.domain.entities import Session
from chatapp.errors import Forbidden, NotFound, NotIdentified
from chatapp.services import export
from chatapp.services.codes import DEVICE_LASTS_MS, RETURN_LASTS_MS
from chatapp.services.export import Exports, Reader
from chatapp.services.export_forms import Form
from chatapp.storage.exports import Lines, Stretch
from tests.conftest import HOST_CODE, PATIENCE, Come, Served
from tests.desk import HERE, Desk
from tests.integration.test_messages import bearer, sign_in
from tests.integration.test_rest import check_error

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


async def test_a_person_sees_where_they_are_signed_in_and_ends_it_there(
    chat: Served, http: httpx.AsyncClient, come: Come
) -> None:
    body = {"username": "Ada", "password": "correct horse"}
    first = (await http.post("/api/session", json=body, headers={"User-Agent": FIREFOX})).json()["token"]
    second = (await http.post("/api/session", json=body)).json()["token"]
    http.cookies.clear()
    here, there = await come(chat, auth={"token": first}), await come(chat, auth={"token": second})
    listed = (await http.get("/api/me/sessions", headers=bearer(first))).json()["sessions"]
    assert {(one["device"], one["address"], one["is_current"]) for one in listed} == {
        ("Firefox on Linux", "127.0.0.1", True),
        ("Another program", "127.0.0.1", False),
    }
    [other] = [one for one in listed if not one["is_current"]]
    assert other["created_at"] <= other["last_used_at"] < other["expires_at"]
    assert (await http.delete(f"/api/me/sessions/{other['id']}", headers=bearer(first))).status_code == 204
    await there.wait_closed()
    check_error(await http.get("/api/me", headers=bearer(second)), 401, "not_identified")
    check_error(await http.delete(f"/api/me/sessions/{other['id']}", headers=bearer(first)), 404, "not_found")
    assert here.is_connected


async def test_all_other_sessions_end_at_once(chat: Served, http: httpx.AsyncClient, come: Come) -> None:
    body = {"username": "Ada", "password": "correct horse"}
    mine, *others = [(await http.post("/api/session", json=body)).json()["token"] for _ in range(3)]
    http.cookies.clear()
    sockets = [await come(chat, auth={"token": token}) for token in others]
    assert (await http.delete("/api/me/sessions", headers=bearer(mine))).status_code == 204
    for socket in sockets:
        await socket.wait_closed()
    assert len((await http.get("/api/me/sessions", headers=bearer(mine))).json()["sessions"]) == 1


async def test_nobody_ends_the_sessions_of_another(http: httpx.AsyncClient) -> None:
    ada, bo = await sign_in(http, "Ada"), await sign_in(http, "Bo")
    [session] = (await http.get("/api/me/sessions", headers=bearer(bo))).json()["sessions"]
    for name in (session["id"], "1", "x", "9" * 30, "²"):
        check_error(await http.delete(f"/api/me/sessions/{name}", headers=bearer(ada)), 404, "not_found")
    assert (await http.get("/api/me", headers=bearer(bo))).status_code == 200


async def test_a_socket_that_signed_in_itself_ends_with_its_session(
    chat: Served, http: httpx.AsyncClient, come: Come
) -> None:
    ada = await come(chat)
    token = (await ada.ok("set_username", {"username": "Ada"}))["token"]
    assert (await http.delete("/api/session", headers=bearer(token))).status_code == 204
    await ada.wait_closed()


async def test_a_session_that_is_not_used_ends_after_ninety_days(desk: Desk) -> None:
    _, token = await desk.entrance.come_in(SetUsername("Ada"), HERE)
    desk.now += lifetimes.IDLE_MS - 1
    await desk.sessions.identify(token)
    await desk.sessions.sweep()
    desk.now += lifetimes.IDLE_MS - 1
    await desk.sessions.identify(token)
    await desk.sessions.sweep()
    desk.now += lifetimes.IDLE_MS
    with pytest.raises(NotIdentified):
        await desk.sessions.identify(token)


async def test_a_session_ends_after_a_year_however_much_it_is_used(desk: Desk) -> None:
    _, token = await desk.entrance.come_in(SetUsername("Ada"), HERE)
    end = desk.now + lifetimes.SESSION_MS
    while desk.now + 30 * lifetimes.DAY_MS < end:
        desk.now += 30 * lifetimes.DAY_MS
        await desk.sessions.identify(token)
        await desk.sessions.sweep()
    desk.now = end
    with pytest.raises(NotIdentified):
        await desk.sessions.identify(token)
    await desk.sessions.sweep()
    assert desk.rows("SELECT count(*) FROM sessions") == [(0,)]


async def test_that_a_session_is_used_is_noted_at_most_once_in_five_minutes(desk: Desk) -> None:
    session, token = await desk.entrance.come_in(SetUsername("Ada"), HERE)

    async def noted(after: int) -> int:
        desk.now = session.created_at + after
        await asyncio.gather(*(desk.sessions.identify(token) for _ in range(5)))
        await desk.sign_in(f"Somebody{after}")  # queued after what was noted
        [(used,)] = desk.rows("SELECT last_used_at FROM sessions WHERE id = ?", session.id)
        return int(used) - session.created_at

    assert await noted(lifetimes.USE_MS - 1) == 0
    assert await noted(lifetimes.USE_MS) == lifetimes.USE_MS
    assert await noted(lifetimes.USE_MS * 2 - 1) == lifetimes.USE_MS
    assert await noted(lifetimes.USE_MS * 2) == lifetimes.USE_MS * 2


async def test_being_connected_is_using_a_session_and_its_end_cuts_the_connection(desk: Desk) -> None:
    session, cut = await desk.sign_in("Ada"), list[str]()
    desk.endings.watch(session, "socket", lambda: cut.append("socket"))
    for _ in range(5):
        desk.now += lifetimes.IDLE_MS - 1
        if desk.now < session.expires_at:
            await desk.sessions.sweep()
            assert cut == []
    await desk.sessions.sweep()
    assert cut == ["socket"]
    assert desk.endings.lasting() == []


async def test_an_expired_session_is_swept_and_those_that_were_used_meanwhile_stay(
    desk: Desk,
) -> None:
    _, token = await desk.entrance.come_in(SetUsername("Ada"), HERE)
    await desk.sign_in("Bo")
    desk.now += lifetimes.IDLE_MS - 1
    await desk.sessions.identify(token)
    desk.now += 1
    await desk.sessions.sweep()
    assert desk.rows("SELECT username FROM sessions JOIN users ON users.id = user_id") == [("Ada",)]


@pytest.fixture
async def held(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[asyncio.Event]:
    """Holds every export back after its first message, until it is set."""
    gate, real = asyncio.Event(), Exports._page
    monkeypatch.setattr(export, "PAGE", 1)
    monkeypatch.setattr(export, "PAGES", 1)

    async def page(self: Exports, reader: Reader, stretch: Stretch, limit: int, form: Form) -> Lines | None:
        if stretch.after_seq:
            await gate.wait()
        return await real(self, reader, stretch, limit, form)

    monkeypatch.setattr(Exports, "_page", page)
    yield gate
    gate.set()


async def test_a_download_breaks_off_when_the_session_ends(http: httpx.AsyncClient, held: asyncio.Event) -> None:
    token = await sign_in(http, "Ada")
    for text in ("one", "two"):
        await http.post("/api/rooms/general/messages", json={"message": text}, headers=bearer(token))
    async with (
        asyncio.timeout(PATIENCE),
        http.stream("GET", "/api/rooms/general/export", headers=bearer(token)) as answer,
    ):
        assert answer.status_code == 200
        pieces = answer.aiter_bytes()
        assert b"one" in await anext(pieces)
        assert (await http.delete("/api/session", headers=bearer(token))).status_code == 204
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            await anext(pieces)
    assert not held.is_set(), "nothing but the end of the connection can have ended it"


async def test_a_download_ends_whole_when_nothing_ends(http: httpx.AsyncClient, held: asyncio.Event) -> None:
    token = await sign_in(http, "Ada")
    for text in ("one", "two"):
        await http.post("/api/rooms/general/messages", json={"message": text}, headers=bearer(token))
    held.set()
    answer = await http.get("/api/rooms/general/export", headers=bearer(token))
    assert len(answer.text.splitlines()) == 2


async def test_a_download_breaks_off_when_its_room_is_lost(http: httpx.AsyncClient, held: asyncio.Event) -> None:
    ada, bo = await sign_in(http, "Ada"), await sign_in(http, "Bo")
    room = (await http.post("/api/rooms", json={"name": "Plans", "private": True}, headers=bearer(ada))).json()["id"]
    await http.post(f"/api/rooms/{room}/members", json={"username": "Bo"}, headers=bearer(ada))
    for text in ("one", "two"):
        await http.post(f"/api/rooms/{room}/messages", json={"message": text}, headers=bearer(ada))
    async with asyncio.timeout(PATIENCE), http.stream("GET", f"/api/rooms/{room}/export", headers=bearer(bo)) as answer:
        pieces = answer.aiter_bytes()
        assert b"one" in await anext(pieces)
        left = await http.delete(f"/api/rooms/{room}/members/me", headers=bearer(bo))
        assert left.status_code == 204
        held.set()
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            await anext(pieces)


async def test_a_body_that_is_long_in_coming_does_not_outlive_the_session(
    chat: Served, http: httpx.AsyncClient
) -> None:
    token = await sign_in(http, "Ada")
    body = b'{"message": "too late"}'
    reader, writer = await asyncio.open_connection("127.0.0.1", chat.port)
    head = (
        f"POST /api/rooms/general/messages HTTP/1.1\r\nHost: 127.0.0.1:{chat.port}\r\nAuthorization: Bearer {token}\r\n"
        f"Expect: 100-continue\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    writer.write(head.encode())
    # The server asks for the body when it has found out who sends it.
    async with asyncio.timeout(PATIENCE):
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100")
        assert (await http.get("/api/me", headers=bearer(token))).status_code == 200
        await http.delete("/api/session", headers=bearer(token))
        writer.write(body)
        assert (await reader.readline()).startswith(b"HTTP/1.1 401")
    writer.close()
    assert (await http.get("/api/rooms/general/messages")).json()["messages"] == []


async def test_a_link_signs_in_on_another_device_once(chat: Served, http: httpx.AsyncClient) -> None:
    token = await sign_in(http, "Ada")
    made = await http.post("/api/me/device-link", headers=bearer(token))
    assert (made.status_code, made.json().keys()) == (201, {"code", "expires_at"})
    async with httpx.AsyncClient(base_url=chat.url) as there:
        answer = await there.post("/api/session/arrive", json={"code": made.json()["code"]})
        assert (answer.status_code, answer.json()["username"]) == (201, "Ada")
        assert answer.json()["token"] != token
        check_error(await there.post("/api/session/arrive", json={"code": made.json()["code"]}), 404, "not_found")
    assert (await http.get("/api/me", headers=bearer(token))).status_code == 200


async def test_a_link_to_another_device_is_good_for_ten_minutes_and_the_last_one_counts(desk: Desk) -> None:
    ada = await desk.sign_in("Ada")
    first, second = await desk.codes.issue_device(ada), await desk.codes.issue_device(ada)
    carry = await desk.codes.issue_carry(ada)
    with pytest.raises(NotFound):
        await desk.codes.arrive(first.code, HERE)
    desk.now += DEVICE_LASTS_MS - 1
    assert (await desk.codes.arrive(second.code, HERE))[0].user == ada.user
    late = await desk.codes.issue_device(ada)
    desk.now += DEVICE_LASTS_MS
    with pytest.raises(NotFound):
        await desk.codes.arrive(late.code, HERE)
    assert (await desk.codes.arrive(carry.code, HERE))[0].user == ada.user, "the other kind of code is not touched"
    dead = await desk.codes.issue_device(ada)
    await desk.sessions.sign_out(ada)
    with pytest.raises(NotFound):
        await desk.codes.arrive(dead.code, HERE)
    with pytest.raises(NotIdentified):
        await desk.codes.issue_device(ada)
    guest = await desk.entrance.come(SetUsername("Guest"), HERE)
    with pytest.raises(Forbidden):
        await desk.codes.issue_device(Session(b"none", guest, 1, 0, 0, 0))


async def test_a_host_hands_a_name_back(chat: Served, http: httpx.AsyncClient, come: Come) -> None:
    host = await sign_in(http, "Ada")
    await http.post("/api/host", json={"code": HOST_CODE}, headers=bearer(host))
    lost = (await http.post("/api/session", json={"username": "Bo", "password": "forgotten it"})).json()
    http.cookies.clear()
    socket = await come(chat, auth={"token": lost["token"]})
    path = f"/api/people/{lost['user_id']}/return-link"
    check_error(await http.post(path, headers=bearer(lost["token"])), 404, "not_found")
    code = (await http.post(path, headers=bearer(host))).json()["code"]
    assert socket.is_connected, "nothing ends before somebody comes"
    back = (await http.post("/api/session/arrive", json={"code": code})).json()
    http.cookies.clear()
    assert (back["user_id"], back["username"]) == (lost["user_id"], "Bo")
    await socket.wait_closed()
    check_error(await http.get("/api/me", headers=bearer(lost["token"])), 401, "not_identified")
    assert (await http.get("/api/me", headers=bearer(back["token"]))).json()["has_password"] is False
    check_error(await http.post("/api/session/arrive", json={"code": code}), 404, "not_found")
    entries = (await http.get("/api/admin/audit", headers=bearer(host))).json()["entries"]
    assert [(one["action"], one["subject"]) for one in entries if one["action"] == "name_returned"] == [
        ("name_returned", "Bo")
    ]


async def test_a_name_is_handed_back_for_a_day_by_hosts_to_whoever_is_no_host(desk: Desk) -> None:
    host, other, bo = await desk.host_called("Ada"), await desk.host_called("Cy"), await desk.sign_in("Bo")
    first, second = [await desk.codes.issue_return(host, bo.user.id) for _ in range(2)]
    with pytest.raises(NotFound):
        await desk.codes.arrive(first.code, HERE)
    with pytest.raises(Forbidden):
        await desk.codes.issue_return(host, other.id)
    with pytest.raises(NotFound):
        await desk.codes.issue_return(bo.user, bo.user.id)
    with pytest.raises(NotFound):
        await desk.codes.issue_return(host, 1)
    desk.now += RETURN_LASTS_MS
    with pytest.raises(NotFound):
        await desk.codes.arrive(second.code, HERE)


async def test_a_browser_is_known_again_after_signing_out_and_a_program_is_not(chat: Served) -> None:
    async with httpx.AsyncClient(base_url=chat.url, headers={"Origin": chat.url}) as browser:
        first = await browser.post("/api/session", json={"username": "Ada"})
        [mark] = [line for line in first.headers.get_list("set-cookie") if line.startswith("chatapp_device_")]
        assert {"HttpOnly", "SameSite=Lax", "Path=/", f"Max-Age={400 * 24 * 3600}"} <= {
            part.strip() for part in mark.split(";")
        }
        await browser.delete("/api/session")
        again = await browser.post("/api/session", json={"username": "Bo"})
        assert mark in again.headers.get_list("set-cookie")
    async with httpx.AsyncClient(base_url=chat.url) as program:
        answer = await program.post("/api/session", json={"username": "Cy"})
        assert [line for line in answer.headers.get_list("set-cookie") if "device" in line] == []
    with closing(sqlite3.connect(chat.settings.data_dir / DATABASE)) as connection:
        query = "SELECT username, device_hash FROM sessions JOIN users ON users.id = user_id ORDER BY username"
        hashes = connection.execute(query).fetchall()
    assert hashes[0][0] == "Bo"
    assert hashes[0][1] is not None
    assert hashes[1] == ("Cy", None)
    assert mark.partition("=")[2].partition(";")[0].encode() not in hashes[0][1]


@pytest.mark.parametrize("mark", ['"a; Path=/evil"', "x" * 42, "x" * 44, "\u00fc" * 43])
async def test_a_mark_that_is_none_of_ours_is_not_kept(chat: Served, mark: str) -> None:
    async with httpx.AsyncClient(base_url=chat.url, headers={"Origin": chat.url}) as browser:
        name = f"chatapp_device_{(await browser.get('/api/identity')).json()['installation_id']}"
        answer = await browser.post(
            "/api/session", json={"username": "Ada"}, headers={b"Cookie": f"{name}={mark}".encode()}
        )
        [given] = [line for line in answer.headers.get_list("set-cookie") if line.startswith(name)]
        assert mark.strip('"') not in given


async def test_the_cookie_lasts_as_long_as_any_session(http: httpx.AsyncClient) -> None:
    answer = await http.post("/api/session", json={"username": "Ada"})
    assert f"Max-Age={366 * 24 * 3600}" in answer.headers["set-cookie"]

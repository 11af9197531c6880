"""Guests: in for a day, and then without an account."""

from datetime import datetime

import httpx
import pytest

from chatapp.domain import lifetimes
from chatapp.domain.choices import Choose
from chatapp.domain.commands import SendMessage, SetUsername
from chatapp.domain.entities import Session, User
from chatapp.domain.events import Keeps
from chatapp.domain.limits import Limiter
from chatapp.errors import NotIdentified
from chatapp.services import roles
from chatapp.services.messages import Messages
from chatapp.services.typing import Typing
from chatapp.storage import bans
from chatapp.storage.writer import Transaction
from tests.conftest import HOST_CODE, Served
from tests.desk import HERE, Desk
from tests.integration.test_messages import bearer, sign_in

DAY_MS = lifetimes.DAY_MS


@pytest.fixture
async def messages(desk: Desk) -> Messages:
    """What is said, on a desk whose newcomers are guests from now on; its host is Ada, who was there before."""
    await desk.host.choose(await desk.host_called("Ada"), Choose(newcomers="guest"))
    limiter = Limiter(None, lambda: 0)
    return Messages(desk.database, desk.writer, Typing(lambda _: None, 3000), limiter, lambda _: Keeps(), longest=4000)


async def test_newcomers_are_what_the_host_says(http: httpx.AsyncClient) -> None:
    host = bearer(await sign_in(http, "Ada"))
    await http.post("/api/host", json={"code": HOST_CODE}, headers=host)
    await http.patch("/api/admin/choices", json={"newcomers": "guest"}, headers=host)
    answer = await http.post("/api/session", json={"username": "Gus"})
    assert answer.json()["role"] == "guest"
    said = await http.post(
        "/api/rooms/general/messages", json={"message": "Hello"}, headers=bearer(answer.json()["token"])
    )
    assert said.status_code == 201


async def test_a_guest_who_is_made_a_member_keeps_the_cookie_they_have(chat: Served, http: httpx.AsyncClient) -> None:
    host = bearer(await sign_in(http, "Ada"))
    await http.post("/api/host", json={"code": HOST_CODE}, headers=host)
    await http.patch("/api/admin/choices", json={"newcomers": "guest"}, headers=host)
    async with httpx.AsyncClient(base_url=chat.url, headers={"Origin": chat.url}) as browser:
        begun = await browser.post("/api/session", json={"username": "Gus"})

        async def lasts() -> float:
            [one] = (await browser.get("/api/me/sessions")).json()["sessions"]
            first, last = (datetime.fromisoformat(one[key]) for key in ("created_at", "expires_at"))
            return (last - first).total_seconds()

        [kept] = [line for line in begun.headers.get_list("set-cookie") if "_device_" not in line]
        assert await lasts() == lifetimes.GUEST_MS / 1000
        path = f"/api/people/{begun.json()['user_id']}/role"
        assert (await http.put(path, json={"role": "member"}, headers=host)).json()["role"] == "member"
        assert (await browser.get("/api/me")).json()["role"] == "member"
        # The least of the two ends it. How long it is not used is counted from the last use, and a cookie is not.
        assert await lasts() >= lifetimes.IDLE_MS / 1000
        assert f"Max-Age={(lifetimes.SESSION_MS + lifetimes.GUEST_MS) // 1000};" in kept


async def test_after_a_day_the_account_is_gone_and_what_was_said_stays(desk: Desk, messages: Messages) -> None:
    gus, quiet = await desk.sign_in("Gus"), await desk.sign_in("Quiet")
    _, token = await desk.entrance.come_in(SetUsername("Gus2", password="correct horse"), HERE)
    await messages.send(gus.user, "general", SendMessage("Hello, @Quiet"))
    await desk.codes.issue_device(gus)
    cut: list[str] = []
    desk.endings.watch(gus, "socket", lambda: cut.append("socket"))
    desk.now += DAY_MS - 1
    await desk.sessions.sweep()
    assert cut == []
    await desk.sessions.identify(token)
    desk.now += 1
    with pytest.raises(NotIdentified):
        await desk.sessions.identify(token)
    await desk.sessions.sweep()
    assert cut == ["socket"]
    assert desk.rows("SELECT username FROM users ORDER BY username") == [("Ada",), ("Gus",)]
    for table in ("sessions", "memberships", "mentions", "codes"):
        left = desk.rows(f"SELECT count(*) FROM {table} WHERE user_id <> (SELECT id FROM users WHERE username = 'Ada')")
        assert left == [(0,)], table
    page = await messages.page(None, "general", 10)
    assert [(one.username, one.message) for one in page.messages] == [("Gus", "Hello, @Quiet")]
    assert quiet.user.role == "guest"
    again = await desk.sign_in("Gus")
    assert again.user.id != gus.user.id, "the name is another's"


async def test_a_second_session_lasts_no_longer_than_the_guest(desk: Desk, messages: Messages) -> None:
    _ = messages
    gus = await desk.sign_in("Gus", password="correct horse")
    desk.now += DAY_MS - 1000
    link = await desk.codes.issue_device(gus)
    second, _token = await desk.codes.arrive(link.code, HERE)
    third = await desk.sign_in("Gus", password="correct horse")
    assert second.expires_at == third.expires_at == gus.expires_at
    desk.now += 1000
    with pytest.raises(NotIdentified):
        await desk.sign_in("Gus", password="correct horse")
    await desk.sessions.sweep()
    assert (await desk.sign_in("Gus", password="correct horse")).user.id != gus.user.id


async def test_who_is_made_a_member_in_time_stays(desk: Desk, messages: Messages) -> None:
    _ = messages
    session, token = await desk.entrance.come_in(SetUsername("Gus"), HERE)

    async def promote(tx: Transaction, asked: list[User]) -> list[User]:
        return [await roles.give(tx, user, "member") for user in asked]

    await desk.writer.submit(promote, session.user)  # type: ignore[arg-type]
    desk.now += 2 * DAY_MS
    await desk.sessions.sweep()
    assert (await desk.sessions.identify(token)).user.role == "member"


async def test_a_ban_outlives_the_guest(desk: Desk, messages: Messages) -> None:
    _ = messages
    gus = await desk.sign_in("Gus")

    async def ban(tx: Transaction, asked: list[Session]) -> list[None]:
        for one in asked:
            await bans.add(tx.connection, [bans.Ban(tx.new_id(), one.user.id, b"x" * 32, None, None, tx.now)])
        return [None]

    await desk.writer.submit(ban, gus)  # type: ignore[arg-type]
    desk.now += DAY_MS
    await desk.sessions.sweep()
    assert desk.rows("SELECT user_id FROM bans") == [(gus.user.id,)]
    assert (await desk.sign_in("Gus")).user.id != gus.user.id

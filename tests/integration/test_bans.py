"""Bans: who may not come in any more, with what and from where."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import insert, update

from chatapp.storage import bans
from chatapp.storage.database import Database
from chatapp.storage.tables import bans as table
from chatapp.storage.tables import sessions
from tests.conftest import Come, Dial, Serve, Served
from tests.integration.test_rest import check_error
from tests.order import Appear, Somebody, appear

PHONE, LAPTOP = b"p" * 32, b"l" * 32


@pytest.fixture
async def database(tmp_path: Path, empty_database: Path) -> AsyncIterator[Database]:
    """A migrated database in which a phone and two networks are banned."""
    made = Database(Path(shutil.copy(empty_database, tmp_path)))
    common = {"created_at": 1, "device_hash": None, "address": None}
    rows = [
        common | {"id": 1, "device_hash": PHONE},
        common | {"id": 2, "address": "192.0.2.7"},
        common | {"id": 3, "address": "2001:db8::"},
    ]
    async with made.writing.begin() as connection:
        await connection.execute(insert(table), rows)
    yield made
    await made.close()


@pytest.mark.parametrize(
    ("device", "address", "stands"),
    [
        (PHONE, "192.0.2.1", True),
        (LAPTOP, "192.0.2.1", False),
        (None, "192.0.2.1", False),
        (None, "192.0.2.7", True),
        (LAPTOP, "::ffff:192.0.2.7", True),
        (None, "2001:db8::5:6:7:8", True),
        (None, "2001:db8:0:1::8", False),
        (None, "", False),
    ],
)
async def test_a_ban_stands_against_a_device_and_against_an_address_as_a_network(
    database: Database, device: bytes | None, address: str, *, stands: bool
) -> None:
    async with database.read() as connection:
        assert await bans.stands_against(connection, device, address) is stands


async def at_device(chat: Served, somebody: Somebody, device: bytes) -> None:
    """Let all sessions of somebody be at this device."""
    async with chat.app._database.writing.begin() as connection:
        await connection.execute(
            update(sessions).where(sessions.c.user_id == int(somebody.id)).values(device_hash=device)
        )


async def listed(host: Somebody) -> list[tuple[str, str | None, str | None, str]]:
    """The bans there are: kind, name, address and who made it, the oldest first."""
    found = (await host.do("GET", "/api/admin/bans")).json()["bans"]
    return [(one["kind"], one.get("username"), one.get("address"), one["by"]) for one in reversed(found)]


async def is_in(somebody: Somebody) -> bool:
    """Whether their token is good."""
    return (await somebody.do("GET", "/api/me")).status_code == 200


async def test_a_device_is_banned_with_whoever_else_is_signed_in_there(
    chat: Served, come: Come, arrive: Appear
) -> None:
    ho, bo, other, away = [
        await arrive(name, "host" if name == "Ho" else "member") for name in ("Ho", "Bo", "Alt", "Eve")
    ]
    for one, device in ((bo, PHONE), (other, PHONE), (away, LAPTOP)):
        await at_device(chat, one, device)
    phone = await come(chat, auth={"token": other.token})
    await ho.done(bo, "ban")
    await phone.wait_closed()
    assert [await is_in(one) for one in (bo, other, away)] == [False, False, True]
    assert await listed(ho) == [("person", "Bo", None, "Ho"), ("device", "Bo", None, "Ho")]
    async with chat.app._database.read() as connection:
        assert await bans.stands_against(connection, PHONE, "127.0.0.1")
        assert not await bans.stands_against(connection, LAPTOP, "127.0.0.1")
    assert "banned_at" not in await ho.done(bo, "ban", "DELETE")
    assert await listed(ho) == []


async def test_a_person_can_be_banned_without_the_devices_they_share(chat: Served, arrive: Appear) -> None:
    ho, bo, other = await arrive("Ho", "host"), await arrive("Bo"), await arrive("Other")
    for one in (bo, other):
        await at_device(chat, one, PHONE)
    await ho.done(bo, "ban", devices=False)
    assert [await is_in(one) for one in (bo, other)] == [False, True]
    assert await listed(ho) == [("person", "Bo", None, "Ho")]


async def test_a_host_does_not_ban_the_device_they_sit_at(chat: Served, arrive: Appear) -> None:
    ho, bo = await arrive("Ho", "host"), await arrive("Bo")
    for one in (ho, bo):
        await at_device(chat, one, LAPTOP)
    await ho.done(bo, "ban")
    assert [await is_in(one) for one in (ho, bo)] == [True, False]
    assert await listed(ho) == [("person", "Bo", None, "Ho")]


async def test_an_address_is_banned_only_where_it_is_nobodys_who_keeps_order(serve: Serve) -> None:
    chat = await serve(trusted_proxies=("127.0.0.1",))
    ho, bo, near = [await appear(chat.url, name, "host" if name == "Ho" else "member") for name in ("Ho", "Bo", "Near")]
    check_error(await ho.to(bo, "ban", address=True), 409, "conflict")
    assert await is_in(bo)
    async with chat.app._database.writing.begin() as connection:
        for one in (bo, near):
            of_one = update(sessions).where(sessions.c.user_id == int(one.id))
            await connection.execute(of_one.values(address="2001:db8::9"))
    ho.http.headers["X-Forwarded-For"] = "2001:db8::77"
    check_error(await ho.to(bo, "ban", address=True), 409, "conflict")
    ho.http.headers["X-Forwarded-For"] = "203.0.113.9"
    await ho.done(bo, "ban", address=True)
    # Others there stay; nobody new comes from there.
    assert [await is_in(one) for one in (bo, near)] == [False, True]
    assert await listed(ho) == [("person", "Bo", None, "Ho"), ("address", "Bo", "2001:db8::", "Ho")]
    assert [one["detail"] for one in await ho.log() if one["action"] == "banned"] == [{"addresses": ["2001:db8::"]}]
    for one in (ho, bo, near):
        await one.http.aclose()


async def test_bans_are_lifted_one_by_one_or_with_the_person(chat: Served, arrive: Appear) -> None:
    ho, mo, bo = await arrive("Ho", "host"), await arrive("Mo", "moderator"), await arrive("Bo")
    await at_device(chat, bo, PHONE)
    await ho.done(bo, "ban")
    device, person = [one["id"] for one in (await ho.do("GET", "/api/admin/bans")).json()["bans"]]
    check_error(await mo.do("DELETE", f"/api/admin/bans/{device}"), 404, "not_found")
    assert (await ho.do("DELETE", f"/api/admin/bans/{device}")).status_code == 204
    assert await listed(ho) == [("person", "Bo", None, "Ho")]
    assert [(one["action"], one.get("detail")) for one in (await ho.log())[:2]] == [
        ("unbanned", {"devices": 1}),
        ("banned", {"devices": 1}),
    ]
    for gone in (device, "7", "x"):
        check_error(await ho.do("DELETE", f"/api/admin/bans/{gone}"), 404, "not_found")
    assert (await ho.do("DELETE", f"/api/admin/bans/{person}")).status_code == 204
    [found] = (await ho.http.get("/api/people", params={"q": "Bo"})).json()["people"]
    assert "banned_at" not in found


async def test_a_ban_lasts_over_a_restart_and_no_link_gets_around_it(chat: Served, arrive: Appear) -> None:
    ho, bo = await arrive("Ho", "host"), await arrive("Bo")
    carry = (await bo.do("POST", "/api/session/carry")).json()["code"]
    await ho.done(bo, "ban")
    await chat.restart()
    assert not await is_in(bo)
    async with httpx.AsyncClient(base_url=chat.url, trust_env=False) as http:
        check_error(await http.post("/api/session/arrive", json={"code": carry}), 404, "not_found")
        check_error(await http.post("/api/session", json={"username": "Bo"}), 409, "taken", "username")
    check_error(await ho.to(bo, "role", role="moderator"), 409, "conflict")


async def test_a_banned_browser_makes_nobody_new_until_the_ban_is_lifted(
    chat: Served, arrive: Appear, dial: Dial
) -> None:
    ho = await arrive("Ho", "host")
    async with httpx.AsyncClient(base_url=chat.url, headers={"Origin": chat.url}, trust_env=False) as browser:
        begun = await browser.post("/api/session", json={"username": "Bo"})
        assert begun.status_code == 201
        link = (await ho.do("POST", f"/api/people/{begun.json()['user_id']}/return-link")).json()["code"]
        bo = f"/api/people/{begun.json()['user_id']}/ban"
        assert (await ho.do("PUT", bo, devices=True)).status_code == 200
        assert (await browser.get("/api/me")).status_code == 401
        for body in ({"username": "New"}, {"username": "New", "password": "correct horse"}, {"username": "Ho"}):
            check_error(await browser.post("/api/session", json=body), 403, "forbidden")
        check_error(await browser.post("/api/session/arrive", json={"code": link}), 404, "not_found")
        # Who throws the session away keeps the mark; with neither it is another browser.
        for name in [one for one in browser.cookies if "_device_" not in one]:
            browser.cookies.delete(name)
        check_error(await browser.post("/api/session", json={"username": "New"}), 403, "forbidden")
        mark = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
        line = await dial(chat, headers={"Cookie": mark, "Origin": chat.url})
        answer = await line.call("set_username", {"username": "New"})
        assert answer["error"]["code"] == "forbidden"
        assert (await ho.do("DELETE", bo)).status_code == 200
        assert (await line.call("set_username", {"username": "New"}))["ok"]
        assert (await browser.post("/api/session", json={"username": "Newer"})).status_code == 201


async def test_nobody_new_comes_from_a_banned_address_until_the_ban_is_lifted(serve: Serve) -> None:
    chat = await serve(trusted_proxies=("127.0.0.1",))
    ho = await appear(chat.url, "Ho", "host")
    async with httpx.AsyncClient(base_url=chat.url, trust_env=False) as http:

        async def come(name: str, address: str) -> httpx.Response:
            return await http.post("/api/session", json={"username": name}, headers={"X-Forwarded-For": address})

        bo = f"/api/people/{(await come('Bo', '203.0.113.9')).json()['user_id']}/ban"
        assert (await ho.do("PUT", bo, address=True)).status_code == 200
        check_error(await come("New", "203.0.113.9"), 403, "forbidden")
        assert (await come("Neighbour", "203.0.113.10")).status_code == 201
        assert (await ho.do("DELETE", bo)).status_code == 200
        assert (await come("New", "203.0.113.9")).status_code == 201
    await ho.http.aclose()

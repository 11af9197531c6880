"""A session goes on at another address: who may ask for it, who arrives, and how a page knows the server there."""

import asyncio
import sqlite3
import time
from contextlib import closing

import httpx

from tests.conftest import PATIENCE, Served
from tests.integration.test_messages import bearer, sign_in
from tests.integration.test_rest import check_error


async def test_a_page_arrives_at_another_address_as_the_same_person(chat: Served, http: httpx.AsyncClient) -> None:
    token = await sign_in(http, "Ada")
    me = (await http.get("/api/me", headers=bearer(token))).json()
    carry = (await http.post("/api/session/carry", headers=bearer(token))).json()
    assert carry.keys() == {"code", "nonce", "proof", "expires_at"}
    async with httpx.AsyncClient(base_url=chat.url) as there:
        answer = await there.post("/api/session/arrive", json={"code": carry["code"]})
        assert answer.status_code == 201
        assert answer.json().keys() == {"username", "user_id", "token", "role"}
        assert (await there.get("/api/me")).json() == me
        assert answer.json()["token"] != token
        check_error(await there.post("/api/session/arrive", json={"code": carry["code"]}), 404, "not_found")
    assert (await http.get("/api/me", headers=bearer(token))).json() == me


async def test_only_who_is_signed_in_is_given_a_code(http: httpx.AsyncClient) -> None:
    check_error(await http.post("/api/session/carry"), 401, "not_identified")


async def test_no_code_is_no_way_in(http: httpx.AsyncClient) -> None:
    for code in ("", "x" * 43, "\u20ac"):
        check_error(await http.post("/api/session/arrive", json={"code": code}), 404, "not_found")
    check_error(await http.post("/api/session/arrive", json={"code": "x" * 201}), 400, "bad_request", "code")
    check_error(await http.post("/api/session/arrive", json={}), 400, "bad_request", "code")


async def test_pages_of_elsewhere_bring_nobody_in(http: httpx.AsyncClient) -> None:
    token = await sign_in(http, "Ada")
    code = (await http.post("/api/session/carry", headers=bearer(token))).json()["code"]
    foreign = {"Origin": "http://elsewhere.example"}
    check_error(await http.post("/api/session/arrive", json={"code": code}, headers=foreign), 403, "forbidden")
    assert (await http.post("/api/session/arrive", json={"code": code})).status_code == 201


async def test_signing_out_ends_the_code_as_well(http: httpx.AsyncClient) -> None:
    token = await sign_in(http, "Ada")
    code = (await http.post("/api/session/carry", headers=bearer(token))).json()["code"]
    assert (await http.delete("/api/session", headers=bearer(token))).status_code == 204
    check_error(await http.post("/api/session/arrive", json={"code": code}), 404, "not_found")


async def test_the_server_proves_who_it_is_to_a_page_that_knows_it(chat: Served, http: httpx.AsyncClient) -> None:
    token = await sign_in(http, "Ada")
    carry = (await http.post("/api/session/carry", headers=bearer(token))).json()
    there = (await http.get("/api/identity", params={"nonce": carry["nonce"]})).json()
    assert there["proof"] == carry["proof"]
    assert "proof" not in (await http.get("/api/identity")).json()
    check_error(await http.get("/api/identity", params={"nonce": "short"}), 400, "bad_request", "nonce")
    await chat.restart()
    assert (await http.get("/api/identity", params={"nonce": carry["nonce"]})).json() == there


async def test_pages_of_this_servers_addresses_may_read_who_it_is_and_nothing_else(
    chat: Served, http: httpx.AsyncClient
) -> None:
    await chat.stop()
    with closing(sqlite3.connect(chat.settings.data_dir / "chat.sqlite3")) as connection, connection:
        yesterday = time.time_ns() // 1_000_000 - 24 * 3600 * 1000
        connection.execute("INSERT INTO origins VALUES ('http://192.168.7.7:5000', ?)", [yesterday])
        connection.execute(
            "INSERT INTO origins VALUES ('http://192.168.8.8:5000', ?)", [yesterday - 7 * 24 * 3600 * 1000]
        )
    await chat.start()
    async with asyncio.timeout(PATIENCE):
        while not await is_told(http, chat.url):
            pass  # the addresses are noted when the server is up
    for origin, may in {
        chat.url.replace("http:", "https:"): True,
        "http://192.168.7.7:5000": True,
        "https://192.168.7.7:5000": True,
        "http://192.168.7.7:5001": False,
        "http://192.168.8.8:5000": False,
        "http://elsewhere.example": False,
        "null": False,
    }.items():
        assert await is_told(http, origin) == may, origin


async def is_told(http: httpx.AsyncClient, origin: str) -> bool:
    """Whether a page of this origin may read who this server is; it may never read anything else, nor as anybody."""
    answer = await http.get("/api/identity", headers={"Origin": origin})
    assert "access-control-allow-credentials" not in answer.headers
    assert "Origin" in answer.headers["vary"]
    assert "access-control-allow-origin" not in (await http.get("/api/rooms", headers={"Origin": origin})).headers
    return bool(answer.headers.get("access-control-allow-origin") == origin)

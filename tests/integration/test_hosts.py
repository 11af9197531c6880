"""Requests for another host than this one (DNS rebinding), and what proxies say, on every transport."""

import socket
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.conftest import Serve, Served
from tests.frames import PATH, FrameLine
from tests.integration.test_messages import bearer, sign_in
from tests.integration.test_rest import check_error
from tests.raw import PollingLine, Raw

REBOUND = ("evil.example", "evil.example:{port}", "127.0.0.1.evil.example:{port}", "192.0.2.7:{port}", "0.0.0.0:{port}")
MALFORMED = ("", "a b", "http://127.0.0.1", "[::1", "user@127.0.0.1", "127.0.0.1, evil.example")
POLLING = "/socket.io/?EIO=4&transport=polling"


@pytest.fixture
async def plain(chat: Served) -> AsyncIterator[httpx.AsyncClient]:
    """Asks by requests that are made by hand."""
    async with httpx.AsyncClient(base_url=chat.url, trust_env=False) as client:
        yield client


async def shake(chat: Served, host: str | None, path: str = PATH) -> tuple[int, dict[str, str]]:
    """The answer to a websocket's handshake for this host."""
    line = FrameLine(chat.url, path)
    try:
        return await line.ask({"Host": host})
    finally:
        await line.close()


@pytest.mark.parametrize("host", REBOUND)
async def test_no_request_for_another_host_gets_anything(chat: Served, plain: httpx.AsyncClient, host: str) -> None:
    ada = bearer(await sign_in(plain, "Ada"))
    line = PollingLine(chat.url, {})
    polling = Raw(line)
    await polling.open()
    rebound = {"Host": host.format(port=chat.port)}
    origin = {"Origin": f"http://{rebound['Host']}", "Sec-Fetch-Site": "same-origin"}
    asked: list[tuple[str, str, dict[str, Any]]] = [
        ("GET", "/", {"headers": {"Accept": "text/html"}}),
        ("GET", "/config.js", {}),
        ("GET", "/trust", {}),
        ("HEAD", "/", {}),
        ("GET", "/healthz", {}),
        ("GET", "/api/identity", {}),
        ("GET", "/api/rooms", {"headers": ada}),
        ("GET", "/api/rooms/general/messages", {"headers": ada}),
        ("POST", "/api/session", {"json": {"username": "Eve"}, "headers": origin}),
        ("POST", "/api/rooms/general/messages", {"json": {"message": "Hello"}, "headers": ada | origin}),
        ("OPTIONS", "/api/session", {"headers": origin}),
        ("GET", "/nowhere", {}),
        ("GET", POLLING, {"headers": origin}),
        ("POST", line._path, {"content": b'42["get_rooms"]', "headers": origin}),
    ]
    for method, path, more in asked:
        answer = await plain.request(method, path, **(more | {"headers": more.get("headers", {}) | rebound}))
        assert answer.status_code == 421, (method, path)
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "set-cookie" not in answer.headers
    for path in (PATH, "/socket.io/?EIO=4&transport=websocket&sid=" + line._path.rpartition("=")[2], "/elsewhere"):
        status, headers = await shake(chat, rebound["Host"], path)
        assert (status, headers["content-type"]) == (421, "application/json")
    history = (await plain.get("/api/rooms/general/messages")).json()["messages"]
    assert history == []
    await line.close()


async def test_the_refusal_says_what_to_do_to_programs_and_people(chat: Served, plain: httpx.AsyncClient) -> None:
    check_error(await plain.get("/api/rooms", headers={"Host": "chat.example"}), 421, "forbidden")
    page = await plain.get("/", headers={"Host": "chat.example", "Accept": "text/html,*/*;q=0.8"})
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "not called chat.example" in page.text
    assert "CHATAPP_ALLOWED_HOSTS" in page.text
    # A page that lets its name lead here reads this: it learns no address of ours from it.
    assert str(chat.port) not in page.text


@pytest.mark.parametrize("host", [*MALFORMED, None])
async def test_a_request_names_one_host(chat: Served, host: str | None) -> None:
    for path in ("/api/rooms", PATH):
        line = FrameLine(chat.url, path)
        status, _ = await line.ask({"Host": host} | ({} if path == PATH else {"Upgrade": None, "Connection": None}))
        assert status == 400
        await line.close()


async def test_two_hosts_are_none(chat: Served) -> None:
    for path in ("/api/rooms", PATH):
        line = FrameLine(chat.url, path)
        own = f"127.0.0.1:{chat.port}"
        more = {} if path == PATH else {"Upgrade": None, "Connection": None}
        assert (await line.ask({"Host": f"{own}\r\nHost: {own}"} | more))[0] == 400
        await line.close()


async def test_the_server_answers_to_its_names(serve: Serve) -> None:
    chat = await serve(allowed_hosts=("chat.example", "198.51.100.4"))
    machine = socket.gethostname().partition(".")[0]
    async with httpx.AsyncClient(base_url=chat.url, trust_env=False) as plain:
        for name in ("localhost", "127.0.0.1", "[::1]", machine, f"{machine}.local", "chat.EXAMPLE.", "198.51.100.4"):
            for host in (name, f"{name}:{chat.port}", f"{name}:8443"):
                told = {"Host": host, "Origin": f"http://{host}"}
                assert (await plain.get("/api/rooms", headers=told)).status_code == 200
                assert (await plain.get(POLLING, headers=told)).status_code == 200
                assert (await shake(chat, host))[0] == 101


async def test_it_listens_to_the_name_on_the_network_once_it_has_it(chat: Served, plain: httpx.AsyncClient) -> None:
    class Announced:
        local_name = "workshop.local"

    assert (await plain.get("/healthz", headers={"Host": "workshop.local"})).status_code == 421
    chat.whereabouts._discovery = Announced()  # type: ignore[assignment]
    assert (await plain.get("/healthz", headers={"Host": "workshop.local"})).status_code == 200


FORWARDED = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"}


@pytest.mark.parametrize("trusted", [("127.0.0.0/8",), ("10.0.0.0/8",), ()])
async def test_only_a_trusted_proxy_says_who_the_client_is(serve: Serve, trusted: tuple[str, ...]) -> None:
    chat = await serve(trusted_proxies=trusted, allowed_hosts=("chat.example",))
    host = {"Host": "chat.example"}
    is_trusted = trusted == ("127.0.0.0/8",)
    expected = "203.0.113.9" if is_trusted else "127.0.0.1"
    async with httpx.AsyncClient(base_url=chat.url, trust_env=False) as plain:
        signed_in = await plain.post("/api/session", json={"username": "Ada"}, headers=FORWARDED | host)
        assert ("Secure" in signed_in.headers["set-cookie"]) is is_trusted
        assert signed_in.headers["set-cookie"].startswith("__Host-") is is_trusted
        polled = await plain.get(POLLING, headers=FORWARDED | host)
        assert polled.status_code == 200
    assert addresses(chat) == {expected}
    line = FrameLine(chat.url)
    status, _ = await line.ask({**FORWARDED, **host})
    assert status == 101
    await Raw(line).hear("0")
    assert addresses(chat) == {expected}
    await line.close()


def addresses(chat: Served) -> set[str]:
    """From where the sessions of Socket.IO came."""
    return {caller.address for caller in chat.app._engine.environ.values()}


async def test_a_page_behind_a_proxy_is_of_its_host(serve: Serve) -> None:
    chat = await serve(trusted_proxies=("127.0.0.1",), allowed_hosts=("chat.example",))
    told = FORWARDED | {"Host": "chat.example", "Origin": "https://chat.example", "Sec-Fetch-Site": "same-origin"}
    async with httpx.AsyncClient(base_url=chat.url, trust_env=False) as plain:
        assert (await plain.post("/api/session", json={"username": "Ada"}, headers=told)).status_code == 201
        assert (await plain.get(POLLING, headers=told)).status_code == 200
        # The proxy's word for the host counts for nothing.
        passed_on = told | {"Host": "evil.example", "X-Forwarded-Host": "chat.example"}
        assert (await plain.get("/healthz", headers=passed_on)).status_code == 421

"""What a page of another origin may ask of the chat with somebody's cookie: nothing, on every transport."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.conftest import Serve, Served
from tests.frames import FrameLine
from tests.integration.test_identity import cookie_of
from tests.integration.test_messages import bearer, sign_in
from tests.integration.test_rest import check_error
from tests.raw import Raw

POLLING = "/socket.io/?EIO=4&transport=polling"
LISTED = "http://localhost:8080"
CHANGES: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", "/api/rooms/general/messages", {"json": {"message": "Hello"}}),
    ("POST", "/api/session", {"json": {"username": "Eve"}}),
    ("DELETE", "/api/session", {}),
    ("POST", "/api/session/carry", {}),
    ("PATCH", "/api/messages/1", {"json": {"message": "Hello"}}),
    ("DELETE", "/api/messages/1", {}),
    ("PUT", "/api/messages/1/reactions/%F0%9F%91%8D", {}),
    ("POST", "/api/host", {"json": {"code": "x"}}),
    ("POST", "/api/admin/quit", {}),
    ("POST", "/nowhere", {}),
]
# What browsers say of a page that is none of ours: other pages of this very host at another port are of the same site.
FOREIGN: list[dict[str, str]] = [
    {"Origin": "http://evil.example"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"},
    {"Origin": "http://127.0.0.1:1", "Sec-Fetch-Site": "same-site"},
    # An old browser that leaves the origin out, and one that is led about: our own origin, by way of another.
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": "{own}", "Sec-Fetch-Site": "cross-site"},
]
KINDS = [", ".join(f"{name} {value}".strip() for name, value in each.items()) for each in FOREIGN]


@pytest.fixture
async def listing(serve: Serve) -> Served:
    """A chat that lists one origin."""
    return await serve(cors_origins=(LISTED,))


@pytest.fixture
async def ada(listing: Served) -> AsyncIterator[httpx.AsyncClient]:
    """A browser that has Ada's cookie."""
    headers = {"Cookie": await cookie_of(listing, "Ada")}
    async with httpx.AsyncClient(base_url=listing.url, headers=headers, trust_env=False) as client:
        yield client


@pytest.mark.parametrize("told", FOREIGN, ids=KINDS)
async def test_a_page_from_elsewhere_changes_nothing(
    listing: Served, ada: httpx.AsyncClient, told: dict[str, str]
) -> None:
    told = {name: value.format(own=listing.url) for name, value in told.items()}
    for method, path, body in CHANGES:
        check_error(await ada.request(method, path, headers=told, **body), 403, "forbidden")
        # A form and a plain fetch come without asking first, as text.
        text = told | {"Content-Type": "text/plain"}
        check_error(await ada.request(method, path, headers=text, content=b'{"message": "x"}'), 403, "forbidden")
    own = await ada.get("/api/me", headers={"Origin": listing.url, "Sec-Fetch-Site": "same-origin"})
    assert own.json()["username"] == "Ada"
    assert (await ada.get("/api/rooms/general/messages")).json()["messages"] == []


@pytest.mark.parametrize("told", FOREIGN, ids=KINDS)
async def test_a_page_from_elsewhere_gets_no_socket(
    listing: Served, ada: httpx.AsyncClient, told: dict[str, str]
) -> None:
    told = {name: value.format(own=listing.url) for name, value in told.items()}
    for method in ("GET", "POST", "OPTIONS"):
        answer = await ada.request(method, POLLING, headers=told)
        check_error(answer, 403, "forbidden")
        assert "access-control-allow-origin" not in answer.headers
    opened = await ada.get(POLLING, headers={"Origin": listing.url})
    sid = opened.text.partition('"sid":"')[2].partition('"')[0]
    check_error(await ada.post(f"{POLLING}&sid={sid}", headers=told, content=b"40"), 403, "forbidden")
    for more in ("", f"&sid={sid}"):
        line = FrameLine(listing.url, f"/socket.io/?EIO=4&transport=websocket{more}")
        status, _ = await line.ask({**told, "Cookie": ada.headers["cookie"]})
        assert status == 403
        await line.close()


async def test_two_origins_are_none(listing: Served, ada: httpx.AsyncClient) -> None:
    twice = [("Origin", listing.url), ("Origin", listing.url)]
    check_error(await ada.post("/api/rooms/general/messages", json={"message": "x"}, headers=twice), 400, "bad_request")
    check_error(await ada.get(POLLING, headers=twice), 400, "bad_request")


async def test_a_listed_page_asks_from_another_site_with_a_token_and_not_with_the_cookie(
    listing: Served, ada: httpx.AsyncClient
) -> None:
    told = {"Origin": LISTED, "Sec-Fetch-Site": "cross-site"}
    message = {"message": "Hello"}
    refused = await ada.post("/api/rooms/general/messages", json=message, headers=told)
    check_error(refused, 401, "not_identified")
    async with httpx.AsyncClient(base_url=listing.url) as http:
        token = await sign_in(http, "Bo")
        posted = await http.post("/api/rooms/general/messages", json=message, headers=told | bearer(token))
        assert posted.status_code == 201
        assert (await http.get(POLLING, headers=told)).status_code == 200


async def test_a_cookie_changes_nothing_without_an_own_origin_beside_it(
    listing: Served, ada: httpx.AsyncClient
) -> None:
    """Browsers name the origin with every change and every websocket; who does not is no page of ours."""
    message = {"message": "Hello"}
    refused = await ada.post("/api/rooms/general/messages", json=message)
    check_error(refused, 401, "not_identified")
    own = {"Origin": listing.url}
    assert (await ada.post("/api/rooms/general/messages", json=message, headers=own)).status_code == 201
    for headers, is_known in (({}, False), (own, True)):
        line = FrameLine(listing.url)
        assert (await line.ask({**headers, "Cookie": ada.headers["cookie"]}))[0] == 101
        raw = Raw(line)
        await raw.hear("0")
        await raw.send("40")
        await raw.hear("40")
        assert (await raw.call("join_room", {"room": "general"}))["ok"] is is_known
        await line.close()


async def test_no_answer_is_a_script(ada: httpx.AsyncClient) -> None:
    """Scripts are loaded from anywhere without an Origin, and run where they are loaded."""
    for query in ("&j=0", "&j=1&sid=x"):
        answer = await ada.get(POLLING + query, headers={"Sec-Fetch-Dest": "script"})
        assert answer.status_code == 400
        assert "javascript" not in answer.headers["content-type"]


ANSWERS: list[tuple[str, str, dict[str, str], int]] = [
    ("GET", "/", {"Accept": "text/html"}, 200),
    ("HEAD", "/", {"Accept": "text/html"}, 200),
    ("GET", "/", {}, 200),
    ("GET", "/config.js", {}, 200),
    ("GET", "/trust", {}, 200),
    ("GET", "/worker.js", {}, 200),
    ("GET", "/api/rooms", {}, 200),
    ("GET", "/api/docs", {}, 200),
    ("GET", "/api/me", {}, 200),
    ("GET", "/api/rooms/nowhere/messages", {}, 404),
    ("GET", "/nowhere", {}, 404),
    ("PUT", "/api/rooms", {}, 404),
    ("POST", "/api/session", {"Origin": "http://evil.example"}, 403),
    ("OPTIONS", "/api/session", {"Origin": LISTED}, 204),
    ("GET", "/api/rooms", {"Host": "evil.example"}, 421),
    ("GET", "/", {"Host": "evil.example", "Accept": "text/html"}, 421),
    ("GET", POLLING, {}, 200),
    ("POST", POLLING, {}, 400),
    ("GET", POLLING, {"Origin": "http://evil.example"}, 403),
]


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_every_answer_binds_the_browser(serve: Serve, ada: httpx.AsyncClient, scheme: str) -> None:
    chat = await serve(cors_origins=(LISTED,), trusted_proxies=("127.0.0.1",), allowed_hosts=("chat.example",))
    ada.base_url = httpx.URL(chat.url)
    for method, path, headers, status in ANSWERS:
        told = {"Host": "chat.example", "X-Forwarded-Proto": scheme} | headers
        answer = await ada.request(method, path, headers=told)
        has = answer.headers
        assert answer.status_code == status, (method, path)
        assert has["x-content-type-options"] == "nosniff"
        assert has["referrer-policy"] == "no-referrer"
        assert has["cross-origin-resource-policy"] == "same-origin"
        assert "camera=()" in has["permissions-policy"]
        assert has.get("cross-origin-opener-policy") == ("same-origin" if scheme == "https" else None)
        assert has["cache-control"]
        policies = has.get_list("content-security-policy")
        assert len(policies) == 1
        rules = dict(rule.split(" ", 1) for rule in policies[0].split("; "))
        assert "unsafe" not in policies[0]
        none = ("default-src", "object-src", "base-uri", "frame-ancestors")
        assert [rules[name] for name in none] == ["'none'"] * len(none)
        assert rules["form-action"] in {"'none'", "'self'"}
        if path in {"/", "/trust"} and answer.headers["content-type"].startswith("text/html") and status == 200:
            assert rules["script-src"] == rules["style-src"] == "'self'"
            assert rules["require-trusted-types-for"] == "'script'"
            assert {"ws://chat.example", "wss://chat.example"} <= set(rules["connect-src"].split())


async def test_what_a_page_on_plain_http_looks_at_to_see_whether_https_is_trusted_may_be_loaded(
    ada: httpx.AsyncClient,
) -> None:
    assert (await ada.get("/api/identity")).headers["cross-origin-resource-policy"] == "cross-origin"


async def test_a_cookie_of_before_is_not_adopted_and_one_of_after_is_worth_nothing(listing: Served) -> None:
    """Session fixation, and replay after signing out, on every way."""
    own = {"Origin": listing.url}
    name, _, mallorys = (await cookie_of(listing, "Mallory")).partition("=")
    async with httpx.AsyncClient(base_url=listing.url, headers=own) as browser:
        browser.cookies.set(name, mallorys)
        signed_in = await browser.post("/api/session", json={"username": "Bo"})
        bos = signed_in.json()["token"]
        assert signed_in.headers["set-cookie"].startswith(f"{name}={bos};")
        assert bos != mallorys
        browser.cookies.clear()
        invented = {"Cookie": f"{name}=chosen-by-somebody-else"}
        again = await browser.post("/api/session", json={"username": "Grace"}, headers=invented)
        assert "chosen" not in again.headers["set-cookie"]
        browser.cookies.clear()
        assert (await browser.get("/api/me", headers=invented)).status_code == 401
        for replayed in ({"Cookie": f"{name}={bos}"}, bearer(bos)):
            assert (await browser.get("/api/me", headers=replayed)).json()["username"] == "Bo"
        assert (await browser.delete("/api/session", headers=bearer(bos))).status_code == 204
        for replayed in ({"Cookie": f"{name}={bos}"}, bearer(bos)):
            assert (await browser.get("/api/me", headers=replayed)).status_code == 401
            posted = await browser.post("/api/rooms/general/messages", json={"message": "x"}, headers=replayed)
            assert posted.status_code == 401
        line = FrameLine(listing.url)
        await line.ask({**own, "Cookie": f"{name}={bos}"})
        raw = Raw(line)
        await raw.hear("0")
        await raw.send("40")
        await raw.hear("40")
        assert (await raw.call("join_room", {"room": "general"}))["error"]["code"] == "not_identified"
        await line.close()

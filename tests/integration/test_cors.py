"""Pages of other origins: those listed may, all others may not, and none has the cookie."""

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from tests.conftest import Client, Serve, Served
from tests.integration.test_messages import bearer, sign_in
from tests.integration.test_rest import check_error
from tests.raw import WebSocketLine

LISTED = "http://localhost:8080"
FOREIGN = (
    "http://elsewhere.example",
    "http://localhost:8081",
    "https://localhost:8080",
    "http://localhost:8080.evil",
    "null",
)


@pytest.fixture
async def listing(serve: Serve) -> Served:
    """A chat that lists one origin."""
    return await serve(cors_origins=(LISTED,))


async def test_rest_is_open_to_listed_origins_without_credentials(listing: Served) -> None:
    async with httpx.AsyncClient(base_url=listing.url) as http:
        for path in ("/api/rooms", "/api/nowhere", "/api/me", "/healthz"):
            answer = await http.get(path, headers={"Origin": LISTED})
            assert answer.headers["access-control-allow-origin"] == LISTED
            assert "access-control-allow-credentials" not in answer.headers
            assert "Origin" in answer.headers["vary"]
        token = (await http.post("/api/session", json={"username": "Ada"}, headers={"Origin": LISTED})).json()["token"]
        http.cookies.clear()
        posted = await http.post(
            "/api/rooms/general/messages", json={"message": "Hello"}, headers={"Origin": LISTED} | bearer(token)
        )
        assert posted.status_code == 201


async def test_rest_is_closed_to_all_others(listing: Served) -> None:
    async with httpx.AsyncClient(base_url=listing.url) as http:
        token = await sign_in(http, "Ada")
        for origin in FOREIGN:
            answer = await http.get("/api/rooms", headers={"Origin": origin})
            assert not [name for name in answer.headers if name.startswith("access-control-")]
            for headers in ({"Origin": origin}, {"Origin": origin} | bearer(token)):
                posted = await http.post("/api/rooms/general/messages", json={"message": "Hello"}, headers=headers)
                check_error(posted, 403, "forbidden")


async def test_preflights_are_answered_for_listed_origins(listing: Served) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}
    async with httpx.AsyncClient(base_url=listing.url) as http:
        for path in ("/api/session", "/api/rooms/general/messages", "/api/messages/1"):
            answer = await http.options(path, headers={"Origin": LISTED} | asked)
            assert answer.status_code == 204
            assert answer.headers["access-control-allow-origin"] == LISTED
            assert "POST" in answer.headers["access-control-allow-methods"]
            allowed = answer.headers["access-control-allow-headers"].lower()
            assert "authorization" in allowed
            assert "content-type" in allowed
            refused = await http.options(path, headers={"Origin": FOREIGN[0]} | asked)
            assert not [name for name in refused.headers if name.startswith("access-control-")]


async def test_socket_io_is_open_to_listed_origins(listing: Served, transport: str) -> None:
    client = Client(transport)
    await client.connect(listing.url, headers={"Origin": LISTED})
    assert (await client.ok("set_username", {"username": "Ada"}))["token"]
    await client.close()
    async with httpx.AsyncClient(base_url=listing.url) as http:
        answer = await http.get("/socket.io/?EIO=4&transport=polling", headers={"Origin": LISTED})
        assert answer.headers["access-control-allow-origin"] == LISTED
        assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize("origin", FOREIGN)
async def test_socket_io_is_closed_to_all_others(listing: Served, origin: str) -> None:
    async with httpx.AsyncClient(base_url=listing.url) as http:
        answer = await http.get("/socket.io/?EIO=4&transport=polling", headers={"Origin": origin})
        check_error(answer, 403, "forbidden")
        assert "access-control-allow-origin" not in answer.headers
    with pytest.raises(InvalidStatus):
        await WebSocketLine(listing.url, {"Origin": origin}).open()

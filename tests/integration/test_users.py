"""People over HTTP: by the beginning of a name, and by id."""

from typing import Any

import httpx
import pytest

from tests.conftest import Come, Served
from tests.integration.test_messages import bearer, sign_in
from tests.integration.test_rest import check_error


@pytest.fixture
def transport() -> str:
    """How people are connected does not matter here."""
    return "websocket"


async def called(http: httpx.AsyncClient, token: str, **asked: Any) -> list[str]:
    """The names found."""
    answer = await http.get("/api/users", params=asked, headers=bearer(token))
    assert answer.status_code == 200, answer.text
    return [one["username"] for one in answer.json()["users"]]


async def test_people_are_found_by_the_beginning_of_their_names(http: httpx.AsyncClient) -> None:
    token = await sign_in(http, "Ada")
    for name in ("Adam", "Bo", "Zoë", "Mia", "美咲", "Анна"):
        await sign_in(http, name)
    for asked, names in {
        "ad": ["Ada", "Adam"],
        "ADA": ["Ada", "Adam"],
        "Adam": ["Adam"],
        "zoe": ["Zoë"],
        "Zoë": ["Zoë"],
        "美": ["美咲"],
        "ан": ["Анна"],
        "da": [],
        "m": ["Mia"],
        "r": [],
        "%": [],
        "A_": [],
    }.items():
        assert await called(http, token, q=asked) == names, asked


async def test_no_more_are_told_than_asked_for(http: httpx.AsyncClient) -> None:
    tokens = [await sign_in(http, f"Person-{number:02}") for number in range(12)]
    assert await called(http, tokens[0], q="person") == [f"Person-{number:02}" for number in range(8)]
    assert await called(http, tokens[0], q="", limit=3) == ["Person-00", "Person-01", "Person-02"]
    assert len(await called(http, tokens[0], q="person-1", limit=50)) == 2
    for limit in ("0", "51", "many"):
        answer = await http.get("/api/users", params={"q": "", "limit": limit}, headers=bearer(tokens[0]))
        check_error(answer, 400, "bad_request", "limit")


async def test_people_are_found_by_id_under_the_name_they_have_now(
    chat: Served, come: Come, http: httpx.AsyncClient
) -> None:
    ada, bo, guest = await come(chat), await come(chat), await come(chat)
    named = [await one.ok("set_username", {"username": name}) for name, one in (("Ada", ada), ("Bo", bo))]
    await guest.emit("set_username", {"username": "Guest"})
    guests_id = (await guest.wait("username_set"))["user_id"]
    await bo.ok("set_username", {"username": "Robert"})
    ids = [named[0]["user_id"], named[1]["user_id"], guests_id, "7"]
    answer = await http.get("/api/users", params={"ids": ",".join(ids)}, headers=bearer(named[0]["token"]))
    assert {one["user_id"]: one["username"] for one in answer.json()["users"]} == dict(
        zip(ids, ("Ada", "Robert", "Guest"), strict=False)
    )
    assert await called(http, named[0]["token"], q="bo") == []


async def test_a_name_given_up_finds_nobody(chat: Served, come: Come, http: httpx.AsyncClient) -> None:
    token = await sign_in(http, "Ada")
    guest = await come(chat)
    await guest.emit("set_username", {"username": "Guest"})
    await guest.wait("username_set")
    assert await called(http, token, q="gue") == ["Guest"]
    await guest.close()
    while await called(http, token, q="gue"):
        pass  # until the server has seen them go


async def test_what_is_asked_wrongly_is_refused(http: httpx.AsyncClient) -> None:
    check_error(await http.get("/api/users", params={"q": "a"}), 401, "not_identified")
    check_error(await http.get("/api/users", params={"ids": "1"}), 401, "not_identified")
    token = await sign_in(http, "Ada")
    refused: list[tuple[dict[str, str], str | None]] = [
        ({}, None),
        ({"q": "a", "ids": "1"}, None),
        ({"ids": ""}, "ids"),
        ({"ids": "1,,2"}, "ids"),
        ({"ids": "1,two"}, "ids"),
        ({"ids": "-1"}, "ids"),
        ({"ids": "9" * 19}, "ids"),
        ({"ids": ",".join(["1"] * 101)}, "ids"),
        ({"q": "x" * 201}, "q"),
    ]
    for asked, field in refused:
        check_error(await http.get("/api/users", params=asked, headers=bearer(token)), 400, "bad_request", field)
    assert await called(http, token, ids=",".join(["1"] * 100)) == []
    for odd in ("\x00", "\U0010ffff", "' OR 1=1"):
        assert await called(http, token, q=odd) == []

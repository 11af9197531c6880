"""The ways in: open, by the phrase, by invitation only; and what somebody without a name is told meanwhile."""

from collections.abc import AsyncIterator

import httpx
import pytest

from chatapp.domain import words
from chatapp.domain.choices import Choose
from chatapp.errors import Forbidden, RateLimited
from tests.conftest import HOST_CODE, OPERATOR, Come, Served
from tests.desk import Desk
from tests.integration.test_messages import bearer, sign_in
from tests.integration.test_rest import ROUTE_BODIES, check_error


@pytest.fixture
async def host(chat: Served) -> AsyncIterator[httpx.AsyncClient]:
    """A client of Ada, who is a host."""
    async with httpx.AsyncClient(base_url=chat.url) as client:
        client.headers.update(bearer(await sign_in(client, "Ada")))
        await client.post("/api/host", json={"code": HOST_CODE})
        yield client


async def choose(host: httpx.AsyncClient, way: str) -> str:
    """Let people in this way; the phrase, empty where there is none yet."""
    overview = (await host.patch("/api/admin/choices", json={"ways_in": way})).json()
    assert overview["ways_in"] == way
    return str(overview.get("phrase", ""))


async def test_a_chat_is_open_until_its_host_chooses_otherwise(
    host: httpx.AsyncClient, http: httpx.AsyncClient
) -> None:
    overview = (await host.get("/api/admin/overview")).json()
    assert (overview["ways_in"], overview["newcomers"], "phrase" in overview) == ("open", "member", False)
    assert (await http.get("/api/identity")).json()["ways_in"] == "open"
    assert (await http.get("/api/rooms")).status_code == 200
    assert (await host.get("/api/invite")).json() == {"ways_in": "open"}


async def test_with_the_phrase_one_comes_in_however_it_is_written(
    host: httpx.AsyncClient, http: httpx.AsyncClient
) -> None:
    phrase = await choose(host, "phrase")
    assert {*phrase.split()} <= {*words.WORDS}
    assert (await http.get("/api/identity")).json()["ways_in"] == "phrase"
    check_error(await http.post("/api/session", json={"username": "Bo"}), 403, "forbidden", "phrase")
    wrong = {"username": "Bo", "phrase": "one two three four"}
    check_error(await http.post("/api/session", json=wrong), 403, "forbidden", "phrase")
    for name, written in (("Bo", phrase), ("Cy", phrase.upper().replace(" ", "-"))):
        assert (await http.post("/api/session", json={"username": name, "phrase": written})).status_code == 201


async def test_a_new_phrase_makes_the_old_one_worthless_at_once(
    host: httpx.AsyncClient, http: httpx.AsyncClient
) -> None:
    old = await choose(host, "phrase")
    new = (await host.post("/api/admin/phrase")).json()["phrase"]
    assert new != old
    check_error(await http.post("/api/session", json={"username": "Bo", "phrase": old}), 403, "forbidden", "phrase")
    assert (await http.post("/api/session", json={"username": "Bo", "phrase": new})).status_code == 201
    actions = [one["action"] for one in (await host.get("/api/admin/audit")).json()["entries"]]
    assert actions[:2] == ["phrase_changed", "choices_changed"]
    assert old not in (await host.get("/api/admin/audit")).text
    assert await choose(host, "open"), "the phrase is kept for later"


async def test_a_socket_comes_in_alike_and_a_client_of_the_base_protocol_is_told_why_not(
    chat: Served, host: httpx.AsyncClient, come: Come
) -> None:
    phrase = await choose(host, "phrase")
    bo, base = await come(chat), await come(chat)
    error = (await bo.call("set_username", {"username": "Bo"}))["error"]
    assert (error["code"], error["field"]) == ("forbidden", "phrase")
    assert (await bo.ok("set_username", {"username": "Bo", "phrase": phrase}))["token"]
    await base.emit("set_username", {"username": "Cy"})
    told = await base.wait("error")
    assert (told["code"], told["event"], told["field"]) == ("forbidden", "set_username", "phrase")
    await base.emit("get_rooms")
    assert (await base.wait("error", lambda one: one["event"] == "get_rooms"))["code"] == "not_identified"
    assert base.all("rooms_list") == []
    assert (await base.call("get_rooms"))["error"]["code"] == "not_identified"


@pytest.mark.parametrize("way", ["phrase", "invitation"])
async def test_who_has_a_password_needs_nothing_else(
    host: httpx.AsyncClient, http: httpx.AsyncClient, way: str
) -> None:
    body = {"username": "Bo", "password": "correct horse"}
    assert (await http.post("/api/session", json=body)).status_code == 201
    http.cookies.clear()
    await choose(host, way)
    assert (await http.post("/api/session", json=body)).status_code == 201
    http.cookies.clear()
    check_error(await http.post("/api/session", json={"username": "Cy"}), 403, "forbidden", way)
    check_error(await http.post("/api/session", json=body | {"username": "Cy"}), 403, "forbidden", way)
    taken = await http.post("/api/session", json={"username": "Ada"})
    check_error(taken, 403, "forbidden", way)
    wrong = await http.post("/api/session", json=body | {"password": "incorrect horse"})
    check_error(wrong, 401, "not_identified", "password")


ANSWERED = {
    ("GET", "/"): 200,
    ("GET", "/healthz"): 200,
    ("GET", "/readyz"): 200,
    ("GET", "/api/identity"): 200,
    ("POST", "/api/session"): 400,
    ("POST", "/api/session/arrive"): 404,
    ("GET", "/api/certificate"): 404,
    ("GET", "/ca.crt"): 404,
    # The host's alone, as what lies under /admin/.
    ("GET", "/api/export"): 404,
}


async def test_without_a_name_everything_else_is_not_identified(
    host: httpx.AsyncClient, http: httpx.AsyncClient
) -> None:
    described = (await host.get("/api/openapi.json")).json()["paths"]
    await host.post("/api/rooms/general/messages", json={"message": "Hello"})
    await choose(host, "phrase")
    for path, methods in described.items():
        for method in methods:
            place = path.replace("{room}", "general").replace("{message}", "1").replace("{", "").replace("}", "")
            answer = await http.request(
                method.upper(), place, json=None if method == "get" else ROUTE_BODIES.get(path, {})
            )
            expected = ANSWERED.get((method.upper(), path), 404 if "/admin/" in path else 401)
            assert answer.status_code == expected, (method, path, answer.text)
    await choose(host, "open")
    assert (await http.get("/api/rooms/general/messages")).status_code == 200


async def test_members_pass_the_phrase_on_and_guests_do_not(host: httpx.AsyncClient, http: httpx.AsyncClient) -> None:
    member = await sign_in(http, "Bo")
    await host.patch("/api/admin/choices", json={"newcomers": "guest"})
    guest = await sign_in(http, "Cy")
    phrase = await choose(host, "phrase")
    told = await http.get("/api/invite", headers=bearer(member))
    assert told.json() == {"ways_in": "phrase", "phrase": phrase}
    check_error(await http.get("/api/invite", headers=bearer(guest)), 403, "forbidden")
    await choose(host, "invitation")
    assert (await http.get("/api/invite", headers=bearer(member))).json() == {"ways_in": "invitation"}


async def test_nobody_but_a_host_sees_or_changes_the_ways_in(host: httpx.AsyncClient, http: httpx.AsyncClient) -> None:
    token = await sign_in(http, "Bo")
    check_error(await http.post("/api/admin/phrase", headers=bearer(token)), 404, "not_found")
    await choose(host, "phrase")
    for way in ("nobody", "", None, 7):
        answer = await host.patch("/api/admin/choices", json={"ways_in": way})
        assert answer.status_code == (200 if way is None else 400)
    check_error(await host.patch("/api/admin/choices", json={"newcomers": "host"}), 400, "bad_request", "newcomers")
    answer = await host.patch("/api/admin/choices", json={"phrase": "easy to guess indeed"})
    assert answer.json()["phrase"] != "easy to guess indeed"


async def test_who_guesses_at_the_phrase_waits_and_who_knows_it_does_not(desk: Desk) -> None:
    host = await desk.host_called("Ada")
    phrase = (await desk.host.choose(host, Choose(ways_in="phrase"))).phrase
    assert phrase is not None
    for number in range(60):
        await desk.sign_in(f"Pupil{number}", phrase=phrase)
    refused = []
    for number in range(40):
        with pytest.raises((Forbidden, RateLimited)) as error:
            await desk.sign_in(f"Guess{number}", phrase="one two three four")
        refused.append(error.type)
    assert refused == [Forbidden] * 31 + [RateLimited] * 9


async def test_an_address_becomes_a_code_with_what_follows_it(chat: Served, http: httpx.AsyncClient) -> None:
    token = await sign_in(http, "Ada")
    made = await http.post("/api/qr", json={"address": f"{chat.url}/#/join/river-otter"}, headers=bearer(token))
    assert (made.status_code, made.headers["content-type"]) == (200, "image/svg+xml")
    plain = await http.post("/api/qr", json={"address": chat.url}, headers=bearer(token))
    assert plain.content == (await http.get("/api/qr", params={"address": chat.url})).content != made.content
    for address in (
        "http://elsewhere.example/#/join/x",
        f"{chat.url}@elsewhere.example/",
        "",
        "http://[",
        "//127.0.0.1",
    ):
        answer = await http.post("/api/qr", json={"address": address}, headers=bearer(token))
        check_error(answer, 404, "not_found", "address")
    long = f"{chat.url}/#/{'x' * 300}"
    check_error(
        await http.post("/api/qr", json={"address": long}, headers=bearer(token)), 400, "bad_request", "address"
    )
    check_error(await http.post("/api/qr", json={"address": chat.url}), 401, "not_identified")


async def test_the_hosts_link_opens_a_chat_that_is_closed_and_is_good_until_it_makes_the_host(
    host: httpx.AsyncClient, http: httpx.AsyncClient
) -> None:
    for way in ("phrase", "invitation"):
        await choose(host, way)
        url: str = (await http.post("/api/admin/host-link", headers=bearer(OPERATOR))).json()["url"]
        code = url.rsplit("/", 1)[1]
        come = {"username": f"Zoe-{way}", "invitation": code}
        begun = await http.post("/api/session", json=come)
        assert (begun.status_code, begun.json()["role"]) == (201, "member")
        http.cookies.clear()
        mine = bearer(begun.json()["token"])
        assert (await http.post("/api/host", json={"code": code}, headers=mine)).json()["role"] == "host"
        again = {"username": f"Bo-{way}", "invitation": code}
        check_error(await http.post("/api/session", json=again), 403, "forbidden", "invitation")

"""Invitations: who comes in by them, as what, how often, and until when."""

import asyncio

import httpx
import pytest

from chatapp.domain import lifetimes
from chatapp.domain.choices import Choose
from chatapp.domain.entities import Session
from chatapp.domain.ways_in import MakeInvitation
from chatapp.errors import Conflict, Forbidden, NotFound, Taken
from chatapp.services import invitations
from tests.conftest import HOST_CODE
from tests.desk import Desk
from tests.integration.test_messages import bearer, sign_in
from tests.integration.test_rest import check_error


@pytest.mark.parametrize("way", ["open", "phrase", "invitation"])
async def test_an_invitation_works_in_every_way_in_and_says_what_one_is(http: httpx.AsyncClient, way: str) -> None:
    host = bearer(await sign_in(http, "Ada"))
    await http.post("/api/host", json={"code": HOST_CODE}, headers=host)
    await http.patch("/api/admin/choices", json={"ways_in": way, "newcomers": "guest"}, headers=host)
    made = await http.post("/api/admin/invitations", json={"role": "moderator", "uses": 1}, headers=host)
    assert made.status_code == 201
    code = made.json()["code"]
    assert made.json().keys() == {"id", "code", "role", "uses_left", "created_at", "expires_at"}
    listed = (await http.get("/api/admin/invitations", headers=host)).json()["invitations"]
    assert listed == [{name: value for name, value in made.json().items() if name != "code"}]
    answer = await http.post("/api/session", json={"username": "Bo", "invitation": code})
    http.cookies.clear()
    assert (answer.status_code, answer.json()["role"]) == (201, "moderator")
    late = await http.post("/api/session", json={"username": "Cy", "invitation": code})
    check_error(late, 403, "forbidden", "invitation")
    assert (await http.get("/api/admin/invitations", headers=host)).json() == {"invitations": []}
    entries = (await http.get("/api/admin/audit", headers=host)).json()["entries"]
    assert entries[0]["action"] == "invitation_made"
    assert entries[0]["detail"] == {"role": "moderator", "uses": 1, "days": 7}
    assert code not in str(entries)


async def test_one_that_is_removed_lets_nobody_in(http: httpx.AsyncClient) -> None:
    host = bearer(await sign_in(http, "Ada"))
    await http.post("/api/host", json={"code": HOST_CODE}, headers=host)
    made = (await http.post("/api/admin/invitations", json={}, headers=host)).json()
    assert "uses_left" not in made
    path = f"/api/admin/invitations/{made['id']}"
    assert (await http.delete(path, headers=host)).status_code == 204
    check_error(await http.delete(path, headers=host), 404, "not_found")
    answer = await http.post("/api/session", json={"username": "Bo", "invitation": made["code"]})
    check_error(answer, 403, "forbidden", "invitation")


async def test_invitations_do_not_exist_for_anybody_but_hosts(http: httpx.AsyncClient) -> None:
    token = bearer(await sign_in(http, "Bo"))
    for method, path in (("GET", ""), ("POST", ""), ("DELETE", "/1")):
        for headers in ({}, token):
            body = b"" if method == "GET" else b"{}"
            answer = await http.request(method, f"/api/admin/invitations{path}", content=body, headers=headers)
            check_error(answer, 404, "not_found")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"role": "host"}, "role"),
        ({"uses": 0}, "uses"),
        ({"uses": 10_001}, "uses"),
        ({"days": 0}, "days"),
        ({"days": 91}, "days"),
    ],
)
async def test_what_no_invitation_can_be_is_refused(
    http: httpx.AsyncClient, body: dict[str, object], field: str
) -> None:
    host = bearer(await sign_in(http, "Ada"))
    await http.post("/api/host", json={"code": HOST_CODE}, headers=host)
    check_error(await http.post("/api/admin/invitations", json=body, headers=host), 400, "bad_request", field)


async def test_of_many_who_use_the_last_of_one_at_once_one_comes_in(desk: Desk) -> None:
    host = await desk.host_called("Ada")
    await desk.host.choose(host, Choose(ways_in="invitation"))
    code = (await desk.invitations.make(host, MakeInvitation(uses=2))).code
    coming = [desk.sign_in(f"Guest{number}", invitation=code) for number in range(5)]
    answers = await asyncio.gather(*coming, return_exceptions=True)
    assert [type(one) for one in answers] == [Session, Session, Forbidden, Forbidden, Forbidden]
    assert desk.rows("SELECT count(*) FROM users") == [(3,)]
    assert desk.rows("SELECT * FROM invitations") == []


async def test_whoever_does_not_come_in_uses_nothing_up(desk: Desk) -> None:
    host = await desk.host_called("Ada")
    await desk.sign_in("Bo", password="correct horse")
    code = (await desk.invitations.make(host, MakeInvitation(uses=1))).code
    with pytest.raises(Taken):
        await desk.sign_in("Ada", invitation=code)
    await desk.sign_in("Bo", password="correct horse", invitation=code)
    assert (await desk.sign_in("Cy", invitation=code)).user.role == "member"


async def test_an_invitation_is_good_for_its_days_and_is_swept(desk: Desk) -> None:
    host = await desk.host_called("Ada")
    code = (await desk.invitations.make(host, MakeInvitation(days=3))).code
    desk.now += 3 * lifetimes.DAY_MS - 1
    await desk.sign_in("Bo", invitation=code)
    desk.now += 1
    with pytest.raises(Forbidden):
        await desk.sign_in("Cy", invitation=code)
    assert (await desk.invitations.list()).invitations == []
    await desk.sessions.sweep()
    assert desk.rows("SELECT * FROM invitations") == []


async def test_codes_are_stored_hashed_and_there_are_not_endlessly_many(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invitations, "MOST", 2)
    host = await desk.host_called("Ada")
    codes = [(await desk.invitations.make(host, MakeInvitation())).code for _ in range(2)]
    with pytest.raises(Conflict):
        await desk.invitations.make(host, MakeInvitation())
    stored = [code_hash for (code_hash,) in desk.rows("SELECT code_hash FROM invitations")]
    assert all(len(one) == 32 for one in stored)
    assert not any(code.encode() in one for code in codes for one in stored)
    member = (await desk.sign_in("Bo")).user
    with pytest.raises(NotFound):
        await desk.invitations.make(member, MakeInvitation())

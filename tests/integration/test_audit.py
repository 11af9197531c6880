"""The audit log: what stands in it, that it is written with what it tells of, who reads it, and its files."""

import asyncio
import csv
import io
import json
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import insert

from chatapp import administration
from chatapp.domain.audit import ACTIONS
from chatapp.storage.tables import audit
from tests.conftest import HOST_CODE, OPERATOR, Come, Served
from tests.integration.test_changes import change, say
from tests.integration.test_messages import bearer
from tests.integration.test_rest import check_error
from tests.order import ROLES, Appear, Somebody


@pytest.fixture
def transport() -> str:
    """How people are connected does not matter here."""
    return "websocket"


def told(entries: list[dict[str, Any]]) -> list[tuple[str, str, str, Any]]:
    """Who did what to whom, and the detail, the oldest first."""
    return [(one["actor"], one["action"], one["subject"], one.get("detail")) for one in reversed(entries)]


async def test_every_act_is_entered_with_the_names_of_that_moment(chat: Served, come: Come, arrive: Appear) -> None:
    ho, mo, bo = await arrive("Ho", "host"), await arrive("Mo", "moderator"), await arrive("Bo")
    phone = await come(chat, auth={"token": bo.token})
    await phone.ok("join_room", {"room": "general"})
    said = await say(phone, "Secret words")
    muted = await mo.done(bo, "mute", minutes=5)
    await mo.done(bo, "mute", "DELETE")
    await mo.done(bo, "mute", "DELETE")  # changes nothing, and is no entry
    assert (await mo.do("DELETE", f"/api/messages/{said['id']}")).status_code == 200
    await ho.done(bo, "name", username="Robert")
    await ho.done(bo, "role", role="bot")
    await ho.done(bo, "role", role="bot")
    await ho.done(bo, "sessions", "DELETE")
    await ho.done(bo, "ban")
    await ho.done(bo, "ban")
    await ho.done(bo, "ban", "DELETE")
    await ho.http.patch("/api/admin/choices", json={"name": "Ward 7", "retention_days": 365})
    await ho.http.patch("/api/admin/choices", json={"name": "Ward 7"})
    assert (await mo.do("POST", "/api/host", code=HOST_CODE)).status_code == 200
    backup = (await ho.do("POST", "/api/admin/backups")).json()["name"]
    entries = await ho.log()
    assert told(entries) == [
        ("operator", "role_set", "Ho", {"before": "member", "role": "host"}),
        ("operator", "role_set", "Mo", {"before": "member", "role": "moderator"}),
        ("Mo", "muted", "Bo", {"minutes": 5, "until": muted["muted_until"]}),
        ("Mo", "unmuted", "Bo", None),
        ("Mo", "message_deleted", "Bo", {"message": said["id"], "room": "general", "room_name": "General"}),
        ("Ho", "renamed", "Robert", {"before": "Bo"}),
        ("Ho", "role_set", "Robert", {"before": "member", "role": "bot"}),
        ("Ho", "sessions_ended", "Robert", {"sessions": 1}),
        ("Ho", "banned", "Robert", None),
        ("Ho", "unbanned", "Robert", None),
        ("Ho", "choices_changed", "chat", {"name": "Ward 7"}),
        ("Mo", "host_link_used", "Mo", {"before": "moderator"}),
        ("Ho", "backup_made", "chat", {"backup": backup}),
    ]
    assert {one["action"] for one in entries} <= {*ACTIONS}
    by_operator, by_mo = entries[-1], entries[-3]
    assert "actor_id" not in by_operator
    assert (by_mo["actor_id"], by_mo["subject_id"]) == (mo.id, bo.id)
    assert by_mo["created_at"].endswith("Z")
    assert "Secret words" not in json.dumps(entries)


async def test_deleting_ones_own_message_is_no_act_of_a_moderator(chat: Served, come: Come, arrive: Appear) -> None:
    ho, mo = await arrive("Ho", "host"), await arrive("Mo", "moderator")
    desk = await come(chat, auth={"token": mo.token})
    await desk.ok("join_room", {"room": "general"})
    await change(desk, "delete_message", await say(desk, "Oops"))
    assert {one["action"] for one in await ho.log()} == {"role_set"}


async def test_of_a_closed_room_the_log_tells_that_it_is_one_and_not_which(arrive: Appear) -> None:
    ho, mo, bo = await arrive("Ho", "host"), await arrive("Mo", "moderator"), await arrive("Bo")
    room = (await mo.do("POST", "/api/rooms", name="Surprise", private=True)).json()["id"]
    assert (await mo.do("POST", f"/api/rooms/{room}/members", username="Bo")).is_success
    said = (await bo.do("POST", f"/api/rooms/{room}/messages", message="For Ho")).json()
    assert (await mo.do("DELETE", f"/api/messages/{said['id']}")).is_success
    [entry] = [one for one in await ho.log() if one["action"] == "message_deleted"]
    assert entry["detail"] == {"message": said["id"], "room_kind": "private"}
    assert room not in (log := json.dumps(await ho.log()))
    assert "Surprise" not in log


async def test_an_act_that_cannot_be_entered_is_not_done(
    chat: Served, arrive: Appear, caplog: pytest.LogCaptureFixture
) -> None:
    ho, bo = await arrive("Ho", "host"), await arrive("Bo")
    async with chat.app._database.writing.begin() as connection:
        await connection.exec_driver_sql("ALTER TABLE audit RENAME TO elsewhere")
    acts: list[tuple[str, dict[str, Any]]] = [
        ("mute", {"minutes": 5}),
        ("name", {"username": "Robert"}),
        ("role", {"role": "bot"}),
        ("ban", {}),
    ]
    for act, body in acts:
        check_error(await ho.to(bo, act, **body), 503, "unavailable")
    check_error(await ho.to(bo, "sessions", "DELETE"), 503, "unavailable")
    async with chat.app._database.writing.begin() as connection:
        await connection.exec_driver_sql("ALTER TABLE elsewhere RENAME TO audit")
    [person] = (await ho.http.get("/api/people", params={"q": "Bo"})).json()["people"]
    assert person == {"user_id": bo.id, "username": "Bo", "role": "member", "is_present": False}
    assert (await bo.do("GET", "/api/me")).status_code == 200
    assert (await ho.do("GET", "/api/admin/bans")).json() == {"bans": []}
    caplog.clear()


@pytest.mark.parametrize("path", ["/api/admin/audit", "/api/admin/audit/export", "/api/admin/bans"])
async def test_hosts_and_the_operator_alone_know_that_there_is_a_log(
    http: httpx.AsyncClient, arrive: Appear, path: str
) -> None:
    check_error(await http.get(path), 404, "not_found")
    assert (await http.get(path, headers=bearer(OPERATOR))).status_code == 200
    for role in ROLES:
        answer = await (await arrive(f"Some-{role}", role)).do("GET", path)
        assert answer.status_code == (200 if role == "host" else 404)


async def fill(chat: Served, count: int, more: str = "") -> list[str]:
    """Enter acts of somebody; their ids."""
    first = time.time_ns() // 1000
    common = {"created_at": 0, "actor_id": 7, "actor": "Past", "action": "unmuted", "subject": "Bo"}
    rows = [common | {"id": first + number, "detail": {"more": more} if more else None} for number in range(count)]
    async with chat.app._database.writing.begin() as connection:
        await connection.execute(insert(audit), rows)
    return [str(one["id"]) for one in rows]


async def test_the_log_is_read_page_by_page(chat: Served, arrive: Appear) -> None:
    ho = await arrive("Ho", "host")
    ids = await fill(chat, 120)
    seen: list[str] = []
    before: dict[str, Any] = {}
    while True:
        page = (await ho.http.get("/api/admin/audit", params={"limit": 50} | before)).json()
        seen += [one["id"] for one in page["entries"]]
        if not page["has_more"]:
            break
        before = {"before": seen[-1]}
    assert seen[:-1] == ids[::-1]
    for wrong in ({"limit": 0}, {"before": "x"}, {"limit": 201}):
        answer = await ho.http.get("/api/admin/audit", params=wrong)
        check_error(answer, 400, "bad_request", next(iter(wrong)))


@pytest.mark.parametrize("made_in", ["csv", "ndjson"])
async def test_the_whole_log_is_a_file(chat: Served, arrive: Appear, made_in: str) -> None:
    ho = await arrive("Ho", "host")
    ids = await fill(chat, 2_300)
    answer = await ho.http.get("/api/admin/audit/export", params={"format": made_in})
    assert answer.headers["Content-Disposition"] == f'attachment; filename="audit.{made_in}"'
    assert answer.headers["Transfer-Encoding"] == "chunked"
    if made_in == "csv":
        rows = list(csv.DictReader(io.StringIO(answer.text)))
        assert json.loads(rows[0]["detail"]) == {"before": "member", "role": "host"}
    else:
        rows = [json.loads(line) for line in answer.text.splitlines()]
        assert rows[0] == (await ho.log(before=ids[0]))[0]
    assert [one["id"] for one in rows[1:]] == ids


async def test_no_spreadsheet_makes_a_formula_of_it(arrive: Appear) -> None:
    ho, mo = await arrive("Ho", "host"), await arrive("Mo", "moderator")
    bo = await arrive("-1.cmd")
    room = (await bo.do("POST", "/api/rooms", name='=HYPERLINK("http://evil.example")')).json()["id"]
    assert (await mo.http.patch(f"/api/rooms/{room}", json={"archived": True})).is_success
    await mo.done(bo, "mute", minutes=5)
    rows = list(csv.DictReader(io.StringIO((await ho.do("GET", "/api/admin/audit/export")).text)))
    subjects = [one["subject"] for one in rows[-2:]]
    assert subjects == ['\'=HYPERLINK("http://evil.example")', "'-1.cmd"]


async def test_a_download_ends_where_the_right_to_it_does(chat: Served, arrive: Appear) -> None:
    ho, other = await arrive("Ho", "host"), await arrive("Other", "host")
    await fill(chat, 6_000, "x" * 4_000)
    for end in (ho_is_demoted, ho_signs_out):
        async with ho.http.stream("GET", "/api/admin/audit/export?format=ndjson") as answer:
            pieces = answer.aiter_bytes()
            await anext(pieces)
            await end(ho, other)
            with pytest.raises(httpx.RemoteProtocolError):
                _ = [piece async for piece in pieces]
        if end is ho_is_demoted:
            await other.done(ho, "role", role="host")


async def ho_is_demoted(ho: Somebody, other: Somebody) -> None:
    """A host is none any more."""
    await other.done(ho, "role", role="member")


async def ho_signs_out(ho: Somebody, _other: Somebody) -> None:
    """A session ends."""
    assert (await ho.do("DELETE", "/api/session")).status_code == 204


async def test_a_restored_backup_says_who_restored_it(chat: Served, arrive: Appear) -> None:
    ho = await arrive("Ho", "host")
    made = (await ho.do("POST", "/api/admin/backups")).json()
    body = (chat.settings.data_dir / "backups" / made["name"]).read_bytes()
    restored = await ho.http.post("/api/admin/restore", content=body)
    between = await chat.app.ended
    assert between is not None
    await chat.stop()
    chat.back = await asyncio.to_thread(between)
    await chat.start()
    async with httpx.AsyncClient(base_url=chat.url, trust_env=False) as http:
        arrived = (await http.post("/api/session/arrive", json=restored.json())).json()
    again = Somebody(chat.url, "Ho", arrived)
    newest = (await again.log())[0]
    assert (newest["actor"], newest["action"], newest["subject"]) == ("Ho", "backup_restored", "chat")
    await again.http.aclose()


async def test_what_the_operator_restores_is_entered_as_theirs(chat: Served, arrive: Appear) -> None:
    ho = await arrive("Ho", "host")
    made = (await ho.do("POST", "/api/admin/backups")).json()["name"]
    await chat.stop()
    await asyncio.to_thread(administration.restore, chat.settings, Path(made), lambda *_: None)
    await chat.start()
    newest = (await ho.log())[0]
    assert told([newest]) == [("operator", "backup_restored", "chat", {"backup": made})]
    assert "actor_id" not in newest

"""The cleanup: what goes, what stays, who hears of it, and when."""

import time
from datetime import datetime
from typing import Any

import httpx
import pytest

from chatapp.domain import lifetimes
from tests.conftest import Come, Serve, Served
from tests.integration.test_messages import bearer, sign_in

DAY = lifetimes.DAY_MS


@pytest.fixture
def transport() -> str:
    """How people are connected does not matter here."""
    return "websocket"


async def execute(chat: Served, statement: str, *values: object) -> Any:
    """Change the database behind the chat's back, as passing time would; or look into it."""
    async with chat.app._database.writing.begin() as connection:
        found = await connection.exec_driver_sql(statement, values)
        return found.fetchall() if found.returns_rows else None


async def say(chat: Served, count: int, room: str = "general") -> None:
    """Ada says so many things, with client ids."""
    async with httpx.AsyncClient(base_url=chat.url) as http:
        token = await sign_in(http, f"Ada-{room}")
        for number in range(1, count + 1):
            body = {"message": f"Number {number}", "client_id": f"c-{number}"}
            answer = await http.post(f"/api/rooms/{room}/messages", json=body, headers=bearer(token))
            assert answer.status_code == 201


async def age(chat: Served, days: float, *seqs: int) -> None:
    """Make messages of General older."""
    sent = time.time_ns() // 1_000_000 - int(days * DAY)
    for seq in seqs:
        await execute(chat, "UPDATE messages SET created_at = ? WHERE room_id = 'general' AND seq = ?", sent, seq)


async def kept(chat: Served, room: str = "general") -> list[int]:
    """The seqs that people see of a room."""
    async with httpx.AsyncClient(base_url=chat.url) as http:
        page = (await http.get(f"/api/rooms/{room}/messages?limit=200")).json()
    return [one["seq"] for one in page["messages"]]


async def pass_days(chat: Served, days: float) -> None:
    """Let it be so long ago that cleanups took what they took."""
    await execute(chat, "UPDATE trims SET created_at = created_at - ?", int(days * DAY))


async def test_what_is_too_old_goes(serve: Serve, come: Come) -> None:
    chat = await serve(retention_days=30, rate_limit=False)
    bo, cleo = await come(chat, "Bo", "general"), await come(chat, "Cleo", "tech")
    await say(chat, 6)
    await age(chat, 30.01, 1, 2, 3)
    await age(chat, 29.99, 4)
    would = await chat.app.clean(dry_run=True)
    assert await kept(chat) == [1, 2, 3, 4, 5, 6]
    went = await chat.app.clean(dry_run=False)
    assert went == would
    assert [(trim.room, trim.messages, trim.before_seq) for trim in went] == [("general", 3, 4)]
    assert went[0].oldest == went[0].newest or went[0].oldest < went[0].newest
    assert await kept(chat) == [4, 5, 6]
    assert await bo.wait("history_trimmed") == {"room": "general", "rev": 7, "before_seq": 4}
    joined = await bo.ok("join_room", {"room": "general"})
    assert (joined["first_seq"], joined["last_seq"], joined["rev"], joined["has_more"]) == (4, 6, 7, False)
    rooms = (await cleo.ok("get_rooms"))["rooms"]
    assert rooms["general"]["message_count"] == 3
    assert cleo.all("history_trimmed") == []
    assert (await bo.ok("send_message", {"message": "Next"}))["message"]["seq"] == 7


async def test_an_old_message_behind_a_young_one_stays(serve: Serve) -> None:
    chat = await serve(retention_days=30)
    await say(chat, 5)
    await age(chat, 400, 1, 3, 4)
    await chat.app.clean(dry_run=False)
    assert await kept(chat) == [2, 3, 4, 5]


async def test_only_so_many_stay_in_each_room(serve: Serve) -> None:
    chat = await serve(retention_messages=2, retention_days=0)
    await say(chat, 5)
    await say(chat, 3, "tech")
    await age(chat, 4000, 1, 2, 3, 4, 5)
    assert [(trim.room, trim.messages) for trim in await chat.app.clean(dry_run=False)] == [("general", 3), ("tech", 1)]
    assert await kept(chat) == [4, 5]
    assert await kept(chat, "tech") == [2, 3]
    assert await chat.app.clean(dry_run=False) == []


async def test_a_room_can_become_empty_and_goes_on_counting(serve: Serve, come: Come) -> None:
    chat = await serve(retention_days=1)
    await say(chat, 3)
    await age(chat, 2, 1, 2, 3)
    await chat.app.clean(dry_run=False)
    ada = await come(chat, "Ada", "general")
    assert (await ada.ok("join_room", {"room": "general"}))["messages"] == []
    assert (await ada.ok("send_message", {"message": "Next"}))["message"]["seq"] == 4


async def test_nothing_goes_when_everything_is_kept(serve: Serve) -> None:
    chat = await serve(retention_days=0, retention_messages=0)
    await say(chat, 3)
    await age(chat, 10_000, 1, 2, 3)
    assert await chat.app.clean(dry_run=False) == []
    assert await kept(chat) == [1, 2, 3]


async def test_a_large_cleanup_is_told_once(serve: Serve, come: Come) -> None:
    chat = await serve(retention_messages=1, rate_limit=False)
    await say(chat, 30)
    bo = await come(chat, "Bo", "general")
    await chat.app.clean(dry_run=False)
    await bo.ok("get_rooms")
    assert bo.all("history_trimmed") == [{"room": "general", "rev": 31, "before_seq": 30}]


async def test_all_that_belongs_to_a_removed_message_is_seen_no_more(serve: Serve, come: Come) -> None:
    chat = await serve(retention_messages=2)
    ada, bo = await come(chat, "Ada", "general"), await come(chat, "Bo", "tech")
    said = [(await ada.ok("send_message", {"message": f"@Bo, number {number}"}))["message"] for number in range(4)]
    for message in said:
        await ada.ok("edit_message", {"id": message["id"], "message": f"{message['message']} again"})
    assert (await bo.ok("get_rooms"))["rooms"]["general"]["mention_count"] == 4
    await chat.app.clean(dry_run=False)
    assert await ada.wait("history_trimmed") == {"room": "general", "rev": 9, "before_seq": 3}
    assert (await bo.ok("get_rooms"))["rooms"]["general"]["mention_count"] == 2
    for event, more in (
        ("edit_message", {"message": "Hello"}),
        ("delete_message", {}),
        ("react", {"emoji": "👍", "on": True}),
    ):
        answer = await ada.call(event, {"id": said[0]["id"], **more})
        assert answer["error"]["code"] == "not_found", event
    answer = await ada.call("send_message", {"message": "What?", "reply_to": said[1]["id"]})
    assert (answer["error"]["code"], answer["error"]["field"]) == ("not_found", "reply_to")
    async with httpx.AsyncClient(base_url=chat.url) as http:
        for number, status in ((1, 404), (2, 200)):
            assert (await http.get(f"/api/messages/{said[number]['id']}")).status_code == status
            assert (await http.get(f"/api/messages/{said[number]['id']}/edits")).status_code == status
        exported = (await http.get("/api/rooms/general/export?format=json")).json()["messages"]
    assert [one["seq"] for one in exported] == [3, 4]


async def test_those_elsewhere_hear_that_a_room_was_trimmed(serve: Serve, come: Come) -> None:
    chat = await serve(retention_messages=1)
    await say(chat, 3)
    bo = await come(chat, "Bo", "tech")
    await chat.app.clean(dry_run=False)
    told = await bo.wait("room_activity", lambda event: event["last_rev"] == 4)
    assert (told["room"], told["last_seq"]) == ("general", 3)
    assert bo.all("history_trimmed") == []


async def test_client_ids_of_removed_messages_are_forgotten_after_30_days(serve: Serve) -> None:
    chat = await serve(retention_messages=1)
    await say(chat, 4)
    await chat.app.clean(dry_run=False)
    await pass_days(chat, 7.01)
    await chat.app.clean(dry_run=False)
    now = time.time_ns() // 1_000_000
    old = "UPDATE retired_client_ids SET retired_at = ? WHERE client_id = ?"
    await execute(chat, old, now - 31 * DAY, "c-1")
    await execute(chat, old, now - 29 * DAY, "c-2")
    await chat.app.clean(dry_run=False)
    left = await execute(chat, "SELECT client_id FROM retired_client_ids ORDER BY client_id")
    assert [row[0] for row in left] == ["c-2", "c-3"]


async def test_an_overdue_cleanup_happens_at_the_start(serve: Serve, come: Come) -> None:
    chat = await serve(retention_messages=1)
    await say(chat, 3)
    await execute(chat, "UPDATE installation SET cleaned_at = ?", time.time_ns() // 1_000_000 - 2 * DAY)
    await chat.restart()
    bo = await come(chat, "Bo")
    while (await bo.ok("get_rooms"))["rooms"]["general"]["message_count"] != 1:
        pass
    while (await execute(chat, "SELECT cleaned_at FROM installation"))[0][0] < time.time_ns() // 1_000_000 - DAY:
        pass


async def test_a_cleanup_that_is_not_due_does_not_happen(serve: Serve) -> None:
    chat = await serve(retention_messages=1)
    await say(chat, 3)
    await chat.restart()
    assert not await chat.app._retention.is_due(datetime.now().astimezone())
    assert await kept(chat) == [1, 2, 3]

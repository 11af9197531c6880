"""What each room keeps: less than the chat, more where the host lets it, and everybody is told."""

import httpx
import pytest

from tests.conftest import Come, Serve, Served
from tests.integration.test_messages import bearer, sign_in
from tests.integration.test_retention import age, kept, say
from tests.integration.test_trash import actions, host_of


@pytest.fixture
def transport() -> str:
    """How people are connected does not matter here."""
    return "websocket"


async def test_everybody_is_told_what_a_room_keeps(serve: Serve, come: Come) -> None:
    chat = await serve(retention_messages=500)
    bo = await come(chat, "Bo", "tech")
    async with host_of(chat) as host:
        assert (await bo.ok("get_rooms"))["rooms"]["general"]["keeps"] == {"days": 365, "messages": 500}
        changed = await host.patch("/api/rooms/general/retention", json={"days": 30, "messages": 10})
        assert changed.json()["keeps"] == {"days": 30, "messages": 10}
        assert (await bo.wait("room_changed"))["room"] == changed.json()
        assert (await host.get("/api/rooms")).json()["general"]["keeps"] == {"days": 30, "messages": 10}
        await host.patch("/api/rooms/general/retention", json={"days": None})
        assert (await bo.ok("get_rooms"))["rooms"]["general"]["keeps"] == {"days": 365, "messages": 10}
    changes = [act for act in await actions(chat) if act[1] == "retention_changed"]
    assert changes == [("Helga", "retention_changed", "General")] * 2


async def test_a_room_keeps_more_only_where_the_host_lets_it(serve: Serve, come: Come) -> None:
    chat = await serve()
    bo = await come(chat, "Bo", "tech")
    async with host_of(chat) as host:
        for days in (366, 0):
            refused = await host.patch("/api/rooms/general/retention", json={"days": days})
            assert (refused.status_code, refused.json()["field"]) == (403, "days")
        allowed = await host.patch("/api/admin/choices", json={"rooms_may_keep_more": True})
        assert allowed.json()["rooms_may_keep_more"] is True
        told = await host.patch("/api/rooms/general/retention", json={"days": 0, "messages": 7})
        assert told.json()["keeps"] == {"messages": 7}
        await host.patch("/api/admin/choices", json={"rooms_may_keep_more": False})
        await bo.wait("room_changed", lambda told: told["room"]["keeps"] == {"days": 365, "messages": 7})
        await host.patch("/api/admin/choices", json={"retention_days": 20})
        await bo.wait("room_changed", lambda told: told["room"]["keeps"] == {"days": 20, "messages": 7})
        await bo.wait("room_changed", lambda told: told["room"]["keeps"] == {"days": 20})


async def test_whoever_sees_a_room_is_told_why_it_keeps_what_it_keeps(serve: Serve) -> None:
    chat = await serve(retention_days=30, retention_messages=500)
    async with host_of(chat) as host, httpx.AsyncClient(base_url=chat.url) as http:
        bo = bearer(await sign_in(http, "Bo"))
        secret = (await host.post("/api/rooms", json={"name": "Secret", "private": True})).json()["id"]
        await host.patch("/api/rooms/general/retention", json={"days": 7})
        await host.put("/api/admin/rooms/general/hold")
        told = await http.get("/api/rooms/general/retention", headers=bo)
        assert told.json() == {
            "chat": {"days": 30, "messages": 500},
            "may_keep_more": False,
            "days": 7,
            "held": True,
        }
        assert (await http.get("/api/rooms/tech/retention", headers=bo)).json() == {
            "chat": {"days": 30, "messages": 500},
            "may_keep_more": False,
        }
        hidden = [(await http.get(f"/api/rooms/{room}/retention", headers=bo)).json() for room in (secret, "nowhere")]
        assert hidden[0] == hidden[1] == {"error": "Room not found", "code": "not_found", "field": "room"}


async def test_each_room_is_cleaned_by_what_it_keeps(serve: Serve) -> None:
    chat = await serve(retention_days=30, rate_limit=False)
    await say(chat, 5)
    await say(chat, 3, "tech")
    await age(chat, 40, 1)
    await age(chat, 15, 2, 3)
    async with host_of(chat) as host:
        await host.patch("/api/rooms/general/retention", json={"days": 10})
        await host.patch("/api/rooms/tech/retention", json={"messages": 1})
        went = (await host.post("/api/admin/cleanup")).json()["rooms"]
    assert [(one["room"], one["messages"]) for one in went] == [("general", 3), ("tech", 2)]
    assert (await kept(chat), await kept(chat, "tech")) == ([4, 5], [3])


async def test_whoever_may_change_a_room_says_what_it_keeps(chat: Served) -> None:
    async with httpx.AsyncClient(base_url=chat.url) as http:
        ada, bo = bearer(await sign_in(http, "Ada")), bearer(await sign_in(http, "Bo"))
        made = await http.post("/api/rooms", json={"name": "Plans"}, headers=ada)
        secret = await http.post("/api/rooms", json={"name": "Secret", "private": True}, headers=ada)
        for room, who, status in (
            ("plans", ada, 200),
            ("plans", bo, 403),
            ("general", ada, 403),
            ("nowhere", ada, 404),
            (secret.json()["id"], bo, 404),
            (secret.json()["id"], ada, 200),
        ):
            answer = await http.patch(f"/api/rooms/{room}/retention", json={"days": 9}, headers=who)
            assert answer.status_code == status, room
        wrong = await http.patch("/api/rooms/plans/retention", json={"days": -1}, headers=ada)
        assert (wrong.status_code, wrong.json()["field"]) == (400, "days")
        assert made.json()["keeps"] == {"days": 365}
    # What people do in rooms of their own is nobody's business.
    assert await actions(chat) == []

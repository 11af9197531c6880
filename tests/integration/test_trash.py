"""What cleanups took: brought back, held, and after seven days erased to the last byte."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from chatapp.data_folder import DATABASE
from chatapp.services import trash
from chatapp.services.wiping import Wiping
from tests.conftest import HOST_CODE, OPERATOR, PATIENCE, Client, Come, Serve, Served
from tests.integration.test_messages import bearer, sign_in
from tests.integration.test_retention import age, execute, kept, pass_days, say


@pytest.fixture
def transport() -> str:
    """How people are connected does not matter here."""
    return "websocket"


@asynccontextmanager
async def host_of(chat: Served) -> AsyncIterator[httpx.AsyncClient]:
    """A client of Helga, who is the host."""
    async with httpx.AsyncClient(base_url=chat.url) as http:
        http.headers.update(bearer(await sign_in(http, "Helga")))
        assert (await http.post("/api/host", json={"code": HOST_CODE})).status_code == 200
        yield http


async def trims(host: httpx.AsyncClient) -> list[dict[str, Any]]:
    """What can be brought back."""
    found: list[dict[str, Any]] = (await host.get("/api/admin/trims")).json()["trims"]
    return found


async def stored(chat: Served, table: str = "messages") -> int:
    """How many rows there are, seen or not."""
    count: int = (await execute(chat, f"SELECT count(*) FROM {table}"))[0][0]
    return count


async def actions(chat: Served) -> list[tuple[str, str, str]]:
    """Who did what to what."""
    found = await execute(chat, "SELECT actor, action, subject FROM audit WHERE action != 'host_link_used' ORDER BY id")
    return [tuple(row) for row in found]


async def test_a_cleanup_is_undone_and_the_room_is_held(serve: Serve, come: Come) -> None:
    chat = await serve(retention_messages=1, rate_limit=False)
    await say(chat, 4)
    bo = await come(chat, "Bo", "general")
    async with host_of(chat) as host:
        went = (await host.post("/api/admin/cleanup")).json()["rooms"]
        assert [(one["room"], one["messages"]) for one in went] == [("general", 3)]
        [trim] = await trims(host)
        assert (trim["room"], trim["name"], trim["messages"], "held" in trim) == ("general", "General", 3, False)
        assert trim["created_at"][:10] < trim["expires_at"][:10]
        assert await kept(chat) == [4]
        assert (await host.delete(f"/api/admin/trims/{trim['id']}")).status_code == 204
        assert await kept(chat) == [1, 2, 3, 4]
        assert await trims(host) == []
        again = await host.delete(f"/api/admin/trims/{trim['id']}")
        assert (again.status_code, again.json()["code"]) == (404, "not_found")
        assert (await host.post("/api/admin/cleanup")).json()["rooms"] == []
        assert (await host.delete("/api/admin/rooms/general/hold")).status_code == 204
        assert (await host.post("/api/admin/cleanup")).json()["rooms"] == went
    assert await bo.wait("history_restored") == {"room": "general", "rev": 6, "first_seq": 1}
    cleaned = ("Helga", "history_cleaned", "General")
    acts = [("history_restored", "General"), ("room_released", "General")]
    assert await actions(chat) == [cleaned, *(("Helga", *act) for act in acts), cleaned]


async def test_all_who_see_a_room_are_told_that_it_is_held_and_nobody_else(serve: Serve, come: Come) -> None:
    chat = await serve(retention_messages=1, rate_limit=False)
    bo, eve = await come(chat, "Bo"), await come(chat, "Eve")
    secret = (await bo.ok("create_room", {"name": "Secret", "private": True}))["room"]["id"]
    await bo.ok("join_room", {"room": secret})
    for text in ("One", "Two"):
        await bo.ok("send_message", {"message": text})
    async with host_of(chat) as host:
        for act in (host.put, host.put, host.delete):
            for room in (secret, "general"):
                assert (await act(f"/api/admin/rooms/{room}/hold")).status_code == 204
        await eve.wait("room_changed", lambda told: "held" not in told["room"]["keeps"])
        await bo.wait(
            "room_changed", lambda told: told["room"]["id"] == "general" and "held" not in told["room"]["keeps"]
        )
        free = {"days": 365, "messages": 1}
        held = {**free, "held": True}
        assert keeps_heard(bo) == [(secret, held), ("general", held), (secret, free), ("general", free)]
        assert keeps_heard(eve) == [("general", held), ("general", free)]
        bo.heard.clear()
        await host.post("/api/admin/cleanup")
        await host.delete(f"/api/admin/trims/{(await trims(host))[0]['id']}")
        await bo.wait("room_changed")
        assert keeps_heard(bo) == [(secret, held)], "what comes back is held"
        assert (await bo.ok("get_rooms"))["rooms"][secret]["keeps"] == held
        assert (await host.get("/api/rooms")).json()["general"]["keeps"] == free
    assert len(keeps_heard(eve)) == 2


def keeps_heard(one: Client) -> list[tuple[str, dict[str, Any]]]:
    """What rooms keep, as one was told it since the beginning."""
    return [(told["room"]["id"], told["room"]["keeps"]) for told in one.all("room_changed")]


async def test_a_client_that_missed_an_undo_starts_afresh(serve: Serve, come: Come) -> None:
    chat = await serve(retention_messages=1, rate_limit=False)
    await say(chat, 4)
    bo = await come(chat, "Bo", "general")
    async with host_of(chat) as host:
        await host.post("/api/admin/cleanup")
        rev = (await bo.wait("history_trimmed"))["rev"]
        await host.delete(f"/api/admin/trims/{(await trims(host))[0]['id']}")
    history_id = (await bo.ok("join_room", {"room": "general"}))["history_id"]
    synced = await bo.ok("sync", {"history_id": history_id, "rooms": {"general": rev}})
    assert synced["rooms"]["general"]["reset"] is True


async def test_a_repeat_of_a_removed_message_is_a_conflict_until_it_is_back(serve: Serve) -> None:
    chat = await serve(retention_messages=1, rate_limit=False)
    await say(chat, 2)
    async with host_of(chat) as host, httpx.AsyncClient(base_url=chat.url) as http:
        body = {"message": "Mine", "client_id": "mine"}
        headers = bearer(await sign_in(http, "Bo"))
        first = await http.post("/api/rooms/tech/messages", json=body, headers=headers)
        await http.post("/api/rooms/tech/messages", json={"message": "Next"}, headers=headers)
        await host.post("/api/admin/cleanup")
        assert (await http.post("/api/rooms/general/messages", json=body, headers=headers)).status_code == 409
        [trim] = [one for one in await trims(host) if one["room"] == "tech"]
        await host.delete(f"/api/admin/trims/{trim['id']}")
        again = await http.post("/api/rooms/general/messages", json=body, headers=headers)
        assert (again.status_code, again.json()) == (200, first.json())
        await host.delete("/api/admin/rooms/tech/hold")
        await host.post("/api/admin/cleanup")
        await pass_days(chat, 7.01)
        await chat.app._trash.erase()
        assert (await http.post("/api/rooms/general/messages", json=body, headers=headers)).status_code == 409


async def test_an_undo_takes_back_later_cleanups_of_the_room_too(serve: Serve) -> None:
    chat = await serve(retention_messages=2, rate_limit=False)
    async with host_of(chat) as host:
        for _ in range(3):
            await say_more(host, 2)
            await host.post("/api/admin/cleanup")
        assert [one["messages"] for one in await trims(host)] == [2, 2]
        newest, oldest = await trims(host)
        await host.delete(f"/api/admin/trims/{newest['id']}")
        assert await kept(chat) == [3, 4, 5, 6]
        await host.delete("/api/admin/rooms/general/hold")
        await host.post("/api/admin/cleanup")
        await host.delete(f"/api/admin/trims/{oldest['id']}")
        assert await kept(chat) == [1, 2, 3, 4, 5, 6]


async def say_more(http: httpx.AsyncClient, count: int) -> None:
    """Say so many things in General."""
    for number in range(count):
        assert (await http.post("/api/rooms/general/messages", json={"message": f"{number}"})).status_code == 201


async def test_what_was_taken_is_erased_after_seven_days_in_slices(
    serve: Serve, come: Come, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trash, "SLICE", 2)
    chat = await serve(retention_messages=1, rate_limit=False)
    ada = await come(chat, "Ada", "general")
    await come(chat, "Bo", "tech")
    for number in range(6):
        said = (await ada.ok("send_message", {"message": f"@Bo {number}", "client_id": f"c-{number}"}))["message"]
        await ada.ok("edit_message", {"id": said["id"], "message": f"@Bo {number}!"})
    async with host_of(chat) as host:
        await host.post("/api/admin/cleanup")
        await pass_days(chat, 6.99)
        assert await chat.app._trash.erase() == 0
        assert (await stored(chat), len(await trims(host))) == (6, 1)
        await pass_days(chat, 0.02)
        assert await chat.app._trash.erase() == 5
        assert await trims(host) == []
    assert [await stored(chat, table) for table in ("messages", "edits", "mentions", "retired_client_ids")] == [
        1,
        1,
        1,
        5,
    ]
    assert await kept(chat) == [6]


async def test_nothing_is_erased_from_a_room_that_is_held(serve: Serve) -> None:
    chat = await serve(retention_messages=1, rate_limit=False)
    await say(chat, 3)
    async with host_of(chat) as host:
        await host.post("/api/admin/cleanup")
        assert (await host.put("/api/admin/rooms/general/hold")).status_code == 204
        await pass_days(chat, 8)
        assert await chat.app._trash.erase() == 0
        [trim] = await trims(host)
        assert trim["held"] is True
        await host.delete("/api/admin/rooms/general/hold")
        assert await chat.app._trash.erase() == 2
        assert (await host.delete(f"/api/admin/trims/{trim['id']}")).status_code == 404
    assert await stored(chat) == 1


async def test_what_is_left_of_a_begun_erasure_can_be_brought_back(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trash, "SLICE", 2)
    chat = await serve(retention_messages=1, rate_limit=False)
    await say(chat, 6)
    async with host_of(chat) as host:
        await host.post("/api/admin/cleanup")
        [trim] = await trims(host)
        assert await chat.app._writer.submit(chat.app._trash._erase, int(trim["id"])) == 2
        assert (await trims(host))[0]["messages"] == 3
        await host.delete(f"/api/admin/trims/{trim['id']}")
        assert await chat.app._writer.submit(chat.app._trash._erase, int(trim["id"])) == 0
    assert await kept(chat) == [3, 4, 5, 6]


async def test_sending_goes_on_while_much_is_erased(serve: Serve, come: Come, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trash, "SLICE", 1)
    chat = await serve(retention_messages=1, rate_limit=False)
    await say(chat, 60)
    bo = await come(chat, "Bo", "general")
    await chat.app.clean(dry_run=False)
    await pass_days(chat, 8)
    sent = 0
    async with asyncio.TaskGroup() as group:
        erasing = group.create_task(chat.app._trash.erase())
        while not erasing.done():
            await bo.ok("send_message", {"message": "In between"})
            sent += 1
    assert sent > 1
    assert await kept(chat) == [*range(60, 61 + sent)]
    assert await stored(chat) == 1 + sent


async def test_the_preview_tells_what_would_go_and_what_is_held(serve: Serve) -> None:
    chat = await serve(retention_days=30, rate_limit=False)
    await say(chat, 4)
    await age(chat, 40, 1)
    await age(chat, 35, 2)
    async with host_of(chat) as host:
        before = (await host.get("/api/admin/cleanup")).json()
        general, *others = before["rooms"]
        assert (general["room"], general["name"], general["kind"], general["messages"]) == (
            "general",
            "General",
            "public",
            2,
        )
        assert general["oldest"] < general["newest"] < before["next_at"]
        assert general["keeps"] == {"days": 30}
        assert {one["messages"] for one in others} == {0}
        for room in ("general", "tech"):
            await host.put(f"/api/admin/rooms/{room}/hold")
        told = (await host.get("/api/admin/cleanup")).json()["rooms"]
        assert [(one["room"], one["messages"], one["held"]) for one in told if "held" in one] == [
            ("general", 2, True),
            ("tech", 0, True),
        ]
        assert (await host.post("/api/admin/cleanup?dry_run=1")).json() == {"rooms": []}
        assert (await host.put("/api/admin/rooms/nowhere/hold")).status_code == 404
        held = ("Helga", "room_held")
        assert await actions(chat) == [(*held, "General"), (*held, "Tech Talk")]


async def test_of_a_room_that_the_host_does_not_see_no_name_is_told(serve: Serve) -> None:
    chat = await serve(retention_messages=1, rate_limit=False)
    async with host_of(chat) as host, httpx.AsyncClient(base_url=chat.url) as http:
        headers = bearer(await sign_in(http, "Ada"))
        room = (await http.post("/api/rooms", json={"name": "Surprise", "private": True}, headers=headers)).json()["id"]
        for text in ("One", "Two"):
            await http.post(f"/api/rooms/{room}/messages", json={"message": text}, headers=headers)
        told = (await host.get("/api/admin/cleanup")).json()["rooms"]
        [hidden] = [one for one in told if one["room"] == room]
        assert (hidden["messages"], hidden["keeps"]["messages"], "name" in hidden) == (1, 1, False)
        await host.post("/api/admin/cleanup")
        [trim] = await trims(host)
        assert (trim["kind"], "name" in trim) == ("private", False)
        assert (await host.delete(f"/api/admin/trims/{trim['id']}")).status_code == 204
        page = (await http.get(f"/api/rooms/{room}/messages", headers=headers)).json()["messages"]
        assert [one["message"] for one in page] == ["One", "Two"]
    assert "Surprise" not in str(await actions(chat))


async def test_nobody_but_hosts_has_anything_to_do_with_it(serve: Serve) -> None:
    chat = await serve()
    async with httpx.AsyncClient(base_url=chat.url) as http:
        headers = bearer(await sign_in(http, "Bo"))
        for method, path in (
            ("GET", "cleanup"),
            ("POST", "cleanup"),
            ("GET", "trims"),
            ("DELETE", "trims/1"),
            ("PUT", "rooms/general/hold"),
            ("DELETE", "rooms/general/hold"),
        ):
            assert (await http.request(method, f"/api/admin/{path}", headers=headers)).status_code == 404, path
        assert (await http.get("/api/admin/trims", headers=bearer(OPERATOR))).status_code == 401


def holds(folder: Path, *texts: str) -> list[str]:
    """Which of these texts stand in the files of the database."""
    files = {path.name: path.read_bytes() for path in folder.glob(f"{DATABASE}*")}
    return [f"{text} in {name}" for text in texts for name, data in files.items() if text.encode() in data]


async def test_nothing_of_what_is_erased_deleted_or_edited_away_is_in_any_file(serve: Serve, tmp_path: Path) -> None:
    chat = await serve(retention_messages=2, rate_limit=False)
    async with host_of(chat) as host:
        texts = ("Erased-one", "Erased-two", "Kept-before", "Deleted-one")
        said = [(await host.post("/api/rooms/general/messages", json={"message": text})).json() for text in texts]
        await host.patch(f"/api/messages/{said[0]['id']}", json={"message": "Erased-again"})
        await host.delete(f"/api/messages/{said[3]['id']}")
        await host.post("/api/admin/cleanup")
        async with asyncio.timeout(PATIENCE):
            while holds(tmp_path, "Deleted-one"):
                await host.get("/api/rooms")
        assert holds(tmp_path, "Erased-one", "Erased-two", "Erased-again") != []
        await pass_days(chat, 7.01)
        await chat.app._trash.erase()
        gone = ("Erased-one", "Erased-two", "Erased-again", "Deleted-one")
        assert holds(tmp_path, *gone) == []
        assert holds(tmp_path, "Kept-before") != []


async def test_after_each_cleanup_all_files_are_wiped(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    wiped = asyncio.Event()
    wipe = Wiping.wipe

    async def watch(wiping: Wiping) -> bool:
        done = await wipe(wiping)
        if done:
            wiped.set()
        return done

    monkeypatch.setattr(Wiping, "wipe", watch)
    chat = await serve(rate_limit=False)
    async with host_of(chat) as host:
        assert not wiped.is_set()
        await host.post("/api/admin/cleanup")
        async with asyncio.timeout(PATIENCE):
            await wiped.wait()

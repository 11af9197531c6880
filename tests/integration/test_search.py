"""Searching: what is found, and what is not told to whom, in the real chat while it is written."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from chatapp.domain.limits import Limit
from chatapp.services import search
from chatapp.storage import search_filling, search_wiping
from tests.conftest import PATIENCE, Serve, Served
from tests.integration.test_messages import bearer, sign_in
from tests.integration.test_retention import age

Find = Callable[..., Awaitable[list[str]]]


@pytest.fixture
def transport() -> str:
    """How people are connected does not matter here."""
    return "websocket"


@pytest.fixture
async def served(serve: Serve) -> Served:
    """A chat without limits."""
    return await serve(rate_limit=False)


class Person:
    """Somebody who writes and searches over HTTP."""

    def __init__(self, http: httpx.AsyncClient, token: str | None) -> None:
        self._http = http
        self._headers = {} if token is None else bearer(token)

    async def say(self, text: str, room: str = "general") -> dict[str, Any]:
        """Send a message; it, stored."""
        answer = await self._http.post(f"/api/rooms/{room}/messages", json={"message": text}, headers=self._headers)
        assert answer.status_code == 201, answer.text
        said: dict[str, Any] = answer.json()
        return said

    async def search(self, q: str = "", **more: Any) -> httpx.Response:
        """What a search is answered."""
        return await self._http.get("/api/search", params={"q": q, **more}, headers=self._headers)

    async def find(self, q: str = "", **more: Any) -> list[str]:
        """The texts found, on all pages."""
        texts: list[str] = []
        while True:
            page = (await self.search(q, **more)).json()
            texts += [one["message"]["message"] for one in page["results"]]
            if "cursor" not in page:
                return texts
            more["cursor"] = page["cursor"]

    async def request(self, method: str, path: str, **body: Any) -> httpx.Response:
        """Anything else."""
        answer = await self._http.request(method, path, json=body or None, headers=self._headers)
        assert answer.is_success, answer.text
        return answer


@pytest.fixture
async def people(served: Served) -> AsyncIterator[Callable[[str | None], Awaitable[Person]]]:
    """Lets people come."""
    async with httpx.AsyncClient(base_url=served.url, timeout=PATIENCE) as http:

        async def come(name: str | None) -> Person:
            return Person(http, None if name is None else await sign_in(http, name))

        yield come


People = Callable[[str | None], Awaitable[Person]]


async def settled(chat: Served) -> None:
    """Return when the index has everything."""
    indexer = chat.app._indexer
    indexer.wake()
    async with asyncio.timeout(PATIENCE):
        while True:
            await indexer._do(lambda: None)  # after whatever slice is taken now
            if await asyncio.to_thread(is_settled, chat.settings.data_dir):
                return


def is_settled(folder: Path) -> bool:
    """Whether the index has everything."""
    if not (folder / "search.sqlite3").exists():
        return False
    with (
        closing(sqlite3.connect(folder / "search.sqlite3")) as index,
        closing(sqlite3.connect(folder / "chat.sqlite3")) as chat,
    ):
        try:
            facts = dict(index.execute("SELECT name, value FROM meta"))
            known = dict(index.execute("SELECT room, rev FROM rooms"))
        except sqlite3.Error:
            return False
        revs = dict(chat.execute("SELECT id, rev FROM rooms"))
    rest = (facts.get("built_above"), facts.get("is_to_be_compared"), facts.get("merging", 0))
    return known == revs and rest == (0, 0, 0)


def held(folder: Path) -> list[str]:
    """The texts in the index."""
    with closing(sqlite3.connect(folder / "search.sqlite3")) as index:
        return [text for (text,) in index.execute("SELECT text FROM entries ORDER BY id")]


def terms(folder: Path) -> set[str]:
    """All that the full-text tables know."""
    with closing(sqlite3.connect(folder / "search.sqlite3")) as index:
        found: set[str] = set()
        for table in ("words", "pairs"):
            index.execute(f"CREATE VIRTUAL TABLE temp.{table}_terms USING fts5vocab(main, {table}, row)")
            found |= {term for (term,) in index.execute(f"SELECT term FROM temp.{table}_terms")}
        return found


TEXTS = (
    "Die Straße ist gesperrt",
    "Un café au lait, merci",
    "今日の会議は三時です",
    "see https://example.org/plan for the plan",
    "ok 👍",
    "Good  morning\neverybody",
    "서버 점검 안내",
)
LOOKED_FOR = {
    "strasse": [0],
    "STRASSE gesperrt": [0],
    "CAFÉ": [1],
    "afé": [1],
    "会議": [2],
    "会": [2],
    "会議は三": [2],
    "has:link": [3],
    "plan": [3],
    "👍": [4],
    "ok": [4],
    "k": [4],
    '"good morning every"': [5],
    "morning good": [5],
    "버": [6],
    "점검": [6],
    "e": [5, 3, 1, 0],
    "nothing": [],
}


@pytest.mark.parametrize("is_indexed", [True, False])
async def test_words_parts_phrases_characters_and_short_ones_are_found(
    served: Served,
    people: People,
    is_indexed: bool,  # noqa: FBT001
) -> None:
    ada = await people("Ada")
    for text in TEXTS:
        await ada.say(text)
        if is_indexed:
            await settled(served)
    for line, places in LOOKED_FOR.items():
        assert await ada.find(line) == [TEXTS[place] for place in places], line


async def test_snippets_mark_what_was_looked_for(people: People) -> None:
    ada = await people("Ada")
    said = await ada.say("Die Straße ist gesperrt")
    (found,) = (await ada.search("strasse")).json()["results"]
    assert found["message"] == said
    assert found["snippet"] == [{"text": "Die "}, {"text": "Straße", "mark": True}, {"text": " ist gesperrt"}]


async def test_filters_narrow_by_room_author_time_and_link(served: Served, people: People) -> None:
    ada, bo = await people("Ada"), await people("Bo")
    await ada.say("plan A")
    await bo.say("plan B", "tech")
    await ada.say("plan C https://example.org", "tech")
    await age(served, 40, 1)
    for _ in range(2):
        assert await ada.find("plan in:general") == ["plan A"]
        assert await ada.find('plan in:"Tech Talk"') == ["plan C https://example.org", "plan B"]
        assert await ada.find("plan", room="tech") == ["plan C https://example.org", "plan B"]
        assert await ada.find("plan from:bo") == ["plan B"]
        assert await ada.find("plan", **{"from": "Ada", "room": "tech"}) == ["plan C https://example.org"]
        assert await ada.find("from:bo") == ["plan B"]
        assert await ada.find("from:nobody") == await ada.find("in:nowhere") == []
        assert await ada.find("has:link") == ["plan C https://example.org"]
        assert await ada.find("plan before:2000-01-01") == []
        assert len(await ada.find("plan after:2000-01-01")) == 3
        assert await ada.find("plan", until="2000-01-01") == []
        await settled(served)


async def test_times_are_found_by_what_the_clock_showed(people: People, served: Served) -> None:
    ada = await people("Ada")
    for number in range(4):
        await ada.say(f"number {number}")
    # The clock was set back and forth: ids grow all the same.
    await age(served, 40, 2)
    await age(served, -40, 3)
    await served.stop()
    (served.settings.data_dir / "search.sqlite3").unlink()
    await served.start()
    await settled(served)
    page = (await ada.search("number 1")).json()["results"][0]["message"]
    assert await ada.find("number", until=page["created_at"]) == []
    assert await ada.find("number", since=page["created_at"], limit=1) == [f"number {n}" for n in (3, 2, 1, 0)]
    first, *_, last = [(await ada.search(f"number {n}")).json()["results"][0]["message"] for n in (1, 0, 3, 2)]
    assert await ada.find("number", since=first["created_at"], until=last["created_at"]) == [
        "number 3",
        "number 1",
        "number 0",
    ]


@pytest.mark.parametrize("is_indexed", [True, False])
async def test_an_edit_a_deletion_and_a_send_count_at_once(
    served: Served,
    people: People,
    is_indexed: bool,  # noqa: FBT001
) -> None:
    ada = await people("Ada")
    edited, deleted = await ada.say("the apple is red"), await ada.say("the apple is green")
    if is_indexed:
        await settled(served)
    assert await ada.find("apple") == ["the apple is green", "the apple is red"]
    await ada.request("PATCH", f"/api/messages/{edited['id']}", message="the cherry is red")
    assert await ada.find("apple") == ["the apple is green"]
    assert await ada.find("cherry") == ["the cherry is red"]
    await ada.request("DELETE", f"/api/messages/{deleted['id']}")
    assert await ada.find("apple") == await ada.find("green") == []
    await ada.say("an apple again")
    assert await ada.find("apple") == ["an apple again"]
    await settled(served)
    assert held(served.settings.data_dir) == ["the cherry is red", "an apple again"]
    assert await ada.find("cherry") == ["the cherry is red"]


async def test_a_room_is_searched_by_those_who_see_it_at_that_moment(served: Served, people: People) -> None:
    ada, bo, nobody = await people("Ada"), await people("Bo"), await people(None)
    await ada.say("the secret is out")
    room = (await ada.request("POST", "/api/rooms", name="Board", private=True)).json()["id"]
    await ada.say("the secret is in", room)
    for _ in range(2):
        assert await ada.find("secret") == ["the secret is in", "the secret is out"]
        assert await ada.find("secret", room=room) == ["the secret is in"]
        for stranger in (bo, nobody):
            assert await stranger.find("secret") == ["the secret is out"]
            assert await stranger.find("secret in:Board") == []
            refusal = await stranger.search("secret", room=room)
            assert (refusal.status_code, refusal.json()["code"]) == (404, "not_found")
        await settled(served)
    await ada.request("POST", f"/api/rooms/{room}/members", username="Bo")
    assert await bo.find("secret") == ["the secret is in", "the secret is out"]
    await bo.request("DELETE", f"/api/rooms/{room}/members/me")
    assert await bo.find("secret") == ["the secret is out"]


async def test_pages_have_no_overlap_and_no_hole_while_people_write(served: Served, people: People) -> None:
    ada = await people("Ada")
    said = [(await ada.say(f"needle {number}"))["message"] for number in range(12)]
    await settled(served)
    said += [(await ada.say(f"needle {number}"))["message"] for number in range(12, 20)]
    found: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await ada.search("needle", limit=3, **cursor)).json()
        found += [one["message"]["message"] for one in page["results"]]
        await ada.say("needle in between")
        await settled(served)
        if "cursor" not in page:
            break
        cursor = {"cursor": page["cursor"]}
    assert found == said[::-1]


async def test_what_a_cleanup_removed_is_not_found_and_leaves_the_index(serve: Serve) -> None:
    chat = await serve(retention_days=30, rate_limit=False)
    async with httpx.AsyncClient(base_url=chat.url, timeout=PATIENCE) as http:
        ada = Person(http, await sign_in(http, "Ada"))
        for number in range(3):
            await ada.say(f"zyxomat {number}")
        await ada.say("qwvz 議題")
        await settled(chat)
        await age(chat, 31, 1, 2, 3, 4)
        await ada.say("young")
        await chat.app.clean(dry_run=False)
        assert await ada.find("zyxomat") == await ada.find("議") == []
        assert await ada.find("young") == ["young"]


def write(folder: Path, *statements: str) -> None:
    """Change the chat's database behind its back."""
    with closing(sqlite3.connect(folder / "chat.sqlite3", timeout=PATIENCE)) as chat, chat:
        for statement in statements:
            chat.execute(statement)


@pytest.mark.parametrize("slice_", [1, 500])
async def test_no_byte_of_what_was_erased_is_left(
    served: Served, people: People, slice_: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # With a small slice, much is gone: then it is deleted in passing and merged away.
    monkeypatch.setattr(search_wiping, "FORGOTTEN", slice_)
    folder = served.settings.data_dir
    ada = await people("Ada")
    for number in range(6):
        await ada.say(f"zyxomat {number} 議題")
    deleted = await ada.say("qvwx too 囲碁")
    await ada.say("this stays 会議")
    await settled(served)
    assert b"zyxomat" in everything(folder)
    await ada.request("DELETE", f"/api/messages/{deleted['id']}")
    await asyncio.to_thread(  # the writer may hold a transaction, and ends it in this loop
        write,
        folder,
        "UPDATE rooms SET first_seq = 7 WHERE id = 'general'",
        "DELETE FROM messages WHERE room_id = 'general' AND seq < 7",
    )
    served.app._indexer.forget()
    async with asyncio.timeout(PATIENCE):
        while any(word in everything(folder) for word in (b"zyxomat", "議題".encode(), b"qvwx")):
            await served.app._indexer._do(lambda: None)
    await settled(served)
    assert held(folder) == ["this stays 会議"]
    assert not {"zyx", "oma", "題", "議題", "qvw", "囲"} & terms(folder)
    assert {"sta", "会議", "会"} <= terms(folder)
    assert await ada.find("zyxomat") == []
    assert await ada.find("stays 会") == ["this stays 会議"]


def everything(folder: Path) -> bytes:
    """The bytes of the index's files."""
    return b"".join(
        path.read_bytes() for path in sorted(folder.glob("search.sqlite3*")) if path.suffix != ".sqlite3-shm"
    )


async def test_erased_while_nobody_fills_the_index_it_is_gone_too(served: Served, people: People) -> None:
    ada = await people("Ada")
    await ada.say("zyxomat")
    await ada.say("this stays")
    await settled(served)
    await served.stop()
    write(served.settings.data_dir, "DELETE FROM messages WHERE seq = 1", "UPDATE rooms SET first_seq = 2")
    await served.start()
    await settled(served)
    assert held(served.settings.data_dir) == ["this stays"]


async def test_a_restart_goes_on_where_the_index_was(served: Served, people: People) -> None:
    ada = await people("Ada")
    await ada.say("before the restart")
    await settled(served)
    await served.restart()
    await ada.say("after the restart")
    assert await ada.find("restart") == ["after the restart", "before the restart"]
    await settled(served)
    assert held(served.settings.data_dir) == ["before the restart", "after the restart"]


DAMAGES: dict[str, Callable[[Path], object]] = {
    "missing": lambda path: path.unlink(),
    "nothing": lambda path: path.write_bytes(b""),
    "no database": lambda path: path.write_bytes(b"this is no database at all" * 1000),
    "torn": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "scribbled on": lambda path: path.write_bytes(path.read_bytes()[:4096] + b"\xff" * (path.stat().st_size - 4096)),
}


@pytest.mark.parametrize("damage", DAMAGES)
async def test_an_index_that_is_no_good_is_made_anew(served: Served, people: People, damage: str) -> None:
    ada = await people("Ada")
    for number in range(5):
        await ada.say(f"needle {number} 会議")
    await settled(served)
    path = served.settings.data_dir / "search.sqlite3"
    await served.stop()
    DAMAGES[damage](path)
    await served.start()
    everything_said = [f"needle {number} 会議" for number in range(5)]
    assert await ada.find("needle") == everything_said[::-1]
    await settled(served)
    assert held(served.settings.data_dir) == everything_said
    assert await ada.find("会議") == everything_said[::-1]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE meta SET value = 'another' WHERE name = 'history_id'",
        "UPDATE meta SET value = 99 WHERE name = 'form'",
        "UPDATE rooms SET rev = 1000 WHERE room = 'general'",
        "INSERT INTO rooms (room, rev, seq) VALUES ('gone', 1, 1)",
    ],
    ids=["history", "form", "ahead", "room"],
)
async def test_an_index_of_something_else_is_made_anew(served: Served, people: People, statement: str) -> None:
    ada = await people("Ada")
    await ada.say("needle")
    await settled(served)
    await served.stop()
    with closing(sqlite3.connect(served.settings.data_dir / "search.sqlite3")) as index, index:
        index.execute(statement)
        index.execute("UPDATE entries SET text = 'old'")
    await served.start()
    assert await ada.find("needle") == ["needle"]
    await settled(served)
    assert held(served.settings.data_dir) == ["needle"]


async def test_an_index_damaged_while_the_chat_runs_is_made_anew(served: Served, people: People) -> None:
    ada = await people("Ada")
    await ada.say("needle")
    await settled(served)
    with closing(sqlite3.connect(served.settings.data_dir / "search.sqlite3")) as index, index:
        index.execute("DROP TABLE entries")
    assert await ada.find("needle") == ["needle"]
    await ada.say("needle two")
    await settled(served)
    assert await ada.find("needle") == ["needle two", "needle"]
    assert held(served.settings.data_dir) == ["needle", "needle two"]


async def test_while_the_index_is_made_everything_is_found_page_by_page(
    served: Served, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = await people("Ada")
    said = [(await ada.say(f"needle {number}"))["message"] for number in range(10)]
    await settled(served)
    await served.stop()
    (served.settings.data_dir / "search.sqlite3").unlink()
    monkeypatch.setattr(search_filling, "WALKED", 3)
    walk, goes_on = search_filling.Filling._walk, asyncio.Event()
    loop = asyncio.get_running_loop()

    def waits(filling: search_filling.Filling) -> bool:
        is_more = walk(filling)
        asyncio.run_coroutine_threadsafe(goes_on.wait(), loop).result(PATIENCE)
        return is_more

    monkeypatch.setattr(search_filling.Filling, "_walk", waits)
    await served.start()
    try:
        assert await ada.find("needle", limit=2) == said[::-1]
        assert await ada.find("needle 1") == ["needle 1"]
    finally:
        goes_on.set()
    await settled(served)
    assert await ada.find("needle", limit=2) == said[::-1]


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"q": ""}, "q"),
        ({"q": "x" * 201}, "q"),
        ({"q": "x", "limit": 0}, "limit"),
        ({"q": "x", "cursor": "no cursor"}, "cursor"),
        ({"q": "x", "since": "soon"}, "since"),
    ],
)
async def test_what_cannot_be_asked(people: People, asked: dict[str, Any], field: str) -> None:
    answer = await (await people("Ada")).search(**asked)
    assert (answer.status_code, answer.json()["field"]) == (400, field)


async def test_over_fifty_are_served_as_fifty(people: People) -> None:
    ada = await people("Ada")
    for number in range(52):
        await ada.say(f"needle {number}")
    page = (await ada.search("needle", limit=1000)).json()
    assert len(page["results"]) == 50
    assert "reached" not in page


async def test_who_searches_too_much_waits(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "OF_PERSON", Limit(rate=0.01, burst=20))
    chat = await serve()
    async with httpx.AsyncClient(base_url=chat.url, timeout=PATIENCE) as http:
        ada = Person(http, await sign_in(http, "Ada"))
        answers = [await ada.search("x") for _ in range(25)]
        assert {answer.status_code for answer in answers} == {200, 429}
        assert (await Person(http, await sign_in(http, "Bo")).search("x")).status_code == 200


async def test_the_doctor_tells_of_the_index(served: Served, people: People) -> None:
    await (await people("Ada")).say("needle")
    await settled(served)
    found = {one.id: one for one in await served.app._examine()}
    assert found["search"].text == "The search index holds everything that was said."

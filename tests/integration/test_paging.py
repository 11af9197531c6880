"""Pages and exports: however a room is cut into pages, together they are the whole room."""

import csv
import io
import json
from typing import Any

import httpx
import pytest

from chatapp.services import export
from chatapp.storage import exports
from tests.conftest import Come, Serve, Served
from tests.integration.test_rest import check_error

COUNT, TRIMMED = 25, 5
FIRST = TRIMMED + 1
PATH = "/api/rooms/general/messages"
LIMITS = (1, 2, 3, 7, 19, 20, 21, 200)


@pytest.fixture
async def filled(serve: Serve, come: Come) -> Served:
    """A chat with 25 messages in General, the first five of which the cleanup removed."""
    chat = await serve(rate_limit=False, retention_messages=COUNT - TRIMMED)
    ada = await come(chat, "Ada", "general")
    for number in range(1, COUNT + 1):
        await ada.ok("send_message", {"message": f"Number {number}"})
    await chat.app.clean(dry_run=False)
    return chat


@pytest.fixture
def transport() -> str:
    """Who fills the room does not matter here."""
    return "websocket"


async def page(http: httpx.AsyncClient, **query: int) -> Any:
    """One page: its seqs, and the whole answer."""
    answer = await http.get(PATH, params=query)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    return [message["seq"] for message in body["messages"]], body


async def test_any_tiling_is_the_whole_room(filled: Served) -> None:
    whole = list(range(FIRST, COUNT + 1))
    async with httpx.AsyncClient(base_url=filled.url) as http:
        for limit in LIMITS:
            seqs, body = await page(http, limit=limit)
            while body["has_more_before"]:
                older, body = await page(http, limit=limit, before=seqs[0])
                assert body["has_more_after"]
                seqs = older + seqs
            assert seqs == whole, f"backward by {limit}"
            seqs, body = await page(http, limit=limit, after=0)
            while body["has_more_after"]:
                newer, body = await page(http, limit=limit, after=seqs[-1])
                assert body["has_more_before"]
                seqs += newer
            assert seqs == whole, f"forward by {limit}"


async def test_a_page_around_a_place_holds_it(filled: Served) -> None:
    async with httpx.AsyncClient(base_url=filled.url) as http:
        for around in (0, 1, FIRST - 1, FIRST, FIRST + 1, 15, COUNT - 1, COUNT):
            for limit in (1, 2, 5, 200):
                seqs, body = await page(http, limit=limit, around=around)
                assert len(seqs) <= limit
                assert seqs == list(range(seqs[0], seqs[-1] + 1))
                assert around in seqs or around < FIRST == seqs[0]
                assert body["has_more_before"] == (seqs[0] > FIRST)
                assert body["has_more_after"] == (seqs[-1] < COUNT)


@pytest.mark.parametrize(
    ("query", "before", "after"),
    [
        ({"before": FIRST}, False, True),
        ({"before": 0}, False, True),
        ({"after": COUNT}, True, False),
        ({"after": 2**63 - 1}, True, False),
        ({"around": 2**63 - 1}, True, False),
    ],
)
async def test_a_page_beyond_the_ends_says_where_the_rest_is(
    filled: Served, query: dict[str, int], *, before: bool, after: bool
) -> None:
    async with httpx.AsyncClient(base_url=filled.url) as http:
        seqs, body = await page(http, limit=1, **query)
        assert seqs in ([], [COUNT])
        assert (body["has_more_before"], body["has_more_after"]) == (before, after)


async def test_an_empty_room_has_one_empty_page(http: httpx.AsyncClient) -> None:
    for query in ({}, {"before": 0}, {"before": 5}, {"after": 0}, {"after": 5}, {"around": 3}):
        answer = await http.get(PATH, params=query)
        assert answer.json() == {"messages": [], "has_more_before": False, "has_more_after": False}, query


async def test_fifty_is_the_usual_page_and_200_the_largest(serve: Serve, come: Come) -> None:
    chat = await serve(rate_limit=False)
    ada = await come(chat, "Ada", "general")
    for number in range(210):
        await ada.emit("send_message", {"message": f"Number {number}"})
    await ada.wait("new_message", lambda message: message["seq"] == 210)
    async with httpx.AsyncClient(base_url=chat.url) as http:
        assert (await page(http))[0] == list(range(161, 211))
        for limit in (200, 201, 10**6, 2**63 - 1):
            assert (await page(http, limit=limit))[0] == list(range(11, 211))


@pytest.mark.parametrize("name", ["limit", "before", "after", "around"])
async def test_a_number_that_is_none_is_a_bad_request(http: httpx.AsyncClient, name: str) -> None:
    for value in ("-1", "x", "", "1.5", "NaN", "9" * 30, "\u0661", " 1", "1;2"):
        check_error(await http.get(PATH, params={name: value}), 400, "bad_request", name)


async def test_a_limit_of_nothing_and_two_edges_are_bad_requests(http: httpx.AsyncClient) -> None:
    check_error(await http.get(PATH, params={"limit": 0}), 400, "bad_request", "limit")
    check_error(await http.get(PATH, params={"before": 1, "after": 1}), 400, "bad_request")


COMPARED = ("id", "room", "seq", "created_at", "user_id", "username", "message")


def read_export(form: str, text: str) -> list[dict[str, Any]]:
    """The messages in an export."""
    match form:
        case "ndjson":
            return [json.loads(line) for line in text.splitlines()]
        case "json":
            messages: list[dict[str, Any]] = json.loads(text)["messages"]
            return messages
        case _:
            return [*csv.DictReader(io.StringIO(text, newline=""))]


@pytest.mark.parametrize("form", ["ndjson", "json", "csv"])
async def test_an_export_is_the_whole_history_page_by_page(
    filled: Served, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    monkeypatch.setattr(export, "PAGE", 4)
    monkeypatch.setattr(export, "PAGES", 1)
    reads: list[int] = []
    read = exports.page

    async def counted(*asked: Any, **more: Any) -> Any:
        found = await read(*asked, **more)
        reads.append(0 if found is None else found.count)
        return found

    monkeypatch.setattr(exports, "page", counted)
    async with httpx.AsyncClient(base_url=filled.url) as http:
        answer = await http.get("/api/rooms/general/export", params={"format": form})
        _, body = await page(http, limit=200)
    assert answer.headers["content-disposition"] == f'attachment; filename="general.{form}"'
    assert reads == [4, 4, 4, 4, 4, 0], "never more than a page in memory"
    found = read_export(form, answer.text)
    if form != "csv":
        # An archive stands alone: it has more than a page, and nothing else.
        more = {"people", "edits", "deleted_at"}
        assert [{key: one[key] for key in one if key not in more} for one in found] == body["messages"]
    for one, message in zip(found, body["messages"], strict=True):
        assert all(one[key] == str(message[key]) for key in COMPARED if form == "csv")


@pytest.mark.parametrize("form", ["ndjson", "json", "csv"])
async def test_the_export_of_an_empty_room_is_sound(http: httpx.AsyncClient, form: str) -> None:
    answer = await http.get("/api/rooms/tech/export", params={"format": form})
    assert answer.status_code == 200
    assert read_export(form, answer.text) == []


async def test_an_export_is_cut_to_times(filled: Served) -> None:
    path = "/api/rooms/general/export"
    async with filled.app._database.writing.begin() as connection:
        for seq in range(FIRST, COUNT + 1):
            day = 86_400_000 * (seq - FIRST)  # one message a day, from 2026-01-01 on
            await connection.exec_driver_sql(
                "UPDATE messages SET created_at = ? WHERE seq = ?", (1_767_225_600_000 + day, seq)
            )
    async with httpx.AsyncClient(base_url=filled.url) as http:

        async def days(**query: str) -> list[str]:
            answer = await http.get(path, params=query)
            return [json.loads(line)["created_at"][:10] for line in answer.text.splitlines()]

        assert await days(since="2026-01-18") == ["2026-01-18", "2026-01-19", "2026-01-20"]
        assert await days(until="2026-01-03") == ["2026-01-01", "2026-01-02"]
        assert await days(since="2026-01-05T00:00:00Z", until="2026-01-05T00:00:00.001Z") == ["2026-01-05"]
        assert await days(since="2026-01-05T01:00:00+01:00", until="2026-01-06") == ["2026-01-05"]
        assert await days(since="2030-01-01") == await days(until="0001-01-01") == []
        for name in ("since", "until"):
            for value in ("yesterday", "", "2026-13-01", "2026-01-01T25:00:00Z"):
                check_error(await http.get(path, params={name: value}), 400, "bad_request", name)
        check_error(await http.get(path, params={"format": "xml"}), 400, "bad_request", "format")

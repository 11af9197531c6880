"""Archives: what is in them, that they bring it all back, and that nothing else comes in with them."""

import asyncio
import hashlib
import io
import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from chatapp import cli
from chatapp.errors import Unavailable
from chatapp.services import export_forms, imports
from chatapp.settings import Settings
from chatapp.storage.writer import Transaction
from tests.conftest import OPERATOR, Served
from tests.integration.test_rest import check_error
from tests.order import Appear, Somebody, appear

AS_OPERATOR = {"Authorization": f"Bearer {OPERATOR}"}


async def talk(ada: Somebody, bo: Somebody) -> dict[str, str]:
    """Things said, edited, deleted, reacted to and replied to; the ids of what was said."""
    ids: dict[str, str] = {}
    for name, text in (("first", "Hello @Bo"), ("second", 'two\nlines, "quoted"'), ("third", "Oops"), ("=4", "=1+1")):
        answer = await ada.do("POST", "/api/rooms/general/messages", message=text, client_id=f"c-{name}")
        ids[name] = answer.json()["id"]
    reply = await bo.do("POST", "/api/rooms/general/messages", message="Indeed 😀", reply_to=ids["first"])
    ids["reply"] = reply.json()["id"]
    await ada.do("PATCH", f"/api/messages/{ids['second']}", message="two lines")
    await ada.do("DELETE", f"/api/messages/{ids['third']}")
    assert (await bo.http.put(f"/api/messages/{ids['first']}/reactions/👍")).status_code == 200
    return ids


async def lines(chat: Served, room: str = "general") -> list[dict[str, Any]]:
    """A room's archive, without what is another in another chat."""
    async with httpx.AsyncClient(base_url=chat.url) as http:
        answer = await http.get("/api/admin/export", params={"room": room, "everything": True}, headers=AS_OPERATOR)
    return [{key: one[key] for key in one if key != "rev"} for one in map(json.loads, answer.text.splitlines())]


async def bring(chat: Served, content: bytes, headers: dict[str, str] = AS_OPERATOR) -> httpx.Response:
    """Read an archive in."""
    async with httpx.AsyncClient(base_url=chat.url, timeout=30) as http:
        return await http.post("/api/admin/import", content=content, headers=headers)


@pytest.fixture
async def other(tmp_path: Path) -> Any:
    """Another chat."""
    served = Served(Settings(data_dir=tmp_path / "other"))
    (tmp_path / "other").mkdir()
    await served.start()
    yield served
    await served.stop()


def came(**more: Any) -> dict[str, Any]:
    """What came of an archive."""
    return {"rooms": 0, "people": 0, "messages": 0, "known": 0, "renamed": {}, "left_out": {}, **more}


def zipped(files: dict[str, Any]) -> bytes:
    """A zip of these files; what is no bytes is written as JSON."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files.items():
            made.writestr(name, content if isinstance(content, bytes) else json.dumps(content))
    return target.getvalue()


async def test_the_hosts_archive_holds_what_they_read_and_says_what_it_leaves_out(arrive: Appear) -> None:
    ho, ada, bo = await arrive("Ho", "host"), await arrive("Ada"), await arrive("Bo")
    await talk(ada, bo)
    mine = (await ho.do("POST", "/api/rooms", name="Mine", private=True)).json()["id"]
    theirs = (await ada.do("POST", "/api/rooms", name="Theirs", private=True)).json()["id"]
    await ada.do("POST", f"/api/rooms/{theirs}/messages", message="Among ourselves")
    await ada.do("POST", "/api/directs", usernames=["Bo"])
    answer = await ho.http.get("/api/export")
    assert answer.headers["content-type"] == "application/zip"
    found = zipfile.ZipFile(io.BytesIO(answer.content))
    assert found.testzip() is None
    manifest = json.loads(found.read("manifest.json"))
    assert manifest["left_out"] == {"private": 1, "direct": 1}
    sums = {one["name"]: one["sha256"] for one in manifest["files"]}
    assert sums == {
        name: hashlib.sha256(found.read(name)).hexdigest() for name in found.namelist() if name != "manifest.json"
    }
    rooms = {one["id"] for one in json.loads(found.read("rooms.json"))}
    assert rooms == {"general", "tech", "random", mine}
    assert {name for name in sums if name.startswith("rooms/")} == {
        f"rooms/{room}.{form}" for room in rooms for form in ("ndjson", "html")
    }
    people = {one["username"]: one["role"] for one in json.loads(found.read("people.json"))}
    assert people == {"Ho": "host", "Ada": "member", "Bo": "member"}
    assert "phrase" not in json.loads(found.read("settings.json"))
    assert b"Among ourselves" not in b"".join(found.read(name) for name in found.namelist())
    assert (await ho.log())[0]["action"] == "exported"


async def test_an_archive_brings_it_all_back_and_once_more_changes_nothing(
    chat: Served, other: Served, arrive: Appear
) -> None:
    ho, ada, bo = await arrive("Ho", "host"), await arrive("Ada"), await arrive("Bo")
    await talk(ada, bo)
    mine = (await ho.do("POST", "/api/rooms", name="Mine", private=True)).json()["id"]
    await ho.do("POST", f"/api/rooms/{mine}/messages", message="A secret")
    archive = (await ho.http.get("/api/export")).content
    assert (await bring(chat, archive)).json()["messages"] == 0, "it is all here"
    before, secret = await lines(chat), await lines(chat, mine)
    done = await bring(other, archive)
    assert done.json() == came(rooms=1, people=3, messages=6)
    assert await lines(other) == before
    assert await lines(other, mine) == secret
    again = await bring(other, archive)
    assert again.json() == came(known=6)
    assert await lines(other) == before
    async with httpx.AsyncClient(base_url=other.url) as http:
        # The people are there, nobody takes their names, and who was a host is not one here.
        check_error(await http.post("/api/session", json={"username": "ada"}), 409, "taken", "username")
    cleo = await appear(other.url, "Cleo", "host")
    people = (await cleo.http.get("/api/people")).json()["people"]
    assert {one["username"]: one["role"] for one in people} == {
        "Ada": "member", "Bo": "member", "Cleo": "host", "Ho": "member",
    }  # fmt: skip
    check_error(await cleo.http.get(f"/api/rooms/{mine}/messages"), 404, "not_found", "room")
    room = (await cleo.http.get("/api/rooms")).json()["general"]
    assert room["last_seq"] == 5
    await cleo.http.aclose()


async def test_a_name_of_somebody_else_gets_a_number_and_a_room_goes_on_where_it_is(
    other: Served, arrive: Appear
) -> None:
    ada, bo = await arrive("Ada"), await arrive("Bo")
    await talk(ada, bo)
    theirs = await appear(other.url, "ADA")
    await theirs.do("POST", "/api/rooms/general/messages", message="Here first")
    archive = (await ada.http.get("/api/rooms/general/export")).content
    done = (await bring(other, archive)).json()
    assert done["renamed"] == {"Ada": "Ada.2"}
    found = await lines(other)
    assert [one["seq"] for one in found] == [1, 2, 3, 4, 5, 6]
    assert found[1]["user_id"] != theirs.id
    assert [one["message"] for one in found] == ["Here first", "Hello @Bo", "two lines", "", "=1+1", "Indeed 😀"]
    assert (await bring(other, archive)).json() == came(known=5)
    # Who had read everything has still.
    room = (await theirs.http.get("/api/rooms")).json()["general"]
    assert room["last_seq"] == room["read_seq"] == 6
    await theirs.http.aclose()


async def test_an_import_that_breaks_off_is_completed_by_another(
    chat: Served, other: Served, arrive: Appear, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, bo = await arrive("Ada"), await arrive("Bo")
    await talk(ada, bo)
    archive = (await ada.http.get("/api/rooms/general/export")).content
    before = await lines(chat)
    monkeypatch.setattr(imports, "SLICE", 2)
    real, slices = imports.Imports._add, 0

    async def add(self: imports.Imports, tx: Transaction, asked: Sequence[Any]) -> Sequence[Any]:
        nonlocal slices
        slices += 1
        return await real(self, tx, asked) if slices == 1 else [Unavailable("The disk is full.")]

    with monkeypatch.context() as patched:
        patched.setattr(imports.Imports, "_add", add)
        check_error(await bring(other, archive), 503, "unavailable")
    await other.restart()
    assert len(await lines(other)) == 2
    assert (await bring(other, archive)).json()["messages"] == 3
    assert await lines(other) == before
    assert not [*other.settings.data_dir.glob("import-*")]


SLACK = {
    "users.json": [
        {"id": "U1", "name": "ada", "profile": {"display_name": "Ada Lovelace"}},
        {"id": "U2", "name": "bo", "deleted": True, "profile": {}},
    ],
    "channels.json": [
        {"id": "C1", "name": "general", "members": ["U1", "U2"], "topic": {"value": "All"}},
        {"id": "C2", "name": "pets", "members": ["U1"], "is_archived": True},
    ],
    "groups.json": [{"id": "G1", "name": "board", "members": ["U1"]}],
    "dms.json": [{"id": "D1", "members": ["U1", "U2"]}],
    "general/2024-01-01.json": [
        {"type": "message", "subtype": "channel_join", "user": "U1", "ts": "1704103200.000100", "text": "joined"},
        {
            "type": "message",
            "user": "U1",
            "ts": "1704103201.000100",
            "text": "*Hi* <@U2> &amp; all",
            "thread_ts": "1704103201.000100",
            "reactions": [
                {"name": "+1", "users": ["U2"], "count": 1},
                {"name": "party-parrot", "users": ["U2"], "count": 1},
            ],
        },
        {
            "type": "message",
            "user": "U2",
            "ts": "1704103202.000100",
            "text": "Hello",
            "thread_ts": "1704103201.000100",
            "edited": {"user": "U2", "ts": "1704103205.000000"},
            "files": [{"id": "F1"}],
        },
    ],
    "D1/2024-01-02.json": [{"type": "message", "user": "U2", "ts": "1704189600.000100", "text": "psst"}],
}


async def test_slacks_export(chat: Served) -> None:
    done = await bring(chat, zipped(SLACK))
    assert done.status_code == 200, done.text
    assert done.json() == came(
        rooms=3,
        people=2,
        messages=3,
        renamed={"Ada Lovelace": "Ada.Lovelace"},
        left_out={"files": 1, "messages: channel_join": 1, "reactions": 1},
    )
    first, second = await lines(chat)
    assert first["message"] == "**Hi** @bo & all"
    assert first["username"] == "Ada.Lovelace"
    assert first["created_at"] == "2024-01-01T10:00:01.000Z"
    assert first["reactions"] == {"👍": [second["user_id"]]}
    assert (second["reply_to"], second["edited_at"]) == (first["id"], "2024-01-01T10:00:05.000Z")
    assert (await bring(chat, zipped(SLACK))).json()["known"] == 3


SPARSE = {
    "users.json": [
        {"id": "U1", "name": "ada", "real_name": None, "profile": {"display_name": None, "real_name": None}},
        {"id": "U2", "name": None, "is_bot": None, "profile": None},
    ],
    "channels.json": [
        {"id": "C1", "name": "general", "members": None, "topic": None, "is_archived": None},
        {"id": "C2", "name": "random", "topic": {"value": None}},
    ],
    "general/2024-01-01.json": [
        {"user": "U1", "ts": "1704103201.1", "text": "one", "files": None, "attachments": None, "reactions": None},
        {"user": "U1", "ts": "1704103201.1", "text": "once more"},
        {"bot_id": "B1", "ts": "1704103202.1", "text": "built", "bot_profile": {"name": "builder"}, "edited": None},
        {"user": "U1", "ts": "1704103203.1", "text": None, "files": [{"id": "F1"}]},
        {
            "user": "U2",
            "ts": "1704103204.1",
            "text": "two",
            "reactions": [{"name": "+1", "users": ["U1", "U1"]}, {"name": "thumbsup", "users": ["U2"]}, {"name": "x"}],
        },
    ],
    "random/2024-01-01.json": [{"user": "U1", "ts": "1704103201.1", "text": "elsewhere at the same time"}],
}


async def test_what_is_absent_from_slacks_export_or_stands_there_twice_is_told(chat: Served) -> None:
    done = (await bring(chat, zipped(SPARSE))).json()
    left_out = {"files": 1, "messages: twice": 1, "messages: without text": 1}
    assert done == came(people=3, messages=4, known=0, left_out=left_out)
    one, built, two = await lines(chat)
    assert [each["message"] for each in (one, built, two)] == ["one", "built", "two"]
    assert [each["username"] for each in (one, built, two)] == ["ada", "builder", "someone"]
    assert two["reactions"] == {"👍": [one["user_id"], two["user_id"]]}
    (elsewhere,) = await lines(chat, "random")
    assert (elsewhere["message"], elsewhere["created_at"]) == ("elsewhere at the same time", one["created_at"])
    assert (await bring(chat, zipped(SPARSE))).json() == came(known=4, left_out=left_out)


def locked(archive: bytes) -> bytes:
    """A zip whose files say that a password is needed (APPNOTE.TXT, 4.4.4)."""
    made = bytearray(archive)
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = made.find(mark)
        while place >= 0:
            made[place + flags] |= 1
            place = made.find(mark, place + 4)
    return bytes(made)


def understated(archive: bytes) -> bytes:
    """A zip whose index says that every file is of ten bytes."""
    made = bytearray(archive)
    place = made.find(b"PK\x01\x02")
    while place >= 0:
        made[place + 24 : place + 28] = (10).to_bytes(4, "little")
        place = made.find(b"PK\x01\x02", place + 4)
    return bytes(made)


def twice(archive: bytes, name: str) -> bytes:
    """A zip that holds one more file of this name."""
    made = io.BytesIO(archive)
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(made, "a") as file:
        file.writestr(name, "[]")
    return made.getvalue()


def ours(*messages: dict[str, Any]) -> bytes:
    """A room's archive, of messages that are good but for what is given."""
    good = {
        "id": "7", "room": "general", "seq": 1, "user_id": "5", "username": "Ada", "message": "Hi",
        "created_at": "2024-01-01T10:00:01.000Z",
    }  # fmt: skip
    return "".join(json.dumps(good | one) + "\n" for one in messages).encode()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"nothing",
        b"[" * 100_000,
        b"PK\x03\x04 no zip",
        ours({"id": "-1"}),
        ours({"id": 7}),
        ours({"seq": 0}),
        ours({}, {}),
        ours({"created_at": "yesterday"}),
        ours({"created_at": "0001-01-01T00:00:00Z"}),
        ours({"room": "../etc"}),
        ours({"message": "x" * 100_001}),
        ours({"reactions": {"👍": ["x"]}}),
        ours({"edits": [{"message": 1, "created_at": "x"}]}),
        zipped({"a.txt": b"?"}),
        zipped({"../manifest.json": {}}),
        zipped({"/manifest.json": {}}),
        zipped({"..\\manifest.json": {}}),
        zipped({"manifest.json": []}),
        zipped({"users.json": [], "channels.json": "none"}),
        zipped({**SLACK, "general/2024-01-01.json": {"ts": 1}}),
        zipped({**SLACK, "general/2024-01-01.json": [{"ts": "1704103200.1", "text": 5}]}),
        zipped({**SLACK, "bomb": b"\0" * 150_000_000}),
        zipped({**SLACK, "general/../../x.json": []}),
        zipped({**SLACK, "users.json": b"[" * 200_000 + b"]" * 200_000}),
        zipped({**SLACK, "general/2024-01-01.json": b'[{"ts":"1.1","files":[' + b"[" * 200_000}),
        zipped({**SLACK, "general/2024-01-01.json": b'[{"ts":"1.1","text":"\xff"}]'}),
        zipped({**SLACK, "general/2024-01-01.json": [{"ts": "1.1", "text": "x" * 100_001}]}),
        zipped({**SLACK, "channels.json": [{"id": "C1", "name": "a"}, {"id": "C1", "name": "b"}]}),
        zipped(SLACK)[:-30],
        locked(zipped(SLACK)),
        understated(zipped(SLACK)),
        twice(zipped(SLACK), "users.json"),
    ],
)
async def test_what_is_no_archive_is_refused_in_words_and_changes_nothing(chat: Served, content: bytes) -> None:
    answer = await bring(chat, content)
    check_error(answer, 400, "bad_request")
    assert "Traceback" not in answer.text
    assert await lines(chat) == []
    async with httpx.AsyncClient(base_url=chat.url) as http:
        assert set((await http.get("/api/rooms")).json()) == {"general", "tech", "random"}
    assert not [*chat.settings.data_dir.glob("import-*")]


async def test_a_damaged_archive_is_refused(chat: Served, arrive: Appear) -> None:
    ho = await arrive("Ho", "host")
    await ho.do("POST", "/api/rooms/general/messages", message="Hello")
    found = zipfile.ZipFile(io.BytesIO((await ho.http.get("/api/export")).content))
    files: dict[str, Any] = {name: found.read(name) for name in found.namelist()}
    files["rooms/general.ndjson"] = files["rooms/general.ndjson"].replace(b"Hello", b"Howdy")
    answer = await bring(chat, zipped(files), {"Authorization": f"Bearer {ho.token}"})
    check_error(answer, 400, "bad_request")
    assert "damaged" in answer.json()["error"]


async def test_a_host_brings_nothing_into_rooms_they_do_not_see(chat: Served, arrive: Appear) -> None:
    ho, ada = await arrive("Ho", "host"), await arrive("Ada")
    theirs = (await ada.do("POST", "/api/rooms", name="Theirs", private=True)).json()["id"]
    answer = await bring(chat, ours({"room": theirs}), {"Authorization": f"Bearer {ho.token}"})
    assert answer.json()["rooms"] == 1, "it is a room of its own"
    assert await lines(chat, theirs) == []


@pytest.mark.parametrize("form", ["ndjson", "json", "csv", "txt", "html"])
async def test_every_form_goes_on_from_a_place(arrive: Appear, form: str) -> None:
    ada, bo = await arrive("Ada"), await arrive("Bo")
    await talk(ada, bo)
    path = "/api/rooms/general/export"
    whole = (await ada.http.get(path, params={"format": form})).text
    rest = (await ada.http.get(path, params={"format": form, "since_seq": 5, "bom": True})).content.decode()
    assert "Hello @Bo" in whole
    assert rest.startswith("\ufeff")
    assert "Indeed" in rest
    assert "=1+1" not in rest
    assert form in export_forms.FORMS


def run(folder: Path, *arguments: str) -> int:
    """The command, without a network."""
    return cli.main([*arguments, "--data-dir", str(folder)])


async def test_the_command_writes_and_reads_archives_of_a_stopped_chat(
    chat: Served, other: Served, arrive: Appear, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    ada, bo = await arrive("Ada"), await arrive("Bo")
    await talk(ada, bo)
    mine = (await ada.do("POST", "/api/rooms", name="Mine", private=True)).json()["id"]
    before = await lines(chat)
    await chat.stop()
    await other.stop()
    here, there = chat.settings.data_dir, other.settings.data_dir
    file = tmp_path / "general.html"
    assert await asyncio.to_thread(run, here, "export", "general", "--format", "html", "--output", str(file)) == 0
    assert "Hello @Bo" in file.read_text(encoding="utf-8")
    assert await asyncio.to_thread(run, here, "export", mine, "--output", str(tmp_path / "no")) == 2
    assert "Room not found" in capsys.readouterr().err
    archive = tmp_path / "all.zip"
    assert await asyncio.to_thread(run, here, "export", "--everything", "--output", str(archive)) == 0
    assert f"rooms/{mine}.ndjson" in zipfile.ZipFile(archive).namelist()
    assert await asyncio.to_thread(run, there, "import", str(archive)) == 0
    assert "New: 5 messages, 1 room, 2 persons." in capsys.readouterr().out
    assert not [*tmp_path.glob("*.part")]  # noqa: ASYNC240 - nobody else is served
    await other.start()
    assert await lines(other) == before

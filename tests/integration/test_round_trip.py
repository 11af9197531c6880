"""What is exported and read in elsewhere is the same there, whatever it is; once more changes nothing, and what a kill
leaves is completed.
"""

import asyncio
import json
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatapp.data_folder import DATABASE
from chatapp.domain import names, texts
from chatapp.domain.archives import Imported
from chatapp.domain.events import Keeps
from chatapp.errors import NotFound
from chatapp.services import export, imports
from chatapp.services.carrier import Carrier
from chatapp.storage.database import Database
from chatapp.storage.migrate import migrate
from chatapp.storage.writer import Ids, Writer

ROOMS = {"general": "public", "garden": "public", "private-abcd": "private", "direct-abcd": "direct"}
PEOPLE = {11: "Ada", 12: "Bo", 13: "Дора", 14: "a stranger"}
STRANGER = 14
"""Has no account."""
MESSAGES = 60
"""So many are in a chat whose import is killed."""
TABLES = ("users", "names", "rooms", "memberships", "messages", "edits", "mentions", "imported")
# What is sent, and what becomes of it; a place that is beyond what there is means nothing.
said = (st.sampled_from(["=1+1", "two\nlines", '"quoted"', "</script>", "\u2028", "\x7f"]) | st.text(max_size=12)).map(
    lambda text: texts.clean(text, 1_000) or "x"
)
places = st.integers(0, 25)
moments = st.integers(0, 4_000_000_000_000)
acts = st.lists(
    st.tuples(
        st.just("send"),
        st.sampled_from([*ROOMS]),
        st.sampled_from([*PEOPLE]),
        said,
        moments,
        st.none() | places,
        st.booleans(),
        st.none() | st.lists(st.sampled_from([*PEOPLE]), min_size=1, max_size=3, unique=True),
    )
    | st.tuples(st.just("edit"), places, said, moments)
    | st.tuples(st.just("delete"), places, moments)
    | st.tuples(
        st.just("react"),
        places,
        st.sampled_from(["👍", "❤️", "👨‍👩‍👧", "🏳️‍🌈"]),
        st.lists(st.sampled_from([*PEOPLE]), min_size=1, max_size=4, unique=True),
    )
    | st.tuples(st.just("trim"), st.sampled_from([*ROOMS]), st.integers(1, 3)),
    max_size=40,
)


@pytest.fixture(scope="module")
def template() -> Iterator[Path]:
    """A chat in which nothing was ever said."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / DATABASE
        migrate(path)
        with closing(sqlite3.connect(path)) as chat, chat:
            chat.execute("INSERT INTO installation VALUES ('server', 'history', 0)")
            chat.execute("INSERT INTO rooms (id, name, topic, first_seq, last_seq, rev, created_at)"
                         " VALUES ('general', 'General', '', 1, 0, 0, 0)")  # fmt: skip
        yield path


class Source:
    """A chat's database, filled by what a test drew: as services store it, each thing that has a `rev` in its turn."""

    def __init__(self, path: Path) -> None:
        self._chat = sqlite3.connect(path, isolation_level=None)
        self._chat.execute("BEGIN")
        self._said: list[str] = []
        for user_id, name in PEOPLE.items():
            self._do("INSERT INTO users (id, username, role, is_temporary, created_at) VALUES (?, ?, 'member', ?, 7)",
                     user_id, name, user_id == STRANGER)  # fmt: skip
            if user_id != STRANGER:
                self._do("INSERT INTO names (folded, user_id) VALUES (?, ?)", names.fold(name), user_id)
        for room, kind in ROOMS.items():
            if room != "general":
                self._do("INSERT INTO rooms (id, name, topic, first_seq, last_seq, rev, created_at, kind, direct_key)"
                         " VALUES (?, ?, 'So', 1, 0, 0, 0, ?, ?)",
                         room, *(("", kind, "11 12") if kind == "direct" else (room.title(), kind, None)))  # fmt: skip
            for user_id in (11, 12):
                self._do("INSERT OR IGNORE INTO memberships (user_id, room_id, read_seq, created_at)"
                         " VALUES (?, ?, 0, 0)", user_id, room)  # fmt: skip

    def done(self) -> None:
        """All of it is there."""
        self._chat.execute("COMMIT")
        self._chat.close()

    def act(self, act: tuple[Any, ...]) -> None:
        """Do what a test drew."""
        match act:
            case ("send", room, author, text, at, reply_to, has_client_id, named):
                self._send(room, author, text, at, reply_to, named, is_repeatable=has_client_id)
            case ("trim", room, count):
                self._do("UPDATE rooms SET first_seq = min(first_seq + ?, last_seq + 1) WHERE id = ?", count, room)
            case (what, place, *more) if place < len(self._said) and self._stands(self._said[place]):
                self._change(what, self._said[place], *more)

    def _send(
        self, room: str, author: int, text: str, at: int, reply_to: int | None, named: Any, *, is_repeatable: bool
    ) -> None:
        self._do("UPDATE rooms SET last_seq = last_seq + 1, rev = rev + 1 WHERE id = ?", room)
        new = str(1_000 + 3 * len(self._said))
        target = None if reply_to is None or reply_to >= len(self._said) else self._said[reply_to]
        ((is_there,),) = self._ask("SELECT count(*) FROM messages WHERE id = ? AND room_id = ?", target, room)
        self._do(
            "INSERT INTO messages (id, room_id, seq, rev, client_id, user_id, username, message, created_at, reply_to,"
            " mentions) SELECT ?, id, last_seq, rev, ?, ?, ?, ?, ?, ?, ? FROM rooms WHERE id = ?",
            int(new), f"~{new}" if is_repeatable else None, author, PEOPLE[author], text, at,
            int(target) if target and is_there else None, None if named is None else json.dumps(named), room,
        )  # fmt: skip
        self._said.append(new)

    def _stands(self, message_id: str) -> bool:
        return self._ask("SELECT deleted_at FROM messages WHERE id = ?", message_id) == [(None,)]

    def _change(self, what: str, message_id: str, *more: Any) -> None:
        these = "WHERE id = (SELECT room_id FROM messages WHERE id = ?)"
        self._do(f"UPDATE rooms SET rev = rev + 1 {these}", message_id)
        self._do(f"UPDATE messages SET rev = (SELECT rev FROM rooms {these}) WHERE id = ?", message_id, message_id)
        match (what, *more):
            case ("edit", text, at):
                self._do("INSERT INTO edits (message_id, rev, message, created_at)"
                         " SELECT id, rev, message, coalesce(edited_at, created_at) FROM messages WHERE id = ?",
                         message_id)  # fmt: skip
                self._do("UPDATE messages SET message = ?, edited_at = ? WHERE id = ?", text, at, message_id)
            case ("delete", at):
                self._do("DELETE FROM edits WHERE message_id = ?", message_id)
                self._do("UPDATE messages SET message = '', deleted_at = ?, edited_at = NULL, reply_to = NULL,"
                         " mentions = NULL, reactions = NULL WHERE id = ?", at, message_id)  # fmt: skip
            case ("react", emoji, people):
                ((before,),) = self._ask("SELECT coalesce(reactions, '{}') FROM messages WHERE id = ?", message_id)
                after = json.loads(before) | {emoji: people}
                self._do("UPDATE messages SET reactions = ? WHERE id = ?", json.dumps(after), message_id)

    def _do(self, statement: str, *values: Any) -> None:
        self._chat.execute(statement, values)

    def _ask(self, query: str, *values: Any) -> list[Any]:
        return self._chat.execute(query, values).fetchall()


class Chat:
    """The chat in a file, with what carries out of it and into it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def __aenter__(self) -> Carrier:
        self._database = Database(self._path)
        self._writer = Writer(self._database, Ids(0), lambda _: None)
        self._writing = asyncio.get_running_loop().create_task(self._writer.run())
        return Carrier(self._database, self._writer, lambda _: Keeps())

    async def __aexit__(self, *_: object) -> None:
        self._writer.close()
        await self._writing
        await self._database.close()


async def archived(chat: Carrier, file: Path) -> None:
    """Write everything that is in a chat to a zip."""
    made = await chat.export(None, "ndjson", everything=True)
    whole = b"".join([piece async for piece in made.pieces])
    await asyncio.to_thread(file.write_bytes, whole)


async def brought(chat: Carrier, file: Path) -> Imported:
    """Read an archive in."""
    return await chat.bring(file, lambda _: None)


async def lines(chat: Carrier) -> dict[str, list[dict[str, Any]]]:
    """The archives of all rooms that are there, but for `rev`, which counts the changes of one chat."""
    return {room: await _lines(chat, room) for room in ROOMS if await _is_there(chat, room)}


async def _is_there(chat: Carrier, room: str) -> bool:
    try:
        await chat.export(room, "ndjson", everything=True)
    except NotFound:
        return False
    return True


async def _lines(chat: Carrier, room: str) -> list[dict[str, Any]]:
    made = await chat.export(room, "ndjson", everything=True)
    found = [json.loads(line) for line in b"".join([piece async for piece in made.pieces]).splitlines()]
    assert made.count == len(found)
    for one in found:
        del one["rev"]
        for past in one.get("edits", ()):
            del past["rev"]
    return found


def stored(path: Path) -> dict[str, list[Any]]:
    """All that is stored of people, rooms and messages."""
    with closing(sqlite3.connect(path)) as chat:
        return {table: sorted(chat.execute(f"SELECT * FROM {table}"), key=repr) for table in TABLES}


@pytest.mark.parametrize("size", [2, 500])
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=acts)
def test_what_is_exported_and_read_in_is_the_same(
    template: Path, monkeypatch: pytest.MonkeyPatch, size: int, drawn: list[tuple[Any, ...]]
) -> None:
    # With small slices and pages, all that happens between them happens here.
    monkeypatch.setattr(imports, "SLICE", size)
    monkeypatch.setattr(export, "PAGE", size)
    monkeypatch.setattr(export, "PAGES", 1)
    with tempfile.TemporaryDirectory() as folder:
        here, there, file = (Path(folder) / name for name in ("here", "there", "all.zip"))
        for path in (here, there):
            path.write_bytes(template.read_bytes())
        source = Source(here)
        for act in drawn:
            source.act(act)
        source.done()
        asyncio.run(_carry_over(here, there, file))


async def _carry_over(here: Path, there: Path, file: Path) -> None:
    async with Chat(here) as source, Chat(there) as target:
        before = await lines(source)
        await archived(source, file)
        total = sum(map(len, before.values()))
        done = await brought(target, file)
        assert (done.messages, done.known, done.renamed, done.left_out) == (total, 0, {}, {})
        assert await lines(target) == before
        state = stored(there)
        again = await brought(target, file)
        assert (again.rooms, again.people, again.messages, again.known) == (0, 0, 0, total)
        assert stored(there) == state
        # It knows itself, too.
        state = stored(here)
        assert (await brought(source, file)).messages == 0
        assert stored(here) == state


# The program, which kills itself when it has done a change for the n-th time and not committed it yet.
_MORTAL = """
import os, signal, sys
import chatapp
from chatapp import cli
from chatapp.services import import_people, imports
what, number = sys.argv.pop(1), int(sys.argv.pop(1))
place = imports.Imports if what.startswith("_") else imports
real, count = getattr(place, what), 0
async def mortal(*asked):
    global count
    answers = await real(*asked)
    count += 1
    if count == number:
        os.kill(os.getpid(), signal.SIGKILL)
    return answers
setattr(place, what, mortal)
imports.SLICE = 10
sys.exit(cli.main())
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Only Unix has this signal.")
@pytest.mark.parametrize(
    ("what", "number"),
    [("settle_people", 1), ("settle_rooms", 3), ("_add", 1), ("_add", 4), ("_finish", 1), ("_note", 1)],
)
async def test_an_import_that_is_killed_leaves_whole_slices_and_the_next_completes_it(
    template: Path, tmp_path: Path, what: str, number: int
) -> None:
    here, folder, file = tmp_path / "here", tmp_path / "data", tmp_path / "all.zip"
    folder.mkdir()
    broken = folder / DATABASE
    await asyncio.to_thread(_prepare, template, here, broken)
    async with Chat(here) as chat:
        await archived(chat, file)
        before = await lines(chat)
    command = [sys.executable, "-c", _MORTAL, what, str(number), "import", str(file), "--data-dir", str(folder)]
    killed = await asyncio.to_thread(subprocess.run, command, check=False, capture_output=True, text=True, timeout=100)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    with closing(sqlite3.connect(broken)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    async with Chat(broken) as chat:
        for room, some in (await lines(chat)).items():
            assert some == before[room][: len(some)], "whatever is there is whole, and in its place"
        done = await brought(chat, file)
        assert done.messages + done.known == MESSAGES
        assert await lines(chat) == before


def _prepare(template: Path, here: Path, broken: Path) -> None:
    for path in (here, broken):
        path.write_bytes(template.read_bytes())
    source = Source(here)
    for place in range(MESSAGES):
        room, author = [*ROOMS][place % 4], 11 + place % 4
        source.act(("send", room, author, f"Number {place}", 1_000_000 * place, max(0, place - 4), True, [12]))
    for place in range(0, MESSAGES, 7):
        source.act(("edit", place, f"Edited {place}", 1_000_000 * place + 5))
        source.act(("react", place + 1, "👍", [11, 13]))
        source.act(("delete", place + 2, 1_000_000 * place + 9))
    source.done()

"""Search against a plain scan: over random messages in several scripts, with the index at any stage, page by page."""

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatapp.domain.folding import fold
from chatapp.domain.queries import has_link, parse, says
from chatapp.storage import search, search_filling
from chatapp.storage.migrate import migrate
from chatapp.storage.search import NEWEST, Wanted
from chatapp.storage.search_filling import Filling
from chatapp.storage.search_index import SearchIndex

ROOMS = ("general", "tech", "random")
PEOPLE = (1, 2, 3)
WORDS = (
    *("the", "them", "anthem", "a", "ab", "abc", "Straße", "strasse", "Café", "cafe", "СЕРВЕР", "Ёлка", "παλιό"),
    *("会議", "議会", "会", "今日の会議は", "가나", "나다", "서버", "ｶﾞ", "ガ", "👍", "שלום", 'say "it"', "%_*"),
    *("https://example.org", "\U000f0000\U000f0100\U000f0101", "x-y", "two\nlines"),
)
texts = st.lists(st.sampled_from(WORDS) | st.text(max_size=4), min_size=1, max_size=5).map(" ".join)
# What happens to the chat: a message is sent, edited, deleted; the index takes a slice.
acts = st.lists(
    st.tuples(st.just("send"), st.sampled_from(ROOMS), st.sampled_from(PEOPLE), texts, st.integers(0, 9))
    | st.tuples(st.just("edit"), st.integers(0, 30), texts)
    | st.tuples(st.just("delete"), st.integers(0, 30))
    | st.tuples(st.just("follow"))
    | st.tuples(st.just("work")),
    max_size=40,
)
asked = st.fixed_dictionaries({
    "line": st.lists(
        st.sampled_from(WORDS) | st.text(max_size=3) | st.sampled_from(["has:link", '"the them"']), max_size=2
    ).map(" ".join),
    "rooms": st.sets(st.sampled_from(ROOMS), min_size=1),
    "people": st.none() | st.sets(st.sampled_from(PEOPLE)),
    "since": st.none() | st.integers(0, 9),
    "until": st.none() | st.integers(0, 9),
    "first_seq": st.integers(1, 3),
    "limit": st.integers(1, 4),
})  # fmt: skip


@pytest.fixture(scope="module")
def template() -> Iterator[Path]:
    """An empty chat."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "chat.sqlite3"
        migrate(path)
        with closing(sqlite3.connect(path)) as chat, chat:
            chat.execute("INSERT INTO installation VALUES ('server', 'history', 0)")
            for room in ROOMS:
                chat.execute(
                    "INSERT INTO rooms (id, name, topic, first_seq, last_seq, rev, created_at)"
                    " VALUES (?, ?, '', 1, 0, 0, 0)",
                    (room, room),
                )
        yield path


class Chat:
    """A chat's database and a list of what it holds."""

    def __init__(self, path: Path) -> None:
        self.connection = sqlite3.connect(path, isolation_level=None)
        self.said: list[list[object]] = []
        self._counters = {room: [0, 0] for room in ROOMS}

    def act(self, act: tuple[object, ...], filling: Filling) -> None:
        """Do what a test drew."""
        match act:
            case ("send", str(room), int(author), str(text), int(at)):
                self._counters[room][0] += 1
                seq, message_id = self._counters[room][0], 5_000 + 7 * len(self.said)
                row = [message_id, room, seq, self._next_rev(room), author, text, at, None]
                self.said.append(row)
                self.connection.execute(
                    "INSERT INTO messages (id, room_id, seq, rev, user_id, message, created_at, deleted_at, username)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, '')",
                    row,
                )
            case ("edit", int(place), str(text)) if place < len(self.said) and self.said[place][7] is None:
                self._change(place, text, None)
            case ("delete", int(place)) if place < len(self.said):
                self._change(place, "", 1)
            case ("follow",):
                filling.follow()
            case ("work",):
                filling.work()

    def _change(self, place: int, text: str, deleted_at: int | None) -> None:
        row = self.said[place]
        row[3], row[5], row[7] = self._next_rev(str(row[1])), text, deleted_at
        statement = "UPDATE messages SET rev = ?, message = ?, deleted_at = ? WHERE id = ?"
        self.connection.execute(statement, (row[3], text, deleted_at, row[0]))

    def _next_rev(self, room: str) -> int:
        self._counters[room][1] += 1
        seq, rev = self._counters[room]
        self.connection.execute("UPDATE rooms SET last_seq = ?, rev = ? WHERE id = ?", (seq, rev, room))
        return rev


def scan(chat: Chat, wanted: Wanted) -> list[object]:
    """What is looked for, by looking at everything."""
    return [
        message_id
        for message_id, room, seq, _, author, text, at, deleted_at in reversed(chat.said)
        if deleted_at is None
        and wanted.rooms.get(str(room), NEWEST) <= int(str(seq))
        and (wanted.people is None or author in wanted.people)
        and (wanted.since is None or int(str(at)) >= wanted.since)
        and (wanted.until is None or int(str(at)) < wanted.until)
        and (not wanted.has_link or has_link(str(text)))
        and all(term in fold(str(text)) for term in wanted.terms)
    ]


def pages(chat: Chat, index: SearchIndex, wanted: Wanted) -> list[object]:
    """What search finds, page after page, but for what does not stand any more."""
    stands = {row[0]: row for row in chat.said if row[7] is None}
    found: list[object] = []
    before = NEWEST
    while before:
        page = search.find(
            index, Wanted(**{**{f: getattr(wanted, f) for f in wanted.__struct_fields__}, "before": before})
        )
        assert page.ids == sorted(page.ids, reverse=True)
        assert all(one < before for one in page.ids)
        assert page.reached < before
        found += [one for one in page.ids if one in stands and says(wanted.terms, str(stands[one][5]))]
        before = page.reached
    return [
        one
        for one in found
        if not wanted.has_link or has_link(str(stands[one][5]))
    ]  # fmt: skip


@pytest.mark.parametrize("is_small", [False, True])
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=acts, after=acts, asked=asked)
def test_search_finds_what_a_plain_scan_finds(
    template: Path,
    monkeypatch: pytest.MonkeyPatch,
    is_small: bool,  # noqa: FBT001
    before: list[tuple[object, ...]],
    after: list[tuple[object, ...]],
    asked: dict[str, object],
) -> None:
    # With small slices and pages, all that happens between them happens here.
    for module, name in (
        *((search_filling, "WALKED"), (search_filling, "FOLLOWED")),
        *((search, "_FIRST_BATCH"), (search, "_BATCH"), (search, "_WINDOW"), (search, "_PAGE")),
    ):
        monkeypatch.setattr(module, name, 2 if is_small else 500)
    # No machine is too busy to look at a few messages: pages end where they are full.
    monkeypatch.setattr(search, "SECONDS", 60)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "chat.sqlite3"
        path.write_bytes(template.read_bytes())
        index = SearchIndex(path.with_name("search.sqlite3"), path)
        chat = Chat(path)
        nobody = Filling(index)
        for act in before:
            if act[0] not in {"follow", "work"}:
                chat.act(act, nobody)
        nobody.close()
        index.replace()
        filling = Filling(index)
        for act in after:
            chat.act(act, filling)
        query = parse(str(asked["line"]))
        people = asked["people"]
        wanted = Wanted(
            terms=query.terms,
            rooms=dict.fromkeys(asked["rooms"], asked["first_seq"]),  # type: ignore[call-overload]
            people=None if people is None else frozenset(people),  # type: ignore[call-overload]
            since=asked["since"],  # type: ignore[arg-type]
            until=asked["until"],  # type: ignore[arg-type]
            has_link=query.has_link,
            before=NEWEST,
            limit=asked["limit"],  # type: ignore[arg-type]
        )
        expected = scan(chat, wanted)
        assert pages(chat, index, wanted) == expected
        while filling.follow() or filling.work():
            pass
        assert pages(chat, index, wanted) == expected
        filling.close()
        index.shut()
        chat.connection.close()

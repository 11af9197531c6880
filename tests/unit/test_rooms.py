"""What rooms may be called, when two names are one, and which ids follow from them."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatapp.domain import rooms
from chatapp.domain.entities import DIRECT, PRIVATE, Room, User
from chatapp.domain.events import Keeps
from chatapp.errors import BadRequest, ChatError, TooLong

ADA = User(1, "Ada", "member", is_temporary=False)
BO = User(22, "Bo", "member", is_temporary=False)


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        ("Plans", "Plans"),
        ("  Tea \u3000 and\n cake ", "Tea and cake"),
        ("Cafe\u0301", "Café"),
        ("👨\u200d👩\u200d👧 family", "👨\u200d👩\u200d👧 family"),
        ("❤️", "❤️"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("?", "?"),
        ("x" * 64, "x" * 64),
    ],
)
def test_a_name_is_kept_as_one_line(asked: str, kept: str) -> None:
    assert rooms.prepare_name(asked) == kept


@pytest.mark.parametrize(
    "name",
    [
        "",
        "   ",
        "\n",
        "\u200d",
        "\u0301",
        "\u3164",
        "\u2800",
        "a\u202eb",
        "a\u2066b",
        "\u200eab",
        "a\0b",
        "a\x1bb",
        "a\ue000",
    ],
)
def test_a_name_that_cannot_be_seen_or_turns_what_follows_is_none(name: str) -> None:
    with pytest.raises(BadRequest) as refusal:
        rooms.prepare_name(name)
    assert refusal.value.field == "name"


def test_names_and_topics_have_an_end() -> None:
    assert rooms.prepare_topic("x" * 250) == "x" * 250
    for prepare, field, longest in ((rooms.prepare_name, "name", 64), (rooms.prepare_topic, "topic", 250)):
        with pytest.raises(TooLong) as refusal:
            prepare("x" * (longest + 1))
        assert refusal.value.field == field


def test_a_topic_may_be_empty_and_turns_nothing_around() -> None:
    assert rooms.prepare_topic("  \n ") == ""
    with pytest.raises(BadRequest) as refusal:
        rooms.prepare_topic("all \u202eabout")
    assert refusal.value.field == "topic"


@pytest.mark.parametrize(
    ("one", "other"),
    [("Plans", "pLANS"), ("General", "Gеneral"), ("a\u200db", "ab"), ("❤️", "❤"), ("Straße", "STRASSE")],
)
def test_look_alikes_are_one_name(one: str, other: str) -> None:
    assert rooms.fold(one) == rooms.fold(other)


@pytest.mark.parametrize(
    ("name", "taken", "id_"),
    [
        ("Tech Talk", set(), "tech-talk"),
        ("Tech Talk", {"tech-talk"}, "tech-talk-2"),
        ("Tech Talk", {"tech-talk", "tech-talk-2", "tech-talk-3"}, "tech-talk-4"),
        ("Büro: Übersicht!", set(), "buro-ubersicht"),
        ("Привет", set(), "room"),
        ("🎉", {"room"}, "room-2"),
        ("x" * 64, set(), "x" * 48),
        ("Private matters", set(), "room-private-matters"),
        ("direct", set(), "room-direct"),
        ("Directions", set(), "directions"),
    ],
)
def test_an_id_follows_from_the_name_and_is_nobody_elses(name: str, taken: set[str], id_: str) -> None:
    assert rooms.slug(name, taken) == id_


@given(st.text(max_size=80))
def test_any_text_is_a_name_or_refused(text: str) -> None:
    try:
        name = rooms.prepare_name(text)
    except ChatError:
        return
    assert rooms.prepare_name(name) == name
    assert 1 <= len(name) <= 64
    assert not any(
        unicodedata.bidirectional(one) in {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
        for one in name
    )
    assert rooms.fold(name)


@given(st.text(max_size=64), st.sets(st.sampled_from(["room", "room-2", "a", "a-2", "a-3"])))
def test_an_id_is_short_and_plain_whatever_the_name(name: str, taken: set[str]) -> None:
    id_ = rooms.slug(name, taken)
    assert id_ not in taken
    assert len(id_) <= 64
    assert id_.isascii()
    assert id_.replace("-", "").isalnum()
    assert not id_.startswith(("private-", "direct-"))


def test_ids_of_closed_rooms_tell_nothing() -> None:
    assert rooms.secret_id(PRIVATE) != rooms.secret_id(PRIVATE)
    assert rooms.secret_id(DIRECT).startswith("direct-")
    assert len(rooms.secret_id(DIRECT)) <= 64


@given(st.lists(st.integers(1, 2**63 - 1), min_size=1, max_size=10))
def test_a_conversation_is_known_by_its_people_in_any_order(ids: list[int]) -> None:
    key = rooms.direct_key(ids)
    assert key == rooms.direct_key(reversed(ids))
    assert len(key) <= 255
    room = Room("direct-1", "", "", 1, 0, 0, 0, kind=DIRECT, direct_key=key)
    assert rooms.talking(room) == sorted({*ids})


def test_a_conversation_is_called_by_its_people_and_told_with_them() -> None:
    assert rooms.joined_names([ADA, BO]) == "Ada, Bo"
    assert len(rooms.joined_names([User(1, "x" * 32, "member", is_temporary=False)] * 3)) == 64
    direct = Room("direct-1", "Ada, Bo", "", 3, 7, 9, 0, kind=DIRECT, created_by=1, direct_key="1 22")
    view = rooms.as_view(direct, Keeps(days=3), [ADA, BO])
    assert view.members == rooms.as_people([ADA, BO])
    assert (view.message_count, view.created_by, view.keeps) == (5, "1", Keeps(days=3))
    assert rooms.as_view(Room("general", "General", "", 1, 0, 0, 0), Keeps(), [ADA]).members is None

"""Reactions: what is one emoji, and how those of a message change."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatapp.domain import reactions
from chatapp.errors import BadRequest

TWENTY = [chr(code) for code in range(0x1F600, 0x1F600 + reactions.MOST_EMOJIS)]


@pytest.mark.parametrize("emoji", ["👍", "❤️", "👍🏽", "👩‍👩‍👧", "🇩🇪", "1️⃣", "☃️"])
def test_an_emoji_is_one_whatever_it_is_made_of(emoji: str) -> None:
    assert reactions.demand(emoji) == emoji


@pytest.mark.parametrize(("sent", "kept"), [("❤", "❤️"), ("☃", "☃️"), ("🏳‍🌈", "🏳️‍🌈"), ("👍\ufe0f", "👍")])
def test_the_forms_of_an_emoji_are_one(sent: str, kept: str) -> None:
    assert reactions.demand(sent) == kept


@pytest.mark.parametrize(
    "text", ["", " ", "a", "1", "👍👍", "👍 ", ":thumbs_up:", "<b>", "\u200d", "\ufe0f", "👍" * 100]
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(BadRequest) as refusal:
        reactions.demand(text)
    assert refusal.value.field == "emoji"


def test_emojis_and_people_stand_in_order_of_coming() -> None:
    here: reactions.Reactions = {}
    for emoji, person in (("🎉", 2), ("👍", 3), ("🎉", 1), ("👍", 2)):
        here = reactions.changed(here, emoji, person, on=True)
    assert list(here.items()) == [("🎉", [2, 1]), ("👍", [3, 2])]
    here = reactions.changed(here, "🎉", 2, on=False)
    here = reactions.changed(here, "🎉", 2, on=True)
    assert list(here.items()) == [("🎉", [1, 2]), ("👍", [3, 2])]


def test_the_last_to_take_an_emoji_away_takes_it_with_them() -> None:
    assert reactions.changed({"🎉": [1], "👍": [2]}, "🎉", 1, on=False) == {"👍": [2]}
    assert reactions.changed({"🎉": [1]}, "🎉", 1, on=False) == {}


@pytest.mark.parametrize(("emoji", "person", "on"), [("🎉", 1, True), ("🎉", 2, False), ("👍", 1, False)])
def test_what_changes_nothing_gives_the_same_object(emoji: str, person: int, *, on: bool) -> None:
    before = {"🎉": [1]}
    assert reactions.changed(before, emoji, person, on=on) is before


def test_a_message_holds_so_many_different_emojis_and_any_number_of_people() -> None:
    full = {emoji: [1] for emoji in TWENTY}
    with pytest.raises(BadRequest, match="at most 20") as refusal:
        reactions.changed(full, "👍", 2, on=True)
    assert refusal.value.field == "emoji"
    assert reactions.changed(full, TWENTY[0], 2, on=True)[TWENTY[0]] == [1, 2]
    one_less = reactions.changed(full, TWENTY[0], 1, on=False)
    assert list(reactions.changed(one_less, "👍", 2, on=True)) == [*TWENTY[1:], "👍"]


@given(st.lists(st.tuples(st.sampled_from(["🎉", "👍"]), st.integers(1, 3), st.booleans())))
def test_any_row_of_changes_leaves_who_chose_last_and_touches_nothing_before_it(
    changes: list[tuple[str, int, bool]],
) -> None:
    here: reactions.Reactions = {}
    chosen: set[tuple[str, int]] = set()
    for emoji, person, on in changes:
        before = {one: [*people] for one, people in here.items()}
        after = reactions.changed(here, emoji, person, on=on)
        assert here == before
        here = after
        (chosen.add if on else chosen.discard)((emoji, person))
    assert {(emoji, person) for emoji, people in here.items() for person in people} == chosen
    assert all(people and len(people) == len(set(people)) for people in here.values())

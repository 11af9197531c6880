"""What a message may say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatapp.domain import texts
from chatapp.errors import BadRequest, TooLong

ANYTHING = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)


def test_a_text_is_trimmed_and_its_line_ends_unified() -> None:
    assert texts.clean("  one\r\ntwo\rthree\n ", 100) == "one\ntwo\nthree"


def test_newline_and_tab_are_the_only_controls_that_stay() -> None:
    every = "".join(chr(code) for code in [*range(0x20), *range(0x7F, 0xA0)])
    assert texts.clean(f"a{every}b", 100) == "a\t\n\nb"


def test_length_is_counted_in_code_points_after_cleaning() -> None:
    assert texts.clean(" " + "😀" * 10 + "\x07\n", 10) == "😀" * 10
    with pytest.raises(TooLong, match="at most 10 characters; this one has 11") as refusal:
        texts.clean("😀" * 11, 10)
    assert refusal.value.field == "message"


@pytest.mark.parametrize("text", ["", " ", "\n\t ", "\x00", "\x1b\x7f", "\u2003"])
def test_nothing_left_is_empty(text: str) -> None:
    assert texts.is_empty(text)
    with pytest.raises(BadRequest) as refusal:
        texts.demand(text, 10)
    assert refusal.value.field == "message"


@given(ANYTHING)
def test_cleaning_again_changes_nothing(text: str) -> None:
    cleaned = texts.clean(text, 1000)
    assert texts.clean(cleaned, 1000) == cleaned
    assert len(cleaned) <= len(text)


@given(ANYTHING)
def test_empty_is_what_cleaning_leaves_empty(text: str) -> None:
    assert texts.is_empty(text) == (not texts.clean(text, 1000))


def test_a_text_of_very_many_is_refused_as_it_came() -> None:
    with pytest.raises(TooLong, match="this one has 101"):
        texts.clean(" " * 101, 10)

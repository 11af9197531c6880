"""What a line means in which somebody says what they look for."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatapp.domain.queries import Query, earlier, has_link, later, parse, says

MIDNIGHT = int(datetime(2026, 1, 31, tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("line", "meaning"),
    [
        ("", Query()),
        ("  Hello   WORLD ", Query(("hello", "world"))),
        ("hello Hello", Query(("hello",))),
        ('say "Good  Morning" now', Query(("say", "good morning", "now"))),
        ('"never closed', Query(("never closed",))),
        ('"" ""', Query()),
        ("from:Ada report", Query(("report",), people=("Ada",))),
        ("FROM:@Ada from:bo", Query(people=("Ada", "bo"))),
        ('in:#tech in:"Tech Talk"', Query(rooms=("tech", "Tech Talk"))),
        ("after:2026-01-31", Query(since=MIDNIGHT)),
        ("before:2026-01-31 before:2027-01-01", Query(until=MIDNIGHT)),
        ("has:link has:LINK", Query(has_link=True)),
        # What is no filter is a word.
        ("from: in: has:cake before:soon", Query(("from:", "in:", "has:cake", "before:soon"))),
        ("https://example.org/a", Query(("https://example.org/a",))),
        ("before:2026-02-30", Query(("before:2026-02-30",))),
        ("12:30 a:b:c", Query(("12:30", "a:b:c"))),
        ("Straße CAFÉ", Query(("strasse", "cafe"))),
        ("\u200d\u0301", Query()),
    ],
)
def test_a_line_means(line: str, meaning: Query) -> None:
    assert parse(line) == meaning


@given(st.text())
def test_every_line_means_something_and_terms_are_folded(line: str) -> None:
    for term in parse(line).terms:
        assert term
        assert parse(f'"{term}"').terms == ((term,) if '"' not in term else parse(f'"{term}"').terms)


@given(st.lists(st.sampled_from(["from:", "in:", '"', "before:", "2026-01-31", "has:link", " ", "word", "会"])))
def test_filters_in_any_order_and_state(parts: list[str]) -> None:
    assert isinstance(parse("".join(parts)), Query)


@pytest.mark.parametrize("line", ["caf", "CAFÉ au", "é", '"café au lait"', "lait café"])
def test_a_text_says_what_is_looked_for(line: str) -> None:
    assert says(parse(line).terms, "Un Café  au\nlait, merci")


def test_a_text_does_not_say_what_stands_apart() -> None:
    assert not says(parse('"cafe lait"').terms, "Café au lait")


def test_links() -> None:
    assert has_link("see HTTPS://example.org")
    assert not has_link("http:// is how they begin")


def test_bounds_meet() -> None:
    assert (later(1, 2), later(None, 2), later(1, None), later(None, None)) == (2, 2, 1, None)
    assert (earlier(1, 2), earlier(None, 2), earlier(1, None), earlier(None, None)) == (1, 2, 1, None)

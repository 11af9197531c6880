"""Which copies of the database stay, whatever there are."""

from collections.abc import Callable, Hashable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatapp.domain.copies import DAYS, MONTHS, SETTLED, TRASH, WEEKS, Copy, going, held_until, maker, oldest_first

NOW = datetime(2026, 11, 28, 3, 20, tzinfo=UTC)
PARTS: tuple[tuple[int, Callable[[datetime], Hashable]], ...] = (
    (DAYS, lambda at: at.date()),
    (WEEKS, lambda at: at.isocalendar()[:2]),
    (MONTHS, lambda at: (at.year, at.month)),
)


def name(made_by: str, at: datetime, number: int = 1) -> str:
    """A name as it is given."""
    return f"{made_by}-{at:%Y%m%d-%H%M%S}{'' if number == 1 else f'-{number}'}.sqlite3"


def daily(at: datetime, *, is_good: bool = True) -> Copy:
    """A scheduled copy."""
    return Copy(name("daily", at), at, is_good)


def some(*makers: str) -> st.SearchStrategy[list[Copy]]:
    """Copies of the last three years, several of some days among them."""
    ages = st.one_of(st.integers(0, 10 * 24 * 60), st.integers(0, 3 * 365 * 24 * 60))
    one = st.builds(
        lambda minutes, made_by, is_good, number: Copy(
            name(made_by, NOW - timedelta(minutes=minutes), number), NOW - timedelta(minutes=minutes), is_good
        ),
        ages,
        st.sampled_from(makers),
        st.booleans(),
        st.integers(1, 2),
    )
    return st.lists(one, max_size=60, unique_by=lambda copy: copy.name)


limits = st.one_of(st.just(0), st.integers(1, 800))


@pytest.mark.parametrize(
    ("given_name", "made_by"),
    [
        ("daily-20261128-032000.sqlite3", "daily"),
        ("daily-20261128-032000-2.sqlite3", "daily"),
        ("before-0005-20261128-032000.sqlite3", "before"),
        ("replaced-20261128-032000.sqlite3", "replaced"),
        ("chat-20261128-032000.sqlite3", None),
        ("daily-report.sqlite3", None),
        ("my daily-20261128-032000.sqlite3", None),
    ],
)
def test_a_name_tells_what_made_a_copy(given_name: str, made_by: str | None) -> None:
    assert maker(given_name) == made_by


def test_a_copy_a_day_becomes_one_a_week_and_one_a_month() -> None:
    copies = [daily(NOW - timedelta(days=age)) for age in range(400)]
    stays = sorted(set(range(400)) - {copies.index(one) for one in copies if one.name in going(copies, NOW, 0)})
    assert stays == [0, 1, 2, 3, 4, 5, 6, 13, 20, 28, 59, 89, 120, 151]


def test_a_chat_that_did_not_run_for_a_year_keeps_its_last_copies() -> None:
    copies = [daily(NOW - timedelta(days=365 + age)) for age in range(7)]
    assert going(copies, NOW, 0) == set()


@given(some("daily"), limits)
def test_of_the_newest_days_weeks_and_months_one_is_kept_of_each(copies: list[Copy], limit: int) -> None:
    gone = going(copies, NOW, limit)
    young = [one for one in copies if not limit or NOW - one.made_at <= timedelta(days=limit) + TRASH]
    good = sorted((one for one in young if one.is_good), key=lambda one: one.made_at, reverse=True)
    for most, part in PARTS:
        wanted = list(dict.fromkeys(part(one.made_at) for one in good))[:most]
        assert {part(one.made_at) for one in good if one.name not in gone} >= set(wanted)
    assert len([one for one in good if one.name not in gone]) <= DAYS + WEEKS + MONTHS


@given(some("daily", "before", "replaced", "chat"), limits)
def test_rotating_again_changes_nothing(copies: list[Copy], limit: int) -> None:
    gone = going(copies, NOW, limit)
    assert gone <= {one.name for one in copies}
    assert going([one for one in copies if one.name not in gone], NOW, limit) == set()


@given(some("daily", "before", "replaced", "chat"), st.integers(1, 800))
def test_nothing_is_older_than_what_can_be_brought_back(copies: list[Copy], limit: int) -> None:
    left = [one for one in copies if one.name not in going(copies, NOW, limit)]
    assert all(NOW - one.made_at <= timedelta(days=limit) + TRASH for one in left)
    assert all((held_until(one.made_at, limit) or NOW) >= NOW for one in left)


@given(some("daily", "before", "replaced", "chat"))
def test_what_was_asked_for_stays_where_there_is_no_limit(copies: list[Copy]) -> None:
    gone = going(copies, NOW, 0)
    assert not [one for one in gone if one.startswith("chat-")]


@given(some("before", "replaced"))
def test_what_was_put_aside_stays_for_thirty_days(copies: list[Copy]) -> None:
    gone = going(copies, NOW, 0)
    assert not [one for one in copies if one.name in gone and NOW - one.made_at <= SETTLED]


@given(some("daily", "before", "replaced"), limits)
def test_the_newest_good_one_of_each_maker_goes_for_its_age_alone(copies: list[Copy], limit: int) -> None:
    gone = going(copies, NOW, limit)
    for made_by in ("daily", "before", "replaced"):
        good = [one for one in copies if one.is_good and maker(one.name) == made_by]
        if good:
            newest = max(good, key=lambda one: (one.made_at, one.name))
            assert (newest.name in gone) == bool(limit and NOW - newest.made_at > timedelta(days=limit) + TRASH)


def test_one_that_is_no_good_goes_when_a_newer_one_is_good() -> None:
    bad = daily(NOW - timedelta(days=1), is_good=False)
    older = daily(NOW - timedelta(days=2))
    assert going([bad, older], NOW, 0) == set()
    assert going([bad, older, daily(NOW)], NOW, 0) == {bad.name}


@given(some("daily", "before", "replaced", "chat"))
def test_the_oldest_scheduled_copies_make_room_and_never_the_newest_good_one(copies: list[Copy]) -> None:
    found = oldest_first(copies)
    scheduled = [one for one in copies if maker(one.name) == "daily"]
    good = [one for one in scheduled if one.is_good]
    assert [one.made_at for one in found] == sorted(one.made_at for one in found)
    assert len(found) == len(scheduled) - bool(good)
    if good:
        assert max(good, key=lambda one: (one.made_at, one.name)) not in found

"""When a cleanup is due."""

from datetime import datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from chatapp.services.retention import last_due

HALF_PAST_THREE = time(3, 30)


def at(hour: int, minute: int) -> datetime:
    """A moment of the 15th of June, local time."""
    return datetime(2026, 6, 15, hour, minute).astimezone()


def test_before_the_hour_yesterdays_counts() -> None:
    assert last_due(at(3, 29), HALF_PAST_THREE) == at(3, 30) - timedelta(days=1)


def test_from_the_hour_on_todays_counts() -> None:
    assert last_due(at(3, 30), HALF_PAST_THREE) == at(3, 30)
    assert last_due(at(23, 59), HALF_PAST_THREE) == at(3, 30)


@given(
    st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.timezones()),
    st.times().map(lambda moment: moment.replace(second=0, microsecond=0)),
)
def test_the_last_due_moment_is_at_the_hour_and_less_than_a_day_ago(now: datetime, hour: time) -> None:
    due = last_due(now, hour)
    assert due <= now
    assert now.replace(tzinfo=None) - due.replace(tzinfo=None) < timedelta(days=1)
    assert (due.hour, due.minute) == (hour.hour, hour.minute)

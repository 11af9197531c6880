"""How long sessions last."""

from chatapp.domain import lifetimes
from chatapp.domain.entities import Session, User

ADA = User(1, "Ada", "member", is_temporary=False)
GUEST = User(2, "Gus", "guest", is_temporary=False)


def test_a_guest_is_signed_in_for_a_day_and_everybody_else_for_a_year() -> None:
    assert lifetimes.of_session(ADA) == 365 * lifetimes.DAY_MS
    assert lifetimes.of_session(GUEST) == lifetimes.DAY_MS


def test_a_session_ends_when_it_is_not_used_or_after_a_year_all_the_same() -> None:
    def session(last_used_at: int) -> Session:
        return Session(b"", ADA, 1, 0, lifetimes.SESSION_MS, last_used_at)

    assert lifetimes.end_of(session(0)) == 90 * lifetimes.DAY_MS
    assert lifetimes.end_of(session(300 * lifetimes.DAY_MS)) == lifetimes.SESSION_MS

"""How long things last that let somebody in. Milliseconds."""

from chatapp.domain.entities import User
from chatapp.domain.policies import GUEST

DAY_MS = 24 * 3600 * 1000
SESSION_MS = 365 * DAY_MS
GUEST_MS = DAY_MS
"""A guest leaves no account after a day (issue 5)."""


def of_session(user: User) -> int:
    """How long a session of this person lasts at the most, however much it is used."""
    return GUEST_MS if user.role == GUEST else SESSION_MS

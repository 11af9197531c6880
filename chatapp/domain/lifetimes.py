"""How long things last that let somebody in. Milliseconds.

A session ends `SESSION_MS` after it began however much it is used, and `IDLE_MS` after it was used last: for a chat
that people come back to after a vacation without a password, both are long (OWASP ASVS 5.0, 7.3, asks for the two to be
set and documented). Being connected is using it. A guest's last as long as the guest.
"""

from chatapp.domain.entities import Session, User
from chatapp.domain.policies import GUEST

MINUTE_MS = 60 * 1000
DAY_MS = 24 * 3600 * 1000
SESSION_MS = 365 * DAY_MS
IDLE_MS = 90 * DAY_MS
GUEST_MS = DAY_MS
"""A guest leaves no account after a day (issue 5)."""
COOKIE_SECONDS = (SESSION_MS + GUEST_MS) // 1000
"""How long a browser keeps a session's cookie: a guest who is made a member has a year from that moment on."""
USE_MS = 5 * MINUTE_MS
"""When a session was last used is noted no more often."""
DEVICE_SECONDS = 400 * 24 * 3600
"""How long a browser is known again: browsers keep no cookie longer (RFC 6265bis, section 5.5)."""


def of_session(user: User) -> int:
    """How long a session of this person lasts at the most, however much it is used."""
    return GUEST_MS if user.role == GUEST else SESSION_MS


def end_of(session: Session) -> int:
    """When a session ends unless it is used before."""
    return min(session.expires_at, session.last_used_at + IDLE_MS)

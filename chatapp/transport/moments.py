"""Times as requests name them."""

from datetime import UTC, datetime

from chatapp.errors import BadRequest


def moment(field: str, text: str | None) -> int | None:
    """A time in milliseconds; a date alone is its beginning, a time without a zone is UTC. Raises BadRequest."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
        return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp() * 1000)
    except (ValueError, OverflowError):
        raise BadRequest(f"`{field}` must be a time such as 2026-01-31T09:30:00Z.", field=field) from None

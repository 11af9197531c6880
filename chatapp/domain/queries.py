"""The line in which people say what they look for.

Words that must all occur, each anywhere, also inside of other words; `"several words"` as they stand; and what narrows
it: `from:name`, `in:room`, `before:2026-01-31`, `after:2026-01-31`, `has:link`. Names with spaces stand in quotes:
`in:"Tech Talk"`. Of several names any will do. What is none of these is a word, so that every line means something.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime

from msgspec import Struct

from chatapp.domain.folding import fold

LONGEST = 200
"""Code points of a line (wire contract)."""

_PARTS = re.compile(r'(?:(?P<key>\w+):)?(?:"(?P<quoted>[^"]*)"?|(?P<plain>[^\s"]+))')
_LINK = re.compile(r"https?://[^\s/]", re.IGNORECASE)


class Query(Struct, frozen=True):
    """What a message must be: say all of `terms` (folded), be by one of `people` and in one of `rooms` where any are
    named, be sent at or after `since` and before `until` (UTC milliseconds), and hold a link.
    """

    terms: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    rooms: tuple[str, ...] = ()
    since: int | None = None
    until: int | None = None
    has_link: bool = False


def parse(line: str) -> Query:
    """What a line means; nothing is wrong in any line. A day begins at midnight UTC."""
    found: dict[str, list[str]] = {"from": [], "in": []}
    terms: list[str] = []
    since, until, links = [], [], False
    for part in _PARTS.finditer(line):
        key, value = part["key"], part["quoted"] if part["quoted"] is not None else part["plain"]
        key = key.lower() if key else ""
        if key in found and value.strip("@# "):
            found[key].append(value.strip("@# "))
        elif key == "after" and (day := _day(value)) is not None:
            since.append(day)
        elif key == "before" and (day := _day(value)) is not None:
            until.append(day)
        elif key == "has" and value.lower() == "link":
            links = True
        else:
            terms.append(value if not key else f"{key}:{value}")
    folded = tuple(dict.fromkeys(term for term in map(fold, terms) if term))
    return Query(
        folded,
        tuple(found["from"]),
        tuple(found["in"]),
        max(since, default=None),
        min(until, default=None),
        links,
    )


def says(terms: tuple[str, ...], text: str) -> bool:
    """Whether a text says all of the terms."""
    folded = fold(text)
    return all(term in folded for term in terms)


def has_link(text: str) -> bool:
    """Whether a text holds the address of a page."""
    return _LINK.search(text) is not None


def later(one: int | None, other: int | None) -> int | None:
    """The later of two times, of which either may be missing."""
    return _chosen(max, one, other)


def earlier(one: int | None, other: int | None) -> int | None:
    """The earlier of two times, of which either may be missing."""
    return _chosen(min, one, other)


def _chosen(choose: Callable[[int, int], int], one: int | None, other: int | None) -> int | None:
    if one is None or other is None:
        return other if one is None else one
    return choose(one, other)


def _day(text: str) -> int | None:
    """When a day begins, None where that is none."""
    try:
        return int(datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).timestamp() * 1000)
    except (ValueError, OverflowError):
        return None

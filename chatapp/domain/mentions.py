"""Mentions: where a text names people.

`@` and a name, where no letter or digit stands before it and outside of code. Where the name ends is not always to be
seen: a full stop may belong to it, and many scripts put no space between words. So each place gives several readings,
and the longest that is somebody's name counts.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from itertools import takewhile

from chatapp.domain import names

MOST = 50
"""Places looked at in one message."""

_CODE = re.compile(r"(`{3,}).*?(?:\1|\Z)|(`{1,2})(?!`).+?\2(?!`)", re.DOTALL)
_PLACE = re.compile(r"(?<!\w)@([^\s@]{1,64})")

Readings = tuple[str, ...]
"""What one place may name, folded as names are, the longest first."""


def find(text: str) -> tuple[Readings, ...]:
    """The places of a text that may name people."""
    if "@" not in text:
        return ()
    places = _PLACE.findall(_CODE.sub(" ", text))[:MOST]
    return tuple(_readings("".join(takewhile(names.is_allowed, run))[: names.LONGEST]) for run in places)


def resolve(places: Iterable[Readings], owners: Mapping[str, int]) -> list[int]:
    """The people named, each once, in the order of the text; `owners` has folded names and whose they are."""
    first = (next((owners[one] for one in readings if one in owners), None) for readings in places)
    return list(dict.fromkeys(one for one in first if one is not None))


def _readings(run: str) -> Readings:
    ends = [end for end in range(len(run), names.SHORTEST - 1, -1) if end == len(run) or _may_end(run, end)]
    return tuple(dict.fromkeys(names.fold(run[:end]) for end in ends))


def _may_end(run: str, end: int) -> bool:
    """Whether a name may end before this character: punctuation, or a script that puts no spaces between words."""
    return run[end] in "._-" or "Lo" in (unicodedata.category(run[end]), unicodedata.category(run[end - 1]))

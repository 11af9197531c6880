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

# Fenced, to the fence that closes it or the end; and within a paragraph, between as many backticks. (Markdown has no
# limit of three there. Without one, texts made for it take time that grows faster than they do.)
_CODE = re.compile(
    r"^ {0,3}(`{3,}(?=[^`\n]*$)|~{3,}).*?(?:^ {0,3}\1|\Z)|(?<!`)(`{1,3})(?!`)(?:(?!\n\s*\n).)+?(?<!`)\2(?!`)",
    re.DOTALL | re.MULTILINE,
)
_PLACE = re.compile(r"(?<![^\W_])(?<!@)@([^\s@]{1,64})")

Readings = tuple[str, ...]
"""What one place may name, folded as names are, the longest first."""


def find(text: str) -> tuple[Readings, ...]:
    """The places of a text that may name people."""
    if _PLACE.search(text) is None:
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
    last, following = (unicodedata.category(character) for character in run[end - 1 : end + 1])
    # A mark belongs to the letter before it.
    return run[end] in "._-" or following == "Lo" or (last == "Lo" and following[0] != "M")

"""The piece of a message that shows why it was found, with what was looked for marked."""

import re
import unicodedata
from collections.abc import Iterator, Sequence

from msgspec import Struct

from chatapp.domain.folding import fold

LONGEST = 180
"""Code points of a snippet: two lines in the panel of results."""
BEFORE = 40
"""How many of them stand before the first mark at most."""

# Characters that go on with the one before: marks, Korean vowels and endings, and half-width sound marks.
_GOES_ON = re.compile("[\u1160-\u11ff\u3099\u309a\uff9e\uff9f\ud7b0-\ud7fb\u200d]")


class Piece(Struct, frozen=True, omit_defaults=True):
    """Some text; `mark` where it is what was looked for."""

    text: str
    mark: bool = False


def snippet(text: str, terms: Sequence[str]) -> list[Piece]:
    """At most `LONGEST` code points of a text around the first of the (folded) terms, and `…` where it was cut."""
    marks = _marks(text, terms)
    first = marks[0][0] if marks else 0
    begin = 0 if first <= BEFORE or len(text) <= LONGEST else _word(text, first - BEFORE, first)
    end = min(len(text), begin + LONGEST)
    pieces = [Piece("…")] if begin else []
    at = begin
    for start, stop in marks:
        if start >= end:
            break
        if start > at:
            pieces.append(Piece(text[at:start]))
        pieces.append(Piece(text[start : min(stop, end)], mark=True))
        at = min(stop, end)
    rest = text[at:end] + ("…" if end < len(text) else "")
    return [*pieces, Piece(rest)] if rest else pieces


def _word(text: str, earliest: int, latest: int) -> int:
    """Where to begin between two places: after the first space, else at the first."""
    space = re.compile(r"\s").search(text, earliest, latest)
    return earliest if space is None else space.end()


def _marks(text: str, terms: Sequence[str]) -> list[tuple[int, int]]:
    """Where in the text the terms stand, in order, none over another."""
    folded, places = _aligned(text)
    found = sorted(
        (places[match.start()][0], places[match.end() - 1][1])
        for term in terms
        for match in re.finditer(re.escape(term), folded)
    )
    marks: list[tuple[int, int]] = []
    for start, stop in found:
        if marks and start <= marks[-1][1]:
            marks[-1] = marks[-1][0], max(stop, marks[-1][1])
        else:
            marks.append((start, stop))
    return marks


def _aligned(text: str) -> tuple[str, list[tuple[int, int]]]:
    """The text folded, and for each of its characters from where to where in the text it comes."""
    folded: list[str] = []
    places: list[tuple[int, int]] = []
    for start, stop in _clusters(text):
        cluster = text[start:stop]
        made = " " if cluster.isspace() else fold(cluster)
        if made == " " and folded[-1:] in ([], [" "]):
            continue
        folded += made
        places += [(start, stop)] * len(made)
    return "".join(folded), places


def _clusters(text: str) -> Iterator[tuple[int, int]]:
    """From where to where each character goes with what belongs to it."""
    start = 0
    for at in range(1, len(text) + 1):
        if at == len(text) or not (unicodedata.combining(text[at]) or _GOES_ON.match(text[at])):
            yield start, at
            start = at

"""What texts are compared by when they are searched: no case, no accents, no difference that is only one of writing.

Compatibility forms are one (NFKC: `ﬁ` is `fi`, full width is half width), case is folded in full (`ß` is `ss`), marks
that a reader of Latin, Greek, Cyrillic, Hebrew or Arabic may leave out are left out, and so is what cannot be seen.
The marks of other scripts stay: in Japanese or Hindi they make another letter.
"""

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise

# Combining marks of the scripts named above, for symbols, and variation selectors.
_MARKS = (
    *((0x0300, 0x036F), (0x0483, 0x0489), (0x0591, 0x05BD), (0x05BF, 0x05BF), (0x05C1, 0x05C2), (0x05C4, 0x05C5)),
    *((0x05C7, 0x05C7), (0x0610, 0x061A), (0x0640, 0x0640), (0x064B, 0x065F), (0x0670, 0x0670), (0x06D6, 0x06DC)),
    *((0x06DF, 0x06E4), (0x06E7, 0x06E8), (0x06EA, 0x06ED), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0x20D0, 0x20FF)),
    *((0xFE00, 0xFE0F), (0xFE20, 0xFE2F), (0xE0100, 0xE01EF)),
)
# Letters with a stroke or joined, which Unicode takes for letters of their own and a keyboard without them cannot type.
_LETTERS = {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "\u0131": "i", "ŧ": "t", "æ": "ae", "œ": "oe", "þ": "th"}
_FOLDED = str.maketrans(
    {**dict.fromkeys(chr(code) for first, last in _MARKS for code in range(first, last + 1)), **_LETTERS}
)
# Formatting nobody sees: soft hyphens, joiners, direction marks, and controls that are no space.
_UNSEEN = frozenset({"Cf", "Cc"})
_RUN = re.compile(
    "[\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U0001b000-\U0001b16f\U00020000-\U0003ffff]+"
)


def fold(text: str) -> str:
    """The text as it is compared; spaces, also several and line ends, are one space, and none stands at the ends.

    Folding what is folded changes nothing.
    """
    if text.isascii():
        return _seen(text.lower())
    folded = _fold(text)
    # One character in some thousands comes apart into one that has a case or a mark of its own.
    while (again := _fold(folded)) != folded:
        folded = again
    return folded


def grams(folded: str) -> Iterator[str]:
    """The Chinese, Japanese and Korean characters of a folded text, and the pairs of neighbours among them."""
    for run in _RUN.findall(folded):
        yield from run
        yield from map("".join, pairwise(run))


def _fold(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).translate(_FOLDED).casefold()
    plain = unicodedata.normalize("NFKD", plain).translate(_FOLDED)
    return unicodedata.normalize("NFC", _seen(plain))


def _seen(text: str) -> str:
    """The words as they are seen, with one space between two."""
    words = text.split()
    # Few texts hold what is not seen, and to look at each character costs more than all else here.
    if not text.isprintable():
        words = [word for word in map(_seen_of, words) if word]
    return " ".join(words)


def _seen_of(word: str) -> str:
    if word.isprintable():
        return word
    return "".join(one for one in word if unicodedata.category(one) not in _UNSEEN)

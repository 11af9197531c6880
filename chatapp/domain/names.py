"""Which names a person may have, and when two names are one.

A name is prepared by the PRECIS profile UsernameCasePreserved (RFC 8265) and compared by its skeleton: lower case
folded and every character replaced by the one it can be mistaken for (Unicode Technical Standard 39, section 4), so
that `Ada`, `ada` and a look-alike in another alphabet are one name.
"""

import unicodedata

from precis_i18n import get_profile

from chatapp.domain.confusables import PROTOTYPES
from chatapp.errors import BadRequest, TooLong

SHORTEST = 2
LONGEST = 32

_PROFILE = get_profile("UsernameCasePreserved")
_RULE = f"A username has {SHORTEST} to {LONGEST} letters, digits, _ - or . and no spaces."


def prepare(name: str) -> str:
    """The name in the form it is kept and shown. Raises BadRequest or TooLong, in words."""
    name = name.strip()
    if not name:
        raise BadRequest("Username cannot be empty", field="username")
    if len(name) > LONGEST:
        raise TooLong(f"A username has at most {LONGEST} characters.", field="username")
    try:
        name = _PROFILE.enforce(name)
    except UnicodeEncodeError:
        raise BadRequest(_RULE, field="username") from None
    if len(name) < SHORTEST or not all(map(is_allowed, name)) or not any(map(str.isalnum, name)):
        raise BadRequest(_RULE, field="username")
    return name


def is_allowed(character: str) -> bool:
    """Whether a name may hold this character."""
    # Marks belong to the letters of many scripts; a name of marks alone fails for want of a letter.
    return character in "_-." or unicodedata.category(character)[0] in "LMN"


def fold(name: str) -> str:
    """The key under which a name is unique: two names with the same key are one name."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return unicodedata.normalize("NFD", _skeleton(_skeleton(folded).casefold()))


def _skeleton(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text)
    return "".join(PROTOTYPES.get(character, character) for character in decomposed)

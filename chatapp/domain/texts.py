"""What a message may say."""

import re

from chatapp.errors import BadRequest, TooLong

# C0 and C1 controls but newline and tab, and DEL: they carry nothing a reader can see.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_ANYTHING = re.compile(r"[^\x00-\x08\x0b-\x1f\x7f-\x9f\s]")
_MUCH = 10
"""Times as long as it may be: such a text is not even cleaned, since that takes its time. Nobody types one."""


def clean(text: str, longest: int) -> str:
    """The text as it is stored: line ends unified, controls removed, trimmed. Empty when nothing is left.

    Raises TooLong beyond `longest` code points, counted after cleaning, as the composer counts.
    """
    if len(text) > _MUCH * longest:
        raise _too_long(text, longest)
    text = _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if len(text) > longest:
        raise _too_long(text, longest)
    return text


def demand(text: str, longest: int) -> str:
    """As `clean`, but nothing left is BadRequest."""
    cleaned = clean(text, longest)
    if not cleaned:
        raise BadRequest("A message cannot be empty.", field="message")
    return cleaned


def is_empty(text: str) -> bool:
    """Whether nothing of the text would be left."""
    return _ANYTHING.search(text) is None


def _too_long(text: str, longest: int) -> TooLong:
    return TooLong(f"A message has at most {longest} characters; this one has {len(text)}.", field="message")

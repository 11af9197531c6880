"""Writes chatapp/domain/confusables.py from Unicode's list of look-alikes, as confusable-homoglyphs carries it.


Run it when that package brings a newer list: `python packaging/make_confusables.py`.
"""

import unicodedata
from pathlib import Path

from confusable_homoglyphs.confusables import confusables_data

TARGET = Path(__file__).resolve().parent.parent / "chatapp" / "domain" / "confusables.py"
HEADER = '''"""Letters and digits that can be mistaken for another, made by packaging/make_confusables.py; do not edit.

Source: Unicode Technical Standard 39, confusables.txt; single letters and digits in folded form only.
`PAIRS` is look-alike, prototype, look-alike, prototype, …
"""

# ruff: noqa: RUF001
PAIRS = (
'''
FOOTER = """)

PROTOTYPES = dict(zip(PAIRS[::2], PAIRS[1::2], strict=True))
"""


def folded(text: str) -> str | None:
    """The character as it stands in a folded name, or None where it cannot stand in one."""
    text = unicodedata.normalize("NFKC", text).casefold()
    return text if len(text) == 1 and unicodedata.category(text)[0] in "LN" else None


def prototypes() -> dict[str, str]:
    """Each look-alike with the first character that it can be mistaken for; ASCII comes first and is never replaced."""
    found: dict[str, str] = {}
    for character, others in sorted(confusables_data.items()):
        targets = {target for entry in others if (target := folded(entry["c"])) is not None}
        letter = folded(character)
        if letter is not None and not letter.isascii() and targets:
            found[letter] = min({found.get(letter, letter), *targets})
    return {letter: _last(found, letter) for letter in sorted(found) if found[letter] != letter}


def _last(found: dict[str, str], letter: str) -> str:
    while found.get(letter, letter) != letter:
        letter = found[letter]
    return letter


def main() -> None:
    """Write the table, eighty pairs a line."""
    pairs = "".join(look_alike + prototype for look_alike, prototype in prototypes().items())
    lines = [f'    "{pairs[start : start + 80]}"\n' for start in range(0, len(pairs), 80)]
    TARGET.write_text(HEADER + "".join(lines) + FOOTER, encoding="utf-8")


if __name__ == "__main__":
    main()

"""The interface finds each text that it asks for, where it asks for it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from chatapp.domain.audit import ACTIONS

FRONTEND = Path(__file__).resolve().parents[2] / "frontend"
SOURCES = FRONTEND / "src"
CATALOGUE = json.loads((FRONTEND / "locales" / "en.json").read_text())
# A key as it stands in the code, and the beginning of one that is put together.
KEY = re.compile(r"'([a-z_]+(?:\.[a-z_\d]+)+)'")
BEGINNING = re.compile(r"`([a-z_]+\.[a-z_\d.]*)\$\{")
IMPORT = re.compile(r"^(?:import|export) [^;]*?from '(\.[^']+\.js)'", re.MULTILINE)


def keys(of: dict[str, object], before: str = "") -> Iterator[str]:
    """All keys of the catalogue; plural forms are one text."""
    for name, entry in of.items():
        if isinstance(entry, dict) and "other" not in entry:
            yield from keys(entry, f"{before}{name}.")
        else:
            yield before + name


KEYS = {*keys(CATALOGUE)}


def asked(file: Path) -> set[str]:
    """The keys in a source, and the beginnings of keys."""
    source = file.read_text()
    return {key for key in KEY.findall(source) + BEGINNING.findall(source) if key.split(".")[0] in CATALOGUE}


def loaded_at_once() -> set[Path]:
    """The sources that a page loads before anything is asked for."""
    found: set[Path] = set()
    to_see = [SOURCES / "main.js"]
    while to_see:
        file = to_see.pop()
        if file not in found:
            found.add(file)
            to_see += [(file.parent / name).resolve() for name in IMPORT.findall(file.read_text())]
    return found


def test_each_key_in_the_code_has_its_text() -> None:
    wanted = {key: file.name for file in SOURCES.rglob("*.js") for key in asked(file)}
    assert len(wanted) > 500
    missing = {key: file for key, file in wanted.items() if key not in KEYS}
    assert {key: file for key, file in missing.items() if not any(one.startswith(key) for one in KEYS)} == {}


def test_what_a_page_loads_at_once_asks_for_no_text_that_comes_later() -> None:
    (later,) = re.findall(r"panel: \[(.*?)\]", (FRONTEND / "vite.config.js").read_text(), re.DOTALL)
    # A goodbye is said when its words have come (main.js).
    groups = {*re.findall(r"'(\w+)'", later)} - {"farewell"}
    assert groups <= CATALOGUE.keys()
    files = loaded_at_once()
    assert SOURCES / "views" / "composer.js" in files
    assert SOURCES / "views" / "host-panel.js" not in files
    assert {key: file.name for file in files for key in asked(file) if key.split(".")[0] in groups} == {}


def test_every_act_has_its_sentence() -> None:
    assert {*CATALOGUE["audit_act"]} == {*ACTIONS}

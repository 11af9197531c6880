"""What a browser fetches before anything is seen: at most 100 kB of JavaScript and 20 kB of styles, as it is sent."""

import re

from tests.e2e.chats import BUILT

LINKED = re.compile(r'(?:src|href)="/static/(assets/[^"]+\.(js|css))"')
MOST = {"js": 100_000, "css": 20_000}


def test_the_first_load_is_light() -> None:
    weights = dict.fromkeys(MOST, 0)
    for path, kind in LINKED.findall(BUILT.read_text()):
        weights[kind] += (BUILT.parent / f"{path}.gz").stat().st_size
    assert {kind: weight for kind, weight in weights.items() if not 0 < weight <= MOST[kind]} == {}

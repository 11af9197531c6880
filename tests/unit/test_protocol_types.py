"""The browser app's types are those of the server."""

import protocol_types


def test_the_browser_apps_types_are_up_to_date() -> None:
    assert protocol_types.TARGET.read_text(encoding="utf-8") == protocol_types.text(), (
        "Run `.venv/bin/python packaging/protocol_types.py`."
    )

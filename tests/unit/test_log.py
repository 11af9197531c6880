"""What is written to the log is one record a line, whatever a client put into it."""

import logging

import pytest

from chatapp.cli import _FORMAT, _Lines


def written(message: str, *arguments: object, error: Exception | None = None) -> list[str]:
    """The lines of a record, without when it was."""
    failure = (type(error), error, error.__traceback__) if error is not None else None
    record = logging.LogRecord("chatapp", logging.ERROR, "", 0, message, arguments, failure)
    text = _Lines(_FORMAT).format(record)
    return [line[24:] if place == 0 else line for place, line in enumerate(text.split("\n"))]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("a\nb", r"a\nb"),
        ("a\r\nb", r"a\r\nb"),
        ("\x1b[2Ja", r"\x1b[2Ja"),
        ("a\u2028b\x85c", r"a\u2028b\x85c"),
        ("\u202eab", r"\u202eab"),
        ("Zoë 👍", "Zoë 👍"),
        ("\ud800", r"\ud800"),
    ],
)
def test_what_would_begin_a_line_or_drive_a_terminal_is_written_out(text: str, shown: str) -> None:
    assert written("GET %s failed", text) == [f"ERROR    chatapp: GET {shown} failed"]


def test_a_traceback_stands_indented_below_its_record() -> None:
    forged = ValueError("x\n2026-01-01 00:00:00,000 ERROR    chatapp: forged\x1b[2J")
    first, *rest = written("It failed", error=forged)
    assert first == "ERROR    chatapp: It failed"
    assert any("forged" in line for line in rest)
    assert all(line.startswith("    ") and "\x1b" not in line for line in rest)

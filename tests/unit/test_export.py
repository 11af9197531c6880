"""The forms of an export, message by message."""

import csv
import io
import json

import pytest

from chatapp.domain.events import NewMessage
from chatapp.services.export import _FORMATS


def said(text: str, by: str = "Ada") -> NewMessage:
    """A message with this text."""
    return NewMessage("7", "general", 1, 1, "5", by, text, "09:30:00", "2026-01-31", "2026-01-31T09:30:00.123Z")


def in_csv(message: NewMessage) -> dict[str, str]:
    """The message as a reader of the table gets it."""
    _, head, write, between, tail = _FORMATS["csv"]
    (row,) = csv.DictReader(io.StringIO((head + between.join([write(message)]) + tail).decode()))
    return row


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x","y")'])
def test_a_spreadsheet_runs_no_formula(text: str) -> None:
    assert in_csv(said(text))["message"] == f"'{text}"
    assert in_csv(said("Hello", by=text))["username"] == f"'{text}"


@pytest.mark.parametrize("text", ["Hello", 'say "hi", twice', "two\nlines", "1 - 2 = -1", "Grüße, 美咲 😀"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert in_csv(said(text))["message"] == text


def test_a_line_of_ndjson_is_the_message_in_full() -> None:
    line = _FORMATS["ndjson"][2](said("two\nlines"))
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert json.loads(line) == {
        "id": "7",
        "room": "general",
        "seq": 1,
        "rev": 1,
        "user_id": "5",
        "username": "Ada",
        "message": "two\nlines",
        "timestamp": "09:30:00",
        "date": "2026-01-31",
        "created_at": "2026-01-31T09:30:00.123Z",
    }


@pytest.mark.parametrize("count", [0, 1, 3])
def test_the_json_form_is_one_document(count: int) -> None:
    _, head, write, between, tail = _FORMATS["json"]
    made = head + between.join(write(said(f"Number {number}")) for number in range(count)) + tail
    assert [one["message"] for one in json.loads(made)["messages"]] == [f"Number {n}" for n in range(count)]

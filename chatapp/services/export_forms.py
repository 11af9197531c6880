"""The forms of a room's archive: what stands before, between and after the pages, and what becomes of a page."""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import Any, Literal

import msgspec
from msgspec import Struct

from chatapp.domain.archives import ArchivedMessage
from chatapp.services import export_page

Format = Literal["ndjson", "json", "csv", "txt", "html"]

COLUMNS = (
    "id", "room", "seq", "created_at", "user_id", "username", "message",
    "edited_at", "deleted", "reply_to", "mentions", "reactions",
)  # fmt: skip
_READ = msgspec.json.Decoder(ArchivedMessage)


class Form(Struct, frozen=True):
    """How a room is written: `head` is given its name; `page` the messages of one, or its lines as they are where it
    `takes_lines`, with the day of the message before; `between` stands between two pages; `tail` is given how many
    messages there were on each day, in order.
    """

    media_type: str
    head: Callable[[str], bytes]
    page: Callable[[Any, str], bytes]
    tail: Callable[[Sequence[tuple[str, int]]], bytes]
    between: bytes = b""
    with_replied: bool = False
    takes_lines: bool = False


def read(lines: bytes) -> list[ArchivedMessage]:
    """The messages of a page."""
    return _READ.decode_lines(lines)


def csv_row(values: Iterable[str]) -> bytes:
    """A line of a CSV file (RFC 4180), of which no spreadsheet makes a formula."""
    return _csv([values])


def _csv(rows: Iterable[Iterable[str]]) -> bytes:
    table = io.StringIO()
    csv.writer(table, lineterminator="\r\n").writerows(map(_harmless, row) for row in rows)
    return table.getvalue().encode()


def _harmless(value: str) -> str:
    # A spreadsheet runs what begins like a formula (OWASP, CSV Injection); an apostrophe makes it text.
    return f"'{value}" if value.startswith(("=", "+", "-", "@", "\t", "\r")) else value


def _csv_page(messages: Sequence[ArchivedMessage], _day: str) -> bytes:
    return _csv(map(_cells, messages))


def _cells(one: ArchivedMessage) -> tuple[str, ...]:
    return (
        one.id, one.room, str(one.seq), one.created_at, one.user_id, one.username, one.message,
        one.edited_at or "", "true" if one.deleted else "", one.reply_to or "", " ".join(one.mentions or ()),
        " ".join(f"{emoji} {len(people)}" for emoji, people in (one.reactions or {}).items()),
    )  # fmt: skip


def _text_page(messages: Sequence[ArchivedMessage], day: str) -> bytes:
    written = []
    for date, these in groupby(messages, key=lambda one: one.date):
        if date != day:
            written.append(f"\n{date}\n\n")
        written += map(_in_text, these)
    return "".join(written).encode()


def _in_text(one: ArchivedMessage) -> str:
    # What is said goes on indented: a line that begins with a bracket is a message, whatever people say.
    said = "(deleted)" if one.deleted else one.message.replace("\n", "\n    ")
    edited = " (edited)" if one.edited_at else ""
    reply = ""
    if one.replied is not None:
        reply = f"    > {one.replied.username}: {' '.join(one.replied.message.split())}\n"
    reactions = ", ".join(
        f"{emoji} {', '.join(one.people.get(who, '?') for who in people)}"
        for emoji, people in (one.reactions or {}).items()
    )
    return f"[{one.timestamp}] {one.username}: {said}{edited}\n{reply}" + (f"    {reactions}\n" if reactions else "")


def _html_page(messages: Sequence[ArchivedMessage], day: str) -> bytes:
    return export_page.section(messages, day).encode()


FORMS: dict[Format, Form] = {
    "ndjson": Form(
        "application/x-ndjson",
        lambda _: b"",
        lambda lines, _: lines,
        lambda _: b"",
        takes_lines=True,
    ),
    "json": Form(
        "application/json",
        lambda _: b'{"messages":[\n',
        # No line holds a line end of its own.
        lambda lines, _: lines[:-1].replace(b"\n", b",\n"),
        lambda _: b"\n]}\n",
        between=b",\n",
        takes_lines=True,
    ),
    "csv": Form("text/csv; charset=utf-8", lambda _: csv_row(COLUMNS), _csv_page, lambda _: b""),
    "txt": Form(
        "text/plain; charset=utf-8", lambda name: f"{name}\n".encode(), _text_page, lambda _: b"", with_replied=True
    ),
    "html": Form(
        "text/html; charset=utf-8",
        lambda name: export_page.head(name).encode(),
        _html_page,
        lambda days: export_page.tail(days).encode(),
        with_replied=True,
    ),
}

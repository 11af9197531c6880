"""The forms of an export, message by message."""

import csv
import io
import json
import re

import msgspec
import pytest

from chatapp.domain.archives import ArchivedMessage, Replied
from chatapp.services import export_page
from chatapp.services.export_forms import FORMS, csv_row

SCRIPTS = (
    "<script>document.title = 'run'</script>",
    "</section></main><script>document.title = 'run'</script>",
    "<img src=x onerror=\"document.title = 'run'\">",
    "<!-- <svg/onload=document.title='run'>",
    "https://example.org/\"onmouseover='document.title=`run`'",
    "https://example.org/?a=<b>&c",
    "javascript:document.title='run'",
    "&lt;script&gt;",
)


def said(text: str, by: str = "Ada", **more: object) -> ArchivedMessage:
    """A message with this text."""
    one = ArchivedMessage(
        "7", "general", 1, "5", by, text, "2026-01-31T09:30:00.123Z", 1, timestamp="09:30:00", date="2026-01-31"
    )
    return msgspec.structs.replace(one, **more)


def in_csv(message: ArchivedMessage) -> dict[str, str]:
    """The message as a reader of the table gets it."""
    form = FORMS["csv"]
    (row,) = csv.DictReader(io.StringIO((form.head("General") + form.page([message], "")).decode(), newline=""))
    return row


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x","y")'])
def test_a_spreadsheet_runs_no_formula(text: str) -> None:
    assert in_csv(said(text))["message"] == f"'{text}"
    assert in_csv(said("Hello", by=text))["username"] == f"'{text}"
    assert next(csv.reader([csv_row([text]).decode()]))[0].startswith("'")


@pytest.mark.parametrize("text", ["Hello", 'say "hi", twice', "two\nlines", "1 - 2 = -1", "Grüße, 美咲 😀"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert in_csv(said(text))["message"] == text


@pytest.mark.parametrize("count", [0, 1, 3])
def test_the_json_form_is_one_document(count: int) -> None:
    form = FORMS["json"]
    lines = b"".join(json.dumps({"message": f"Number {number}"}).encode() + b"\n" for number in range(count))
    made = form.head("") + (form.page(lines, "") if count else b"") + form.tail([])
    assert [one["message"] for one in json.loads(made)["messages"]] == [f"Number {n}" for n in range(count)]


def test_a_text_file_says_the_day_once_and_indents_what_goes_on() -> None:
    one = said("two\n[09:31:00] Eve: lines", replied=Replied("Bo", "What\nis it?"), reply_to="3", edited_at="x")
    liked = said("Yes", reactions={"👍": ["5", "6"]}, people={"5": "Ada", "6": "Bo"})
    form = FORMS["txt"]
    assert form.page([one], "").decode() == (
        "\n2026-01-31\n\n[09:30:00] Ada: two\n    [09:31:00] Eve: lines (edited)\n    > Bo: What is it?\n"
    )
    assert form.page([liked], "2026-01-31").decode() == "[09:30:00] Ada: Yes\n    👍 Ada, Bo\n"


@pytest.mark.parametrize("text", SCRIPTS)
def test_the_page_holds_no_markup_but_its_own(text: str) -> None:
    one = said(text, by=text, replied=Replied(text, text), reply_to="3", reactions={"👍": ["5"]}, people={"5": text})
    page = export_page.head(text) + export_page.section([one], "") + export_page.tail([("2026-01-31", 1)])
    tags = {tag.lower() for tag in re.findall(r"<\s*/?\s*([a-zA-Z!][\w-]*)", page)}
    assert tags <= {
        *("!doctype", "html", "head", "meta", "title", "style", "body", "header", "h1", "form", "label", "input"),
        *("span", "a", "main", "section", "h2", "article", "b", "bdi", "time", "small", "p", "blockquote", "nav"),
        *("ol", "li", "script", "details", "summary"),
    }
    assert page.count("<script>") == page.count("<style>") == 1
    handlers = re.compile(r"<[^>]*\son\w+\s*=")
    assert not handlers.search(re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL))
    assert 'href="javascript' not in page


def test_an_address_is_a_link_without_what_ends_the_sentence() -> None:
    page = export_page.section([said("See https://example.org/a?b=1&c=2, please.")], "")
    address = "https://example.org/a?b=1&amp;c=2"
    assert f'<a href="{address}" rel="noreferrer noopener">{address}</a>, please.' in page

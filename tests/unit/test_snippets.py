"""What is shown of a message that was found."""

from hypothesis import given
from hypothesis import strategies as st

from chatapp.domain.queries import parse
from chatapp.domain.snippets import LONGEST, Piece, snippet


def shown(text: str, line: str) -> str:
    """The snippet with marks in brackets."""
    return "".join(f"[{one.text}]" if one.mark else one.text for one in snippet(text, parse(line).terms))


def test_what_was_looked_for_is_marked_as_it_was_written() -> None:
    assert shown("Die Straße am Café", "strasse cafe") == "Die [Straße] am [Café]"
    assert shown("Die Straße", "s") == "Die [S]tra[ß]e"
    assert shown("We meet\n  today", '"meet today"') == "We [meet\n  today]"
    assert shown("cafe\u0301s", "cafe") == "[cafe\u0301]s"
    assert shown("今日は会議です", "会議") == "今日は[会議]です"
    assert shown("ｶﾞﾗｽ", "ガラ") == "[ｶﾞﾗ]ｽ"
    assert shown("한국어", "국") == "한[국]어"


def test_marks_that_meet_are_one() -> None:
    assert shown("banana", "ban anan") == "[banan]a"


def test_a_long_text_is_cut_around_the_first_mark() -> None:
    text = " ".join(["word"] * 100) + " needle " + " ".join(["tail"] * 100)
    pieces = snippet(text, ("needle",))
    assert pieces[0] == Piece("…")
    assert Piece("needle", mark=True) in pieces
    assert pieces[-1].text.endswith("…")
    assert pieces[1].text.startswith("word")


def test_without_terms_it_is_the_beginning() -> None:
    assert snippet("short", ()) == [Piece("short")]
    assert snippet("", ()) == []


@given(st.text(), st.text(max_size=20))
def test_a_snippet_is_of_the_text_and_short(text: str, line: str) -> None:
    pieces = snippet(text, parse(line).terms)
    told = "".join(one.text for one in pieces)
    assert len(told) <= LONGEST + 2
    assert told.removeprefix("…").removesuffix("…") in text or told in text
    assert all(one.text for one in pieces)


@given(st.text(st.characters(codec="ascii"), min_size=1), st.data())
def test_what_a_text_says_is_marked(text: str, data: st.DataObject) -> None:
    words = parse(text.replace(":", " ").replace('"', " ")).terms
    if words:
        word = data.draw(st.sampled_from(words))
        assert any(one.mark for one in snippet(text, (word,)))

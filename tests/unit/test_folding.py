"""What two texts have in common when one is looked for in the other."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatapp.domain.folding import fold, grams


@pytest.mark.parametrize(
    ("text", "looked_for"),
    [
        ("Straße", "strasse"),
        ("STRASSE", "straße"),
        ("Café", "cafe"),
        ("Cafe\u0301", "café"),
        ("Łódź", "lodz"),
        ("Ærø", "aero"),
        ("İstanbul", "istanbul"),
        ("ığdır", "igdir"),
        ("ΟΔΥΣΣΕΎΣ", "οδυσσευς"),
        ("Ёлка", "елка"),
        ("ﬁnal ﬂight", "final flight"),
        ("Ｆｕｌｌ　ｗｉｄｔｈ", "full width"),
        ("ｶﾞｷﾞ", "ガギ"),
        ("한국어", "한국어"),
        ("שָׁלוֹם", "שלום"),
        ("مَرْحَبًا", "مرحبا"),
        ("soft\u00adware", "software"),
        ("two\n  lines\tand more", "two lines and more"),
        ("❤️", "❤"),
    ],
)
def test_differences_of_writing_are_none(text: str, looked_for: str) -> None:
    assert fold(text) == fold(looked_for)


@pytest.mark.parametrize(("one", "other"), [("か", "が"), ("कि", "की"), ("ก", "กี"), ("하", "한"), ("a", "b")])
def test_another_letter_is_another(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@given(st.text())
def test_folding_what_is_folded_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_case_and_composition_do_not_matter(text: str) -> None:
    assert fold(text.casefold()) == fold(text)
    assert fold(unicodedata.normalize("NFD", text)) == fold(text)
    assert fold(unicodedata.normalize("NFC", text)) == fold(text)


@given(st.text(st.characters(max_codepoint=0x7F)))
def test_the_short_way_for_ascii_leads_to_the_same_place(text: str) -> None:
    assert fold(text) == fold(f"{text}\u0301").removesuffix("\u0301")


@given(st.text())
def test_spaces_are_single_and_never_at_the_ends(text: str) -> None:
    assert fold(text) == " ".join(fold(text).split())


@given(st.text(st.sampled_from("aß \n\u200b\u00ad\x00\ufeff\u3000\u2028é会")))
def test_what_cannot_be_seen_makes_no_difference(text: str) -> None:
    seen = [one for one in text if one.isspace() or unicodedata.category(one) not in {"Cf", "Cc"}]
    assert fold(text) == fold("".join(seen))


def test_characters_and_pairs_stand_for_themselves() -> None:
    assert [*grams("abc 会議 の")] == ["会", "議", "会議", "の"]
    assert [*grams("서버 ok")] == ["서", "버", "서버"]
    assert [*grams("nothing")] == []

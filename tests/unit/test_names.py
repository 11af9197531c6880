"""Names: which there may be, and which two are one."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chatapp.domain import names
from chatapp.errors import BadRequest, ChatError, TooLong

# Every code point there is, halves of surrogate pairs included.
ANYTHING = st.text(st.characters(exclude_categories=[]), max_size=40)


@pytest.mark.parametrize(
    "name",
    [
        "Ada",
        "Bo",
        "ada_lovelace",
        "J.R.R-T",
        "Zoë",
        "Ольга",
        "美咲",
        "أحمد",
        "Δήμητρα",
        "שרה",
        "अनिल",
        "42nd",
        "x" * 32,
    ],
)
def test_letters_digits_and_marks_of_any_script_make_a_name(name: str) -> None:
    assert names.prepare(name) == name


def test_a_name_is_trimmed_and_composed() -> None:
    assert names.prepare("  Ada\n") == "Ada"
    assert names.prepare("Zoe\u0308") == "Zo\u00eb"


def test_full_width_letters_become_the_usual_ones() -> None:
    assert names.prepare("Ａｄａ") == "Ada"


@pytest.mark.parametrize("name", ["", "   ", "\n\t"])
def test_an_empty_name_is_told_in_the_old_words(name: str) -> None:
    with pytest.raises(BadRequest, match=r"^Username cannot be empty$") as refusal:
        names.prepare(name)
    assert refusal.value.field == "username"


@pytest.mark.parametrize(
    "name",
    [
        "A", "Ada Lovelace", "ada@home", "<b>", "a/b", "..", "-_-", "\u0301\u0301", "Ada\0", "Ada\u200b", "Ada\ud800",
        "😀😀", "Ad\u202ea",
    ],
)  # fmt: skip
def test_other_characters_are_refused(name: str) -> None:
    with pytest.raises(BadRequest) as refusal:
        names.prepare(name)
    assert refusal.value.field == "username"


def test_more_than_32_characters_are_too_long() -> None:
    with pytest.raises(TooLong) as refusal:
        names.prepare("x" * 33)
    assert refusal.value.field == "username"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ada", "ada"),
        ("ADA", "ada"),
        ("Ada", "Аda"),
        ("paypal", "раураl"),
        ("Straße", "STRASSE"),
        ("Zoë", "ZOE\u0308"),
        ("Ada", "Ａｄａ"),
        ("soso", "ꜱᴏꜱᴏ"),
        ("ΣΑΣ", "σας"),
    ],
)
def test_cases_and_look_alikes_are_one_name(one: str, other: str) -> None:
    assert names.fold(one) == names.fold(other)


@pytest.mark.parametrize(
    ("one", "other"), [("Ada", "Adam"), ("Bo", "Po"), ("Ольга", "Олег"), ("a.b", "a-b"), ("a_b", "ab")]
)
def test_different_names_stay_different(one: str, other: str) -> None:
    assert names.fold(one) != names.fold(other)


def prepared(text: str) -> str | None:
    """The name, or None when it is refused."""
    try:
        return names.prepare(text)
    except ChatError:
        return None


@given(ANYTHING)
@example("\ud800\udfff")
@example("\u0345" * 32)
@example("\u1e9e" * 32)
def test_any_text_is_a_name_or_refused_in_words(text: str) -> None:
    name = prepared(text)
    if name is not None:
        assert names.SHORTEST <= len(name) <= names.LONGEST
        assert names.prepare(name) == name
        name.encode()


@given(ANYTHING)
def test_the_key_of_a_key_is_itself(text: str) -> None:
    key = names.fold(text)
    assert names.fold(key) == key


@given(st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=32))
def test_a_name_in_another_case_has_the_same_key(text: str) -> None:
    assert names.fold(text.lower()) == names.fold(text)
    assert names.fold(text.casefold()) == names.fold(text)


@given(ANYTHING)
def test_the_key_of_a_name_fits_its_column(text: str) -> None:
    name = prepared(text)
    assert name is None or 0 < len(names.fold(name)) <= 128

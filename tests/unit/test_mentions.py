"""Mentions: where a text names people, and which ones."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatapp.domain import mentions, names

PEOPLE = ["Ada", "Bo", "J.R.R", "Zoë", "美咲", "Anna", "Anna-Lena", "अनिल", "أحمد", "タロー", "Аня"]
ANYTHING = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)


def named(text: str, people: list[str] | None = None) -> list[str]:
    """The people a text names, in the order in which it does."""
    here = people or PEOPLE
    owners = {names.fold(name): number for number, name in enumerate(here)}
    return [here[number] for number in mentions.resolve(mentions.find(text), owners)]


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("@Ada", ["Ada"]),
        ("Hello @Ada and @Bo", ["Ada", "Bo"]),
        ("@Bo, @Ada!", ["Bo", "Ada"]),
        ("@Ada,@Bo;@Zoë", ["Ada", "Bo", "Zoë"]),
        ("@Ada @Bo @Ada", ["Ada", "Bo"]),
        ("two\n@Ada\nlines", ["Ada"]),
        ("(@Ada) \"@Bo\" '@Zoë'", ["Ada", "Bo", "Zoë"]),
        ("**@Ada** _@Bo_ ~~@Zoë~~", ["Ada", "Bo", "Zoë"]),
        ("@Ada's turn", ["Ada"]),
        ("@Ada/@Bo", ["Ada", "Bo"]),
        ("Здравствуй, @Аня!", ["Аня"]),
    ],
)
def test_an_at_sign_and_a_name_is_a_mention(text: str, who: list[str]) -> None:
    assert named(text) == who


@pytest.mark.parametrize(
    "text",
    [
        "Ada",
        "@ Ada",
        "@Nobody",
        "ada@Bo",
        "mail me: me@Ada.example",
        "@Adam",
        "7@Ada",
        "é@Ada",
        "@",
        "@A",
        "@_",
        "@@Ada",
    ],
)
def test_other_at_signs_mention_nobody(text: str) -> None:
    assert named(text) == []


@pytest.mark.parametrize("text", ["@ADA", "@ada", "@Аda", "@Ａｄａ"])
def test_case_and_look_alikes_name_the_same_person(text: str) -> None:
    assert named(text) == ["Ada"]


def test_a_mark_may_stand_apart_from_its_letter() -> None:
    assert named("@Zoe\u0308!") == ["Zoë"]


@pytest.mark.parametrize("after", [".", "...", "-", "_", ",", "!?", ":", ")", "…", "。", "，", "\u2019s", "🎉"])
def test_punctuation_after_a_name_is_none_of_it(after: str) -> None:
    assert named(f"@Ada{after}") == ["Ada"]
    assert named(f"@Ada{after} and more") == ["Ada"]


def test_a_full_stop_may_belong_to_a_name() -> None:
    assert named("@J.R.R wrote it") == ["J.R.R"]
    assert named("It was @J.R.R.") == ["J.R.R"]


def test_the_longest_name_counts() -> None:
    assert named("@Anna-Lena") == ["Anna-Lena"]
    assert named("@Anna-Maria") == ["Anna"]


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("@美咲さん、おはよう", ["美咲"]),
        ("おはよう @美咲", ["美咲"]),
        ("@タローです", ["タロー"]),
        ("@Adaさん", ["Ada"]),
        ("@美咲OK", ["美咲"]),
        ("@美咲、@Bo", ["美咲", "Bo"]),
    ],
)
def test_a_name_ends_where_a_script_without_spaces_goes_on(text: str, who: list[str]) -> None:
    assert named(text) == who


def test_a_mark_is_never_cut_from_its_letter() -> None:
    assert named("@अनिल, नमस्ते") == ["अनिल"]
    assert named("@أحمد،") == ["أحمد"]
    assert named("@अनिल", ["अन"]) == []


@pytest.mark.parametrize(
    "text",
    [
        "`@Ada`",
        "``a ` @Ada``",
        "so ```@Ada``` in a line",
        "```\n@Ada\n```",
        "```python\n@Ada\ndef f(): ...\n```",
        "~~~\n@Ada\n~~~",
        "```\n@Ada, and no fence after it",
        "see `x\n@Ada`",
    ],
)
def test_code_mentions_nobody(text: str) -> None:
    assert named(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "`code` @Ada",
        "```\ncode\n```\n@Ada",
        "~~~\ncode\n~~~\n@Ada `more`",
        "an open ` before @Ada",
        "an open ``` before @Ada",
        "one ` here\n\n@Ada\n\nand one ` there",
        "`` a ` @Ada",
    ],
)
def test_what_only_looks_like_code_is_none(text: str) -> None:
    assert named(text) == ["Ada"]


def test_only_so_many_places_are_looked_at() -> None:
    people = [f"Person-{number}x" for number in range(mentions.MOST + 1)]
    assert named(" ".join(f"@{name}" for name in people), people) == people[: mentions.MOST]


@pytest.mark.parametrize(
    "text",
    ["`" * 20_000, "``a`" * 5_000, "@" * 20_000, "`a\n\n" * 5_000, "```\n" * 5_000, "~~~ `" * 4_000, "\n" * 20_000],
)
def test_no_text_takes_long(text: str) -> None:
    began = time.process_time()
    mentions.find(f"{text}@Ada")
    assert time.process_time() - began < 0.5  # a hundredth of it is usual; what grows with the square takes seconds


@given(ANYTHING)
def test_any_text_is_read_and_every_reading_is_folded(text: str) -> None:
    for readings in mentions.find(text):
        assert all(names.fold(one) == one for one in readings)
        assert len(readings) <= names.LONGEST


@given(st.sampled_from(PEOPLE), ANYTHING)
def test_a_name_that_stands_alone_is_found_whatever_comes_before(name: str, before: str) -> None:
    text = before.replace("`", "").replace("~", "").replace("@", "")
    assert named(f"{text} @{name}") == [name]

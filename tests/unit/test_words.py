"""The phrase one joins with."""

import math

import pytest

from chatapp.domain import words
from chatapp.domain.attempts import PHRASES


def test_the_words_are_many_short_and_no_two_alike() -> None:
    assert len(words.WORDS) == len({*words.WORDS}) == 1_141
    assert all(word.isascii() and word.isalpha() and word.islower() and 3 <= len(word) <= 8 for word in words.WORDS)


def test_a_phrase_is_four_of_them_and_another_each_time() -> None:
    drawn = [words.draw() for _ in range(100)]
    assert len({*drawn}) == 100
    assert all(len(phrase.split()) == words.COUNT and {*phrase.split()} <= {*words.WORDS} for phrase in drawn)


def test_to_try_half_of_all_phrases_takes_centuries() -> None:
    phrases = len(words.WORDS) ** words.COUNT
    assert math.log2(phrases) > 40
    years = phrases / 2 / PHRASES.secret.rate / (365.25 * 24 * 3600)
    assert 530 < years < 540


@pytest.mark.parametrize("given", ["river otter lamp stone", "River-Otter-Lamp-Stone", "  river  otter, lamp – stone "])
def test_however_it_is_typed_it_is_the_phrase(given: str) -> None:
    assert words.is_same(given, "river otter lamp stone")


@pytest.mark.parametrize(
    "given",
    [
        "",
        "river",
        "river otter lamp",
        "otter river lamp stone",
        "river otter lamp stone stone",
        "riverotterlampstone",
        "\ud800",
    ],
)
def test_anything_else_is_not(given: str) -> None:
    assert not words.is_same(given, "river otter lamp stone")

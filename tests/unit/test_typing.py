"""Typing, on a clock that a test moves."""

from collections.abc import Iterator, Sequence

import pytest

from chatapp.domain.entities import User
from chatapp.domain.events import Audience, Event, InRoom, UserTyping
from chatapp.services.typing import MARGIN, QUIET, Typing
from tests.clock import ClockLoop

ADA = User(1, "Ada", "member", is_temporary=False)
TIMEOUT = 3000


class Room:
    """Typing in a room, and what was told of it."""

    def __init__(self) -> None:
        self.loop = ClockLoop()
        self.told: list[bool] = []
        self.typing = Typing(self.hear, TIMEOUT)

    def hear(self, announcements: Sequence[tuple[Event, Audience]]) -> None:
        """Remember what the others heard."""
        for event, audience in announcements:
            assert isinstance(event, UserTyping)
            assert (event.username, event.user_id, event.room) == ("Ada", "1", "general")
            assert audience == InRoom("general", besides=1)
            self.told.append(event.typing)

    def begin(self) -> None:
        """Ada presses a key."""
        self.loop.do(lambda: self.typing.begin(ADA, "general"))

    def end(self) -> None:
        """Ada stops."""
        self.loop.do(lambda: self.typing.end(ADA, "general"))


@pytest.fixture
def room() -> Iterator[Room]:
    """A room with Ada in it."""
    room = Room()
    yield room
    room.loop.close()


def test_typing_expires_by_itself(room: Room) -> None:
    room.begin()
    room.loop.move(TIMEOUT / 1000 + MARGIN - 0.01)
    assert room.told == [True]
    room.loop.move(0.02)
    assert room.told == [True, False]


def test_each_repeat_puts_the_end_off(room: Room) -> None:
    for _ in range(5):
        room.begin()
        room.loop.move(TIMEOUT / 1000 + MARGIN - 0.01)
    assert False not in room.told


def test_repeats_in_quick_succession_are_told_once(room: Room) -> None:
    for _ in range(5):
        room.begin()
        room.loop.move(QUIET / 10)
    assert room.told == [True]


def test_an_end_is_told_once(room: Room) -> None:
    room.end()
    room.begin()
    room.end()
    room.end()
    room.loop.move(60)
    assert room.told == [True, False]


def test_beginning_again_after_an_end_is_told_at_once(room: Room) -> None:
    room.begin()
    room.end()
    room.begin()
    assert room.told == [True, False, True]

"""What a room keeps, of what the chat keeps and what the room has for itself."""

from datetime import time

import pytest
from msgspec.structs import replace

from chatapp.domain.entities import Room
from chatapp.domain.events import Keeps
from chatapp.domain.retention import Kept

GENERAL = Room("general", "General", "", 1, 0, 0, 0)


@pytest.mark.parametrize(
    ("chat", "own", "may_keep_more", "keeps"),
    [
        (365, None, False, 365),
        (365, 30, False, 30),
        (365, 400, False, 365),
        (365, 400, True, 400),
        (365, 0, False, 365),
        (365, 0, True, None),
        (0, None, False, None),
        (0, 30, False, 30),
        (0, 0, False, None),
    ],
)
def test_the_stricter_limit_holds_unless_rooms_may_keep_more(
    chat: int, own: int | None, *, may_keep_more: bool, keeps: int | None
) -> None:
    kept = Kept(chat, chat, time(4), may_keep_more)
    room = Room("general", "General", "", 1, 0, 0, 0, retention_days=own, retention_messages=own)
    assert kept.of(room) == Keeps(keeps, keeps)
    assert kept.is_allowed(own, chat) == (own is None or keeps == (own or None))


def test_days_and_messages_are_limits_of_their_own() -> None:
    assert Kept(10, 0, time(4)).of(GENERAL) == Keeps(days=10)
    assert Kept(0, 10, time(4)).of(GENERAL) == Keeps(messages=10)


def test_a_room_that_is_held_says_so_whatever_it_keeps() -> None:
    held = replace(GENERAL, held_at=1)
    assert Kept(10, 0, time(4)).of(held) == Keeps(days=10, held=True)
    assert Kept(0, 0, time(4)).of(held) == Keeps(held=True)

"""Events of one client that arrive together are begun in their order, however each is handled."""

import json
from typing import Any

import pytest

from tests.conftest import Dial, Serve
from tests.raw import PollingLine, Raw


@pytest.fixture
def transport() -> str:
    """A POST brings many events at once."""
    return "polling"


async def post(raw: Raw, *events: tuple[str, Any]) -> list[int]:
    """Send events in one POST; the numbers of their acks."""
    assert isinstance(raw.line, PollingLine)
    packets = [f"42{number}{json.dumps(event)}" for number, event in enumerate(events, start=500)]
    assert (await raw.line.post("\x1e".join(packets).encode())).status_code == 200
    return list(range(500, 500 + len(events)))


async def test_a_send_does_not_overtake_what_came_before_it(serve: Serve, dial: Dial) -> None:
    chat = await serve(rate_limit=False)
    ada = await dial(chat, "Ada", "general")
    said = (await ada.call("send_message", {"message": "First"}))["message"]
    numbers = await post(
        ada,
        ("edit_message", {"id": said["id"], "message": "Second"}),
        ("send_message", {"message": "Third"}),
        ("react", {"id": said["id"], "emoji": "👍", "on": True}),
        ("send_message", {"message": "Fourth"}),
        ("send_message", {"message": "Fifth"}),
    )
    revs = [(await ada.answer(number))["message"]["rev"] for number in numbers]
    assert revs == list(range(said["rev"] + 1, said["rev"] + 6))


async def test_a_send_goes_where_the_events_before_it_lead(serve: Serve, dial: Dial) -> None:
    chat = await serve(rate_limit=False)
    ada = await dial(chat, "Ada", "general")
    numbers = await post(
        ada,
        ("send_message", {"message": "Here"}),
        ("join_room", {"room": "tech"}),
        ("send_message", {"message": "There"}),
        ("send_message", {"message": ""}),
        ("send_message", {"message": "There too"}),
    )
    answers = [await ada.answer(number) for number in numbers]
    assert [answer["ok"] for answer in answers] == [True, True, True, False, True]
    assert [answers[place]["message"]["room"] for place in (0, 2, 4)] == ["general", "tech", "tech"]


async def test_more_sends_than_may_run_are_all_answered_once(serve: Serve, dial: Dial) -> None:
    chat = await serve(rate_limit=False)
    ada = await dial(chat, "Ada", "general")
    numbers = await post(ada, *(("send_message", {"message": f"Number {number}"}) for number in range(300)))
    answers = [await ada.answer(number) for number in numbers]
    assert [answer["message"]["message"] for answer in answers] == [f"Number {number}" for number in range(300)]
    assert [answer["message"]["seq"] for answer in answers] == list(range(1, 301))

"""The limits: each says when to go on, and a switch turns all of them off."""

import asyncio
import json
from typing import Any

import httpx
import pytest

from chatapp.transport import sockets, turns
from tests.conftest import Come, Dial, Serve, Served
from tests.integration.test_messages import bearer, sign_in
from tests.integration.test_rest import check_error


async def test_after_a_burst_of_30_messages_come_the_words_to_wait(chat: Served, dial: Dial) -> None:
    ada, bo = await dial(chat, "Ada", "general"), await dial(chat, "Bo", "general")
    numbers = [await ada.ask("send_message", {"message": f"Number {number}"}) for number in range(90)]
    answers = [await ada.answer(number) for number in numbers]
    assert all(answer["ok"] for answer in answers[:30])
    refused = [answer["error"] for answer in answers if not answer["ok"]]
    assert refused
    for error in refused:
        assert error["code"] == "rate_limited"
        assert 0 < error["retry_after"] <= 0.1
    assert (await bo.call("send_message", {"message": "Bo has his own"}))["ok"]


async def test_the_limit_is_the_persons_whatever_they_use(http: httpx.AsyncClient) -> None:
    token = await sign_in(http, "Ada")
    posts = [
        http.post("/api/rooms/general/messages", json={"message": "Hello"}, headers=bearer(token)) for _ in range(120)
    ]
    answers = await asyncio.gather(*posts)
    refused = [answer for answer in answers if answer.status_code != 201]
    assert len(answers) - len(refused) >= 30
    assert refused
    for answer in refused:
        check_error(answer, 429, "rate_limited")
        assert int(answer.headers["retry-after"]) == 1
        assert 0 < answer.json()["retry_after"] <= 0.1


async def test_joins_and_names_together_have_a_limit_for_each_connection(chat: Served, dial: Dial) -> None:
    ada, bo = await dial(chat, "Ada"), await dial(chat, "Bo")
    joins = [await ada.ask("join_room", {"room": "general"}) for _ in range(40)]
    answers: list[Any] = [await ada.answer(number) for number in joins]
    assert [answer["ok"] for answer in answers[:9]] == [True] * 9
    refused = [answer["error"] for answer in answers if not answer["ok"]]
    assert refused
    assert all(error["code"] == "rate_limited" and 0 < error["retry_after"] <= 0.2 for error in refused)
    assert (await bo.call("join_room", {"room": "tech"}))["ok"]


@pytest.mark.parametrize("transport", ["websocket"])
async def test_one_address_has_so_many_connections(chat: Served, dial: Dial, monkeypatch: pytest.MonkeyPatch) -> None:
    assert sockets.MOST_CONNECTIONS == 200
    lines = [await dial(chat) for _ in range(sockets.MOST_CONNECTIONS)]
    refused = (await dial(chat)).heard[-1]
    assert refused.startswith("44")
    told = json.loads(refused[2:])["data"]
    assert (told["code"], told["retry_after"]) == ("rate_limited", 5)
    ended = await lines[0].call("set_username", {"username": "Ada"})
    async with httpx.AsyncClient(base_url=chat.url) as http:
        await http.delete("/api/session", headers=bearer(ended["token"]))
    await lines[0].end()
    assert (await dial(chat)).heard[-1].startswith("40")
    monkeypatch.undo()


@pytest.mark.parametrize("transport", ["websocket"])
async def test_without_limits_nothing_is_refused(serve: Serve, dial: Dial, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "MOST_CONNECTIONS", 2)
    chat = await serve(rate_limit=False)
    ada, *_ = [await dial(chat) for _ in range(4)]
    assert (await ada.call("set_username", {"username": "Ada"}))["ok"]
    for event, payload in (("join_room", {"room": "general"}), ("send_message", {"message": "Hello"})):
        numbers = [await ada.ask(event, payload) for _ in range(60)]
        assert all([(await ada.answer(number))["ok"] for number in numbers])


async def test_too_many_waiting_requests_are_refused(chat: Served, dial: Dial, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "MOST_WAITING", 5)
    monkeypatch.setattr(turns, "MOST_RUNNING", 1)
    ada = await dial(chat, "Ada", "general")
    packets = [f'42{number}["send_message",{{"message":"Hello"}}]' for number in range(500, 520)]
    for packet in packets:
        await ada.send(packet)
    answers = [await ada.answer(number) for number in range(500, 520)]
    refused = [answer["error"]["code"] for answer in answers if not answer["ok"]]
    assert set(refused) <= {"rate_limited"}
    assert (await ada.call("get_rooms", None))["ok"]


async def test_names_over_rest_have_a_limit_for_each_address(http: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(http.post("/api/session", json={"username": "A b"}) for _ in range(140)))
    refused = [answer for answer in answers if answer.status_code != 400]
    assert len(answers) - len(refused) >= 100
    assert refused
    for answer in refused:
        check_error(answer, 429, "rate_limited")


async def test_a_limit_is_over_when_it_says_so(chat: Served, come: Come) -> None:
    ada = await come(chat, "Ada", "general")
    answer = await ada.call("send_message", {"message": "Hello"})
    while answer["ok"]:
        answers = await asyncio.gather(*(ada.call("send_message", {"message": "Hello"}) for _ in range(40)))
        answer = next((one for one in answers if not one["ok"]), answer)
    until = asyncio.get_running_loop().time() + answer["error"]["retry_after"]
    refused = 0
    while not (await ada.call("send_message", {"message": "Hello again"}))["ok"]:
        refused += 1
    assert refused == 0 or asyncio.get_running_loop().time() >= until - 0.1

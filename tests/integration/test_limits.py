"""The limits: each says when to go on, and a switch turns all of them off."""

import asyncio
import json
from contextlib import suppress
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from chatapp.domain.limits import Limit
from chatapp.transport import allowances, sockets, turns
from chatapp.transport.session import POLLING_COSTS
from tests.conftest import Come, Dial, Serve, Served
from tests.integration.test_messages import bearer, sign_in
from tests.integration.test_rest import check_error
from tests.raw import Closed, Raw


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


async def ask_often(raw: Raw, event: str, payload: Any, count: int) -> tuple[int, list[dict[str, Any]]]:
    """How many of so many were allowed, and how the others were refused."""
    numbers = [await raw.ask(event, payload) for _ in range(count)]
    answers = [await raw.answer(number) for number in numbers]
    return sum(answer["ok"] for answer in answers), [answer["error"] for answer in answers if not answer["ok"]]


@pytest.mark.parametrize("transport", ["websocket"])
@pytest.mark.parametrize(
    ("event", "payload", "burst"),
    [
        ("typing", {"typing": True}, allowances.SIGNS.burst),
        ("mark_read", {"room": "general", "seq": 1}, allowances.SIGNS.burst),
        ("get_rooms", None, allowances.READS.burst),
        ("sync", {"rooms": {}}, allowances.READS.burst),
    ],
)
async def test_every_event_has_a_limit(chat: Served, dial: Dial, event: str, payload: Any, burst: int) -> None:
    ada, bo = await dial(chat, "Ada", "general"), await dial(chat, "Bo", "general")
    await ada.call("send_message", {"message": "Hello"})
    _, refused = await ask_often(ada, event, payload, 2 * burst + 100)
    told = [error for error in refused if error["code"] == "rate_limited"]
    assert told
    assert 2 * burst + 100 - len(told) >= burst - 5
    assert all(0 < error["retry_after"] <= 0.1 for error in told)
    assert (await bo.call("send_message", {"message": "Bo has his own"}))["ok"]


@pytest.mark.parametrize("transport", ["websocket"])
@pytest.mark.parametrize("packet", ['42["nothing_of_ours"]', '421["join_room",{"room":"general"}]', "4nothing"])
async def test_who_goes_on_when_refused_is_cut_off_and_nobody_else(chat: Served, dial: Dial, packet: str) -> None:
    mallory, ada = await dial(chat, "Mallory", "general"), await dial(chat, "Ada", "general")
    heard = len(mallory.heard)
    with suppress(ConnectionError, ConnectionClosed):
        for _ in range(3 * allowances.REFUSALS.burst):
            await mallory.send(packet)
    await mallory.end()
    refusals = [one for one in mallory.heard[heard:] if one.startswith(('42["error"', "431["))]
    assert len(refusals) >= allowances.REFUSALS.burst
    assert (await ada.call("send_message", {"message": "Hello"}))["ok"]


@pytest.mark.parametrize("transport", ["websocket"])
async def test_one_who_floods_does_not_use_up_what_others_at_the_address_have(
    serve: Serve, dial: Dial, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(allowances, "EVENTS", Limit(rate=1, burst=20))
    monkeypatch.setattr(allowances, "EVENTS_OF_ADDRESS", Limit(rate=1, burst=60))
    chat = await serve()
    mallory, ada = await dial(chat, "Mallory", "general"), await dial(chat, "Ada", "general")
    await ask_often(mallory, "send_message", {"message": "Flood"}, 200)
    assert (await ask_often(ada, "send_message", {"message": "Hello"}, 10))[0] == 10


async def test_requests_have_a_limit_for_each_person_and_a_larger_one_for_each_address(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(allowances, "REQUESTS", Limit(rate=1, burst=10))
    monkeypatch.setattr(allowances, "REQUESTS_OF_ADDRESS", Limit(rate=1, burst=40))
    chat = await serve()
    async with httpx.AsyncClient(base_url=chat.url) as http:
        ada, bo = await sign_in(http, "Ada"), await sign_in(http, "Bo")
        for token in (ada, bo):
            answers = [await http.get("/api/rooms", headers=bearer(token)) for _ in range(15)]
            assert {answer.status_code for answer in answers[:10]} == {200}
            check_error(answers[-1], 429, "rate_limited")
            assert answers[-1].headers["retry-after"] == "1"
        guessing = [await http.get("/api/rooms", headers=bearer("wrong")) for _ in range(40)]
        assert guessing[0].status_code == 401
        check_error(guessing[-1], 429, "rate_limited")
    elsewhere = httpx.AsyncHTTPTransport(local_address="127.0.0.2")
    async with httpx.AsyncClient(base_url=chat.url, transport=elsewhere) as http:
        assert (await http.get("/api/rooms")).status_code == 200


async def test_a_connection_that_gets_no_name_ends_and_one_that_has_one_stays(
    chat: Served, dial: Dial, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(allowances, "UNNAMED_FOR", 0.3)
    nobody, ada = await dial(chat), await dial(chat, "Ada", "general")
    await nobody.end()
    assert (await ada.call("send_message", {"message": "Hello"}))["ok"]
    assert (await (await dial(chat)).call("get_rooms", None))["ok"], "it may come back"


@pytest.mark.parametrize("transport", ["websocket"])
async def test_connections_without_a_name_are_bounded_and_the_oldest_goes(
    serve: Serve, dial: Dial, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(allowances, "MOST_UNNAMED", 3)
    chat = await serve()
    ada = await dial(chat, "Ada", "general")
    first, *others = [await dial(chat) for _ in range(4)]
    await first.end()
    for other in [*others, ada]:
        assert (await other.call("get_rooms", None))["ok"]


@pytest.mark.parametrize("transport", ["polling"])
async def test_sessions_that_poll_are_bounded_with_what_waits_for_them(
    chat: Served, dial: Dial, monkeypatch: pytest.MonkeyPatch
) -> None:
    polling = chat.app.asgi.engineio_server.eio.polling
    ada = await dial(chat, "Ada", "general")
    # Five sessions, and an answer that is not fetched counts as more of them.
    monkeypatch.setattr(polling, "_most", 5 * POLLING_COSTS)
    greedy = await dial(chat, headers={"X-Note": "never polls again"})
    for _ in range(200):
        try:
            await greedy.ask("get_rooms", None)
        except Closed:
            break
    else:
        pytest.fail("it was never cut off")
    assert polling.total <= 5 * POLLING_COSTS
    assert (await ada.call("send_message", {"message": "Hello"}))["ok"]


@pytest.mark.parametrize("transport", ["websocket"])
async def test_what_waits_its_turn_is_bounded_in_size(
    serve: Serve, dial: Dial, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "MOST_WAITING_SIZE", 10_000)
    monkeypatch.setattr(turns, "MOST_RUNNING", 1)
    chat = await serve(rate_limit=False, max_message_length=20_000)
    ada = await dial(chat, "Ada", "general")
    _, refused = await ask_often(ada, "send_message", {"message": "x" * 4_000}, 50)
    assert {error["code"] for error in refused} == {"rate_limited"}
    assert (await ada.call("send_message", {"message": "x" * 15_000}))["ok"], "one alone may be larger"


async def test_a_limit_is_over_when_it_says_so(serve: Serve, come: Come, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allowances, "REFUSALS", Limit(rate=10, burst=1_000_000))  # she tries without end
    monkeypatch.setattr(allowances, "EVENTS", Limit(rate=10, burst=1_000_000))
    monkeypatch.setattr(allowances, "EVENTS_OF_ADDRESS", Limit(rate=10, burst=1_000_000))
    chat = await serve()
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


@pytest.mark.parametrize("transport", ["websocket"])
@pytest.mark.parametrize(
    ("limit", "event", "payload"),
    [
        ("MOVES_OF_ADDRESS", "join_room", {"room": "general"}),
        ("READS_OF_ADDRESS", "get_rooms", None),
        ("READS_OF_ADDRESS", "sync", {"rooms": {}}),
        ("EVENTS_OF_ADDRESS", "typing", {"typing": True}),
    ],
)
async def test_all_who_come_from_one_address_have_a_limit_together(
    serve: Serve, dial: Dial, monkeypatch: pytest.MonkeyPatch, limit: str, event: str, payload: Any
) -> None:
    monkeypatch.setattr(allowances, limit, Limit(rate=0.01, burst=20))
    chat = await serve()
    crew = [await dial(chat, name, "general") for name in ("Ada", "Bo", "Cy", "Di")]
    answers = [await one.call(event, payload) for _ in range(8) for one in crew]
    refused = [answer["error"] for answer in answers if not answer["ok"] and answer["error"]["code"] == "rate_limited"]
    assert refused
    assert all(error["retry_after"] > 1 for error in refused)

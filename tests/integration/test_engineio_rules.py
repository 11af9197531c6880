"""The rules of Engine.IO v4, as its public specification states them, packet by packet on the real server."""

import asyncio
import json
from contextlib import suppress

import httpx
import pytest

from chatapp.transport import sockets
from chatapp.transport.heartbeat import Heartbeat
from tests.conftest import Serve, Served
from tests.frames import BINARY, FrameLine, frame
from tests.raw import PATIENCE, Closed
from tests.sessions import POLLING, SEPARATOR, WEBSOCKET, Open, end, named, poll

SHORT = 0.1
"""Seconds between pings, and for an answer, where a test waits for them."""


@pytest.fixture
async def chat(serve: Serve) -> Served:
    """A running chat that does not count what one sends."""
    return await serve(rate_limit=False)


@pytest.fixture
def impatient(chat: Served) -> None:
    """Pings that come soon, and are to be answered soon."""
    ping(chat, SHORT)


@pytest.fixture
def pinging(chat: Served) -> None:
    """Pings that come soon, with time for the answers, however busy the machine is."""
    ping(chat, PATIENCE)


def ping(chat: Served, timeout: float) -> None:
    """Let pings come soon; seconds for an answer."""
    server = chat.app.asgi.engineio_server.eio
    server.ping_interval, server.ping_timeout = SHORT, timeout
    server.heartbeat = Heartbeat(SHORT, timeout)


def check_open(packet: str, upgrades: list[str]) -> None:
    """Check the packet that opens a session."""
    assert packet[0] == "0"
    told = json.loads(packet[1:])
    assert told.keys() == {"sid", "upgrades", "pingInterval", "pingTimeout", "maxPayload"}
    assert len(told["sid"]) >= 20
    assert told["upgrades"] == upgrades
    assert told["maxPayload"] == 1_000_000
    # A client gives up after their sum: within a minute, and not for every hiccup.
    assert 10_000 <= told["pingInterval"] + told["pingTimeout"] <= 60_000


async def test_polling_opens_a_session(client: httpx.AsyncClient) -> None:
    answer = await client.get(POLLING)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].lower().replace(" ", "") == "text/plain;charset=utf-8"
    check_open(answer.text, ["websocket"])
    again = await client.get(POLLING)
    assert json.loads(again.text[1:])["sid"] != json.loads(answer.text[1:])["sid"]


async def test_a_websocket_opens_a_session(open_line: Open) -> None:
    line = await open_line()
    check_open(await line.receive(), [])


REFUSED = [
    ("GET", "transport=polling"),
    ("GET", "EIO=abc&transport=polling"),
    ("GET", "EIO=3&transport=polling"),
    ("GET", "EIO=5&transport=polling"),
    ("GET", "EIO=4&transport=abc"),
    ("GET", "EIO=4&transport="),
    ("GET", "EIO=4"),
    ("POST", "EIO=4"),
    ("GET", "EIO=4&transport=websocket"),
    ("GET", "EIO=4&transport=polling&sid=unknown"),
    ("GET", "EIO=4&transport=polling&sid=%00%ff"),
    ("GET", "EIO=4&transport=polling&j=abc"),
    ("GET", "EIO=4&transport=polling&j=0"),
    ("POST", "EIO=4&transport=polling"),
    ("POST", "EIO=4&transport=polling&sid=unknown"),
    ("POST", "EIO=4&transport=websocket"),
    ("PUT", "EIO=4&transport=polling"),
    ("DELETE", "EIO=4&transport=polling"),
]


async def test_a_request_that_breaks_the_rules_is_refused(client: httpx.AsyncClient) -> None:
    for method, query in REFUSED:
        answer = await client.request(method, f"/socket.io/?{query}")
        assert answer.status_code in ({400} if method in {"GET", "POST"} else {400, 405}), (method, query)


async def test_another_method_does_not_end_a_session(client: httpx.AsyncClient) -> None:
    session = await poll(client)
    for method in ("PUT", "DELETE", "PATCH"):
        answer = await client.request(method, f"{POLLING}&sid={session.sid}", content=b"1")
        assert answer.status_code in {400, 405}
    await session.post("40")
    assert (await session.packets())[0].startswith("40{")


async def test_a_websocket_that_breaks_the_rules_is_refused(open_line: Open) -> None:
    for query in (
        "transport=websocket",
        "EIO=abc&transport=websocket",
        "EIO=3&transport=websocket",
        "EIO=4&transport=abc",
        "EIO=4",
        "EIO=4&transport=websocket&sid=unknown",
    ):
        with pytest.raises(Closed) as closed:
            await open_line(path=f"/socket.io/?{query}")
        assert closed.value.code in {400, 403}, query


async def test_a_payload_may_hold_several_packets(client: httpx.AsyncClient) -> None:
    session = await poll(client)
    answer = await session.post("40", '421["set_username",{"username":"Ada"}]', '422["get_rooms"]', '423["get_rooms"]')
    assert (answer.status_code, answer.text.lower()) == (200, "ok")
    heard: list[str] = []
    async with asyncio.timeout(PATIENCE):
        while sum(packet.startswith("43") for packet in heard) < 3:
            heard += await session.packets()
    beginnings = [packet[:3] for packet in heard if packet.startswith(("40", "43"))]
    # Two questions that change nothing are answered in the order in which their answers are there.
    assert (beginnings[:2], sorted(beginnings[2:])) == (["40{", "431"], ["432", "433"])


async def test_binary_packets_are_understood_and_answered(client: httpx.AsyncClient, open_line: Open) -> None:
    session = await poll(client)
    await session.post("40", "bAQIDBA==", '421["get_rooms"]')
    heard = await session.until("431")
    assert sum(packet.startswith('42["error"') for packet in heard) == 1
    line = await open_line()
    await line.send("40")
    await line.send(b"\x01\x02\x03\x04")
    line.write(frame(BINARY, b""))
    await line.send('421["get_rooms"]')
    texts = [await line.receive() for _ in range(6)]
    assert [text[:3] for text in texts] == ['0{"', "40{", "42[", "42[", "42[", "431"]
    assert sum(text.startswith('42["error"') for text in texts) == 2


async def test_what_is_no_packet_ends_the_session(client: httpx.AsyncClient, open_line: Open) -> None:
    session = await poll(client)
    assert (await session.post("abc")).status_code == 400
    assert (await session.get()).status_code == 400
    line = await open_line()
    await line.send("abc")
    assert await end(line) == 1002


async def test_packets_out_of_place_disturb_nobody(client: httpx.AsyncClient, open_line: Open) -> None:
    witness = await poll(client)
    for packet in ("0", '0{"sid":"x"}', "2", "2probe", "3", "3probe", "5", "6", "6x"):
        session = await poll(client)
        assert (await session.post(packet)).status_code in {200, 400}, packet
        assert (await session.post("40")).status_code in {200, 400}, packet
        assert (await session.get()).status_code in {200, 400}, packet
        line = await open_line()
        await line.send(packet)
        await line.send("40")
        with suppress(Closed):
            while not (await line.receive()).startswith("40"):
                pass
    await witness.post("40")
    assert (await witness.packets())[0].startswith("40{")


async def test_what_comes_after_the_packet_that_closes_does_nothing(client: httpx.AsyncClient, open_line: Open) -> None:
    line = await open_line()
    for packet in ("1", "40", '42["get_rooms"]', "41", "1"):
        await line.send(packet)
    assert await end(line) in {1000, None}
    session = await poll(client)
    assert (await session.post("1", "40", '42["get_rooms"]', "1")).status_code in {200, 400}
    assert (await session.get()).status_code == 400


async def test_binary_data_that_is_none_ends_the_session(client: httpx.AsyncClient) -> None:
    for packet in ("bAQIDBA=", "b{}", "bA", "b☃☃☃☃", "bAQ=DBA==", "b====", "bA=BC", "bA===", 'b461-1[{"num":0}]'):
        session = await poll(client)
        assert (await session.post("40", packet)).status_code == 400, packet
        assert (await session.get()).status_code == 400, packet


@pytest.mark.usefixtures("pinging")
async def test_a_session_lives_as_long_as_its_pings_are_answered(client: httpx.AsyncClient, open_line: Open) -> None:
    session, line = await poll(client), await open_line()
    await session.post("40")
    await session.packets()
    await line.send("40")
    while not (await line.receive()).startswith("40"):
        pass
    for _ in range(5):
        assert await session.packets() == ["2"]
        assert (await session.post("3")).status_code == 200
        async with asyncio.timeout(PATIENCE):
            assert await line.receive() == "2"
        await line.send("3")


@pytest.mark.usefixtures("impatient")
async def test_a_session_whose_pings_are_not_answered_ends(client: httpx.AsyncClient, open_line: Open) -> None:
    line = await open_line()
    await line.send("40")
    while await line.receive() != "2":
        pass
    assert await end(line) in {1000, 1001, None}
    session = await poll(client)
    await session.post("40")
    heard: list[str] = []
    async with asyncio.timeout(PATIENCE):
        while (answer := await session.get()).status_code == 200:
            heard += answer.text.split(SEPARATOR)
    assert answer.status_code == 400
    assert heard.count("2") == 1
    assert (await session.post("3")).status_code == 400


@pytest.mark.usefixtures("pinging")
async def test_a_session_that_nobody_uses_ends(client: httpx.AsyncClient, open_line: Open) -> None:
    line = await open_line()
    assert await live(line) == 1
    line = await open_line()
    for packet in ("40", "41"):
        await line.send(packet)
    assert await live(line) == 1
    session = await poll(client)
    assert await session.packets() == ["2"]
    assert (await session.post("3")).status_code == 200
    # Whether the next poll still finds it is a matter of time; the one after that does not.
    async with asyncio.timeout(PATIENCE):
        while (answer := await session.get()).status_code == 200:
            assert answer.text in {"", "1"}
    assert answer.status_code == 400


async def live(line: FrameLine) -> int:
    """Answer pings until the session is ended; how many there were."""
    pings = 0
    async with asyncio.timeout(PATIENCE):
        with suppress(Closed):
            while True:
                if await line.receive() == "2":
                    pings += 1
                    await line.send("3")
    return pings


async def test_one_address_has_so_many_sessions(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "MOST_SESSIONS", 3)
    chat = await serve()
    async with httpx.AsyncClient(base_url=chat.url, trust_env=False, timeout=PATIENCE) as client:
        sessions = [await poll(client) for _ in range(3)]
        refused = await client.get(POLLING)
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "5")
        line = FrameLine(chat.url, WEBSOCKET)
        with pytest.raises(Closed) as closed:
            await line.open()
        assert closed.value.code == 403
        await sessions[0].post("1")
        await poll(client)
        assert (await client.get(POLLING)).status_code == 429


@pytest.mark.usefixtures("impatient")
async def test_events_do_not_stand_in_for_the_answer_to_a_ping(open_line: Open) -> None:
    line = await open_line()
    await line.send("40")

    async def talk() -> None:
        while True:
            await line.send('42["get_rooms"]')
            await asyncio.sleep(SHORT / 10)

    talking = asyncio.get_running_loop().create_task(talk())
    assert await end(line) in {1000, 1001, None}
    talking.cancel()


async def test_a_client_closes_its_session(client: httpx.AsyncClient, open_line: Open) -> None:
    session = await poll(client)
    async with asyncio.TaskGroup() as group:
        polling = await session.wait(group)
        assert (await session.post("1")).status_code == 200
    assert polling.result().status_code == 200
    assert polling.result().text in {"", "1", "6"}
    assert (await session.get()).status_code == 400
    assert (await session.post("2")).status_code == 400
    line = await open_line()
    await line.send("1")
    assert await end(line) == 1000


async def test_two_polls_at_once_end_the_session(client: httpx.AsyncClient) -> None:
    session = await named(client, "Ada")
    async with asyncio.TaskGroup() as group:
        first = await session.wait(group)
        second = await session.get()
    assert (first.result().status_code, first.result().text) == (200, "1"), "told that the session is over"
    assert second.status_code == 400
    assert (await session.get()).status_code == 400
    assert (await session.post('42["get_rooms"]')).status_code == 400


async def test_a_poll_whose_client_goes_takes_no_packets_with_it(client: httpx.AsyncClient) -> None:
    session, bo = await named(client, "Ada"), await named(client, "Bo")
    await session.until('42["user_joined",{"username":"Bo"')
    async with asyncio.TaskGroup() as group:
        (await session.wait(group)).cancel()
    await bo.until('42["user_left",{"username":"Ada"')
    assert (await session.get()).status_code == 400, "what is said from now on is not kept for a session in doubt"


async def test_a_session_that_is_cut_off_is_unknown_afterwards(client: httpx.AsyncClient) -> None:
    session = await poll(client)
    await session.post('42["get_rooms"]')
    await session.get()
    assert (await session.get()).status_code == 400


async def test_a_session_of_before_a_restart_is_no_error_in_the_log(
    chat: Served, caplog: pytest.LogCaptureFixture
) -> None:
    async with httpx.AsyncClient(base_url=chat.url) as http:
        answer = await http.get("/socket.io/?EIO=4&transport=polling&sid=of-before")
    assert answer.status_code == 400
    assert [record for record in caplog.records if record.levelname in ("WARNING", "ERROR")] == []

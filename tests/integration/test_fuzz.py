"""Whatever bytes come, the server answers or closes that connection with a right code, and the others talk on.

The suite tries the same examples each time. FUZZ_EXAMPLES=1000 tries that many others of each kind; `make soak` does.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import httpx
import protocol_types
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatapp import errors
from tests.conftest import Serve, Served
from tests.frames import KEY, FrameLine, frame
from tests.integration.conftest import is_error
from tests.raw import PATIENCE, Closed, Raw, WebSocketLine
from tests.sessions import end, poll

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "0"))
fuzz = settings(
    max_examples=EXAMPLES or 120,
    derandomize=not EXAMPLES,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

SOUND = [
    "1", "3", "40", '40{"token":"x"}', "41", "4",
    '42["get_rooms"]', '421["get_rooms"]', '422["set_username",{"username":"Ada"}]', '42["typing",{"typing":true}]',
    '423["join_room",{"room":"general"}]', '424["send_message",{"message":"Hello ☃","client_id":"c-1"}]',
    '425["mark_read",{"room":"general","seq":0}]', '426["sync",{"history_id":"x","rooms":{"general":0}}]',
    '427["edit_message",{"id":"1","message":"Bye"}]', '428["delete_message",{"id":"1"}]',
    '429["react",{"id":"1","emoji":"👍","on":true}]', '42/elsewhere,["get_rooms"]', "40/elsewhere,", "431[]",
    '451-["send_message",{"_placeholder":true,"num":0}]', '461-1[{"_placeholder":true,"num":0}]', "44{}",
]  # fmt: skip
RIGHT_CODES = {None, *range(1000, 1004), *range(1007, 1015), *range(3000, 5000)}
"""Of a close frame: those that the server gives, and those that it repeats after the client."""
PIECES = [*'0123456789-,[]{}":/\\ b\x1e\x00\x7f☃', "null", "1e999", "NaN", '"\\ud800"', "[[[[", "9" * 30, "\U0010ffff"]


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A packet that is nearly sound."""
    packet = draw(st.sampled_from(SOUND))
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(packet)))
        stop = min(len(packet), start + draw(st.integers(0, 3)))
        packet = packet[:start] + draw(st.sampled_from(["", *PIECES])) + packet[stop:]
    return packet


@st.composite
def bent(draw: st.DrawFn) -> bytes:
    """A frame that is nearly sound."""
    whole = frame(
        draw(st.sampled_from([0, 1, 1, 1, 2, 8, 9, 10, 3, 11])),
        draw(mutated().map(str.encode) | st.binary(max_size=200)),
        fin=draw(st.sampled_from([True, True, False])),
        reserved=draw(st.sampled_from([0] * 8 + [1, 2, 4])),
        key=draw(st.sampled_from([KEY, KEY, KEY, bytes(4), None])),
        size=draw(st.none() | st.integers(0, 300) | st.sampled_from([(1 << 16) - 1, 1_000_001, 1 << 62])),
        width=8,
    )
    place = draw(st.integers(0, len(whole) - 1))
    damage = draw(st.sampled_from(["none", "none", "bit", "cut", "more"]))
    if damage == "bit":
        flipped = whole[place] ^ 1 << draw(st.integers(0, 7))
        return whole[:place] + bytes([flipped]) + whole[place + 1 :]
    if damage == "cut":
        return whole[:place]
    return whole[:place] + draw(st.binary(max_size=4)) + whole[place:] if damage == "more" else whole


def sound(packet: str) -> bytes:
    """The packet in a frame without fault."""
    return frame(1, packet.encode(errors="surrogatepass"))


CODES = {one.code for one in errors.CLASSES} - {"internal"}
NEARLY: dict[str, list[Any]] = {
    "username": ["Bo", "Ada", "Nobody", "Bo\u202e"], "room": ["general", "tech", "private-none", "direct-none"],
    "name": ["A room", "General", "\u202eGeneral"], "topic": ["About", ""], "usernames": [["Bo"], ["Bo", "Bo"]],
    "message": ["Hello @Bo", "", " "], "id": ["1", "0" * 18], "emoji": ["👍", "x"], "history_id": ["x"],
    "rooms": [{"general": 0}, {"none": 2**63 - 1}], "seq": [0, 1, 2**63 - 1], "client_id": ["c-1"], "reply_to": ["1"],
    "archived": [True, False], "private": [True, False], "typing": [True, False], "on": [True, False],
    "password": ["correct horse"], "phrase": ["four words are here"], "invitation": ["none"],
}  # fmt: skip
"""Key of a payload → what is right there, or looks like it."""
HOSTILE = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=300),
    st.sampled_from(["\x00", "\ud800", "x" * 5_000, "1" * 400, 2**63, 2**64, -1, [], {}, [[[[]]]], {"": {}}]),
    st.lists(st.text(max_size=5), max_size=30), st.dictionaries(st.text(max_size=5), st.integers(), max_size=5),
)  # fmt: skip


@st.composite
def payloads(draw: st.DrawFn, event: str) -> Any:
    """What might come with an event: mostly as it should be, with keys that are left out, are strange or more."""
    if draw(st.integers(0, 9)) == 0:
        return draw(HOSTILE)
    payload = {}
    for key in protocol_types.PAYLOADS[event].__struct_fields__:
        kind = draw(st.integers(0, 9))
        if kind < 8:
            payload[key] = draw(st.sampled_from(NEARLY[key]) if kind < 6 else HOSTILE)
    return payload | draw(st.dictionaries(st.text(max_size=3), HOSTILE, max_size=1))


STREAMS = st.lists(mutated().map(sound) | bent() | st.binary(max_size=40), min_size=1, max_size=8)


@pytest.fixture
async def chat(serve: Serve) -> Served:
    """A running chat that does not count what one sends."""
    return await serve(rate_limit=False)


@pytest.fixture
async def bo(chat: Served) -> AsyncIterator[Raw]:
    """Somebody beside it all."""
    line = WebSocketLine(chat.url, {})
    raw = Raw(line)
    await raw.open()
    assert (await raw.call("set_username", {"username": "Bo"}))["ok"]
    yield raw
    await line.close()


@pytest.fixture
async def client(chat: Served) -> AsyncIterator[httpx.AsyncClient]:
    """For requests made by hand."""
    async with httpx.AsyncClient(base_url=chat.url, trust_env=False, timeout=PATIENCE) as client:
        yield client


@pytest.fixture(params=["signed in", "for the time being", "nobody"])
async def asker(chat: Served, client: httpx.AsyncClient, request: pytest.FixtureRequest) -> AsyncIterator[Raw]:
    """Somebody who asks for everything, known, here for as long as they are connected, or without a name."""
    line = WebSocketLine(chat.url, {})
    raw = Raw(line)
    if request.param == "signed in":
        begun = await client.post("/api/session", json={"username": "Ada"})
        await raw.open({"token": begun.json()["token"]})
    else:
        await raw.open()
    if request.param == "for the time being":
        await raw.send('42["set_username",{"username":"Passer-by"}]')
        await raw.wait("username_set")
    yield raw
    await line.close()


async def check_peace(bo: Raw, caplog: pytest.LogCaptureFixture) -> None:
    """Check that others talk on and nothing was logged."""
    bo.heard.clear()
    assert (await bo.call("mark_read", {"room": "general", "seq": 0}))["ok"]
    errors = [record.getMessage() for record in caplog.records if is_error(record)]
    caplog.clear()
    assert errors == []


@fuzz
@given(stream=STREAMS, is_admitted=st.booleans(), is_together=st.booleans())
async def test_any_stream_is_answered_or_closed_with_a_right_code(
    chat: Served,
    bo: Raw,
    caplog: pytest.LogCaptureFixture,
    *,
    stream: list[bytes],
    is_admitted: bool,
    is_together: bool,
) -> None:
    line = FrameLine(chat.url)
    await line.open()
    if is_admitted:
        await line.send("40")
    for segment in [b"".join(stream)] if is_together else stream:
        line.write(segment)
        await asyncio.sleep(0)
    with suppress(OSError):  # the server may have cut it by now
        line.writer.write_eof()
    assert await end(line) in RIGHT_CODES
    await line.close()
    await check_peace(bo, caplog)


@fuzz
@given(packets=st.lists(mutated(), min_size=1, max_size=6))
async def test_any_packet_on_a_websocket_is_answered_or_ends_the_connection(
    chat: Served, bo: Raw, caplog: pytest.LogCaptureFixture, packets: list[str]
) -> None:
    line = FrameLine(chat.url)
    await line.open()
    await line.send("40")
    for packet in packets:
        line.write(sound(packet))
    await line.send('42987["get_rooms"]')
    code = None
    async with asyncio.timeout(PATIENCE):
        try:
            while not (await line.receive()).startswith("43987"):
                pass
        except Closed as closed:
            code = closed.code
    await line.close()
    assert code in {None, 1000, 1002, 1007}
    await check_peace(bo, caplog)


@fuzz
@given(
    payload=st.lists(mutated(), min_size=1, max_size=6).map("\x1e".join).map(lambda text: text.encode(errors="replace"))
    | st.binary(max_size=60)
)
async def test_any_payload_is_answered_or_ends_the_session(
    bo: Raw, client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture, payload: bytes
) -> None:
    session = await poll(client)
    await session.post("40")
    assert (await session.post_bytes(payload)).status_code in {200, 400}
    if (await session.post('42987["get_rooms"]')).status_code == 200:
        async with asyncio.timeout(PATIENCE):
            while (polled := await session.get()).status_code == 200 and "43987" not in (polled.text or "43987"):
                pass
        assert polled.status_code in {200, 400}
    await check_peace(bo, caplog)


async def test_an_event_of_broken_characters_gets_its_ack(bo: Raw) -> None:
    answer = await bo.call("send_message", {"room": "general", "message": "\ud800"})
    assert (answer["ok"], answer["error"]["code"]) == (False, "bad_request")


@pytest.mark.parametrize("event", protocol_types.PAYLOADS)
@settings(fuzz, max_examples=EXAMPLES or 25)
@given(data=st.data())
async def test_any_event_is_answered_in_a_known_shape(
    bo: Raw, asker: Raw, caplog: pytest.LogCaptureFixture, event: str, data: st.DataObject
) -> None:
    answer = await asker.call(event, data.draw(payloads(event)))
    assert answer["ok"] or answer["error"]["code"] in CODES, answer
    assert answer["ok"] or answer["error"]["message"]
    asker.heard.clear()
    await check_peace(bo, caplog)

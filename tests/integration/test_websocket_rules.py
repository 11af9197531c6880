"""The rules of RFC 6455 for what a client may send: taken as meant, or that one connection is closed with the code."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest

from tests.conftest import Serve, Served
from tests.frames import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, FrameLine, close, fragments, frame
from tests.raw import PATIENCE, Closed, Raw, WebSocketLine

HELLO = '42["send_message",{"message":"Hello ☃"}]'.encode()
AFTER_SNOW = HELLO.index("☃".encode()) + 1
"""In the middle of a character of three bytes."""
LARGEST = 1_000_000


@pytest.fixture
async def chat(serve: Serve) -> Served:
    """A running chat that does not count what one sends."""
    return await serve(rate_limit=False)


Wire = Callable[[str], Awaitable[tuple[Raw, FrameLine]]]


@pytest.fixture
async def wire(chat: Served) -> AsyncIterator[Wire]:
    """Connects people over plain TCP, each present in General."""
    async with AsyncExitStack() as stack:

        async def connect(name: str) -> tuple[Raw, FrameLine]:
            line = FrameLine(chat.url)
            raw = Raw(line)
            await raw.open()
            stack.push_async_callback(line.close)
            await raw.send(f'42["set_username",{{"username":"{name}"}}]')
            await raw.send('42["join_room",{"room":"general"}]')
            await raw.hear(f'42["user_joined",{{"username":"{name}"')
            return raw, line

        yield connect


@pytest.fixture(autouse=True)
async def bo(chat: Served) -> AsyncIterator[Raw]:
    """Somebody beside it all, who still talks when it is over."""
    line = WebSocketLine(chat.url, {})
    raw = Raw(line)
    await raw.open()
    assert (await raw.call("set_username", {"username": "Bo"}))["ok"]
    assert (await raw.call("join_room", {"room": "general"}))["ok"]
    yield raw
    assert (await raw.call("send_message", {"message": "Still here"}))["ok"]
    while (await raw.wait("new_message"))["message"] != "Still here":
        pass
    await line.close()


TAKEN = {
    "one frame": [frame(TEXT, HELLO)],
    "two fragments": fragments(HELLO[:9], HELLO[9:]),
    "a fragment for each byte": fragments(*(HELLO[place : place + 1] for place in range(len(HELLO)))),
    "nothing in the first fragment": fragments(b"", HELLO),
    "nothing in the last fragment": fragments(HELLO, b""),
    "nothing in the middle": fragments(HELLO[:9], b"", b"", HELLO[9:]),
    "a character in two fragments": fragments(HELLO[:AFTER_SNOW], HELLO[AFTER_SNOW:]),
    "a character in three fragments": fragments(
        HELLO[:AFTER_SNOW], HELLO[AFTER_SNOW : AFTER_SNOW + 1], HELLO[AFTER_SNOW + 1 :]
    ),
    "a pong nobody asked for": [frame(PONG, b"x"), frame(TEXT, HELLO), frame(PONG)],
    "a pong between fragments": [
        frame(TEXT, HELLO[:9], fin=False), frame(PONG, b"p" * 125), frame(CONTINUATION, HELLO[9:])
    ],
    "a key of zeros": [frame(TEXT, HELLO, key=bytes(4))],
    "no sound JSON before it": [frame(TEXT, HELLO[:-2]), frame(TEXT, HELLO)],
    "spaces that need 16 bits for the length": [frame(TEXT, HELLO + b" " * 200)],
    "spaces that need 64 bits for the length": [frame(TEXT, HELLO + b" " * 70_000)],
    "spaces up to the limit": [frame(TEXT, HELLO + b" " * (LARGEST - len(HELLO)))],
    "fragments up to the limit": fragments(HELLO, b" " * 400_000, b" " * (600_000 - len(HELLO))),
}  # fmt: skip


@pytest.mark.parametrize("piece", [1 << 20, 7, 1], ids=["whole", "by sevens", "byte by byte"])
async def test_a_message_is_taken_however_it_is_framed(wire: Wire, bo: Raw, piece: int) -> None:
    ada, line = await wire("Ada")
    for name, frames in TAKEN.items():
        stream = b"".join(frames)
        if piece == 1 << 20 or len(stream) < 1000:
            for place in range(0, len(stream), piece):
                line.write(stream[place : place + piece])
                await line.writer.drain()
                await asyncio.sleep(
                    0
                )  # lets the loop read what came, so that the next bytes are a segment of their own
            assert (await ada.wait("new_message"))["message"] == "Hello ☃", name
            assert (await bo.wait("new_message"))["message"] == "Hello ☃", name


async def test_many_messages_in_one_segment_are_taken_in_order(wire: Wire, bo: Raw) -> None:
    ada, line = await wire("Ada")
    packets = [f'42["send_message",{{"message":"Number {number}"}}]'.encode() for number in range(300)]
    line.write(b"".join(frame(TEXT, packet) for packet in packets))
    for number in range(300):
        assert (await bo.wait("new_message"))["message"] == f"Number {number}"
        assert (await ada.wait("new_message"))["message"] == f"Number {number}"


async def test_a_ping_is_answered_with_its_payload(wire: Wire) -> None:
    _, line = await wire("Ada")
    for payload in (b"", b"x", b"\x00\xff\xfe", b"y" * 125):
        line.write(frame(PING, payload))
        assert await line.pong() == payload
    line.write(b"".join(frame(PING, b"%d" % number) for number in range(10)))
    assert [await line.pong() for _ in range(10)] == [b"%d" % number for number in range(10)]


async def test_pings_between_fragments_are_answered_before_the_message_is_whole(wire: Wire, bo: Raw) -> None:
    _, line = await wire("Ada")
    for place in range(0, len(HELLO), 8):
        is_last = place + 8 >= len(HELLO)
        line.write(frame(TEXT if place == 0 else CONTINUATION, HELLO[place : place + 8], fin=is_last))
        line.write(frame(PING, b"%d" % place))
        assert await line.pong() == b"%d" % place
    assert (await bo.wait("new_message"))["message"] == "Hello ☃"


async def test_pings_are_answered_while_a_message_is_on_its_way(wire: Wire, bo: Raw) -> None:
    _, line = await wire("Ada")
    line.write(frame(TEXT, HELLO[:9], fin=False) + frame(PING, b"one") + frame(PING, b"two"))
    assert (await line.pong(), await line.pong()) == (b"one", b"two")
    line.write(frame(CONTINUATION, HELLO[9:]))
    assert (await bo.wait("new_message"))["message"] == "Hello ☃"


NOT_UTF_8 = {
    "a lone continuation byte": b"4\x80",
    "bytes that never occur": b'42["x","\xfe\xff"]',
    "a character cut off at the end": b"4\xe2\x98",
    "an overlong slash": b"4\xc0\xaf",
    "half of a surrogate pair": b"4\xed\xa0\x80",
    "beyond the last code point": b"4\xf4\x90\x80\x80",
    "a character interrupted": b"4\xe2\x28\xa1",
}
BROKEN: dict[str, tuple[int, bytes]] = {
    **{name: (1007, frame(TEXT, text)) for name, text in NOT_UTF_8.items()},
    **{f"{name}, byte by byte": (1007, b"".join(fragments(*(bytes([byte]) for byte in text))))
       for name, text in NOT_UTF_8.items()},
    "two halves that do not fit": (1007, b"".join(fragments(HELLO[:AFTER_SNOW], b"x" + HELLO[AFTER_SNOW:]))),
    "no UTF-8, and then more": (1007, frame(TEXT, b"4\xff") + frame(TEXT, HELLO) + frame(PING)),
    "a frame over the limit": (1009, frame(TEXT, b"4" + b" " * LARGEST)),
    "the head of a frame over the limit": (1009, frame(TEXT, size=LARGEST + 1)),
    "the head of a frame of 2 to the 62": (1009, frame(BINARY, size=1 << 62)),
    "the head of a frame of all ones": (1009, frame(TEXT, size=(1 << 63) - 1)),
    "fragments over the limit": (1009, b"".join(fragments(HELLO, b" " * 600_000, b" " * 600_000))),
    "many fragments over the limit": (1009, b"".join(fragments(HELLO, *[b" " * 10_000] * 101))),
    **{f"reserved bits {bits:03b}": (1002, frame(TEXT, HELLO, reserved=bits)) for bits in range(1, 8)},
    **{f"a ping with reserved bits {bits:03b}": (1002, frame(PING, b"x", reserved=bits)) for bits in (1, 2, 4)},
    "reserved bits in a continuation": (
        1002, frame(TEXT, HELLO[:9], fin=False) + frame(CONTINUATION, HELLO[9:], reserved=4)
    ),
    **{f"opcode {opcode}": (1002, frame(opcode, HELLO)) for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)},
    "an empty frame of opcode 3": (1002, frame(3)),
    "a text without a mask": (1002, frame(TEXT, HELLO, key=None)),
    "a ping without a mask": (1002, frame(PING, key=None)),
    "a close without a mask": (1002, frame(CLOSE, b"\x03\xe8", key=None)),
    "a continuation without a mask": (
        1002, frame(TEXT, HELLO[:9], fin=False) + frame(CONTINUATION, HELLO[9:], key=None)
    ),
    "a ping of 126 bytes": (1002, frame(PING, b"x" * 126)),
    "a pong of 70,000 bytes": (1002, frame(PONG, b"x" * 70_000)),
    "a ping in fragments": (1002, frame(PING, b"x", fin=False) + frame(CONTINUATION, b"y")),
    "a pong in fragments": (1002, frame(PONG, b"x", fin=False) + frame(CONTINUATION, b"y")),
    "a close in fragments": (1002, frame(CLOSE, b"\x03", fin=False) + frame(CONTINUATION, b"\xe8")),
    "a continuation of nothing": (1002, frame(CONTINUATION, HELLO)),
    "an open continuation of nothing": (1002, frame(CONTINUATION, HELLO, fin=False)),
    "a continuation after the last": (1002, b"".join(fragments(b"2", b"")) + frame(CONTINUATION, HELLO)),
    "a text within a text": (1002, frame(TEXT, HELLO[:9], fin=False) + frame(TEXT, HELLO)),
    "binary data within a text": (1002, frame(TEXT, HELLO[:9], fin=False) + frame(BINARY, b"x")),
    "no frame at all": (1002, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    "bytes of ones": (1002, b"\xff" * 20),
    "a close code of one byte": (1002, frame(CLOSE, b"\x03")),
    "a close with too long a reason": (1002, close(1000, b"x" * 124)),
    "a reason that is no UTF-8": (1007, close(1000, b"\xff\xfe")),
    "a reason cut off in a character": (1007, close(1000, b"\xe2\x98")),
}  # fmt: skip


async def test_what_breaks_the_rules_closes_that_connection_with_the_code(wire: Wire, bo: Raw) -> None:
    for number, (name, (code, stream)) in enumerate(BROKEN.items()):
        ada, line = await wire(f"Ada-{number}")
        line.write(stream)
        assert await ada.end() == code, name
        assert await last(line) == [], name
        bo.heard.clear()
        assert (await bo.call("send_message", {"message": f"After {number}"}))["ok"]
        heard = [packet for packet in bo.heard if packet.startswith('42["new_message"') and "Hello" in packet]
        assert heard == [], name


async def test_the_limit_holds_before_all_of_a_message_has_come(wire: Wire) -> None:
    ada, line = await wire("Ada")
    line.write(frame(TEXT, HELLO, fin=False) + frame(CONTINUATION, size=LARGEST))
    assert await ada.end() == 1009


async def test_nothing_counts_that_comes_after_the_break(wire: Wire, bo: Raw) -> None:
    _, line = await wire("Ada")
    line.write(frame(3) + frame(TEXT, HELLO) * 3)
    with pytest.raises(Closed):
        await line.pong()
    assert (await bo.call("send_message", {"message": "Next"}))["message"]["seq"] == 1


ECHOED = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999]
IMPOSSIBLE = [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 1999, 2000, 2999, 5000, 65535]


async def test_a_close_is_answered_with_its_code(wire: Wire) -> None:
    for code in ECHOED:
        ada, line = await wire(f"Ada-{code}")
        line.write(close(code, "☃".encode() * 41))
        assert await ada.end() == code
        assert await last(line) == []


async def test_a_close_without_a_code_is_answered_likewise(wire: Wire) -> None:
    ada, line = await wire("Ada")
    line.write(frame(CLOSE))
    assert await ada.end() in {None, 1000}
    assert await last(line) == []


async def test_a_close_code_that_cannot_be_is_a_protocol_error(wire: Wire) -> None:
    for code in IMPOSSIBLE:
        ada, line = await wire(f"Ada-{code}")
        line.write(close(code))
        assert await ada.end() == 1002, code
        assert await last(line) == []


TOGETHER = {
    "no UTF-8": frame(TEXT, b"4\xff"),
    "no packet": frame(TEXT, b"x"),
    "too large": frame(TEXT, b"4" + b" " * LARGEST),
    "a broken frame": frame(3),
    "an event": frame(TEXT, HELLO),
    "events": frame(TEXT, HELLO) * 50,
    "a ping": frame(PING),
    "half a message": frame(TEXT, HELLO[:9], fin=False),
    "the packet that closes": frame(TEXT, b"1"),
    "the packet that leaves": frame(TEXT, b"41"),
}


async def test_a_close_in_the_same_segment_ends_the_connection_in_peace(wire: Wire) -> None:
    for number, (name, stream) in enumerate(TOGETHER.items()):
        for order in ("before", "after"):
            ada, line = await wire(f"{order}-{number}")
            line.write(stream + close(1000) if order == "after" else close(1000) + stream)
            assert await ada.end() in {1000, 1002, 1007, 1009}, (name, order)
            assert await last(line) == [], (name, order)


async def test_who_leaves_without_a_word_has_left(wire: Wire, bo: Raw) -> None:
    for number, cut in enumerate((frame(TEXT, HELLO)[:1], frame(TEXT, HELLO)[:-1], frame(TEXT, HELLO, fin=False))):
        _, line = await wire(f"Ada-{number}")
        line.write(cut)
        line.writer.write_eof()
        assert (await bo.wait("user_left"))["username"] == f"Ada-{number}"
    assert (await bo.call("send_message", {"message": "Next"}))["message"]["seq"] == 1


HANDSHAKES: dict[str, tuple[set[int], dict[str, str | None]]] = {
    "another version": ({400, 426}, {"Sec-WebSocket-Version": "8"}),
    "no version": ({400, 426}, {"Sec-WebSocket-Version": None}),
    "no key": ({400}, {"Sec-WebSocket-Key": None}),
    "a key that is too short": ({400}, {"Sec-WebSocket-Key": "c2hvcnQ="}),
    "a key that is no base64": ({400}, {"Sec-WebSocket-Key": "☃".encode().decode("latin-1")}),
    "another protocol": ({400, 426}, {"Upgrade": "h2c"}),
    "no upgrade": ({400, 426}, {"Upgrade": None}),
    "an upgrade that only the half of the headers speaks of": ({400}, {"Connection": "keep-alive"}),
}


async def test_a_handshake_that_is_none_is_refused(chat: Served) -> None:
    for name, (statuses, headers) in HANDSHAKES.items():
        line = FrameLine(chat.url)
        status, _ = await line.ask(headers)
        await line.close()
        assert status in statuses, name


async def test_a_handshake_is_answered_as_the_standard_computes_it(chat: Served) -> None:
    line = FrameLine(chat.url)
    # The example of RFC 6455, section 1.3; extensions and subprotocols that are offered need not be taken.
    offers: dict[str, str | None] = {
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits, x-unknown",
        "Sec-WebSocket-Protocol": "chat, superchat",
        "connection": "keep-alive, Upgrade",
        "Connection": None,
        "Upgrade": "WebSocket",
    }
    status, headers = await line.ask(offers)
    assert status == 101
    assert headers["sec-websocket-accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    assert "sec-websocket-extensions" not in headers
    assert "sec-websocket-protocol" not in headers
    assert (await line.receive()).startswith("0{")
    await line.close()


async def last(line: FrameLine) -> list[int]:
    """The opcodes of what the server still sends after its close, until it ends the TCP connection."""
    opcodes: list[int] = []
    async with asyncio.timeout(PATIENCE):
        try:
            while True:
                opcodes.append((await line.next()).opcode)
        except Closed:
            return opcodes

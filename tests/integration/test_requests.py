"""Requests that are too large, too slow or too many: each gets the answer HTTP has for it, and loses its connection."""

import asyncio
import json
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from typing import Any, NamedTuple

import httpx
import pytest

from chatapp.transport import capacity, requests
from tests.conftest import Dial, Serve, Served
from tests.integration.test_messages import bearer, sign_in
from tests.raw import PATIENCE

GET = b"GET /api/rooms HTTP/1.1\r\nHost: localhost\r\n"
POST = b"POST /api/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


class Answer(NamedTuple):
    """What came back before the end."""

    status: int
    headers: dict[str, str]
    body: dict[str, Any]


class Line:
    """A TCP connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def close(self) -> None:
        """Let go."""
        self.writer.transport.abort()
        with suppress(OSError):
            await self.writer.wait_closed()

    async def end(self) -> bytes:
        """All that comes until the server ends the connection."""
        async with asyncio.timeout(PATIENCE):
            return await self.reader.read()

    async def refusal(self) -> Answer:
        """The one answer that comes, after which the connection ends."""
        head, _, body = (await self.end()).partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines)
        assert headers["connection"] == "close"
        return Answer(int(first.split()[1]), headers, json.loads(body))


Open = Callable[..., Awaitable[Line]]


@pytest.fixture
async def open_line(chat: Served) -> AsyncIterator[Open]:
    """Opens TCP connections to the chat, from an address of this machine, and says something on them."""
    async with AsyncExitStack() as stack:

        async def connect(data: bytes = b"", source: str = "127.0.0.1") -> Line:
            reader, writer = await asyncio.open_connection("127.0.0.1", chat.port, local_addr=(source, 0))
            line = Line(reader, writer)
            stack.push_async_callback(line.close)
            writer.write(data)
            return line

        yield connect


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(GET + b"X: " + b"x" * requests.LARGEST_HEAD, id="a header without an end"),
        pytest.param(GET + b"X: " + b"x" * requests.LARGEST_HEAD + b"\r\n\r\n", id="a large header"),
        pytest.param(b"GET /" + b"x" * requests.LARGEST_HEAD, id="an address without an end"),
        pytest.param(b"GET /" + b"x" * requests.LARGEST_HEAD + b" HTTP/1.1\r\n\r\n", id="a long address"),
        pytest.param(GET + b"X: y\r\n" * requests.MOST_HEADERS + b"\r\n", id="many headers"),
        pytest.param(
            POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n" + b"X: y\r\n" * requests.MOST_HEADERS, id="trailers"
        ),
    ],
)
async def test_a_head_that_is_too_large_is_refused(open_line: Open, head: bytes) -> None:
    line = await open_line(head)
    answer = await line.refusal()
    assert answer.status == 431
    assert answer.body["code"] == "too_long"


@pytest.mark.parametrize("size", [1, 1000])
async def test_a_head_of_many_cookies_is_taken(open_line: Open, size: int) -> None:
    line = await open_line(
        GET + b"Cookie: " + b"; ".join([b"name=" + b"x" * size] * 40) + b"\r\nConnection: close\r\n\r\n"
    )
    assert (await line.end()).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("data", [b"", b"G", GET, GET + b"X: "])
async def test_a_head_that_does_not_come_in_time_ends_the_connection(
    open_line: Open, monkeypatch: pytest.MonkeyPatch, data: bytes
) -> None:
    monkeypatch.setattr(requests, "PATIENCE", 0.2)
    line = await open_line(data)
    if data:
        answer = await line.refusal()
        assert (answer.status, answer.body["code"]) == (408, "unavailable")
    else:
        assert await line.end() == b""


async def test_the_second_request_of_a_connection_has_to_come_in_time_too(
    open_line: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "PATIENCE", 0.2)
    line = await open_line(GET + b"\r\n")
    head = await line.reader.readuntil(b"\r\n\r\n")
    length = next(row for row in head.lower().split(b"\r\n") if row.startswith(b"content-length"))
    await line.reader.readexactly(int(length.split()[1]))
    line.writer.write(GET)
    assert (await line.refusal()).status == 408


async def test_a_connection_without_a_further_request_ends(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "IDLE_FOR", 0.2)
    chat = await serve()
    reader, writer = await asyncio.open_connection("127.0.0.1", chat.port)
    writer.write(GET + b"\r\n")
    async with asyncio.timeout(PATIENCE):
        assert (await reader.read()).startswith(b"HTTP/1.1 200 ")
    writer.close()
    await writer.wait_closed()


@pytest.mark.parametrize("body", [b"", b'{"username": '])
async def test_a_body_that_comes_too_slowly_is_refused(
    open_line: Open, monkeypatch: pytest.MonkeyPatch, body: bytes
) -> None:
    monkeypatch.setattr(requests, "PATIENCE", 0.2)
    line = await open_line(POST + b"Content-Length: 1000\r\n\r\n" + body)
    answer = await line.refusal()
    assert (answer.status, answer.body["code"]) == (408, "unavailable")


async def test_a_body_that_keeps_the_pace_is_taken_however_long_it_takes(
    open_line: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "PATIENCE", 0.1)
    looked = asyncio.Event()
    look = requests.HttpProtocol._look_at_pace

    def seen(protocol: requests.HttpProtocol) -> None:
        look(protocol)
        looked.set()

    monkeypatch.setattr(requests.HttpProtocol, "_look_at_pace", seen)
    body = b'{"username": "Ada"' + b" " * 99_000 + b"}"
    line = await open_line(POST + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body))
    line.writer.write(body[:25_000])
    for place in range(25_000, len(body), 25_000):
        looked.clear()
        async with asyncio.timeout(PATIENCE):
            await looked.wait()
        line.writer.write(body[place : place + 25_000])
    assert (await line.end()).startswith(b"HTTP/1.1 201 ")


async def test_what_is_no_http_is_answered_in_our_shape_and_stands_in_no_log(
    open_line: Open, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        for data in (b"\x00\x01\x02\r\n\r\n", b"SSH-2.0-x\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n"):
            answer = await (await open_line(data)).refusal()
            assert (answer.status, answer.body["code"]) == (400, "bad_request")
    assert [record for record in caplog.records if record.name.startswith("uvicorn")] == []


async def test_requests_without_end_on_one_connection_end_it(open_line: Open) -> None:
    line = await open_line((GET + b"\r\n") * 1000)
    answers = (await line.end()).count(b"HTTP/1.1 ")
    assert answers <= requests.MOST_PIPELINED + 1


async def test_a_body_is_not_decompressed(http: httpx.AsyncClient) -> None:
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    taken = await http.post("/api/session", content=b'{"username": "Ada"}', headers=headers)
    assert taken.status_code == 201, "it is read as it came"


async def test_a_ws_upgrade_of_another_kind_is_an_ordinary_request(open_line: Open) -> None:
    line = await open_line(GET + b"Connection: Upgrade, close\r\nUpgrade: h2c\r\n\r\n")
    assert (await line.reader.readline()).startswith(b"HTTP/1.1 200 ")


async def test_one_address_too_many_is_told_and_another_is_not(
    open_line: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capacity, "MOST_OF_ONE", 3)
    lines = [await open_line(GET, source="127.0.0.2") for _ in range(3)]
    answer = await (await open_line(GET + b"\r\n", source="127.0.0.2")).refusal()
    assert (answer.status, answer.body["code"], answer.headers["retry-after"]) == (429, "rate_limited", "5")
    upgrade = b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    assert (await (await open_line(GET + upgrade, source="127.0.0.2")).refusal()).status == 429
    other = await open_line(GET + b"Connection: close\r\n\r\n", source="127.0.0.3")
    assert (await other.end()).startswith(b"HTTP/1.1 200 ")
    lines[0].writer.transport.abort()
    async with asyncio.timeout(PATIENCE):
        while not (await (await open_line(GET + b"Connection: close\r\n\r\n", "127.0.0.2")).end()).startswith(
            b"HTTP/1.1 2"
        ):
            pass


@pytest.mark.parametrize("transport", ["websocket"])
async def test_at_the_ceiling_the_connection_too_many_is_told(
    chat: Served, open_line: Open, dial: Dial, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chat.capacity, "_most", 2)
    ada = await dial(chat, "Ada", "general")
    await open_line(GET)
    answer = await (await open_line(GET + b"\r\n")).refusal()
    assert (answer.status, answer.body["code"], answer.headers["retry-after"]) == (503, "unavailable", "5")
    assert (await ada.call("send_message", {"message": "Hello"}))["ok"]


async def test_bodies_and_answers_that_wait_are_bounded_together(
    chat: Served, open_line: Open, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chat.capacity.holdings, "_most", 500_000)
    own = await open_line(POST + b"Content-Length: 100000\r\n\r\n" + b" " * 90_000, source="127.0.0.3")
    loop, body = asyncio.get_running_loop(), b"Content-Length: 200000\r\n\r\n" + b" " * 150_000
    lines = [await open_line(POST + body, source="127.0.0.2") for _ in range(6)]
    ends = [loop.create_task(line.end()) for line in lines]
    await asyncio.wait(ends, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
    assert chat.capacity.holdings.total <= 500_000
    assert any(end.done() for end in ends)
    own.writer.write(b'{"username":"Bo"}'.rjust(10_000))
    assert (await own.reader.readline()).startswith(b"HTTP/1.1 201 ")
    await sign_in(http, "Ada")
    for end in ends:
        end.cancel()
    await asyncio.gather(*ends, return_exceptions=True)


async def test_an_answer_that_is_not_taken_ends_with_its_connection(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "STALL", 0.3)
    chat = await serve(max_message_length=60_000, rate_limit=False)
    for server in chat._server.servers:
        for listening in server.sockets:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 16)
    async with httpx.AsyncClient(base_url=chat.url) as client:
        headers = bearer(await sign_in(client, "Ada"))
        for _ in range(40):
            posted = await client.post("/api/rooms/general/messages", json={"message": "x" * 60_000}, headers=headers)
            assert posted.status_code == 201
    held, left = asyncio.Event(), asyncio.Event()
    put, leave = chat.capacity.holdings.put, chat.capacity.leave

    def note_held(*arguments: Any) -> None:
        put(*arguments)
        held.set()

    def note_left(guest: capacity.Guest) -> None:
        leave(guest)
        left.set()

    monkeypatch.setattr(chat.capacity.holdings, "put", note_held)
    monkeypatch.setattr(chat.capacity, "leave", note_left)
    with socket.create_connection(("127.0.0.1", chat.port)) as greedy:
        greedy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        greedy.sendall(b"GET /api/rooms/general/messages?limit=200 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        async with asyncio.timeout(PATIENCE):
            await held.wait()
            left.clear()
            await left.wait()
    assert chat.capacity.holdings.total == 0

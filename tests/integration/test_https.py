"""Http and https on one port: with both event loops, plain and secure clients in one chat, and whatever else knocks."""

import asyncio
import errno
import json
import logging
import os
import resource
import socket
import ssl
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
import uvloop

from chatapp.domain.lifetimes import COOKIE_SECONDS
from chatapp.lan.certificates import Certificates
from chatapp.settings import Settings
from chatapp.transport import doors, frames
from chatapp.transport.websocket import MOST_UNSENT
from tests.conftest import Served, Server
from tests.frames import CLOSE, TEXT, FrameLine, frame
from tests.raw import PATIENCE, PollingLine, Raw, WebSocketLine

LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}
SIZE = 60_000


class Both(Served):
    """A chat at `url` and `plain`, which are one port."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.plain = self.url
        self.url = f"https://127.0.0.1:{self.port}"
        self.certificates = Certificates(settings.data_dir / "certificates", "Workshop", self.now)
        self.context = self.certificates.context([], [])
        self.server_class = self._make

    async def current(self) -> ssl.SSLContext:
        """What TLS begins with."""
        return self.context

    @staticmethod
    def now() -> int:
        """Milliseconds."""
        return time.time_ns() // 1_000_000

    def _make(self, config: uvicorn.Config) -> Server:
        return _Server(config, self)


class _Server(Server):
    def __init__(self, config: uvicorn.Config, chat: Both) -> None:
        super().__init__(config)
        self._chat = chat

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:  # noqa: ARG002 - it takes its own
        with socket.create_server(("127.0.0.1", self.config.port)) as listening:
            # Connections leave little unsent to the system.
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 16)
            await doors.start(self, [listening], self._chat.current, self._chat.capacity)
        self.listens.set()


Serve = Callable[..., Awaitable[Both]]


@pytest.fixture
async def serve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Serve]:
    """Starts a chat that every client here trusts; all end with the test."""
    async with AsyncExitStack() as stack:

        async def start(**settings: Any) -> Both:
            chat = Both(replace(Settings(data_dir=tmp_path), **settings))
            authority = tmp_path / "authority.crt"
            authority.write_text(ssl.DER_cert_to_PEM_cert(chat.certificates.authority_der()))
            monkeypatch.setenv("SSL_CERT_FILE", str(authority))
            await chat.start()
            stack.push_async_callback(chat.stop)
            return chat

        yield start


@pytest.fixture
async def chat(serve: Serve) -> Both:
    """A running chat that does not count what one sends."""
    return await serve(rate_limit=False)


Enter = Callable[..., Awaitable[Raw]]


@pytest.fixture
async def enter() -> AsyncIterator[Enter]:
    """Lets somebody into General by a line."""
    async with AsyncExitStack() as stack:

        async def connect(line: WebSocketLine | PollingLine | FrameLine, name: str) -> Raw:
            stack.push_async_callback(line.close)
            raw = Raw(line)
            await raw.open()
            assert (await raw.call("set_username", {"username": name}))["ok"]
            assert (await raw.call("join_room", {"room": "general"}))["ok"]
            return raw

        yield connect


async def test_everybody_talks_to_everybody_whatever_the_way(chat: Both, enter: Enter) -> None:
    people = {
        "Ada": await enter(WebSocketLine(chat.url, {}), "Ada"),
        "Bo": await enter(WebSocketLine(chat.plain, {}), "Bo"),
        "Cy": await enter(PollingLine(chat.url, {}), "Cy"),
        "Di": await enter(PollingLine(chat.plain, {}), "Di"),
    }
    for name, somebody in people.items():
        assert (await somebody.call("send_message", {"message": f"From {name}"}))["ok"]
    for somebody in people.values():
        heard = [json.loads(packet[2:])[1] for packet in somebody.heard if packet.startswith('42["new_message"')]
        while len(heard) < len(people):
            heard.append(await somebody.wait("new_message"))
        assert [message["message"] for message in heard] == [f"From {name}" for name in people]


async def test_the_handshake_is_of_this_day(chat: Both) -> None:
    context = ssl.create_default_context()
    context.set_alpn_protocols(["h2", "http/1.1"])
    _, writer = await asyncio.open_connection("127.0.0.1", chat.port, ssl=context)
    secure: ssl.SSLObject = writer.get_extra_info("ssl_object")
    assert (secure.version(), secure.selected_alpn_protocol()) == ("TLSv1.3", "http/1.1")
    writer.close()
    await writer.wait_closed()


async def test_what_the_protocol_forbids_is_answered_with_its_code(chat: Both, enter: Enter) -> None:
    line = FrameLine(chat.url)
    await enter(line, "Ada")
    line.write(frame(TEXT, b"4\x80"))
    while (heard := await line.next()).opcode != CLOSE:
        pass
    assert int.from_bytes(heard.payload[:2], "big") == frames.NO_UTF_8


async def test_large_messages_in_many_pieces_arrive_whole(serve: Serve, enter: Enter) -> None:
    chat = await serve(rate_limit=False, max_message_length=SIZE)
    ada, bo = await enter(FrameLine(chat.url), "Ada"), await enter(FrameLine(chat.plain), "Bo")
    for number in range(20):
        text = f"{number}" + "☃" * (SIZE - 10)
        await ada.ask("send_message", {"message": text})
        for somebody in (ada, bo):
            assert (await somebody.wait("new_message"))["message"] == text


async def test_who_does_not_read_is_cut_off_and_the_others_hear_everything(serve: Serve, enter: Enter) -> None:
    chat = await serve(rate_limit=False, max_message_length=SIZE)
    ada, stalled = await enter(FrameLine(chat.url), "Ada"), FrameLine(chat.url)
    await enter(stalled, "Stalled")
    stalled.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connections = chat._server.server_state.connections
    assert len(connections) == 2
    sent, most = 0, 0
    while len(connections) == 2:
        most = max(most, *(each.transport.get_write_buffer_size() for each in connections))
        sent += 1
        assert sent < 200, "it is not cut off"
        await ada.ask("send_message", {"message": "x" * SIZE})
        assert (await ada.wait("new_message"))["seq"] == sent
    assert MOST_UNSENT - 2 * SIZE < most <= MOST_UNSENT + 2 * SIZE
    await stalled.close()


@pytest.mark.parametrize("begun", [b"", b"\x16\x03", b"G"], ids=["silent", "half a handshake", "half a request"])
async def test_who_stays_silent_is_in_nobodys_way(chat: Both, monkeypatch: pytest.MonkeyPatch, begun: bytes) -> None:
    # One after the other, fifty of them would keep a request waiting for longer than its client does.
    monkeypatch.setattr(doors, "PATIENCE", 0.5)
    silent = [await asyncio.open_connection("127.0.0.1", chat.port) for _ in range(50)]
    for _, writer in silent:
        writer.write(begun)
    async with httpx.AsyncClient() as client:
        for url in (chat.url, chat.plain):
            assert (await client.get(f"{url}/healthz")).status_code == 200
    if begun != b"G":  # what has begun as http is uvicorn's to end
        async with asyncio.timeout(PATIENCE):
            for reader, _ in silent:
                assert await ended(reader)
    for _, writer in silent:
        writer.close()


async def test_rubbish_ends_its_own_connection_alone(chat: Both, enter: Enter) -> None:
    ada = await enter(WebSocketLine(chat.url, {}), "Ada")
    for rubbish in (b"\x16" * 600, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(600), b"\x80\x2e\x01" * 90):
        reader, writer = await asyncio.open_connection("127.0.0.1", chat.port)
        writer.write(rubbish)
        async with asyncio.timeout(PATIENCE):
            assert await ended(reader)
        writer.close()
    reader, writer = await asyncio.open_connection("127.0.0.1", chat.port)
    writer.transport.abort()
    assert (await ada.call("send_message", {"message": "Still here"}))["ok"]


async def test_a_device_that_does_not_trust_the_authority_is_no_fault_of_ours(chat: Both) -> None:
    strict = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    for _ in range(3):
        with pytest.raises(ssl.SSLCertVerificationError):
            await asyncio.open_connection("127.0.0.1", chat.port, ssl=strict)
    async with httpx.AsyncClient() as client:
        assert (await client.get(f"{chat.url}/healthz")).status_code == 200


async def test_a_renewed_certificate_disturbs_nobody(chat: Both, enter: Enter) -> None:
    async def shown() -> bytes | None:
        _, writer = await asyncio.open_connection("127.0.0.1", chat.port, ssl=ssl.create_default_context())
        secure: ssl.SSLObject = writer.get_extra_info("ssl_object")
        certificate = secure.getpeercert(binary_form=True)
        writer.close()
        await writer.wait_closed()
        return certificate

    ada, before = await enter(WebSocketLine(chat.url, {}), "Ada"), await shown()
    chat.context = chat.certificates.context(["chat.local"], ["10.77.0.1"])
    assert await shown() != before
    assert (await ada.call("send_message", {"message": "Still here"}))["ok"]


async def test_http_is_served_while_the_certificate_is_still_being_made(chat: Both) -> None:
    made = asyncio.Event()
    context = chat.context

    async def later() -> ssl.SSLContext:
        await made.wait()
        return context

    chat.current = later  # type: ignore[method-assign]
    await chat.restart()
    async with httpx.AsyncClient() as client, asyncio.TaskGroup() as group:
        secure = group.create_task(client.get(f"{chat.url}/healthz"))
        assert (await client.get(f"{chat.plain}/healthz")).status_code == 200
        assert not secure.done()
        made.set()
    assert secure.result().status_code == 200


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit of open files to reach.")
async def test_when_there_are_no_more_files_who_knocks_waits(chat: Both, caplog: pytest.LogCaptureFixture) -> None:
    told = asyncio.Event()

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if os.strerror(errno.EMFILE) in record.getMessage():
                told.set()

    ear = Ear()
    doors.log.addHandler(ear)
    # Files that are closed meanwhile are given to the first of them.
    clients = [socket.socket() for _ in range(40)]
    for client in clients:
        client.setblocking(False)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    spare = os.dup(0)
    os.close(spare)
    resource.setrlimit(resource.RLIMIT_NOFILE, (spare, hard))
    loop = asyncio.get_running_loop()
    try:
        for client in clients:
            await loop.sock_connect(client, ("127.0.0.1", chat.port))
        async with asyncio.timeout(PATIENCE):
            await told.wait()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        doors.log.removeHandler(ear)
    async with asyncio.timeout(PATIENCE):
        client = clients[-1]
        await loop.sock_sendall(client, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert (await loop.sock_recv(client, 100)).startswith(b"HTTP/1.1 200 ")
    for client in clients:
        client.close()
    # Whatever else wanted a file meanwhile, such as the first look of the cleanup, has said so.
    caplog.clear()


async def test_stopping_tells_everybody_and_leaves_the_port(
    chat: Both, enter: Enter, caplog: pytest.LogCaptureFixture
) -> None:
    lines = [FrameLine(chat.url), FrameLine(chat.plain)]
    for number, line in enumerate(lines):
        await enter(line, f"Member-{number}")
    on_the_threshold = [await asyncio.open_connection("127.0.0.1", chat.port) for _ in range(2)]
    on_the_threshold[1][1].write(b"\x16")

    async def hear(line: FrameLine) -> int:
        while (heard := await line.next()).opcode != CLOSE:
            pass
        await line.close()
        return int.from_bytes(heard.payload[:2], "big")

    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
        codes = [group.create_task(hear(line)) for line in lines]
        group.create_task(chat.stop())
    assert [code.result() for code in codes] == [frames.RESTARTS] * 2
    assert "exceeded" not in caplog.text, "nothing had to be cut off"
    for reader, writer in on_the_threshold:
        assert await ended(reader)
        writer.close()
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", chat.port)) == errno.ECONNREFUSED
    await chat.start()
    async with httpx.AsyncClient() as client:
        assert (await client.get(f"{chat.url}/healthz")).status_code == 200


async def ended(reader: asyncio.StreamReader) -> bool:
    """Whether the other side has ended the connection; what it says before is passed over."""
    try:
        while await reader.read(1000):
            pass
    except ConnectionError:
        return True
    return reader.at_eof()


async def test_a_session_of_https_is_known_by_a_cookie_that_http_neither_sees_nor_sets(chat: Both) -> None:
    async with httpx.AsyncClient(base_url=chat.url) as secure, httpx.AsyncClient(base_url=chat.plain) as plain:
        signed_in = await secure.post("/api/session", json={"username": "Ada"})
        name, flags = cookie(signed_in)
        assert name.startswith("__Host-chatapp_")
        assert flags == {"path=/", f"max-age={COOKIE_SECONDS}", "httponly", "samesite=lax", "secure"}
        plain_name, plain_flags = cookie(await plain.post("/api/session", json={"username": "Bo"}))
        assert (f"__Host-{plain_name}", plain_flags) == (name, flags - {"secure"})

        both = {"cookie": f"{plain_name}={plain.cookies[plain_name]}; {name}={signed_in.json()['token']}"}
        for client, who in ((secure, "Ada"), (plain, "Bo")):
            client.cookies.clear()
            assert (await client.get("/api/me", headers=both)).json()["username"] == who
        only_plain, only_secure = ({"cookie": each} for each in both["cookie"].split("; "))
        assert (await secure.get("/api/me", headers=only_plain)).json()["username"] == "Bo"
        assert (await plain.get("/api/me", headers=only_secure)).status_code == 401
        # What was changed on its way over http cannot act for who came over https.
        changed = both | {"origin": chat.plain}
        assert (await secure.get("/api/me", headers=changed)).json()["username"] == "Bo"
        assert (await secure.get("/api/me", headers=only_secure | {"origin": chat.plain})).status_code == 401

        signed_out = await secure.delete("/api/session", headers=both | {"origin": chat.url})
        assert sorted(line.split("=")[0] for line in signed_out.headers.get_list("set-cookie")) == [name, plain_name]
        assert all("Max-Age=0;" in line for line in signed_out.headers.get_list("set-cookie"))
        assert (await secure.get("/api/me", headers=only_secure)).status_code == 401


async def test_who_goes_from_http_to_https_gets_the_secure_cookie(chat: Both) -> None:
    async with httpx.AsyncClient(base_url=chat.url) as secure, httpx.AsyncClient(base_url=chat.plain) as plain:
        await plain.post("/api/session", json={"username": "Ada"})
        code = (await plain.post("/api/session/carry", headers={"origin": chat.plain})).json()["code"]
        arrived = await secure.post("/api/session/arrive", json={"code": code})
        assert arrived.json()["username"] == "Ada"
        name, flags = cookie(arrived)
        assert name.startswith("__Host-chatapp_")
        assert "secure" in flags
        assert (await secure.get("/api/me")).json()["username"] == "Ada"


@pytest.mark.parametrize("line", [WebSocketLine, PollingLine])
async def test_a_connection_is_known_by_the_cookie_of_its_scheme(
    chat: Both, line: Callable[[str, dict[str, str]], WebSocketLine | PollingLine]
) -> None:
    async with httpx.AsyncClient(base_url=chat.url) as client:
        name, _ = cookie(signed_in := await client.post("/api/session", json={"username": "Ada"}))
    secure = {"cookie": f"{name}={signed_in.json()['token']}"}
    plain = {"cookie": secure["cookie"].removeprefix("__Host-")}
    for url, headers, is_known in (
        (chat.url, secure, True),
        (chat.url, plain, True),
        (chat.plain, plain, True),
        (chat.plain, secure, False),
        (chat.url, secure | {"origin": chat.plain}, False),
    ):
        made = line(url, {"origin": url} | headers)
        raw = Raw(made)
        await raw.open()
        answer = await raw.call("join_room", {"room": "general"})
        assert answer["ok"] == is_known, (url, headers)
        await made.close()


def cookie(answer: httpx.Response) -> tuple[str, set[str]]:
    """The name of the cookie that is set, and its flags in lower case."""
    value, *flags = answer.headers["set-cookie"].split("; ")
    return value.partition("=")[0], {flag.lower() for flag in flags}

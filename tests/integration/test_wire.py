"""The seams into python-socketio, python-engineio, uvicorn and Werkzeug: where one moves, these fail and say which.

They are named in chatapp/transport/engine.py, admissions.py, wire.py, session.py, websocket.py, requests.py and
http.py.
"""

import asyncio
import inspect
import json
import socket as sockets_of_the_system
from typing import Any

import engineio
import pytest
import socketio
from engineio.async_drivers import asgi
from engineio.async_socket import AsyncSocket
from engineio.payload import Payload
from socketio.async_manager import AsyncManager
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.asyncio.client import connect
from websockets.frames import Frame
from websockets.streams import StreamReader
from werkzeug.routing import Rule

from chatapp.services import presence
from chatapp.transport import engine, websocket
from chatapp.transport.capacity import Capacity
from chatapp.transport.engine import Engine
from chatapp.transport.frames import text_frame
from chatapp.transport.session import Session
from chatapp.transport.websocket import WebSocketProtocol
from tests.conftest import Come, Dial, Serve, Served
from tests.raw import PATIENCE, Raw, WebSocketLine

SIGNATURES: list[tuple[type, str, list[str]]] = [
    (socketio.AsyncServer, "_handle_eio_message", ["self", "eio_sid", "data"]),
    (socketio.AsyncServer, "_handle_eio_disconnect", ["self", "eio_sid", "reason"]),
    (socketio.AsyncServer, "_handle_connect", ["self", "eio_sid", "namespace", "data"]),
    (socketio.AsyncServer, "_handle_disconnect", ["self", "eio_sid", "namespace", "reason"]),
    (socketio.AsyncServer, "_handle_eio_connect", ["self", "eio_sid", "environ"]),
    (socketio.AsyncServer, "_engineio_server_class", ["self"]),
    (Rule, "_compile_builder", ["self", "append_unknown"]),
    (AsyncManager, "get_namespaces", ["self"]),
    (AsyncManager, "eio_sid_from_sid", ["self", "sid", "namespace"]),
    (AsyncManager, "sid_from_eio_sid", ["self", "eio_sid", "namespace"]),
    (AsyncManager, "is_connected", ["self", "sid", "namespace"]),
    (AsyncManager, "pre_connect", ["self", "eio_sid", "namespace"]),
    (AsyncManager, "connect", ["self", "sid", "namespace"]),
    (AsyncManager, "pre_disconnect", ["self", "sid", "namespace"]),
    (AsyncManager, "disconnect", ["self", "sid", "namespace", "kwargs"]),
    (engineio.AsyncServer, "_handle_connect", ["self", "environ", "transport", "jsonp_index"]),
    (engineio.AsyncServer, "_trigger_event", ["self", "event", "args", "kwargs"]),
    (engineio.AsyncServer, "_upgrades", ["self", "sid", "transport"]),
    (engineio.AsyncServer, "_ok", ["self", "packets", "headers", "jsonp_index"]),
    (engineio.AsyncServer, "_bad_request", ["self", "message"]),
    (AsyncSocket, "__init__", ["self", "server", "sid"]),
    (AsyncSocket, "check_ping_timeout", ["self"]),
    (AsyncSocket, "close", ["self", "wait", "abort", "reason"]),
    (AsyncSocket, "handle_get_request", ["self", "environ"]),
    (AsyncSocket, "handle_post_request", ["self", "environ"]),
    (AsyncSocket, "poll", ["self"]),
    (AsyncSocket, "receive", ["self", "pkt"]),
    (AsyncSocket, "schedule_ping", ["self"]),
    (AsyncSocket, "send", ["self", "pkt"]),
    (AsyncSocket, "_upgrade_websocket", ["self", "environ"]),
    (AsyncSocket, "_websocket_handler", ["self", "ws"]),
    (asgi.WebSocket, "__init__", ["self", "handler", "server"]),
    (asgi.WebSocket, "__call__", ["self", "environ"]),
    (asgi.WebSocket, "wait", ["self"]),
    (asgi.WebSocket, "send", ["self", "message"]),
    (HttpToolsProtocol, "handle_websocket_upgrade", ["self"]),
    (HttpToolsProtocol, "on_message_begin", ["self"]),
    (HttpToolsProtocol, "on_url", ["self", "url"]),
    (HttpToolsProtocol, "on_header", ["self", "name", "value"]),
    (HttpToolsProtocol, "on_headers_complete", ["self"]),
    (HttpToolsProtocol, "on_body", ["self", "body"]),
    (HttpToolsProtocol, "on_message_complete", ["self"]),
    (HttpToolsProtocol, "on_response_complete", ["self"]),
    (HttpToolsProtocol, "timeout_keep_alive_handler", ["self"]),
    (HttpToolsProtocol, "send_400_response", ["self", "msg"]),
    (HttpToolsProtocol, "_should_upgrade", ["self"]),
    (HttpToolsProtocol, "_unsupported_upgrade_warning", ["self"]),
    (WebSocketsSansIOProtocol, "__init__", ["self", "config", "server_state", "app_state", "_loop"]),
    (WebSocketsSansIOProtocol, "shutdown", ["self"]),
]


@pytest.mark.parametrize(("owner", "name", "parameters"), SIGNATURES)
def test_what_is_overridden_or_called_takes_what_we_think(owner: type, name: str, parameters: list[str]) -> None:
    assert list(inspect.signature(getattr(owner, name)).parameters) == parameters


def test_the_driver_is_looked_up_where_it_is_replaced() -> None:
    made: Any = engineio.AsyncServer(async_mode="asgi")
    assert made._async["websocket"] is asgi.WebSocket
    assert made._async["translate_request"] is asgi.translate_request
    checked: Any = Engine(lambda _origin, _host: True)
    assert checked.eio._async["websocket"] is asgi.WebSocket
    assert checked.eio._async["translate_request"] is not asgi.translate_request
    assert checked.eio._async.keys() == made._async.keys()


def test_uvicorn_gives_a_websocket_class_what_we_take() -> None:
    source = inspect.getsource(HttpToolsProtocol.handle_websocket_upgrade)
    assert "config=self.config" in source
    assert "server_state=self.server_state" in source
    assert "app_state=self.app_state" in source
    state, config = ServerState(), Config(Engine(lambda _origin, _host: True).asgi(None), ws_max_size=5)
    config.load()
    assert (state.connections, state.tasks, state.default_headers, config.ws_max_size) == (set(), set(), [], 5)
    assert callable(config.loaded_app)
    guest = Capacity(is_limited=True).admit("192.168.1.20", lambda: None)
    WebSocketProtocol(config=config, server_state=state, app_state={}, guest=guest)


def test_the_library_asks_no_clock_on_the_wall() -> None:
    source = inspect.getsource(AsyncSocket)
    calls = source.count("time.time()")
    # One in `check_ping_timeout`, one in `_send_ping`, which our sessions replace.
    assert calls == inspect.getsource(AsyncSocket.check_ping_timeout).count("time.time()") + 1
    assert "time.time()" in inspect.getsource(AsyncSocket._send_ping)
    assert AsyncSocket.schedule_ping.__code__.co_names.count("_send_ping") == 1
    assert Session.schedule_ping is not AsyncSocket.schedule_ping
    assert Session.check_ping_timeout is not AsyncSocket.check_ping_timeout


def test_a_post_may_hold_many_packets() -> None:
    Engine(lambda _origin, _host: True)
    assert Payload.max_decode_packets == engine.MOST_PACKETS_A_POST
    assert len(Payload(encoded_payload="\x1e".join(["4x"] * 500)).packets) == 500


def engine_of(chat: Served) -> Any:
    """The Socket.IO server of a running chat."""
    return chat.app.asgi.engineio_server


@pytest.mark.parametrize("transport", ["websocket"])
async def test_a_connection_is_found_in_all_the_tables(chat: Served, dial: Dial) -> None:
    await dial(chat, "Ada")
    server = engine_of(chat)
    ((sid, session),) = server.manager.sessions.items()
    assert server.eio.sockets == {session.sid: session}
    assert server.manager.eio_sid_from_sid(sid, "/") == session.sid
    assert server.manager.sid_from_eio_sid(session.sid, "/") == sid
    assert server.manager.is_connected(sid, "/")
    assert isinstance(session, Session)
    assert session.upgraded
    assert not session.closed
    assert isinstance(session.websocket, WebSocketProtocol)


@pytest.mark.parametrize("transport", ["websocket"])
async def test_an_open_websocket_has_no_task_and_no_request(chat: Served, dial: Dial) -> None:
    await dial(chat, "Ada")
    before = len(asyncio.all_tasks())
    guests = [await dial(chat) for _ in range(20)]
    for guest in guests:
        await guest.call("get_rooms", None)
    server = engine_of(chat)
    # What is left is the clients' own: one task each, that keeps the connection of the `websockets` library.
    assert len(asyncio.all_tasks()) - before <= len(guests)
    assert not chat._server.server_state.tasks
    assert {type(caller).__name__ for caller in server.environ.values()} == {"_Caller"}
    assert len({id(session.queue) for session in server.eio.sockets.values()}) == 1


async def test_who_has_gone_leaves_nothing_behind(chat: Served, come: Come, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "GRACE", 0.01)
    watcher = await come(chat, "Watcher", "general")
    server = engine_of(chat)
    for number in range(3):
        guest = await come(chat, f"Guest-{number}", "general")
        await guest.ok("send_message", {"message": "Hello"})
        await guest.close()
        await watcher.wait("user_left", lambda event: event["username"] == f"Guest-{number}")  # noqa: B023
    await watcher.ok("get_rooms")
    assert len(server.manager.sessions) == 1
    assert len(server._receiver._lines) == 1
    assert server._opened == {"127.0.0.1": 1}
    assert server._attachments == {}
    assert len(server.eio.sockets) == len(server.environ) == 1
    assert len(set().union(*server.eio.heartbeat._due.values())) == 1


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, 65_536, 200_000])
def test_a_frame_made_by_hand_is_a_frame(size: int) -> None:
    text = b"x" * size
    reader = StreamReader()
    reader.feed_data(text_frame(text))
    parsing = Frame.parse(reader.read_exact, mask=False, max_size=None)
    with pytest.raises(StopIteration) as parsed:
        next(parsing)
    frame = parsed.value.value
    assert (frame.fin, frame.opcode.name, bytes(frame.data)) == (True, "TEXT", text)


async def test_long_texts_of_every_size_arrive(serve: Serve, dial: Dial) -> None:
    chat = await serve(max_message_length=65_536, rate_limit=False)
    ada, bo = await dial(chat, "Ada", "general"), await dial(chat, "Bo", "general")
    for text in ("x", "y" * 126, "\u2603" * 30_000, "\U0001f600" * 65_536):
        assert (await ada.call("send_message", {"message": text}))["message"]["message"] == text
        assert (await bo.wait("new_message"))["message"] == text


@pytest.mark.parametrize("transport", ["websocket"])
async def test_a_client_that_does_not_read_is_cut_off_and_the_others_are_not(
    serve: Serve, come: Come, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(websocket, "MOST_UNSENT", 50_000)
    monkeypatch.setattr(presence, "GRACE", 0.01)
    chat = await serve(max_message_length=60_000, rate_limit=False)
    ada = await come(chat, "Ada", "general")
    narrow = sockets_of_the_system.socket()
    narrow.setsockopt(sockets_of_the_system.SOL_SOCKET, sockets_of_the_system.SO_RCVBUF, 4096)
    narrow.connect(("127.0.0.1", chat.port))
    line = WebSocketLine(chat.url, {})
    line.socket = await connect(line._url, sock=narrow, proxy=None, ping_interval=None, max_queue=1)
    slow = Raw(line)
    await slow.hear("0")
    await slow.send("40")
    await slow.hear("40")
    assert (await slow.call("set_username", {"username": "Slow"}))["ok"]
    assert (await slow.call("join_room", {"room": "general"}))["ok"]
    sent = 0
    while not ada.all("user_left"):
        sent += 1
        assert sent < 500
        await ada.ok("send_message", {"message": "x" * 60_000})
    assert ada.all("user_left")[0]["username"] == "Slow"
    await ada.wait("new_message", lambda message: message["seq"] == sent)
    assert [message["seq"] for message in ada.all("new_message")] == list(range(1, sent + 1))
    await line.close()


@pytest.mark.parametrize("transport", ["polling"])
async def test_a_client_that_does_not_poll_is_cut_off(
    serve: Serve, come: Come, dial: Dial, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "MOST_QUEUED", 20)
    monkeypatch.setattr(presence, "GRACE", 0.01)
    chat = await serve(rate_limit=False)
    await dial(chat, "Slow", "general")
    ada = await come(chat, "Ada", "general")
    for number in range(40):
        await ada.ok("send_message", {"message": f"Number {number}"})
    assert (await ada.wait("user_left"))["username"] == "Slow"


async def test_a_stock_client_upgrades_and_hears_everything_in_order(chat: Served, come: Come) -> None:
    client: Any = socketio.AsyncClient(reconnection=False)
    heard: list[str] = []
    client.on("new_message", lambda message: heard.append(message["message"]))
    await client.connect(chat.url, transports=["polling", "websocket"], wait_timeout=PATIENCE)
    assert client.transport() == "websocket"
    assert (await client.call("set_username", {"username": "Ada"}))["ok"]
    assert (await client.call("join_room", {"room": "general"}))["ok"]
    bo = await come(chat, "Bo", "general")
    for number in range(10):
        await bo.ok("send_message", {"message": f"Number {number}"})
        answer = await client.call("send_message", {"message": f"Answer {number}"})
        assert answer["ok"], json.dumps(answer)
    await client.call("get_rooms")
    assert heard == [f"{word} {number}" for number in range(10) for word in ("Number", "Answer")]
    await client.disconnect()

"""The seams into python-socketio, python-engineio and uvicorn: where one moves, these fail and say which.

They are named in chatapp/transport/engine.py, wire.py and websocket.py.
"""

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
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.asyncio.client import connect
from websockets.frames import Frame
from websockets.streams import StreamReader

from chatapp.services import presence
from chatapp.transport import engine, websocket
from chatapp.transport.engine import Engine
from chatapp.transport.websocket import WebSocketProtocol, text_frame
from tests.conftest import Come, Dial, Serve, Served
from tests.raw import Raw, WebSocketLine

SIGNATURES: list[tuple[type, str, list[str]]] = [
    (socketio.AsyncServer, "_handle_eio_message", ["self", "eio_sid", "data"]),
    (socketio.AsyncServer, "_handle_eio_disconnect", ["self", "eio_sid", "reason"]),
    (socketio.AsyncServer, "_handle_connect", ["self", "eio_sid", "namespace", "data"]),
    (socketio.AsyncServer, "_handle_disconnect", ["self", "eio_sid", "namespace", "reason"]),
    (AsyncManager, "eio_sid_from_sid", ["self", "sid", "namespace"]),
    (AsyncManager, "sid_from_eio_sid", ["self", "eio_sid", "namespace"]),
    (AsyncManager, "is_connected", ["self", "sid", "namespace"]),
    (AsyncSocket, "close", ["self", "wait", "abort", "reason"]),
    (asgi.WebSocket, "__init__", ["self", "handler", "server"]),
    (asgi.WebSocket, "__call__", ["self", "environ"]),
    (asgi.WebSocket, "wait", ["self"]),
    (WebSocketsSansIOProtocol, "handle_connect", ["self", "event"]),
    (WebSocketsSansIOProtocol, "send_receive_event_to_app", ["self"]),
    (WebSocketsSansIOProtocol, "handle_parser_exception", ["self"]),
    (WebSocketsSansIOProtocol, "pause_writing", ["self"]),
]


@pytest.mark.parametrize(("owner", "name", "parameters"), SIGNATURES)
def test_what_is_overridden_or_called_takes_what_we_think(owner: type, name: str, parameters: list[str]) -> None:
    assert list(inspect.signature(getattr(owner, name)).parameters) == parameters


def test_the_driver_is_looked_up_where_it_is_replaced() -> None:
    made: Any = engineio.AsyncServer(async_mode="asgi")
    assert made._async["websocket"] is asgi.WebSocket
    assert made._async["translate_request"] is asgi.translate_request
    checked: Any = Engine(lambda _origin, _host: True)
    assert checked.eio._async["websocket"] is not asgi.WebSocket
    assert checked.eio._async["translate_request"] is not asgi.translate_request
    assert checked.eio._async.keys() == made._async.keys()


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
    ((sid, session),) = server.manager.rooms["/"][None].items()
    socket = server.eio.sockets[session]
    assert server.manager.eio_sid_from_sid(sid, "/") == session == socket.sid
    assert socket.upgraded
    assert not socket.closed
    assert socket.queue._unfinished_tasks == 0
    protocol = server._protocols[session]
    assert isinstance(protocol, WebSocketProtocol)
    for name in ("close_sent", "frames", "curr_msg_data_type", "conn", "transport", "scope"):
        assert hasattr(protocol, name), name


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
    assert len(server.manager.rooms["/"][None]) == 1
    assert len(server._receiver._lines) == 1
    assert len(server._protocols) <= 1
    assert server._attachments == {}
    assert len([one for one in server.eio.sockets.values() if not one.closed]) == 1


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
    await client.connect(chat.url, transports=["polling", "websocket"])
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

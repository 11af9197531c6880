"""Frames written straight to websockets: order while transports change, and clients that do not read."""

import asyncio

import pytest
import socketio

from chatapp.transport.frames import text_frame
from chatapp.transport.websocket import MOST_UNSENT
from tests.conftest import PATIENCE, Client, Come, Serve, Served
from tests.raw import Raw, WebSocketLine


@pytest.fixture
def transport() -> str:
    """What these tests are about."""
    return "websocket"


@pytest.mark.parametrize(("size", "head"), [(125, 2), (126, 4), (65_535, 4), (65_536, 10)])
def test_a_frame_says_the_length_of_its_text(size: int, head: int) -> None:
    frame = text_frame(b"x" * size)
    assert frame[0] == 0x81
    assert frame[head:] == b"x" * size


async def test_a_client_that_does_not_read_is_cut_off_and_harms_nobody(serve: Serve, come: Come) -> None:
    chat = await serve(rate_limit=False)
    ada = await come(chat, "Ada", "general")
    bo = Raw(WebSocketLine(chat.url, {}))
    await bo.open()
    await bo.send('42["set_username",{"username":"Bo"}]')
    await bo.send('42["join_room",{"room":"general"}]')
    await ada.wait("user_joined", lambda event: event["username"] == "Bo")
    said = 0
    while not ada.all("user_left"):
        await asyncio.gather(*(ada.ok("send_message", {"message": "😀" * 4000}) for _ in range(50)))
        said += 50
        assert said * 16_000 < 64 * MOST_UNSENT, "nobody was cut off"
    await ada.wait("new_message", lambda message: message["seq"] == said)
    assert [message["seq"] for message in ada.all("new_message")] == list(range(1, said + 1))
    await bo.end()


async def test_order_holds_while_clients_change_their_transport(serve: Serve, come: Come) -> None:
    chat = await serve(rate_limit=False)
    ada = await come(chat, "Ada", "general")
    saying = asyncio.gather(*(ada.ok("send_message", {"message": str(number)}) for number in range(300)))
    guests = await asyncio.gather(*(changing(chat, f"Guest{number}") for number in range(5)))
    await saying
    await ada.ok("send_message", {"message": "the last"})
    for guest, joined_at in guests:
        await guest.wait("new_message", lambda message: message["seq"] == 301)
        assert [message["seq"] for message in guest.all("new_message")] == list(range(joined_at + 1, 302))
        await guest.close()


async def changing(chat: Served, name: str) -> tuple[Client, int]:
    """A client that begins by polling and goes over to a websocket; and the last `seq` it joined with."""
    client = Client("polling")
    await client._io.connect(chat.url, transports=["polling", "websocket"], wait_timeout=PATIENCE)
    await client.ok("set_username", {"username": name})
    joined = await client.ok("join_room", {"room": "general"})
    assert isinstance(client._io, socketio.AsyncClient)
    return client, joined["last_seq"]

"""What one connection writes to its transport: how often, in which order, and until when."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from chatapp.transport import websocket
from chatapp.transport.capacity import Capacity
from chatapp.transport.frames import close_frame, text_frame
from chatapp.transport.websocket import WebSocketProtocol


class Transport:
    """A transport that remembers; `unsent` bytes wait in it."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.unsent = 0
        self.is_aborted = False

    def write(self, data: bytes) -> None:
        """Remember."""
        self.written.append(data)

    def get_write_buffer_size(self) -> int:
        """What waits."""
        return self.unsent

    def is_closing(self) -> bool:
        """Whether it was aborted."""
        return self.is_aborted

    def abort(self) -> None:
        """Remember."""
        self.is_aborted = True


@pytest.fixture
def transport() -> Transport:
    """A transport."""
    return Transport()


@pytest.fixture
async def protocol(transport: Transport) -> WebSocketProtocol:
    """An open connection on it."""
    config: Any = SimpleNamespace(loaded_app=None, ws_max_size=100)
    state: Any = SimpleNamespace(connections=set(), tasks=set(), default_headers=[])
    guest = Capacity(is_limited=True).admit("192.168.1.20", transport.abort)
    made = WebSocketProtocol(config, state, {}, guest=guest)
    made.connection_made(transport)  # type: ignore[arg-type]
    return made


async def test_answers_of_one_turn_are_one_write(transport: Transport, protocol: WebSocketProtocol) -> None:
    for answer in (b"a", b"b", b"c"):
        protocol.write(answer, is_answer=True)
    assert transport.written == []
    await asyncio.sleep(0)
    assert transport.written == [b"abc"]
    protocol.write(b"d", is_answer=True)
    await asyncio.sleep(0)
    assert transport.written == [b"abc", b"d"]


async def test_a_broadcast_takes_the_answers_before_it_along(transport: Transport, protocol: WebSocketProtocol) -> None:
    protocol.write(b"answer", is_answer=True)
    protocol.write(b" broadcast", is_answer=False)
    protocol.write(b"next", is_answer=False)
    await asyncio.sleep(0)
    assert transport.written == [b"answer broadcast", b"next"]


async def test_large_answers_do_not_wait(transport: Transport, protocol: WebSocketProtocol) -> None:
    protocol.write(b"x" * websocket.MOST_KEPT, is_answer=True)
    protocol.write(b"y", is_answer=True)
    assert transport.written == [b"x" * websocket.MOST_KEPT + b"y"]


async def test_a_goodbye_comes_last(transport: Transport, protocol: WebSocketProtocol) -> None:
    protocol.write(b"answer", is_answer=True)
    protocol.close(1012)
    protocol.write(b"late", is_answer=True)
    protocol.write(b"later", is_answer=False)
    await asyncio.sleep(0)
    assert transport.written == [b"answer" + close_frame(1012)]
    protocol.connection_lost(None)


@pytest.mark.parametrize(
    ("unsent", "answered", "is_cut"),
    [
        (websocket.MOST_UNSENT, 0, False),
        (websocket.MOST_UNSENT + 1, 0, True),
        (websocket.MOST_UNSENT + 1, 100_000, False),
        (websocket.MOST_UNSENT + websocket.MOST_ANSWERED + 1, 2 * websocket.MOST_ANSWERED, True),
    ],
)
async def test_who_does_not_read_is_cut_off_but_not_for_what_they_asked_for(
    transport: Transport, protocol: WebSocketProtocol, unsent: int, answered: int, *, is_cut: bool
) -> None:
    transport.unsent = 1
    protocol.write(b"x" * answered, is_answer=True)
    await asyncio.sleep(0)
    transport.unsent = unsent
    protocol.write(text_frame(b"broadcast"), is_answer=False)
    assert transport.is_aborted == is_cut


async def test_answers_that_were_taken_are_forgotten(transport: Transport, protocol: WebSocketProtocol) -> None:
    protocol.write(b"x" * 100_000, is_answer=True)
    protocol.write(b"", is_answer=False)  # nothing waits any more
    transport.unsent = websocket.MOST_UNSENT + 1
    protocol.write(b"broadcast", is_answer=False)
    assert transport.is_aborted

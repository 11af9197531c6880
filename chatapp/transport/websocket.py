"""The WebSocket protocol class that uvicorn serves with.

Mechanism: it offers itself to the application in the scope (`EXTENSION`), so that a frame made once can be written to
many connections as the same bytes; that skips a queue, a task and a framing for each of them. While the application
waits for the next text, that may be taken straight from its frame (`take`), which skips as much on the way in.

Guarantees: what was written first is sent first. A client that leaves more than `MOST_UNSENT` bytes unread is cut off,
and catches up when it is back; answers it asked for itself (a page of long messages) do not count against it until
`MOST_ANSWERED`. Text that is not UTF-8 closes the connection with 1007 and no traceback: it is the client's mistake.

Cost: one write to the kernel for each member and batch. Reaches into `WebSocketsSansIOProtocol`;
tests/integration/test_wire.py fails when that moves.
"""

from collections.abc import Callable
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

EXTENSION = "chatapp.frames"
MOST_UNSENT = 1 << 20
MOST_ANSWERED = 8 << 20


def text_frame(text: bytes) -> bytes:
    """A whole, unmasked text frame (RFC 6455, section 5.2)."""
    size = len(text)
    if size < 126:
        return bytes((0x81, size)) + text
    if size < 1 << 16:
        return b"\x81\x7e" + size.to_bytes(2, "big") + text
    return b"\x81\x7f" + size.to_bytes(8, "big") + text


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """One WebSocket connection."""

    # Set by the application: what takes a text (and says whether it did), and whether it waits for the next.
    take: Callable[[bytes], bool] | None = None
    is_awaited = False
    _answered = 0

    def handle_connect(self, event: Any) -> None:
        """Begin the application, which finds this protocol in its scope."""
        super().handle_connect(event)
        if hasattr(self, "scope"):
            scope: Any = self.scope
            scope["extensions"][EXTENSION] = self

    def write_frames(self, frames: bytes, *, is_answer: bool) -> None:
        """Send frames that are ready; `is_answer` when this client asked for them."""
        if self.close_sent or self.transport.is_closing():
            return
        unsent = self.transport.get_write_buffer_size()
        if not unsent:
            self._answered = 0
        if is_answer:
            self._answered += len(frames)
        if unsent > MOST_UNSENT + min(self._answered, MOST_ANSWERED):
            self.transport.abort()
        else:
            self.transport.write(frames)

    def pause_writing(self) -> None:
        """Do not wait for slow clients: `write_frames` bounds what is unsent, and nothing overtakes a waiting task."""

    def send_receive_event_to_app(self) -> None:
        """Hand a whole message to the application, or close the connection when it is no text."""
        if self.curr_msg_data_type == "text":
            text = b"".join(self.frames)
            try:
                text.decode()
            except UnicodeDecodeError:
                self.frames = []
                self.conn.send_close(1007)
                self.handle_parser_exception()
                return
            is_next = self.is_awaited and self.queue.empty() and not self.close_sent
            if is_next and self.take is not None and self.take(text):
                self.frames = []
                return
        super().send_receive_event_to_app()

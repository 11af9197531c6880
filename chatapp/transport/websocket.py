"""The WebSocket protocol class that uvicorn serves with.

It adds one thing to uvicorn's own: text that is not UTF-8 closes the connection with 1007 and no traceback in the log,
for it is the client's mistake. Reaches into `WebSocketsSansIOProtocol`; tests/integration/test_wire.py fails when that
moves.
"""

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """One WebSocket connection."""

    def send_receive_event_to_app(self) -> None:
        """Hand a whole message to the application, or close the connection when it is no text."""
        if self.curr_msg_data_type == "text":
            try:
                b"".join(self.frames).decode()
            except UnicodeDecodeError:
                self.frames = []
                self.conn.send_close(1007)
                self.handle_parser_exception()
                return
        super().send_receive_event_to_app()

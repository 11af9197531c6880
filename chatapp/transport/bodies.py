"""Bodies of requests that are larger than memory should hold: read piece by piece, at the reader's pace.

Quart reads on while a body waits to be taken. For the paths named here it stops when `MOST_WAITING` bytes lie there,
and the sender is slowed by the network; on every other path a body stays within the application's limit, as before.
"""

import asyncio
from collections.abc import Collection
from typing import Any

from quart import Quart, Request
from quart.asgi import ASGIHTTPConnection
from quart.wrappers.request import Body

MOST_WAITING = 1_000_000
"""Bytes."""


class _Body(Body):
    """A body that says when it has been taken."""

    def __init__(self, expected_content_length: int | None, max_content_length: int | None) -> None:
        super().__init__(expected_content_length, max_content_length)
        self.is_taken = asyncio.Event()

    async def __anext__(self) -> bytes:
        data = await super().__anext__()
        self.is_taken.set()
        return data

    def waits(self) -> int:
        """How many bytes nobody has taken yet."""
        return len(self._data)


class _Request(Request):
    body_class = _Body


def stream(app: Quart, paths: Collection[str]) -> None:
    """Let requests to these paths bring bodies of any size, for handlers that read them piece by piece."""

    class Connection(ASGIHTTPConnection):
        async def handle_messages(self, request: Request, receive: Any) -> None:
            if request.path not in paths:
                return await super().handle_messages(request, receive)
            return await _pass_on(request.body, receive)

        def _create_request_from_scope(self, send: Any) -> Request:
            request = super()._create_request_from_scope(send)
            if request.path in paths:
                request.max_content_length = None
                request.body = _Body(request.content_length, None)
            return request

    app.request_class = _Request
    app.asgi_http_class = Connection


async def _pass_on(body: Any, receive: Any) -> None:
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return
        body.append(message.get("body", b""))
        if not message.get("more_body", False):
            body.set_complete()
        while body.waits() > MOST_WAITING:
            body.is_taken.clear()
            await body.is_taken.wait()

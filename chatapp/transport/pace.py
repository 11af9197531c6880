"""Lets requests begin a few at a time, so that those who chat are heard between them.

Mechanism: in one turn of the event loop at most `MOST` requests begin; the others wait, and those of each address take
turns. Messages over an open WebSocket do not pass here.

Guarantees: every request begins, and those of one address wait in their order; however many come at once, few begin in
a turn of the event loop, and nobody waits for the crowd of another address.

Cost: nothing to speak of while few come; one that waits costs a future.
"""

import asyncio
from collections import deque

from chatapp.domain.limits import network
from chatapp.transport.assets import Application, Receive, Scope, Send

MOST = 4
"""With it messages took 107 ms at most of 99 in 100 while thousands of requests came (tests/bench/floods.py)."""


class Pace:
    """Lets requests through to `inside`."""

    def __init__(self, inside: Application) -> None:
        self._inside = inside
        self._begun = 0
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, as ASGI has it."""
        if self._begun == MOST:
            await self._wait(network((scope.get("client") or ("",))[0]))
        else:
            self._begin()
        return await self._inside(scope, receive, send)

    def _begin(self) -> None:
        if not self._begun:
            asyncio.get_running_loop().call_soon(self._turn)
        self._begun += 1

    async def _wait(self, address: str) -> None:
        begins = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(address, deque()).append(begins)
        await begins

    def _turn(self) -> None:
        """The next turn of the event loop."""
        self._begun = 0
        while self._waiting and self._begun < MOST:
            address = next(iter(self._waiting))
            theirs = self._waiting.pop(address)
            begins = theirs.popleft()
            if theirs:
                self._waiting[address] = theirs
            if not begins.done():
                begins.set_result(None)
                self._begin()

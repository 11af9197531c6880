"""One Engine.IO session: polling as the library has it, a websocket without anything of the library in between.

Mechanism: while a client polls or is changing over, packets wait in the library's queue. Once its websocket is open and
the queue was written out, the session is the websocket's listener and writes to it itself; queue, tasks and request are
let go. An ordinary message is taken straight from its frame (`Take`); whatever is out of the ordinary takes the
library's way, one packet after the other, and what arrives meanwhile waits with the client's reading paused.

Guarantees: packets leave in the order they were given, across the change of transport too: nothing is awaited between
the last packet of the queue and the first frame. None is lost unnoticed: a session ends when the client of a poll goes
before it was answered, or polls twice at once, since nobody can say which packets it then has (as Node's server does).
The session ends once, whoever ends it, and then stands in no table. Its age is the heartbeat's matter, not that of a
clock on the wall: one without a connection at two pings ends, 50 s after its beginning if it never had one (Node 45 s).

Reaches into `AsyncSocket` of the python-engineio that pyproject.toml names; tests/integration/test_wire.py fails when
it moves.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from engineio import packet as packets
from engineio.async_socket import AsyncSocket
from engineio.exceptions import EngineIOError
from engineio.packet import Packet

from chatapp.transport import frames
from chatapp.transport.capacity import Holdings
from chatapp.transport.heartbeat import Heartbeat
from chatapp.transport.websocket import EXTENSION, WebSocketProtocol

TYPES = frozenset("0123456")
POLLING_COSTS = 16 << 10
"""Bytes that a session counts as while it polls: as much as what it is made of, so that there are 4,000 at most."""
_PING = frames.text_frame(b"2")

Take = Callable[["Session", str], bool]
"""Takes a message of a session, or leaves it to the library by returning False."""


class Sessions(Protocol):
    """The server a session belongs to."""

    sockets: dict[str, "Session"]
    heartbeat: Heartbeat
    polling: Holdings
    take: Take
    reason: Any
    logger: Any
    _bad_request: Callable[[str], Any]

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something in a task of its own."""


class Session(AsyncSocket):  # type: ignore[misc]
    """A session. `websocket` is there while what is sent goes straight to it."""

    # The library's own, which it does not annotate.
    server: Sessions
    sid: str
    queue: "asyncio.Queue[Any]"
    connected: bool
    upgrading: bool
    upgraded: bool
    closing: bool
    closed: bool

    websocket: WebSocketProtocol | None = None
    # The Socket.IO connection on this session, and whether it was admitted.
    connection: str | None = None
    is_admitted = False
    due = 0
    is_pinged = False
    # Where it polls from, and how many bytes of answers wait for its next poll.
    address = ""
    _owed = 0
    # Whether there was no connection on it at its last ping; whether a poll waits.
    _was_unused = False
    _is_polled = False
    # A websocket that is being opened; what waits while a packet takes the library's way.
    _opening: WebSocketProtocol | None = None
    _waiting: list[str | bytes] | None = None

    def schedule_ping(self) -> None:
        """Begin to be pinged, or an answer to a ping has come."""
        if self.due:
            self.server.heartbeat.answered(self)
        elif not self.closing:
            self.server.heartbeat.begin(self)

    def ping(self) -> None:
        """Ask the client whether it is there. Ends a session that nobody uses."""
        if self.connection is None and self._was_unused:
            self.cut()
            return
        self._was_unused = self.connection is None
        if self.websocket is not None:
            self.websocket.write(_PING, is_answer=False)
        else:
            self.queue.put_nowait(Packet(packets.PING))

    def owe(self, size: int) -> None:
        """So many bytes more wait for its next poll. Those that poll are bounded together, and by what waits."""
        if not self.upgraded and not self.closing:
            self._owed += size
            self.server.polling.put(self.sid, self.address, POLLING_COSTS + self._owed, self.cut)

    def give_up(self) -> None:
        """The client has not answered."""
        self._end(self.server.reason.PING_TIMEOUT)

    def cut(self) -> None:
        """End the session, whatever has not been sent yet."""
        self._end(self.server.reason.SERVER_DISCONNECT)

    async def check_ping_timeout(self) -> bool:
        """Whether the session may go on: the heartbeat ends those that do not answer."""
        return not self.closed

    async def send(self, pkt: Packet) -> None:
        """Send a packet of the library's."""
        if self.websocket is not None:
            self.websocket.write(_framed(pkt), is_answer=True)
        else:
            await super().send(pkt)

    async def close(
        self,
        wait: bool = True,  # noqa: ARG002, FBT001, FBT002 - the library's signature
        abort: bool = False,  # noqa: FBT001, FBT002
        reason: str | None = None,
    ) -> None:
        """End the session: it is told, then its transport ends and it stands in no table."""
        if self.closing:
            return
        self.server.heartbeat.forget(self)
        self.server.polling.drop(self.sid)
        await super().close(wait=False, abort=abort, reason=reason)
        self.server.sockets.pop(self.sid, None)
        # Answers a poll that waits, which the library would leave open until the next ping.
        self.queue.put_nowait(None)
        for websocket in (self.websocket, self._opening):
            if websocket is not None:
                websocket.close()
        self.websocket = None

    def hear(self, text: str) -> None:
        """A text message of the websocket."""
        if text == "3":
            self.schedule_ping()
        elif self._waiting is not None or text[:1] != "4" or not self.server.take(self, text):
            self._wait(text)

    def hear_binary(self, data: bytes) -> None:
        """A binary message of the websocket."""
        self._wait(data)

    def end(self) -> None:
        """The websocket has ended."""
        self.websocket = None
        self._end(self.server.reason.TRANSPORT_CLOSE)

    def _end(self, reason: str) -> None:
        if not self.closing:
            self.server.begin(self.close(wait=False, abort=True, reason=reason))

    def _wait(self, data: str | bytes) -> None:
        if self.websocket is None:
            return
        if self._waiting is not None:
            self.websocket.read_on(is_wanted=False)
            self._waiting.append(data)
        else:
            self._waiting = [data]
            self.server.begin(self._work())

    async def _work(self) -> None:
        """Receive what waits, packet by packet."""
        while self._waiting and self.websocket is not None:
            data = self._waiting.pop(0)
            if isinstance(data, str) and data[:1] not in TYPES:
                self.websocket.close(frames.PROTOCOL_ERROR)
                break
            try:
                await self.receive(Packet(encoded_packet=data))
            except EngineIOError:
                self.server.logger.info("%s: passed over a packet", self.sid)
        self._waiting = None
        if self.websocket is not None:
            self.websocket.read_on(is_wanted=True)

    async def handle_get_request(self, environ: dict[str, Any]) -> Any:
        """Answer a poll, or begin the websocket. Raises EngineIOError, for which the library ends the session."""
        if environ["asgi.scope"]["type"] == "websocket":
            return await super().handle_get_request(environ)
        if self._is_polled:
            raise EngineIOError("Two polls at once")
        self._is_polled = True
        going = asyncio.get_running_loop().create_task(_gone(environ["asgi.receive"]))
        going.add_done_callback(self._gone)
        try:
            return await super().handle_get_request(environ)
        finally:
            going.cancel()
            self._is_polled = False
            self.owe(-self._owed)

    def _gone(self, going: "asyncio.Task[None]") -> None:
        if not going.cancelled() and not self.upgraded:
            self._end(self.server.reason.TRANSPORT_CLOSE)

    async def handle_post_request(self, environ: dict[str, Any]) -> None:
        """Receive what a polling client posts. Raises EngineIOError, for which the library ends the session."""
        try:
            await super().handle_post_request(environ)
        except EngineIOError:
            if not self.closing:  # where the session has ended meanwhile, the library would fail at ending it
                raise

    async def _upgrade_websocket(self, environ: dict[str, Any]) -> Any:
        if self.upgraded or self._opening is not None:
            return self.server._bad_request("This session has a websocket already")  # noqa: SLF001
        websocket = self._opening = environ["asgi.scope"]["extensions"][EXTENSION]
        try:
            return await super()._upgrade_websocket(environ)
        finally:
            self._opening = None
            self.upgrading = False
            if self.websocket is not websocket and not self.connected:
                # Nobody took the new session's websocket over: the client went while it was being opened.
                await self.close(wait=False, abort=True, reason=self.server.reason.TRANSPORT_CLOSE)

    async def _websocket_handler(self, ws: Any) -> None:
        if self.connected and not await self._change_over(ws):
            return
        self.connected = self.upgraded = True
        self.server.polling.drop(self.sid)
        self.upgrading = False
        websocket, queue = self._opening, self.queue
        assert websocket is not None
        self.queue = _NO_QUEUE
        while not queue.empty():
            packet = queue.get_nowait()
            if packet is not None:
                websocket.write(_framed(packet), is_answer=True)
        # Whoever still polls is answered.
        queue.put_nowait(Packet(packets.NOOP))
        if self.closing:
            return
        self.websocket = websocket
        websocket.listen(self)

    async def _change_over(self, opened: Any) -> bool:
        """The client tries the websocket, with a probe, before it gives up polling; return whether it did."""
        self.upgrading = True  # polls get nothing meanwhile
        try:
            if await opened.wait() != "2probe":
                return False
            await opened.send("3probe")
            self.queue.put_nowait(Packet(packets.NOOP))  # ends the poll that waits
            upgrade: Any = await opened.wait()
        except OSError:
            return False
        return bool(upgrade == "5") and not self.closing


class _NoQueue(asyncio.Queue[Any]):
    """Stands where the library looks for the queue of a session that has none any more."""

    def put_nowait(self, item: Any) -> None:
        """Pass over."""


_NO_QUEUE = _NoQueue()


async def _gone(receive: Callable[[], Any]) -> None:
    """Return when the client of a request has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _framed(packet: Packet) -> bytes:
    data: Any = packet.encode()
    return frames.text_frame(data.encode()) if isinstance(data, str) else frames.frame(frames.BINARY, data)

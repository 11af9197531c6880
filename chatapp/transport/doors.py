"""One listening port for http and https.

Mechanism: a connection is accepted and looked at without taking anything from it: a first byte of 0x16 begins a TLS
handshake (RFC 8446, section 5.1), and no HTTP request begins with it. Then the socket goes to the event loop, with TLS
or without, and uvicorn's protocol class serves it as it serves any other: it asks the transport which of the two it is,
so scheme, cookies and WebSockets come out right, and there is no hop in between.

Guarantees: one who connects and stays silent keeps nobody waiting and is sent away after `PATIENCE`, as is one who does
not finish the handshake. What goes wrong while a connection is let in ends that connection alone. When the system has
no more files to give, doors stay open and those who knock wait. The TLS context is asked for at each handshake, so a
renewed certificate holds from the next connection on, and those that stand are not touched. Closing the doors is what
`uvicorn.Server.shutdown` does with any server: it stops accepting, then tells the connections.

Cost: a task for each connection until it is let in, and a system call more; per request nothing. Only a chat that
serves https opens its port this way.
"""

import asyncio
import logging
import socket
import ssl
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, cast

import uvicorn

from chatapp.transport.capacity import Capacity, Guest

log = logging.getLogger(__name__)

PATIENCE = 10.0
"""Seconds for the first byte, and again for the TLS handshake. Browsers open connections in advance and stay silent."""
FAREWELL = 2.0
"""Seconds that the other side has to answer the end of a TLS connection: as long as a stop waits for connections."""
_FULL = 0.2
"""Seconds until the next try to accept when the system had no file to give."""
_HANDSHAKE = b"\x16"

Context = Callable[[], Awaitable[ssl.SSLContext]]


async def start(server: uvicorn.Server, sockets: Sequence[socket.socket], context: Context, capacity: Capacity) -> None:
    """Do what `uvicorn.Server.startup(sockets)` does, with doors that take http and https.

    `context` gives the TLS context for one more connection; while it is awaited, http is served already. `capacity`
    counts those on the threshold as it counts those inside.
    """
    await server.lifespan.startup()
    # uvicorn closes what stands in `servers`, and waits for it.
    doors: list[Any] = [Door(server, each, context, capacity) for each in sockets]
    server.servers = doors
    server.started = True


class Door:
    """Lets in those who connect to a listening socket, from construction until `close`."""

    def __init__(self, server: uvicorn.Server, listening: socket.socket, context: Context, capacity: Capacity) -> None:
        self._server = server
        self._context = context
        self._capacity = capacity
        # Of its own, since uvicorn closes the one it was given at once, when this one may still be waited on.
        self._socket = listening.dup()
        self._socket.setblocking(False)
        self._socket.listen(server.config.backlog)
        self._opened = asyncio.get_running_loop().create_task(self._open())
        self._opened.add_done_callback(self._failed)

    def close(self) -> None:
        """Let nobody in any more, those included who are still on the threshold."""
        self._opened.cancel()

    async def wait_closed(self) -> None:
        """Return when it is closed. Raises what it failed with."""
        await asyncio.wait([self._opened])
        if not self._opened.cancelled():
            self._opened.result()

    async def _open(self) -> None:
        with self._socket:
            async with asyncio.TaskGroup() as threshold:
                while True:
                    connection, address = await self._accept()
                    guest = self._capacity.admit(address, connection.close)
                    if connection.fileno() < 0:
                        guest.leave()
                    else:
                        threshold.create_task(self._let_in(connection, guest))

    async def _accept(self) -> tuple[socket.socket, str]:
        loop, is_told = asyncio.get_running_loop(), False
        while True:
            try:
                connection, address = await loop.sock_accept(self._socket)
                return connection, address[0]
            except ConnectionError:
                continue  # gone before it was let in
            except OSError as error:
                if not is_told:
                    log.warning("Nobody can connect at this moment: %s.", error.strerror or error)
                is_told = True
                await asyncio.sleep(_FULL)

    async def _let_in(self, connection: socket.socket, guest: Guest) -> None:
        """Serve a connection. One that is not to come in is told so where no handshake is in between."""
        try:
            connection.setblocking(False)
            async with asyncio.timeout(PATIENCE):
                first = await _first_byte(connection)
            secure = await self._secure() if first == _HANDSHAKE else {}
            if first and secure is not None and not (secure and guest.refusal):
                await asyncio.get_running_loop().connect_accepted_socket(self._protocol, connection, **secure)
                return
        except OSError:  # a TimeoutError and an ssl.SSLError are such too
            pass
        except asyncio.CancelledError:
            connection.close()
            raise
        finally:
            guest.leave()  # it is counted by who serves it now
        connection.close()

    async def _secure(self) -> dict[str, Any] | None:
        """How the event loop makes a connection a TLS one; None where it cannot be."""
        try:
            context = await self._context()
        except OSError as error:
            log.warning("Nobody can connect over https at this moment: %s.", error.strerror or error)
            return None
        return {"ssl": context, "ssl_handshake_timeout": PATIENCE, "ssl_shutdown_timeout": FAREWELL}

    def _protocol(self) -> asyncio.Protocol:
        """What uvicorn serves a connection with."""
        server = self._server
        made: asyncio.Protocol = cast("Any", server.config.http_protocol_class)(
            config=server.config, server_state=server.server_state, app_state=server.lifespan.state
        )
        return made

    def _failed(self, opened: "asyncio.Task[None]") -> None:
        """A door that falls shut by itself ends the serving; `wait_closed` says why."""
        if not opened.cancelled():
            self._server.should_exit = True


async def _first_byte(connection: socket.socket) -> bytes:
    """The first byte, which stays where it is; empty when the other side has left."""
    loop = asyncio.get_running_loop()
    if sys.platform == "win32":
        # Completes when there is something, and takes nothing of it.
        await loop.sock_recv(connection, 0)
    else:
        arrived = loop.create_future()
        loop.add_reader(connection, _wake, arrived)
        try:
            await arrived
        finally:
            loop.remove_reader(connection)
    return connection.recv(1, socket.MSG_PEEK)


def _wake(arrived: "asyncio.Future[None]") -> None:
    if not arrived.done():
        arrived.set_result(None)

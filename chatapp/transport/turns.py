"""The turns that the events of one connection take: which begin at once, which wait, and for what.

Mechanism: an event is handled in a task. The one that comes a thousand times a second is begun where it arrives
(`Quick`), and answered by a callback of the future it returns.

Guarantees: a client's events are begun in the order they arrive; one that could be begun at once waits behind those
whose tasks have not begun yet. Those that change who or where the client is are finished before the next is begun
(`alone`); all others may overlap, so that many sends of one client share a commit. Each event is answered once,
whatever becomes of it.

Cost: one `Line` for each connection; a task for each event that is no `Quick` one. At most `MOST_RUNNING` of a
connection run and `MOST_WAITING` wait, in `MOST_WAITING_SIZE` characters.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Protocol

from msgspec import Struct

from chatapp.domain.commands import Command, decode
from chatapp.errors import BadRequest, RateLimited
from chatapp.services.presence import Connection
from chatapp.transport.engine import Request

MOST_RUNNING = 64
MOST_WAITING = 1_000
MOST_WAITING_SIZE = 1_000_000
"""Characters of those that wait, together."""

Answer = dict[str, Any] | Struct
Handler = Callable[[Connection, Any, Request], Awaitable[Answer | None]]


class Row(Struct, frozen=True):
    """An event that is handled in a task; `alone` when it is finished before the next is begun."""

    command: type[Command]
    handle: Handler
    alone: bool = False


class Quick(Struct, frozen=True):
    """An event that is begun at once; `answer` makes the ack of what comes of it, None is answered at once."""

    command: type[Command]
    begin: Callable[[Connection, Any, Request], asyncio.Future[Any] | None]
    answer: Callable[[Any], Answer]
    alone: bool = False

    async def handle(self, connection: Connection, command: Command, request: Request) -> Answer | None:
        """The same, for when it has to wait for its turn."""
        begun = self.begin(connection, command, request)
        return None if begun is None else self.answer(await begun)


class Line(Struct):
    """The events of one connection: how many run, how many of their tasks have not begun, whether one that must be
    alone does, and which wait.
    """

    connection: Connection
    running: int = 0
    unbegun: int = 0
    is_held: bool = False
    waiting: list[Request] = []
    waiting_size: int = 0


class Answering(Protocol):
    """Who is told what came of an event."""

    def succeed(self, request: Request, answer: Answer | None) -> None:
        """An event was handled."""

    def fail(self, request: Request, error: BaseException) -> None:
        """An event was not: refused by a ChatError, or broken off by anything else."""


class Turns:
    """Begins the events of all connections. `rows` says how each is handled, `answering` hears what came of it."""

    def __init__(self, rows: Mapping[str, Row | Quick], answering: Answering) -> None:
        self._rows = rows
        self._answering = answering
        self._tasks: set[asyncio.Task[None]] = set()

    def take(self, line: Line, request: Request) -> None:
        """Begin an event, or let it wait its turn."""
        if request.event not in self._rows:
            self._answering.fail(request, BadRequest("There is no such event."))
        elif line.waiting and (
            len(line.waiting) >= MOST_WAITING or line.waiting_size + request.size > MOST_WAITING_SIZE
        ):
            too_many = RateLimited("Too many requests are waiting. Wait for their answers.", retry_after=1)
            self._answering.fail(request, too_many)
        else:
            line.waiting.append(request)
            line.waiting_size += request.size
            self._go_on(line)

    def _go_on(self, line: Line) -> None:
        while line.waiting and not line.is_held and line.running < MOST_RUNNING:
            row = self._rows[line.waiting[0].event]
            if row.alone and line.running:
                return
            line.is_held = row.alone
            line.running += 1
            request = line.waiting.pop(0)
            line.waiting_size -= request.size
            if isinstance(row, Quick) and not line.unbegun:
                self._begin(line, row, request)
                continue
            # A task begins in the order it was made: nothing overtakes on the way to the writer's queue.
            line.unbegun += 1
            task = asyncio.get_running_loop().create_task(self._handle(line, row, request))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _begin(self, line: Line, row: Quick, request: Request) -> None:
        begun = None
        try:
            begun = row.begin(line.connection, _command(row, request), request)
            if begun is None:
                self._answering.succeed(request, None)
        except Exception as error:  # noqa: BLE001 - answered and logged as below
            self._answering.fail(request, error)
        if begun is None:
            line.running -= 1
        else:
            begun.add_done_callback(partial(self._begun, line, row, request))

    def _begun(self, line: Line, row: Quick, request: Request, begun: "asyncio.Future[Any]") -> None:
        if begun.cancelled():
            return
        error = begun.exception()
        if error is None:
            self._answering.succeed(request, row.answer(begun.result()))
        else:
            self._answering.fail(request, error)
        line.running -= 1
        self._go_on(line)

    async def _handle(self, line: Line, row: Row | Quick, request: Request) -> None:
        line.unbegun -= 1
        try:
            self._answering.succeed(request, await row.handle(line.connection, _command(row, request), request))
        except Exception as error:  # noqa: BLE001 - one of the four places: an unforeseen failure is answered, not lost
            self._answering.fail(request, error)
        finally:
            line.running -= 1
            line.is_held = line.is_held and not row.alone
            self._go_on(line)


def _command(row: Row | Quick, request: Request) -> Command:
    return decode(row.command, {} if request.payload is None else request.payload)

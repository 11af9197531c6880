"""A bad network between clients and server: what was sent is stored once, in order, and all see the same in the end.

The suite tries the same two courses of events each time; CHAOS_SEEDS=50 tries that many, as `make soak` does.
"""

import asyncio
import gc
import os
from contextlib import suppress
from functools import partial

import pytest

from tests.chaos import ChaosProxy, Mishap
from tests.conftest import Serve
from tests.crowd import Ledger, Person, history
from tests.links import LOST, Link, RawLink, StockLink
from tests.raw import PollingLine, WebSocketLine

SEEDS = int(os.environ.get("CHAOS_SEEDS", "2"))
PATIENCE = 60
ACK_PATIENCE = 1.0
"""Seconds; a client that waits in earnest would wait longer."""
WORK = 60
"""Changes for each person to make."""
CLIENTS = ("websocket", "websocket", "polling", "stock", "websocket", "stock")


def link(client: str, url: str) -> Link:
    """A connection by a kind of client."""
    if client == "stock":
        return StockLink(url)
    return RawLink((WebSocketLine if client == "websocket" else PollingLine)(url, {}))


async def live(person: Person) -> None:
    """Connect, whenever the connection has broken."""
    while True:
        with suppress(*LOST):
            await person.connect_and_talk()


# python-socketio's client forgets a connection that breaks while it upgrades; the collection makes that be told here.
@pytest.mark.filterwarnings("ignore:Unclosed connection:ResourceWarning")
@pytest.mark.parametrize("seed", range(1, 1 + SEEDS))
async def test_a_bad_network_loses_doubles_and_reorders_nothing(serve: Serve, seed: int) -> None:
    chat = await serve(rate_limit=False)
    ledger = Ledger()
    async with ChaosProxy(chat.port, seed) as proxy, asyncio.timeout(PATIENCE):
        people = [
            Person(f"Person-{number}", "general", f"{seed}/{number}", ledger, partial(link, client, proxy.url))
            for number, client in enumerate(CLIENTS)
        ]
        for person in people:
            await person.register(chat.url)
            person.work, person.patience = WORK, ACK_PATIENCE
        async with asyncio.TaskGroup() as group:
            living = [group.create_task(live(person)) for person in people]
            await ledger.until(lambda: all(person.is_done for person in people))
            proxy.heal()
            await ledger.until(lambda: all(person.has_heard_all for person in people))
            for task in living:
                task.cancel()
    gc.collect()
    stored = await history(chat.url, "general")
    ledger.check("general", stored)
    for person in people:
        person.check(stored)
    assert proxy.mishaps.total() - proxy.mishaps[Mishap.NONE] >= len(CLIENTS)
    assert ledger.repeated, "nothing was ever asked for again"

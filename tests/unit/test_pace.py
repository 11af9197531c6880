"""Requests that come all at once begin a few in each turn of the event loop, each address in its turn."""

import asyncio
from typing import Any

from chatapp.transport import pace
from chatapp.transport.pace import Pace


async def nothing(*_: Any) -> Any:
    """Stands for what is received and sent."""


async def begin(*addresses: str) -> list[list[str]]:
    """Whose requests began in each turn of the event loop, when all of these come at once."""
    turns: list[list[str]] = []

    async def inside(scope: Any, _receive: Any, _send: Any) -> None:
        turns[-1].append(scope["client"][0])

    paced = Pace(inside)
    scopes: list[dict[str, Any]] = [{"client": (address, number)} for number, address in enumerate(addresses)]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(paced(scope, nothing, nothing)) for scope in scopes]
        while not all(task.done() for task in tasks):
            turns.append([])
            await asyncio.sleep(0)
    return [turn for turn in turns if turn]


async def test_few_begin_at_once() -> None:
    assert await begin("a") == [["a"]]
    assert await begin("a", "a", "b") == [["a", "a", "b"]]


async def test_of_many_a_few_begin_in_each_turn() -> None:
    turns = await begin(*["a"] * (3 * pace.MOST))
    assert [len(turn) for turn in turns] == [pace.MOST] * 3


async def test_nobody_waits_for_the_crowd_of_another_address() -> None:
    turns = await begin(*["a"] * 20, "b", "b")
    assert turns[1].count("b") == 2
    assert sum(map(len, turns)) == 22


async def test_one_that_is_given_up_while_it_waits_holds_up_nobody() -> None:
    begun: list[int] = []

    async def inside(scope: Any, _receive: Any, _send: Any) -> None:
        begun.append(scope["number"])

    paced = Pace(inside)
    scopes: list[dict[str, Any]] = [{"client": ("a", 1), "number": n} for n in range(2 * pace.MOST)]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(paced(scope, nothing, nothing)) for scope in scopes]
        await asyncio.sleep(0)
        tasks[pace.MOST].cancel()
    assert begun == [number for number in range(2 * pace.MOST) if number != pace.MOST]

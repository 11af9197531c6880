"""A piece of work that fails is begun again, and the log says why, without a traceback where that is known already."""

import asyncio
import logging

import pytest

from chatapp.errors import Unavailable
from chatapp.services import supervisor
from chatapp.services.supervisor import Supervisor


@pytest.mark.parametrize(
    ("error", "level", "words"),
    [
        (
            Unavailable("The disk is full."),
            logging.WARNING,
            "The cleanup waits: The disk is full. It is tried again in 0 s",
        ),
        (KeyError("room"), logging.ERROR, "The cleanup failed; it is tried again in 0 s"),
    ],
)
async def test_what_fails_is_tried_again_and_said(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception, level: int, words: str
) -> None:
    monkeypatch.setattr(supervisor, "SHORTEST_WAIT", 0.0)
    is_again, begun = asyncio.Event(), 0

    async def work() -> None:
        nonlocal begun
        begun += 1
        if begun == 1:
            raise error
        is_again.set()

    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        running = group.create_task(Supervisor("cleanup", work).run())
        await is_again.wait()
        running.cancel()
    (record,) = caplog.records
    assert (record.levelno, record.getMessage()) == (level, words)
    assert (record.exc_info is None) is (level == logging.WARNING)

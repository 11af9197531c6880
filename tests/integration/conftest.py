"""What holds for every integration test."""

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping

import pytest

Loops = Mapping[str, Callable[[], asyncio.AbstractEventLoop]]


def pytest_asyncio_loop_factories(item: pytest.Item) -> Loops:
    """Run the tests of a module that names `LOOPS` with each of these event loops, all others with asyncio's own."""
    module = item.getparent(pytest.Module)
    loops: Loops | None = getattr(module.obj, "LOOPS", None) if module is not None else None
    return loops or {"asyncio": asyncio.new_event_loop}


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fail a test in which the server logs an error; one that provokes some clears `caplog` at its end."""
    yield
    records = [*caplog.get_records("setup"), *caplog.get_records("call"), *caplog.records]
    assert [record.getMessage() for record in records if is_error(record)] == []


def is_error(record: logging.LogRecord) -> bool:
    """Whether the server logged what it must not, whatever a client does."""
    # Engine.IO reports what it refuses, uvicorn whom it cut off at the end: of theirs only a traceback is a fault.
    is_theirs = record.name in {"engineio.server", "uvicorn.error"}
    return record.exc_info is not None or (record.levelno >= logging.ERROR and not is_theirs)

"""What holds for every integration test."""

import asyncio
import logging
import shutil
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest
from sqlalchemy import update

from chatapp.storage import installation
from chatapp.storage.tables import users
from tests.conftest import Served
from tests.desk import Desk
from tests.frames import FrameLine
from tests.order import Appear, Somebody, appear
from tests.raw import PATIENCE
from tests.sessions import WEBSOCKET, Open

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
    # A test's own client complains of a connection that a bad network took from it.
    is_theirs = record.name in {"engineio.server", "uvicorn.error"} or record.getMessage().startswith("Unclosed ")
    # asyncio says False where there is no exception.
    return bool(record.exc_info) or (record.levelno >= logging.ERROR and not is_theirs)


@pytest.fixture
async def client(chat: Served) -> AsyncIterator[httpx.AsyncClient]:
    """For requests made by hand."""
    async with httpx.AsyncClient(base_url=chat.url, trust_env=False, timeout=PATIENCE) as client:
        yield client


@pytest.fixture
async def arrive(chat: Served) -> AsyncIterator[Appear]:
    """Makes people of any role."""
    async with AsyncExitStack() as stack:

        async def make(name: str, role: str = "member") -> Somebody:
            somebody = await appear(chat.url, name, "member" if role == "guest" else role)
            stack.push_async_callback(somebody.http.aclose)
            if role == "guest":
                async with chat.app._database.writing.begin() as connection:
                    await connection.execute(update(users).where(users.c.id == int(somebody.id)).values(role=role))
            return somebody

        yield make


@pytest.fixture
async def open_line(chat: Served) -> AsyncIterator[Open]:
    """Opens websockets, to upgrade the session `sid` where it is given."""
    async with AsyncExitStack() as stack:

        async def connect(sid: str = "", path: str = WEBSOCKET) -> FrameLine:
            line = FrameLine(chat.url, f"{path}&sid={sid}" if sid else path)
            await line.open()
            stack.push_async_callback(line.close)
            return line

        yield connect


@pytest.fixture
async def desk(tmp_path: Path, empty_database: Path) -> AsyncIterator[Desk]:
    """A desk at work."""
    desk = Desk(Path(shutil.copy(empty_database, tmp_path)))
    async with desk.database.writing.begin() as connection:
        await installation.ensure(connection, desk.now)
    async with asyncio.TaskGroup() as group:
        group.create_task(desk.writer.run())
        yield desk
        desk.writer.close()
    desk.hashes.close()
    await desk.database.close()

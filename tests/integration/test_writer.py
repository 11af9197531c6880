"""The writer: order, group commit, and that nobody pays for another's mistake."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text

from chatapp.app import App
from chatapp.domain.commands import SendMessage
from chatapp.domain.entities import User
from chatapp.domain.events import Audience, Event, Everyone, Keeps, UserChanged
from chatapp.domain.limits import Limiter
from chatapp.errors import ChatError, Conflict, Internal, Unavailable
from chatapp.services import newcomers
from chatapp.services.messages import Messages
from chatapp.services.typing import Typing
from chatapp.settings import Settings
from chatapp.storage import database as databases
from chatapp.storage import writer as writing
from chatapp.storage.database import Database
from chatapp.storage.migrate import migrate
from chatapp.storage.writer import Ids, Transaction, Writer
from chatapp.whereabouts import Whereabouts


class Desk:
    """A writer at work on a database, with one change: note a number in the list of retired ids."""

    def __init__(self, path: Path) -> None:
        self.database = Database(path)
        self.batches: list[list[int]] = []
        self.told: list[Event] = []
        self.writer = Writer(self.database, Ids(0), self.tell)

    def tell(self, announcements: list[tuple[Event, Audience]]) -> None:
        """Remember what was announced."""
        self.told += [event for event, _ in announcements]

    async def note(self, tx: Transaction, asked: Sequence[int]) -> Sequence[int | ChatError]:
        """Store numbers; 13 fails after having stored, 7 is refused, 21 breaks a rule of the database."""
        self.batches.append([*asked])
        answers: list[int | ChatError] = []
        for number in asked:
            if number == 7:
                answers.append(Conflict("Not 7."))
                continue
            await self.insert(tx, number)
            if number == 13:
                raise RuntimeError("13 brings bad luck")
            if number == 21:
                await self.insert(tx, number)
            answers.append(number)
            tx.announce(UserChanged(str(number), "Ada"), Everyone())
        return answers

    async def insert(self, tx: Transaction, number: int) -> None:
        """Store one number."""
        await tx.connection.execute(text(f"INSERT INTO retired_client_ids VALUES ({number}, 'c', 1)"))

    async def stored(self) -> list[int]:
        """The numbers stored, as another connection sees them."""
        async with self.database.read() as connection:
            rows = await connection.execute(text("SELECT user_id FROM retired_client_ids ORDER BY rowid"))
            return [row[0] for row in rows]

    async def submit(self, *numbers: int) -> list[Any]:
        """Submit numbers at once; what each is answered with."""
        waits = (self.writer.submit(self.note, number) for number in numbers)
        return await asyncio.gather(*waits, return_exceptions=True)

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """While the writer runs."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.writer.run())
            yield
            self.writer.close()


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """A writer on a new database."""
    migrate(tmp_path / "chat.sqlite3")
    desk = Desk(tmp_path / "chat.sqlite3")
    yield desk
    await desk.database.close()


async def test_neighbours_share_a_transaction_and_keep_their_order(desk: Desk) -> None:
    numbers = [5, 3, 9, 1, 8]
    async with desk.at_work():
        assert await desk.submit(*numbers) == numbers
    assert desk.batches == [numbers]
    assert await desk.stored() == sorted(numbers) or await desk.stored() == numbers
    assert [one.user_id for one in desk.told if isinstance(one, UserChanged)] == [str(number) for number in numbers]


async def test_the_answer_comes_after_the_commit_and_before_the_announcement(desk: Desk) -> None:
    async with desk.at_work():
        assert await desk.writer.submit(desk.note, 1) == 1
        assert desk.told == []
        assert await desk.stored() == [1]
        assert len(desk.told) == 1


async def test_a_refusal_is_the_asker_s_alone(desk: Desk) -> None:
    async with desk.at_work():
        before, refused, after = await desk.submit(6, 7, 8)
    assert (before, after) == (6, 8)
    assert isinstance(refused, Conflict)
    assert await desk.stored() == [6, 8]


async def test_a_change_that_fails_harms_no_other(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    async with desk.at_work():
        answers = await desk.submit(12, 13, 14, 21, 22)
        assert [answers[0], answers[2], answers[4]] == [12, 14, 22]
        assert isinstance(answers[1], Internal)
        assert isinstance(answers[3], Unavailable)
        assert await desk.submit(30) == [30], "it goes on"
    assert sorted(await desk.stored()) == [12, 14, 22, 30], "each once, and nothing of those that failed"
    assert len(desk.told) == 4
    assert [record.levelname for record in caplog.records] == ["ERROR", "ERROR"]
    caplog.clear()


async def test_what_waits_while_nothing_can_be_stored_is_refused_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(databases, "BUSY_TIMEOUT_MS", 50)
    migrate(tmp_path / "chat.sqlite3")
    desk = Desk(tmp_path / "chat.sqlite3")
    with closing(sqlite3.connect(tmp_path / "chat.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        async with desk.at_work():
            assert [type(answer) for answer in await desk.submit(1, 2, 3)] == [Unavailable] * 3
            other.execute("ROLLBACK")
            assert await desk.submit(4, 5) == [4, 5], "it goes on"
    assert len(caplog.records) == 1, "all waited for one try"
    caplog.clear()
    await desk.database.close()


async def test_who_has_gone_does_not_stop_the_others(desk: Desk) -> None:
    async with desk.at_work():
        gone, stays = (desk.writer.submit(desk.note, number) for number in (1, 2))
        gone.cancel()
        assert await stays == 2
    assert await desk.stored() == [1, 2]


async def test_closing_finishes_what_waits_and_refuses_the_rest(desk: Desk) -> None:
    async with asyncio.TaskGroup() as group:
        waiting = [desk.writer.submit(desk.note, number) for number in (1, 2, 3)]
        desk.writer.close()
        group.create_task(desk.writer.run())
    assert [task.result() for task in waiting] == [1, 2, 3]
    with pytest.raises(Unavailable) as refusal:
        desk.writer.submit(desk.note, 4)
    assert refusal.value.retry_after == 1
    assert await desk.stored() == [1, 2, 3]


async def test_a_full_queue_refuses_at_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "MOST_WAITING", 3)
    async with asyncio.TaskGroup() as group:
        waiting = [desk.writer.submit(desk.note, number) for number in (1, 2, 3)]
        with pytest.raises(Unavailable):
            desk.writer.submit(desk.note, 4)
        desk.writer.close()
        group.create_task(desk.writer.run())
    assert [task.result() for task in waiting] == [1, 2, 3]


async def newcomer(tx: Transaction, asked: Sequence[str]) -> Sequence[User | ChatError]:
    """Make people of these names."""
    return await newcomers.make(tx, [newcomers.wanted(name) for name in asked], tx.now)


async def test_a_batch_has_an_end(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "LARGEST_BATCH", 2)
    async with desk.at_work():
        assert await desk.submit(1, 2, 3, 4, 5) == [1, 2, 3, 4, 5]
    assert desk.batches == [[1, 2], [3, 4], [5]]


def test_ids_grow_also_when_the_clock_is_set_back() -> None:
    ids = Ids(2**52)
    assert [ids.next() for _ in range(3)] == [2**52 + 1, 2**52 + 2, 2**52 + 3]
    fresh = Ids(0)
    assert 0 < fresh.next() < fresh.next() < 2**53


Statements = Callable[[int], Awaitable[int]]


@pytest.fixture
async def statements(tmp_path: Path) -> AsyncIterator[Statements]:
    """Sends so many messages in one batch, from five people into two rooms; how many SQL statements that took."""
    app = App(
        Settings(data_dir=tmp_path),
        secret_key="key",
        operator_secret="operator",
        whereabouts=Whereabouts("127.0.0.1", 0, tmp_path),
    )
    await app.start(serves=False)
    database, writer = app._database, app._writer
    names = ("Ada", "Bo", "Cleo", "Dan", "Eva")
    people = [await writer.submit(newcomer, name) for name in names]
    typing, limiter = Typing(lambda _: None, 3000), Limiter(None, time.monotonic)
    messages = Messages(database, writer, typing, limiter, lambda _: Keeps(), longest=4000)
    made: list[str] = []
    event.listen(
        database.writing.sync_engine, "before_cursor_execute", lambda _c, _cursor, statement, *_: made.append(statement)
    )

    async def send(count: int) -> int:
        del made[:]
        sends = (
            messages.send(
                people[n % 5], ("general", "tech")[n % 2], SendMessage(f"Number {n}", client_id=f"{count}-{n}")
            )
            for n in range(count)
        )
        await asyncio.gather(*sends)
        assert sum(statement.startswith("BEGIN") for statement in made) == 1, "one transaction"
        return len(made)

    yield send
    await app.close()


async def test_a_batch_of_sends_takes_the_same_statements_whatever_its_size(statements: Statements) -> None:
    first = await statements(10)
    assert await statements(50) == await statements(500) == first
    assert first <= 8

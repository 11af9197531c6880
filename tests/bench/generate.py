"""A chat with much history, to measure with: `python -m tests.bench.generate FOLDER MESSAGES`.

Fifty people said it over the last 400 days, in five public rooms and a private one: words of several scripts, the
frequent ones most of the time; some messages edited, deleted, reacted to, mentioning somebody or replying. The same
numbers make the same chat, but for the times. It is written straight into a migrated database, about 50,000 messages a
second on one core.
"""

import argparse
import asyncio
import json
import random
import sqlite3
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from itertools import accumulate, islice
from pathlib import Path
from types import MappingProxyType
from typing import Any

from chatapp.data_folder import DATABASE
from chatapp.domain import names
from chatapp.storage import installation
from chatapp.storage.database import Database
from chatapp.storage.migrate import migrate

DAYS = 400
PEOPLE = 50
BEGUN = ("general", "tech", "random")
"""The rooms that every chat begins with; all others are made here."""
# Room → how much of all is said in it.
ROOMS = {"general": 50, "tech": 20, "random": 10, "garden": 10, "reise": 7, "private-board": 3}
PRIVATE = "private-board"
BOARD = 5
"""So many people belong to the private room."""
BATCH = 50_000

_LATIN = (
    "the a to and of in is it that for on we you with this be are at have not will can from or as by but was if they",
    "what when there an all so out about up would time just like now some then more meeting today tomorrow release",
    "server coffee lunch question answer review ticket deploy backup network printer invoice garden window morning",
    "evening project customer holiday weekend budget deadline schedule draft contract delivery keyboard screen cable",
    "und der die das nicht ist wir heute morgen Straße größer schön Übung später über Café naïve résumé déjà voilà",
    "mañana señor niño też łódź čeština žluťoučký kůň øl ångström İstanbul ığdır",
)
_OTHERS = (
    "привет сегодня завтра встреча сервер вопрос ответ Киев",
    "καλημέρα αύριο ερώτηση Οδυσσέας",
    "今日 明日 会議 質問 東京 資料を送ります ありがとうございます 了解です",
    "你好 今天 明天 会议 服务器 问题 我们去吃饭吧 北京",
    "안녕하세요 오늘 내일 회의 질문 서버",
    "مرحبا اليوم غدا اجتماع سؤال",
    "שלום היום מחר פגישה",
    "नमस्ते आज बैठक",
    "👍 🎉 😀 ☕ https://example.org/wiki/page?id=7 `make` **now**",
)
_WORDS = [word for words in (*_LATIN, *_OTHERS) for word in words.split()]
# Zipf's law: the n-th word is used about 1/n as often as the first.
_WEIGHTS = [*accumulate(1 / place for place in range(1, len(_WORDS) + 1))]
_NAMES = ("Ada", "Bo", "Cleo", "Dora", "Emil", "Farid", "Greta", "Hana", "Ivo", "Jun")

_MESSAGE = (
    "INSERT INTO messages (id, room_id, seq, rev, client_id, user_id, username, message, created_at, edited_at, "
    "deleted_at, reply_to, mentions, reactions) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


@dataclass
class _Room:
    """A room while it fills: its counters, who talks there, and what was said last."""

    people: list[tuple[int, str]]
    last_seq: int = 0
    rev: int = 0
    recent: deque[int] = field(default_factory=lambda: deque(maxlen=50))


@dataclass
class _Filling:
    """All rooms while they fill; `edits` and `mentions` gather the rows that go with the messages made so far."""

    chance: random.Random
    rooms: dict[str, _Room]
    shares: Mapping[str, int]
    edits: list[tuple[Any, ...]] = field(default_factory=list)
    mentions: list[tuple[Any, ...]] = field(default_factory=list)

    def messages(self, count: int, since: int, until: int) -> Iterator[tuple[Any, ...]]:
        """So many rows, the oldest first, sent between two times in milliseconds."""
        drawn = self.chance.choices([*self.shares], weights=[*self.shares.values()], k=count)
        last_id = 0
        for number, name in enumerate(drawn):
            created_at = since + (until - since) * number // count
            last_id = max(created_at * 1000, last_id + 1)
            yield self._message(last_id, name, created_at)

    def _message(self, message_id: int, name: str, created_at: int) -> tuple[Any, ...]:
        chance, room = self.chance, self.rooms[name]
        user_id, username = room.people[int(chance.random() ** 2 * len(room.people))]
        room.last_seq += 1
        room.rev += 1
        text, fate = self._text(), chance.random()
        edited_at = deleted_at = reply_to = mentions = reactions = None
        if fate < 0.01:
            room.rev += 1
            text, deleted_at = "", created_at + 60_000
        elif fate < 0.03:
            room.rev += 1
            self.edits.append((message_id, room.rev, text, created_at))
            text, edited_at = f"{text} {self._text()}", created_at + 30_000
        elif fate < 0.06:
            room.rev += 1
            reactions = json.dumps({"👍": [one for one, _ in chance.sample(room.people, 2)]})
        elif fate < 0.08:
            named, called = chance.choice(room.people)
            self.mentions.append((named, name, room.last_seq))
            text, mentions = f"@{called} {text}", json.dumps([named])
        elif fate < 0.13 and room.recent:
            reply_to = chance.choice(room.recent)
        room.recent.append(message_id)
        client_id = f"{chance.getrandbits(128):032x}"
        return (
            message_id, name, room.last_seq, room.rev, client_id, user_id, username, text, created_at, edited_at,
            deleted_at, reply_to, mentions, reactions,
        )  # fmt: skip

    def _text(self) -> str:
        """Mostly short, as people write; one in fifty has a number that stands nowhere else."""
        chance = self.chance
        words = chance.choices(_WORDS, cum_weights=_WEIGHTS, k=1 + int(chance.expovariate(1 / 8)))
        if chance.random() < 0.02:
            words.append(f"#{chance.getrandbits(40)}")
        return " ".join(words)


def generate(
    folder: Path, count: int, *, days: int = DAYS, seed: int = 6, shares: Mapping[str, int] = MappingProxyType(ROOMS)
) -> Path:
    """Make a chat with `count` messages in `folder`, where none may be yet; return its database. `shares` says how much
    of it is said in which of the rooms.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / DATABASE
    now = time.time_ns() // 1_000_000
    since = now - days * 86_400_000
    migrate(path)
    asyncio.run(_begin(path, now))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN")
        filling = _Filling(random.Random(seed), _people_and_rooms(connection, since, shares), shares)
        _fill(connection, filling, filling.messages(count, since, now), since)
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


async def _begin(path: Path, now: int) -> None:
    database = Database(path)
    async with database.writing.begin() as connection:
        await installation.ensure(connection, now)
    await database.close()


def _people_and_rooms(connection: sqlite3.Connection, since: int, shares: Mapping[str, int]) -> dict[str, _Room]:
    people = [
        (since * 1000 - PEOPLE + place, _NAMES[place % 10] + (f"{place // 10 + 1}" if place >= 10 else ""))
        for place in range(PEOPLE)
    ]
    for place, (user_id, name) in enumerate(people):
        row = (user_id, name, "host" if place == 0 else "member", 0, since)
        connection.execute(
            "INSERT INTO users (id, username, role, is_temporary, created_at) VALUES (?, ?, ?, ?, ?)", row
        )
        connection.execute("INSERT INTO names (folded, user_id) VALUES (?, ?)", (names.fold(name), user_id))
    columns = "id, name, topic, first_seq, last_seq, rev, created_at, kind"
    for place, name in enumerate(name for name in shares if name not in BEGUN):
        kind = "private" if name == PRIVATE else "public"
        new = (name, name.removeprefix("private-").title(), "", 1, 0, 0, since + place, kind)
        connection.execute(f"INSERT INTO rooms ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", new)
    return {name: _Room(people[:BOARD] if name == PRIVATE else people) for name in shares}


def _fill(connection: sqlite3.Connection, filling: _Filling, messages: Iterator[tuple[Any, ...]], since: int) -> None:
    # Indexes are made when all rows are there: sorting once is several times faster than keeping them in order.
    indexes = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'messages' AND sql IS NOT NULL"
    ).fetchall()
    for name, _ in indexes:
        connection.execute(f"DROP INDEX {name}")
    while batch := [*islice(messages, BATCH)]:
        connection.executemany(_MESSAGE, batch)
    for _, sql in indexes:
        connection.execute(sql)
    connection.executemany(
        "INSERT INTO edits (message_id, rev, message, created_at) VALUES (?, ?, ?, ?)", filling.edits
    )
    connection.executemany("INSERT INTO mentions (user_id, room_id, seq) VALUES (?, ?, ?)", filling.mentions)
    for name, room in filling.rooms.items():
        connection.execute("UPDATE rooms SET last_seq = ?, rev = ? WHERE id = ?", (room.last_seq, room.rev, name))
        connection.executemany(
            "INSERT INTO memberships (user_id, room_id, read_seq, created_at) VALUES (?, ?, ?, ?)",
            [(user_id, name, max(0, room.last_seq - 20), since) for user_id, _ in room.people],
        )


def main() -> None:
    """Make the chat and say how large it is."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.generate", description=__doc__)
    parser.add_argument("folder", type=Path, help="the data folder to make")
    parser.add_argument("messages", type=int, help="how many messages")
    parser.add_argument("--days", type=int, default=DAYS, help=f"over how many days (default: {DAYS})")
    asked = parser.parse_args()
    begun = time.monotonic()
    path = generate(asked.folder, asked.messages, days=asked.days)
    print(
        f"{asked.messages:,} messages, {path.stat().st_size / 1e6:,.0f} MB in {time.monotonic() - begun:.1f} s: {path}"
    )


if __name__ == "__main__":
    main()

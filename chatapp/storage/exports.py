"""Messages as the lines of an archive, written by the database itself.

Mechanism: a page is one statement, which makes the JSON of each message and joins the lines; only the finished text
comes over, as bytes. Nothing is made of a row here, so a page costs a fifth of what reading messages and writing them
out does.

Guarantees: a line is the message in full as the wire has it, key by key (what is absent there is absent here), and with
it what an archive needs to stand alone: since when it is deleted, what it said before it was edited, and the names that
the people have now whom it names by id. Text comes escaped, so a line never holds a line end.
"""

import json
import time
from typing import Any

from msgspec import Struct
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

DAY = 86_400
STEADY_DAYS = 60
LEAST_DAYS = 6
"""Nowhere have clocks been changed and back within so few days since 1970 (tz database; Boa Vista, 2000: seven)."""
LAST_KNOWN = 2**31 - (STEADY_DAYS + 1) * DAY
"""SQLite guesses what clocks will show after January 2038."""


class Stretch(Struct, frozen=True):
    """Which messages of a room: after one `seq` up to another, sent at or after `since` and before `until`.

    Those that were sent soon after `near` (milliseconds, as all) are read fastest.
    """

    room: str
    after_seq: int
    last_seq: int
    since: int | None = None
    until: int | None = None
    near: int | None = None


class Lines(Struct, frozen=True):
    """The lines of a page, each with its end, how many they are, the `seq` of the last and when that was sent."""

    text: bytes
    count: int
    last_seq: int
    last_at: int


class _Steady(Struct, frozen=True):
    """From when until when local time is so many seconds ahead of UTC."""

    since: int
    until: int
    ahead: int


_NEVER = _Steady(1, 0, 0)


def _moment(column: str) -> str:
    return f"replace(datetime({column} / 1000.0, 'unixepoch', 'subsec'), ' ', 'T'), 'Z'"


def _where_there_is(column: str, *parts: str) -> str:
    return f"iif({column} IS NULL, '', concat({', '.join(parts)}))"


# Nothing of these texts comes from anybody: values are bound.
_TEXTS = "(SELECT json_group_array(CAST(value AS TEXT)) FROM json_each({of}))"
_REACTIONS = (
    "(SELECT json_group_object(one.key, json((SELECT json_group_array(CAST(value AS TEXT)) FROM json_each(one.value))))"
    " FROM json_each(m.reactions) AS one)"
)
_PAST = f"json_object('message', e.message, 'created_at', concat({_moment('e.created_at')}), 'rev', e.rev)"
_EDITS = f"(SELECT json_group_array({_PAST} ORDER BY e.rev) FROM edits AS e WHERE e.message_id = m.id)"  # noqa: S608
_PEOPLE = (
    "(SELECT json_group_object(CAST(u.id AS TEXT), u.username) FROM users AS u WHERE u.id IN ("
    "SELECT value FROM json_each(coalesce(m.mentions, '[]')) UNION "
    "SELECT each.value FROM json_each(coalesce(m.reactions, '{}')) AS one, json_each(one.value) AS each))"
)
_REPLIED = (
    "(SELECT ',\"replied\":' || json_object('username', r.username, 'message', substr(r.message, 1, 120)) "
    "FROM messages AS r WHERE r.id = m.reply_to AND r.room_id = m.room_id AND r.seq >= room.first_seq)"
)
# What SQLite takes longest for is to ask for the local time: so where the clocks do not change, it adds.
_CLOCK = '\',"timestamp":"%H:%M:%S","date":"%Y-%m-%d"\''
_LOCAL = (
    f"iif(m.created_at BETWEEN :steady_from AND :steady_until, "
    f"strftime({_CLOCK}, m.created_at / 1000 + :ahead, 'unixepoch'), "
    f"strftime({_CLOCK}, m.created_at / 1000, 'unixepoch', 'localtime'))"
)
# Few messages have any of these.
_MORE = (
    _where_there_is("m.edited_at", '\',"edited_at":"\'', _moment("m.edited_at"), '\'","edits":\'', _EDITS),
    _where_there_is("m.deleted_at", '\',"deleted":true,"deleted_at":"\'', _moment("m.deleted_at"), "'\"'"),
    _where_there_is("m.reply_to", '\',"reply_to":"\'', "m.reply_to", "'\"'", "{replied}"),
    _where_there_is("m.mentions", "',\"mentions\":'", _TEXTS.format(of="m.mentions")),
    _where_there_is("m.reactions", "',\"reactions\":'", _REACTIONS),
    _where_there_is("coalesce(m.mentions, m.reactions)", "',\"people\":'", _PEOPLE),
)
_LINE = ", ".join(
    (
        "'{\"id\":\"'", "m.id", ":in_room", "m.seq", "',\"rev\":'", "m.rev", "',\"user_id\":\"'", "m.user_id",
        "'\",\"username\":'", "json_quote(m.username)", "',\"message\":'", "json_quote(m.message)", _LOCAL,
        "',\"created_at\":\"'", _moment("m.created_at"), "'\"'",
        _where_there_is("m.client_id", "',\"client_id\":'", "json_quote(m.client_id)"),
        _where_there_is("coalesce(m.edited_at, m.deleted_at, m.reply_to, m.mentions, m.reactions)", *_MORE),
        "'}\n'",
    )
)  # fmt: skip
_IS_IN = (
    "m.room_id = :room AND m.seq > max(:after_seq, room.first_seq - 1) AND m.seq <= :last_seq "
    "AND (:since IS NULL OR m.created_at >= :since) AND (:until IS NULL OR m.created_at < :until)"
)
_FROM = f"messages AS m JOIN rooms AS room ON room.id = m.room_id WHERE {_IS_IN}"


def _page(replied: str) -> str:
    # One call joins the parts of a line: joined in pairs, its beginning would be copied at each.
    line = f"concat({_LINE.replace('{replied}', replied)})"
    lines = f"SELECT m.seq, m.created_at, {line} AS line FROM {_FROM} ORDER BY m.seq LIMIT :limit"  # noqa: S608
    text = "CAST(group_concat(line, '') AS BLOB)"
    # Beside a maximum, SQLite gives what stands in its row.
    return f"SELECT {text} AS lines, count(*) AS number, max(seq) AS last, created_at FROM ({lines})"  # noqa: S608


# Names in SQLAlchemy's texts are marked by a colon: those of JSON and of times are not meant.
def _statement(sql: str) -> Any:
    quoted = sql.replace('":', '"\\:').replace("%H:%M:%S", "%H\\:%M\\:%S")
    return text(quoted)


_PLAIN, _WITH_REPLIED = _statement(_page("''")), _statement(_page(_REPLIED))
_COUNT = _statement(f"SELECT count(*) FROM {_FROM}")  # noqa: S608


async def page(
    connection: AsyncConnection, stretch: Stretch, limit: int, *, with_replied: bool = False
) -> Lines | None:
    """The next lines, at most `limit`, oldest first; None where there are none.

    With `with_replied` a reply has the name and the beginning of what it replies to, under `replied`.
    """
    statement = _WITH_REPLIED if with_replied else _PLAIN
    steady = _steady(stretch.near)
    more = {
        "limit": limit,
        "in_room": f'","room":{json.dumps(stretch.room)},"seq":',
        "steady_from": steady.since,
        "steady_until": steady.until,
        "ahead": steady.ahead,
    }
    row = (await connection.execute(statement, {**_values(stretch), **more})).one()
    return None if row.lines is None else Lines(row.lines, row.number, row.last, row.created_at)


async def count(connection: AsyncConnection, stretch: Stretch) -> int:
    """How many messages these are."""
    return (await connection.scalar(_COUNT, _values(stretch))) or 0


def _steady(near: int | None) -> _Steady:
    """A time after `near` in which the clocks are not changed; one of no length where they are, or it is not known."""
    if near is not None and near // 1000 < LAST_KNOWN:
        seconds = near // 1000
        found = {time.localtime(seconds + DAY * days).tm_gmtoff for days in range(0, STEADY_DAYS + 1, LEAST_DAYS)}
        if len(found) == 1:
            return _Steady(near, near + STEADY_DAYS * DAY * 1000, *found)
    return _NEVER


def _values(stretch: Stretch) -> dict[str, Any]:
    return {
        "room": stretch.room,
        "after_seq": stretch.after_seq,
        "last_seq": stretch.last_seq,
        "since": stretch.since,
        "until": stretch.until,
    }


async def people(connection: AsyncConnection) -> list[dict[str, Any]]:
    """Everybody who ever was somebody here, as an archive has them."""
    query = f"SELECT id, username, role, is_temporary, {_moment('created_at')} AS created_at FROM users ORDER BY id"  # noqa: S608
    found = await connection.execute(_statement(query))
    return [
        {
            "user_id": str(row.id),
            "username": row.username,
            "role": row.role,
            **({"is_temporary": True} if row.is_temporary else {}),
            "created_at": row.created_at,
        }
        for row in found
    ]

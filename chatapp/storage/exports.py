"""Messages as the lines of an archive, written by the database itself.

Mechanism: a page is one statement, which makes the JSON of each message and joins the lines; only the finished text
comes over. Nothing is made of a row here, so a page costs a fifth of what reading messages and writing them out does.

Guarantees: a line is the message in full as the wire has it, key by key (what is absent there is absent here), and with
it what an archive needs to stand alone: since when it is deleted, what it said before it was edited, and the names that
the people have now whom it names by id. Text comes escaped, so a line never holds a line end.
"""

from typing import Any

from msgspec import Struct
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


class Stretch(Struct, frozen=True):
    """Which messages of a room: after one `seq` up to another, sent at or after `since` and before `until`."""

    room: str
    after_seq: int
    last_seq: int
    since: int | None = None
    until: int | None = None


class Lines(Struct, frozen=True):
    """The lines of a page, how many they are, and the `seq` of the last."""

    text: str
    count: int
    last_seq: int


def _moment(column: str) -> str:
    # Half of what `strftime` costs.
    return f"replace(datetime({column} / 1000, 'unixepoch'), ' ', 'T') || printf('.%03dZ', {column} % 1000)"


def _absent_or(column: str, key: str, value: str) -> str:
    return f"iif({column} IS NULL, '', ',\"{key}\":' || {value})"


_TEXTS = "(SELECT json_group_array(CAST(value AS TEXT)) FROM json_each({of}))"
_REACTIONS = (
    "(SELECT json_group_object(one.key, json((SELECT json_group_array(CAST(value AS TEXT)) FROM json_each(one.value))))"
    " FROM json_each(m.reactions) AS one)"
)
# Nothing of these texts comes from anybody: values are bound.
_PAST = f"json_object('message', e.message, 'created_at', {_moment('e.created_at')}, 'rev', e.rev)"
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
_LINE = (
    '\'{"id":"\' || m.id || \'","room":\' || json_quote(m.room_id) || \',"seq":\' || m.seq || \',"rev":\' || m.rev '
    '|| \',"user_id":"\' || m.user_id || \'","username":\' || json_quote(m.username) '
    "|| ',\"message\":' || json_quote(m.message) "
    '|| strftime(\',"timestamp":"%H:%M:%S","date":"%Y-%m-%d"\', m.created_at / 1000, \'unixepoch\', \'localtime\') '
    f"|| ',\"created_at\":\"' || {_moment('m.created_at')} || '\"'"
    f"|| {_absent_or('m.client_id', 'client_id', 'json_quote(m.client_id)')}"
    f"|| iif(m.edited_at IS NULL, '', ',\"edited_at\":\"' || {_moment('m.edited_at')} || '\",\"edits\":' || {_EDITS})"
    f"|| iif(m.deleted_at IS NULL, '', ',\"deleted\":true,\"deleted_at\":\"' || {_moment('m.deleted_at')} || '\"')"
    "|| iif(m.reply_to IS NULL, '', ',\"reply_to\":\"' || m.reply_to || '\"' || coalesce({replied}, ''))"
    f"|| {_absent_or('m.mentions', 'mentions', _TEXTS.format(of='m.mentions'))}"
    f"|| {_absent_or('m.reactions', 'reactions', _REACTIONS)}"
    f"|| iif(m.mentions IS NULL AND m.reactions IS NULL, '', ',\"people\":' || {_PEOPLE})"
    "|| '}'"
)
_IS_IN = (
    "m.room_id = :room AND m.seq > max(:after_seq, room.first_seq - 1) AND m.seq <= :last_seq "
    "AND (:since IS NULL OR m.created_at >= :since) AND (:until IS NULL OR m.created_at < :until)"
)
_FROM = f"messages AS m JOIN rooms AS room ON room.id = m.room_id WHERE {_IS_IN}"


def _page(replied: str) -> str:
    lines = f"SELECT m.seq, {_LINE.replace('{replied}', replied)} AS line FROM {_FROM} ORDER BY m.seq LIMIT :limit"  # noqa: S608
    return f"SELECT group_concat(line, char(10)) AS lines, count(*) AS number, max(seq) AS last FROM ({lines})"  # noqa: S608


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
    row = (await connection.execute(statement, {**_values(stretch), "limit": limit})).one()
    return None if row.lines is None else Lines(row.lines, row.number, row.last)


async def count(connection: AsyncConnection, stretch: Stretch) -> int:
    """How many messages these are."""
    return (await connection.scalar(_COUNT, _values(stretch))) or 0


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

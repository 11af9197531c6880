"""Counts what is in a database, so that a copy can be held against what it was made from."""

import hashlib
import sqlite3

from msgspec import Struct


class Census(Struct, frozen=True):
    """How many messages, people and rooms there are, and a hash of the counters of all rooms."""

    messages: int
    people: int
    rooms: int
    counters: str


def take(connection: sqlite3.Connection) -> Census:
    """Count, in the state that the connection reads. Of any form since the first. Raises sqlite3.DatabaseError."""
    (messages,) = connection.execute("SELECT count(*) FROM messages").fetchone()
    (people,) = connection.execute("SELECT count(*) FROM users").fetchone()
    rooms = connection.execute("SELECT id, first_seq, last_seq, rev FROM rooms ORDER BY id").fetchall()
    counters = hashlib.sha256(repr(rooms).encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return Census(messages, people, len(rooms), counters)


def missing(connection: sqlite3.Connection) -> str | None:
    """Say of a room that it does not hold the messages which its counters tell; None where all do. Raises
    sqlite3.DatabaseError.
    """
    query = (
        "SELECT id FROM rooms WHERE last_seq >= first_seq AND last_seq - first_seq + 1 <> "
        "(SELECT count(*) FROM messages WHERE room_id = rooms.id AND seq BETWEEN first_seq AND last_seq) LIMIT 1"
    )
    found = connection.execute(query).fetchone()
    return None if found is None else f"messages are missing from the room {found[0]}"

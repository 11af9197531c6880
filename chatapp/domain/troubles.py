"""What keeps the chat from storing, reading or being backed up."""

from typing import Literal

from msgspec import Struct

TroubleKind = Literal["full", "read_only", "gone", "damaged", "failing", "backup", "unproven", "archive"]
"""The disk is full, or cannot be written; the database is not where it was; it does not hold together; it fails
otherwise; the scheduled backup cannot be made; a backup failed its proof; what a cleanup was to take cannot be written
into the folder of the archives, so it stays.
"""

WORDS: dict[TroubleKind, str] = {
    "full": "The disk of the server is full, so nothing can be stored at the moment.",
    "read_only": "The disk of the server cannot be written, so nothing can be stored at the moment.",
    "gone": "The data of the server is not where it was, so nothing can be stored at the moment.",
    "damaged": "The data of the server is damaged here. Whoever runs the chat has been told.",
    "failing": "The server cannot store anything at the moment.",
}
"""What people are told."""


class Trouble(Struct, frozen=True):
    """Something that is wrong, and since when."""

    kind: TroubleKind
    since: str

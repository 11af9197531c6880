"""What the doctor finds."""

from typing import Literal

from msgspec import Struct

State = Literal["fine", "look", "broken"]


class Finding(Struct, frozen=True, omit_defaults=True):
    """One thing that was looked at: its state, what was seen, and what to do about it where something is to be done."""

    id: str
    title: str
    state: State
    text: str
    todo: str | None = None

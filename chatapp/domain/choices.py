"""What the host chooses for the chat; until then the defaults hold."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from chatapp.domain.commands import Command

Https = Literal["off", "beside", "redirect"]
"""Whether the chat is served over HTTPS as well, and whether its pages go over by themselves."""

WaysIn = Literal["open", "phrase", "invitation"]
"""What a newcomer needs besides a name: nothing, the phrase, or an invitation, which is good in every case."""
OPEN: WaysIn = "open"
PHRASE: WaysIn = "phrase"
INVITATION: WaysIn = "invitation"

Newcomers = Literal["member", "guest"]
"""What somebody is who comes in without an invitation, which says it otherwise."""

LONGEST_NAME = 64
LONGEST_RETENTION_DAYS = 36_500
MOST_RETENTION_MESSAGES = 1_000_000_000


class Choices(Struct, frozen=True):
    """The choices as they hold. `retention_days` 0 keeps messages for ever, `retention_messages` 0 any number of them;
    into `archive_folder`, where it is not empty, each cleanup first writes what it takes. `is_set_up` ends the first
    run. `phrase` is drawn, not chosen, when one is needed first.
    """

    name: str = "Chat"
    retention_days: int = 365
    https: Https = "off"
    is_set_up: bool = False
    ways_in: WaysIn = OPEN
    newcomers: Newcomers = "member"
    phrase: str | None = None
    rooms_may_keep_more: bool = False
    retention_messages: int = 0
    archive_folder: str = ""


class Choose(Command, frozen=True, omit_defaults=True):
    """What the host wants otherwise; what is left out stays."""

    name: Annotated[str, Meta(max_length=200)] | None = None
    retention_days: Annotated[int, Meta(ge=0, le=LONGEST_RETENTION_DAYS)] | None = None
    https: Https | None = None
    is_set_up: bool | None = None
    ways_in: WaysIn | None = None
    newcomers: Newcomers | None = None
    rooms_may_keep_more: bool | None = None
    retention_messages: Annotated[int, Meta(ge=0, le=MOST_RETENTION_MESSAGES)] | None = None
    archive_folder: Annotated[str, Meta(max_length=1000)] | None = None


def title(text: str) -> str:
    """A name for a chat, without the spaces around it. Raises ValueError, in words, for what cannot be one."""
    name = text.strip()
    if not (name and len(name) <= LONGEST_NAME and name.isprintable()):
        raise ValueError(f"must be 1 to {LONGEST_NAME} printable characters")
    return name

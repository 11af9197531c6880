"""People as they are told to each other, and what those who keep order do with them."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from chatapp.domain.commands import Command
from chatapp.domain.policies import Role

LONGEST_MUTE = 366 * 24 * 60
"""Minutes."""


class PersonInList(Struct, frozen=True, omit_defaults=True):
    """Somebody with an account. `muted_until` is told to themselves and to moderators, `banned_at` to hosts."""

    user_id: str
    username: str
    role: str
    is_present: bool
    muted_until: str | None = None
    banned_at: str | None = None


class PeopleList(Struct, frozen=True, omit_defaults=True):
    """People in the order of their names; `cursor` is where those after them begin, `count` how many there are in all,
    on all pages.
    """

    people: list[PersonInList]
    count: int
    cursor: str | None = None


class BanInList(Struct, frozen=True, omit_defaults=True):
    """A ban, with the name there is now of whom it is about, and of the host who made it."""

    id: str
    kind: Literal["person", "device", "address"]
    created_at: str
    by: str
    user_id: str | None = None
    username: str | None = None
    address: str | None = None


class BanList(Struct, frozen=True):
    """Bans, the newest first."""

    bans: list[BanInList]


class Mute(Command, frozen=True):
    """Let somebody read and not write for so many minutes from now."""

    minutes: Annotated[int, Meta(ge=1, le=LONGEST_MUTE)]


class GiveRole(Command, frozen=True):
    """What somebody is from now on."""

    role: Role


class Ban(Command, frozen=True):
    """Keep somebody out, with the devices they are signed in at, or all who come from the addresses they are at."""

    devices: bool = True
    address: bool = False

"""What is asked over REST of how people come in: passwords and invitations."""

from typing import Annotated, Literal

from msgspec import Meta

from chatapp.domain.commands import Command, Secret


class SetPassword(Command, frozen=True):
    """Have this password from now on; `current` is the one of before, where there is one."""

    password: Secret
    current: Secret | None = None


class RemovePassword(Command, frozen=True):
    """Have no password any more."""

    current: Secret


class Leave(Command, frozen=True):
    """Give up one's account. What one said is kept, under the name `former member`, or erased; the `password` is asked
    for where the name has one.
    """

    messages: Literal["keep", "erase"]
    password: Secret | None = None


class MakeInvitation(Command, frozen=True):
    """Let new people come in by a link, as `role`: so many, or as many as come, within so many days."""

    role: Literal["guest", "member", "moderator"] = "member"
    uses: Annotated[int, Meta(ge=1, le=10_000)] | None = None
    days: Annotated[int, Meta(ge=1, le=90)] = 7

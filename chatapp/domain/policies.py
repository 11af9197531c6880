"""Who may do what. Asked inside the write, of people as they are at that moment."""

from typing import Literal, get_args

from chatapp.domain.entities import Message, User

Role = Literal["member", "moderator"]
MEMBER: Role = "member"
MODERATOR: Role = "moderator"
ROLES: tuple[Role, ...] = get_args(Role)


def may_edit(user: User, message: Message) -> bool:
    """Authors say what their own messages say; nobody else does."""
    return message.user_id == user.id


def may_delete(user: User, message: Message) -> bool:
    """Authors take back their own messages, moderators any."""
    return message.user_id == user.id or user.role == MODERATOR

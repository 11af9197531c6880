"""Who may do what. Asked inside the write, of people as they are at that moment."""

from typing import Literal, get_args

from chatapp.domain.entities import Message, User

Role = Literal["member", "moderator", "host"]
MEMBER: Role = "member"
MODERATOR: Role = "moderator"
HOST: Role = "host"
ROLES: tuple[Role, ...] = get_args(Role)


def may_edit(user: User, message: Message) -> bool:
    """Authors say what their own messages say; nobody else does."""
    return message.user_id == user.id


def may_delete(user: User, message: Message) -> bool:
    """Authors take back their own messages, moderators and hosts any."""
    return message.user_id == user.id or user.role in {MODERATOR, HOST}


def may_host(user: User) -> bool:
    """Hosts run this chat: its name, how long it keeps, its addresses, backups and its end."""
    return user.role == HOST

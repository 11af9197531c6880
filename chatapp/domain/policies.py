"""Who may do what. Asked inside the write, of people as they are at that moment."""

from typing import Literal, get_args

from chatapp.domain.entities import DIRECT, PRIVATE, PUBLIC, Message, Room, User

Role = Literal["guest", "bot", "member", "moderator", "host"]
GUEST: Role = "guest"
BOT: Role = "bot"
MEMBER: Role = "member"
MODERATOR: Role = "moderator"
HOST: Role = "host"
ROLES: tuple[Role, ...] = get_args(Role)
_RANKS: dict[str, int] = {GUEST: 0, BOT: 0, MEMBER: 1, MODERATOR: 2, HOST: 3}
_FOR_MEMBERS = {MEMBER, MODERATOR, HOST}


def may_see(room: Room, *, is_member: bool) -> bool:
    """Everybody sees public rooms, and members theirs; of all others nobody is told that they are there."""
    return room.kind == PUBLIC or is_member


def may_write(user: User, now: int) -> bool:
    """Who is muted reads and does not write; `now` is in milliseconds."""
    return user.muted_until <= now


def may_edit(user: User, message: Message) -> bool:
    """Authors say what their own messages say; nobody else does."""
    return message.user_id == user.id


def may_delete(user: User, message: Message) -> bool:
    """Authors take back their own messages, moderators and hosts any that they see."""
    return message.user_id == user.id or is_moderator(user)


def may_make_rooms(user: User) -> bool:
    """Members make rooms and begin conversations; guests and bots take part in those of others."""
    return is_member(user)


def may_change_room(user: User, room: Room) -> bool:
    """Whoever made a room, and moderators, name it, give it a topic and archive it; a conversation has nothing of
    that.
    """
    return room.kind != DIRECT and may_make_rooms(user) and (room.created_by == user.id or is_moderator(user))


def may_invite(user: User, room: Room) -> bool:
    """Members of a private room bring others into it."""
    return room.kind == PRIVATE and may_make_rooms(user)


def may_remove_from(user: User, room: Room, other: User) -> bool:
    """Who may change a room removes people from it, but nobody above them."""
    return may_change_room(user, room) and user.id != other.id and _RANKS[other.role] <= _RANKS[user.role]


def may_see_people(user: User) -> bool:
    """Members know everybody who has an account; guests and bots those who are here."""
    return is_member(user)


def may_see_mutes(user: User, other: User) -> bool:
    """Until when somebody is muted is known to themselves and to those who could end it."""
    return user.id == other.id or is_moderator(user)


def may_moderate(user: User, other: User) -> bool:
    """Moderators and hosts mute those below them."""
    return is_moderator(user) and _RANKS[other.role] < _RANKS[user.role]


def may_ban(user: User, other: User) -> bool:
    """Hosts keep out, rename and sign out those below them."""
    return may_host(user) and _RANKS[other.role] < _RANKS[user.role]


def may_hand_back(user: User, other: User) -> bool:
    """Hosts let people below them come back to a name they have lost the way to."""
    return may_ban(user, other)


def may_bring_others(user: User) -> bool:
    """Members pass on what lets others in."""
    return user.role in _FOR_MEMBERS and not user.is_temporary


def may_host(user: User) -> bool:
    """Hosts run this chat: its name, how long it keeps, its addresses, backups, people and its end."""
    return user.role == HOST and user.banned_at is None


def is_moderator(user: User) -> bool:
    """Moderators keep the rooms they see in order; hosts are moderators too."""
    return user.role in {MODERATOR, HOST} and user.banned_at is None


def is_member(user: User) -> bool:
    """Members have an account here that stays; moderators and hosts are members too."""
    return user.role in _FOR_MEMBERS and not user.is_temporary and user.banned_at is None

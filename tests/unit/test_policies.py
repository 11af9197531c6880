"""Who may do what."""

import pytest
from msgspec.structs import replace

from chatapp.domain import policies
from chatapp.domain.entities import DIRECT, PRIVATE, Message, Room, User

ADA = User(1, "Ada", policies.MEMBER, is_temporary=False)
BO = User(2, "Bo", policies.MEMBER, is_temporary=False)
MO = User(3, "Mo", policies.MODERATOR, is_temporary=False)
HO = User(5, "Ho", policies.HOST, is_temporary=False)
GUEST = User(4, "Guest", policies.GUEST, is_temporary=True)


def said_by(author: User) -> Message:
    """A message of this author."""
    return Message(7, "general", 1, 1, None, author.id, author.username, "Hello", 0)


@pytest.mark.parametrize("user", [ADA, BO, MO, HO, GUEST])
def test_everybody_edits_and_deletes_their_own(user: User) -> None:
    assert policies.may_edit(user, said_by(user))
    assert policies.may_delete(user, said_by(user))


@pytest.mark.parametrize("user", [BO, GUEST])
def test_others_do_neither(user: User) -> None:
    assert not policies.may_edit(user, said_by(ADA))
    assert not policies.may_delete(user, said_by(ADA))


@pytest.mark.parametrize("user", [MO, HO])
def test_moderators_and_hosts_delete_any_and_edit_none_of_others(user: User) -> None:
    assert policies.may_delete(user, said_by(ADA))
    assert not policies.may_edit(user, said_by(ADA))


def test_only_hosts_run_the_chat() -> None:
    assert [user for user in (ADA, BO, MO, HO, GUEST) if policies.may_host(user)] == [HO]


def test_a_person_is_known_by_id_and_not_by_name() -> None:
    assert not policies.may_edit(User(9, "Ada", policies.MEMBER, is_temporary=False), said_by(ADA))


def test_the_roles_are_those_the_command_line_offers() -> None:
    assert policies.ROLES == ("guest", "bot", "member", "moderator", "host")


PERSON: dict[str, User] = {
    role: User(number, role, role, is_temporary=False) for number, role in enumerate(policies.ROLES, 10)
}
BELOW = {
    "moderator": {"guest", "bot", "member"},
    "host": {"guest", "bot", "member", "moderator"},
}


@pytest.mark.parametrize("actor", policies.ROLES)
@pytest.mark.parametrize("other", policies.ROLES)
def test_moderators_mute_and_hosts_ban_those_below_them(actor: str, other: str) -> None:
    assert policies.may_moderate(PERSON[actor], PERSON[other]) == (other in BELOW.get(actor, set()))
    assert policies.may_ban(PERSON[actor], PERSON[other]) == (actor == "host" and other in BELOW["host"])


@pytest.mark.parametrize("role", policies.ROLES)
def test_who_is_banned_keeps_no_order_and_makes_nothing(role: str) -> None:
    banned = replace(PERSON[role], banned_at=1)
    for may in (policies.may_host, policies.is_moderator, policies.is_member, policies.may_make_rooms):
        assert not may(banned)


def test_a_mute_ends_by_itself() -> None:
    muted = replace(ADA, muted_until=5_000)
    assert [policies.may_write(muted, now) for now in (0, 4_999, 5_000)] == [False, False, True]


def test_a_mute_is_known_to_who_is_muted_and_to_moderators() -> None:
    assert [who for who in (ADA, BO, MO, HO, GUEST) if policies.may_see_mutes(who, ADA)] == [ADA, MO, HO]


def test_members_know_everybody_and_guests_those_who_are_here() -> None:
    assert [role for role in policies.ROLES if policies.may_see_people(PERSON[role])] == ["member", "moderator", "host"]


def test_who_made_a_room_and_moderators_change_it_but_no_conversation() -> None:
    made = Room("plans", "Plans", "", 1, 0, 0, 0, created_by=ADA.id)
    assert [user for user in (ADA, BO, MO, HO, GUEST) if policies.may_change_room(user, made)] == [ADA, MO, HO]
    direct = Room("direct-1", "", "", 1, 0, 0, 0, kind=DIRECT, created_by=ADA.id)
    assert not any(policies.may_change_room(user, direct) for user in (ADA, MO, HO))


def test_nobody_removes_themselves_or_somebody_above_them() -> None:
    made = Room("plans", "Plans", "", 1, 0, 0, 0, created_by=ADA.id)
    assert [other for other in (ADA, BO, MO, HO, GUEST) if policies.may_remove_from(ADA, made, other)] == [BO, GUEST]
    assert [other for other in (ADA, BO, MO, HO, GUEST) if policies.may_remove_from(MO, made, other)] == [
        ADA,
        BO,
        GUEST,
    ]


def test_members_invite_into_private_rooms_alone() -> None:
    private = Room("private-1", "", "", 1, 0, 0, 0, kind=PRIVATE)
    assert [user for user in (ADA, MO, GUEST) if policies.may_invite(user, private)] == [ADA, MO]
    assert not policies.may_invite(HO, Room("general", "General", "", 1, 0, 0, 0))

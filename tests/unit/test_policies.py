"""Who may do what."""

import pytest

from chatapp.domain import policies
from chatapp.domain.entities import Message, User

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

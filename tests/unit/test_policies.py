"""Who may do what."""

import pytest

from chatapp.domain import policies
from chatapp.domain.entities import Message, User

ADA = User(1, "Ada", policies.MEMBER, is_temporary=False)
BO = User(2, "Bo", policies.MEMBER, is_temporary=False)
MO = User(3, "Mo", policies.MODERATOR, is_temporary=False)
GUEST = User(4, "Guest", policies.MEMBER, is_temporary=True)


def said_by(author: User) -> Message:
    """A message of this author."""
    return Message(7, "general", 1, 1, None, author.id, author.username, "Hello", 0)


@pytest.mark.parametrize("user", [ADA, BO, MO, GUEST])
def test_everybody_edits_and_deletes_their_own(user: User) -> None:
    assert policies.may_edit(user, said_by(user))
    assert policies.may_delete(user, said_by(user))


@pytest.mark.parametrize("user", [BO, GUEST])
def test_others_do_neither(user: User) -> None:
    assert not policies.may_edit(user, said_by(ADA))
    assert not policies.may_delete(user, said_by(ADA))


def test_a_moderator_deletes_any_and_edits_none_of_others() -> None:
    assert policies.may_delete(MO, said_by(ADA))
    assert not policies.may_edit(MO, said_by(ADA))


def test_a_person_is_known_by_id_and_not_by_name() -> None:
    assert not policies.may_edit(User(9, "Ada", policies.MEMBER, is_temporary=False), said_by(ADA))


def test_the_roles_are_those_the_command_line_offers() -> None:
    assert policies.ROLES == (policies.MEMBER, policies.MODERATOR, policies.HOST) == ("member", "moderator", "host")

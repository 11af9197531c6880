"""Making people, inside the write: names that are free, sessions, places in the public rooms."""

from collections.abc import Sequence

from msgspec.structs import replace

from chatapp.domain import lifetimes, names, policies
from chatapp.domain.entities import Device, Session, User
from chatapp.errors import ChatError, NotIdentified, Taken
from chatapp.storage import guests, memberships, rooms, sessions, users
from chatapp.storage.writer import Transaction

Wanted = tuple[User, str]
"""A person with the name they want to have, and its folded form."""
Beginning = tuple[bytes, User, Device]
"""The hash of a token, whose session it shall be, and where."""


def wanted(username: str) -> Wanted:
    """A person to be made. Raises BadRequest or TooLong for what can be no name."""
    name = names.prepare(username)
    return User(0, name, policies.MEMBER, is_temporary=False), names.fold(name)


async def claim(tx: Transaction, asked: Sequence[Wanted]) -> list[User | ChatError]:
    """Answer each with the person, or Taken where the name is another's, or was claimed earlier in the list."""
    owners = await users.owners(tx.connection, {folded for _, folded in asked})
    answers: list[User | ChatError] = []
    for user, folded in asked:
        if owners.setdefault(folded, user.id) == user.id:
            answers.append(user)
        else:
            answers.append(Taken("Username already taken", field="username"))
    return answers


async def make(tx: Transaction, asked: Sequence[Wanted], now: int) -> list[User | ChatError]:
    """Store new people; those with an account belong to every public room, and start with nothing unread."""
    answers = await claim(tx, [(replace(user, id=tx.new_id()), folded) for user, folded in asked])
    made = [(answer, folded) for answer, (_, folded) in zip(answers, asked, strict=True) if isinstance(answer, User)]
    if made:
        await users.add(tx.connection, made, now)
    staying = [user for user, _ in made if not user.is_temporary]
    if staying:
        here = [(room.id, room.last_seq) for room in await rooms.seen_by(tx.connection, None)]
        places = [((user.id, room), last_seq) for user in staying for room, last_seq in here]
        await memberships.ensure(tx.connection, places, tx.now)
    return answers


async def begin(tx: Transaction, asked: Sequence[Beginning], now: int) -> list[Session | ChatError]:
    """Begin sessions of people there are; a guest's last no longer than the guest, whose day may be over."""
    visiting = {user.id for _, user, _ in asked if user.role == policies.GUEST}
    began = await guests.began(tx.connection, visiting) if visiting else {}
    ends = await sessions.ends_of(tx.connection, visiting) if visiting else {}
    answers: list[Session | ChatError] = []
    for token_hash, user, device in asked:
        end = now + lifetimes.of_session(user)
        if user.id in visiting:
            end = max(began[user.id] + lifetimes.GUEST_MS, ends.get(user.id, 0))
        if end > now:
            answers.append(Session(token_hash, user, tx.new_id(), now, end, now, device))
        else:
            answers.append(NotIdentified("Your day as a guest is over. Come in anew.", field="username"))
    begun = [one for one in answers if isinstance(one, Session)]
    if begun:
        await sessions.add(tx.connection, begun)
    return answers

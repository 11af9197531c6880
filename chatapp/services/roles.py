"""What follows from another role, whoever gives it."""

from msgspec.structs import replace

from chatapp.domain import policies
from chatapp.domain.entities import User
from chatapp.domain.events import Everyone, UserChanged
from chatapp.domain.policies import Role
from chatapp.storage import sessions, users
from chatapp.storage.writer import Transaction


async def give(tx: Transaction, person: User, role: Role) -> User:
    """Store a person's role, which is another than before, and tell everybody; return them as they are then.

    A guest's sessions last from then on as long as others' do. Whoever keeps order writes: a host who is muted could be
    let go by nobody.
    """
    changed = replace(person, role=role)
    await users.set_roles(tx.connection, [changed])
    if policies.GUEST in (person.role, role):
        await sessions.fit(tx.connection, [changed], tx.now)
    if person.muted_until and policies.is_moderator(changed):
        changed = replace(changed, muted_until=0)
        await users.set_standing(tx.connection, changed)
    tx.announce(UserChanged(str(person.id), person.username, role), Everyone())
    return changed

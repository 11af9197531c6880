"""Who there is: people with an account, as everybody may know of them."""

from chatapp.domain import names, policies
from chatapp.domain.entities import User
from chatapp.domain.events import rfc3339
from chatapp.domain.people import PeopleList, PersonInList
from chatapp.services import writing
from chatapp.services.presence import Presence
from chatapp.storage import users
from chatapp.storage.database import Database
from chatapp.storage.users import Listed


class People:
    """Tells of people."""

    def __init__(self, database: Database, presence: Presence) -> None:
        self._database = database
        self._presence = presence

    async def list(self, reader: User, beginning: str, after: str, limit: int) -> PeopleList:
        """At most `limit` people after the cursor `after`, whose names begin so when compared as names are. Guests and
        bots are told of those who are connected, and hosts alone of those who are banned. Raises NotIdentified.
        """
        async with self._database.read() as connection:
            viewer = writing.demand_here((await users.by_ids(connection, [reader.id])).get(reader.id))
            ids = None if policies.may_see_people(viewer) else self._presence.ids()
            which = Listed(names.fold(beginning), ids, with_banned=policies.may_host(viewer))
            found = await users.listed(connection, which, after, limit + 1)
            count = await users.count_listed(connection, which)
        page = found[:limit]
        cursor = page[-1][1] if len(found) > limit else None
        return PeopleList([self.told(viewer, person) for person, _ in page], count, cursor)

    def told(self, viewer: User | None, person: User) -> PersonInList:
        """Somebody as they are told to `viewer`; the operator (None) is told all."""
        is_muted = person.muted_until > 0 and (viewer is None or policies.may_see_mutes(viewer, person))
        is_banned = person.banned_at is not None and (viewer is None or policies.may_host(viewer))
        return PersonInList(
            user_id=str(person.id),
            username=person.username,
            role=person.role,
            is_present=bool(self._presence.of_person(person.id)),
            muted_until=rfc3339(person.muted_until) if is_muted else None,
            banned_at=rfc3339(person.banned_at or 0) if is_banned else None,
        )

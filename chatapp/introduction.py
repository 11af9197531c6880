"""Says who this server is and where it is reached, and says it again when that changes."""

from collections.abc import Awaitable, Callable, Sequence

from chatapp.domain.choices import Choices
from chatapp.domain.entities import Installation
from chatapp.domain.events import Audience, Event, Everyone, IdentityChanged
from chatapp.machine import Between
from chatapp.services.host import Host
from chatapp.services.origins import Origins
from chatapp.transport.routes.system import Identity
from chatapp.whereabouts import Whereabouts


class Introduction:
    """The introduction of the installation `found`; `tell` tells everybody, `end` has the serving begin again, and
    `tell_rooms` tells of all rooms anew.
    """

    def __init__(
        self,
        found: Installation,
        host: Host,
        where: Whereabouts,
        origins: Origins,
        tell: Callable[[Sequence[tuple[Event, Audience]]], None],
        end: Callable[[Between], None],
        tell_rooms: Callable[[], Awaitable[None]],
    ) -> None:
        self._found = found
        self._host = host
        self._where = where
        self._origins = origins
        self._tell = tell
        self._end = end
        self._tell_rooms = tell_rooms

    async def begin(self) -> None:
        """Let the choices of the host hold for the network too, now and later."""
        self._host.changed = self._chosen
        self._where.https = self._host.choices.https
        await self._where.be_called(self._host.choices.name)

    def identity(self) -> Identity:
        """Who this server is, at this moment."""
        where, choices = self._where, self._host.choices
        return Identity(
            self._found.installation_id,
            self._found.history_id,
            choices.name,
            where.addresses,
            where.secure_addresses,
            choices.https,
            choices.ways_in,
            where.local_name,
        )

    async def run(self) -> None:
        """Remember where this server is and tell everybody, whenever that changes, until cancelled."""
        await self._where.follow(self._moved)

    async def _moved(self) -> None:
        await self._origins.keep(self._where.places())
        self._where.earlier = self._origins.recent
        self._tell_everyone()

    async def _chosen(self, before: Choices) -> None:
        now = self._host.choices
        if now.https != before.https:
            self._end(_nothing)
            return
        if _keeping(now) != _keeping(before):
            await self._tell_rooms()
        if now.name != before.name:
            await self._where.be_called(now.name)
            self._tell_everyone()

    def _tell_everyone(self) -> None:
        now = self.identity()
        changed = IdentityChanged(now.name, now.addresses, now.secure_addresses, now.local_name)
        self._tell([(changed, Everyone())])


def _keeping(choices: Choices) -> tuple[int, int, bool]:
    return choices.retention_days, choices.retention_messages, choices.rooms_may_keep_more


def _nothing() -> None:
    """Between two runs of the chat nothing need be done: the second reads what was chosen."""

"""What the host's panel asks, and the commands of the operator."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from typing import Protocol

from msgspec import Struct

from chatapp.domain.answers import Backup, Backups, Me, Overview, Stored
from chatapp.domain.choices import Choices, Choose
from chatapp.domain.commands import Command, ShortText
from chatapp.domain.entities import User
from chatapp.domain.findings import Finding
from chatapp.domain.policies import Role
from chatapp.services.accounts import Accounts
from chatapp.services.audit import Audit
from chatapp.services.codes import Codes
from chatapp.services.host import Host
from chatapp.services.moderation import Moderation
from chatapp.transport.http import Call, Route
from chatapp.transport.routes.authority import Authority


class CodeBody(Command, frozen=True):
    """The code of a link that works once."""

    code: ShortText


class Link(Struct, frozen=True):
    """An address to open once."""

    url: str


class RoleBody(Command, frozen=True):
    """A person's name, and what they shall be."""

    username: ShortText
    role: Role


class Findings(Struct, frozen=True):
    """What the doctor found."""

    findings: list[Finding]


class RestoreQuery(Command, frozen=True):
    """Which of the backups, where the body is none, and whether one is to be restored that failed its proof."""

    backup: ShortText | None = None
    unproven: bool = False


class Restored(Struct, frozen=True):
    """The `code` with which the host goes on in the restored chat (POST /api/session/arrive)."""

    code: str


class Restore(Protocol):
    """Puts a backup in the place of everything, what is sent or the one of a name; returns a code to come back with."""

    def __call__(
        self, body: AsyncIterator[bytes], name: str | None, username: str, *, unproven: bool
    ) -> Awaitable[str]:
        """Do it, for the host of this name."""
        ...


class Machine(Struct, frozen=True):
    """What the program around the chat can do for its host; `restore` and `quit` end the serving."""

    overview: Callable[[Choices, Collection[str], Stored], Overview]
    link: Callable[[str], str]
    examine: Callable[[], Awaitable[list[Finding]]]
    backups: Callable[[], Awaitable[Backups]]
    back_up: Callable[[], Awaitable[Backup]]
    remove_backup: Callable[[str], Awaitable[None]]
    restore: Restore
    quit: Callable[[], None]


class HostRoutes:
    """`renew` is told of a person whose role has changed."""

    def __init__(
        self,
        authority: Authority,
        host: Host,
        codes: Codes,
        accounts: Accounts,
        moderation: Moderation,
        audit: Audit,
        machine: Machine,
        renew: Callable[[User], None],
    ) -> None:
        self._authority = authority
        self._host = host
        self._codes = codes
        self._accounts = accounts
        self._moderation = moderation
        self._audit = audit
        self._machine = machine
        self._renew = renew

    def routes(self) -> list[Route]:
        """The routes."""
        return [
            Route("POST", "/api/host", self.become, Me, body=CodeBody),
            Route("POST", "/api/admin/host-link", self.link, Link, is_open=True),
            Route("POST", "/api/admin/role", self.role, Me, body=RoleBody, is_open=True),
            Route("GET", "/api/admin/overview", self.overview, Overview, is_open=True),
            Route("PATCH", "/api/admin/choices", self.choose, Overview, body=Choose, is_open=True),
            Route("POST", "/api/admin/phrase", self.renew_phrase, Overview, is_open=True),
            Route("GET", "/api/admin/doctor", self.doctor, Findings, is_open=True),
            Route("GET", "/api/admin/backups", self.backups, Backups, is_open=True),
            Route("POST", "/api/admin/backups", self.back_up, Backup, status=201, is_open=True),
            Route("DELETE", "/api/admin/backups/<name>", self.remove_backup, status=204, is_open=True),
            Route(
                "POST",
                "/api/admin/restore",
                self.restore,
                Restored,
                query=RestoreQuery,
                status=202,
                is_open=True,
                takes_stream=True,
            ),
            Route("POST", "/api/admin/quit", self.quit, status=202, is_open=True),
        ]

    async def become(self, call: Call) -> Me:
        """Become a host, with the code of a link that works once."""
        body: CodeBody = call.body
        return await self._renewed(await self._codes.take_host(call.user, body.code))

    async def link(self, call: Call) -> Link:
        """A link that makes whoever opens it on this machine a host. For the operator: the secret lies in the data
        folder while the server runs.
        """
        self._authority.demand_operator(call)
        return Link(self._machine.link(await self._codes.issue_host()))

    async def role(self, call: Call) -> Me:
        """Give a person another role. For the operator, as above."""
        self._authority.demand_operator(call)
        body: RoleBody = call.body
        return await self._accounts.me(await self._moderation.give_role_called(body.username, body.role))

    async def overview(self, call: Call) -> Overview:
        """What the chat is and where it is reached. For its hosts."""
        await self._authority.demand_host(call)
        return await self._overview()

    async def choose(self, call: Call) -> Overview:
        """Choose otherwise: what is left out stays. For its hosts."""
        user = await self._authority.demand_host(call)
        await self._host.choose(user, call.body)
        return await self._overview()

    async def renew_phrase(self, call: Call) -> Overview:
        """Draw another phrase to join with; that of before is no way in any more. For its hosts."""
        await self._host.renew_phrase(await self._authority.demand_host(call))
        return await self._overview()

    async def doctor(self, call: Call) -> Findings:
        """Look at everything that can be wrong with this server, and say what to do. For its hosts and the operator."""
        await self._authority.demand_either(call)
        return Findings(await self._machine.examine())

    async def backups(self, call: Call) -> Backups:
        """The backups there are, and what came of proving them. For its hosts and the operator."""
        await self._authority.demand_either(call)
        return await self._machine.backups()

    async def back_up(self, call: Call) -> Backup:
        """Make a backup now, and prove it. For its hosts and the operator."""
        actor = await self._authority.demand_either(call)
        made = await self._machine.back_up()
        await self._audit.backup_made(actor, made.name)
        return made

    async def remove_backup(self, call: Call) -> None:
        """Remove a backup for good. For its hosts and the operator."""
        actor = await self._authority.demand_either(call)
        name = call.path["name"]
        await self._machine.remove_backup(name)
        await self._audit.backup_removed(actor, name)

    async def restore(self, call: Call) -> Restored:
        """Put a backup, the body of the request or the one that is named, in the place of everything there is; that is
        kept as a backup. It is proven first; one that fails is `conflict`, unless it may be `unproven`. For its hosts.
        The server is away for a moment afterwards, and knows only the sessions of the backup.
        """
        host = await self._authority.demand_host(call)
        asked: RestoreQuery = call.query
        assert call.stream is not None
        body = self._brought(call, call.stream)
        return Restored(await self._machine.restore(body, asked.backup, host.username, unproven=asked.unproven))

    async def quit(self, call: Call) -> None:
        """End the program. For its hosts and the operator."""
        await self._authority.demand_either(call)
        self._machine.quit()

    async def _brought(self, call: Call, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """A long body, whose sender has to be a host still when it is all there."""
        async for piece in pieces:
            yield piece
        await self._authority.demand_host(call)

    async def _overview(self) -> Overview:
        return self._machine.overview(self._host.choices, self._host.fixed, await self._host.stored())

    async def _renewed(self, user: User) -> Me:
        self._renew(user)
        return await self._accounts.me(user)

"""Makes every object once and hands it down: read it as a table of contents."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from functools import partial
from typing import Any

from chatapp import keeping, machine
from chatapp.data_folder import BACKUPS, DATABASE, SEARCH_INDEX
from chatapp.domain.answers import Limits
from chatapp.domain.attempts import PASSWORDS, PHRASES, Attempts
from chatapp.domain.choices import OPEN
from chatapp.domain.entities import Installation, Room, User
from chatapp.domain.events import Keeps
from chatapp.domain.findings import Finding
from chatapp.domain.limits import Limiter
from chatapp.domain.policies import Role
from chatapp.domain.retention import KeepsOf, Kept, Trim
from chatapp.examination import Serving, examine
from chatapp.introduction import Introduction
from chatapp.machine import Between, Return
from chatapp.services.accounts import Accounts
from chatapp.services.acts import Acts
from chatapp.services.archiving import Archiving
from chatapp.services.audit import Audit
from chatapp.services.backups import BackupService, Plan
from chatapp.services.bans import Bans
from chatapp.services.carrier import Carrier
from chatapp.services.changes import Changes
from chatapp.services.codes import Codes
from chatapp.services.directs import Directs
from chatapp.services.doctor import ClockWatch
from chatapp.services.endings import Endings
from chatapp.services.entrance import Entrance
from chatapp.services.hashing import Hashing
from chatapp.services.holds import Holds
from chatapp.services.host import Host
from chatapp.services.indexing import Indexer
from chatapp.services.invitations import Invitations
from chatapp.services.leaving import Leaving
from chatapp.services.memberships import Memberships
from chatapp.services.messages import LIMIT, Messages
from chatapp.services.moderation import Effects, Moderation
from chatapp.services.origins import Origins
from chatapp.services.passwords import Passwords
from chatapp.services.people import People
from chatapp.services.presence import Presence
from chatapp.services.retention import Asker, Retention
from chatapp.services.room_changes import LIMIT as ROOM_LIMIT
from chatapp.services.room_changes import RoomChanges
from chatapp.services.rooms import Rooms
from chatapp.services.search import Search
from chatapp.services.sessions import Sessions
from chatapp.services.supervisor import Supervisor
from chatapp.services.sync import Sync
from chatapp.services.trash import REST, Trash
from chatapp.services.troubles import Troubles
from chatapp.services.typing import Typing
from chatapp.services.wiping import Wiping
from chatapp.settings import Settings
from chatapp.storage import archive_folder, choices, installation, memberships, rooms, users
from chatapp.storage.database import Database
from chatapp.storage.migrate import migrate
from chatapp.storage.search_index import SearchIndex
from chatapp.storage.writer import Announcement, Ids, Writer
from chatapp.transport import http
from chatapp.transport.access import Access
from chatapp.transport.allowances import Allowances
from chatapp.transport.broadcaster import Broadcaster
from chatapp.transport.engine import Engine
from chatapp.transport.hosts import allows
from chatapp.transport.routes.archives import ArchiveRoutes
from chatapp.transport.routes.audit import AuditRoutes
from chatapp.transport.routes.authority import Authority
from chatapp.transport.routes.certificates import CertificateRoutes
from chatapp.transport.routes.cleanup import CleanupRoutes
from chatapp.transport.routes.host import HostRoutes
from chatapp.transport.routes.invitations import InvitationRoutes
from chatapp.transport.routes.me import MeRoutes
from chatapp.transport.routes.memberships import MembershipRoutes
from chatapp.transport.routes.messages import MessageRoutes
from chatapp.transport.routes.people import PeopleRoutes
from chatapp.transport.routes.rooms import RoomRoutes
from chatapp.transport.routes.search import SearchRoutes
from chatapp.transport.routes.session import SessionRoutes
from chatapp.transport.routes.system import SystemRoutes, document
from chatapp.transport.routes.users import UserRoutes
from chatapp.transport.sockets import Services, Sockets
from chatapp.whereabouts import Whereabouts

log = logging.getLogger(__name__)


class App:
    """The chat. `asgi` is served between `start` and `close`.

    `ended` gets None when the host has quit, something to do before starting again, or the error when a part cannot go
    on. `host_code` is the code of a link that makes whoever opens it a host; `back` is who has just restored
    this database.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        secret_key: str,
        operator_secret: str,
        whereabouts: Whereabouts,
        host_code: str | None = None,
        back: Return | None = None,
    ) -> None:
        self._settings = settings
        self._secret_key = secret_key
        self._operator_secret = operator_secret
        self._whereabouts = whereabouts
        self._host_code = host_code
        self._back = back
        self._database = Database(settings.data_dir / DATABASE)
        self._index = SearchIndex(settings.data_dir / SEARCH_INDEX, self._database.path)
        self._indexer = Indexer(self._index)
        self._serves = False
        self._clock = ClockWatch()
        self._hashes = Hashing()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self, *, serves: bool = True) -> None:
        """Migrate the database, open it and start all parts; those that act by themselves only if it `serves`. Raises
        StartRefused.
        """
        settings = self._settings
        self.ended: asyncio.Future[Between | None] = asyncio.get_running_loop().create_future()
        await asyncio.to_thread(migrate, self._database.path)
        found, ids, counters, members, chosen = await self._prepare()

        engine = self._engine = Engine(lambda origin, host: allows(settings.cors_origins, origin, host))
        broadcaster = Broadcaster(engine)
        presence = Presence(broadcaster.tell)
        broadcaster.begin(presence, counters, members)
        typing = Typing(broadcaster.tell, settings.typing_timeout)
        self._writer = Writer(self._database, ids, partial(_announce, broadcaster, self._indexer))

        where = self._whereabouts
        host = await self._make_host(chosen)
        kept = partial(keeping.kept, host, settings)

        def keeps(room: Room) -> Keeps:
            return kept().of(room)

        endings = Endings()
        sessions = Sessions(self._database, self._writer, self._secret_key, _milliseconds, endings)
        accounts = Accounts(self._database, self._writer, _milliseconds)
        room_service = Rooms(self._database, self._writer, presence, typing, keeps, history_id=found.history_id)
        room_limiter = Limiter(ROOM_LIMIT if settings.rate_limit else None, time.monotonic)
        room_changes = RoomChanges(self._writer, room_limiter, kept)
        membership_service = Memberships(self._database, self._writer, presence, typing, room_limiter, keeps)
        directs = Directs(self._writer, room_limiter, keeps)
        limiter = Limiter(LIMIT if settings.rate_limit else None, time.monotonic)
        messages = Messages(self._database, self._writer, typing, limiter, keeps, longest=settings.max_message_length)
        changes = Changes(self._database, self._writer, limiter, longest=settings.max_message_length)
        sync = Sync(self._database, history_id=found.history_id)
        codes = Codes(self._database, self._writer, self._secret_key, _milliseconds, endings)
        origins = Origins(self._database, self._writer, _milliseconds)
        entrance, passwords = self._ways_in(host, endings)
        self._wiping = Wiping(self._database, self._writer, rest=REST if serves else 0)
        leaving = self._leaving = Leaving(
            self._database, self._writer, passwords, endings, self._wiping, self._indexer.forget
        )
        troubles = self._keep_safe(presence, broadcaster, kept)
        self.carrier = self._let_go(host, kept, keeps, troubles)

        access = Access(sessions, settings.cors_origins, found.installation_id, lambda: host.choices.ways_in == OPEN)
        authority = Authority(access, host, self._operator_secret)
        allowances = Allowances(is_limited=settings.rate_limit)
        sockets = Sockets(
            engine,
            access,
            Services(
                accounts,
                entrance,
                endings,
                room_service,
                room_changes,
                membership_service,
                directs,
                messages,
                changes,
                sync,
                presence,
                typing,
            ),
            allowances,
            limits=Limits(settings.max_message_length, settings.typing_timeout),
            history_id=found.history_id,
            is_limited=settings.rate_limit,
        )
        engine.hand_to(sockets)
        introduction = Introduction(found, host, where, origins, broadcaster.tell, self._end, room_changes.tell_all)
        await introduction.begin()
        audit = Audit(self._database, self._writer)
        order = self._keep_order(presence, sockets, authority, audit)
        routes = [
            *SystemRoutes(
                introduction.identity, lambda: origins.recent, self._database.is_ready, codes.proof, _milliseconds
            ).routes(),
            *HostRoutes(
                authority,
                host,
                codes,
                accounts,
                self._moderation,
                audit,
                machine.make(self._database.path, where, self._examine, self._end, self._backups, troubles),
                sockets.renew,
            ).routes(),
            *CleanupRoutes(authority, self._retention, self._trash, Holds(self._writer, keeps)).routes(),
            *SessionRoutes(access, entrance, sessions, codes, is_limited=settings.rate_limit).routes(),
            *MeRoutes(accounts, passwords, sessions, leaving).routes(),
            *InvitationRoutes(
                authority, host, Invitations(self._database, self._writer, self._secret_key, _milliseconds)
            ).routes(),
            *CertificateRoutes(where.authority, lambda: host.choices.name).routes(),
            *UserRoutes(accounts).routes(),
            *order,
            *RoomRoutes(room_service, room_changes, self._retention, directs, messages, self.carrier.exports).routes(),
            *ArchiveRoutes(authority, self.carrier).routes(),
            *MembershipRoutes(membership_service).routes(),
            *MessageRoutes(messages, changes).routes(),
            *SearchRoutes(Search(self._database, self._index, is_limited=settings.rate_limit)).routes(),
        ]
        served = http.make([*routes, *document(routes)], access, endings, allowances.requests)
        self.asgi: Any = engine.asgi(served)
        self._run(self._writer.run())
        await self._expect_hosts(codes, accounts)
        if serves:
            self._keep_going(
                {
                    "introduction": introduction.run,
                    "cleanup": self._retention.run,
                    "trash": self._trash.run,
                    "wiping": self._wiping.run,
                    "search index": self._indexer.run,
                    "backup": self._backups.run,
                    "watch over the disk": troubles.run,
                    "end of sessions": sessions.run,
                    "leaving": leaving.run,
                    "watch over addresses": where.watch,
                    "name on the network": where.be_known,
                }
            )

    async def clean(self, *, dry_run: bool) -> list[Trim]:
        """Clean up now, and erase what was taken long enough ago; or say what would go."""
        if dry_run:
            return await self._retention.plan()
        went = await self._retention.clean(Asker(None))
        await self._trash.erase()
        if not self._serves:
            await self._wiping.wipe()
            await self._indexer.purge()
        return went

    async def set_role(self, name: str, role: Role) -> User:
        """Give a person another role. Raises NotFound."""
        return await self._moderation.give_role_called(name, role)

    async def close(self) -> None:
        """Refuse new changes, finish those that wait, and let everything go."""
        if self._tasks:
            writing, *others = self._tasks
            for task in others:
                task.cancel()
            self._writer.close()
            await asyncio.gather(writing, *others, return_exceptions=True)
            await self._engine.stop()
            await self._indexer.close()
        self._hashes.close()
        await self._database.close()

    async def _make_host(self, chosen: Mapping[str, Any]) -> Host:
        fixed = await asyncio.to_thread(keeping.fixed, self._settings)
        demand_folder = partial(archive_folder.demand, data_dir=self._settings.data_dir)
        certify = partial(machine.certify, self._whereabouts)
        return Host(self._database, self._writer, chosen, fixed, certify, demand_folder)

    def _keep_safe(self, presence: Presence, broadcaster: Broadcaster, kept: Callable[[], Kept]) -> Troubles:
        """Make the backups; return what watches over the disk."""
        troubles = Troubles(self._database, self._writer, presence, broadcaster.tell, _milliseconds)
        folder = self._database.path.parent / BACKUPS
        self._backups = BackupService(self._database, folder, lambda: Plan(kept().days, kept().at), troubles)
        return troubles

    def _let_go(self, host: Host, kept: Callable[[], Kept], keeps: KeepsOf, troubles: Troubles) -> Carrier:
        """Make what takes away what is too old; return what carries it out of the chat."""
        carrier = Carrier(self._database, self._writer, keeps)
        archiving = Archiving(self._database, carrier.exports, partial(keeping.destination, host), troubles)
        self._retention = Retention(self._database, self._writer, kept, archiving, self._clear)
        self._trash = Trash(self._database, self._writer, keeps, self._wiping, self._indexer.forget)
        return carrier

    def _clear(self) -> None:
        """Have everything wiped that was deleted or edited away."""
        self._wiping.ask()
        self._indexer.forget()

    def _keep_order(self, presence: Presence, sockets: Sockets, authority: Authority, audit: Audit) -> list[http.Route]:
        """Make what moderators and hosts do to people; return its routes."""
        effects = Effects(sockets.renew, sockets.shut_out)
        people, acts = People(self._database, presence), Acts(self._writer)
        self._moderation = Moderation(self._writer, acts, people, effects)
        bans = Bans(self._database, self._writer, acts, people, presence, effects)
        return [
            *PeopleRoutes(people, self._moderation, bans).routes(),
            *AuditRoutes(authority, audit, bans).routes(),
        ]

    async def _prepare(
        self,
    ) -> tuple[Installation, Ids, dict[str, tuple[int, int]], dict[str, set[int]], dict[str, Any]]:
        now = _milliseconds()
        async with self._database.writing.begin() as connection:
            found = await installation.ensure(connection, now)
            # Connections of before the start are gone, and so are those who came with them.
            await users.release(connection)
            counters = {room.id: (room.last_seq, room.rev) for room in await rooms.every(connection)}
            members = await memberships.of_closed_rooms(connection)
            ids = Ids(await installation.last_id(connection))
            return found, ids, counters, members, await choices.every(connection)

    def _ways_in(self, host: Host, endings: Endings) -> tuple[Entrance, Passwords]:
        is_limited, hashes = self._settings.rate_limit, self._hashes
        tries = Attempts(PASSWORDS if is_limited else None, time.monotonic)
        entrance = Entrance(
            self._database,
            self._writer,
            self._secret_key,
            _milliseconds,
            host=host,
            hashes=hashes,
            tries_at_passwords=tries,
            tries_at_phrase=Attempts(PHRASES if is_limited else None, time.monotonic),
        )
        return entrance, Passwords(self._database, self._writer, hashes, tries, endings)

    async def _expect_hosts(self, codes: Codes, accounts: Accounts) -> None:
        if self._host_code is not None:
            await codes.keep_host(self._host_code)
        if self._back is not None:
            await codes.keep_carry(await accounts.take_over(self._back.username), self._back.code)

    def _keep_going(self, works: Mapping[str, Callable[[], Awaitable[None]]]) -> None:
        self._serves = True
        for name, work in works.items():
            self._run(Supervisor(name, work).run())

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        # The event loop keeps only weak references to tasks; `_tasks` holds these until `close`.
        task = asyncio.get_running_loop().create_task(work)
        task.add_done_callback(self._ended)
        self._tasks.append(task)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None and not self.ended.done():
            log.critical("A part of the server cannot go on", exc_info=error)
            self.ended.set_exception(error)

    async def _examine(self) -> list[Finding]:
        where = self._whereabouts
        serving = Serving(where.port, where.discovery, where.visited, self._database, self._clock, self._indexer)
        return await examine(self._settings, serving)

    def _end(self, between: Between | None) -> None:
        """Ask whoever runs the chat to end it, or to start it again after doing something."""
        if not self.ended.done():
            self.ended.set_result(between)


def _announce(broadcaster: Broadcaster, indexer: Indexer, announcements: list[Announcement]) -> None:
    broadcaster.tell(announcements)
    indexer.wake()


def _milliseconds() -> int:
    return time.time_ns() // 1_000_000

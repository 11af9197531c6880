"""Invitations: links by which new people come in, as what the host says. A code is 256 bits, stored as a keyed hash."""

import secrets
from collections.abc import Callable, Sequence

from msgspec import Struct

from chatapp.domain import answers as told
from chatapp.domain import lifetimes, policies
from chatapp.domain.audit import CHAT
from chatapp.domain.entities import User
from chatapp.domain.events import rfc3339
from chatapp.domain.ways_in import MakeInvitation
from chatapp.errors import ChatError, Conflict, NotFound
from chatapp.services.entrance import hash_invitation
from chatapp.storage import audit, invitations, users
from chatapp.storage.database import Database
from chatapp.storage.invitations import Invitation
from chatapp.storage.writer import Transaction, Writer

CODE_BYTES = 32
MOST = 500
"""Invitations that are good at once."""


class _Making(Struct, frozen=True):
    host: User
    command: MakeInvitation
    code_hash: bytes


class Invitations:
    """Makes, lists and removes invitations; `secret_key` keys the hash of their codes, `clock` gives milliseconds."""

    def __init__(self, database: Database, writer: Writer, secret_key: str, clock: Callable[[], int]) -> None:
        self._database = database
        self._writer = writer
        self._secret_key = secret_key.encode()
        self._clock = clock

    async def list(self) -> told.Invitations:
        """Those that are good."""
        async with self._database.read() as connection:
            return told.Invitations([_on_wire(one) for one in await invitations.good(connection, self._clock())])

    async def make(self, host: User, command: MakeInvitation) -> told.NewInvitation:
        """Make one; its code is told here and nowhere else. Raises NotFound unless `host` is one, Conflict when there
        are too many.
        """
        code = secrets.token_urlsafe(CODE_BYTES)
        making = _Making(host, command, hash_invitation(self._secret_key, code))
        made = _on_wire(await self._writer.submit(self._make, making))
        return told.NewInvitation(made.id, made.role, made.created_at, made.expires_at, made.uses_left, code=code)

    async def remove(self, host: User, invitation_id: int) -> None:
        """Let nobody come in by it any more. Raises NotFound unless `host` is one and it is good."""
        await self._writer.submit(self._remove, (host, invitation_id))

    async def _make(self, tx: Transaction, asked: Sequence[_Making]) -> Sequence[Invitation | ChatError]:
        people = await users.by_ids(tx.connection, {one.host.id for one in asked})
        now = self._clock()
        there = len(await invitations.good(tx.connection, now))
        answers: list[Invitation | ChatError] = []
        for one in asked:
            host, wanted = people.get(one.host.id), one.command
            if host is None or not policies.may_host(host):
                answers.append(_nothing_here())
            elif there >= MOST:
                answers.append(Conflict(f"There are {MOST} invitations already. Remove some that are not needed."))
            else:
                end = now + wanted.days * lifetimes.DAY_MS
                made = Invitation(tx.new_id(), one.code_hash, wanted.role, wanted.uses, host.id, now, end)
                await invitations.add(tx.connection, made)
                detail = {"role": made.role, "uses": made.uses_left, "days": wanted.days}
                await audit.note(tx, host, "invitation_made", CHAT, detail)
                there += 1
                answers.append(made)
        return answers

    async def _remove(self, tx: Transaction, asked: Sequence[tuple[User, int]]) -> Sequence[ChatError | None]:
        people = await users.by_ids(tx.connection, {host.id for host, _ in asked})
        found = await invitations.by_ids(tx.connection, {one for _, one in asked})
        answers: list[ChatError | None] = []
        for asking, invitation_id in asked:
            host = people.get(asking.id)
            if host is None or not policies.may_host(host):
                answers.append(_nothing_here())
            elif (gone := found.pop(invitation_id, None)) is None:
                answers.append(NotFound("There is no such invitation (any more)."))
            else:
                await invitations.remove(tx.connection, [gone.id])
                await audit.note(tx, host, "invitation_removed", CHAT, {"role": gone.role})
                answers.append(None)
        return answers


def _on_wire(invitation: Invitation) -> told.Invitation:
    return told.Invitation(
        id=str(invitation.id),
        role=invitation.role,
        created_at=rfc3339(invitation.created_at),
        expires_at=rfc3339(invitation.expires_at),
        uses_left=invitation.uses_left,
    )


def _nothing_here() -> NotFound:
    return NotFound("There is no such thing here.")

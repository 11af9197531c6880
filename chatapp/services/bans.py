"""Keeping people out, and letting them in again.

A banned person is signed out everywhere, and signs in nowhere. With their devices, whoever else is signed in there is
signed out too, and nobody signs in there; what a host is signed in at is left out, so that nobody shuts themselves out.
A ban of addresses keeps new sessions from being made there, and ends none of others: many share one.
"""

import ipaddress
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from msgspec.structs import replace

from chatapp.domain import policies
from chatapp.domain.audit import OPERATOR
from chatapp.domain.entities import Session, User
from chatapp.domain.events import rfc3339
from chatapp.domain.limits import network
from chatapp.domain.people import Ban, BanInList, BanList, PersonInList
from chatapp.errors import ChatError, Conflict, NotFound
from chatapp.services.acts import Acts
from chatapp.services.moderation import BAN, Effects
from chatapp.services.people import People
from chatapp.services.presence import Presence
from chatapp.storage import audit, bans, codes, sessions, users
from chatapp.storage.database import Database
from chatapp.storage.writer import Transaction, Writer


class Bans:
    """What hosts do to keep people out."""

    def __init__(
        self, database: Database, writer: Writer, acts: Acts, people: People, presence: Presence, effects: Effects
    ) -> None:
        self._database = database
        self._writer = writer
        self._acts = acts
        self._people = people
        self._presence = presence
        self._effects = effects

    async def ban(self, actor: User, user_id: int, command: Ban, actors_address: str) -> PersonInList:
        """Keep somebody out, at once and on everything they use. The address of the host who asks, and this machine's
        own, are not banned.

        Raises NotIdentified, Forbidden, NotFound; Conflict where there is no other address to ban.
        """
        spared = network(actors_address)

        async def act(tx: Transaction, by: User | None, person: User) -> tuple[User, list[Session]]:
            own = await sessions.of_people(tx.connection, [person.id])
            devices = _devices(own) if command.devices else set()
            there = await sessions.at_devices(tx.connection, devices)
            # Who shares a device with a host is kept out as a person only.
            devices -= _devices([one for one in there if policies.may_host(one.user)])
            addresses = self._addresses(person, own, spared) if command.address else set()
            if command.address and not addresses:
                raise Conflict("There is no address to ban: it is not known, your own, or that of this machine.")
            others = [one for one in there if one.device.device_hash in devices and one.user.id != person.id]
            ended = own + others
            await sessions.remove(tx.connection, [one.token_hash for one in ended])
            await codes.remove_of_people(tx.connection, [person.id])
            return await _store(tx, by, person, devices, addresses), ended

        person, ended = await self._acts.perform(actor, user_id, BAN, act)
        self._effects.shut_out(person, ended)
        return self._people.told(actor, person)

    async def unban(self, actor: User, user_id: int) -> PersonInList:
        """Let somebody in again, with their devices and addresses. Raises NotIdentified, Forbidden, NotFound."""
        return self._people.told(actor, await self._acts.perform(actor, user_id, BAN, let_in))

    async def list(self) -> BanList:
        """All bans."""
        async with self._database.read() as connection:
            found = await bans.every(connection)
        return BanList([_told(one) for one in found])

    async def lift(self, actor: User | None, ban_id: int) -> None:
        """Lift a ban; that of a person ends with those of their devices and addresses. Raises NotFound, for everybody
        who is no host too.
        """
        await self._writer.submit(self._lift, (actor, ban_id))

    def _addresses(self, person: User, own: Collection[Session], spared: str) -> set[str]:
        seen = {one.device.address for one in own} | {one.address for one in self._presence.of_person(person.id)}
        return {one for one in map(network, seen) if one and one != spared and not _is_this_machine(one)}

    async def _lift(self, tx: Transaction, asked: Sequence[tuple[User | None, int]]) -> Sequence[ChatError | None]:
        answers: list[ChatError | None] = []
        for actor, ban_id in asked:
            by = None if actor is None else (await users.by_ids(tx.connection, [actor.id])).get(actor.id)
            ban = await bans.find(tx.connection, ban_id)
            if ban is None or (actor is not None and (by is None or not policies.may_host(by))):
                answers.append(NotFound("There is no such ban."))
                continue
            person = (await users.by_ids(tx.connection, [ban.user_id or 0])).get(ban.user_id or 0)
            if ban.kind == "person" and person is not None:
                await let_in(tx, by, person)
            else:
                await bans.remove(tx.connection, [ban.id])
                detail = {"devices": 1} if ban.address is None else {"addresses": [ban.address]}
                await audit.note(tx, by, "unbanned", person or ban.address or "", detail)
            answers.append(None)
        return answers


async def _store(
    tx: Transaction, by: User | None, person: User, devices: Collection[bytes], addresses: Collection[str]
) -> User:
    """Store a ban; what stands already is not stored again, and where all of it does, nothing is noted."""
    stands = await bans.known(tx.connection, devices, addresses)
    is_new = person.banned_at is None
    devices = sorted({*devices} - {one.device_hash for one in stands})
    addresses = sorted({*addresses} - {one.address for one in stands})
    # A temporary person is forgotten when their connection ends.
    whose = None if person.is_temporary else person.id

    def made(device: bytes | None, address: str | None) -> bans.Ban:
        return bans.Ban(tx.new_id(), whose, device, address, None if by is None else by.id, tx.now)

    themselves = [made(None, None)] if is_new and whose is not None else []
    more = [made(one, None) for one in devices] + [made(None, one) for one in addresses]
    await bans.add(tx.connection, themselves + more)
    if not (is_new or more):
        return person
    banned = replace(person, banned_at=person.banned_at or tx.now)
    await users.set_standing(tx.connection, banned)
    detail: dict[str, Any] = {"devices": len(devices)} if devices else {}
    await audit.note(tx, by, "banned", person, detail | ({"addresses": addresses} if addresses else {}))
    return banned


async def let_in(tx: Transaction, by: User | None, person: User) -> User:
    """Lift the bans of a person, their devices and addresses, where there are any; return them as they are then."""
    found = await bans.of_person(tx.connection, person.id)
    if person.banned_at is None and not found:
        return person
    free = replace(person, banned_at=None)
    await users.set_standing(tx.connection, free)
    await bans.remove(tx.connection, [one.id for one in found])
    await audit.note(tx, by, "unbanned", person)
    return free


def _devices(found: Iterable[Session]) -> set[bytes]:
    return {one.device.device_hash for one in found if one.device.device_hash is not None}


def _is_this_machine(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _told(known: bans.Known) -> BanInList:
    ban = known.ban
    return BanInList(
        id=str(ban.id),
        kind=ban.kind,
        created_at=rfc3339(ban.created_at),
        by=known.by or OPERATOR,
        user_id=None if ban.user_id is None else str(ban.user_id),
        username=known.username,
        address=ban.address,
    )

"""The ways in: a name that is free, with the phrase or an invitation where the host wants one; or a name with its
password.

Mechanism: what is slow is done first, outside the write: one Argon2 for every try with a password, whether the name is
somebody's or not and whether it has a password or not. Everything is decided inside the write, by what is stored at
that moment: whether the name is free, the password still the one that was compared, the phrase the one of now, the
invitation not used up. The code of a host's link opens the door as an invitation does, and is used up only when it
makes the host.

Guarantees: of many who come by the last use of an invitation one gets in. Every sign-in makes a token of its own. Tries
at passwords and at the phrase are counted before they are judged (`domain/attempts.py`).
"""

import hmac
from collections.abc import Callable, Collection, Sequence

from msgspec import Struct
from msgspec.structs import replace

from chatapp.domain import choices as rules
from chatapp.domain import passwords, policies, words
from chatapp.domain.attempts import Attempts
from chatapp.domain.choices import Choices
from chatapp.domain.commands import SetUsername
from chatapp.domain.entities import Device, Session, User
from chatapp.errors import BadRequest, ChatError, Forbidden, NotIdentified, Taken
from chatapp.services import hashing, newcomers
from chatapp.services.hashing import Hashing
from chatapp.services.host import Host
from chatapp.services.sessions import hash_code, hash_token, new_token
from chatapp.storage import bans, codes, invitations, users
from chatapp.storage import passwords as kept_passwords
from chatapp.storage.database import Database
from chatapp.storage.invitations import Invitation
from chatapp.storage.writer import Transaction, Writer

SHUT_OUT = "The host of this chat has shut you out."
WRONG = "That is not the password of this name."
# All tries at the phrase are tries at one secret.
_PHRASE = "phrase"


class _Tried(Struct, frozen=True):
    """A password that was given: the hash it fits, where the name has one and it is right; its own hash for a new
    person, or where it shall be stored at another cost.
    """

    fits: str | None = None
    made: str | None = None


class _Coming(Struct, frozen=True):
    """Somebody on their way in: the name they want, the hash of their token, where they are, and what they bring."""

    user: User
    folded: str
    token_hash: bytes
    device: Device
    brings_password: bool
    tried: _Tried
    phrase: str | None
    invitation: bytes | None
    host_code: bytes | None


class _Known(Struct, frozen=True):
    """What is stored about those who come: names' owners, these people, the hashes of their passwords, invitations that
    are good (they are used up one by one), and the host's choices.
    """

    owners: dict[str, int]
    people: dict[int, User]
    hashes: dict[int, str | None]
    invited: dict[bytes, Invitation]
    host_codes: Collection[bytes]
    choices: Choices
    now: int


class Entrance:
    """Lets people in, in the ways that `host` has chosen. `tries_at_passwords` and `tries_at_phrase` count, `clock`
    gives milliseconds.
    """

    def __init__(
        self,
        database: Database,
        writer: Writer,
        secret_key: str,
        clock: Callable[[], int],
        *,
        host: Host,
        hashes: Hashing,
        tries_at_passwords: Attempts,
        tries_at_phrase: Attempts,
    ) -> None:
        self._database = database
        self._writer = writer
        self._secret_key = secret_key.encode()
        self._clock = clock
        self._host = host
        self._hashes = hashes
        self._tries_at_passwords = tries_at_passwords
        self._tries_at_phrase = tries_at_phrase

    async def come_in(self, command: SetUsername, device: Device) -> tuple[Session, str]:
        """Begin a session, of a new person or of the one whose password this is; return it with its token, which is
        not kept here.

        Raises Taken, NotIdentified (wrong password), Forbidden (no way in, or banned), RateLimited, Unavailable;
        BadRequest and TooLong for what can be no name or password.
        """
        user, folded = newcomers.wanted(command.username)
        if command.password is None:
            tried = _Tried()
        else:
            # Before anything is looked up: a try counts whether or not there is such a name.
            self._tries_at_passwords.begin(folded, device.address)
            tried = await self._try(folded, passwords.prepare(command.password))
        asks_phrase = self._host.choices.ways_in == rules.PHRASE and command.phrase is not None
        if asks_phrase and tried.fits is None:
            self._tries_at_phrase.begin(_PHRASE, device.address)
        token = new_token()
        invitation = None if command.invitation is None else hash_invitation(self._secret_key, command.invitation)
        coming = _Coming(
            user=user,
            folded=folded,
            token_hash=hash_token(self._secret_key, token),
            device=device,
            brings_password=command.password is not None,
            tried=tried,
            phrase=command.phrase,
            invitation=invitation,
            host_code=None if command.invitation is None else hash_code(self._secret_key, command.invitation),
        )
        session = await self._writer.submit(self._come_in, coming)
        if command.password is not None:
            self._tries_at_passwords.succeed(folded, device.address)
        if asks_phrase and tried.fits is None:
            self._tries_at_phrase.succeed(_PHRASE, device.address)
        return session, token

    async def come(self, command: SetUsername, device: Device) -> User:
        """Make a temporary person, for a client that cannot keep a token. Raises Taken, Forbidden where a name is not
        enough, BadRequest for what such clients have no use for.
        """
        if not (command.password is None and command.phrase is None and command.invitation is None):
            raise BadRequest("Whoever signs in needs an answer: send this with an acknowledgement.")
        user, folded = newcomers.wanted(command.username)
        guest = replace(user, is_temporary=True, role=policies.GUEST)
        return await self._writer.submit(self._come, (guest, folded, device))

    async def _try(self, folded: str, password: bytes) -> _Tried:
        async with self._database.read() as connection:
            found = await kept_passwords.of_names(connection, [folded])
        if folded not in found:
            return _Tried(made=await self._hashes.hash(password))
        kept = found[folded]
        if not await self._hashes.matches(password, kept):
            return _Tried()
        is_current = kept is None or hashing.is_current(kept)
        return _Tried(fits=kept, made=None if is_current else await self._hashes.hash(password))

    async def _come(self, tx: Transaction, asked: Sequence[tuple[User, str, Device]]) -> Sequence[User | ChatError]:
        choices = await self._host.as_stored(tx)
        answers: list[User | ChatError] = []
        for user, folded, device in asked:
            if await bans.stands_against(tx.connection, device.device_hash, device.address):
                answers.append(Forbidden(SHUT_OUT))
            elif choices.ways_in != rules.OPEN:
                answers.append(_needs(choices))
            else:
                answers += await newcomers.make(tx, [(user, folded)], self._clock())
        return answers

    async def _come_in(self, tx: Transaction, asked: Sequence[_Coming]) -> Sequence[Session | ChatError]:
        known = await self._known(tx, asked)
        answers: list[Session | ChatError] = []
        for one in asked:
            decided = await self._decide(tx, one, known)
            if isinstance(decided, User):
                [begun] = await newcomers.begin(tx, [(one.token_hash, decided, one.device)], known.now)
                answers.append(begun)
            else:
                answers.append(decided)
        return answers

    async def _known(self, tx: Transaction, asked: Sequence[_Coming]) -> _Known:
        owners = await users.owners(tx.connection, {one.folded for one in asked})
        invited = {one.invitation for one in asked if one.invitation is not None}
        host_codes = {one.host_code for one in asked if one.host_code is not None}
        now = self._clock()
        return _Known(
            owners,
            await users.by_ids(tx.connection, owners.values()) if owners else {},
            await kept_passwords.of_people(tx.connection, owners.values()) if owners else {},
            await invitations.by_hashes(tx.connection, invited, now) if invited else {},
            await codes.find(tx.connection, host_codes, [codes.HOST], now) if host_codes else {},
            await self._host.as_stored(tx),
            now,
        )

    async def _decide(self, tx: Transaction, one: _Coming, known: _Known) -> User | ChatError:
        """Who somebody is who comes, stored where they are new; or why they may not come in."""
        owner = known.people.get(known.owners.get(one.folded, 0))
        has_password = owner is not None and known.hashes.get(owner.id) is not None
        is_right = owner is not None and has_password and known.hashes[owner.id] == one.tried.fits
        if await bans.stands_against(tx.connection, one.device.device_hash, one.device.address):
            return Forbidden(SHUT_OUT)
        if owner is not None and is_right:
            if one.tried.made is not None:
                await kept_passwords.save(tx.connection, [(owner.id, one.tried.made)])
            return Forbidden(SHUT_OUT) if owner.banned_at is not None else owner
        if has_password or one.tried.fits is not None:
            return NotIdentified(WRONG, field="password") if one.brings_password else _is_protected()
        if (refusal := _door(one, known)) is not None:
            return refusal
        # Whoever brings a password that was compared with somebody's came for a name that was theirs a moment ago.
        if one.folded in known.owners or (one.brings_password and one.tried.made is None):
            return Taken("Username already taken", field="username")
        return await self._make(tx, one, known)

    async def _make(self, tx: Transaction, one: _Coming, known: _Known) -> User | ChatError:
        invitation = None if one.invitation is None else known.invited.get(one.invitation)
        role = known.choices.newcomers if invitation is None else invitation.role
        [made] = await newcomers.make(tx, [(replace(one.user, role=role), one.folded)], known.now)
        if isinstance(made, User):
            known.owners[one.folded], known.people[made.id] = made.id, made
            known.hashes[made.id] = one.tried.made
            if one.tried.made is not None:
                await kept_passwords.save(tx.connection, [(made.id, one.tried.made)])
            if invitation is not None and invitation.uses_left is not None:
                used = known.invited[invitation.code_hash] = replace(invitation, uses_left=invitation.uses_left - 1)
                await invitations.use(tx.connection, used)
        return made


def hash_invitation(secret_key: bytes, code: str) -> bytes:
    """What is kept of an invitation's code. No token of ours holds a line break."""
    return hmac.digest(secret_key, b"invitation\n" + code.encode("utf-8", "replace"), "sha256")


def _door(one: _Coming, known: _Known) -> Forbidden | None:
    """Why a newcomer may not come in, None when they may."""
    if one.invitation is not None:
        invitation = known.invited.get(one.invitation)
        if (invitation is None or invitation.uses_left == 0) and one.host_code not in known.host_codes:
            return Forbidden("This invitation was used up, or is too old. Ask for another.", field=rules.INVITATION)
        return None
    if known.choices.ways_in == rules.OPEN:
        return None
    phrase = known.choices.phrase
    if known.choices.ways_in == rules.PHRASE and phrase is not None and one.phrase is not None:
        return None if words.is_same(one.phrase, phrase) else Forbidden("That is not the phrase.", field=rules.PHRASE)
    return _needs(known.choices)


def _needs(choices: Choices) -> Forbidden:
    if choices.ways_in == rules.PHRASE:
        return Forbidden("Whoever is new needs the four words with which one joins this chat.", field=rules.PHRASE)
    return Forbidden("Whoever is new comes into this chat by an invitation.", field=rules.INVITATION)


def _is_protected() -> Taken:
    return Taken("This name has a password. Enter it, or choose another name.", field="password")

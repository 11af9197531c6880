"""Links that work once: to become the host of this chat, to carry a session to another of its addresses, to sign in on
another device, and to come back to a name.

Mechanism: a code is 256 bits that nobody can guess. Only its keyed hash is stored, as with tokens; using it deletes the
row in the same transaction that does what it is good for, so of two who use it at once one is too late.

A session has one carry code at most, and it dies with the session. All tabs of a browser share a session, and each has
to know the code when the server is suddenly elsewhere: so the code follows from the session and the code's end by the
secret key, and who asks within a day gets the same one.

A link to another device is asked for anew each time, is good for ten minutes, and dies with its session too; the
last one of a session counts. A link by which a host hands a name back is the person's and good for a day. Whoever comes
by it has lost the password, or somebody else has it: so it is taken away, and all sessions of before end.

A page that looks for this server at another address sends its nonce there, and believes only an answer with the proof
that it got together with its carry code: who does not hold the secret key cannot give it. It says nothing of the way
in between; whoever can listen there over plain http needs no code.
"""

import base64
import hmac
import re
import secrets
from collections.abc import Callable, Sequence

from msgspec import Struct

from chatapp.domain import policies
from chatapp.domain.answers import DeviceLink
from chatapp.domain.entities import Device, Session, User
from chatapp.domain.events import rfc3339
from chatapp.errors import BadRequest, ChatError, Forbidden, NotFound, NotIdentified
from chatapp.services import newcomers, roles
from chatapp.services.endings import Endings
from chatapp.services.entrance import SHUT_OUT
from chatapp.services.sessions import hash_code, hash_token, new_token
from chatapp.services.writing import GONE
from chatapp.storage import audit, bans, codes, passwords, sessions, users
from chatapp.storage.codes import HOST, Code
from chatapp.storage.database import Database
from chatapp.storage.writer import Transaction, Writer

# 256 bits, as tokens have: beyond guessing.
CODE_BYTES = 32
NONCE_BYTES = 24

CARRY = "carry"
DEVICE = "device"
RETURN = "return"
_SIGN_IN = frozenset({CARRY, DEVICE, RETURN})

DAY_MS = 24 * 3600 * 1000
HOST_LASTS_MS = DAY_MS
DEVICE_LASTS_MS = 10 * 60 * 1000
RETURN_LASTS_MS = DAY_MS
CARRY_LASTS_MS = 7 * DAY_MS
CARRY_IS_FRESH_MS = DAY_MS
"""So long after it was made, a carry code is told again."""
# A code ends up to so much earlier, by chance: otherwise one made in the millisecond of a used one would be the same.
SPREAD_MS = 60_000

# Nothing but what `token_urlsafe` makes: the hash under it is of a kind of its own, whatever somebody sends.
_NONCE = re.compile(r"[A-Za-z0-9_-]{16,64}")


class Carry(Struct, frozen=True):
    """What a page needs to go over to another address: the code to arrive with, and the question (`nonce`) with the
    answer (`proof`) by which it knows this server. `expires_at` in milliseconds.
    """

    code: str
    nonce: str
    proof: str
    expires_at: int


class Codes:
    """Makes and takes codes; `secret_key` keys the hash under which they are stored, `clock` gives milliseconds,
    `endings` hears of sessions that have ended.
    """

    def __init__(
        self, database: Database, writer: Writer, secret_key: str, clock: Callable[[], int], endings: Endings
    ) -> None:
        self._database = database
        self._writer = writer
        self._secret_key = secret_key.encode()
        self._clock = clock
        self._endings = endings

    async def issue_host(self) -> str:
        """A code that makes its taker a host, within a day."""
        code = secrets.token_urlsafe(CODE_BYTES)
        await self.keep_host(code)
        return code

    async def keep_host(self, code: str) -> None:
        """Let a code that was made elsewhere be one that makes its taker a host; a day from now where it is known."""
        await self._writer.submit(self._issue_host, self._hash(code))

    async def take_host(self, user: User, code: str) -> User:
        """Make a person a host. Raises NotFound when the code is no good (any more).

        It is used up even where the person is one already: the link stands in a browser's history.
        """
        return await self._writer.submit(self._take_host, (user, self._hash(code)))

    async def issue_carry(self, session: Session) -> Carry:
        """A code that carries a session on, within seven days: the session's own, or a new one in its place when it
        is a day old or used.

        Raises Forbidden for a temporary person, NotIdentified when the session has ended meanwhile.
        """
        if session.user.is_temporary:
            raise Forbidden("A name that lasts as long as its connection cannot be carried elsewhere.")
        code, expires_at = await self._writer.submit(self._issue_carry, session.token_hash)
        nonce = secrets.token_urlsafe(NONCE_BYTES)
        return Carry(code, nonce, self.proof(nonce), expires_at)

    async def keep_carry(self, session: Session, code: str) -> None:
        """Let a code that was made elsewhere carry this session on, for a day."""
        await self._writer.submit(self._keep_carry, (session.token_hash, self._hash(code)))

    async def issue_device(self, session: Session) -> DeviceLink:
        """A code that signs the person in on another device, within ten minutes; the one of before is good no more.

        Raises Forbidden for a temporary person, NotIdentified when the session has ended meanwhile.
        """
        if session.user.is_temporary:
            raise Forbidden("A name that lasts as long as its connection cannot be carried elsewhere.")
        code = secrets.token_urlsafe(CODE_BYTES)
        expires_at = await self._writer.submit(self._issue_device, (session.token_hash, self._hash(code)))
        return DeviceLink(code, rfc3339(expires_at))

    async def issue_return(self, host: User, user_id: int) -> DeviceLink:
        """A code by which somebody comes back to their name, within a day; the one of before is good no more.

        Raises NotFound unless `host` is one and there is such a person, Forbidden for other hosts.
        """
        code = secrets.token_urlsafe(CODE_BYTES)
        expires_at = await self._writer.submit(self._issue_return, (host, user_id, self._hash(code)))
        return DeviceLink(code, rfc3339(expires_at))

    async def arrive(self, code: str, device: Device) -> tuple[Session, str]:
        """Begin another session of the person whose code this is; return it with its token, which is not kept here.

        Raises NotFound when the code is no good (any more), Forbidden for whoever is banned.
        """
        token = new_token()
        asked = (self._hash(code), hash_token(self._secret_key, token), device)
        session, ended = await self._writer.submit(self._arrive, asked)
        self._endings.end(ended)
        return session, token

    def proof(self, nonce: str) -> str:
        """What only this server answers to a nonce. Raises BadRequest unless it is 16 to 64 of `A-Za-z0-9_-`."""
        if _NONCE.fullmatch(nonce) is None:
            raise BadRequest("A nonce is 16 to 64 letters, digits, _ or -.", field="nonce")
        return hmac.new(self._secret_key, f"identity\n{nonce}".encode(), "sha256").hexdigest()

    def _hash(self, code: str) -> bytes:
        return hash_code(self._secret_key, code)

    def _carry(self, token_hash: bytes, expires_at: int) -> str:
        digest = hmac.digest(self._secret_key, b"carry\n" + token_hash + expires_at.to_bytes(8, "big"), "sha256")
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    async def _issue_host(self, tx: Transaction, asked: Sequence[bytes]) -> Sequence[None]:
        expires_at = await self._begin(tx) + HOST_LASTS_MS
        await codes.add(tx.connection, [Code(code_hash, HOST, None, expires_at) for code_hash in asked])
        return [None] * len(asked)

    async def _take_host(self, tx: Transaction, asked: Sequence[tuple[User, bytes]]) -> Sequence[User | ChatError]:
        good = await codes.find(tx.connection, {code_hash for _, code_hash in asked}, {HOST}, self._clock())
        present = await users.by_ids(tx.connection, {user.id for user, _ in asked})
        answers: list[User | ChatError] = []
        used: set[bytes] = set()
        for user, code_hash in asked:
            found = present.get(user.id)
            if (
                found is None
                or found.is_temporary
                or found.banned_at is not None
                or code_hash not in good
                or code_hash in used
            ):
                answers.append(
                    NotFound(
                        "This link is no good any more: each works once, for a day. Start the chat again for another."
                    )
                )
            else:
                used.add(code_hash)
                await audit.note(tx, found, "host_link_used", found, {"before": found.role})
                is_host = found.role == policies.HOST
                present[user.id] = found if is_host else await roles.give(tx, found, policies.HOST)
                answers.append(present[user.id])
        await codes.remove(tx.connection, used)
        return answers

    async def _keep_carry(self, tx: Transaction, asked: Sequence[tuple[bytes, bytes]]) -> Sequence[None]:
        expires_at = await self._begin(tx) + DAY_MS
        await codes.add(tx.connection, [Code(code_hash, CARRY, of, expires_at) for of, code_hash in asked])
        return [None] * len(asked)

    async def _issue_carry(self, tx: Transaction, asked: Sequence[bytes]) -> Sequence[tuple[str, int] | ChatError]:
        now = await self._begin(tx)
        alive = await sessions.by_hashes(tx.connection, {*asked}, now)
        known = await codes.of_sessions(tx.connection, alive, CARRY)
        oldest = now + CARRY_LASTS_MS - CARRY_IS_FRESH_MS
        ends = {token_hash: one.expires_at for token_hash, one in known.items() if one.expires_at > oldest}
        new = {token_hash: now + CARRY_LASTS_MS - secrets.randbelow(SPREAD_MS) for token_hash in alive.keys() - ends}
        await codes.remove_of_sessions(tx.connection, new, CARRY)
        await codes.add(
            tx.connection,
            [Code(self._hash(self._carry(one, expires_at)), CARRY, one, expires_at) for one, expires_at in new.items()],
        )
        ends |= new
        gone = NotIdentified(GONE)
        return [(self._carry(one, ends[one]), ends[one]) if one in ends else gone for one in asked]

    async def _issue_device(self, tx: Transaction, asked: Sequence[tuple[bytes, bytes]]) -> Sequence[int | ChatError]:
        now = await self._begin(tx)
        alive = await sessions.by_hashes(tx.connection, {of for of, _ in asked}, now)
        # The last one that was asked for stands.
        new = {of: Code(code_hash, DEVICE, of, now + DEVICE_LASTS_MS) for of, code_hash in asked if of in alive}
        await codes.remove_of_sessions(tx.connection, new, DEVICE)
        await codes.add(tx.connection, [*new.values()])
        return [now + DEVICE_LASTS_MS if of in alive else NotIdentified(GONE) for of, _ in asked]

    async def _issue_return(
        self, tx: Transaction, asked: Sequence[tuple[User, int, bytes]]
    ) -> Sequence[int | ChatError]:
        now = await self._begin(tx)
        people = await users.by_ids(tx.connection, {host.id for host, _, _ in asked} | {one for _, one, _ in asked})
        answers: list[int | ChatError] = []
        for asking, user_id, code_hash in asked:
            host, user = people.get(asking.id), people.get(user_id)
            if host is None or not policies.may_host(host):
                answers.append(NotFound("There is no such thing here."))
            elif user is None or user.is_temporary:
                answers.append(NotFound("There is no such person."))
            elif not policies.may_hand_back(host, user):
                answers.append(Forbidden("Hosts hand back the names of those who are no hosts."))
            else:
                await codes.remove_of_people(tx.connection, [user.id])
                await codes.add(tx.connection, [Code(code_hash, RETURN, None, now + RETURN_LASTS_MS, user.id)])
                await audit.note(tx, host, "name_returned", user)
                answers.append(now + RETURN_LASTS_MS)
        return answers

    async def _arrive(
        self, tx: Transaction, asked: Sequence[tuple[bytes, bytes, Device]]
    ) -> Sequence[tuple[Session, list[Session]] | ChatError]:
        now = self._clock()
        good = await codes.find(tx.connection, {code_hash for code_hash, _, _ in asked}, _SIGN_IN, now)
        answers: list[tuple[Session, list[Session]] | ChatError] = []
        for code_hash, token_hash, device in asked:
            code = good.pop(code_hash, None)
            user = None if code is None else await self._whose(tx, code, now)
            if code is None or user is None:
                answers.append(NotFound("This link was used already, or is too old. Please sign in."))
            elif user.banned_at is not None or await bans.stands_against(
                tx.connection, device.device_hash, device.address
            ):
                answers.append(Forbidden(SHUT_OUT))
            else:
                await codes.remove(tx.connection, [code_hash])
                ended = await self._hand_back(tx, user) if code.purpose == RETURN else []
                [begun] = await newcomers.begin(tx, [(token_hash, user, device)], now)
                answers.append((begun, ended) if isinstance(begun, Session) else begun)
        return answers

    async def _whose(self, tx: Transaction, code: Code, now: int) -> User | None:
        """The person a code signs in."""
        if code.token_hash is not None:
            session = await sessions.find(tx.connection, code.token_hash, now)
            return None if session is None else session.user
        return None if code.user_id is None else (await users.by_ids(tx.connection, [code.user_id])).get(code.user_id)

    async def _hand_back(self, tx: Transaction, user: User) -> list[Session]:
        """Take away what leads to this name so far; return the sessions that end by it."""
        ended = await sessions.of_people(tx.connection, [user.id])
        await sessions.remove(tx.connection, [one.token_hash for one in ended])
        await passwords.save(tx.connection, [(user.id, None)])
        return ended

    async def _begin(self, tx: Transaction) -> int:
        """Forget what has expired; the time."""
        now = self._clock()
        await codes.sweep(tx.connection, now)
        return now

"""Argon2id over passwords: slow on purpose, so never on the event loop or in the writer.

The cost is what the OWASP Password Storage Cheat Sheet asks for at the least: 19 MiB, two passes, one lane; salt and
hash are as long as RFC 9106, section 4, has them. Some 50 ms on a small machine. At most `THREADS` are computed at
once, so together they take 38 MiB however many sign in; at most `MOST_WAITING` wait.
"""

import asyncio
import base64
import secrets
from concurrent.futures import ThreadPoolExecutor

from chatapp.errors import Unavailable

MEMORY_KIB = 19 * 1024
PASSES = 2
LANES = 1
SALT_BYTES = 16
HASH_BYTES = 32
THREADS = 2
MOST_WAITING = 200

_COST = f"$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}$"


def _text(data: bytes) -> str:
    return base64.b64encode(data).rstrip(b"=").decode()


NOBODYS = f"{_COST}{_text(bytes(SALT_BYTES))}${_text(bytes(HASH_BYTES))}"
"""The hash of no password, which costs as much to compare with as any."""


class Hashing:
    """Hashes passwords, and compares them with hashes, in threads of its own."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, "argon2")
        self._waiting = 0

    async def hash(self, password: bytes) -> str:
        """The hash of a password, with its cost and a salt of its own (PHC string format). Raises Unavailable."""
        return await self._compute(password, None)

    async def matches(self, password: bytes, kept: str | None) -> bool:
        """Whether this is the password that was hashed. Without a hash it is not, which takes as long to find out.

        Raises Unavailable.
        """
        return await self._compute(password, kept or NOBODYS) != ""

    def close(self) -> None:
        """Begin nothing more."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _compute(self, password: bytes, kept: str | None) -> str:
        if self._waiting >= MOST_WAITING:
            raise Unavailable("Very many people are signing in. Try again in a moment.", retry_after=5)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, compute, password, kept)
        finally:
            self._waiting -= 1


def is_current(kept: str) -> bool:
    """Whether a hash was made at today's cost."""
    return kept.startswith(_COST)


def compute(password: bytes, kept: str | None) -> str:
    """The hash of a password; where one is `kept`, that one if the password is right, else an empty text."""
    # Late, since the page is there before anybody signs in with a password: it takes long to load.
    from cryptography.exceptions import InvalidKey  # noqa: PLC0415
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id  # noqa: PLC0415 - for the same reason

    if kept is None:
        salt = secrets.token_bytes(SALT_BYTES)
        made = Argon2id(salt=salt, length=HASH_BYTES, iterations=PASSES, lanes=LANES, memory_cost=MEMORY_KIB)
        return made.derive_phc_encoded(password)
    try:
        Argon2id.verify_phc_encoded(password, kept)
    except InvalidKey:
        return ""
    return kept

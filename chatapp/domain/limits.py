"""Token buckets: how often something may be done, and whose bucket it is."""

import ipaddress
from collections.abc import Callable, Hashable
from functools import lru_cache
from math import ceil

from msgspec import Struct

from chatapp.errors import RateLimited


class Limit(Struct, frozen=True):
    """`rate` a second in the long run, `burst` at once."""

    rate: float
    burst: int


class _Bucket(Struct):
    tokens: float
    filled_at: float


class Limiter:
    """Counts what each key does. `clock` gives monotonic seconds; without a limit everything is allowed.

    At most `KEPT` buckets are held: those that are full again are dropped first, then those that are fullest, so that
    who makes up keys frees themselves at most, and nobody who is limited while fewer than half of all keys are.
    """

    KEPT = 10_000

    def __init__(self, limit: Limit | None, clock: Callable[[], float]) -> None:
        self._limit = limit
        self._clock = clock
        self._buckets: dict[Hashable, _Bucket] = {}

    def take(self, key: Hashable) -> None:
        """Count one. Raises RateLimited with the seconds until the next is allowed."""
        if self._limit is None:
            return
        bucket = self._fill(key, self._limit)
        if bucket.tokens < 1:
            wait = (1 - bucket.tokens) / self._limit.rate
            raise RateLimited("That was too quick. Wait a moment.", retry_after=ceil(wait * 1000) / 1000)
        bucket.tokens -= 1

    def give_back(self, key: Hashable) -> None:
        """Count one less: what was taken does not count after all."""
        bucket = self._buckets.get(key)
        if bucket is not None and self._limit is not None:
            bucket.tokens = min(self._limit.burst, bucket.tokens + 1)

    def _fill(self, key: Hashable, limit: Limit) -> _Bucket:
        now = self._clock()
        bucket = self._buckets.get(key)
        if bucket is None:
            if len(self._buckets) >= self.KEPT:
                self._drop_full(limit, now)
            bucket = self._buckets[key] = _Bucket(limit.burst, now)
        bucket.tokens = min(limit.burst, bucket.tokens + (now - bucket.filled_at) * limit.rate)
        bucket.filled_at = now
        return bucket

    def _drop_full(self, limit: Limit, now: float) -> None:
        """Drop full buckets, and more until half of the room is free: each drop pays for thousands of new keys."""
        lacks = {
            key: limit.burst - bucket.tokens - (now - bucket.filled_at) * limit.rate
            for key, bucket in self._buckets.items()
        }
        emptiest = sorted((key for key, lack in lacks.items() if lack > 0), key=lacks.__getitem__, reverse=True)
        self._buckets = {key: self._buckets[key] for key in emptiest[: self.KEPT // 2]}


class Shares:
    """Counts what each person does, and after that what all do who come from one address: who is held back by their
    own limit takes nothing from the others behind it. An IPv6 address counts as its network.
    """

    def __init__(self, person: Limit, address: Limit, clock: Callable[[], float], *, is_limited: bool) -> None:
        self._people = Limiter(person if is_limited else None, clock)
        self._addresses = Limiter(address if is_limited else None, clock)

    def take(self, person: Hashable | None, address: str) -> None:
        """Count one; of nobody in particular where `person` is None. Raises RateLimited."""
        if person is not None:
            self._people.take(person)
        try:
            self._addresses.take(network(address))
        except RateLimited:
            self._people.give_back(person)
            raise


@lru_cache(maxsize=4096)
def network(address: str) -> str:
    """Whom an address counts as: itself, or the /64 it is in for IPv6, which one machine has all of (RFC 8981)."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.IPv6Address(int(found) >> 64 << 64))

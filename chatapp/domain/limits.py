"""Token buckets: how often something may be done."""

from collections.abc import Callable, Hashable
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

    Buckets that are full again are dropped when more than `KEPT` are held, so memory follows those who are active.
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
        idle = limit.burst / limit.rate
        self._buckets = {key: bucket for key, bucket in self._buckets.items() if now - bucket.filled_at < idle}

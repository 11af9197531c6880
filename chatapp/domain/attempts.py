"""Tries at a secret that people remember: the password of a name, the phrase one joins with.

Mechanism: a try counts as failed from the moment it begins, so that many at once gain nothing, and is given back when
it succeeds. Three things are counted. A secret tried from one address: after a few free tries the wait doubles with
each further one. All secrets tried from one address, and one secret tried from anywhere: token buckets.

Guarantees: how many guesses there are in a day does not depend on how fast they come. Whoever fails at a secret from
elsewhere delays its owner by seconds, never more: only their own address waits long, and an address from which the
secret was known before does not share the bucket of all. Memory is bounded; what is dropped then was quiet the longest.
"""

from collections.abc import Callable
from math import ceil
from typing import TypeVar

from msgspec import Struct

from chatapp.domain.limits import Limit, Limiter, network
from chatapp.errors import RateLimited

Value = TypeVar("Value")

FORGOTTEN = 86_400.0
"""Seconds without a try after which the failures at a secret from an address are forgotten."""


class Patience(Struct, frozen=True):
    """`free` failures cost nothing; then one waits `first` seconds, twice that, and so on up to `longest`."""

    free: int
    first: float
    longest: float


class Rules(Struct, frozen=True):
    """What may be tried: one secret from one address, all of them from one address, one from everywhere."""

    pair: Patience
    address: Limit
    secret: Limit


PASSWORDS = Rules(
    Patience(free=3, first=1, longest=900), address=Limit(rate=0.5, burst=100), secret=Limit(rate=0.1, burst=20)
)
"""For passwords, which people choose: some 14,000 guesses a day at one name when they come from everywhere, and about a
hundred from one address. A class that signs in behind one address mistypes a hundred times before anybody waits."""
PHRASES = Rules(
    Patience(free=30, first=1, longest=5), address=Limit(rate=1, burst=60), secret=Limit(rate=50, burst=500)
)
"""For phrases that the program draws: with 2 to the power of 40 of them, 50 guesses a second need centuries. Nobody who
guesses keeps a class from coming in."""


class _Failures(Struct):
    count: int
    last: float


class Attempts:
    """Counts the tries at secrets, each known by a key. `clock` gives monotonic seconds; without rules none counts."""

    KEPT = 10_000

    def __init__(self, rules: Rules | None, clock: Callable[[], float]) -> None:
        self._patience = None if rules is None else rules.pair
        self._clock = clock
        self._addresses = Limiter(None if rules is None else rules.address, clock)
        self._secrets = Limiter(None if rules is None else rules.secret, clock)
        # Each in the order of the last try.
        self._failures: dict[tuple[str, str], _Failures] = {}
        self._known: dict[tuple[str, str], None] = {}

    def begin(self, secret: str, address: str) -> None:
        """Count a try before it is judged, also one at a secret that does not exist.

        Raises RateLimited with the seconds until the next is allowed.
        """
        if self._patience is None:
            return
        place = network(address)
        pair = (secret, place)
        if (wait := self._wait(pair, self._patience)) > 0:
            raise RateLimited("That was wrong too often. Wait a moment.", retry_after=ceil(wait * 1000) / 1000)
        self._addresses.take(place)
        if pair not in self._known:
            try:
                self._secrets.take(secret)
            except RateLimited:
                self._addresses.give_back(place)
                raise
        self._count(pair)

    def succeed(self, secret: str, address: str) -> None:
        """The try that was begun last was right: it does not count, and those before it are forgotten."""
        place = network(address)
        pair = (secret, place)
        self._failures.pop(pair, None)
        self._addresses.give_back(place)
        if pair not in self._known:
            self._secrets.give_back(secret)
        _keep(self._known, pair, None, self.KEPT)

    def _wait(self, pair: tuple[str, str], patience: Patience) -> float:
        failures = self._failures.get(pair)
        if failures is None:
            return 0
        quiet = self._clock() - failures.last
        if quiet >= FORGOTTEN:
            del self._failures[pair]
            return 0
        doubled = failures.count - patience.free - 1
        if doubled < 0:
            return 0
        # Doubled often enough it is no number any more.
        return min(patience.longest, patience.first * 2.0 ** min(doubled, 64)) - quiet

    def _count(self, pair: tuple[str, str]) -> None:
        failures = self._failures.get(pair)
        count = 1 if failures is None else failures.count + 1
        _keep(self._failures, pair, _Failures(count, self._clock()), self.KEPT)


def _keep(kept: dict[tuple[str, str], Value], key: tuple[str, str], value: Value, most: int) -> None:
    """Put a pair at the end; the first one goes when there are more than `most`."""
    kept.pop(key, None)
    kept[key] = value
    if len(kept) > most:
        del kept[next(iter(kept))]

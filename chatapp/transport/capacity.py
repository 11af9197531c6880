"""Who may connect, and how much may wait in memory for whom.

Mechanism: every TCP connection is a `Guest` from the first moment to the last. One address may hold `MOST_OF_ONE`; when
all places are taken, the address that has most gives one up for an address that has fewer. What waits in memory because
a client is slow (half a body, half a frame, an answer that is not taken) is entered in `Holdings`; when all of it
together is more than `MOST_HELD`, the largest of the address that has most is cut off.

Guarantees: connections and what waits for them are bounded whatever clients do; who comes from an address of their own
gets in, however many addresses take all they can; nobody is cut off while another address has more. Who is not let in
is told so, unless very many are being told already.

Cost: an object and an entry for each connection; for what is small or not slow nothing is held.
"""

from collections.abc import Callable, Hashable

from msgspec import Struct

from chatapp.domain.limits import network
from chatapp.errors import ChatError, RateLimited, Unavailable

MOST = 20_000
"""Connections of all; fewer where the system gives the process fewer files."""
MOST_OF_ONE = 1_000
"""Connections from one address: a class of a hundred that opens its browsers at once, with six or seven each."""
MOST_REFUSED = 500
"""Those who are being told that they may not come in. Beyond it they are turned away without a word."""
MOST_HELD = 64 << 20
"""Bytes that wait for all."""
SMALL = 1 << 16
"""Bytes of one connection that are not worth entering: with `MOST` of them, what is not entered is bounded too."""
RETRY_AFTER = 5
"""Seconds after which one who was not let in may try again."""


class _Held(Struct):
    address: str
    size: int
    end: Callable[[], None]


class Holdings:
    """What waits in memory, each with its owner and their address; at most `most` bytes together."""

    def __init__(self, most: int = MOST_HELD) -> None:
        self._most = most
        self._held: dict[Hashable, _Held] = {}
        self._of_address: dict[str, int] = {}
        self.total = 0

    def put(self, owner: Hashable, address: str, size: int, end: Callable[[], None]) -> None:
        """So many bytes wait for `owner` now. Whoever has to go for it is ended by their `end`."""
        self.drop(owner)
        self._held[owner] = _Held(address, size, end)
        self._of_address[address] = self._of_address.get(address, 0) + size
        self.total += size
        while self.total > self._most:
            self._end_one()

    def drop(self, owner: Hashable) -> None:
        """Nothing waits for `owner` any more."""
        held = self._held.pop(owner, None)
        if held is None:
            return
        self.total -= held.size
        self._of_address[held.address] -= held.size
        if not self._of_address[held.address]:
            del self._of_address[held.address]

    def _end_one(self) -> None:
        most = max(self._of_address, key=self._of_address.__getitem__)
        theirs = ((held.size, owner) for owner, held in self._held.items() if held.address == most)
        _, owner = max(theirs, key=lambda pair: pair[0])
        end = self._held[owner].end
        self.drop(owner)
        end()


class Capacity:
    """Counts connections. Without limits only the ceiling for all and the bound of memory hold. `spares` tells
    addresses that speak for others, a trusted proxy's: these may have as many as there are.
    """

    def __init__(self, *, is_limited: bool, most: int = MOST, spares: Callable[[str], bool] = lambda _: False) -> None:
        self._is_limited = is_limited
        self._most = most
        self._spares = spares
        self._guests: dict[str, dict[Guest, None]] = {}
        self._inside = 0
        self._refused = 0
        self.holdings = Holdings()

    def admit(self, address: str, end: Callable[[], None]) -> "Guest":
        """Somebody has connected; `end` cuts them off. They may come in unless the guest has a `refusal`."""
        place = network(address)
        guest = Guest(self, place, end, self._refusal(place))
        if guest.refusal is None:
            self._inside += 1
            self._guests.setdefault(place, {})[guest] = None
        else:
            self._refused += 1
            if self._refused > MOST_REFUSED:
                end()
        return guest

    def leave(self, guest: "Guest") -> None:
        """A guest has gone."""
        self.holdings.drop(guest)
        if guest.refusal is not None:
            self._refused -= 1
            return
        self._inside -= 1
        theirs = self._guests[guest.address]
        del theirs[guest]
        if not theirs:
            del self._guests[guest.address]

    def _refusal(self, place: str) -> ChatError | None:
        has = len(self._guests.get(place, ()))
        if self._is_limited and has >= MOST_OF_ONE and not self._spares(place):
            return RateLimited("Too many connections from this address.", retry_after=RETRY_AFTER)
        if self._inside >= self._most and not (self._is_limited and self._made_room(has)):
            return Unavailable("The server has as many connections as it can take.", retry_after=RETRY_AFTER)
        return None

    def _made_room(self, has: int) -> bool:
        """Whether the address that has most gave one up, for one that has so many; the newest goes."""
        place = max(self._guests, key=lambda one: 0 if self._spares(one) else len(self._guests[one]))
        if self._spares(place) or len(self._guests[place]) <= has + 1:
            return False
        next(reversed(self._guests[place])).cut()
        return True


class Guest:
    """One connection. `refusal` says why it may not come in."""

    __slots__ = ("_capacity", "_end", "_is_holding", "address", "refusal")

    def __init__(self, capacity: Capacity, address: str, end: Callable[[], None], refusal: ChatError | None) -> None:
        self._capacity: Capacity | None = capacity
        self._end = end
        self._is_holding = False
        self.address = address
        self.refusal = refusal

    def hold(self, size: int) -> None:
        """So many bytes wait for this connection now."""
        if self._capacity is None:
            return
        if size > SMALL:
            self._is_holding = True
            self._capacity.holdings.put(self, self.address, size, self._end)
        elif self._is_holding:
            self._is_holding = False
            self._capacity.holdings.drop(self)

    def cut(self) -> None:
        """End the connection; its place is free at once."""
        self.leave()
        self._end()

    def leave(self) -> None:
        """The connection has ended. Ending again changes nothing."""
        if self._capacity is not None:
            capacity, self._capacity = self._capacity, None
            capacity.leave(self)

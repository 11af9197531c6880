"""Who may connect, and who has to go when too much waits in memory."""

import pytest

from chatapp.errors import RateLimited, Unavailable
from chatapp.transport import capacity as capacities
from chatapp.transport.capacity import MOST_OF_ONE, MOST_REFUSED, SMALL, Capacity, Guest, Holdings

HERE = "192.168.1.20"
ELSEWHERE = "192.168.1.66"


def nothing() -> None:
    """Be ended."""


def admitted(capacity: Capacity, address: str, count: int) -> list[Guest]:
    """Those of so many from an address who may come in; the others have gone again."""
    guests = [capacity.admit(address, nothing) for _ in range(count)]
    for guest in guests:
        if guest.refusal is not None:
            guest.leave()
    return [guest for guest in guests if guest.refusal is None]


def test_one_address_has_so_many_connections_and_others_have_their_own() -> None:
    capacity = Capacity(is_limited=True)
    assert len(admitted(capacity, HERE, MOST_OF_ONE + 10)) == MOST_OF_ONE
    refusal = capacity.admit(HERE, nothing).refusal
    assert isinstance(refusal, RateLimited)
    assert refusal.retry_after == capacities.RETRY_AFTER
    assert len(admitted(capacity, ELSEWHERE, 10)) == 10


def test_one_who_leaves_makes_room() -> None:
    capacity = Capacity(is_limited=True)
    guests = admitted(capacity, HERE, MOST_OF_ONE)
    guests[0].leave()
    guests[0].leave()
    assert len(admitted(capacity, HERE, 2)) == 1


def test_an_ipv6_network_is_one_address() -> None:
    capacity = Capacity(is_limited=True)
    admitted(capacity, "2001:db8::1", MOST_OF_ONE)
    assert capacity.admit("2001:db8::2", nothing).refusal is not None
    assert capacity.admit("2001:db8:0:1::1", nothing).refusal is None


def test_a_network_full_of_greedy_addresses_leaves_room_for_others() -> None:
    capacity, cut = Capacity(is_limited=True, most=1000), []
    for _ in range(10):
        for number in range(1, 254):
            for _ in range(20):
                capacity.admit(f"10.0.0.{number}", lambda: cut.append(number))  # noqa: B023 - when it is full, at once
    assert len(cut) > 0
    cut.clear()
    assert len(admitted(capacity, HERE, 3)) == 3
    assert len(cut) == 3


def test_nobody_has_to_go_for_an_address_that_has_as_many() -> None:
    capacity = Capacity(is_limited=True, most=10)
    cut: list[None] = []
    for address in (HERE, ELSEWHERE):
        for _ in range(5):
            capacity.admit(address, lambda: cut.append(None))
    assert capacity.admit(HERE, nothing).refusal is not None
    assert cut == []


def test_a_trusted_proxy_speaks_for_many() -> None:
    capacity = Capacity(is_limited=True, most=2 * MOST_OF_ONE, spares=lambda address: address == HERE)
    assert len(admitted(capacity, HERE, 3 * MOST_OF_ONE)) == 2 * MOST_OF_ONE
    assert isinstance(capacity.admit(ELSEWHERE, nothing).refusal, Unavailable)


def test_at_the_ceiling_everybody_is_told_that_there_is_no_room() -> None:
    capacity = Capacity(is_limited=False, most=100)
    assert len(admitted(capacity, HERE, 150)) == 100
    refusal = capacity.admit(ELSEWHERE, nothing).refusal
    assert isinstance(refusal, Unavailable)
    assert refusal.retry_after == capacities.RETRY_AFTER


def test_without_limits_one_address_may_have_all_there_is() -> None:
    assert len(admitted(Capacity(is_limited=False), HERE, 5 * MOST_OF_ONE)) == 5 * MOST_OF_ONE


def test_when_very_many_are_refused_the_next_are_cut_off_without_a_word() -> None:
    capacity, ended = Capacity(is_limited=False, most=1), []
    capacity.admit(HERE, nothing)
    for number in range(MOST_REFUSED + 2):
        capacity.admit(HERE, lambda number=number: ended.append(number))  # type: ignore[misc]
    assert ended == [MOST_REFUSED, MOST_REFUSED + 1]


def test_what_is_small_or_taken_again_is_not_held() -> None:
    capacity = Capacity(is_limited=True)
    guest = capacity.admit(HERE, nothing)
    guest.hold(SMALL)
    assert capacity.holdings.total == 0
    guest.hold(SMALL + 1)
    guest.hold(SMALL + 2)
    assert capacity.holdings.total == SMALL + 2
    guest.hold(0)
    assert capacity.holdings.total == 0
    guest.hold(SMALL + 1)
    guest.leave()
    guest.hold(SMALL + 1)
    assert capacity.holdings.total == 0


def test_when_too_much_waits_the_largest_of_the_address_that_has_most_goes() -> None:
    ended: list[str] = []
    holdings = Holdings(most=100)

    def put(owner: str, address: str, size: int) -> None:
        holdings.put(owner, address, size, lambda: ended.append(owner))

    put("an honest large one", HERE, 40)
    put("first", ELSEWHERE, 20)
    put("second", ELSEWHERE, 25)
    assert ended == []
    put("third", ELSEWHERE, 22)
    assert ended == ["second"]
    put("fourth", ELSEWHERE, 30)
    assert ended == ["second", "fourth"]
    assert holdings.total == 82


@pytest.mark.parametrize("size", [101, 1000])
def test_one_alone_that_is_too_much_goes(size: int) -> None:
    ended: list[str] = []
    holdings = Holdings(most=100)
    holdings.put("large", HERE, size, lambda: ended.append("large"))
    assert ended == ["large"]
    assert holdings.total == 0

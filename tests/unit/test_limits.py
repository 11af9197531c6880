"""The token buckets, on a clock that a test moves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatapp.domain.limits import Limit, Limiter, Shares, network
from chatapp.errors import RateLimited


class Clock:
    """Monotonic seconds, moved by hand."""

    now = 500.0

    def __call__(self) -> float:
        return self.now


def tries(limiter: Limiter, key: str, count: int) -> int:
    """How many of `count` tries are allowed."""
    allowed = 0
    for _ in range(count):
        try:
            limiter.take(key)
        except RateLimited:
            continue
        allowed += 1
    return allowed


def test_a_burst_is_allowed_and_then_the_rate() -> None:
    clock = Clock()
    limiter = Limiter(Limit(rate=10, burst=30), clock)
    assert tries(limiter, "Ada", 40) == 30
    clock.now += 1
    assert tries(limiter, "Ada", 40) == 10


def test_what_was_not_used_is_kept_up_to_the_burst() -> None:
    clock = Clock()
    limiter = Limiter(Limit(rate=10, burst=30), clock)
    tries(limiter, "Ada", 40)
    clock.now += 3600
    assert tries(limiter, "Ada", 40) == 30


def test_each_key_has_its_own() -> None:
    limiter = Limiter(Limit(rate=1, burst=2), Clock())
    assert [tries(limiter, name, 5) for name in ("Ada", "Bo")] == [2, 2]


def test_a_try_after_retry_after_succeeds_and_one_before_does_not() -> None:
    clock = Clock()
    limiter = Limiter(Limit(rate=3, burst=1), clock)
    limiter.take("Ada")
    with pytest.raises(RateLimited) as refusal:
        limiter.take("Ada")
    wait = refusal.value.retry_after
    assert wait is not None
    clock.now += wait - 0.01
    assert tries(limiter, "Ada", 1) == 0
    clock.now += 0.01
    assert tries(limiter, "Ada", 1) == 1


def test_without_a_limit_everything_is_allowed() -> None:
    assert tries(Limiter(None, Clock()), "Ada", 1000) == 1000


def test_buckets_that_are_full_again_are_dropped() -> None:
    clock = Clock()
    limiter = Limiter(Limit(rate=1, burst=1), clock)
    for number in range(Limiter.KEPT):
        limiter.take(number)
    clock.now += 2
    limiter.take("Ada")
    assert len(limiter._buckets) == 1


def test_dropping_frees_nobody_who_is_limited() -> None:
    clock = Clock()
    limiter = Limiter(Limit(rate=1, burst=1), clock)
    for number in range(Limiter.KEPT):
        limiter.take(number)
    limiter.take("Ada")
    assert tries(limiter, "Ada", 1) == 0


def test_keys_without_end_take_bounded_memory_and_free_nobody_who_is_limited() -> None:
    limiter = Limiter(Limit(rate=0.001, burst=5), Clock())
    tries(limiter, "Mallory", 5)
    for number in range(3 * Limiter.KEPT):
        limiter.take(number)
        assert len(limiter._buckets) <= Limiter.KEPT
    assert tries(limiter, "Mallory", 1) == 0


def test_what_is_given_back_may_be_taken_again_and_never_makes_more_than_the_burst() -> None:
    limiter = Limiter(Limit(rate=1, burst=2), Clock())
    tries(limiter, "Ada", 5)
    limiter.give_back("Ada")
    assert tries(limiter, "Ada", 5) == 1
    for _ in range(5):
        limiter.give_back("Ada")
    assert tries(limiter, "Ada", 5) == 2


def shared(shares: Shares, person: str | None, address: str, count: int) -> int:
    """How many of `count` tries are allowed."""
    allowed = 0
    for _ in range(count):
        try:
            shares.take(person, address)
        except RateLimited:
            continue
        allowed += 1
    return allowed


def test_who_is_held_back_by_their_own_limit_takes_nothing_from_others_at_the_address() -> None:
    shares = Shares(Limit(rate=1, burst=5), Limit(rate=1, burst=20), Clock(), is_limited=True)
    assert shared(shares, "Mallory", "192.168.1.20", 1000) == 5
    assert [shared(shares, name, "192.168.1.20", 5) for name in ("Ada", "Bo", "Cy")] == [5, 5, 5]
    assert shared(shares, "Di", "192.168.1.20", 5) == 0
    assert shared(shares, "Di", "192.168.1.21", 5) == 5, "what the address refused does not count as hers"
    assert shared(shares, None, "192.168.1.22", 100) == 20


def test_shares_without_limits_allow_everything() -> None:
    shares = Shares(Limit(rate=1, burst=5), Limit(rate=1, burst=20), Clock(), is_limited=False)
    assert shared(shares, "Ada", "192.168.1.20", 1000) == 1000


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("192.168.1.20", "192.168.1.20", True),
        ("192.168.1.20", "192.168.1.21", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:aaaa:bbbb:cccc:dddd", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.168.1.20", "192.168.1.20", True),
        ("fe80::1%eth0", "fe80::2", True),
        ("", "", True),
        ("a pipe", "another", False),
    ],
)
def test_an_address_counts_as_itself_and_one_of_ipv6_as_its_network(one: str, other: str, *, is_same: bool) -> None:
    assert (network(one) == network(other)) is is_same


@given(st.lists(st.floats(0, 2), max_size=100), st.integers(1, 20), st.integers(1, 20))
def test_never_more_than_the_burst_and_the_rate_together(waits: list[float], rate: int, burst: int) -> None:
    clock = Clock()
    limiter = Limiter(Limit(rate=rate, burst=burst), clock)
    allowed = 0
    for wait in waits:
        clock.now += wait
        allowed += tries(limiter, "Ada", 3)
    assert allowed <= burst + rate * sum(waits) + 1e-6

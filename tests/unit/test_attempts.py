"""Tries at passwords and phrases, on a clock that a test moves."""

from hypothesis import given
from hypothesis import strategies as st

from chatapp.domain.attempts import FORGOTTEN, PASSWORDS, PHRASES, Attempts
from chatapp.errors import RateLimited

HERE = "192.168.1.20"
ELSEWHERE = "192.168.1.66"


class Clock:
    """Monotonic seconds, moved by hand."""

    now = 500.0

    def __call__(self) -> float:
        return self.now


def wait(attempts: Attempts, secret: str, address: str) -> float:
    """Fail once more; return the seconds after which that is allowed, 0 where it was."""
    try:
        attempts.begin(secret, address)
    except RateLimited as refusal:
        return refusal.retry_after or 0
    return 0


def guesses(attempts: Attempts, clock: Clock, secret: str, addresses: list[str], seconds: float) -> int:
    """How many wrong tries these addresses get through in that time when each tries as soon as it may."""
    made, end = 0, clock.now + seconds
    while clock.now < end:
        waits = [wait(attempts, secret, address) for address in addresses]
        made += waits.count(0)
        clock.now += min([each for each in waits if each] or [0])
    return made


def test_after_three_failures_each_wait_is_twice_the_one_before_up_to_a_quarter_of_an_hour() -> None:
    clock = Clock()
    attempts = Attempts(PASSWORDS, clock)
    assert [wait(attempts, "ada", HERE) for _ in range(4)] == [0, 0, 0, 0]
    waits = []
    for _ in range(12):
        waits.append(wait(attempts, "ada", HERE))
        clock.now += waits[-1]
        assert wait(attempts, "ada", HERE) == 0
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]


def test_a_try_that_is_refused_does_not_lengthen_the_wait() -> None:
    clock = Clock()
    attempts = Attempts(PASSWORDS, clock)
    for _ in range(5):
        wait(attempts, "ada", HERE)
    assert [wait(attempts, "ada", HERE) for _ in range(10)] == [1] * 10


def test_many_at_once_gain_nothing() -> None:
    attempts = Attempts(PASSWORDS, Clock())
    assert [wait(attempts, "ada", HERE) for _ in range(50)].count(0) == 4


def test_success_forgets_the_failures_before_it() -> None:
    attempts = Attempts(PASSWORDS, Clock())
    for _ in range(4):
        attempts.begin("ada", HERE)
    attempts.succeed("ada", HERE)
    assert [wait(attempts, "ada", HERE) for _ in range(5)] == [0, 0, 0, 0, 1]


def test_a_day_without_a_try_forgets_the_failures() -> None:
    clock = Clock()
    attempts = Attempts(PASSWORDS, clock)
    for _ in range(4):
        wait(attempts, "ada", HERE)
    clock.now += FORGOTTEN
    assert [wait(attempts, "ada", HERE) for _ in range(4)] == [0, 0, 0, 0]


def test_who_fails_elsewhere_delays_the_owner_by_seconds_at_most() -> None:
    clock = Clock()
    attempts = Attempts(PASSWORDS, clock)
    strangers = [f"192.168.1.{number}" for number in range(100, 200)]
    guesses(attempts, clock, "ada", strangers, 3600)
    assert wait(attempts, "ada", HERE) <= 10


def test_an_address_where_the_secret_was_known_is_not_delayed_at_all() -> None:
    clock = Clock()
    attempts = Attempts(PASSWORDS, clock)
    attempts.begin("ada", HERE)
    attempts.succeed("ada", HERE)
    strangers = [f"192.168.1.{number}" for number in range(100, 200)]
    guesses(attempts, clock, "ada", strangers, 600)
    assert wait(attempts, "ada", HERE) == 0


def test_from_one_address_a_hundred_guesses_a_day() -> None:
    clock = Clock()
    assert guesses(Attempts(PASSWORDS, clock), clock, "ada", [HERE], 86_400) <= 110


def test_from_a_thousand_addresses_a_name_is_guessed_at_ten_times_a_minute() -> None:
    clock = Clock()
    addresses = [f"10.0.{number // 250}.{number % 250}" for number in range(1000)]
    assert guesses(Attempts(PASSWORDS, clock), clock, "ada", addresses, 1800) <= 20 + 1800 / 10 + 1


def test_many_names_from_one_address_share_its_bucket() -> None:
    attempts = Attempts(PASSWORDS, Clock())
    assert [wait(attempts, f"name {number}", HERE) for number in range(150)].count(0) == 100


def test_a_class_behind_one_address_signs_in_with_a_mistake_each() -> None:
    clock = Clock()
    attempts = Attempts(PASSWORDS, clock)
    for number in range(100):
        clock.now += 1
        attempts.begin(f"pupil {number}", HERE)
        attempts.begin(f"pupil {number}", HERE)
        attempts.succeed(f"pupil {number}", HERE)


def test_a_class_behind_one_address_comes_in_by_a_phrase_while_somebody_guesses_elsewhere() -> None:
    clock = Clock()
    attempts = Attempts(PHRASES, clock)
    strangers = [f"192.168.1.{number}" for number in range(100, 110)]
    for number in range(100):
        for stranger in strangers:
            wait(attempts, "phrase", stranger)
        clock.now += 0.5
        if number % 3 == 0:
            attempts.begin("phrase", HERE)
        attempts.begin("phrase", HERE)
        attempts.succeed("phrase", HERE)


def test_one_who_has_a_whole_ipv6_network_is_one() -> None:
    attempts = Attempts(PASSWORDS, Clock())
    assert [wait(attempts, "ada", f"2001:db8::{number:x}") for number in range(20)].count(0) == 4


def test_memory_is_bounded_and_who_waits_stays_known() -> None:
    clock = Clock()
    attempts = Attempts(PASSWORDS, clock)
    for number in range(3 * Attempts.KEPT):
        clock.now += 0.01
        wait(attempts, f"name {number}", f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
        if number % 1000 == 0:
            wait(attempts, "ada", ELSEWHERE)
    assert len(attempts._failures) <= Attempts.KEPT
    assert wait(attempts, "ada", ELSEWHERE) > 0
    for number in range(3 * Attempts.KEPT):
        address = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
        attempts.begin(f"name {number}", address)
        attempts.succeed(f"name {number}", address)
    assert len(attempts._known) <= Attempts.KEPT


@given(st.lists(st.tuples(st.floats(0, 2000), st.booleans()), max_size=60))
def test_retry_after_is_true_and_never_longer_than_a_quarter_of_an_hour(steps: list[tuple[float, bool]]) -> None:
    clock = Clock()
    attempts = Attempts(PASSWORDS, clock)
    for pause, is_right in steps:
        clock.now += pause
        waits = wait(attempts, "ada", HERE)
        assert waits <= 900.001
        if waits:
            clock.now += waits
            attempts.begin("ada", HERE)
        if is_right:
            attempts.succeed("ada", HERE)


def test_without_rules_nothing_counts() -> None:
    attempts = Attempts(None, Clock())
    for _ in range(1_000):
        attempts.begin("ada", HERE)
    attempts.succeed("ada", HERE)

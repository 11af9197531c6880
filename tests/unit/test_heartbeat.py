"""When sessions are pinged and given up, on a clock that stands still until it is moved."""

import pytest

from chatapp.transport.heartbeat import TICK, Heartbeat
from tests.clock import ClockLoop


class Patient:
    """A session that says when what happened to it."""

    def __init__(self, loop: ClockLoop, heartbeat: Heartbeat) -> None:
        self.due = 0
        self.is_pinged = False
        self.told: list[tuple[str, float]] = []
        self._loop = loop
        self._heartbeat = heartbeat

    def ping(self) -> None:
        """Note when."""
        self.told.append(("ping", self._loop.now))

    def give_up(self) -> None:
        """Note when."""
        self.told.append(("gone", self._loop.now))

    def answer(self) -> None:
        """Answer, as a client does."""
        self._heartbeat.answered(self)


@pytest.fixture
def loop() -> ClockLoop:
    """A loop at time 1000."""
    return ClockLoop()


def test_who_answers_is_pinged_every_interval(loop: ClockLoop) -> None:
    heartbeat = Heartbeat(25, 20)
    patient = Patient(loop, heartbeat)
    loop.do(lambda: heartbeat.begin(patient))
    for _ in range(4):
        begun, count = loop.now, len(patient.told)
        while len(patient.told) == count:
            loop.move(TICK / 2)
        assert 25 <= patient.told[-1][1] - begun <= 25 + 2 * TICK
        loop.do(patient.answer)
    assert [what for what, _ in patient.told] == ["ping"] * 4
    loop.close()


def test_who_does_not_answer_is_given_up_once(loop: ClockLoop) -> None:
    heartbeat = Heartbeat(25, 20)
    silent, alive = Patient(loop, heartbeat), Patient(loop, heartbeat)
    for each in (silent, alive):
        loop.do(lambda: heartbeat.begin(each))  # noqa: B023 - done at once
    for _ in range(60):
        loop.move(1)
        loop.do(alive.answer)
    assert [what for what, _ in silent.told] == ["ping", "gone"]
    (_, pinged), (_, gone) = silent.told
    assert 20 <= gone - pinged <= 20 + 2 * TICK
    assert [what for what, _ in alive.told] == ["ping", "ping"]
    loop.close()


def test_what_was_not_asked_is_no_answer(loop: ClockLoop) -> None:
    heartbeat = Heartbeat(25, 20)
    patient = Patient(loop, heartbeat)
    loop.do(lambda: heartbeat.begin(patient))
    for _ in range(30):
        loop.move(1)
        if not patient.told:
            loop.do(patient.answer)
    assert [what for what, _ in patient.told] == ["ping"]
    loop.close()


def test_who_was_forgotten_hears_nothing_and_the_timer_ends(loop: ClockLoop) -> None:
    heartbeat = Heartbeat(25, 20)
    patient = Patient(loop, heartbeat)
    loop.do(lambda: heartbeat.begin(patient))
    loop.move(26)
    loop.do(lambda: heartbeat.forget(patient))
    loop.move(100)
    assert [what for what, _ in patient.told] == ["ping"]
    assert loop._next_timer() is None
    loop.do(lambda: heartbeat.begin(patient))
    assert loop._next_timer() is not None
    loop.close()


def test_one_that_ends_another_in_the_same_tick(loop: ClockLoop) -> None:
    heartbeat = Heartbeat(25, 20)
    patients = [Patient(loop, heartbeat), Patient(loop, heartbeat)]

    class Ending(Patient):
        def ping(self) -> None:
            super().ping()
            for patient in patients:
                heartbeat.forget(patient)

    patients += [Ending(loop, heartbeat), Ending(loop, heartbeat)]
    for patient in patients:
        loop.do(lambda: heartbeat.begin(patient))  # noqa: B023 - done at once
    loop.move(100)
    assert sum(len(patient.told) for patient in patients if isinstance(patient, Ending)) == 1
    loop.close()


def test_a_process_that_stood_still_judges_nobody_by_it(loop: ClockLoop) -> None:
    heartbeat = Heartbeat(25, 20)
    patient = Patient(loop, heartbeat)
    loop.do(lambda: heartbeat.begin(patient))
    loop.move(26)
    assert [what for what, _ in patient.told] == ["ping"]
    loop.now += 3600
    loop.move(1)
    loop.do(patient.answer)
    loop.move(26)
    assert [what for what, _ in patient.told] == ["ping", "ping"]
    loop.close()

"""Presence against a simple model, on a clock that stands still until it is moved."""

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from chatapp.domain.entities import User
from chatapp.domain.events import Audience, Event, InRoom, Only, UserJoined, UserLeft
from chatapp.services.presence import GRACE, PACE, TICK, Connection, Presence
from tests.clock import ClockLoop

ROOMS = ("general", "tech", "random")
PEOPLE = {
    1: User(1, "Ada", "member", is_temporary=False),
    2: User(2, "Bo", "member", is_temporary=False),
    3: User(3, "Guest", "member", is_temporary=True),
}


class Told:
    """What rooms were told, folded into who is where."""

    def __init__(self) -> None:
        self.here: dict[str, set[str]] = {room: set() for room in ROOMS}
        self.alone: list[Event] = []

    def tell(self, announcements: Sequence[tuple[Event, Audience]]) -> None:
        """Fold events; the count that each carries must be the one that follows from it."""
        for event, audience in announcements:
            assert isinstance(event, UserJoined | UserLeft)
            if isinstance(audience, Only):
                self.alone.append(event)
                continue
            assert audience == InRoom(event.room)
            here = self.here[event.room]
            assert (event.user_id in here) == isinstance(event, UserLeft)
            here.symmetric_difference_update({event.user_id})
            assert event.user_count == len(here)


class AnyMix(RuleBasedStateMachine):
    """Joins, leaves, closes and reconnections in any order; the model knows connections and moments of grace."""

    @initialize()
    def begin(self) -> None:
        self.loop = ClockLoop()
        self.told = Told()
        self.presence = Presence(self.told.tell)
        self.open: list[Connection] = []
        self.made = 0
        self.leaving: dict[tuple[str, int], float] = {}

    @rule(person=st.sampled_from(sorted(PEOPLE)))
    def connect(self, person: int) -> None:
        self.made += 1
        connection = Connection(f"c{self.made}", "10.0.0.1", PEOPLE[person])
        self.loop.do(lambda: self.presence.open(connection))
        self.open.append(connection)

    @precondition(lambda self: self.open)
    @rule(data=st.data(), room=st.sampled_from(ROOMS))
    def join(self, data: st.DataObject, room: str) -> None:
        connection = data.draw(st.sampled_from(self.open))
        assert connection.user is not None
        self.leaving.pop((room, connection.user.id), None)
        self.loop.do(lambda: self.presence.enter(connection, room))

    @precondition(lambda self: self.open)
    @rule(data=st.data())
    def close(self, data: st.DataObject) -> None:
        connection = data.draw(st.sampled_from(self.open))
        room, user = connection.room, connection.user
        self.open.remove(connection)
        assert user is not None
        if room is not None and not user.is_temporary and not self.is_there(user.id, room):
            self.leaving[room, user.id] = self.loop.now + GRACE
        self.loop.do(lambda: self.presence.close(connection))
        self.loop.do(lambda: self.presence.close(connection))

    @rule(seconds=st.sampled_from([0.5, 1.0, GRACE - 0.1, GRACE, 60.0]))
    def wait(self, seconds: float) -> None:
        self.loop.move(seconds)

    def is_there(self, person: int, room: str) -> bool:
        """Whether the model has an open connection of a person in a room."""
        return any(one.room == room and one.user is not None and one.user.id == person for one in self.open)

    def model(self, room: str) -> set[str]:
        """Who the model says is in a room."""
        now = self.loop.now
        stays = {person for (where, person), until in self.leaving.items() if where == room and until > now}
        return {str(person) for person in PEOPLE if self.is_there(person, room) or person in stays}

    def hear_all(self) -> None:
        """Let time pass until everything is told."""
        while self.presence._untold:
            self.loop.move(TICK)
        self.loop.move(0)

    @invariant()
    def counts_and_people_are_the_models(self) -> None:
        self.hear_all()
        for room in ROOMS:
            expected = self.model(room)
            assert self.presence.count(room) == len(expected)
            assert {str(user.id) for user in self.presence.people(room)} == expected
            assert self.told.here[room] == expected
            assert set(self.presence.in_room(room)) == {one for one in self.open if one.room == room}

    @invariant()
    def connections_are_the_models(self) -> None:
        assert set(self.presence.identified()) == set(self.open)
        assert self.presence.connections_from("10.0.0.1") == len(self.open)
        assert all(self.presence.get(one.id) is one for one in self.open)

    def teardown(self) -> None:
        if hasattr(self, "loop"):
            for connection in self.open:
                self.loop.do(lambda: self.presence.close(connection))  # noqa: B023 - done at once
            self.loop.move(GRACE + TICK)
            assert not any(self.told.here.values())
            assert not self.presence._present
            assert not self.presence._in_room
            assert not self.presence._people
            self.loop.close()


AnyMix.TestCase.settings = settings(max_examples=60, stateful_step_count=30)
test_any_mix_of_joins_closes_and_waits_equals_the_model = AnyMix.TestCase


@pytest.fixture
def told() -> Told:
    """What rooms hear."""
    return Told()


def test_a_second_tab_is_told_of_the_join_alone(told: Told) -> None:
    loop = ClockLoop()
    presence = Presence(told.tell)
    tabs = [Connection("one", "a", PEOPLE[1]), Connection("two", "a", PEOPLE[1])]
    for tab in tabs:
        loop.do(lambda: presence.open(tab))  # noqa: B023 - done at once
        loop.do(lambda: presence.enter(tab, "general"))  # noqa: B023 - done at once
    loop.move(TICK)
    loop.move(TICK)
    assert told.here["general"] == {"1"}
    assert told.alone == [UserJoined("Ada", "1", "general", 1)]
    loop.close()


def test_a_full_room_is_told_less_often(told: Told) -> None:
    loop = ClockLoop()
    presence = Presence(told.tell)
    people = [
        Connection(f"c{number}", "a", User(number, f"P{number}", "member", is_temporary=False))
        for number in range(1000)
    ]
    times: list[float] = []

    def tell(announcements: Sequence[tuple[Event, Audience]]) -> None:
        times.append(loop.now)
        told.tell(announcements)

    presence._tell = tell
    for one in people:
        loop.do(lambda: presence.open(one))  # noqa: B023 - done at once
        loop.do(lambda: presence.enter(one, "general"))  # noqa: B023 - done at once
        loop.move(0.001)
    loop.move(1)
    assert told.here["general"] == {str(number) for number in range(1000)}
    assert len(times) < 25
    assert max(later - earlier for earlier, later in pairwise(times)) < TICK + PACE * 1000 + 0.01
    other = Connection("other", "a", PEOPLE[1])
    loop.do(lambda: presence.open(other))
    loop.do(lambda: presence.enter(other, "tech"))
    loop.move(TICK + PACE)
    assert told.here["tech"] == {"1"}
    loop.close()


def test_a_rename_is_seen_everywhere(told: Told) -> None:
    loop = ClockLoop()
    presence = Presence(told.tell)
    ada = Connection("one", "a", PEOPLE[1])
    loop.do(lambda: presence.open(ada))
    loop.do(lambda: presence.enter(ada, "general"))
    renamed = User(1, "Countess", "member", is_temporary=False)
    loop.do(lambda: presence.rename(renamed))
    assert [*presence.people("general")] == [renamed]
    assert ada.user == renamed
    loop.close()


def test_a_closed_connection_enters_nothing(told: Told) -> None:
    loop = ClockLoop()
    presence = Presence(told.tell)
    ada = Connection("one", "a", PEOPLE[1])
    loop.do(lambda: presence.open(ada))
    loop.do(lambda: presence.close(ada))
    loop.do(lambda: presence.enter(ada, "general"))
    assert presence.count("general") == 0
    loop.close()

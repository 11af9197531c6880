"""Whatever people with different rights do, and however their connections end, everybody sees what is stored.

A state machine drives them through every command, over the socket and over HTTP, through lost connections, restarts
and cleanups. After each step every view (tests/view.py: the fold of what was heard, and of `sync` where that was due)
is what the server stores, and that is what the model says (tests/model.py), refusals and counts included. One room is
private: people are invited into it, leave it and are removed from it, and whoever does not belong hears nothing of it.
Limits of the server are made small, so that some thirty messages meet them all.

The suite tries the same examples each time. VIEWS_EXAMPLES=1000 tries that many others, longer ones.
"""

import asyncio
import math
import os
import shutil
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from chatapp.data_folder import DATABASE
from tests.company import BEGIN_IN, MAKER, ROOMS, SECRET, Company, Template, make_template
from tests.model import MOST_EMOJIS, TEXTS

EXAMPLES = int(os.environ.get("VIEWS_EXAMPLES", "0"))
PARTS = 3
"""Each may be run by another worker."""
FURTHEST_BEHIND = 6
SMALL = {
    "chatapp.services.trash.SLICE": 3,
    "chatapp.services.rooms.LAST_MESSAGES": 5,
    "chatapp.services.sync.FURTHEST_BEHIND": FURTHEST_BEHIND,
    "chatapp.services.sync.LARGEST_ANSWER": 1_900,
    "chatapp.services.sync.PAGE": 2,
    "chatapp.domain.reactions.MOST_EMOJIS": MOST_EMOJIS,
    # Activity of other rooms comes before the next answer, so that everything has been heard when that is there.
    "chatapp.transport.broadcaster.GATHER": 0,
    "chatapp.transport.broadcaster.REST": 0,
}

KNOWN = [*BEGIN_IN]
known = st.sampled_from(KNOWN)
devices = st.sampled_from([*KNOWN, *KNOWN, "Stranger"])
rooms = st.sampled_from(ROOMS)
texts = st.sampled_from([*TEXTS])
emojis = st.sampled_from(["👍", "🎉", "☃️", "❤️"])
ways = st.sampled_from(["socket", "socket", "http"])
# How many messages back from the newest there ever was, NEVER being one that never was.
places = st.integers(0, 12)
NEVER = 12
whose = st.sampled_from(["own", "own", "any"])


class Views(RuleBasedStateMachine):
    """People with their devices, the server, and the model."""

    def __init__(self, template: Template) -> None:
        super().__init__()
        self.template = template
        self.ids = template.ids
        self.client_ids = 0

    @initialize()
    def begin(self) -> None:
        """Start the chat, and connect everybody."""
        self.runner = asyncio.Runner()
        self.folder = Path(tempfile.mkdtemp(dir=self.template.folder.parent))
        shutil.copy(self.template.folder / DATABASE, self.folder)
        self.people = Company(self.template, self.folder)
        self.run(self.people.begin())

    @rule(who=devices, room=rooms)
    def join(self, who: str, room: str) -> None:
        """Enter a room, or the present one again."""
        self.run(self.people.join(who, self.ids[room]))

    @rule(
        who=devices, room=rooms, text=texts, reply=st.none() | st.tuples(rooms, places), over=ways, again=st.booleans()
    )
    def send(self, who: str, room: str, text: str, reply: tuple[str, int] | None, over: str, *, again: bool) -> None:
        """Say something; `again` gives it the `client_id` of the time before."""
        self.client_ids += not again
        payload = {"room": self.ids[room], "message": text, "client_id": f"c-{self.client_ids}"}
        if reply is not None:
            payload["reply_to"] = self.target(*reply)
        self.run(self.people.do(who, "send_message", payload, over))

    @rule(who=devices, of=whose, room=rooms, back=places, text=texts, over=ways)
    def edit(self, who: str, of: str, room: str, back: int, text: str, over: str) -> None:
        """Let a message say something else."""
        target = self.target(room, back, who if of == "own" else None)
        self.run(self.people.do(who, "edit_message", {"id": target, "message": text}, over))

    @rule(who=devices, of=whose, room=rooms, back=places, over=ways)
    def delete(self, who: str, of: str, room: str, back: int, over: str) -> None:
        """Take a message back."""
        target = self.target(room, back, who if of == "own" else None)
        self.run(self.people.do(who, "delete_message", {"id": target}, over))

    @rule(who=devices, room=rooms, back=places, emoji=emojis, on=st.booleans(), over=ways)
    def react(self, who: str, room: str, back: int, emoji: str, over: str, *, on: bool) -> None:
        """Put an emoji to a message or take it away."""
        self.run(self.people.do(who, "react", {"id": self.target(room, back), "emoji": emoji, "on": on}, over))

    @rule(who=known, room=rooms, back=places, count=st.integers(1, 3), text=texts)
    def change_without_waiting(self, who: str, room: str, back: int, count: int, text: str) -> None:
        """Send, edit, react and delete, each asked before the last is answered."""
        self.run(self.people.burst(who, self.ids[room], self.target(room, back, who), count, text))

    @rule(who=devices, room=rooms, seq=st.integers(0, 30), over=ways)
    def mark_read(self, who: str, room: str, seq: int, over: str) -> None:
        """Have read a room up to a place, which there may not be yet."""
        self.run(self.people.mark_read(who, self.ids[room], seq, over))

    @rule(
        who=known, room=rooms, behind=st.integers(-1, FURTHEST_BEHIND + 3), history=st.sampled_from(["this", "another"])
    )
    def sync(self, who: str, room: str, behind: int, history: str) -> None:
        """Catch up from a `rev` that may be long ago, or never was."""
        self.run(self.people.sync(who, self.ids[room], behind, history))

    @rule(who=devices | st.just(MAKER), room=st.just(SECRET) | rooms, name=st.sampled_from(["Ada", "Mo"]), over=ways)
    def invite(self, who: str, room: str, name: str, over: str) -> None:
        """Let somebody belong to a room."""
        self.run(self.people.belong(who, "invite", self.ids[room], name, over))

    @rule(who=devices, room=rooms, over=ways)
    def leave(self, who: str, room: str, over: str) -> None:
        """Belong to a room no more."""
        self.run(self.people.belong(who, "leave_room", self.ids[room], who, over))

    @rule(who=devices | st.just(MAKER), room=rooms, name=st.sampled_from(["Ada", "Mo"]), over=ways)
    def remove(self, who: str, room: str, name: str, over: str) -> None:
        """Let somebody belong to a room no more."""
        self.run(self.people.belong(who, "remove_member", self.ids[room], name, over))

    @rule(who=known, name=st.sampled_from(["Ada", "Bo", "Mo", "Guest", "Adele"]))
    def rename(self, who: str, name: str) -> None:
        """Take another name."""
        self.run(self.people.rename(who, name))

    @rule(who=known)
    def lose_connection(self, who: str) -> None:
        """A device is away until it does something again."""
        self.run(self.people.lose(who))

    @rule(name=st.sampled_from(["Ada", "Mo"]), role=st.sampled_from(["member", "moderator"]))
    def give_role(self, name: str, role: str) -> None:
        """Make somebody a moderator, or a member again."""
        self.run(self.people.give(name, role))

    @rule(what=st.sampled_from(["restart", "clean up", "clean up", "erase"]))
    def operate(self, what: str) -> None:
        """The server ends under everybody and begins again on the same file; or the cleanup runs, or is made final."""
        steps = {"restart": self.people.restart, "clean up": self.people.clean_up, "erase": self.people.erase}
        self.run(steps[what]())

    @rule(place=st.integers(0, 3))
    def bring_back(self, place: int) -> None:
        """The host undoes a cleanup."""
        self.run(self.people.bring_back(place))

    @rule(room=rooms, is_held=st.sampled_from([False, False, True]))
    def hold(self, room: str, *, is_held: bool) -> None:
        """The host holds a room, or lets it go."""
        self.run(self.people.hold(room, is_held=is_held))

    def teardown(self) -> None:
        """End the chat."""
        if hasattr(self, "people"):
            self.runner.run(self.people.end())
            self.runner.close()
            shutil.rmtree(self.folder)

    def run(self, step: Coroutine[Any, Any, object]) -> None:
        """Take a step; after it every view, list of rooms and count is the model's."""
        self.runner.run(step)
        self.runner.run(self.people.check())

    def target(self, room: str, back: int, by: str | None = None) -> str:
        """The id of a message so far back, of all there ever were or of those there are `by` the person of a device."""
        here = self.people.model.rooms[self.ids[room]]
        person = None if by is None else self.people.devices[by].person
        ids = [one["id"] for one in here.messages if person is None or one["user_id"] == person.id]
        ids = (ids if person is not None else here.ids) or ["1"]
        return "1" if back == NEVER else ids[-1 - back % len(ids)]


@pytest.mark.parametrize("part", range(PARTS))
def test_everybody_sees_what_is_stored_whatever_happens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: int
) -> None:
    for name, value in SMALL.items():
        monkeypatch.setattr(name, value)
    folder = tmp_path / "template"
    folder.mkdir()
    template = asyncio.run(make_template(folder))

    def views() -> Views:
        return Views(template)

    run_state_machine_as_test(
        views if EXAMPLES else seed(part)(views),  # type: ignore[arg-type]  # whatever makes one will do
        settings=settings(
            max_examples=math.ceil(EXAMPLES / PARTS) or 4,
            stateful_step_count=60 if EXAMPLES else 30,
            derandomize=not EXAMPLES,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
        ),
    )

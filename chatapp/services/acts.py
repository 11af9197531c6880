"""Acts of those who keep order on other people, put through the writer.

Each is judged inside the write, of both as they are at that moment: whether somebody of this role does such a thing at
all comes first, so that nobody else learns who there is. It is stored together with its entry in the audit log.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from msgspec import Struct

from chatapp.domain.entities import User
from chatapp.errors import ChatError, Forbidden, NotFound
from chatapp.services import writing
from chatapp.storage import users
from chatapp.storage.writer import Transaction, Writer

Outcome = TypeVar("Outcome")

Act = Callable[[Transaction, User | None, User], Awaitable[Outcome]]
"""Does something to a person (the last one) for somebody, None being the operator. It raises ChatError, if it does,
before it stores anything."""


class Right(Struct, frozen=True):
    """Who does such a thing at all, and to whom; what all others are told."""

    may_act: Callable[[User], bool]
    may_act_on: Callable[[User, User], bool]
    refusal: str


class _Asked(Struct, frozen=True):
    actor: User | None
    user_id: int
    right: Right
    act: Act[Any]


class Acts:
    """Does acts, one after the other."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    async def perform(self, actor: User | None, user_id: int, right: Right, act: Act[Outcome]) -> Outcome:
        """Return what comes of an act on the person with this id; the operator (None) may do it to everybody.

        Raises NotIdentified, Forbidden, NotFound, and what the act raises.
        """
        outcome: Outcome = await self._writer.submit(self._perform, _Asked(actor, user_id, right, act))
        return outcome

    async def _perform(self, tx: Transaction, asked: Sequence[_Asked]) -> Sequence[Any]:
        answers: list[Any] = []
        for one in asked:
            try:
                actor, person = await _judged(tx, one)
                answers.append(await one.act(tx, actor, person))
            except ChatError as refusal:
                answers.append(refusal)
        return answers


async def _judged(tx: Transaction, asked: _Asked) -> tuple[User | None, User]:
    """Who acts and on whom, as they are stored."""
    ids = {asked.user_id} if asked.actor is None else {asked.user_id, asked.actor.id}
    found = await users.by_ids(tx.connection, ids)
    actor = None if asked.actor is None else writing.demand_here(found.get(asked.actor.id))
    person = found.get(asked.user_id)
    if actor is not None and not asked.right.may_act(actor):
        raise Forbidden(asked.right.refusal)
    if person is None:
        raise NotFound("There is nobody like that here.")
    if actor is not None and not asked.right.may_act_on(actor, person):
        raise Forbidden(asked.right.refusal)
    return actor, person

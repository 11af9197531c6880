"""Rooms that the host holds: while it lasts nothing of them is cleaned up, and nothing that was is erased."""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from chatapp.domain.entities import Room, User
from chatapp.domain.retention import KeepsOf
from chatapp.errors import ChatError, NotFound
from chatapp.services import room_news, writing
from chatapp.services.host import demand_host
from chatapp.storage import audit, rooms
from chatapp.storage.writer import Transaction, Writer


class _Asked(Struct, frozen=True):
    """What a host wants of a room, whether they may see it or not: nobody learns what is said there by holding it."""

    host: User
    room: str
    is_held: bool


class Holds:
    """Holds rooms, and lets them go; `keeps` tells what a room keeps."""

    def __init__(self, writer: Writer, keeps: KeepsOf) -> None:
        self._writer = writer
        self._keeps = keeps

    async def set(self, host: User, room: str, *, is_held: bool) -> None:
        """Hold a room, or let it go, which all who see it are told; what is so already is told to nobody and not noted.

        Raises NotFound.
        """
        await self._writer.submit(self._set, _Asked(host, room, is_held))

    async def _set(self, tx: Transaction, asked: Sequence[_Asked]) -> Sequence[Room | ChatError]:
        found = await rooms.lock(tx.connection, {one.room for one in asked})
        answers: list[Room | ChatError] = []
        for one in asked:
            try:
                host = await demand_host(tx.connection, one.host)
            except NotFound as refusal:
                answers.append(refusal)
                continue
            room = found.get(one.room)
            if room is None:
                answers.append(NotFound(writing.NO_ROOM, field="room"))
                continue
            answers.append(room)
            if (room.held_at is not None) != one.is_held:
                room = found[room.id] = replace(room, held_at=tx.now if one.is_held else None)
                await rooms.set_held(tx.connection, room)
                await audit.note(tx, host, "room_held" if one.is_held else "room_released", room)
                await room_news.tell(tx, [room], self._keeps)
        return answers

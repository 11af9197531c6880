"""Rooms and their messages over HTTP."""

from typing import Annotated

from msgspec import Meta, Struct

from chatapp.domain.answers import Page, RoomInList
from chatapp.domain.commands import (
    ClientId,
    Command,
    CreateRoom,
    Line,
    MarkRead,
    MessageId,
    OpenDirect,
    SendMessage,
    Seq,
    ShortText,
    UpdateRoom,
)
from chatapp.domain.events import NewMessage, Person, Read, RoomView
from chatapp.domain.retention import RoomRetention, SetRetention
from chatapp.errors import BadRequest
from chatapp.services.directs import Directs
from chatapp.services.export import Export, Exports, Wanted
from chatapp.services.export_forms import Format
from chatapp.services.messages import Messages
from chatapp.services.retention import Retention
from chatapp.services.room_changes import RoomChanges
from chatapp.services.rooms import Rooms
from chatapp.transport.http import Answer, Call, Route
from chatapp.transport.moments import moment


class PageQuery(Command, frozen=True):
    """Which messages: the newest `limit`, or those before, after or around a `seq`; over 200 is served as 200."""

    limit: Annotated[int, Meta(ge=1, le=2**63 - 1)] = 50
    before: Seq | None = None
    after: Seq | None = None
    around: Seq | None = None


class NewMessageBody(Command, frozen=True):
    """A message to send; a repeat carries the same `client_id`."""

    message: str
    client_id: ClientId | None = None
    reply_to: MessageId | None = None


class RoomBody(Command, frozen=True):
    """What of a room shall be another: its name, its topic, whether it is archived."""

    name: ShortText | None = None
    topic: Line | None = None
    archived: bool | None = None


class ReadBody(Command, frozen=True):
    """The last message read."""

    seq: Seq


class ExportQuery(Command, frozen=True):
    """The form of the file, the times (RFC 3339) from which and before which messages were sent, the `seq` to go on
    from, and whether it begins with a byte order mark, by which spreadsheets know that it is UTF-8.
    """

    format: Format = "ndjson"
    since: str | None = None
    until: str | None = None
    since_seq: Seq = 1
    bom: bool = False


class RoomPeople(Struct, frozen=True):
    """Everybody present in a room."""

    users: list[Person]
    user_count: int


class RoomRoutes:
    """What can be asked of rooms."""

    def __init__(
        self,
        rooms: Rooms,
        room_changes: RoomChanges,
        retention: Retention,
        directs: Directs,
        messages: Messages,
        exports: Exports,
    ) -> None:
        self._rooms = rooms
        self._room_changes = room_changes
        self._retention = retention
        self._directs = directs
        self._messages = messages
        self._exports = exports

    def routes(self) -> list[Route]:
        """The routes."""
        return [
            Route("GET", "/api/rooms", self.list, dict[str, RoomInList]),
            Route("POST", "/api/rooms", self.create, RoomView, body=CreateRoom, status=201),
            Route("PATCH", "/api/rooms/<room>", self.update, RoomView, body=RoomBody),
            Route("GET", "/api/rooms/<room>/retention", self.retention, RoomRetention),
            Route("PATCH", "/api/rooms/<room>/retention", self.keep, RoomView, body=SetRetention),
            Route("POST", "/api/directs", self.open_direct, RoomView, body=OpenDirect, status=201),
            Route("GET", "/api/rooms/<room>/users", self.people, RoomPeople),
            Route("GET", "/api/rooms/<room>/messages", self.page, Page, query=PageQuery),
            Route("POST", "/api/rooms/<room>/messages", self.send, NewMessage, body=NewMessageBody, status=201),
            Route("GET", "/api/rooms/<room>/export", self.export, query=ExportQuery, media_type="application/x-ndjson"),
            Route("POST", "/api/rooms/<room>/read", self.read, Read, body=ReadBody),
        ]

    async def list(self, call: Call) -> dict[str, RoomInList]:
        """All rooms by id."""
        return await self._rooms.list(call.reader)

    async def create(self, call: Call) -> RoomView:
        """Make a room: everybody's, or a private one."""
        return await self._room_changes.create(call.user, call.body)

    async def update(self, call: Call) -> RoomView:
        """Give a room another name or topic, archive it or take it up again."""
        body: RoomBody = call.body
        asked = UpdateRoom(call.path["room"], name=body.name, topic=body.topic, archived=body.archived)
        return await self._room_changes.update(call.user, asked)

    async def retention(self, call: Call) -> RoomRetention:
        """What the chat keeps of a room, and what the room was told to keep."""
        return await self._retention.of_room(call.user, call.path["room"])

    async def keep(self, call: Call) -> RoomView:
        """Let a room keep less than the chat does, or more where the host lets rooms do so."""
        return await self._room_changes.keep(call.user, call.path["room"], call.body)

    async def open_direct(self, call: Call) -> Answer:
        """The conversation with these people and nobody else: 201 where there was none yet, else 200."""
        opened = await self._directs.open(call.user, call.body)
        return Answer(opened.room, status=201 if opened.is_new else 200)

    async def people(self, call: Call) -> RoomPeople:
        """Everybody present in a room."""
        people = [*await self._rooms.people(call.user, call.path["room"])]
        return RoomPeople(people, len(people))

    async def page(self, call: Call) -> Page:
        """Messages of a room, oldest first."""
        asked: PageQuery = call.query
        if sum(edge is not None for edge in (asked.before, asked.after, asked.around)) > 1:
            raise BadRequest("Give one of `before`, `after` and `around`.")
        return await self._messages.page(
            call.reader, call.path["room"], asked.limit, before=asked.before, after=asked.after, around=asked.around
        )

    async def send(self, call: Call) -> Answer:
        """Send a message: 201 with it, or 200 with the first one when this `client_id` was seen before."""
        asked: NewMessageBody = call.body
        sent = await self._messages.send(
            call.user,
            call.path["room"],
            SendMessage(message=asked.message, client_id=asked.client_id, reply_to=asked.reply_to),
        )
        return Answer(sent.message, status=200 if sent.is_repeat else 201)

    async def export(self, call: Call) -> Answer:
        """All messages of a room as a file, oldest first, written while it is read."""
        asked: ExportQuery = call.query
        wanted = Wanted(moment("since", asked.since), moment("until", asked.until), max(1, asked.since_seq))
        export = await self._exports.room(call.reader, call.path["room"], asked.format, wanted, bom=asked.bom)
        return Answer(export.pieces, headers=export_headers(export), media_type=export.media_type)

    async def read(self, call: Call) -> Read:
        """Have read a room up to `seq`; answers how far one has read, which never moves back."""
        body: ReadBody = call.body
        return await self._rooms.mark_read(call.user, MarkRead(call.path["room"], body.seq))


def export_headers(export: Export) -> dict[str, str]:
    """What a file is called, and how many messages are in it."""
    headers = {"Content-Disposition": f'attachment; filename="{export.file_name}"'}
    return headers if export.count is None else {**headers, "Chatapp-Messages": str(export.count)}

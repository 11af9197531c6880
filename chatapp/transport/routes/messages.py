"""Single messages over HTTP."""

from chatapp.domain.answers import Edits
from chatapp.domain.commands import Command, DeleteMessage, EditMessage, React
from chatapp.domain.events import NewMessage
from chatapp.errors import NotFound
from chatapp.services.changes import Changes
from chatapp.services.messages import Messages
from chatapp.transport.http import Call, Route

_MESSAGE = "/api/messages/<message>"
_REACTION = f"{_MESSAGE}/reactions/<emoji>"


class EditBody(Command, frozen=True):
    """What the message shall say."""

    message: str


class MessageRoutes:
    """What can be asked of a message."""

    def __init__(self, messages: Messages, changes: Changes) -> None:
        self._messages = messages
        self._changes = changes

    def routes(self) -> list[Route]:
        """The routes."""
        return [
            Route("GET", _MESSAGE, self.get, NewMessage),
            Route("PATCH", _MESSAGE, self.edit, NewMessage, body=EditBody),
            Route("DELETE", _MESSAGE, self.delete, NewMessage),
            Route("GET", f"{_MESSAGE}/edits", self.edits, Edits),
            Route("PUT", _REACTION, self.react, NewMessage),
            Route("DELETE", _REACTION, self.take_back, NewMessage),
        ]

    async def get(self, call: Call) -> NewMessage:
        """One message."""
        return await self._messages.get(call.reader, int(_message(call)))

    async def edit(self, call: Call) -> NewMessage:
        """Let a message of one's own say something else; what it said before is kept."""
        body: EditBody = call.body
        return await self._changes.edit(call.user, EditMessage(_message(call), body.message))

    async def delete(self, call: Call) -> NewMessage:
        """Take a message back: one's own, or as a moderator any. It keeps its place, and nothing of what it said."""
        return await self._changes.delete(call.user, DeleteMessage(_message(call)))

    async def edits(self, call: Call) -> Edits:
        """What a message said before it was edited, the oldest first."""
        return await self._changes.edits(call.reader, int(_message(call)))

    async def react(self, call: Call) -> NewMessage:
        """Put an emoji to a message."""
        return await self._changes.react(call.user, React(_message(call), call.path["emoji"], on=True))

    async def take_back(self, call: Call) -> NewMessage:
        """Take one's emoji away from a message."""
        return await self._changes.react(call.user, React(_message(call), call.path["emoji"], on=False))


def _message(call: Call) -> str:
    """The id in the path. Raises NotFound for what can be none."""
    message = call.path["message"]
    if not (message.isascii() and message.isdigit() and len(message) <= 18):
        raise NotFound("There is no such message.")
    return message

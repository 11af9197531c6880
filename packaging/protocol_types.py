"""Writes frontend/src/protocol.d.ts: the wire as the browser app's types, made of the Structs the server speaks with.

`python packaging/protocol_types.py`, after a change in chatapp/domain/. A test says when it was forgotten.
"""

import inspect
import types
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Struct

from chatapp import errors
from chatapp.domain import answers, archives, audit, commands, events, people, retention, snippets, troubles, ways_in
from chatapp.services.codes import Carry
from chatapp.transport.routes.cleanup import Cleaned
from chatapp.transport.routes.rooms import RoomPeople
from chatapp.transport.routes.session import SignedIn
from chatapp.transport.routes.system import Identity
from chatapp.transport.routes.users import People

TARGET = Path(__file__).resolve().parent.parent / "frontend" / "src" / "protocol.d.ts"

# What the browser app calls them.
NAMES = {
    "NewMessage": "Message",
    "MessageChanged": "Message",
    "RoomInList": "RoomEntry",
    "Page": "MessagePage",
    "SignedIn": "Session",
}
# An answer has the name already: what to send to others so that they can come in.
OF_COMMANDS: dict[type, str] = {commands.Invite: "InviteToRoom"}
PAYLOADS: dict[str, type[Struct]] = {
    "set_username": commands.SetUsername,
    "get_rooms": commands.GetRooms,
    "join_room": commands.JoinRoom,
    "create_room": commands.CreateRoom,
    "update_room": commands.UpdateRoom,
    "open_direct": commands.OpenDirect,
    "invite": commands.Invite,
    "leave_room": commands.LeaveRoom,
    "remove_member": commands.RemoveMember,
    "send_message": commands.SendMessage,
    "typing": commands.Typing,
    "mark_read": commands.MarkRead,
    "edit_message": commands.EditMessage,
    "delete_message": commands.DeleteMessage,
    "react": commands.React,
    "sync": commands.Sync,
}
ACKS = {
    "set_username": "UsernameSet",
    "get_rooms": "{ rooms: RoomsList }",
    "join_room": "JoinedRoom",
    "create_room": "{ room: RoomView }",
    "update_room": "{ room: RoomView }",
    "open_direct": "{ room: RoomView }",
    "invite": "{ room: RoomView }",
    "leave_room": "{ room: string }",
    "remove_member": "{ room: string }",
    "send_message": "{ message: Message }",
    "typing": "object",
    "mark_read": "Read",
    "edit_message": "{ message: Message }",
    "delete_message": "{ message: Message }",
    "react": "{ message: Message }",
    "sync": "Synced",
}
TOLD = {"username_set": "UsernameSet", "rooms_list": "RoomsList", "joined_room": "JoinedRoom", "error": "ErrorEvent"}
STRUCTS: tuple[type[Struct], ...] = (
    *(one for one in events.CLASSES if one is not events.MessageChanged),
    answers.Limits, answers.UsernameSet, answers.RoomInList, answers.JoinedRoom, events.Person, events.Keeps,
    events.RoomView, answers.Me, answers.Page, answers.SyncedRoom, answers.Synced, answers.PastText, answers.Edits,
    answers.SignedInDevice, answers.Devices, answers.DeviceLink, answers.Invite, answers.Invitation,
    answers.Invitations, answers.NewInvitation, ways_in.SetPassword, ways_in.RemovePassword, ways_in.MakeInvitation,
    ways_in.Leave,
    answers.Member, answers.Members, answers.Backup, answers.Erased, answers.Backups, troubles.Trouble,
    retention.RoomRetention, retention.SetRetention, retention.Expected, retention.Preview, retention.Trim,
    retention.Removed, retention.Trims, archives.Imported, archives.ImportState,
    Cleaned, SignedIn, Carry, Identity, RoomPeople, People,
    snippets.Piece, answers.SearchResult, answers.SearchResults,
    people.PersonInList, people.PeopleList, people.BanInList, people.BanList, audit.AuditEntry, audit.AuditPage,
    *PAYLOADS.values(),
)  # fmt: skip
PLAIN = {Any: "unknown", str: "string", int: "number", float: "number", bool: "boolean", type(None): "null"}


REFUSAL = """/** A refusal: `message` in plain words, `field` at fault, `retry_after` in seconds. */
export interface ErrorBody {
  code: ErrorCode;
  message: string;
  field?: string;
  retry_after?: number;
}"""


def text() -> str:
    """The whole file."""
    codes = " | ".join(f"'{one.code}'" for one in errors.CLASSES)
    parts = [
        "/** The wire: payloads of events, acks and REST answers. Made by packaging/protocol_types.py; do not edit. */",
        f"export type ErrorCode = {codes};",
        REFUSAL,
        "export interface ErrorEvent extends ErrorBody {\n  event: string;\n}",
        "export type Ack<T> = ({ ok: true } & T) | { ok: false; error: ErrorBody };",
        *map(interface, STRUCTS),
        "export type RoomsList = Record<string, RoomEntry>;",
        server_events(),
        client_events(),
    ]
    return "\n\n".join(parts) + "\n"


def interface(struct: type[Struct]) -> str:
    """One Struct as a TypeScript interface, its docstring as the comment."""
    hints = get_type_hints(struct, include_extras=True)
    lines = [
        f"  {field.name}{'' if field.required else '?'}: {form(hints[field.name], is_optional=not field.required)};"
        for field in msgspec.structs.fields(struct)
    ]
    comment = (inspect.getdoc(struct) or "").replace("\n", "\n * ")
    return f"/** {comment} */\nexport interface {name_of(struct)} {{\n" + "".join(f"{line}\n" for line in lines) + "}"


def form(hint: Any, *, is_optional: bool = False) -> str:
    """A Python type as TypeScript. What may be left out is never null on the wire."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return form(inner[0])
    if origin in (Union, types.UnionType):
        # Where both can be, null says something else than leaving it out.
        unsaid = msgspec.UnsetType if msgspec.UnsetType in inner else type(None)
        return " | ".join(form(one) for one in inner if not (is_optional and one is unsaid))
    if origin is list:
        return f"{form(inner[0])}[]"
    if origin is dict:
        return f"Record<{form(inner[0])}, {form(inner[1])}>"
    if origin is Literal:
        return " | ".join(f"'{one}'" for one in inner)
    return PLAIN[hint] if hint in PLAIN else name_of(hint)


def name_of(struct: type) -> str:
    """What the browser app calls this type."""
    return OF_COMMANDS.get(struct) or NAMES.get(struct.__name__, struct.__name__)


def server_events() -> str:
    """Event name → payload, for what clients hear."""
    told = TOLD | {one.event: name_of(one) for one in events.CLASSES}
    lines = [f"  {event}: {payload};" for event, payload in told.items()]
    return "\n".join(["/** What the server tells. */", "export interface ServerEvents {", *lines, "}"])


def client_events() -> str:
    """Event name → payload and good ack, for what clients send."""
    payloads = {event: name_of(one) if one.__struct_fields__ else "undefined" for event, one in PAYLOADS.items()}
    lines = [f"  {event}: {{ payload: {payload}; ack: {ACKS[event]} }};" for event, payload in payloads.items()]
    head = "/** What a client sends, and what a good ack carries. */"
    return "\n".join([head, "export interface ClientEvents {", *lines, "}"])


if __name__ == "__main__":
    TARGET.write_text(text(), encoding="utf-8")

"""Payloads: each converts into its command or is refused as a bad request that names the field."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatapp.domain import commands
from chatapp.domain.commands import (
    Command,
    DeleteMessage,
    EditMessage,
    GetRooms,
    JoinRoom,
    MarkRead,
    React,
    SendMessage,
    SetUsername,
    Sync,
    Typing,
    decode,
)
from chatapp.errors import BadRequest

EVERY: tuple[type[Command], ...] = (
    SetUsername, GetRooms, JoinRoom, SendMessage, EditMessage, DeleteMessage, React, Typing, MarkRead, Sync,
)  # fmt: skip


def nested(depth: int) -> Any:
    """A list in a list in a list."""
    value: Any = []
    for _ in range(depth):
        value = [value]
    return value


def test_a_payload_becomes_its_command() -> None:
    assert decode(SendMessage, {"message": "Hello", "client_id": "a-1"}) == SendMessage("Hello", None, "a-1")
    assert decode(MarkRead, {"room": "general", "seq": 2**63 - 1}) == MarkRead("general", 2**63 - 1)
    assert decode(React, {"id": "9" * 18, "emoji": "👍", "on": False}) == React("9" * 18, "👍", on=False)
    assert decode(Sync, {"history_id": "here", "rooms": {"general": 7}}) == Sync("here", {"general": 7})


def test_unknown_keys_are_ignored() -> None:
    assert decode(JoinRoom, {"room": "general", "colour": "red", "more": {"deep": [1]}}) == JoinRoom("general")


@pytest.mark.parametrize(
    ("command", "payload", "field"),
    [
        (SetUsername, {}, "username"),
        (SetUsername, {"username": None}, "username"),
        (SetUsername, {"username": 5}, "username"),
        (SetUsername, {"username": ["Ada"]}, "username"),
        (SetUsername, {"username": "x" * 201}, "username"),
        (SetUsername, {"username": "A\0da"}, "username"),
        (SetUsername, {"username": "Ada\ud800"}, "username"),
        (JoinRoom, {"room": True}, "room"),
        (JoinRoom, {"room": {"id": "general"}}, "room"),
        (JoinRoom, {"room": nested(50)}, "room"),
        (SendMessage, {"room": "general"}, "message"),
        (SendMessage, {"message": 1.5}, "message"),
        (SendMessage, {"message": "a\0b"}, "message"),
        (SendMessage, {"message": "\udfff"}, "message"),
        (SendMessage, {"message": "Hello", "room": 7}, "room"),
        (SendMessage, {"message": "Hello", "room": "gen\0eral"}, "room"),
        (SendMessage, {"message": "Hello", "client_id": ""}, "client_id"),
        (SendMessage, {"message": "Hello", "client_id": "x" * 65}, "client_id"),
        (SendMessage, {"message": "Hello", "client_id": "newline\n"}, "client_id"),
        (SendMessage, {"message": "Hello", "client_id": "ä"}, "client_id"),
        (SendMessage, {"message": "Hello", "client_id": 5}, "client_id"),
        (Typing, {"typing": "yes"}, "typing"),
        (Typing, {"typing": 1}, "typing"),
        (Typing, {}, "typing"),
        (MarkRead, {"room": "general"}, "seq"),
        (MarkRead, {"room": "general", "seq": -1}, "seq"),
        (MarkRead, {"room": "general", "seq": 2**63}, "seq"),
        (MarkRead, {"room": "general", "seq": 10**400}, "seq"),
        (MarkRead, {"room": "general", "seq": 1.5}, "seq"),
        (MarkRead, {"room": "general", "seq": "1"}, "seq"),
        (SendMessage, {"message": "Hello", "reply_to": "x"}, "reply_to"),
        (SendMessage, {"message": "Hello", "reply_to": 1}, "reply_to"),
        (EditMessage, {"id": "1"}, "message"),
        (EditMessage, {"id": "1", "message": "a\0b"}, "message"),
        (EditMessage, {"id": "", "message": "Hello"}, "id"),
        (DeleteMessage, {}, "id"),
        (DeleteMessage, {"id": "-1"}, "id"),
        (DeleteMessage, {"id": "1\n"}, "id"),
        (DeleteMessage, {"id": "9" * 19}, "id"),
        (DeleteMessage, {"id": "\u0661"}, "id"),
        (React, {"id": "1", "emoji": "x" * 201, "on": True}, "emoji"),
        (React, {"id": "1", "emoji": "\ud83d", "on": True}, "emoji"),
        (React, {"id": "1", "emoji": "👍"}, "on"),
        (React, {"id": "1", "emoji": "👍", "on": 1}, "on"),
        (Sync, {"rooms": {}}, "history_id"),
        (Sync, {"history_id": "here"}, "rooms"),
        (Sync, {"history_id": "here", "rooms": ["general"]}, "rooms"),
        (Sync, {"history_id": "here", "rooms": {"general": -1}}, "rooms"),
        (Sync, {"history_id": "here", "rooms": {"general": "1"}}, "rooms"),
        (Sync, {"history_id": "here", "rooms": {"x" * 201: 1}}, "rooms"),
        (Sync, {"history_id": "here", "rooms": {"a\0b": 1}}, "rooms"),
        (Sync, {"history_id": "here", "rooms": {"\ud800": 1}}, "rooms"),
        (Sync, {"history_id": "here", "rooms": {str(number): 1 for number in range(101)}}, "rooms"),
    ],
)
def test_a_malformed_payload_names_its_field(command: type[Command], payload: Any, field: str) -> None:
    with pytest.raises(BadRequest) as refusal:
        decode(command, payload)
    assert refusal.value.field == field
    assert refusal.value.message.endswith(".")


@pytest.mark.parametrize("payload", [None, [], "text", 5, True, 1.5, ["room", "general"]])
@pytest.mark.parametrize("command", EVERY)
def test_what_is_no_object_is_refused(command: type[Command], payload: Any) -> None:
    with pytest.raises(BadRequest):
        decode(command, payload)


json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=[])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=3,
)
payloads = st.dictionaries(
    st.sampled_from(
        [
            "username",
            "room",
            "message",
            "client_id",
            "typing",
            "seq",
            "id",
            "emoji",
            "on",
            "reply_to",
            "history_id",
            "rooms",
            "other",
        ]
    ),
    json_values,
    max_size=4,
)


@given(st.sampled_from(EVERY), payloads | json_values)
def test_any_json_becomes_a_clean_command_or_a_bad_request(command: type[Command], payload: Any) -> None:
    try:
        made = decode(command, payload)
    except BadRequest as refusal:
        json.dumps(refusal.to_wire()).encode()
        return
    values = [getattr(made, field) for field in made.__struct_fields__]
    values += [name for value in values if isinstance(value, dict) for name in value]
    assert all(commands.is_clean(value) for value in values if isinstance(value, str))

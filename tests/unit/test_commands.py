"""Payloads: each converts into its command or is refused as a bad request that names the field."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatapp.domain import commands
from chatapp.domain.commands import Command, GetRooms, JoinRoom, MarkRead, SendMessage, SetUsername, Typing, decode
from chatapp.errors import BadRequest

EVERY: tuple[type[Command], ...] = (SetUsername, GetRooms, JoinRoom, SendMessage, Typing, MarkRead)


def nested(depth: int) -> Any:
    """A list in a list in a list."""
    value: Any = []
    for _ in range(depth):
        value = [value]
    return value


def test_a_payload_becomes_its_command() -> None:
    assert decode(SendMessage, {"message": "Hello", "client_id": "a-1"}) == SendMessage("Hello", None, "a-1")
    assert decode(MarkRead, {"room": "general", "seq": 2**63 - 1}) == MarkRead("general", 2**63 - 1)


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
    st.sampled_from(["username", "room", "message", "client_id", "typing", "seq", "other"]), json_values, max_size=4
)


@given(st.sampled_from(EVERY), payloads | json_values)
def test_any_json_becomes_a_clean_command_or_a_bad_request(command: type[Command], payload: Any) -> None:
    try:
        made = decode(command, payload)
    except BadRequest as refusal:
        json.dumps(refusal.to_wire()).encode()
        return
    values = [getattr(made, field) for field in made.__struct_fields__]
    assert all(commands.is_clean(value) for value in values if isinstance(value, str))

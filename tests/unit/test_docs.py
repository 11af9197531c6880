"""What is written down: every setting, command, event and error, in words and nowhere wrong."""

import inspect
import re
from pathlib import Path

import pytest
from msgspec import Struct

from chatapp import errors, settings
from chatapp.domain import answers, commands, entities, events
from chatapp.domain.commands import Command
from chatapp.domain.events import Event
from chatapp.errors import ChatError

ROOT = Path(__file__).resolve().parents[2]
CODES = {
    "bad_request": 400,
    "too_long": 413,
    "not_identified": 401,
    "forbidden": 403,
    "not_found": 404,
    "taken": 409,
    "rate_limited": 429,
    "conflict": 409,
    "unavailable": 503,
    "internal": 500,
}
BASE_EVENTS = {
    "new_message": {"id", "username", "message", "timestamp", "date"},
    "user_joined": {"username", "room", "user_count"},
    "user_left": {"username", "room", "user_count"},
    "user_typing": {"username", "typing"},
}


def structs(module: object) -> list[type[Struct]]:
    """The Structs a module defines."""
    found = [one for _, one in inspect.getmembers(module, inspect.isclass) if issubclass(one, Struct)]
    return [one for one in found if one.__module__ == getattr(module, "__name__", "")]


def test_the_codes_are_the_closed_set() -> None:
    assert {one.code: one.status for one in errors.CLASSES} == CODES
    assert len(errors.CLASSES) == len(CODES)


def test_every_error_is_listed_and_documented() -> None:
    assert set(errors.CLASSES) == set(ChatError.__subclasses__())
    assert all(inspect.getdoc(one) != inspect.getdoc(ChatError) for one in errors.CLASSES)


def test_an_error_on_the_wire_has_only_what_it_knows() -> None:
    assert errors.NotFound("No.").to_wire() == {"code": "not_found", "message": "No."}
    assert errors.RateLimited("Wait.", field="x", retry_after=0.5).to_wire() == {
        "code": "rate_limited",
        "message": "Wait.",
        "field": "x",
        "retry_after": 0.5,
    }


def test_every_event_is_listed_under_its_own_name() -> None:
    assert set(events.CLASSES) == {*Event.__subclasses__(), *events.NewMessage.__subclasses__()}
    assert len({one.event for one in events.CLASSES}) == len(events.CLASSES)


@pytest.mark.parametrize("event", BASE_EVENTS)
def test_an_event_has_the_keys_of_the_base_protocol(event: str) -> None:
    found = next(one for one in events.CLASSES if one.event == event)
    assert BASE_EVENTS[event] <= set(found.__struct_fields__)


@pytest.mark.parametrize("struct", [one for module in (answers, commands, entities, events) for one in structs(module)])
def test_every_value_is_documented_by_itself(struct: type[Struct]) -> None:
    assert struct.__doc__
    assert struct.__doc__.rstrip().endswith((".", ")"))


def test_the_readme_names_every_event_that_a_client_may_send() -> None:
    names = {re.sub(r"(?<!^)([A-Z])", r"_\1", one.__name__).lower() for one in structs(commands) if one is not Command}
    (told,) = re.findall(r"Events: (.*?), each answered by an ack", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    assert set(re.findall(r"`(\w+)`", told)) == names


def test_every_promise_of_security_names_tests_that_there_are() -> None:
    text = (ROOT / ".github" / "SECURITY.md").read_text(encoding="utf-8")
    folders = {"I": "integration", "E": "e2e", "U": "unit"}
    named = re.findall(r"`([IEU])/(test_\w+\.py)(?:::(test_\w+))?`", text)
    assert len(named) > 40
    for folder, file, test in named:
        source = (ROOT / "tests" / folders[folder] / file).read_text(encoding="utf-8")
        assert not test or f"def {test}(" in source, f"{file}::{test}"


def test_every_command_is_frozen() -> None:
    assert all(one.__struct_config__.frozen for one in Command.__subclasses__())


def test_every_setting_has_help_and_a_default_in_words() -> None:
    for setting in settings.each():
        assert setting.about.help.endswith("."), setting.name
        assert setting.default_with_unit, setting.name


def test_the_readme_has_the_table_of_settings_as_it_is() -> None:
    assert settings.manual().strip() in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "packaging/README.md"])
def test_every_file_that_is_named_is_there(name: str) -> None:
    text = (ROOT / name).read_text()
    named = {*re.findall(r"`([\w./-]+\.(?:py|js|css|json|ts|toml|lock))`", text)}
    tops = ("chatapp", "frontend/src", "frontend/locales", "migrations", "packaging", "tests")
    paths = [path for top in tops for path in (ROOT / top).rglob("*.*")]
    there = [str(path) for path in [*paths, *ROOT.glob("*.*"), *(ROOT / "frontend").glob("*.*")]]
    assert named
    assert {one for one in named if not any(path.endswith(f"/{one}") for path in there)} == set()

"""Which origins may ask, and what counts as a token."""

from typing import Any

import pytest

from chatapp.errors import BadRequest
from chatapp.transport.access import SCHEME, set_cookie, token_of
from chatapp.transport.hosts import allows, is_own

LISTED = frozenset({"http://localhost:8080"})


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://chat.example:5000", "chat.example:5000"),
        ("https://chat.example", "chat.example"),
        ("http://CHAT.example:5000", "chat.EXAMPLE:5000"),
        ("http://[::1]:5000", "[::1]:5000"),
    ],
)
def test_our_own_pages_are_own(origin: str, host: str) -> None:
    assert is_own(origin, host)
    assert allows((), origin, host)


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://evil.example", "chat.example:5000"),
        ("http://chat.example:5001", "chat.example:5000"),
        ("http://chat.example:5000.evil.example", "chat.example:5000"),
        ("http://chat.example:5000@evil.example", "chat.example:5000"),
        ("null", "chat.example:5000"),
        ("null", ""),
        ("", ""),
        ("http://", ""),
        ("http://[broken", "chat.example:5000"),
        ("http://localhost:8080.evil", "chat.example"),
        ("http://LOCALHOST:8080/", "chat.example"),
    ],
)
def test_other_origins_are_not_allowed(origin: str, host: str) -> None:
    assert not is_own(origin, host)
    assert not allows(LISTED, origin, host)


def test_listed_origins_are_allowed_everywhere() -> None:
    assert allows(LISTED, "http://localhost:8080", "chat.example:5000")
    assert not is_own("http://localhost:8080", "chat.example:5000")


@pytest.mark.parametrize("auth", [None, {}, {"token": None}, [], "token", 5, {"other": "x"}])
def test_no_token_is_none(auth: Any) -> None:
    assert token_of(auth) is None


def test_a_token_is_text() -> None:
    assert token_of({"token": "abc"}) == "abc"
    assert token_of({"token": ""}) == ""


@pytest.mark.parametrize("token", [5, [], {}, True, ["abc"]])
def test_a_token_that_is_no_text_is_a_bad_request(token: Any) -> None:
    with pytest.raises(BadRequest) as refusal:
        token_of({"token": token})
    assert refusal.value.field == "token"


@pytest.mark.parametrize("scheme", ["https", "wss"])
def test_over_https_the_cookie_is_secure_and_signing_out_clears_that_of_http_too(scheme: str) -> None:
    headers = {SCHEME: scheme}
    assert set_cookie("chatapp_1", "token", 60, headers) == [
        "__Host-chatapp_1=token; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure"
    ]
    cleared = set_cookie("chatapp_1", "", 0, headers)
    assert [line.partition("=")[0] for line in cleared] == ["__Host-chatapp_1", "chatapp_1"]


@pytest.mark.parametrize("headers", [{SCHEME: "http"}, {SCHEME: "ws"}, {}])
def test_over_http_the_cookie_is_plain(headers: dict[str, str]) -> None:
    assert set_cookie("chatapp_1", "token", 60, headers) == [
        "chatapp_1=token; Path=/; Max-Age=60; HttpOnly; SameSite=Lax"
    ]

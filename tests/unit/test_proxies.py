"""What a proxy may say of the client it speaks for."""

from typing import Any

import pytest

from chatapp.transport.proxies import Proxies

PROXY, CLIENT = "10.0.0.2", "203.0.113.9"


def seen(
    said: dict[str, str], nearest: str = PROXY, scheme: str = "http", places: tuple[str, ...] = ("10.0.0.0/24",)
) -> Any:
    """What is seen of a request with these headers."""
    lines = [(b"host", b"chat.example"), *((name.encode(), value.encode()) for name, value in said.items())]
    return Proxies(places).seen_through({"headers": lines, "client": (nearest, 1234), "scheme": scheme})


@pytest.mark.parametrize(
    ("chain", "client"),
    [
        (CLIENT, CLIENT),
        (f"{CLIENT}:4711", CLIENT),
        ("[2001:db8::9]:4711", "2001:db8::9"),
        ("2001:db8::9", "2001:db8::9"),
        (f"::ffff:{CLIENT}", CLIENT),
        # What the client wrote itself stands on the left.
        (f"127.0.0.1, {CLIENT}", CLIENT),
        (f"10.0.0.9, {CLIENT}, 10.0.0.7", CLIENT),
        # All of them are proxies: the first one asks for itself.
        ("10.0.0.9, 10.0.0.7", "10.0.0.9"),
        ("unknown", PROXY),
        (f"{CLIENT}, unknown, 10.0.0.7", "10.0.0.7"),
        ("", PROXY),
    ],
)
def test_the_client_is_the_nearest_that_is_no_proxy(chain: str, client: str) -> None:
    assert seen({"x-forwarded-for": chain})["client"] == (client, 0)


@pytest.mark.parametrize(
    ("scheme", "said", "expected"),
    [
        ("http", "https", "https"),
        ("ws", "HTTPS", "wss"),
        ("https", "http", "http"),
        ("ws", "http", "ws"),
        ("http", "https, http", "http"),
        ("http", "javascript", "http"),
        ("http", "", "http"),
    ],
)
def test_the_scheme_is_what_one_proxy_says(scheme: str, said: str, expected: str) -> None:
    assert seen({"x-forwarded-proto": said}, scheme=scheme)["scheme"] == expected


SAID = {
    "x-forwarded-for": CLIENT,
    "x-forwarded-proto": "https",
    "x-forwarded-host": "evil.example",
    "forwarded": f"for={CLIENT};proto=https;host=evil.example",
    "x-real-ip": CLIENT,
}


@pytest.mark.parametrize(("nearest", "places"), [("203.0.113.7", ("10.0.0.0/24",)), (PROXY, ()), ("", ("10.0.0.0/8",))])
def test_nobody_else_is_believed(nearest: str, places: tuple[str, ...]) -> None:
    scope = seen(SAID, nearest, places=places)
    assert (scope["client"], scope["scheme"]) == ((nearest, 1234), "http")


@pytest.mark.parametrize("nearest", [PROXY, "203.0.113.7"])
def test_what_was_said_goes_no_further(nearest: str) -> None:
    assert seen(SAID, nearest)["headers"] == [(b"host", b"chat.example")]


def test_a_request_without_such_headers_stays_as_it_is() -> None:
    scope = {"headers": [(b"host", b"chat.example")], "client": None, "scheme": "http"}
    assert Proxies((PROXY,)).seen_through(scope) is scope

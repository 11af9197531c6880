"""Which Host headers name this server."""

import socket
from pathlib import Path

import pytest

from chatapp.lan.addresses import Reachable
from chatapp.transport.hosts import is_ours, named
from chatapp.whereabouts import Whereabouts

KNOWN = frozenset({"studio", "Studio.local", "192.168.1.5", "fd00::7", "chat.example"})


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("chat.example:5000", "chat.example"),
        ("CHAT.example", "chat.example"),
        ("chat.example.:5000", "chat.example."),
        ("192.168.1.5:80", "192.168.1.5"),
        ("[FD00::7]:5000", "fd00::7"),
        ("[fe80::1%eth0]", "fe80::1%eth0"),
        ("_chat.local:", "_chat.local"),
    ],
)
def test_a_host_is_read_without_its_port(header: str, name: str) -> None:
    assert named(header) == name


@pytest.mark.parametrize(
    "header",
    [
        *("", " ", "a b", "a,b", "a@b", "http://a", "a/b", "a:b", "a:123456", "a:1:2", "fd00::7", "[fd00::7", "[::1]x"),
        *("[x]", "\u00fc.local", "a\nb", "a\x00", "a\n"),
    ],
)
def test_what_is_no_host_is_none(header: str) -> None:
    assert named(header) is None


@pytest.mark.parametrize(
    "name",
    [
        *("localhost", "localhost.", "127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"),
        *("studio", "studio.local", "studio.local.", "chat.example", "192.168.1.5", "::ffff:192.168.1.5", "fd00::7"),
        *("FD00:0::7", "10.0.0.9", "::ffff:10.0.0.9"),
    ],
)
def test_loopback_what_is_known_and_where_the_connection_arrived_is_ours(name: str) -> None:
    assert is_ours(name.lower(), "10.0.0.9", KNOWN)


def test_a_connection_that_arrived_at_a_link_local_address_may_name_it_with_or_without_its_zone() -> None:
    assert is_ours("fe80::1", "fe80::1%eth0", KNOWN)
    assert is_ours("fe80::1%eth1", "fe80::1%eth0", KNOWN)


@pytest.mark.parametrize(
    "name",
    [
        *("evil.example", "studio.evil.example", "evilstudio", "studio.local.evil.example", "example", "local", "."),
        *("localhost.evil.example", "127.0.0.1.evil.example", "127.evil.example", "192.168.1.5.evil.example"),
        # Addresses, but of others, or not as a browser writes them.
        *("192.168.1.6", "8.8.8.8", "0.0.0.0", "::", "fd00::8", "127.1", "2130706433", "0x7f000001", "192.168.1.05"),
        *("studio..", ".studio", "chat.local"),
    ],
)
def test_nothing_else_is_ours(name: str) -> None:
    assert not is_ours(name, "10.0.0.9", KNOWN)


@pytest.mark.parametrize("host", ["Chat.Example", "127.0.0.1", "::1"])
def test_what_it_listens_on_is_ours_by_name_and_by_address(tmp_path: Path, host: str) -> None:
    known = Whereabouts(host, 5000, tmp_path).hosts()
    assert is_ours(host.lower(), "10.0.0.9", known)
    assert not is_ours("evil.example", "10.0.0.9", known)


@pytest.mark.parametrize("machine", ["studio", "Studio.local", "studio.lan"])
def test_the_machines_name_is_ours_with_and_without_local(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, machine: str
) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: machine)
    known = Whereabouts(None, 5000, tmp_path).hosts()
    for name in ("studio", "studio.local", machine.lower()):
        assert is_ours(name, "10.0.0.9", known)
    for name in ("studio.evil.example", "local", "0.0.0.0", "::"):
        assert not is_ours(name, "10.0.0.9", known)


def test_an_address_it_gets_later_is_ours_from_then_on(tmp_path: Path) -> None:
    where = Whereabouts("127.0.0.1", 5000, tmp_path)
    assert not is_ours("192.168.7.7", "10.0.0.9", where.hosts())
    where._watcher.addresses = [Reachable("http://192.168.7.7:5000", "192.168.7.7", "eth0", "private")]
    assert is_ours("192.168.7.7", "10.0.0.9", where.hosts())

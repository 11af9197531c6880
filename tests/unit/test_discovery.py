"""What is announced on the network, and under which name."""

import pytest

from chatapp.lan.addresses import Reachable, Reason
from chatapp.lan.discovery import announced, label


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Chat", "chat"),
        ("Frühstück im 3. Stock!", "fruhstuck-im-3-stock"),
        ("聊天室", "chat"),
        ("--", "chat"),
        ("The very long name of a chat of many people on a floor", "the-very-long-name-of-a-chat-of-many-peo"),
        ("The very long name of a chat of many pe ople", "the-very-long-name-of-a-chat-of-many-pe"),
    ],
)
def test_a_host_name_resembles_the_title(title: str, name: str) -> None:
    assert label(title) == name


def at(ip: str, reason: Reason) -> Reachable:
    """An address."""
    return Reachable(f"http://{ip}:5000", ip, "eth0", reason)


def test_only_addresses_of_real_networks_are_announced() -> None:
    found = [
        at("192.168.1.20", "default_route"),
        at("10.0.0.5", "private"),
        at("2a00::5", "ipv6"),
        at("172.17.0.1", "virtual"),
        at("169.254.1.1", "link_local"),
    ]
    assert [one.ip for one in announced(found)] == ["192.168.1.20", "10.0.0.5"]


def test_where_there_is_nothing_else_other_addresses_are_announced() -> None:
    cable, bridge = at("169.254.1.1", "link_local"), at("172.17.0.1", "virtual")
    assert announced([bridge, cable]) == [cable]
    assert announced([bridge]) == [bridge]
    assert announced([at("2a00::5", "ipv6")]) == []

"""The ranking of a machine's addresses, on made-up machines."""

import re
from collections.abc import Iterable

import pytest

from chatapp.lan import addresses
from chatapp.lan.addresses import Address, ranked


def ips(found: Iterable[Address], sources: Iterable[str] = ()) -> list[str]:
    """The addresses in their order."""
    return [address.ip for address, _ in ranked(found, sources)]


def reasons(*found: Address, sources: Iterable[str] = ()) -> list[str]:
    """The reasons in their order."""
    return [reason for _, reason in ranked(found, sources)]


def urls(host: str | None, port: int) -> list[str]:
    """The URLs of a server that listens there."""
    return addresses.urls(addresses.reachable(host, port), host, port)


def test_the_address_of_the_default_route_comes_first() -> None:
    found = [Address("192.168.1.20", "eth0"), Address("10.1.2.3", "wlan0")]
    assert ips(found, ["10.1.2.3"]) == ["10.1.2.3", "192.168.1.20"]
    assert reasons(*found, sources=["10.1.2.3"]) == ["default_route", "private"]


@pytest.mark.parametrize(
    ("interface", "description"),
    [
        ("docker0", ""),
        ("br-5f2c9d", ""),
        ("wg0", ""),
        ("tailscale0", ""),
        ("{7A31}", "VirtualBox Host-Only Ethernet Adapter"),
        ("{7A32}", "Hyper-V Virtual Ethernet Adapter #2"),
    ],
)
def test_bridges_and_tunnels_come_after_real_interfaces(interface: str, description: str) -> None:
    found = [Address("172.17.0.1", interface, 16, description), Address("192.168.1.20", "enp3s0")]
    assert ips(found) == ["192.168.1.20", "172.17.0.1"]
    assert reasons(*found) == ["private", "virtual"]


def test_a_tunnel_that_holds_the_default_route_does_not_win() -> None:
    found = [Address("10.8.0.2", "tun0", 32), Address("192.168.1.20", "wlan0")]
    assert ips(found, ["10.8.0.2"]) == ["192.168.1.20", "10.8.0.2"]


def test_among_virtual_interfaces_the_one_of_the_default_route_comes_first() -> None:
    found = [Address("172.17.0.1", "docker0", 16), Address("172.29.0.7", "veth1", 16)]
    assert ips(found, ["172.29.0.7"]) == ["172.29.0.7", "172.17.0.1"]


def test_link_local_comes_last_and_before_nothing() -> None:
    found = [Address("169.254.3.4", "eth0", 16), Address("10.8.0.2", "wg0"), Address("192.168.1.20", "eth1")]
    assert ips(found) == ["192.168.1.20", "10.8.0.2", "169.254.3.4"]
    assert reasons(*found[:1]) == ["link_local"]


def test_every_reason_has_its_place() -> None:
    found = [
        Address("169.254.3.4", "eth5", 16),
        Address("172.17.0.1", "docker0", 16),
        Address("10.64.0.1", "eth6", 32),
        Address("2a00::5", "eth0", 64),
        Address("100.80.1.2", "eth4"),
        Address("203.0.114.9", "eth3"),
        Address("10.0.0.9", "eth2"),
        Address("192.168.1.20", "eth0"),
    ]
    assert tuple(reasons(*found, sources=["192.168.1.20"])) == (
        *("default_route", "private", "public", "carrier", "ipv6", "point_to_point", "virtual", "link_local"),
    )


def test_ipv4_comes_before_ipv6() -> None:
    found = [Address("2001:db8::5", "eth0", 64), Address("192.168.1.20", "eth0")]
    assert ips(found, ["2001:db8::5", "192.168.1.20"]) == ["192.168.1.20", "2001:db8::5"]


def test_nobody_reaches_loopback_or_ipv6_link_local() -> None:
    assert ips([Address("127.0.0.1", "lo", 8), Address("::1", "lo", 128), Address("fe80::1", "eth0", 64)]) == []


def test_an_address_is_shown_once_and_by_its_better_reason() -> None:
    assert ranked([Address("10.0.0.1", "docker0"), Address("10.0.0.1", "eth1")], []) == [
        (Address("10.0.0.1", "eth1"), "private")
    ]


def test_equal_addresses_stand_in_numeric_order() -> None:
    assert ips([Address("10.0.0.10", "eth0"), Address("10.0.0.9", "eth1")]) == ["10.0.0.9", "10.0.0.10"]


def test_ipv6_stands_in_brackets_in_a_url() -> None:
    assert urls("::1", 5000) == ["http://[::1]:5000"]
    assert urls("192.168.1.20", 5050) == ["http://192.168.1.20:5050"]
    assert addresses.url("chat.local", 5000, "https") == "https://chat.local:5000"


def test_a_server_on_loopback_is_shown_and_reached_by_nobody() -> None:
    for host in ("127.0.0.1", "localhost", "::1"):
        assert len(urls(host, 5000)) == 1
        assert addresses.reachable(host, 5000) == []


def test_this_machine_has_an_address_to_show() -> None:
    shown = urls(None, 5000)
    assert shown
    assert all(re.fullmatch(r"http://[\d.]+:5000|http://\[[0-9a-f:]+\]:5000", each) for each in shown)
    assert all("[" not in each for each in urls("0.0.0.0", 5000))

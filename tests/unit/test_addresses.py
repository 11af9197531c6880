"""The ranking of a machine's addresses, on made-up machines."""

import re

from chatapp.lan import addresses
from chatapp.lan.addresses import Address, ranked


def test_the_address_of_the_default_route_comes_first() -> None:
    found = [Address("192.168.1.20", "eth0"), Address("10.1.2.3", "wlan0")]
    assert ranked(found, ["10.1.2.3"]) == ["10.1.2.3", "192.168.1.20"]


def test_bridges_and_tunnels_come_after_real_interfaces() -> None:
    found = [
        Address("172.17.0.1", "docker0"),
        Address("10.8.0.2", "wg0"),
        Address("192.168.56.1", "virtualbox host-only ethernet adapter"),
        Address("192.168.1.20", "enp3s0"),
    ]
    assert ranked(found, ["192.168.1.20"])[0] == "192.168.1.20"


def test_a_tunnel_that_holds_the_default_route_does_not_win() -> None:
    found = [Address("10.8.0.2", "tun0", 32), Address("192.168.1.20", "wlan0")]
    assert ranked(found, ["10.8.0.2"]) == ["192.168.1.20", "10.8.0.2"]


def test_link_local_comes_after_private_and_before_nothing() -> None:
    found = [Address("169.254.3.4", "eth0", 16), Address("192.168.1.20", "eth1")]
    assert ranked(found, []) == ["192.168.1.20", "169.254.3.4"]
    assert ranked(found[:1], []) == ["169.254.3.4"]


def test_ipv4_comes_before_ipv6() -> None:
    found = [Address("2001:db8::5", "eth0", 64), Address("192.168.1.20", "eth0")]
    assert ranked(found, ["2001:db8::5", "192.168.1.20"]) == ["192.168.1.20", "2001:db8::5"]


def test_loopback_counts_only_where_there_is_nothing_else() -> None:
    loopback = Address("127.0.0.1", "lo", 8)
    assert ranked([loopback, Address("192.168.1.20", "eth0")], []) == ["192.168.1.20"]
    assert ranked([loopback, Address("::1", "lo", 128)], []) == ["127.0.0.1"]


def test_ipv6_link_local_is_never_shown() -> None:
    assert ranked([Address("fe80::1", "eth0", 64)], []) == ["127.0.0.1"]


def test_an_address_is_shown_once() -> None:
    assert ranked([Address("10.0.0.1", "eth0"), Address("10.0.0.1", "eth1")], []) == ["10.0.0.1"]


def test_equal_addresses_stand_in_numeric_order() -> None:
    assert ranked([Address("10.0.0.10", "eth0"), Address("10.0.0.9", "eth1")], []) == ["10.0.0.9", "10.0.0.10"]


def test_ipv6_stands_in_brackets_in_a_url() -> None:
    assert addresses.urls("::1", 5000) == ["http://[::1]:5000"]
    assert addresses.urls("192.168.1.20", 5050) == ["http://192.168.1.20:5050"]


def test_this_machine_has_an_address_to_show() -> None:
    shown = addresses.urls(None, 5000)
    assert shown
    assert all(re.fullmatch(r"http://[\d.]+:5000|http://\[[0-9a-f:]+\]:5000", each) for each in shown)
    assert all("[" not in each for each in addresses.urls("0.0.0.0", 5000))

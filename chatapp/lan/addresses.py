"""The addresses under which others can reach this machine, the most likely first. No packet is sent to find them.

What makes an address likely: the default route leaves from it; it is a private IPv4 address (short enough to type);
its interface is a real one and not a tunnel, bridge or virtual machine. Link-local addresses come last. Loopback counts
only where there is nothing else; IPv6 link-local never does, since browsers take no zone in a URL.
"""

import ipaddress
import socket
from collections.abc import Iterable
from dataclasses import dataclass

import ifaddr

_PRIVATE = tuple(ipaddress.ip_network(text) for text in ("192.168.0.0/16", "10.0.0.0/8", "172.16.0.0/12"))
_CARRIER = ipaddress.ip_network("100.64.0.0/10")
_VIRTUAL_NAMES = (
    *("docker", "br-", "veth", "virbr", "vmnet", "vboxnet", "lxc", "lxd", "cni", "flannel", "cali", "podman", "kube"),
    *(
        "tun",
        "tap",
        "utun",
        "ppp",
        "wg",
        "tailscale",
        "zt",
        "ham",
        "nordlynx",
        "proton",
        "ipsec",
        "awdl",
        "llw",
        "anpi",
        "dummy",
    ),
)
_VIRTUAL_WORDS = (
    *("hyper-v", "virtualbox", "vmware", "wsl", "default switch", "tap-windows", "wireguard", "openvpn"),
    *("tailscale", "zerotier", "loopback", "bluetooth"),
)
# Documentation addresses (RFC 5737, RFC 3849): a UDP socket connected to one learns its source and sends nothing.
_FAR_AWAY = ((socket.AF_INET, "198.51.100.1"), (socket.AF_INET6, "2001:db8::1"))


@dataclass(frozen=True, slots=True)
class Address:
    """An address of this machine and the interface that has it (`interface`: its short and its long name)."""

    ip: str
    interface: str = ""
    prefix: int = 24


def ranked(found: Iterable[Address], default_sources: Iterable[str]) -> list[str]:
    """Return the addresses worth showing, the best first; the default routes leave from `default_sources`."""
    sources = set(default_sources)
    shown = [address for address in found if _is_reachable(address.ip)]
    shown.sort(key=lambda address: (-_score(address, sources), _number(address.ip)))
    return list(dict.fromkeys(address.ip for address in shown)) or ["127.0.0.1"]


def own() -> list[str]:
    """Return this machine's addresses as they are now, the best first."""
    found = [
        Address(
            ip.ip if isinstance(ip.ip, str) else ip.ip[0],
            f"{adapter.name} {adapter.nice_name}".lower(),
            ip.network_prefix,
        )
        for adapter in ifaddr.get_adapters()
        for ip in adapter.ips
    ]
    return ranked(found, filter(None, (_source(family, target) for family, target in _FAR_AWAY)))


def url(ip: str, port: int) -> str:
    """Return the address of the chat at `ip` (or a host name) and `port`."""
    return f"http://[{ip}]:{port}" if ":" in ip else f"http://{ip}:{port}"


def urls(host: str | None, port: int) -> list[str]:
    """Return the addresses of a server that listens on `host` (None: everywhere) and `port`, the best first."""
    if host is None or host == "::":
        return [url(ip, port) for ip in own()]
    if host == "0.0.0.0":  # noqa: S104
        return [url(ip, port) for ip in own() if ":" not in ip]
    return [url(host, port)]


def _is_reachable(ip: str) -> bool:
    address = ipaddress.ip_address(ip.partition("%")[0])
    if address.version == 6 and address.is_link_local:
        return False
    return not (address.is_loopback or address.is_multicast or address.is_unspecified)


def _score(address: Address, default_sources: set[str]) -> int:
    ip = ipaddress.ip_address(address.ip)
    is_virtual = address.interface.startswith(_VIRTUAL_NAMES) or any(
        word in address.interface for word in _VIRTUAL_WORDS
    )
    score = 50 if address.ip in default_sources and not is_virtual else 0
    score += 30 if ip.version == 4 and any(ip in network for network in _PRIVATE) else 0
    score -= 100 if is_virtual else 0
    score -= 60 if ip.version == 6 else 0
    score -= 60 if ip.version == 4 and address.prefix >= 31 else 0
    score -= 40 if ip.is_link_local else 0
    score -= 20 if ip.version == 4 and ip in _CARRIER else 0
    return score


def _number(ip: str) -> int:
    return int(ipaddress.ip_address(ip))


def _source(family: socket.AddressFamily, target: str) -> str | None:
    """Return the address this machine would send from to `target`, or None where no route leads there."""
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((target, 9))
            return str(probe.getsockname()[0])
    except OSError:
        return None

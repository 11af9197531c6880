"""The addresses under which others can reach this machine, the most likely first. No packet is sent to find them.

What makes an address likely: the default route leaves from it; it is a private IPv4 address (short enough to type);
its interface is a real one and not a tunnel, bridge or virtual machine. Link-local addresses and those of virtual
interfaces come last. IPv6 link-local is left out, since browsers take no zone in a URL, and so is loopback, which
nobody else reaches.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Literal, get_args

import ifaddr

Reason = Literal["default_route", "private", "public", "carrier", "ipv6", "point_to_point", "virtual", "link_local"]
"""Why an address stands where it stands in the list; the best reason comes first."""

_RANK: dict[Reason, int] = {reason: rank for rank, reason in enumerate(get_args(Reason))}
_PRIVATE = tuple(ipaddress.ip_network(text) for text in ("192.168.0.0/16", "10.0.0.0/8", "172.16.0.0/12"))
# Shared by the customers of a provider (RFC 6598): outside a provider's network it is mostly a tunnel's.
_CARRIER = ipaddress.ip_network("100.64.0.0/10")
_VIRTUAL_NAMES = (
    *("docker", "br-", "veth", "virbr", "vnet", "vmnet", "vboxnet", "lxc", "lxd", "incusbr", "cni", "flannel", "cali"),
    *("podman", "kube", "tun", "tap", "utun", "ppp", "wg", "tailscale", "zt", "ham", "nordlynx", "proton", "ipsec"),
    *("awdl", "llw", "anpi", "bridge1", "dummy"),
)
_VIRTUAL_WORDS = (
    *("hyper-v", "virtualbox", "vmware", "wsl", "default switch", "tap-windows", "wireguard", "openvpn"),
    *("tailscale", "zerotier", "loopback", "bluetooth"),
)
# Documentation addresses (RFC 5737, RFC 3849): a UDP socket connected to one learns its source and sends nothing.
_FAR_AWAY = ((socket.AF_INET, "198.51.100.1"), (socket.AF_INET6, "2001:db8::1"))
_EVERYWHERE = (None, "::", "0.0.0.0")  # noqa: S104
# A look takes 0.3 ms of CPU with five interfaces on Linux (tests/integration/test_addresses_live.py prints it).
SECONDS_BETWEEN_LOOKS = 5.0


@dataclass(frozen=True, slots=True)
class Address:
    """An address of this machine and the interface that has it (`interface`: its name; `description`: its long one)."""

    ip: str
    interface: str = ""
    prefix: int = 24
    description: str = ""


@dataclass(frozen=True, slots=True)
class Reachable:
    """An address under which others may reach this machine, and the reason for its rank."""

    url: str
    ip: str
    interface: str
    reason: Reason


class Watcher:
    """Looks every few seconds whether this machine's addresses are still the same.

    `addresses` is what `look` found last, from construction on. `changed` is called and awaited when the list differs,
    in its order too; another look waits for it.
    """

    def __init__(
        self,
        look: Callable[[], list[Reachable]],
        changed: Callable[[], Awaitable[None]],
        *,
        every: float = SECONDS_BETWEEN_LOOKS,
    ) -> None:
        self.addresses = look()
        self._look = look
        self._changed = changed
        self._every = every

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await asyncio.sleep(self._every)
            # Windows can take tens of milliseconds to list its adapters.
            found = await asyncio.to_thread(self._look)
            if found != self.addresses:
                self.addresses = found
                await self._changed()


def reachable(host: str | None, port: int) -> list[Reachable]:
    """Return the addresses of a server that listens on `host` (None: everywhere) and `port`, the best first.

    Empty where nobody else can reach it: there is no network, or `host` is loopback. A `host` given as a name stands
    in the URL as it was given.
    """
    found, sources = _own()
    if host not in _EVERYWHERE:
        ips = _resolved(str(host))
        known = [address for address in found if address.ip in ips]
        shown = ranked(known or [Address(ip) for ip in ips], sources)[:1]
        return [_reachable(address, reason, str(host), port) for address, reason in shown]
    is_ipv4_only = host == "0.0.0.0"  # noqa: S104
    return [
        _reachable(address, reason, address.ip, port)
        for address, reason in ranked(found, sources)
        if not (is_ipv4_only and ":" in address.ip)
    ]


def ranked(found: Iterable[Address], default_sources: Iterable[str]) -> list[tuple[Address, Reason]]:
    """Return the addresses others may reach, the best first; the default routes leave from `default_sources`."""
    sources = set(default_sources)
    shown: list[tuple[Address, Reason]] = [
        (address, _reason(address, sources)) for address in found if _is_reachable(address.ip)
    ]
    shown.sort(key=lambda one: (_RANK[one[1]], one[0].ip not in sources, ":" in one[0].ip, _number(one[0].ip)))
    best: dict[str, tuple[Address, Reason]] = {}
    for one in shown:
        best.setdefault(one[0].ip, one)
    return list(best.values())


def url(ip: str, port: int, scheme: str = "http") -> str:
    """Return the address of the chat at `ip` (or a host name) and `port`."""
    return f"{scheme}://[{ip}]:{port}" if ":" in ip else f"{scheme}://{ip}:{port}"


def urls(found: list[Reachable], host: str | None, port: int) -> list[str]:
    """Return the URLs of what was found for a server that listens on `host` (None: everywhere) and `port`.

    Loopback where there is none: something has to be shown.
    """
    return [one.url for one in found] or [url("127.0.0.1" if host in _EVERYWHERE else str(host), port)]


def _own() -> tuple[list[Address], list[str]]:
    """Return this machine's addresses as they are now, and those its default routes leave from."""
    found = [
        Address(ip.ip if isinstance(ip.ip, str) else ip.ip[0], adapter.name, ip.network_prefix, adapter.nice_name)
        for adapter in ifaddr.get_adapters()
        for ip in adapter.ips
    ]
    return found, [source for source in (_source(*far) for far in _FAR_AWAY) if source]


def _resolved(host: str) -> list[str]:
    try:
        return [str(one[4][0]) for one in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]
    except OSError:
        return []


def _reachable(address: Address, reason: Reason, host: str, port: int) -> Reachable:
    # On Windows the name is a number in braces, and the description is what people know.
    name = address.description if address.interface.startswith("{") else address.interface
    return Reachable(url(host, port), address.ip, name, reason)


def _is_reachable(ip: str) -> bool:
    address = ipaddress.ip_address(ip.partition("%")[0])
    if address.version == 6 and address.is_link_local:
        return False
    return not (address.is_loopback or address.is_multicast or address.is_unspecified)


def _reason(address: Address, default_sources: set[str]) -> Reason:
    ip = ipaddress.ip_address(address.ip)
    what_holds: tuple[tuple[Reason, bool], ...] = (
        ("link_local", ip.is_link_local),
        ("virtual", _is_virtual(address)),
        ("ipv6", ip.version == 6),
        ("point_to_point", address.prefix >= 31),
        ("default_route", address.ip in default_sources),
        ("carrier", ip in _CARRIER),
        ("private", any(ip in network for network in _PRIVATE)),
        ("public", True),
    )
    return next(reason for reason, holds in what_holds if holds)


def _is_virtual(address: Address) -> bool:
    """Tell whether the interface is a tunnel, a bridge or a virtual machine's, by the names systems give these."""
    words = f"{address.interface} {address.description}".lower()
    return words.startswith(_VIRTUAL_NAMES) or any(word in words for word in _VIRTUAL_WORDS)


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

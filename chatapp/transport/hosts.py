"""Whom a request was meant for: which hosts are this server, and which origins are its own.

A page elsewhere can let a name of its own lead to this machine (DNS rebinding), and is then of the same origin as the
chat as far as the browser goes. What gives it away is the Host header: it names a host that is none of ours.
"""

import ipaddress
import re
from collections.abc import Collection
from urllib.parse import urlsplit

_HOST = re.compile(r"(?P<name>[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+(?:%[A-Za-z0-9._-]+)?\])(?::[0-9]{0,5})?")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def named(host: str) -> str | None:
    """The name or address in a Host header, without its port, as `is_ours` takes it; None where there is none."""
    found = _HOST.fullmatch(host)
    return found["name"].strip("[]").lower() if found else None


def is_ours(name: str, here: str, known: Collection[str]) -> bool:
    """Whether a host leads here: it is one of the `known` names and addresses, loopback, or the very address `here` at
    which the connection arrived. Any other address is none: it may be anybody's.
    """
    if is_loopback(name):
        return True
    if (asked := address(name)) is None:
        return _plain(name) in {_plain(one) for one in known}
    return asked in {address(here), *(address(one) for one in known)}


def is_loopback(name: str) -> bool:
    """Whether a host is this machine by its name or address, as browsers take it."""
    found = address(name)
    return _plain(name) == "localhost" if found is None else found.is_loopback


def address(text: str) -> Address | None:
    """The address in a text, None where there is none. An IPv4 one stays that when it comes as IPv6, and a zone is
    left out: it means something on one machine only.
    """
    try:
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def is_own(origin: str, host: str) -> bool:
    """Whether an Origin header names the server that the Host header names."""
    try:
        return urlsplit(origin.lower()).netloc == host.lower() != ""
    except ValueError:
        return False


def allows(origins: Collection[str], origin: str, host: str) -> bool:
    """Whether a page of this origin may use the server: its own pages, and those of listed origins."""
    return is_own(origin, host) or origin in origins


def _plain(name: str) -> str:
    # The dot at the end says that nothing is to be added to the name.
    return name.lower().removesuffix(".")

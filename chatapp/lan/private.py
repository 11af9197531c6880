"""What is private: the addresses and names that nobody has on the internet, and a certificate of ours can vouch for."""

import contextlib
import ipaddress

NETWORKS = tuple(
    ipaddress.ip_network(text)
    for text in (
        *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8"),
        *("fc00::/7", "fe80::/10", "::1/128"),
    )
)
DOMAINS = ("local", "lan", "home.arpa", "localhost")


def is_private(host: str) -> bool:
    """Whether an address is of a private network, or a name (lower case) of a domain that is none of the internet."""
    with contextlib.suppress(ValueError):
        address = ipaddress.ip_address(host)
        return any(address in network for network in NETWORKS)
    return host.endswith(tuple(f".{domain}" for domain in DOMAINS)) or host == "localhost"

"""What a trusted proxy says of the client it speaks for, and nobody else.

Anybody can write `X-Forwarded-For`. So these headers count only when the connection comes from a proxy that the
operator has named, and are taken out of every request: nothing behind this place can believe them by mistake. The Host
header is the client's, which the proxy passes on.
"""

import ipaddress
from collections.abc import Iterable

from chatapp.transport import hosts
from chatapp.transport.assets import Scope

_FORWARDED = (b"forwarded", b"x-forwarded-", b"x-real-ip")
_SCHEMES = {("http", "http"): "http", ("http", "https"): "https", ("ws", "http"): "ws", ("ws", "https"): "wss"}


class Proxies:
    """The proxies at these `places`, addresses or networks."""

    def __init__(self, places: Iterable[str]) -> None:
        self._networks = [ipaddress.ip_network(place) for place in places]

    def seen_through(self, scope: Scope) -> Scope:
        """The request as the client made it: its address (`client`, the port unknown) and scheme."""
        lines = scope["headers"]
        said = [(name, value.decode("latin-1")) for name, value in lines if name.startswith(_FORWARDED)]
        if not said:
            return scope
        kept = [(name, value) for name, value in lines if not name.startswith(_FORWARDED)]
        seen: Scope = {**scope, "headers": kept}
        if self.has((scope.get("client") or ("",))[0]):
            seen["client"] = (self._client(said, scope["client"][0]), 0)
            seen["scheme"] = _scheme(said, scope["scheme"])
        return seen

    def _client(self, said: list[tuple[bytes, str]], nearest: str) -> str:
        """The address nearest to us that is no trusted proxy: each proxy adds whom it speaks for at the end."""
        chain = ",".join(value for name, value in said if name == b"x-forwarded-for").split(",")
        client = nearest
        for part in reversed(chain):
            found = hosts.address(_bare(part.strip()))
            if found is None:
                break
            client = str(found)
            if not self.has(client):
                break
        return client

    def has(self, client: str) -> bool:
        """Whether this is the address of one of them."""
        found = hosts.address(client)
        return found is not None and any(found in network for network in self._networks)


def _scheme(said: list[tuple[bytes, str]], nearest: str) -> str:
    """What the client came over, as far as one proxy says it: of several values a client may have written some."""
    values = [value.strip().lower() for name, value in said if name == b"x-forwarded-proto"]
    kind = "ws" if nearest.startswith("ws") else "http"
    return _SCHEMES.get((kind, values[0]), nearest) if len(values) == 1 else nearest


def _bare(text: str) -> str:
    """An address without the brackets and the port that some proxies add."""
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text

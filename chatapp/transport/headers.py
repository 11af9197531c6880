"""The headers of every answer: what a page may load, whom it may ask, and what nobody may do with it."""

from collections.abc import Iterable

# No inline script or style, nothing from elsewhere. `data:` is the favicon with its unread badge. A page asks the
# server's other addresses whether it is there, when its own is gone.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self' {asked}; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
OF_ALL = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def policy(host: str, places: Iterable[str]) -> str | None:
    """The content security policy of a page of `host` (the Host header) that knows the server's other `places`, which
    are origins; None for a host that is no host.
    """
    if not host or not all(character.isalnum() or character in ".:-[]" for character in host):
        return None
    # Safari before 15.4 takes 'self' for no websocket.
    asked = dict.fromkeys((f"ws://{host}", f"wss://{host}", f"https://{host}", *places))
    # The grammar of policies has no brackets, so an IPv6 address cannot be named; browsers complain when one is.
    return _POLICY.format(asked=" ".join(origin for origin in asked if "[" not in origin))

"""The headers of every answer: what a page may load, whom it may ask, and what nobody may do with it."""

from collections.abc import Iterable

# No inline script or style, nothing from elsewhere. `data:` is the favicon with its unread badge. A page asks the
# server's other addresses whether it is there, when its own is gone. Nothing makes script or markup of text: the one
# policy of the page (frontend/src/platform.js) lets the address of its worker through.
_PAGE = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self' {asked}; manifest-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types chatapp"
)
_NO_PAGE = "default-src 'none'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
# What browsers could give a page and this one does not use. They complain of names they do not know, so only those of
# the standards are here.
_UNUSED = (
    *("accelerometer", "camera", "display-capture", "encrypted-media", "fullscreen", "gamepad"),
    *("geolocation", "gyroscope", "hid", "idle-detection", "local-fonts", "magnetometer", "microphone", "midi"),
    *("payment", "picture-in-picture", "publickey-credentials-create", "publickey-credentials-get"),
    *("screen-wake-lock", "serial", "storage-access", "usb", "window-management", "xr-spatial-tracking"),
)
_OF_ALL = {
    "Content-Security-Policy": _NO_PAGE,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in _UNUSED),
    # Pages of listed origins ask by CORS, which this does not stand in the way of.
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_ALONE = {"Cross-Origin-Opener-Policy": "same-origin"}


def lines(told: dict[str, str]) -> list[tuple[bytes, bytes]]:
    """Headers as ASGI has them."""
    return [(name.lower().encode(), value.encode()) for name, value in told.items()]


OF_ALL = lines(_OF_ALL)
"""What every answer has that does not say otherwise."""
OF_ALL_ON_TRUSTED = lines(_OF_ALL | _ALONE)
"""The same over https and on this machine. Browsers complain of the one more where anybody can change what they get."""


def policy(host: str, places: Iterable[str]) -> str:
    """The content security policy of a page of `host` (the Host header) that knows the server's other `places`, which
    are origins.
    """
    # Safari before 15.4 takes 'self' for no websocket.
    asked = dict.fromkeys((f"ws://{host}", f"wss://{host}", f"https://{host}", *places))
    # The grammar of policies has no brackets, so an IPv6 address cannot be named; browsers complain when one is.
    return _PAGE.format(asked=" ".join(origin for origin in asked if "[" not in origin))

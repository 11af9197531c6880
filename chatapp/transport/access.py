"""Who is asking, and with what: tokens, the session cookie, and the cookie by which a browser is known again.

The headers that are judged here have lower-case names, and `METHOD` and `SCHEME` among them, which HTTP/2 counts as
headers too.
"""

import re
import secrets
from collections.abc import Callable, Collection, Mapping
from http.cookies import CookieError, SimpleCookie

from msgspec import Struct

from chatapp.domain import devices, lifetimes
from chatapp.domain.entities import Device, Session
from chatapp.errors import BadRequest, NotIdentified
from chatapp.services.sessions import Sessions
from chatapp.transport.hosts import is_own

# No token of ours is longer; nothing longer is worth hashing.
LONGEST_TOKEN = 200
METHOD, SCHEME = ":method", ":scheme"
# A cookie of such a name is Secure, of this host alone and for all of its paths, or browsers take none: what somebody
# on the network sets over http cannot stand in for it (RFC 6265bis, section 4.1.3.2).
_SECURE_PREFIX = "__Host-"


LONGEST_ADDRESS = 45
"""Characters of an IPv6 address with an IPv4 one in it."""
_MARK_BYTES = 32
_MARK = re.compile(r"[A-Za-z0-9_-]{43}")


class Arriving(Struct, frozen=True):
    """Whoever is about to sign in: their device, and the `mark` it keeps of us where it is a browser on our pages."""

    device: Device
    mark: str | None


class Access:
    """Judges requests; `is_open` says whether somebody without a name may read what is public at this moment.

    The cookies' names hold the installation's id, since cookies do not tell ports apart. Over https a cookie has
    another name, and one of http counts where there is none. The mark of a device says nothing of who uses it; it
    outlives sessions and signing out, so that a device can be banned.
    """

    def __init__(
        self, sessions: Sessions, origins: Collection[str], installation_id: str, is_open: Callable[[], bool]
    ) -> None:
        self._sessions = sessions
        self._is_open = is_open
        self.origins = frozenset(origins)
        self.cookie_name = f"chatapp_{installation_id}"
        self._mark_name = f"chatapp_device_{installation_id}"

    def admit(self, session: Session | None) -> None:
        """Raise NotIdentified for somebody without a name where the host wants to know who reads."""
        if session is None and not self._is_open():
            raise NotIdentified("This chat is for those who have come in. Choose your name first.")

    def device(self, headers: Mapping[str, str], address: str, mark: str | None = None) -> Device:
        """What somebody asks with, where their browser keeps this `mark` of us, or the one it brings."""
        mark = mark or self._mark(headers)
        device_hash = None if mark is None else self._sessions.known_device(mark)
        return Device(devices.name(headers.get("user-agent", "")), address[:LONGEST_ADDRESS], device_hash)

    def arriving(self, headers: Mapping[str, str], address: str) -> Arriving:
        """Who is about to sign in, and can be given a mark."""
        mark = self._mark(headers)
        if mark is None and "origin" in headers and is_own(headers["origin"], headers.get("host", "")):
            mark = secrets.token_urlsafe(_MARK_BYTES)
        return Arriving(self.device(headers, address, mark), mark)

    def cookies(self, token: str, arriving: Arriving, headers: Mapping[str, str]) -> list[str]:
        """The Set-Cookie headers that go with a session that has just begun.

        Browsers keep it for as long as any session can last, which is judged here: a guest is made a member without it.
        """
        kept = set_cookie(self.cookie_name, token, lifetimes.COOKIE_SECONDS, headers)
        if arriving.mark is not None:
            kept += set_cookie(self._mark_name, arriving.mark, lifetimes.DEVICE_SECONDS, headers)
        return kept

    async def identify(self, headers: Mapping[str, str], token: str | None = None) -> Session | None:
        """The session a request comes with, None without one.

        An explicit token beats the cookie; a bad one is NotIdentified. A dead cookie counts as none, and so does one
        that comes from another origin, or with a change or a websocket from none: browsers name it with these.
        """
        explicit = token if token is not None else _bearer(headers.get("authorization", ""))
        if explicit is not None:
            if len(explicit) > LONGEST_TOKEN:
                raise NotIdentified("That token is no good.")
            return await self._sessions.identify(explicit)
        cookie = self._cookie(headers, self.cookie_name)
        if cookie is None:
            return None
        try:
            return await self._sessions.identify(cookie)
        except NotIdentified:
            return None

    def _mark(self, headers: Mapping[str, str]) -> str | None:
        found = self._cookie(headers, self._mark_name)
        return found if found is not None and _MARK.fullmatch(found) else None

    def _cookie(self, headers: Mapping[str, str], called: str) -> str | None:
        origin = headers.get("origin", "")
        if ("origin" in headers or _names_origin(headers)) and not is_own(origin, headers.get("host", "")):
            return None
        # Whoever can change what comes over http can let its pages ask over https: these get no secure cookie.
        is_secure_page = is_secure(headers) and not origin.lower().startswith("http:")
        names = [_SECURE_PREFIX + called, called] if is_secure_page else [called]
        try:
            found = SimpleCookie(headers.get("cookie", ""))
        except CookieError:
            return None
        value = next((found[name].value for name in names if name in found), None)
        return None if value is None or len(value) > LONGEST_TOKEN else value


def _names_origin(headers: Mapping[str, str]) -> bool:
    """Whether a browser says of what origin the page is that asks so (Fetch standard, "append a request Origin")."""
    return headers.get(METHOD, "GET") not in {"GET", "HEAD"} or headers.get(SCHEME) in {"ws", "wss"}


def is_secure(headers: Mapping[str, str]) -> bool:
    """Whether a request came over https."""
    return headers.get(SCHEME) in {"https", "wss"}


def set_cookie(name: str, token: str, seconds: int, headers: Mapping[str, str]) -> list[str]:
    """The Set-Cookie headers with which the request with these headers is answered; none is kept for 0 seconds."""
    plain = f"{name}={token}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax"
    if not is_secure(headers):
        return [plain]
    secure = f"{_SECURE_PREFIX}{plain}; Secure"
    return [secure] if seconds else [secure, plain]


def token_of(auth: object) -> str | None:
    """The token in a Socket.IO handshake's `auth`, None without one. Raises BadRequest where it is no text."""
    if not isinstance(auth, dict) or auth.get("token") is None:
        return None
    token = auth["token"]
    if not isinstance(token, str):
        raise BadRequest("`token` must be text.", field="token")
    return token


def _bearer(authorization: str) -> str | None:
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None

"""Who is asking: tokens and the session cookie.

The headers that are judged here have lower-case names, and `METHOD` and `SCHEME` among them, which HTTP/2 counts as
headers too.
"""

from collections.abc import Collection, Mapping
from http.cookies import CookieError, SimpleCookie

from chatapp.domain.entities import Session
from chatapp.errors import BadRequest, NotIdentified
from chatapp.services.accounts import Accounts
from chatapp.transport.hosts import is_own

# No token of ours is longer; nothing longer is worth hashing.
LONGEST_TOKEN = 200
METHOD, SCHEME = ":method", ":scheme"
# A cookie of such a name is Secure, of this host alone and for all of its paths, or browsers take none: what somebody
# on the network sets over http cannot stand in for it (RFC 6265bis, section 4.1.3.2).
_SECURE_PREFIX = "__Host-"


class Access:
    """Judges requests. The cookie's name holds the installation's id, since cookies do not tell ports apart.

    Over https the cookie has another name, and one of http counts where there is none.
    """

    def __init__(self, accounts: Accounts, origins: Collection[str], installation_id: str) -> None:
        self._accounts = accounts
        self.origins = frozenset(origins)
        self.cookie_name = f"chatapp_{installation_id}"

    async def identify(self, headers: Mapping[str, str], token: str | None = None) -> Session | None:
        """The session a request comes with, None without one.

        An explicit token beats the cookie; a bad one is NotIdentified. A dead cookie counts as none, and so does one
        that comes from another origin, or with a change or a websocket from none: browsers name it with these.
        """
        explicit = token if token is not None else _bearer(headers.get("authorization", ""))
        if explicit is not None:
            if len(explicit) > LONGEST_TOKEN:
                raise NotIdentified("That token is no good.")
            return await self._accounts.identify(explicit)
        cookie = self._cookie(headers)
        if cookie is None:
            return None
        try:
            return await self._accounts.identify(cookie)
        except NotIdentified:
            return None

    def _cookie(self, headers: Mapping[str, str]) -> str | None:
        origin = headers.get("origin", "")
        if ("origin" in headers or _names_origin(headers)) and not is_own(origin, headers.get("host", "")):
            return None
        # Whoever can change what comes over http can let its pages ask over https: these get no secure cookie.
        is_secure_page = is_secure(headers) and not origin.lower().startswith("http:")
        names = [_SECURE_PREFIX + self.cookie_name, self.cookie_name] if is_secure_page else [self.cookie_name]
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

"""Stands in front of everything, page, REST and Socket.IO alike: who comes for another host, or is sent by a page of
another origin, goes no further. Every answer gets the headers that bind browsers.

Guarantees: whatever is inside is reached only under a host that is ours, so a name that somebody lets lead to this
machine (DNS rebinding) opens nothing. An unsafe request, and every request to Socket.IO, that a page makes comes from a
page of that same host or of a listed origin. Forwarded headers are judged here and go no further (`proxies.py`).

Cost: some microseconds a request. What comes over an open WebSocket does not pass here.
"""

from collections.abc import Callable, Collection, Iterable, MutableMapping
from html import escape
from http import HTTPStatus
from typing import Any

import msgspec

from chatapp.errors import BadRequest, ChatError, Forbidden, Misdirected
from chatapp.transport import headers, hosts
from chatapp.transport.assets import Application, Receive, Scope, Send, wants_page
from chatapp.transport.proxies import Proxies
from chatapp.transport.websocket import EXTENSION

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_SOCKET_IO = "/socket.io"
_FOREIGN = frozenset({"cross-site", "same-site"})


class Gate:
    """Lets requests through to `inside`. `known` are the names and addresses of this server at this moment, `origins`
    whose pages may use it besides its own, `proxies` the addresses and networks of trusted ones.
    """

    def __init__(
        self,
        inside: Application,
        known: Callable[[], Collection[str]],
        *,
        origins: Collection[str] = (),
        proxies: Iterable[str] = (),
    ) -> None:
        self._inside = inside
        self._known = known
        self._origins = frozenset(origins)
        self._proxies = Proxies(proxies)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, as ASGI has it."""
        scope = self._proxies.seen_through(scope)
        if scope["type"] == "http":
            send = _telling(scope, send)
        try:
            host = self._host(scope)
            self._check_origin(scope, host)
        except ChatError as error:
            return await _refuse(scope, send, error)
        return await self._inside(scope, receive, send)

    def _host(self, scope: Scope) -> str:
        """The Host header. Raises BadRequest where there is not one, Misdirected where it is not ours."""
        asked = _values(scope, b"host")
        name = hosts.named(asked[0]) if len(asked) == 1 else None
        if name is None:
            raise BadRequest("A request names one host, in its Host header.")
        if not hosts.is_ours(name, (scope.get("server") or ("",))[0], self._known()):
            raise Misdirected(
                f"This server is not called {name}. Use the address that its host shows, or ask them to add this name "
                "to CHATAPP_ALLOWED_HOSTS."
            )
        return asked[0]

    def _check_origin(self, scope: Scope, host: str) -> None:
        """Raise Forbidden when a page of an origin that is neither ours nor listed asks for a change, or for a socket;
        BadRequest when it says that it is of several.
        """
        if scope["type"] == "http" and scope["method"] in _SAFE and not _is_socket(scope["path"]):
            return
        origins = _values(scope, b"origin")
        if len(origins) > 1:
            raise BadRequest("A request comes from one origin.")
        if any(origin in self._origins for origin in origins):
            return
        # Browsers leave the second out on plain http, where the first is all there is.
        is_foreign = not _FOREIGN.isdisjoint(_values(scope, b"sec-fetch-site"))
        if is_foreign or not all(hosts.is_own(origin, host) for origin in origins):
            page = f"Pages of {origins[0]}" if origins else "Pages from elsewhere"
            raise Forbidden(f"{page} may not use this chat. The host can list them in CHATAPP_CORS_ORIGINS.")


def _values(scope: Scope, name: bytes) -> list[str]:
    return [value.decode("latin-1") for line, value in scope["headers"] if line == name]


def _is_socket(path: str) -> bool:
    # As the library finds its path.
    return f"{path}/".startswith(f"{_SOCKET_IO}/")


def _telling(scope: Scope, send: Send) -> Send:
    """`send`, with what every answer has that the answer itself does not say otherwise."""
    host = hosts.named(next(iter(_values(scope, b"host")), "")) or ""
    told = headers.OF_ALL_ON_TRUSTED if scope["scheme"] == "https" or hosts.is_loopback(host) else headers.OF_ALL

    async def tell(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            said = {name.lower() for name, _ in message["headers"]}
            more = [(name, value) for name, value in told if name not in said]
            message = {**message, "headers": [*message["headers"], *more]}
        await send(message)

    return tell


async def _refuse(scope: Scope, send: Send, error: ChatError) -> None:
    status = HTTPStatus(error.status)
    is_page = scope["type"] == "http" and wants_page(",".join(_values(scope, b"accept")))
    body = _page(status, error) if is_page else msgspec.json.encode({"error": error.message, "code": error.code})
    kind = "text/html; charset=utf-8" if is_page else "application/json"
    lines = headers.lines({"Content-Type": kind})
    if scope["type"] == "websocket":
        line = f"{status} {status.phrase}".encode()
        scope["extensions"][EXTENSION].respond(line, [*lines, *headers.OF_ALL], body)
        return
    lines += headers.lines({"Content-Length": str(len(body))})
    await send({"type": "http.response.start", "status": status, "headers": lines})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


def _page(status: HTTPStatus, error: ChatError) -> bytes:
    """The refusal for people. It names no other address: a page that lets its name lead here can read it."""
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{status.phrase}</title><p>{escape(error.message)}</p>"
    ).encode()

"""The browser app: static files with the right headers, precompressed where the build made them so.

Files named by their content (`/static/assets/…`) are kept by browsers for ever; all others are asked for again each
time and answered with 304 when nothing has changed. It stands before the application and needs none of it, so a page is
there before the rest of the program is.
"""

import hashlib
import mimetypes
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

from msgspec import Struct

from chatapp.transport import headers

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

_FOREVER = "public, max-age=31536000, immutable"
_ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
_TEXT = ("text/", "application/javascript", "application/json", "image/svg+xml", "application/manifest+json")
_PREFIX = "/static/"


class _File(Struct, frozen=True):
    content_type: str
    etag: str
    bodies: dict[str, bytes]
    """Encoding → bytes; "" is the file as it is."""


class Assets:
    """Serves the files of `static`, and leaves every other request to the application that `rest` waits for.

    A `config.js` in `data_dir` stands in for the one there. `places` are the origins at which this server is reached.
    """

    def __init__(
        self,
        static: Path,
        data_dir: Path,
        rest: Callable[[], Awaitable[Application]],
        places: Callable[[], Iterable[str]],
    ) -> None:
        self._static = static.resolve()
        self._own_config = data_dir / "config.js"
        self._rest = rest
        self._places = places
        self._files: dict[str, _File] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, as ASGI has it."""
        if scope["type"] == "http" and scope["method"] in {"GET", "HEAD"}:
            asked = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
            answer = self._find(scope["path"], asked)
            if answer is not None:
                return await self._send(answer, asked, scope["method"], send)
        return await (await self._rest())(scope, receive, send)

    def _find(self, path: str, asked: dict[str, str]) -> tuple[_File, str] | None:
        """The file asked for, and how long it is kept; None where it is none of ours."""
        if path == "/":
            # Programs that asked this address before there was a page here get what they expect from the application.
            return self._named("index.html", "no-cache") if wants_page(asked.get("accept", "")) else None
        if path == "/trust":
            return self._named("trust/index.html", "no-cache")
        if path == "/worker.js":
            # A worker is for the pages of the folder it comes from, and below.
            return self._named("worker.js", "no-cache")
        if path == "/config.js":
            return self._config()
        if path.startswith(_PREFIX):
            name = path.removeprefix(_PREFIX)
            return self._named(name, _FOREVER if name.startswith("assets/") else "no-cache")
        return None

    def _config(self) -> tuple[_File, str] | None:
        if self._own_config.is_file():
            return _File("text/javascript; charset=utf-8", "", {"": self._own_config.read_bytes()}), "no-store"
        return self._named("config.js", "no-store")

    def _named(self, name: str, cache: str) -> tuple[_File, str] | None:
        file = self._files.get(name) or self._load(name)
        return None if file is None else (file, cache)

    async def _send(self, found: tuple[_File, str], asked: dict[str, str], method: str, send: Send) -> None:
        file, cache = found
        told = {"Content-Type": file.content_type, "Cache-Control": cache, "Vary": "Accept-Encoding"}
        told["Content-Security-Policy"] = headers.policy(asked["host"], self._places())
        encoding = _best(file, asked.get("accept-encoding", ""))
        status, body = HTTPStatus.OK, file.bodies[encoding]
        if file.etag:
            told["ETag"] = f'"{file.etag}"'
        if file.etag and f'"{file.etag}"' in asked.get("if-none-match", ""):
            status, body = HTTPStatus.NOT_MODIFIED, b""
        elif encoding:
            told["Content-Encoding"] = encoding
        if status == HTTPStatus.OK:
            told["Content-Length"] = str(len(body))
        await send({"type": "http.response.start", "status": status, "headers": headers.lines(told)})
        await send({"type": "http.response.body", "body": b"" if method == "HEAD" else body})

    def _load(self, name: str) -> _File | None:
        path = (self._static / name).resolve() if "\0" not in name else self._static
        if not path.is_relative_to(self._static) or path.name.startswith(".") or not path.is_file():
            return None
        bodies = {"": path.read_bytes()}
        for encoding, suffix in _ENCODINGS:
            packed = path.with_name(path.name + suffix)
            if packed.is_file():
                bodies[encoding] = packed.read_bytes()
        file = _File(_content_type(name), hashlib.sha256(bodies[""]).hexdigest()[:16], bodies)
        self._files[name] = file
        return file


def wants_page(accept: str) -> bool:
    """Whether HTML stands in an Accept header with more weight than JSON."""
    weights = dict(map(_weighed, accept.lower().split(",")))
    anything = weights.get("*/*", 0.0)
    html = weights.get("text/html", weights.get("text/*", anything))
    return html > weights.get("application/json", weights.get("application/*", anything))


def _best(file: _File, accepted: str) -> str:
    """The best encoding of a file that an Accept-Encoding header allows."""
    weights = dict(map(_weighed, accepted.lower().split(",")))
    return next((one for one, _ in _ENCODINGS if one in file.bodies and weights.get(one, 0.0) > 0), "")


def _weighed(part: str) -> tuple[str, float]:
    """`text/html;q=0.8` → its name and weight; a weight that is no number is none."""
    name, *parameters = (piece.strip() for piece in part.split(";"))
    weight = next((one.removeprefix("q=") for one in parameters if one.startswith("q=")), "1")
    try:
        return name, float(weight)
    except ValueError:
        return name, 0.0


_TYPES = {".js": "text/javascript", ".webmanifest": "application/manifest+json"}


def _content_type(name: str) -> str:
    # Windows keeps its own ideas of what .js is in its registry: the ones that matter are said here.
    kind = _TYPES.get(Path(name).suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith(_TEXT) else kind

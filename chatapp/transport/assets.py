"""The browser app: static files with the right headers, precompressed where the build made them so.

Files named by their content (`/static/assets/…`) are kept by browsers for ever; all others are asked for again each
time and answered with 304 when nothing has changed.
"""

import hashlib
import mimetypes
from pathlib import Path
from typing import Any

from msgspec import Struct
from quart import Quart, Response, request
from werkzeug.exceptions import NotFound

from chatapp.domain.events import rfc3339

_FOREVER = "public, max-age=31536000, immutable"
_ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
_TEXT = ("text/", "application/javascript", "application/json", "image/svg+xml", "application/manifest+json")


class _File(Struct, frozen=True):
    content_type: str
    etag: str
    bodies: dict[str, bytes]
    """Encoding → bytes; "" is the file as it is."""


class Assets:
    """Serves the files of `static`; a `config.js` in `data_dir` stands in for the one there. `clock` gives
    milliseconds.
    """

    def __init__(self, static: Path, data_dir: Path, *, service: str, clock: Any) -> None:
        self._static = static.resolve()
        self._own_config = data_dir / "config.js"
        self._service = service
        self._clock = clock
        self._files: dict[str, _File] = {}

    def add_to(self, app: Quart) -> None:
        """Add the routes of the browser app."""
        app.add_url_rule("/", "page", self._page, methods=["GET"])
        app.add_url_rule("/config.js", "config", self._config, methods=["GET"])
        app.add_url_rule("/static/<path:name>", "asset", self._asset, methods=["GET"])

    async def _page(self) -> Response | dict[str, str]:
        # Programs that asked this address before there was a page here still get what they expect.
        best = request.accept_mimetypes.best_match(["application/json", "text/html"])
        if best == "text/html" and request.accept_mimetypes["text/html"] > request.accept_mimetypes["application/json"]:
            return self._answer("index.html", "no-cache")
        return {"status": "healthy", "service": self._service, "timestamp": rfc3339(self._clock())}

    async def _config(self) -> Response:
        if self._own_config.is_file():
            body = self._own_config.read_bytes()
            return Response(body, content_type="text/javascript; charset=utf-8", headers={"Cache-Control": "no-store"})
        return self._answer("config.js", "no-store")

    async def _asset(self, name: str) -> Response:
        return self._answer(name, _FOREVER if name.startswith("assets/") else "no-cache")

    def _answer(self, name: str, cache: str) -> Response:
        file = self._files.get(name) or self._load(name)
        accepted = {name for name, quality in request.accept_encodings if quality > 0}
        encoding = next((one for one, _ in _ENCODINGS if one in file.bodies and one in accepted), "")
        headers = {"Cache-Control": cache, "ETag": f'"{file.etag}"', "Vary": "Accept-Encoding"}
        if file.etag in request.if_none_match:
            return Response(b"", status=304, headers=headers)
        if encoding:
            headers["Content-Encoding"] = encoding
        return Response(file.bodies[encoding], content_type=file.content_type, headers=headers)

    def _load(self, name: str) -> _File:
        path = (self._static / name).resolve()
        if not path.is_relative_to(self._static) or path.name.startswith(".") or not path.is_file():
            raise NotFound
        bodies = {"": path.read_bytes()}
        for encoding, suffix in _ENCODINGS:
            packed = path.with_name(path.name + suffix)
            if packed.is_file():
                bodies[encoding] = packed.read_bytes()
        file = _File(_content_type(name), hashlib.sha256(bodies[""]).hexdigest()[:16], bodies)
        self._files[name] = file
        return file


_TYPES = {".js": "text/javascript", ".webmanifest": "application/manifest+json"}


def _content_type(name: str) -> str:
    # Windows keeps its own ideas of what .js is in its registry: the ones that matter are said here.
    kind = _TYPES.get(Path(name).suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith(_TEXT) else kind

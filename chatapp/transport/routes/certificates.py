"""The certificate that devices are told to trust, for the page that says how (`/trust`, a file of the browser app)."""

import hashlib
from collections.abc import Awaitable, Callable
from urllib.parse import quote

from msgspec import Struct

from chatapp.errors import NotFound
from chatapp.transport.http import Answer, Call, Route


class Certificate(Struct, frozen=True):
    """The certificate of this chat's authority: the chat's name, what the file is called, and its fingerprints, two
    digits a byte. Most systems show the first, Windows asks with the second.
    """

    name: str
    file: str
    sha256: str
    sha1: str


class CertificateRoutes:
    """`authority` gives the certificate in DER, None while the chat is not served over https; `name` is the chat's."""

    def __init__(self, authority: Callable[[], Awaitable[bytes | None]], name: Callable[[], str]) -> None:
        self._authority = authority
        self._name = name

    def routes(self) -> list[Route]:
        """The routes."""
        return [
            Route("GET", "/ca.crt", self.file, media_type="application/x-x509-ca-cert", is_open=True),
            Route("GET", "/api/certificate", self.certificate, Certificate, is_open=True),
        ]

    async def file(self, _call: Call) -> Answer:
        """The certificate, for devices to trust. It can vouch for private addresses and local names alone."""
        # Inline: so Safari on iOS offers to install it and Firefox to trust it; all others save it under this name.
        disposition = f"inline; filename=\"ca.crt\"; filename*=UTF-8''{quote(self._file_name(), safe='')}"
        headers = {"Content-Disposition": disposition}
        return Answer(await self._found(), media_type="application/x-x509-ca-cert", headers=headers)

    async def certificate(self, _call: Call) -> Certificate:
        """What there is to know of that certificate, and to compare before trusting it."""
        found = await self._found()
        sha1 = hashlib.sha1(found, usedforsecurity=False).hexdigest()
        return Certificate(self._name(), self._file_name(), hashlib.sha256(found).hexdigest(), sha1)

    def _file_name(self) -> str:
        # What no system allows in the name of a file, and what would hide it.
        kept = "".join(" " if character in '\\/:*?"<>|' else character for character in self._name())
        return f"{' '.join(kept.split()).strip('. ') or 'chat'}.crt"

    async def _found(self) -> bytes:
        found = await self._authority()
        if found is None:
            raise NotFound("This chat is not served over https.")
        return found

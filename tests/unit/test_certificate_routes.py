"""What is told of the certificate that devices are to trust."""

import hashlib

import pytest

from chatapp.errors import NotFound
from chatapp.transport.http import Call
from chatapp.transport.routes.certificates import CertificateRoutes

AUTHORITY = b"a certificate"
CALL = Call(session=None, path={}, query=None, body=None, headers={}, address="")


def routes(name: str, authority: bytes | None = AUTHORITY) -> CertificateRoutes:
    """The routes of a chat of this name."""

    async def found() -> bytes | None:
        return authority

    return CertificateRoutes(found, lambda: name)


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("Workshop", "Workshop.crt"),
        ("Büro 4", "Büro 4.crt"),
        ('../a\\b: "c"?', "a b c.crt"),
        ("...", "chat.crt"),
        ("AC/DC", "AC DC.crt"),
    ],
)
async def test_the_file_is_called_as_the_chat(name: str, file: str) -> None:
    assert (await routes(name).certificate(CALL)).file == file


async def test_it_comes_as_browsers_take_certificates() -> None:
    answer = await routes('Büro "4"; x=y\r\n').file(CALL)
    assert answer.body == AUTHORITY
    assert answer.media_type == "application/x-x509-ca-cert"
    assert answer.headers == {
        "Content-Disposition": "inline; filename=\"ca.crt\"; filename*=UTF-8''B%C3%BCro%204%20%3B%20x%3Dy.crt"
    }


async def test_its_fingerprints_are_those_of_the_file() -> None:
    told = await routes("Workshop").certificate(CALL)
    assert (told.name, told.sha256) == ("Workshop", hashlib.sha256(AUTHORITY).hexdigest())
    assert told.sha1 == hashlib.sha1(AUTHORITY).hexdigest()


async def test_without_https_there_is_none() -> None:
    for handle in (routes("Workshop", None).file, routes("Workshop", None).certificate):
        with pytest.raises(NotFound):
            await handle(CALL)

"""Asks the chat that runs in the data folder, on behalf of the operator."""

import http.client
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar
from urllib.parse import urlsplit

import msgspec

from chatapp.data_folder import Running
from chatapp.errors import StartRefused

# A running chat removes in small slices, between what people send: millions of messages take minutes.
_LONGEST_SECONDS = 3600

Answer = TypeVar("Answer")


class _Refused(msgspec.Struct):
    """Why a running chat did not do it."""

    error: str


class _Link(msgspec.Struct):
    """A running chat's link that works once."""

    url: str


def ask(running: Running, method: str, path: str, form: type[Answer], asked: dict[str, Any] | None = None) -> Answer:
    """Return what the running chat answers. Raises StartRefused when it refuses, or does not answer."""
    at = urlsplit(running.url)
    connection = http.client.HTTPConnection(at.hostname or "", at.port, timeout=_LONGEST_SECONDS)
    try:
        headers = {"Authorization": f"Bearer {running.secret}", "Content-Type": "application/json"}
        connection.request(method, path, body=msgspec.json.encode(asked or {}), headers=headers)
        reply = connection.getresponse()
        body = reply.read()
        if reply.status >= http.client.BAD_REQUEST:
            raise StartRefused(msgspec.json.decode(body, type=_Refused).error)
        return msgspec.json.decode(body or b"null", type=form)
    except (OSError, http.client.HTTPException, msgspec.DecodeError) as error:
        raise StartRefused(f"The chat at {running.url} did not answer: {error}.", exit_code=1) from error
    finally:
        connection.close()


def host_link(running: Running) -> str:
    """A link that makes whoever opens it on this machine a host, once."""
    return ask(running, "POST", "/api/admin/host-link", _Link).url


class Download(msgspec.Struct):
    """A file that a running chat writes: what it is called, its pieces, and how many messages are in it, if known."""

    file_name: str
    pieces: Iterator[bytes]
    count: int | None


@contextmanager
def download(running: Running, path: str) -> Iterator[Download]:
    """A file from the running chat. Raises StartRefused when it refuses, or breaks off."""
    with _asked(running, "GET", path) as reply:
        name = reply.headers.get_filename() or "export"
        count = reply.headers.get("Chatapp-Messages")
        yield Download(name, _pieces(reply), None if count is None else int(count))


def upload(running: Running, path: str, body: Iterator[bytes], form: type[Answer]) -> Answer:
    """What the running chat answers to a file. Raises StartRefused when it refuses, or does not answer."""
    with _asked(running, "POST", path, body) as reply:
        return msgspec.json.decode(reply.read(), type=form)


def _pieces(reply: http.client.HTTPResponse) -> Iterator[bytes]:
    while piece := reply.read1(1 << 20):
        yield piece


@contextmanager
def _asked(
    running: Running, method: str, path: str, body: Iterator[bytes] | None = None
) -> Iterator[http.client.HTTPResponse]:
    at = urlsplit(running.url)
    connection = http.client.HTTPConnection(at.hostname or "", at.port, timeout=_LONGEST_SECONDS)
    try:
        headers = {"Authorization": f"Bearer {running.secret}", "Content-Type": "application/octet-stream"}
        if body is not None:
            headers["Transfer-Encoding"] = "chunked"
        connection.request(method, path, body=body, headers=headers, encode_chunked=body is not None)
        reply = connection.getresponse()
        if reply.status >= http.client.BAD_REQUEST:
            raise StartRefused(msgspec.json.decode(reply.read(), type=_Refused).error)
        yield reply
    except (OSError, http.client.HTTPException, msgspec.DecodeError) as error:
        raise StartRefused(f"The chat at {running.url} broke off: {error}.", exit_code=1) from error
    finally:
        connection.close()

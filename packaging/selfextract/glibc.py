"""Tells which version of the C library (glibc) the programs and libraries of a folder need.

Each binary lists, by library, the versions it was linked against (its section .gnu.version_r; "Symbol Versioning" in
the Linux Standard Base). The newest of them all is the least that a system must have.
"""

import re
import struct
from collections.abc import Iterator
from pathlib import Path

Version = tuple[int, int]

_ELF64_LITTLE = b"\x7fELF\x02\x01"
_NEEDED_VERSIONS = 0x6FFFFFFE  # SHT_GNU_verneed


def needed(folder: Path) -> Version:
    """Return the version that everything in `folder` is content with, such as (2, 28)."""
    return max((found for path in folder.rglob("*") if path.is_file() for found in _of(path)), default=(0, 0))


def _of(path: Path) -> Iterator[Version]:
    with path.open("rb") as file:
        if file.read(len(_ELF64_LITTLE)) != _ELF64_LITTLE:
            return
    names = b"\0".join(_version_names(path.read_bytes())).decode("ascii", "replace")
    for major, minor in re.findall(r"\bGLIBC_(\d+)\.(\d+)", names):
        yield int(major), int(minor)


def _version_names(binary: bytes) -> Iterator[bytes]:
    """Yield the names of the versions that a 64-bit little-endian binary asks of its libraries."""
    at, size, number = struct.unpack_from("<Q10xHH", binary, 0x28)[0], *struct.unpack_from("<HH", binary, 0x3A)
    sections = [struct.unpack_from("<IIQQQQIIQQ", binary, at + size * index) for index in range(number)]
    for _, kind, _, _, offset, _, strings, libraries, *_ in sections:
        if kind == _NEEDED_VERSIONS:
            yield from _names(binary, offset, libraries, sections[strings][4])


def _names(binary: bytes, library: int, libraries: int, strings: int) -> Iterator[bytes]:
    for _ in range(libraries):
        _, versions, _, first, following = struct.unpack_from("<HHIII", binary, library)
        version = library + first
        for _ in range(versions):
            _, _, _, name, step = struct.unpack_from("<IHHII", binary, version)
            yield binary[strings + name : binary.index(b"\0", strings + name)]
            version += step
        library += following

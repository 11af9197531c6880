"""Puts the folder build into one file that unpacks itself, on Linux; stub.c says what that file does when it starts.

packaging/freeze.py uses it. `python packaging/selfextract/pack.py TARGET` only compiles the stub, for another system.
"""

import ctypes
import ctypes.util
import hashlib
import os
import shutil
import stat
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
SOURCES = (HERE / "stub.c", *HERE.glob("*.h"))
MAGIC = b"CHATAPP1"

# The window is nearly all the memory that unpacking takes: 8 MB. The highest level with the largest window would save
# a thirtieth of the file.
LEVEL = 19
WINDOW_LOG = 23
# Parameters of ZSTD_CCtx_setParameter, from zstd.h: their numbers are part of the library's stable interface.
_COMPRESSION_LEVEL, _WINDOW_LOG, _WORKERS = 100, 101, 400


def build_stub(target: Path) -> Path | None:
    """Return the compiled stub; None, having said why, where it cannot be compiled.

    One that lies at `target` and is newer than its sources is taken as it is: it needs no C library of its own, so an
    old system may be given one that a newer system compiled.
    """
    if target.is_file() and all(target.stat().st_mtime >= source.stat().st_mtime for source in SOURCES):
        return target
    compiler = shutil.which(os.environ.get("CC", "cc"))
    if compiler is None or _zstd() is None or sys.byteorder != "little":
        print("No C compiler or no libzstd here.", file=sys.stderr)
        return None
    target.parent.mkdir(parents=True, exist_ok=True)
    flags = ("-O2", "-static", "-s", "-Wall", "-Wextra", "-Werror", "-ffunction-sections", "-Wl,--gc-sections")
    made = subprocess.run(
        [compiler, *flags, "-o", target, SOURCES[0], "-lzstd"], capture_output=True, text=True, check=False
    )
    if made.returncode:
        print(made.stderr.strip().splitlines()[-1], file=sys.stderr)
        return None
    return target


def pack(folder: Path, stub: Path, target: Path, *, needs: tuple[int, int]) -> None:
    """Write `target`: the stub with `folder` in it. `needs` is the version of the C library that the folder needs."""
    payload, index = compressed(b"".join(_entries(folder))), _index(folder)
    beginning = stub.read_bytes()
    whole = beginning + payload + index
    numbers = struct.pack("<QQQHH", len(beginning), len(payload), len(index), *needs)
    digest = hashlib.sha256(whole).digest()
    check = hashlib.sha256(numbers + bytes(4) + digest + MAGIC).digest()[:4]
    part = target.with_name(target.name + ".part")
    part.write_bytes(whole + numbers + check + digest + MAGIC)
    part.chmod(0o755)
    part.replace(target)


def compressed(content: bytes) -> bytes:
    """Return `content` as one zstd frame. Takes about twenty seconds for sixty megabytes on two cores."""
    zstd = _zstd()
    assert zstd is not None, "build_stub looked for it"
    zstd.ZSTD_createCCtx.restype = ctypes.c_void_p
    zstd.ZSTD_compressBound.restype = zstd.ZSTD_compress2.restype = ctypes.c_size_t
    context = ctypes.c_void_p(zstd.ZSTD_createCCtx())
    for parameter, value in ((_COMPRESSION_LEVEL, LEVEL), (_WINDOW_LOG, WINDOW_LOG), (_WORKERS, 2)):
        zstd.ZSTD_CCtx_setParameter(context, parameter, value)
    room = zstd.ZSTD_compressBound(ctypes.c_size_t(len(content)))
    into = ctypes.create_string_buffer(room)
    length: int = zstd.ZSTD_compress2(context, into, ctypes.c_size_t(room), content, ctypes.c_size_t(len(content)))
    zstd.ZSTD_freeCCtx(context)
    if zstd.ZSTD_isError(ctypes.c_size_t(length)):
        raise OSError("zstd could not compress the program.")
    return into.raw[:length]


def _entries(folder: Path) -> Iterator[bytes]:
    for path in _sorted(folder):
        kind, content = _kind(path), b""
        if kind == b"l":
            content = os.fsencode(path.readlink())
        elif kind != b"d":
            content = path.read_bytes()
        name = os.fsencode(path.relative_to(folder))
        yield struct.pack("<cxHI", kind, len(name), len(content)) + name + content
    yield struct.pack("<cxHI", b"e", 0, 0)


def _index(folder: Path) -> bytes:
    """Return the size and the path of every file, each line ended by a zero."""
    files = (path for path in _sorted(folder) if _kind(path) in {b"f", b"x"})
    return b"".join(b"%d %s\0" % (path.stat().st_size, os.fsencode(path.relative_to(folder))) for path in files)


def _sorted(folder: Path) -> list[Path]:
    """Return what is in `folder`: each folder before what is in it, and likes together, which packs better."""
    return sorted(folder.rglob("*"), key=lambda path: (_kind(path) != b"d", _kind(path) != b"d" and path.suffix, path))


def _kind(path: Path) -> bytes:
    mode = path.lstat().st_mode
    if stat.S_ISLNK(mode):
        return b"l"
    if stat.S_ISDIR(mode):
        return b"d"
    return b"x" if mode & stat.S_IXUSR and path.suffix == "" else b"f"


def _zstd() -> ctypes.CDLL | None:
    name = ctypes.util.find_library("zstd")
    return None if name is None else ctypes.CDLL(name)


if __name__ == "__main__":
    sys.exit(0 if build_stub(Path(sys.argv[1])) else "The stub could not be compiled.")

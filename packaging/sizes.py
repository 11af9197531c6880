"""Says what takes how much of the program: `python packaging/sizes.py`, after make dist.

Each row packed by itself, as the one-file program packs everything together; so the rows add up to a little more.
"""

import sys
from collections import defaultdict
from pathlib import Path

from selfextract import pack

FOLDER = Path(__file__).resolve().parent.parent / "dist" / "chatapp-folder"
# What a file belongs to, by the beginning of its path below _internal; the rest of the files there is Python's library.
PARTS = {
    "browser app": ("chatapp/static",),
    "chatapp and migrations": ("chatapp",),
    "Python itself": ("libpython", "../chatapp"),
    "OpenSSL of Python": ("libcrypto", "libssl"),
    "cryptography": ("cryptography", "_cffi_backend"),
    "C++ library (greenlet)": ("libstdc++", "libgcc_s", "greenlet"),
    "SQLAlchemy": ("sqlalchemy",),
    "Alembic, Mako": ("alembic", "mako"),
    "SQLite": ("pysqlite3",),
    "uvloop": ("uvloop",),
    "zeroconf": ("zeroconf",),
    "Unicode database": ("lib-dynload/unicodedata",),
    "East Asian codecs": ("lib-dynload/_codecs",),
    "Quart, Flask, Werkzeug, Jinja": ("quart", "flask", "werkzeug", "jinja2", "markupsafe", "click", "hypercorn"),
    "uvicorn, httptools, websockets": ("uvicorn", "httptools", "websockets", "h11", "h2", "hpack", "wsproto"),
    "Socket.IO, Engine.IO": ("socketio", "engineio", "bidict"),
    "msgspec": ("msgspec",),
    "other libraries": ("emoji", "filelock", "segno", "precis_i18n", "platformdirs", "attr", "aiosqlite", "aiofiles"),
}
REST = "Python's library"


def main() -> None:
    """Print a row for each part, the largest first."""
    if not FOLDER.is_dir():
        sys.exit(f"{FOLDER} is not there: make dist builds it.")
    parts: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(FOLDER.rglob("*")):
        if path.is_file() and not path.is_symlink():
            parts[part_of(path)].append(path)
    rows = [(name, *sizes(paths)) for name, paths in parts.items()]
    print(f"{'MB':<34}{'packed':>8}{'unpacked':>10}")
    for name, packed, unpacked in sorted(rows, key=lambda row: -row[1]):
        print(f"{name:<34}{packed / 1e6:>8.2f}{unpacked / 1e6:>10.2f}")


def part_of(path: Path) -> str:
    """Return the name of the part that a file belongs to."""
    inside = FOLDER / "_internal"
    place = path.relative_to(inside).as_posix() if path.is_relative_to(inside) else f"../{path.name}"
    place = place[place.find("lib-dynload") :] if "lib-dynload" in place else place
    found = ((name, begin) for name, begins in PARTS.items() for begin in begins)
    return next((name for name, begin in found if place.startswith(begin)), REST)


def sizes(paths: list[Path]) -> tuple[int, int]:
    """Return the bytes of these files, packed and as they are."""
    content = b"".join(path.read_bytes() for path in paths)
    return len(pack.compressed(content)), len(content)


if __name__ == "__main__":
    main()

"""Finds the program that listens on a port, where the system tells: on Linux by what /proc lets this user read."""

import contextlib
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

if sys.platform != "win32":
    import pwd

_LISTENS = "0A"
_TABLES = ("/proc/net/tcp", "/proc/net/tcp6")


def listening(port: int) -> str | None:
    """Return the name of the program that listens on `port`; `of the user NAME` where only that can be seen."""
    if not sys.platform.startswith("linux"):
        return None
    rows = [row for table in _TABLES for row in sockets_in(_text(Path(table))) if row[0] == port]
    name = _name({inode for _, _, inode in rows})
    if name is None and rows:
        return f"of the user {_user(rows[0][1])}"
    return name


def sockets_in(table: str) -> Iterator[tuple[int, int, str]]:
    """Yield port, user id and inode of every listening socket in a table of /proc/net."""
    for line in table.splitlines()[1:]:
        fields = line.split()
        if len(fields) > 9 and fields[3] == _LISTENS:
            yield int(fields[1].rpartition(":")[2], 16), int(fields[7]), fields[9]


def _name(inodes: set[str]) -> str | None:
    """Return the name of the process that holds one of these sockets, None when nobody who can be looked into does."""
    wanted = {f"socket:[{inode}]" for inode in inodes}
    for process in _numbered(Path("/proc")):
        # Processes end while we look, and those of others are closed to us.
        with contextlib.suppress(OSError):
            if any(str(link.readlink()) in wanted for link in (process / "fd").iterdir()):
                return _text(process / "comm").strip() or None
    return None


def _numbered(folder: Path) -> Iterable[Path]:
    return (each for each in folder.iterdir() if each.name.isdigit())


def _user(number: int) -> str:
    if sys.platform != "win32":
        with contextlib.suppress(KeyError):
            return pwd.getpwuid(number).pw_name
    return str(number)


def _text(path: Path) -> str:
    with contextlib.suppress(OSError):
        return path.read_text(encoding="utf-8", errors="replace")
    return ""

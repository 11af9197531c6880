"""The data folder: made private, held by one program at a time, with the secret key and the word of who runs in it."""

import contextlib
import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from chatapp.errors import StartRefused

DATABASE = "chat.sqlite3"
"""The file of the database in the data folder."""

SEARCH_INDEX = "search.sqlite3"
"""The file of the search index there; made anew when it is gone."""

BACKUPS = "backups"
"""The folder of the backups in the data folder."""

CERTIFICATES = "certificates"
"""The folder of the authority that vouches for this server, in the data folder."""

_SHORTEST_KEY = 16
# Any of these shows that a folder is a chat's, or was made ready to be one.
_OURS = frozenset({DATABASE, CERTIFICATES, "lock", "secret_key", BACKUPS, "config.js", ".env"})
_ANYWHERE = frozenset({"lost+found", "desktop.ini", "Thumbs.db", "log"})


@dataclass(frozen=True, slots=True)
class Running:
    """What running.json tells of the program that holds the folder. `secret` lets its reader act as the operator."""

    pid: int
    url: str
    secret: str


class InUse(Exception):
    """Another program holds the data folder; `running` tells of it, and is None while it starts or stops."""

    def __init__(self, path: Path, running: Running | None) -> None:
        where = f"the chat at {running.url}" if running else "a chat that is just starting or stopping"
        super().__init__(f"The data folder {path} is in use by {where}.")
        self.running = running


class DataFolder:
    """The folder at `path`, held from construction until `close`.

    The lock is the kernel's and ends with the process, however it ends. Raises InUse where another program holds the
    folder, StartRefused where it cannot be made or written, or holds other things and nothing of a chat.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._note = path / "running.json"
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            _refuse_strange(path)
            self._lock = FileLock(path / "lock", timeout=0, mode=0o600)
            self._lock.acquire()
        except Timeout:
            raise InUse(path, _read_note(self._note)) from None
        except OSError as error:
            raise StartRefused(f"The data folder {path} cannot be used: {error.strerror or error}.") from error
        self._note.unlink(missing_ok=True)

    def secret_key(self) -> str:
        """Return the key kept here, made at the first call. Raises StartRefused when the file holds none."""
        kept = self.path / "secret_key"
        if not kept.exists():
            _write_private(kept, secrets.token_urlsafe(32))
        key = kept.read_text(encoding="utf-8", errors="replace").strip()
        if len(key) < _SHORTEST_KEY:
            raise StartRefused(f"{kept} holds no key: restore it, or delete it to sign everyone out.")
        return key

    def announce(self, running: Running) -> None:
        """Let the commands of this machine's operator find the running program."""
        _write_private(self._note, json.dumps(asdict(running)))

    def close(self) -> None:
        """Take back the announcement and let go of the folder."""
        self._note.unlink(missing_ok=True)
        self._lock.release()


def _refuse_strange(path: Path) -> None:
    """Keep a chat out of a folder of something else, such as somebody's documents. Raises StartRefused."""
    names = {entry.name for entry in path.iterdir()}
    is_ours = any(name in _OURS or name.startswith(DATABASE) for name in names)
    # What systems put into any folder, logs, and hidden files, are nobody's things.
    things = {name for name in names - _ANYWHERE if not name.startswith(".") and not name.endswith(".log")}
    if things and not is_ours:
        raise StartRefused(
            f"The folder {path} holds other things ({min(things)}) and no chat: name one of its own with --data-dir.",
            exit_code=3,
        )


def _read_note(note: Path) -> Running | None:
    with contextlib.suppress(OSError, ValueError, TypeError):
        return Running(**json.loads(note.read_text(encoding="utf-8")))
    return None


def _write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)

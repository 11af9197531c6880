"""What is said to be wrong where nothing can be stored."""

import errno
import os
import sqlite3
import sys
import tempfile
from pathlib import Path
from typing import NoReturn

import pytest

from chatapp.storage import trouble


def refused(code: int = sqlite3.SQLITE_CANTOPEN) -> sqlite3.OperationalError:
    """What SQLite raises where the disk refuses a file."""
    error = sqlite3.OperationalError("unable to open database file")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.ENOSPC, "full"),
        (errno.EDQUOT, "full"),
        (errno.EROFS, "read_only"),
        (errno.EACCES, "read_only"),
        (errno.EIO, "failing"),
        (errno.ENFILE, "failing"),
    ],
)
def test_a_disk_is_called_what_it_refuses_a_file_for(
    number: int, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: object) -> NoReturn:
        raise OSError(number, "refused")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    assert trouble.kind(refused(), tmp_path / "chat.sqlite3", is_in_place=True) == kind


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit of open files to reach.")
def test_a_program_that_may_open_no_more_files_does_not_blame_the_disk(tmp_path: Path) -> None:
    import resource  # noqa: PLC0415 - there is none on Windows

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    spare = os.dup(0)
    os.close(spare)
    resource.setrlimit(resource.RLIMIT_NOFILE, (spare, hard))
    try:
        with pytest.raises(sqlite3.OperationalError) as raised:
            sqlite3.connect(tmp_path / "chat.sqlite3").execute("CREATE TABLE t (a)")
        assert trouble.kind(raised.value, tmp_path / "chat.sqlite3", is_in_place=True) == "failing"
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

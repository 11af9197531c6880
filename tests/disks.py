"""Small disks of a test's own, in files: to be filled, spoiled and taken away."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

MEGABYTES = 40


@cache
def _why_not() -> str | None:
    if sys.platform != "linux" or os.geteuid() != 0:
        return "mounting a disk of one's own needs root on Linux"
    tried = subprocess.run(["unshare", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"], check=False)
    return None if tried.returncode == 0 else "this machine lets nobody mount anything"


def need() -> None:
    """Skip the test where no disk can be mounted."""
    why_not = _why_not()
    if why_not is not None:
        pytest.skip(why_not)


@contextmanager
def small_disk(place: Path) -> Iterator[Path]:
    """A disk of a few megabytes in memory, mounted at `place`."""
    need()
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "none", place], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


@contextmanager
def real_disk(place: Path) -> Iterator[Path]:
    """A disk with an ext4 file system in a file beside `place`, mounted there."""
    need()
    image = place.with_name(f"{place.name}.image")
    with image.open("wb") as file:
        file.truncate(MEGABYTES * 1_000_000)
    subprocess.run(["mkfs.ext4", "-q", "-F", image], check=True)
    place.mkdir()
    if subprocess.run(["mount", "-o", "loop", image, place], check=False).returncode != 0:
        pytest.skip("this machine has no loop devices")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


def fill(folder: Path) -> Path:
    """Write to a disk until nothing more fits; return the file that is in the way."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 65_536)
        except OSError:
            return ballast


def forbid_writing(folder: Path, *, forbidden: bool) -> None:
    """Let nothing in a folder of a real disk be written, files that are open included, or all be as before.

    But for the memory that connections share: on a disk that is read-only it stays writable until it is written out.
    """
    files = [one for one in (folder, *folder.iterdir()) if not one.name.endswith("-shm")]
    subprocess.run(["chattr", "+i" if forbidden else "-i", *files], check=True)

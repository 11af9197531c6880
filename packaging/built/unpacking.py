"""Tries the one-file program of Linux against what can happen to a file and to a cache."""

import hashlib
import os
import shutil
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from built.program import check
from selfextract.pack import MAGIC

if sys.platform != "win32":
    import fcntl

SECONDS = 30
# See `struct trailer` in selfextract/stub.c: three numbers of 8 bytes, glibc, check, SHA-256, magic.
TRAILER_BYTES = 72
GLIBC_AT, CHECK_AT = 24, 28


def is_ours(program: Path) -> bool:
    """Tell whether a program is one that our stub unpacks."""
    with program.open("rb") as file:
        file.seek(-len(MAGIC), os.SEEK_END)
        return file.read() == MAGIC


def try_everything(program: Path, folder: Path) -> None:
    """Raise Broken at the first thing that goes wrong."""
    trials: tuple[Callable[[Path, Path], None], ...] = (
        started_by_many_at_once,
        killed_while_unpacking,
        after_a_cleaner,
        held_while_it_runs,
        older_ones_go_unless_they_run,
        refused_when_damaged,
        refused_on_an_old_system,
        elsewhere_when_the_cache_is_unusable,
    )
    for trial in trials:
        place = folder / trial.__name__
        place.mkdir(parents=True)
        trial(program, place)
        print(f"  {trial.__name__.replace('_', ' ')}", flush=True)
        shutil.rmtree(place)


def start(program: Path, cache: Path, **more: str) -> "subprocess.Popen[str]":
    """Start it; it only says its version, and needs all of itself for that."""
    environment = {"XDG_CACHE_HOME": str(cache), **more}
    return subprocess.Popen(
        [program, "--version"], env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def works(started: "subprocess.Popen[str]") -> None:
    """Wait for its end, which must be a good one."""
    said, complained = started.communicate(timeout=SECONDS)
    check(started.returncode == 0 and said.startswith("chatapp "), f"the one file said {said + complained!r}")


def refuses(started: "subprocess.Popen[str]", words: str) -> None:
    """Wait for its end, which must come with a sentence that has these words."""
    _, complained = started.communicate(timeout=SECONDS)
    check(started.returncode == 2, f"the one file ended with code {started.returncode} where it should refuse")
    check(words in complained, f"the one file refused with {complained!r}, without {words!r}")


def started_by_many_at_once(program: Path, place: Path) -> None:
    """Four first starts at the same time all work, and it is unpacked once."""
    for started in [start(program, place) for _ in range(4)]:
        works(started)
    check(len(unpacked(place)) == 1, f"the cache has {unpacked(place)} after four first starts")


def killed_while_unpacking(program: Path, place: Path) -> None:
    """A start that is killed in the middle harms no later one, and what it left goes away."""
    killed = start(program, place)
    while not any(name.startswith(".part-") for name in unpacked(place)):
        check(killed.poll() is None, "the one file unpacked itself too quickly to be killed")
    killed.kill()
    killed.communicate()
    works(start(program, place))
    check(len(unpacked(place)) == 1, f"the cache has {unpacked(place)} after a killed start")


def after_a_cleaner(program: Path, place: Path) -> None:
    """What a cleaner of caches removed or emptied is unpacked again."""
    works(start(program, place))
    folder = place / "chatapp" / unpacked(place)[0]
    library = next((folder / "_internal").glob("libpython*"))
    library.unlink()
    works(start(program, place))
    library.write_bytes(b"")
    works(start(program, place))
    check(len(unpacked(place)) == 1, f"the cache has {unpacked(place)} after a cleaner")


def held_while_it_runs(program: Path, place: Path) -> None:
    """The program keeps the lock on its folder, by which others know that it runs, until it has ended."""
    command = [str(program), "serve", "--host", "127.0.0.1", "--port", "0", "--data-dir", str(place / "data")]
    environment = {"XDG_CACHE_HOME": str(place)}
    with subprocess.Popen(
        command, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as running:
        assert running.stdout is not None
        while not running.stdout.readline().startswith("Ctrl-C"):
            check(running.poll() is None, "the one file did not start")
        folder = os.open(place / "chatapp" / unpacked(place)[0], os.O_RDONLY)
        try:
            check(not is_free(folder), "the one file does not hold its folder while it runs")
            running.terminate()
            running.wait(SECONDS)
            check(is_free(folder), "the one file holds its folder after it has ended")
        finally:
            os.close(folder)


def is_free(folder: int) -> bool:
    """Tell whether nobody holds a lock on the open folder."""
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def older_ones_go_unless_they_run(program: Path, place: Path) -> None:
    """Unpacking removes the folders of other versions, except of those that run."""
    gone, running = (place / "chatapp" / (letter * 64) for letter in "ab")
    for folder in (gone, running):
        (folder / "_internal").mkdir(parents=True)
    place.chmod(0o755)
    (place / "chatapp").chmod(0o700)
    held = os.open(running, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_SH)
        works(start(program, place))
        check(running.is_dir(), "a version that runs was removed from the cache")
        check(not gone.exists(), "an older version stayed in the cache")
    finally:
        os.close(held)


def refused_when_damaged(program: Path, place: Path) -> None:
    """A file that lacks its end, or has a bit turned anywhere behind the stub, is refused, and leaves nothing."""
    whole = program.read_bytes()
    payload_at, payload_bytes, index_bytes = struct.unpack_from("<QQQ", whole, len(whole) - TRAILER_BYTES)
    index_at = payload_at + payload_bytes
    copy = place / "damaged"
    for at in (
        payload_at + 5,
        payload_at + payload_bytes // 2,
        index_at - 2,
        index_at + index_bytes // 2,
        len(whole) - 20,
    ):
        turned = bytearray(whole)
        turned[at] ^= 1
        write_program(copy, turned)
        refuses(start(copy, place / "cache"), "damaged")
    for length in (len(whole) - 1, len(whole) // 2):
        write_program(copy, whole[:length])
        refuses(start(copy, place / "cache"), "damaged")
    check(not unpacked(place / "cache"), f"a damaged file left {unpacked(place / 'cache')} in the cache")


def refused_on_an_old_system(program: Path, place: Path) -> None:
    """Where the C library is older than what it needs, it says so."""
    whole = bytearray(program.read_bytes())
    trailer = whole[-TRAILER_BYTES:]
    trailer[GLIBC_AT:CHECK_AT] = struct.pack("<HH", 99, 1)
    trailer[CHECK_AT : CHECK_AT + 4] = bytes(4)
    trailer[CHECK_AT : CHECK_AT + 4] = hashlib.sha256(trailer).digest()[:4]
    write_program(place / "demanding", whole[:-TRAILER_BYTES] + trailer)
    refuses(start(place / "demanding", place / "cache"), "99.1 or newer is needed")


def elsewhere_when_the_cache_is_unusable(program: Path, place: Path) -> None:
    """Another folder is taken where the first is no folder, belongs to others or may be written by them."""
    (place / "file").write_text("")
    (place / "shared" / "chatapp").mkdir(parents=True)
    (place / "shared" / "chatapp").chmod(0o777)
    for cache in (place / "file", place / "shared"):
        temporary = place / f"instead-of-{cache.name}"
        temporary.mkdir()
        works(start(program, cache, TMPDIR=str(temporary)))
        check(any(temporary.iterdir()), f"the one file did not unpack itself in TMPDIR instead of {cache}")
    if os.geteuid() == 0 and shutil.which("unshare"):
        refused_where_nothing_may_run(program)


def refused_where_nothing_may_run(program: Path) -> None:
    """Where programs may be run from no folder it can write to, it names each, with the reason."""
    hide = "; ".join(f"mount -t tmpfs -o noexec none {folder}" for folder in ("/tmp", "/var/tmp"))  # noqa: S108
    run = f'cp "$0" /mnt/chatapp; {hide}; HOME=/tmp XDG_CACHE_HOME= exec /mnt/chatapp --version'
    # The program itself must lie where it can be run: in a place that only this namespace sees.
    command = ["unshare", "--mount", "sh", "-c", f"mount -t tmpfs none /mnt; {run}", str(program)]
    said = subprocess.run(command, capture_output=True, text=True, check=False, timeout=SECONDS)
    check(said.returncode == 2, f"the one file ended with code {said.returncode} where no program may be run")
    check(said.stderr.count("(noexec)") == 3, f"the one file refused with {said.stderr!r} where no program may be run")


def unpacked(cache: Path) -> list[str]:
    """Return the names in the cache."""
    folder = cache / "chatapp"
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def write_program(path: Path, content: bytes | bytearray) -> None:
    """Write a program that can be run."""
    path.write_bytes(content)
    path.chmod(0o755)

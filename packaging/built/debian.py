"""Installs the Debian package into a root of its own and removes it again."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from built.program import check

# What must be there besides the program.
EXPECTED = (
    "usr/share/applications/chatapp.desktop",
    "usr/share/icons/hicolor/scalable/apps/chatapp.svg",
    "usr/share/man/man1/chatapp.1.gz",
    "usr/lib/systemd/user/chatapp.service",
)


@contextmanager
def installed(package: Path, root: Path) -> Iterator[Path]:
    """Give the program that the package installs; afterwards it is removed, and nothing of it is left."""
    for folder in ("info", "updates"):
        (root / "var" / "lib" / "dpkg" / folder).mkdir(parents=True)
    (root / "var" / "lib" / "dpkg" / "status").touch()
    # This root holds nothing else, so nothing that the package depends on; the program runs with the real one's.
    dpkg(root, "--force-depends", "--install", str(package))
    missing = [name for name in EXPECTED if not (root / name).is_file()]
    check(not missing, f"{package.name} lacks {missing}")
    yield root / "usr" / "bin" / "chatapp"
    dpkg(root, "--purge", "chatapp")
    left = [str(path.relative_to(root)) for path in root.rglob("*") if "var" not in path.relative_to(root).parts]
    check(not left, f"{package.name} left {left} behind when it was removed")


def dpkg(root: Path, *arguments: str) -> None:
    """Run dpkg on the root."""
    command = ["dpkg", f"--root={root}", f"--log={root / 'var' / 'log'}", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    check(done.returncode == 0, f"dpkg {arguments[-2]} failed: {done.stderr.strip()}")

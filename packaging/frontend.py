"""Builds frontend/ into chatapp/static when it is missing or older than its sources, and runs npm with a good Node.

`python packaging/frontend.py build`, or `python packaging/frontend.py npm <arguments>`. A stamp of the sources makes
the build free when nothing changed; archives carry the built files and the stamp, so they install without Node.
"""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import node

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "frontend"
BUILT = ROOT / "chatapp" / "static"
MODULES = SOURCES / "node_modules"


def build() -> None:
    """Build the front end unless it is up to date."""
    if not (SOURCES / "package.json").is_file():
        sys.exit("frontend/ is not here: this is no whole copy of the sources.")
    wanted = _stamp(path for path in SOURCES.rglob("*") if MODULES not in path.parents)
    if _holds(BUILT / ".build-stamp", wanted) and (BUILT / "index.html").is_file():
        return
    npm(["run", "--silent", "build"])
    (BUILT / ".build-stamp").write_text(wanted, encoding="ascii")


def npm(arguments: list[str]) -> None:
    """Run npm in frontend/, with the packages of its lock installed. Ends the program with npm's code when it fails."""
    environment = node.environment()
    command = shutil.which("npm", path=environment["PATH"]) or "npm"
    wanted = _stamp(SOURCES / name for name in ("package.json", "package-lock.json", ".npmrc"))
    calls = [arguments]
    if not _holds(MODULES / ".install-stamp", wanted):
        calls.insert(0, ["ci", "--no-audit", "--no-fund", "--loglevel=error"])
    for call in calls:
        done = subprocess.run([command, *call], cwd=SOURCES, env=environment, check=False)
        if done.returncode:
            sys.exit(f"npm {' '.join(call)} failed in frontend/ (code {done.returncode}).")
        if call[0] == "ci":
            (MODULES / ".install-stamp").write_text(wanted, encoding="ascii")


def _stamp(paths: Iterable[Path]) -> str:
    total = hashlib.sha256()
    for path in sorted(paths):
        if path.is_file():
            content = path.read_bytes()
            total.update(f"{path.relative_to(SOURCES).as_posix()} {len(content)}\n".encode())
            total.update(content)
    return total.hexdigest()


def _holds(stamp: Path, wanted: str) -> bool:
    return stamp.is_file() and stamp.read_text(encoding="ascii") == wanted


if __name__ == "__main__":
    if sys.argv[1:2] == ["npm"]:
        npm(sys.argv[2:])
    else:
        build()

"""Finds the Chromium of the browser tests, installs one where there is none, and prints its path.

Where the same Chromium is there without windows of its own (a headless shell), most tests use that: it draws and runs
pages by the same code and takes half as much of the machine.

In order: what CHATAPP_CHROMIUM names; one found on this machine; Debian's package, where CI is set; Playwright's own
download; Debian's package wherever that failed. The package needs apt-get and root. In CI it comes for its tools and
for the shell too.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
SHELL = "chromium-headless-shell"
ELSEWHERE = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
)
# The tools tell a browser of a test which authorities to trust.
PACKAGES = ("chromium", "fonts-liberation", "fonts-noto-color-emoji", "libnss3-tools")
MISSING = (
    "The browser tests need a Chromium and none was found or could be installed. Install one (Debian: apt-get install "
    "chromium), or name one in CHATAPP_CHROMIUM."
)


def find() -> str:
    """Return the path of a Chromium that starts. Ends the program with a sentence where there is none to be had."""
    asked = os.environ.get("CHATAPP_CHROMIUM")
    if asked:
        return asked if _starts(asked) else sys.exit(f"CHATAPP_CHROMIUM names {asked}, which does not start.")
    found = _on_this_machine()
    if os.environ.get("CI") and not (found and shutil.which("certutil") and shutil.which(SHELL)):
        found = _packaged() or found
    return found or _playwrights() or _packaged() or sys.exit(MISSING)


def shell(whole: str) -> str:
    """Return the path of a headless shell of the same version as the browser at `whole`, or `whole` where none is."""
    path = shutil.which(SHELL)
    return path if path is not None and _version(path) == _version(whole) else whole


def _packaged() -> str | None:
    """Install Debian's package, where we may; what fails here is left to the next way."""
    if not shutil.which("apt-get") or os.geteuid() != 0:
        return None
    environment = dict(os.environ) | {"DEBIAN_FRONTEND": "noninteractive"}
    install = ["install", "-y", "-q", "--no-install-recommends"]
    for call in (["update", "-q"], [*install, *PACKAGES], [*install, SHELL]):
        subprocess.run(["apt-get", *call], env=environment, stdout=sys.stderr, check=False)
    return _on_this_machine()


def _on_this_machine() -> str | None:
    found = [shutil.which(name) for name in NAMES] + [path for path in ELSEWHERE if Path(path).is_file()]
    return next((path for path in found if path and _starts(path)), None)


def _playwrights() -> str | None:
    # Late: only a machine without a browser pays for starting Playwright's driver.
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    if not Path(path).is_file():
        print("No Chromium here: fetching Playwright's own.", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], stdout=sys.stderr, check=False)
    return path if _starts(path) else None


def _starts(path: str) -> bool:
    return _version(path) is not None


def _version(path: str) -> str | None:
    """Its number, None where it does not start."""
    try:
        done = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r"[0-9.]+", done.stdout)
    return found[0] if found and done.returncode == 0 else None


if __name__ == "__main__":
    print(find())

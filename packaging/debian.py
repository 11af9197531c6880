"""Makes a Debian package of the folder build: `python packaging/debian.py`, which is `make deb`.

dist/chatapp_<version>_<architecture>.deb: the program in /usr/lib/chatapp with a link in /usr/bin, an entry for the
menu with its icons, a manual page, and a systemd unit that every user can switch on. It has no scripts: nothing runs
when it is installed or removed, and what people said stays in their home.
"""

import gzip
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from freeze import BUILD, DIST, EPOCH, FOLDER, ROOT
from selfextract import glibc

import chatapp

CONTROL = """\
Package: chatapp
Version: {version}
Architecture: {architecture}
Maintainer: the chatapp authors
Installed-Size: {kilobytes}
Depends: libc6 (>= {glibc})
Section: net
Priority: optional
Description: chat for the people on one network
 Somebody starts it, a browser opens, everybody else on the network opens a link
 or scans a QR code and is talking. No internet, no accounts, no limits on people
 or history; what was said is kept in one file and survives crashes.
"""
MANUAL = """\
.TH CHATAPP 1 "" "chatapp {version}" ""
.SH NAME
chatapp \\- chat for the people on one network
.SH DESCRIPTION
.nf
{help}
.fi
.SH FILES
.TP
.I ~/.local/share/chatapp
Everything kept, unless a setting names another folder.
"""


def main() -> None:
    """Build the package, and say where it is."""
    if not (FOLDER / "chatapp").is_file():
        sys.exit(f"{FOLDER} is not there: make dist builds it.")
    if shutil.which("dpkg-deb") is None:
        sys.exit("A Debian package is made with dpkg-deb, which is not on this machine.")
    root = BUILD / "deb"
    shutil.rmtree(root, ignore_errors=True)
    install(root)
    describe(root)
    environment = os.environ | {"SOURCE_DATE_EPOCH": EPOCH}
    target = DIST / f"chatapp_{chatapp.__version__}_{architecture()}.deb"
    command = ["dpkg-deb", "--build", "--root-owner-group", "-Zxz", str(root), str(target)]
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    print(f"{target.relative_to(ROOT)}: {target.stat().st_size / 1_000_000:.1f} MB")


def install(root: Path) -> None:
    """Lay out the files as they will lie on the system."""
    linux, icons = ROOT / "packaging" / "linux", ROOT / "packaging" / "icons"
    shutil.copytree(FOLDER, root / "usr" / "lib" / "chatapp", symlinks=True)
    (root / "usr" / "bin").mkdir()
    (root / "usr" / "bin" / "chatapp").symlink_to("../lib/chatapp/chatapp")
    share = root / "usr" / "share"
    for source, target in (
        (linux / "chatapp.desktop", share / "applications" / "chatapp.desktop"),
        (linux / "chatapp.service", root / "usr" / "lib" / "systemd" / "user" / "chatapp.service"),
        (icons / "chatapp.svg", share / "icons" / "hicolor" / "scalable" / "apps" / "chatapp.svg"),
        (icons / "chatapp.png", share / "icons" / "hicolor" / "256x256" / "apps" / "chatapp.png"),
        (ROOT / "LICENSE", share / "doc" / "chatapp" / "copyright"),
    ):
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    manual = share / "man" / "man1" / "chatapp.1.gz"
    manual.parent.mkdir(parents=True)
    manual.write_bytes(gzip.compress(page().encode(), mtime=0))


def page() -> str:
    """Return the manual page: what the program says of itself."""
    # As wide as a page of the manual is, so that no line is broken twice.
    environment = {"COLUMNS": "78", "HOME": str(BUILD)}
    said = subprocess.run([FOLDER / "chatapp", "--help"], env=environment, capture_output=True, text=True, check=True)
    # A line that begins with a dot or a quote would be an instruction.
    lines = ("\\&" + line.replace("\\", "\\e").replace("-", "\\-") for line in said.stdout.splitlines())
    return MANUAL.format(version=chatapp.__version__, help="\n".join(lines))


def describe(root: Path) -> None:
    """Write what dpkg knows of the package."""
    files = sorted(path for path in root.rglob("*") if path.is_file() and not path.is_symlink())
    kilobytes = sum(path.stat().st_size for path in files) // 1024
    text = CONTROL.format(
        version=chatapp.__version__,
        architecture=architecture(),
        kilobytes=kilobytes,
        glibc="{}.{}".format(*glibc.needed(FOLDER)),
    )
    sums = [f"{hashlib.md5(path.read_bytes()).hexdigest()}  {path.relative_to(root)}\n" for path in files]  # noqa: S324
    (root / "DEBIAN").mkdir()
    (root / "DEBIAN" / "control").write_text(text, encoding="utf-8")
    (root / "DEBIAN" / "md5sums").write_text("".join(sums), encoding="utf-8")
    for path in root.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)


def architecture() -> str:
    """Return Debian's name of this machine's architecture."""
    command = ["dpkg", "--print-architecture"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


if __name__ == "__main__":
    main()

"""Builds the program: `python packaging/freeze.py`, which is `make dist`.

dist/chatapp          one file (chatapp.exe on Windows)
dist/chatapp-folder/  the same as a folder, which starts sooner; on macOS also chatapp.app
dist/chatapp-<version>-<system>-<machine>.tar.gz (.zip on Windows): that folder as an archive

Two builds of the same sources with the same tools are the same, byte for byte.
"""

import gzip
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

from selfextract import glibc, pack

import chatapp

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
DIST = ROOT / "dist"
FOLDER = DIST / "chatapp-folder"
# The time all files of an archive have; zip knows none before 1980.
EPOCH = "315532800"
FALLBACK = (
    "The one-file program is PyInstaller's own then, which unpacks itself at every start and starts more slowly. "
    "For ours install a C compiler and the static libzstd (Debian: apt-get install gcc libzstd-dev)."
)


def main() -> None:
    """Build everything, and say what there is."""
    stub = pack.build_stub(BUILD / "stub") if sys.platform == "linux" else None
    if sys.platform == "linux" and stub is None:
        print(FALLBACK, file=sys.stderr)
    if sys.platform == "win32":
        write_version_info(BUILD / "version_info.txt")
    run_pyinstaller(is_one_file=stub is None)
    made = [DIST / ("chatapp.exe" if sys.platform == "win32" else "chatapp"), archive(FOLDER)]
    if stub is not None:
        pack.pack(FOLDER, stub, made[0], needs=glibc.needed(FOLDER))
    for path in made:
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1_000_000:.1f} MB")
    unpacked = sum(path.stat().st_size for path in FOLDER.rglob("*") if path.is_file())
    print(f"{FOLDER.relative_to(ROOT)}/: {unpacked / 1_000_000:.1f} MB")
    if sys.platform == "linux":
        print("Runs where the C library (glibc) is {}.{} or newer.".format(*glibc.needed(FOLDER)))


def run_pyinstaller(*, is_one_file: bool) -> None:
    """Let PyInstaller make the folder, and the one file where ours cannot be made."""
    # What an earlier version left must not be taken for this one.
    for path in DIST.glob("chatapp*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--distpath", str(DIST), "--workpath", str(BUILD)]
    spec = [str(ROOT / "packaging" / "chatapp.spec"), *(("--", "--one-file") if is_one_file else ())]
    environment = os.environ | {"PYI_LOG_LEVEL": "ERROR", "PYTHONHASHSEED": "1", "SOURCE_DATE_EPOCH": EPOCH}
    subprocess.run([*command, *spec], cwd=ROOT, env=environment, check=True)


def archive(folder: Path) -> Path:
    """Return the archive of `folder`, in which it has the version in its name."""
    name = f"chatapp-{chatapp.__version__}"
    target = DIST / f"{name}-{platform.system().lower().replace('darwin', 'macos')}-{platform.machine().lower()}"
    if sys.platform == "win32":
        return _zip(folder, name, target.with_name(target.name + ".zip"))
    return _tar(folder, name, target.with_name(target.name + ".tar.gz"))


def _tar(folder: Path, name: str, target: Path) -> Path:
    # Neither the time nor the name of the archive stands in its head.
    with (
        target.open("wb") as file,
        gzip.GzipFile("", "wb", mtime=0, fileobj=file) as packed,
        tarfile.open(fileobj=packed, mode="w") as made,
    ):
        made.add(folder, name, filter=_anonymous)
    return target


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = "root"
    member.mtime = int(EPOCH)
    return member


def _zip(folder: Path, name: str, target: Path) -> Path:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                entry = zipfile.ZipInfo(f"{name}/{path.relative_to(folder).as_posix()}")
                entry.compress_type = zipfile.ZIP_DEFLATED
                made.writestr(entry, path.read_bytes())
    return target


def write_version_info(target: Path) -> None:
    """Write what Windows shows of the program under Properties, from the version of the chat."""
    template = (ROOT / "packaging" / "windows" / "version_info.txt").read_text(encoding="utf-8")
    numbers = ", ".join([*chatapp.__version__.split("."), "0", "0", "0"][:4])
    target.parent.mkdir(parents=True, exist_ok=True)
    text = template.replace("{version}", chatapp.__version__).replace("{numbers}", numbers)
    target.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

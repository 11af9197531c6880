"""The volume that a folder lies on: the kind of its file system, whether others share it, its space.

Linux tells the kind in /proc/self/mountinfo, macOS by its command `mount`, Windows by the kind of drive.
"""

import contextlib
import ctypes
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

# File systems that lie on another machine, or are shared with the machine that runs this one.
_SHARED = frozenset({
    *("nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "afpfs", "ncpfs", "afs", "ceph", "fuse.ceph", "lustre"),
    *("gfs2", "ocfs2", "gpfs", "beegfs", "fuse.glusterfs", "glusterfs", "virtiofs", "fuse.virtiofs", "fakeowner"),
    *("fuse.grpcfuse", "osxfs", "fuse.osxfs"),
})  # fmt: skip
# Of these, the ones whose locks are kept by each machine for itself, or always granted: two chats on two machines could
# both hold the folder. sshfs forwards no locks (libfuse/sshfs issue 326), WSL's and QEMU's 9p give them without asking,
# VirtualBox, VMware and Parallels keep them in the guest, and stores behind HTTP, FTP and gvfs have none.
_WITHOUT_LOCKS = frozenset({
    *("fuse.sshfs", "sshfs", "9p", "drvfs", "vboxsf", "vmhgfs", "fuse.vmhgfs-fuse", "prl_fs", "webdav", "ftp"),
    *("davfs", "fuse.davfs", "fuse.davfs2", "fuse.rclone", "fuse.s3fs", "fuse.gcsfuse", "fuse.goofys"),
    *("fuse.curlftpfs", "fuse.gvfsd-fuse", "fuse.google-drive-ocamlfuse", "fuse.onedriver"),
})  # fmt: skip
# Folders that programs keep equal to a copy elsewhere, by their names and by what lies in them.
_SYNCED_NAMES = re.compile(
    r"(onedrive|dropbox|google ?drive|my drive|icloud ?drive|mobile documents|cloudstorage|nextcloud|owncloud|pcloud"
    r"|mega|box sync|seafile|syncthing)( - .*| \(.*\))?",
    re.IGNORECASE,
)
_SYNCED_MARKS = (".dropbox", ".stfolder", ".nextcloudsync.log", ".owncloudsync.log", ".tmp.driveupload")
_REMOTE_DRIVE = 4
_SECONDS = 5


def file_system(path: Path) -> str:
    """Return the kind of file system `path` lies on, or will lie on, as the system calls it; empty if it tells none."""
    place = existing(path)
    if sys.platform == "win32":
        anchor = place.resolve().anchor
        is_remote = anchor.startswith("\\\\") or ctypes.windll.kernel32.GetDriveTypeW(anchor) == _REMOTE_DRIVE
        return "smb" if is_remote else ""
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        if sys.platform == "darwin":
            told = subprocess.run(["/sbin/mount"], capture_output=True, text=True, check=True, timeout=_SECONDS)
            return kind_in_mount(told.stdout, str(place.resolve()))
        table = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="surrogateescape")
        return kind_in_mountinfo(table, str(place.resolve()))
    return ""


def is_shared(path: Path) -> str | None:
    """Return the kind of file system if it lies on another machine or is shared with one, else None."""
    kind = file_system(path)
    return kind if shares(kind) else None


def shares(kind: str) -> bool:
    """Return whether file systems of this kind lie on another machine or are shared with one."""
    return kind in _SHARED | _WITHOUT_LOCKS


def keeps_locks(kind: str) -> bool:
    """Return whether a lock taken on a file system of this kind holds for all machines that share it."""
    return kind not in _WITHOUT_LOCKS


def synced_by(path: Path) -> str | None:
    """Return the name of the folder above `path` that some program keeps equal to a copy elsewhere, else None."""
    for folder in (path, *path.parents):
        is_marked = any((folder / mark).exists() for mark in _SYNCED_MARKS)
        if is_marked or _SYNCED_NAMES.fullmatch(folder.name):
            return folder.name
    return None


def free_bytes(path: Path) -> int:
    """Return the space that is left for this user. Raises OSError."""
    return shutil.disk_usage(existing(path)).free


def why_not_writable(path: Path) -> str | None:
    """Write a file into the folder and take it away; return in words why that fails, None where it works."""
    error = try_writing(path)
    return None if error is None else error.strerror or str(error)


def try_writing(path: Path) -> OSError | None:
    """Write a file into the folder and take it away; return what that fails with, None where it works."""
    try:
        with tempfile.TemporaryFile(dir=existing(path)) as file:
            file.write(b"\0" * 4096)
            file.flush()
    except OSError as error:
        return error
    return None


def existing(path: Path) -> Path:
    """Return `path`, or the nearest folder above it that there is."""
    return next((one for one in (path, *path.absolute().parents) if one.exists()), path)


def kind_in_mountinfo(table: str, path: str) -> str:
    """Return the kind of the file system of an absolute `path`, by a table as in Linux's /proc/self/mountinfo."""
    found, longest = "", -1
    for line in table.splitlines():
        before, separator, after = line.partition(" - ")
        fields = before.split()
        if not separator or len(fields) < 5:
            continue
        # A blank stands as \040. Of two at one place the later covers the earlier.
        place = re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), fields[4])
        if len(place) >= longest and _is_below(path, place):
            found, longest = after.split()[0], len(place)
    return found


def kind_in_mount(output: str, path: str) -> str:
    """Return the kind of the file system of an absolute `path`, by what macOS's `mount` prints."""
    found, longest = "", -1
    for place, kind in re.findall(r"^.* on (/.*) \((\w+)[,)]", output, re.MULTILINE):
        if len(place) >= longest and _is_below(path, place):
            found, longest = kind, len(place)
    return found


def _is_below(path: str, place: str) -> bool:
    return path == place or path.startswith(place.rstrip("/") + "/")

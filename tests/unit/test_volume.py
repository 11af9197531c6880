"""What kind of file system a folder lies on, by tables of other machines, and whether a database is safe there."""

from pathlib import Path

import pytest

from chatapp.errors import StartRefused
from chatapp.storage import journal, volume

MOUNTINFO = r"""
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:40 / /home rw,relatime shared:2 - nfs4 server:/home rw,vers=4.2
31 30 0:41 / /home/ada/Own\040disk rw shared:3 - btrfs /dev/sdb1 rw
32 22 0:42 / /mnt/c rw,noatime - 9p C:\134 rw,aname=drvfs
33 22 0:43 / /mnt/share rw shared:4 - autofs systemd-1 rw
34 33 0:44 / /mnt/share rw shared:5 - cifs //server/share rw
"""
MOUNT = """
/dev/disk3s1s1 on / (apfs, sealed, local, read-only, journaled)
/dev/disk3s5 on /System/Volumes/Data (apfs, local, journaled, nobrowse)
//ada@server/share on /Volumes/share (on the server) (smbfs, nodev, nosuid, mounted by ada)
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/lib/chat", "ext4"),
        ("/home/ada/chat", "nfs4"),
        ("/homes/ada", "ext4"),
        ("/home/ada/Own disk/chat", "btrfs"),
        ("/mnt/c/Users/ada", "9p"),
        ("/mnt/share", "cifs"),
    ],
)
def test_linux_tells_the_kind_in_its_table_of_mounts(path: str, kind: str) -> None:
    assert volume.kind_in_mountinfo(MOUNTINFO, path) == kind


@pytest.mark.parametrize(
    ("path", "kind"), [("/Users/ada", "apfs"), ("/Volumes/share (on the server)/chat", "smbfs"), ("/Volumes", "apfs")]
)
def test_macos_tells_the_kind_by_its_command(path: str, kind: str) -> None:
    assert volume.kind_in_mount(MOUNT, path) == kind


def on(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """Let every folder lie on a file system of this kind."""
    monkeypatch.setattr(volume, "file_system", lambda _: kind)


@pytest.mark.parametrize("kind", ["ext4", "btrfs", "xfs", "apfs", "tmpfs", "overlay", "fuseblk", "zfs", ""])
def test_a_disk_of_this_machine_has_a_log(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    on(monkeypatch, kind)
    assert volume.is_shared(Path("/x")) is None
    assert journal.fitting(Path("/x/chat.sqlite3")) == "wal"


@pytest.mark.parametrize("kind", ["nfs", "nfs4", "cifs", "smb3", "smbfs", "virtiofs", "fuse.glusterfs"])
def test_a_disk_of_another_machine_has_a_rollback_journal(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    on(monkeypatch, kind)
    assert volume.is_shared(Path("/x")) == kind
    assert journal.fitting(Path("/x/chat.sqlite3")) == "delete"


@pytest.mark.parametrize("kind", ["fuse.sshfs", "9p", "vboxsf", "fuse.rclone", "davfs"])
def test_where_locks_do_not_hold_the_start_is_refused(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    on(monkeypatch, kind)
    with pytest.raises(StartRefused, match=rf"\({kind}\).*--data-dir"):
        journal.fitting(Path("/x/chat.sqlite3"))


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/home/ada/Dropbox/chat", "Dropbox"),
        ("/Users/ada/OneDrive - Example School/chat", "OneDrive - Example School"),
        ("/Users/ada/Library/Mobile Documents/chat", "Mobile Documents"),
        ("/home/ada/.local/share/chatapp", None),
        ("/home/ada/dropboxes", None),
    ],
)
def test_folders_that_are_kept_equal_to_a_copy_elsewhere_are_known(path: str, name: str | None) -> None:
    assert volume.synced_by(Path(path)) == name


def test_a_synced_folder_is_known_by_what_lies_in_it(tmp_path: Path) -> None:
    (tmp_path / ".stfolder").mkdir()
    assert volume.synced_by(tmp_path / "chat") == tmp_path.name


def test_a_folder_that_is_not_there_yet_is_judged_by_the_one_above(tmp_path: Path) -> None:
    missing = tmp_path / "a" / "b"
    assert volume.existing(missing) == tmp_path
    assert volume.free_bytes(missing) > 0
    assert volume.why_not_writable(missing) is None
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_says_why() -> None:
    assert volume.why_not_writable(Path("/proc")) is not None

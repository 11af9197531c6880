"""The doctor's judgements: each thing that can be wrong, and that it says what to do."""

import pytest

from chatapp.domain.findings import Finding
from chatapp.services import doctor
from chatapp.services.doctor import ClockWatch

NOW = 1_795_000_000_000
DAY = 86_400_000
GB = 1_000_000_000


def states(finding: Finding) -> str:
    """Its state; what is not fine says what to do."""
    assert finding.text.endswith(".")
    assert finding.state == "fine" or finding.todo
    return finding.state


def test_addresses() -> None:
    good, poor = ("http://192.168.1.20:5000", "default_route"), ("http://172.17.0.1:5000", "virtual")
    assert states(doctor.addresses([], visited=False)) == "broken"
    assert states(doctor.addresses([poor], visited=False)) == "look"
    assert states(doctor.addresses([poor], visited=True)) == "fine"
    found = doctor.addresses([good, poor], visited=False)
    assert (states(found), found.text) == ("fine", "Others open http://192.168.1.20:5000, and 1 more.")


def test_port() -> None:
    assert states(doctor.port(5000, None, is_asked_for=True)) == "fine"
    assert states(doctor.port(5000, "another program (nginx)", is_asked_for=False)) == "look"
    taken = doctor.port(5000, "another program (nginx)", is_asked_for=True)
    assert (states(taken), taken.text) == ("broken", "Port 5000 is taken by another program (nginx).")


def test_firewall() -> None:
    assert states(doctor.firewall(None, None, is_closed=False, visited=False)) == "fine"
    closed = doctor.firewall("The firewall ufw is shut.", "sudo ufw allow 5000/tcp", is_closed=True, visited=False)
    assert (states(closed), closed.todo) == ("look", "Type, as administrator: sudo ufw allow 5000/tcp")
    assert states(doctor.firewall("Only root can see.", None, is_closed=False, visited=False)) == "fine"
    assert states(doctor.firewall("Shut.", "x", is_closed=True, visited=True)) == "fine", "somebody got through"


def test_local_name() -> None:
    assert states(doctor.local_name("chat.local", None, is_heard=True)) == "fine"
    assert states(doctor.local_name("chat.local", None, is_heard=False)) == "look"
    assert states(doctor.local_name(None, "No name could be announced.", is_heard=False)) == "look"
    assert states(doctor.local_name(None, None, is_heard=False)) == "fine"


@pytest.mark.parametrize(
    ("free", "size", "state"),
    [
        (100 * GB, GB, "fine"),
        (3 * GB, GB, "look"),
        (GB // 10, 1000, "broken"),
        (3 * GB, 1000, "fine"),
        (None, 0, "fine"),
    ],
)
def test_space_of_the_data_folder(free: int | None, size: int, state: str) -> None:
    assert states(doctor.folder("/data", None, free, size)) == state


def test_a_data_folder_that_cannot_be_written() -> None:
    found = doctor.folder("/data", "Permission denied", 100 * GB, 0)
    assert (states(found), found.text) == ("broken", "/data cannot be written: Permission denied.")


@pytest.mark.parametrize(
    ("kind", "is_shared", "keeps_locks", "synced_by", "state"),
    [
        ("ext4", False, True, None, "fine"),
        ("", False, True, None, "fine"),
        ("nfs4", True, True, None, "look"),
        ("fuse.sshfs", True, False, None, "broken"),
        ("apfs", False, True, "Dropbox", "look"),
    ],
)
def test_file_system(kind: str, synced_by: str | None, state: str, *, is_shared: bool, keeps_locks: bool) -> None:
    assert states(doctor.file_system(kind, is_shared=is_shared, keeps_locks=keeps_locks, synced_by=synced_by)) == state


@pytest.mark.parametrize(
    ("problem", "journal", "is_shared", "state"),
    [
        (None, "wal", False, "fine"),
        (None, "none", False, "fine"),
        (None, "delete", True, "fine"),
        (None, "delete", False, "look"),
        ("The database is damaged.", "unknown", False, "broken"),
    ],
)
def test_database(problem: str | None, journal: str, state: str, *, is_shared: bool) -> None:
    assert states(doctor.database(problem, journal, "3.53.4", is_shared=is_shared)) == state


@pytest.mark.parametrize(
    ("now", "step", "newest_at", "state"),
    [
        (NOW, 0.4, NOW - 5, "fine"),
        (NOW, None, None, "fine"),
        (86_400_000, 0.0, None, "broken"),
        (NOW * 1000, 0.0, None, "broken"),
        (NOW, 0.0, NOW + DAY, "look"),
        (NOW, 3600.0, NOW, "look"),
        (NOW, -3600.0, NOW, "look"),
    ],
)
def test_clock(now: int, step: float | None, newest_at: int | None, state: str) -> None:
    assert states(doctor.clock(now, step, newest_at)) == state


def test_the_way_in_which_the_clock_was_set_is_told() -> None:
    assert "set back by 3600 seconds" in doctor.clock(NOW, -3600.0, None).text


def test_backup() -> None:
    assert states(doctor.backup(NOW, None, is_empty=True)) == "fine"
    assert states(doctor.backup(NOW, None, is_empty=False)) == "look"
    assert states(doctor.backup(NOW, NOW - 6 * DAY, is_empty=False)) == "fine"
    failed = doctor.backup(NOW, NOW - 6 * DAY, "The backup is damaged.", is_empty=False)
    assert (states(failed), failed.text) == ("broken", "The backup is damaged.")
    old = doctor.backup(NOW, NOW - 8 * DAY, is_empty=False)
    assert (states(old), "8 days ago" in old.text) == ("look", True)


def test_versions() -> None:
    assert doctor.versions({"chatapp": "1.0", "Python": "3.11"}).text == "chatapp 1.0, Python 3.11"


def test_a_clock_that_is_set_is_noticed_and_time_that_passes_is_not() -> None:
    wall, steady = [1000.0], [5.0]
    watch = ClockWatch(lambda: wall[0], lambda: steady[0])
    wall[0], steady[0] = 8200.0, 7205.0
    assert watch.step() == 0
    wall[0] -= 90
    assert watch.step() == -90


def test_the_clocks_of_this_system_go_together() -> None:
    assert abs(ClockWatch().step()) < 1


def test_search_index() -> None:
    assert states(doctor.search_index(100)) == "fine"
    assert "being made, 42 %" in doctor.search_index(42).text
    assert states(doctor.search_index(None)) == "look"

"""What is well with the chat and its machine, and what to do where something is not, a finding for each thing.

These functions judge what others have looked up and do nothing themselves; `ClockWatch` remembers.
"""

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from chatapp.domain.findings import Finding

# Reasons for an address's rank (`lan.addresses`) that lead nowhere for most people on the network.
_POOR_REASONS = frozenset({"virtual", "link_local", "point_to_point", "carrier"})
# Below this a full disk is near: systems, logs and browsers on the same disk use as much in a day.
_FULL_BYTES = 200_000_000
# A backup and the copy before an upgrade are each as large as the database, and so is the change itself.
_COPIES = 3
_MINUTE_MS = 60_000
_DAY_MS = 86_400_000
# A daily talk is forgotten after a week, and nobody could write it down again.
_DAYS_WITHOUT_BACKUP = 7
# A clock that is set by the network moves by less at a time.
_STEP_SECONDS = 60
# This version is of that year; no clock that is right shows an earlier one.
_FIRST_YEAR = 2026
_LAST_YEAR = 2099
# The clocks that run on while the system sleeps; on Windows time.monotonic() does.
_RUNS_ON_ASLEEP = {"linux": "CLOCK_BOOTTIME", "darwin": "CLOCK_MONOTONIC"}


class ClockWatch:
    """Remembers how the clock on the wall stood to one that nobody sets, both in seconds, when it was made."""

    def __init__(self, wall: Callable[[], float] = time.time, steady: Callable[[], float] | None = None) -> None:
        self._wall = wall
        self._steady = steady or _since_boot
        self._begun = wall() - self._steady()

    def step(self) -> float:
        """Seconds by which the clock on the wall was set since then; negative: back."""
        return self._wall() - self._steady() - self._begun


def addresses(found: Sequence[tuple[str, str]], *, visited: bool) -> Finding:
    """Judge the addresses for others: each a URL and the reason for its rank, the best first."""
    title = "Addresses"
    if not found:
        text = "Nobody else can reach this chat: the machine is on no network, or the chat listens on loopback only."
        todo = "Connect the machine to the network of the others, and start without --host."
        return Finding("addresses", title, "broken", text, todo)
    (url, reason), *others = found
    more = f", and {len(others)} more" if others else ""
    if reason in _POOR_REASONS and not visited:
        text = f"Only addresses that seldom lead here from elsewhere were found: {url}{more}."
        todo = "Connect the machine by cable or Wi-Fi to the network that the others are on."
        return Finding("addresses", title, "look", text, todo)
    seen = " Somebody from another machine has been here." if visited else ""
    return Finding("addresses", title, "fine", f"Others open {url}{more}.{seen}")


def port(number: int, holder: str | None, *, is_asked_for: bool) -> Finding:
    """Judge the port; `holder` says in words which other program has it. `is_asked_for`: no other will do."""
    if holder is None:
        return Finding("port", "Port", "fine", f"Port {number} is this chat's, or free for it.")
    if is_asked_for:
        text = f"Port {number} is taken by {holder}."
        return Finding("port", "Port", "broken", text, "End that program, or choose another port with --port.")
    text = f"Port {number} is taken by {holder}; the chat takes the next free one."
    return Finding("port", "Port", "look", text, "End that program, if links are to stay as they are.")


def firewall(text: str | None, command: str | None, *, is_closed: bool, visited: bool) -> Finding:
    """Judge what was seen of the firewall: `text` None for nothing in the way, `command` what lets visitors in."""
    title = "Firewall"
    if visited:
        return Finding("firewall", title, "fine", "Visitors from other machines get through.")
    if text is None:
        return Finding("firewall", title, "fine", "Nothing was seen that keeps visitors out.")
    todo = f"Type, as administrator: {command}" if command else None
    return Finding("firewall", title, "look" if is_closed else "fine", text, todo)


def local_name(name: str | None, problem: str | None, *, is_heard: bool) -> Finding:
    """Judge the name on the network, and whether the network answers to it."""
    title = "Name on the network"
    if name is None:
        text = problem or "The name is being announced."
        todo = "Use the address with numbers." if problem else None
        return Finding("local_name", title, "look" if problem else "fine", text, todo)
    if is_heard:
        return Finding("local_name", title, "fine", f"{name} leads here.")
    text = f"{name} is announced, and the network does not answer to it."
    return Finding("local_name", title, "look", text, "Let UDP port 5353 in, or use the address with numbers.")


def folder(path: str, why_not_writable: str | None, free_bytes: int | None, database_bytes: int) -> Finding:
    """Judge the data folder: whether it can be written, and for how long."""
    title = "Data folder"
    if why_not_writable is not None:
        text = f"{path} cannot be written: {why_not_writable}."
        return Finding("folder", title, "broken", text, "Give this user the right to write there, or use --data-dir.")
    if free_bytes is None:
        return Finding("folder", title, "fine", f"{path} can be written.")
    text = f"{path} can be written, and {_size(free_bytes)} are free. The database has {_size(database_bytes)}."
    if free_bytes < _FULL_BYTES:
        todo = "Make room now: soon nothing can be stored any more."
        return Finding("folder", title, "broken", text, todo)
    if free_bytes < _FULL_BYTES + _COPIES * database_bytes:
        return Finding("folder", title, "look", text, "Make room: an upgrade and its backup would not fit.")
    return Finding("folder", title, "fine", text)


def file_system(kind: str, *, is_shared: bool, keeps_locks: bool, synced_by: str | None) -> Finding:
    """Judge where the data folder lies: on a file system of this `kind`, in a folder synchronised by `synced_by`."""
    title, todo = "File system", "Move the data to a disk of this machine, and name it with --data-dir."
    shown = kind or "unknown"
    if is_shared and not keeps_locks:
        text = (
            f"The data folder lies on a file system ({shown}) where the chat could be damaged; it does not start there."
        )
        return Finding("file_system", title, "broken", text, todo)
    if synced_by is not None:
        text = (
            f"The data folder lies in {synced_by}, which copies files while they are written to: a copy may be damaged."
        )
        return Finding("file_system", title, "look", text, todo)
    if is_shared:
        text = f"The data folder lies on another machine ({shown}). That works, slower, while that machine is there."
        return Finding("file_system", title, "look", text, todo)
    return Finding("file_system", title, "fine", f"The data folder lies on a disk of this machine ({shown}).")


def database(problem: str | None, journal: str, sqlite: str, *, is_shared: bool) -> Finding:
    """Judge the database: `problem` is a sentence, `journal` its mode (`none`: there is none yet)."""
    title = "Database"
    if problem is not None:
        return Finding("database", title, "broken", problem, "Put a backup in its place: chatapp restore FILE")
    if journal == "none":
        return Finding("database", title, "fine", f"There is none yet. SQLite {sqlite}.")
    if journal == "wal" or is_shared:
        said = "a write-ahead log" if journal == "wal" else "a rollback journal"
        return Finding("database", title, "fine", f"SQLite {sqlite} with {said}.")
    text = f"SQLite {sqlite} cannot have a write-ahead log here: sending and reading wait for each other."
    return Finding("database", title, "look", text, "Move the data to a disk of this machine with --data-dir.")


def search_index(percent: int | None) -> Finding:
    """Judge the search index by how much of what was said is in it, None where it is not filled."""
    title = "Search"
    if percent is None:
        text = "The search index cannot be filled; searching reads everything, and takes long."
        return Finding("search", title, "look", text, "See the log for the reason, and whether the disk is full.")
    if percent < 100:
        text = f"The search index is being made, {percent} %. What it lacks is searched more slowly."
        return Finding("search", title, "fine", text)
    return Finding("search", title, "fine", "The search index holds everything that was said.")


def clock(now: int, step: float | None, newest_at: int | None) -> Finding:
    """Judge the clock: the time `now` and of the newest thing stored (UTC milliseconds), and what `ClockWatch` saw."""
    title, todo = "Clock", "Set the clock. Old messages are removed by it."
    shown = _shown(now)
    if not _at(_FIRST_YEAR) <= now < _at(_LAST_YEAR + 1):
        return Finding("clock", title, "broken", f"The clock shows {shown}, which cannot be.", todo)
    if newest_at is not None and newest_at > now + _MINUTE_MS:
        text = f"The newest thing stored is of {_shown(newest_at)}, and the clock shows {shown}: one of them is wrong."
        return Finding("clock", title, "look", text, todo)
    if step is not None and abs(step) >= _STEP_SECONDS:
        way = "forward" if step > 0 else "back"
        text = f"The clock was set {way} by {abs(step):.0f} seconds while the chat ran. It shows {shown}."
        return Finding("clock", title, "look", text, "See that the clock is right: old messages are removed by it.")
    return Finding("clock", title, "fine", f"The clock shows {shown}.")


def backup(now: int, newest_at: int | None, failed: str | None = None, *, is_empty: bool) -> Finding:
    """Judge the age of the newest backup, both times in UTC milliseconds, and what a backup `failed` with in words.
    `is_empty`: there is nothing to lose yet.
    """
    title, todo = "Backup", "Make a backup here or with: chatapp backup. Keep a copy on another machine."
    if failed is not None:
        return Finding("backup", title, "broken", failed, f"Remove it in the host's panel, and see to the disk. {todo}")
    if newest_at is None:
        text = "There is no backup yet."
        return Finding("backup", title, "fine", text) if is_empty else Finding("backup", title, "look", text, todo)
    days = max(0, now - newest_at) // _DAY_MS
    text = f"The newest backup is of {_shown(newest_at)}."
    if days < _DAYS_WITHOUT_BACKUP:
        return Finding("backup", title, "fine", text)
    return Finding("backup", title, "look", f"{text} That is {days} days ago.", todo)


def versions(found: Mapping[str, str]) -> Finding:
    """List the versions, for whoever is asked for help."""
    return Finding("versions", "Versions", "fine", ", ".join(f"{name} {version}" for name, version in found.items()))


def _since_boot() -> float:
    """Seconds of a clock that nobody sets, the time asleep included: a laptop that wakes has not had its clock set."""
    name = _RUNS_ON_ASLEEP.get(sys.platform)
    return time.clock_gettime(getattr(time, name)) if name else time.monotonic()


def _size(count: int) -> str:
    if count < 1_000_000_000:
        return f"{count / 1_000_000:.1f} MB"
    return f"{count / 1_000_000_000:.1f} GB"


def _shown(milliseconds: int) -> str:
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
    except (OverflowError, ValueError, OSError):
        return f"{milliseconds} ms since 1970"


def _at(year: int) -> int:
    return int(datetime(year, 1, 1, tzinfo=UTC).timestamp() * 1000)

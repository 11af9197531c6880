"""Proves that a backup can take the place of the database, the only way there is: by doing what a restore does.

Mechanism: it is opened anew, read from end to end (`integrity_check`), its references are followed
(`foreign_key_check`), each room's messages are counted against the room's counters, and everything against what the
backup was made from. Where its form is older, a copy of it is brought up to date by this program, and read and counted
again. What came of it is put beside it (see `marks`), with a digest: the next proof sees single letters that a disk has
changed, which no check of the structure does. Cost: the backup is read two or three times; the chat goes on meanwhile.
"""

import hashlib
import logging
import secrets
import sqlite3
import time
from pathlib import Path

from chatapp.errors import StartRefused
from chatapp.storage import backups, census, copying, form, marks, migrate
from chatapp.storage.census import Census
from chatapp.storage.copying import Say
from chatapp.storage.form import Unfit, damaged
from chatapp.storage.looking import looking
from chatapp.storage.marks import Mark
from chatapp.storage.revision import REVISION

log = logging.getLogger(__name__)


class Unproven(StartRefused):
    """A backup of ours failed its proof. It can be restored all the same by whoever insists."""


def prove(path: Path, say: Say | None = None) -> Mark:
    """Prove a backup; return its mark, which says whether it is good, and is beside it from now on.

    Raises StartRefused where there is no room to try, OSError where it cannot be read or marked.
    """
    known, stat = marks.last(path), path.stat()
    made_from = None if known is None else known.made_from
    digest, failed = None, None
    revision = "" if known is None else known.revision
    try:
        revision = form.usable(path)
        digest = _demand_bytes(path)
        _demand_good(path, revision, made_from, say)
    except Unfit as unfit:
        failed = str(unfit)
        log.error("The backup %s %s", path, failed)  # noqa: TRY400 - the text says it all
    now = time.time_ns() // 1_000_000
    mark = Mark(stat.st_size, stat.st_mtime_ns, revision, made_from, now, digest, failed)
    marks.write(path, mark)
    return mark


def check(path: Path, say: Say | None = None) -> None:
    """Prove a copy that lies elsewhere, and put nothing beside it. Raises StartRefused where it is no good."""
    try:
        _demand_good(path, form.usable(path), None, say)
    except Unfit as unfit:
        raise form.rejection(unfit) from None


def candidate(source: Path, target: Path, say: Say | None = None, *, unproven: bool = False) -> Path:
    """Copy a backup to `target`, on the disk of the database, ready for `backups.swap`: proven, unless it may be
    `unproven`, and brought up to date.

    Raises StartRefused where it is not ours or newer than this program, Unproven where it failed.
    """
    form.offered(source)
    copying.demand_space(target.parent, 2 * copying.size(source), "The backup")
    try:
        if not unproven:
            _demand_bytes(source)
        with looking(source) as connection:
            copying.copy(connection, target, say, checks=not unproven)
    except Unfit as unfit:
        raise _failed(unfit) from None
    known = marks.of(source)
    make_ready(target, None if known is None else known.made_from, say, unproven=unproven)
    return target


def make_ready(path: Path, expected: Census | None, say: Say | None = None, *, unproven: bool = False) -> None:
    """Prove the copy at `path`, which is nobody's backup, and bring it up to date; raises as `candidate`."""
    found = form.offered(path)
    try:
        if unproven:
            migrate.upgrade(path, found, say)
            return
        counted = _demand_whole(path, expected, say)
        if found != REVISION:
            migrate.upgrade(path, found, say)
            _demand_whole(path, counted, say)
    except Unfit as unfit:
        copying.remove(path)
        raise _failed(unfit) from None
    except StartRefused:
        copying.remove(path)
        raise


def _failed(unfit: Unfit) -> Unproven:
    return Unproven(str(form.rejection(unfit)))


def _demand_bytes(path: Path) -> str:
    """The digest of a file. Raises Unfit where it was another when this file was proven."""
    known = marks.of(path)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if known is not None and known.digest not in (None, digest):
        raise damaged("its bytes are others than when it was proven")
    return digest


def _demand_good(path: Path, found: str, expected: Census | None, say: Say | None) -> None:
    counted = _demand_whole(path, expected, say)
    if found == REVISION:
        return
    copying.demand_space(path.parent, 2 * copying.size(path), "Proving a backup of an older form")
    tried = path.with_name(f"proof-{secrets.token_hex(8)}.part")
    try:
        with looking(path) as connection:
            copying.copy(connection, tried, say)
        try:
            migrate.upgrade(tried, found, say)
        except StartRefused as refusal:
            raise Unfit(f"cannot be brought up to date ({refusal})", "") from refusal
        _demand_whole(tried, counted, say)
    finally:
        copying.remove(tried)


def _demand_whole(path: Path, expected: Census | None, say: Say | None) -> Census:
    """Read a database from end to end, and count. Raises Unfit."""
    try:
        with looking(path) as connection:
            copying.check_whole(connection, say)
            astray = connection.execute("PRAGMA foreign_key_check").fetchone()
            if astray is not None:
                raise damaged(f"{astray[0]} refers to {astray[2]} that are not there")
            lacking = census.missing(connection)
            if lacking is not None:
                raise damaged(lacking)
            copying.demand_same(connection, expected)
            return census.take(connection)
    except sqlite3.DatabaseError as error:
        raise form.unfit(error) from None


def known(folder: Path) -> list[tuple[backups.Backup, Mark | None]]:
    """The backups in `folder`, the newest first, with their marks: those that are good as far as anybody has looked,
    and what was a backup once, or has the name of one, and cannot be read.
    """
    readable = {one.name: one for one in backups.kept(folder)}
    found = [(one, marks.of(folder / name)) for name, one in readable.items()]
    for path in folder.glob(f"*{backups.ENDING}"):
        if path.name not in readable and (one := backups.unreadable(path)) is not None:
            before = marks.of(path)
            is_told = before is not None and before.failed is not None
            found.append((one, before if is_told else _of_unreadable(one)))
    return sorted(found, key=lambda pair: (pair[0].created_at, pair[0].name), reverse=True)


def _of_unreadable(one: backups.Backup) -> Mark:
    return Mark(one.bytes, 0, one.revision, failed="cannot be read")

"""Which copies of the database stay and which go, by turns and by age.

A name tells what made a copy. Of those made by themselves each day's newest stays for the last seven days that have
one, each week's for four weeks, each month's for six months: a chat that did not run for a year keeps what it has. What
somebody asked for takes no part in that. Where the chat keeps nothing for ever, no copy is older than what can still be
brought back.
"""

import re
from collections.abc import Callable, Collection, Hashable, Iterable
from datetime import datetime, timedelta
from typing import Literal, get_args

from msgspec import Struct

Maker = Literal["daily", "before", "replaced"]
"""What makes copies by itself: the schedule, an upgrade, and a restore, of what it puts another in the place of."""
DAILY: Maker = "daily"
REPLACED: Maker = "replaced"
MAKERS: tuple[Maker, ...] = get_args(Maker)

DAYS, WEEKS, MONTHS = 7, 4, 6
"""How many of the newest that have a copy keep one (issue 6)."""
TRASH = timedelta(days=7)
"""How long what a cleanup took can be brought back."""
A_DAY = timedelta(days=1)
"""Between two backups of the schedule."""
SETTLED = timedelta(days=30)
"""Whoever misses what an upgrade or a restore put aside does so within that time: until then all of it stays."""

_TURNS: tuple[tuple[int, Callable[[datetime], Hashable]], ...] = (
    (DAYS, lambda at: at.date()),
    (WEEKS, lambda at: at.isocalendar()[:2]),
    (MONTHS, lambda at: (at.year, at.month)),
)
_MADE = re.compile(r"(daily|before|replaced)(-\d{4})?-\d{8}-\d{6}(-\d+)?\.sqlite3")


class Copy(Struct, frozen=True):
    """A copy, when it was made, and whether it is good as far as anybody knows."""

    name: str
    made_at: datetime
    is_good: bool = True


def maker(name: str) -> Maker | None:
    """What made the copy of this name by itself; None where somebody asked for it, or gave the name."""
    found = _MADE.fullmatch(name)
    return next((one for one in MAKERS if found is not None and found[1] == one), None)


def going(copies: Collection[Copy], now: datetime, limit_days: int) -> set[str]:
    """The names of those that go; `limit_days` is how long the chat keeps what is said, 0 for ever."""
    old = {one.name for one in copies if limit_days and now - one.made_at > timedelta(days=limit_days) + TRASH}
    return old.union(*(_out_of_turn(one, copies, now) for one in MAKERS))


def held_until(made_at: datetime, limit_days: int) -> datetime | None:
    """When a copy goes at the latest, by the first backup of a day that finds it too old; None where no limit says."""
    return made_at + timedelta(days=limit_days) + TRASH + A_DAY if limit_days else None


def oldest_first(copies: Iterable[Copy]) -> list[Copy]:
    """The copies that can make room for another: the scheduled ones, but for the newest that is good."""
    daily = sorted((one for one in copies if maker(one.name) == DAILY), key=_age)
    newest = next((one for one in reversed(daily) if one.is_good), None)
    return [one for one in daily if one is not newest]


def _out_of_turn(made_by: Maker, copies: Iterable[Copy], now: datetime) -> set[str]:
    ours = [one for one in copies if maker(one.name) == made_by]
    good = sorted((one for one in ours if one.is_good), key=_age, reverse=True)
    staying = {one.name for most, part in _TURNS for one in _newest_of_each(good, part)[:most]}
    for one in ours:
        is_settled = made_by == DAILY or now - one.made_at > SETTLED
        # One that is no good is looked at by somebody, until there is a newer one.
        has_newer = bool(good) and _age(good[0]) > _age(one)
        if not is_settled or not (one.is_good or has_newer):
            staying.add(one.name)
    return {one.name for one in ours} - staying


def _newest_of_each(copies: Iterable[Copy], part: Callable[[datetime], Hashable]) -> list[Copy]:
    """The first of each day, week or month, in the order of `copies`."""
    found: dict[Hashable, Copy] = {}
    for one in copies:
        found.setdefault(part(one.made_at), one)
    return list(found.values())


def _age(copy: Copy) -> tuple[datetime, str]:
    return copy.made_at, copy.name

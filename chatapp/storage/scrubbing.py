"""Overwrites what SQLite leaves in the unused parts of pages.

SQLite's `secure_delete` writes zeros over what is deleted where it stands at that moment. But where the tree of a table
was balanced before, pages keep copies of rows that had moved to other pages, in the part between the list of cells and
the cells, until something else is written there (`rebuildPage` in btree.c): of some hundred texts that are deleted, one
can still be read in the file (measured). SQLite offers nothing against it but to write the whole database anew.

Mechanism: pages are read from the file itself and judged by the file format (https://sqlite.org/fileformat2.html, 1.6
"B-tree Pages"); what holds nothing in them is overwritten there, byte for byte, and nothing else is. No reader looks at
these bytes, so it harms nobody at any moment, and a kill leaves each of them as it was or zero.

Trap: whoever scrubs sees to it that nobody writes meanwhile, that the log is empty, and that the connection which
writes forgets its pages afterwards: otherwise it would write the old bytes again.
"""

import os
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path

CHUNK = 256
"""Pages read at once."""
# The kinds of pages of trees, and how long their heads are. A page of another kind begins with the number of a page,
# whose first byte is none of these in a file of fewer pages than this.
_HEADS = {2: 12, 5: 12, 10: 8, 13: 8}
_MOST_PAGES = 2 << 24
# Where SQLite has its locks: no page lies there, and Windows lets nobody read it.
_LOCKS_AT = 1 << 30

Part = tuple[int, int]
"""Where something begins and ends in a page."""


def unused(page: bytes, usable: int) -> list[Part]:
    """The parts of a page that hold nothing, nothing of one that is no page of a tree, or is no good."""
    head = _HEADS.get(page[0])
    if head is None:
        return []
    first_block, cells, content = _number(page, 1), _number(page, 3), _number(page, 5) or 1 << 16
    begin = head + 2 * cells
    if not begin <= content <= usable:
        return []
    found = [(begin, content)]
    block, least = first_block, content
    while block:
        if not least <= block <= usable - 4:
            return []
        following, size = _number(page, block), _number(page, block + 2)
        if size < 4 or block + size > usable:
            return []
        found.append((block + 4, block + size))
        block, least = following, block + size
    return found


def _number(page: bytes, at: int) -> int:
    return page[at] << 8 | page[at + 1]


class Scrubber:
    """The file of the database at `path`. It stays open until `close`: to close a file gives up the locks that SQLite
    holds on it in this process. Raises OSError.
    """

    def __init__(self, path: Path) -> None:
        # The flag is one of Windows alone.
        self._file = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))
        try:
            head = self._read(0, 100)
        except BaseException:
            os.close(self._file)
            raise
        size = _number(head, 16)
        self._page_size = 1 << 16 if size == 1 else size
        self._usable = self._page_size - head[20]
        # Where pages move by themselves (auto_vacuum) there are some that look like those of trees; we make none such.
        self._is_ours = not any(head[52:56])

    def stale(self, first: int) -> tuple[list[int], int | None]:
        """Which of the `CHUNK` pages from number `first` on hold something where nothing is, and from where to go on;
        None at the end.
        """
        pages = os.fstat(self._file).st_size // self._page_size
        last = min(first + CHUNK - 1, pages)
        if not self._is_ours or pages >= _MOST_PAGES:
            return [], None
        found = [number for number, page in self._pages(first, last) if any(self._stale(page))]
        return found, last + 1 if last < pages else None

    def scrub(self, numbers: Iterable[int]) -> None:
        """Overwrite the unused parts of these pages, as they are now."""
        for number in numbers:
            begin = (number - 1) * self._page_size
            for _, page in self._pages(number, number):
                for start, end in self._stale(page):
                    self._write(begin + start, bytes(end - start))

    def sync(self) -> None:
        """Have what was overwritten on the disk."""
        os.fsync(self._file)

    def close(self) -> None:
        """Let the file go. No connection to the database may be open in this process."""
        os.close(self._file)

    def _stale(self, page: bytes) -> Iterator[Part]:
        for start, end in unused(page, self._usable):
            if page[start:end].strip(b"\0"):
                yield start, end

    def _pages(self, first: int, last: int) -> Iterator[tuple[int, bytes]]:
        """Pages with their numbers. The first of all begins with the head of the file, and holds nothing of anybody."""
        locks = _LOCKS_AT // self._page_size + 1
        for begin, end in ((max(first, 2), min(last, locks - 1)), (max(first, locks + 1), last)):
            if begin <= end:
                size = self._page_size
                data = self._read((begin - 1) * size, (end - begin + 1) * size)
                # A file that is being shortened gives less.
                for place in range(len(data) // size):
                    yield begin + place, data[place * size : (place + 1) * size]

    def _read(self, at: int, count: int) -> bytes:
        os.lseek(self._file, at, os.SEEK_SET)
        return os.read(self._file, count)

    def _write(self, at: int, data: bytes) -> None:
        os.lseek(self._file, at, os.SEEK_SET)
        while data:
            data = data[os.write(self._file, data) :]


class WalkThrough:
    """Scrubs the whole file of the database at `path`, some pages at a time, for the only connection that writes to it;
    its log is empty at each step. Raises OSError.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._scrubber: Scrubber | None = None
        self._first = 1

    def begin(self) -> None:
        """Begin at the first page again."""
        self._first = 1

    def go_on(self, connection: sqlite3.Connection) -> bool:
        """Scrub the next pages; whether there are more."""
        self._scrubber = self._scrubber or Scrubber(self._path)
        found, following = self._scrubber.stale(self._first)
        if found:
            self._scrubber.scrub(found)
            # It would write what it remembers of these pages.
            connection.execute("PRAGMA shrink_memory")
        self._first = following or 1
        if following is None:
            self._scrubber.sync()
        return following is not None

    def close(self) -> None:
        """Let the file go, as above."""
        if self._scrubber is not None:
            self._scrubber.close()
            self._scrubber = None

"""Draws the icon in points, for desktops that do not have it by name: packaging/icons/chatapp.svg, as distances.

A library that renders SVG would be many times the program's other parts for the desktop together.
"""

from math import hypot

# The side of the drawing that the numbers below belong to.
_SIDE = 32
# The colours at the top and at the bottom of the bubble, and how far down those are.
_ABOVE, _BELOW = (0x12, 0x85, 0x71), (0x0B, 0x6E, 0x5D)
_TOP, _BOTTOM = 2.5, 30
# Its lines of writing: from x, to x, at y.
_LINES = ((9, 23, 10.5), (9, 18, 16))


def argb(side: int) -> bytes:
    """Return the icon with this many points on each side, row by row from the top; each is four bytes: how opaque it
    is, then its red, green and blue.
    """
    step = _SIDE / side
    middles = [(number + 0.5) * step for number in range(side)]
    return b"".join(_point(x, y, step) for y in middles for x in middles)


def _point(x: float, y: float, step: float) -> bytes:
    opaque = _covered(min(_bubble(x, y), _tail(x, y)), step)
    white = _covered(min(_line(x, y, *line) for line in _LINES), step)
    down = min(max((y - _TOP) / (_BOTTOM - _TOP), 0), 1)
    green = (above + (below - above) * down for above, below in zip(_ABOVE, _BELOW, strict=True))
    return bytes([round(255 * opaque), *(round(part + (255 - part) * white) for part in green)])


def _covered(distance: float, step: float) -> float:
    """How much of a point is in a shape whose edge is so far from its middle; inside, the distance is negative."""
    return min(max(0.5 - distance / step, 0), 1)


def _bubble(x: float, y: float) -> float:
    """The distance to a box from 2, 2.5 to 30, 23.5 with corners of radius 5."""
    aside, off = abs(x - 16) - 9, abs(y - 13) - 5.5
    return hypot(max(aside, 0), max(off, 0)) + min(max(aside, off), 0) - 5


def _tail(x: float, y: float) -> float:
    """The distance to a triangle with corners at 7, 23.5 and 14.5, 23.5 and 7, 30, which goes on into the bubble."""
    return max(7 - x, 18 - y, ((x - 14.5) * 6.5 + (y - 23.5) * 7.5) / hypot(6.5, 7.5))


def _line(x: float, y: float, left: float, right: float, at: float) -> float:
    """The distance to a level line 2.5 thick with round ends."""
    return hypot(max(left - x, 0, x - right), y - at) - 1.25

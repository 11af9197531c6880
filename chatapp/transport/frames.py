"""WebSocket frames (RFC 6455), read and made. Bytes in, bytes out; it knows neither sockets nor the chat.

Mechanism: `Reader.feed` takes what arrived and gives whole messages: a frame that lies whole in what arrived is cut out
and unmasked, nothing else is copied. A frame that has not arrived whole waits, and is not looked at again before its
last byte is there.

Guarantees: what a client may not send ends in `Violation` with the close code the RFC names, after everything before
it was given; a message larger than allowed is refused by its announced size, before it has arrived.

Cost: for a short message about a microsecond; memory is a few words while nothing is half arrived.
"""

from collections.abc import Iterator

try:
    # In C.
    from websockets.speedups import apply_mask
except ImportError:
    # Where the library could not be compiled for this machine.
    from websockets.utils import apply_mask

CONTINUED, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10

NORMAL, PROTOCOL_ERROR, NO_UTF_8, TOO_LARGE, INTERNAL_ERROR, RESTARTS = 1000, 1002, 1007, 1009, 1011, 1012

_FINAL = 0x80
_MASKED = 0x80
_LARGEST_CONTROL = 125
# 1004 to 1006 and 1015 are never sent; 1016 to 2999 are nobody's yet (section 7.4, and the registry it founds).
_CODES = frozenset({*range(1000, 1004), *range(1007, 1015), *range(3000, 5000)})


class Violation(Exception):
    """What a client sent is against the protocol; the connection is to be closed with `code`."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def frame(opcode: int, payload: bytes) -> bytes:
    """A whole, unmasked frame, as a server sends it."""
    size = len(payload)
    if size < 126:
        return bytes((_FINAL | opcode, size)) + payload
    if size < 1 << 16:
        return bytes((_FINAL | opcode, 126)) + size.to_bytes(2, "big") + payload
    return bytes((_FINAL | opcode, 127)) + size.to_bytes(8, "big") + payload


def text_frame(text: bytes) -> bytes:
    """A whole text frame."""
    return frame(TEXT, text)


def close_frame(code: int) -> bytes:
    """A goodbye."""
    return frame(CLOSE, code.to_bytes(2, "big"))


def close_code(payload: bytes) -> int:
    """The code a client says goodbye with, 1000 where it gives none. Raises Violation."""
    if not payload:
        return NORMAL
    code = int.from_bytes(payload[:2], "big")
    if len(payload) == 1 or code not in _CODES:
        raise Violation(PROTOCOL_ERROR)
    try:
        payload[2:].decode()
    except UnicodeDecodeError:
        raise Violation(NO_UTF_8) from None
    return code


class Reader:
    """Reads what one client sends; no message may have more than `most` bytes."""

    __slots__ = ("_begun", "_most", "_needed", "_opcode", "_waiting")

    def __init__(self, most: int) -> None:
        self._most = most
        # The beginning of a frame, and how many bytes it takes to go on.
        self._waiting: bytearray | None = None
        self._needed = 0
        # The fragments of a message so far.
        self._begun: bytearray | None = None
        self._opcode = 0

    @property
    def is_amid(self) -> bool:
        """Whether a message has begun and is not whole."""
        return self._waiting is not None or self._begun is not None

    @property
    def waits(self) -> int:
        """How many bytes wait for the rest of their message."""
        return len(self._waiting or b"") + len(self._begun or b"")

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Take bytes; give each message, and each control frame, with its opcode. Raises Violation."""
        if self._waiting is not None:
            self._waiting += data
            if len(self._waiting) < self._needed:
                return
            data, self._waiting = bytes(self._waiting), None
        start, end = 0, len(data)
        while start < end:
            body, needed = self._measure(data, start)
            if end - start < needed:
                self._waiting, self._needed = bytearray(data[start:]), needed
                return
            start += needed
            payload = apply_mask(data[body:start], data[body - 4 : body])
            first = data[start - needed]
            if first == _FINAL | TEXT:
                yield TEXT, payload
            else:
                yield from self._assemble(first, payload)

    def _measure(self, data: bytes, start: int) -> tuple[int, int]:
        """Where a payload begins, and how many bytes its frame has: at least so many, where it is not all there."""
        there = len(data) - start
        if there < 2:
            return 0, 2
        first, second = data[start], data[start + 1]
        if first != _FINAL | TEXT or second < _MASKED or self._begun is not None:
            self._check(first, second)
        size = second & 0x7F
        if size < 126:
            return start + 6, 6 + size
        head = 8 if size == 126 else 14
        if there < head:
            return 0, head
        size = int.from_bytes(data[start + 2 : start + head - 4], "big")
        if size >= 1 << 63:
            raise Violation(PROTOCOL_ERROR)
        if size + len(self._begun or b"") > self._most:
            raise Violation(TOO_LARGE)
        return start + head, head + size

    def _check(self, first: int, second: int) -> None:
        opcode = first & 0x0F
        is_control = opcode >= CLOSE
        if (
            first & 0x70
            or second < _MASKED
            or BINARY < opcode < CLOSE
            or opcode > PONG
            or (is_control and (second & 0x7F > _LARGEST_CONTROL or not first & _FINAL))
            or (not is_control and (opcode == CONTINUED) == (self._begun is None))
        ):
            raise Violation(PROTOCOL_ERROR)

    def _assemble(self, first: int, payload: bytes) -> Iterator[tuple[int, bytes]]:
        opcode = first & 0x0F
        if opcode >= CLOSE or (first & _FINAL and opcode != CONTINUED):
            yield opcode, payload
            return
        if self._begun is None:
            self._begun, self._opcode = bytearray(payload), opcode
        else:
            self._begun += payload
            if len(self._begun) > self._most:
                raise Violation(TOO_LARGE)
        if first & _FINAL:
            whole, self._begun = bytes(self._begun), None
            yield self._opcode, whole

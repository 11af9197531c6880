"""The reader of frames, byte by byte and against frames made by another library."""

from itertools import count, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode

from chatapp.transport import frames
from chatapp.transport.frames import Reader, Violation

MOST = 70_000

Said = tuple[int, bytes]


def sent(opcode: int, payload: bytes, *, is_last: bool = True) -> bytes:
    """A frame as a client sends it."""
    return Frame(Opcode(opcode), payload, fin=is_last).serialize(mask=True)


def heard(pieces: list[bytes], most: int = MOST) -> tuple[list[Said], int | None]:
    """What a reader makes of these pieces: the messages, and the code it ends with."""
    reader = Reader(most)
    found: list[Said] = []
    try:
        for piece in pieces:
            for one in reader.feed(piece):
                found.append(one)  # noqa: PERF402 - those before a violation count too
    except Violation as violation:
        return found, violation.code
    return found, None


def cut(data: bytes, places: list[int]) -> list[bytes]:
    """The data in pieces."""
    edges = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    return [data[start:end] for start, end in pairwise(edges)]


payloads = st.one_of(st.binary(max_size=300), st.sampled_from([0, 125, 126, 65_535, 65_536]).map(bytes))
control = st.tuples(st.sampled_from([8, 9, 10]), st.binary(max_size=125))
message = st.tuples(st.sampled_from([1, 2]), payloads)


@given(st.lists(st.one_of(message, control), max_size=6), st.lists(st.integers(0, 10**6), max_size=8))
def test_what_was_sent_is_heard_however_it_is_cut(said: list[Said], places: list[int]) -> None:
    data = b"".join(sent(opcode, payload) for opcode, payload in said)
    assert heard(cut(data, places)) == (said, None)


@given(
    message, st.lists(st.integers(0, 10**6), max_size=4), st.lists(control, max_size=4), st.lists(st.integers(0, 10**6))
)
def test_a_message_in_fragments_is_whole_and_control_frames_stand_between(
    whole: Said, breaks: list[int], between: list[Said], places: list[int]
) -> None:
    opcode, payload = whole
    first, *others = cut(payload, breaks) or [b""]
    data = sent(opcode, first, is_last=False) + b"".join(sent(*each) for each in between)
    data += b"".join(sent(0, other, is_last=False) for other in others) + sent(0, b"")
    assert heard(cut(data, places)) == ([*between, whole], None)


@given(st.binary(max_size=200), st.lists(st.integers(0, 10**6), max_size=8))
def test_any_bytes_are_read_or_refused_alike_however_they_are_cut(data: bytes, places: list[int]) -> None:
    whole, pieces = heard([data]), heard(cut(data, places))
    assert whole == pieces
    assert whole[1] in {None, 1002, 1009}


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\x81\x05Hello", 1002),  # not masked
        (b"\xc1\x80\0\0\0\0", 1002),  # reserved bits
        (b"\xa1\x80", 1002),
        (b"\x91\x80", 1002),
        (b"\x83\x80", 1002),  # opcodes that do not exist
        (b"\x8b\x80", 1002),
        (b"\x8f\x80", 1002),
        (b"\x09\x80", 1002),  # a ping in fragments
        (b"\x89\xfe", 1002),  # a ping of more than 125 bytes
        (b"\x80\x80", 1002),  # goes on with nothing
        (b"\x00\x80", 1002),
        (sent(1, b"a", is_last=False) + b"\x81\x80", 1002),  # another message inside of one
        (sent(1, b"a", is_last=False) + b"\x02\x80", 1002),
        (b"\x81\xff" + b"\xff" * 8 + b"\0" * 4, 1002),  # a length with the highest bit
        (b"\x81\xff" + (1 << 62).to_bytes(8, "big") + b"\0" * 4, 1009),
        (b"\x81\xff" + (MOST + 1).to_bytes(8, "big") + b"\0" * 4, 1009),  # before it has arrived
        (sent(1, bytes(60_000), is_last=False) + sent(0, bytes(20_000)), 1009),
        (sent(1, bytes(MOST), is_last=False) + sent(0, b"x"), 1009),
    ],
    ids=count(),
)
def test_what_is_forbidden_ends_in_its_code(data: bytes, code: int) -> None:
    assert heard([data])[1] == code
    assert heard([data[at : at + 1] for at in range(len(data))] if len(data) < 100 else [data])[1] == code


def test_what_came_before_a_violation_is_heard() -> None:
    assert heard([sent(1, b"Hello") + b"\xff\xff" + sent(1, b"Never")]) == ([(1, b"Hello")], 1002)


def test_a_large_message_may_have_exactly_the_most() -> None:
    assert heard([sent(1, bytes(MOST))]) == ([(1, bytes(MOST))], None)


def test_a_frame_that_trickles_in_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = Reader(MOST)
    data = sent(1, bytes(MOST))
    looks: list[int] = []
    measure = Reader._measure

    def look(self: Reader, data: bytes, start: int) -> tuple[int, int]:
        looks.append(start)
        return measure(self, data, start)

    monkeypatch.setattr(Reader, "_measure", look)
    found = [one for at in range(len(data)) for one in reader.feed(data[at : at + 1])]
    assert found == [(1, bytes(MOST))]
    assert len(looks) < 10


@pytest.mark.parametrize("code", [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 3000, 3999, 4000, 4999])
def test_a_client_may_say_goodbye_with(code: int) -> None:
    assert frames.close_code(code.to_bytes(2, "big") + "Ünd".encode()) == code


@pytest.mark.parametrize("code", [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535])
def test_a_client_may_not_say_goodbye_with(code: int) -> None:
    with pytest.raises(Violation) as violation:
        frames.close_code(code.to_bytes(2, "big"))
    assert violation.value.code == 1002


@pytest.mark.parametrize(("payload", "code"), [(b"\x03", 1002), (b"\x03\xe8\xff", 1007)])
def test_a_goodbye_that_is_broken(payload: bytes, code: int) -> None:
    with pytest.raises(Violation) as violation:
        frames.close_code(payload)
    assert violation.value.code == code


def test_a_goodbye_without_words_is_a_normal_one() -> None:
    assert frames.close_code(b"") == 1000

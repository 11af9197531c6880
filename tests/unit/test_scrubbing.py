"""Which parts of a page hold nothing, by SQLite's file format."""

from hypothesis import given
from hypothesis import strategies as st

from chatapp.storage.scrubbing import unused

SIZE = 512


def page(kind: int, cells: int, content: int, *blocks: tuple[int, int]) -> bytes:
    """A page of a tree: its kind, how many cells it lists, where they begin, and its free blocks (place, size)."""
    made = bytearray(SIZE)
    made[0] = kind
    made[1:3] = (blocks[0][0] if blocks else 0).to_bytes(2, "big")
    made[3:5] = cells.to_bytes(2, "big")
    made[5:7] = content.to_bytes(2, "big")
    for (place, size), (following, _) in zip(blocks, [*blocks[1:], (0, 0)], strict=False):
        made[place : place + 4] = following.to_bytes(2, "big") + size.to_bytes(2, "big")
    return bytes(made)


def test_between_the_list_of_cells_and_the_cells_there_is_nothing() -> None:
    assert unused(page(13, 3, 400), SIZE) == [(14, 400)]
    assert unused(page(10, 0, SIZE), SIZE) == [(8, SIZE)]
    # Pages inside of a tree have a longer head.
    assert unused(page(5, 3, 400), SIZE) == [(18, 400)]
    assert unused(page(2, 3, 400), SIZE) == [(18, 400)]


def test_of_a_free_block_all_but_its_head_is_nothing() -> None:
    assert unused(page(13, 1, 400, (410, 20), (450, 4)), SIZE) == [(10, 400), (414, 430), (454, 454)]


def test_nothing_of_a_page_of_another_kind_is_unused() -> None:
    for kind in (0, 1, 3, 4, 6, 9, 14, 255):
        assert unused(page(kind, 1, 400), SIZE) == []


def test_nothing_of_a_page_that_is_no_good_is_unused() -> None:
    for wrong in (
        page(13, 300, 400),
        page(13, 1, SIZE + 1),
        page(13, 1, 400, (300, 20)),
        page(13, 1, 400, (500, 20)),
        page(13, 1, 400, (510, 4)),
        page(13, 1, 400, (410, 3)),
        page(13, 1, 400, (450, 20), (410, 20)),
        page(13, 1, 400, (410, 20), (420, 20)),
    ):
        assert unused(wrong, SIZE) == []


@given(st.binary(min_size=SIZE, max_size=SIZE), st.sampled_from([2, 5, 10, 13]))
def test_whatever_a_page_holds_the_parts_lie_in_it_in_order(data: bytes, kind: int) -> None:
    least = 8
    for begin, end in unused(bytes([kind]) + data[1:], SIZE):
        assert least <= begin <= end <= SIZE
        least = end

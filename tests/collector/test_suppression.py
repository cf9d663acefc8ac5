"""No released number rests on a group below the minimum, and none can be worked out from the others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.suppression import MINIMUM_GROUP, Cell, Row, release, rounded

SIZES = st.lists(st.integers(0, 40), min_size=1, max_size=12)


def rows(sizes: list[int]) -> list[Row]:
    return [Row("", str(place), float(size), size) for place, size in enumerate(sizes)]


@given(SIZES, st.booleans(), st.integers(MINIMUM_GROUP, 25))
def test_every_released_number_has_at_least_the_minimum_behind_it(sizes: list[int], parts: bool, minimum: int) -> None:
    for row, cell in zip(rows(sizes), release(rows(sizes), minimum, parts), strict=True):
        assert cell.suppressed or cell.value == row.value
        assert cell.suppressed or row.group_size >= minimum


@given(SIZES)
def test_of_parts_that_add_up_never_exactly_one_non_empty_is_missing(sizes: list[int]) -> None:
    """Else the total, shown elsewhere, gives it away; the hidden ones together make a group of the minimum."""
    cells = release(rows(sizes), MINIMUM_GROUP, parts=True)
    hidden = [size for size, cell in zip(sizes, cells, strict=True) if cell.suppressed]
    if hidden and sum(hidden) and len(hidden) < len(sizes):
        assert len(hidden) > 1
        assert sum(hidden) >= MINIMUM_GROUP


@pytest.mark.parametrize(
    ("sizes", "hidden"),
    [
        ([3, 50, 60], [3, 50]),
        ([0, 30, 40], [0, 30]),
        ([0, 0, 30], [0, 0]),
        ([5, 5, 30], [5, 5]),
        ([1, 0, 9, 30], [1, 0, 9]),
        ([4, 5, 30, 40], [4, 5, 30]),
        ([0, 1, 30, 40], [0, 1, 30]),
        ([10, 30], []),
    ],
)
def test_no_more_parts_are_hidden_than_make_a_group(sizes: list[int], hidden: list[int]) -> None:
    """The smallest first, two at least; empty ones alone give nothing away."""
    cells = release(rows(sizes), MINIMUM_GROUP, parts=True)
    assert [size for size, cell in zip(sizes, cells, strict=True) if cell.suppressed] == hidden


def test_a_cell_that_is_withheld_later_says_so_and_no_number() -> None:
    cell = Cell("a", "x", 12.0, suppressed=False, low=9.0, high=15.0)
    assert cell.withheld(asked_before=True) == Cell("a", "x", None, suppressed=True, asked_before=True)


@pytest.mark.parametrize(
    ("row", "to", "counts", "says"),
    [
        (Row("", "", 0.37, 100, of=100.0), 5, False, 0.35),
        (Row("", "", 0.5, 10, of=2.0), 5, False, None),
        (Row("", "", 13.0, 13), 5, True, 15.0),
        (Row("", "", 7.12345, 13), 5, False, 7.12),
        (Row("", "", 0.37, 100, of=100.0), 1, False, 0.37),
        (Row("", "", None, 13), 5, True, None),
    ],
)
def test_what_is_taken_along_is_rounded(row: Row, to: int, counts: bool, says: float | None) -> None:
    """Shares as those of two rounded counts; a mean to three digits, since in full it tells of how many it is one."""
    assert rounded(row, to, counts) == says


def test_zero_is_as_private_as_nine() -> None:
    assert release(rows([0, 9, 10]), MINIMUM_GROUP, parts=False) == [
        Cell("", "0", None, suppressed=True),
        Cell("", "1", None, suppressed=True),
        Cell("", "2", 10.0, suppressed=False),
    ]


def test_a_gap_is_no_suppressed_number() -> None:
    assert release([Row("", "a", None, None)], MINIMUM_GROUP, parts=True) == [Cell("", "a", None, suppressed=False)]


def test_series_do_not_hide_each_other() -> None:
    found = release([Row("a", "x", 5.0, 5), Row("b", "x", 50.0, 50)], MINIMUM_GROUP, parts=True)
    assert [cell.suppressed for cell in found] == [True, False]


def test_the_floor_cannot_be_lowered() -> None:
    with pytest.raises(ValueError, match="at least 10"):
        release([], 9, parts=False)


@pytest.mark.parametrize("counts", [True, False])
def test_what_stays_here_is_not_rounded(counts: bool) -> None:
    """To multiples of 1 is not at all: a mean keeps its digits, a share too."""
    for of in (None, 37.0):
        assert rounded(Row("", "", 1234.5678, 40, of), 1, counts) == 1234.5678

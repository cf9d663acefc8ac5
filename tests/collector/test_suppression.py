"""No released number rests on a group below the minimum, and none can be worked out from the others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.suppression import MINIMUM_GROUP, Cell, Row, release

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

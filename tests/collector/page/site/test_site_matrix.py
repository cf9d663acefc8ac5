"""Intersections as a matrix: what it shows, and that nothing withheld follows from its other half."""

from collector.page.site.matrix import matrix
from collector.suppression import Cell


def share(row: str, also: str, value: float | None, *, suppressed: bool = False) -> Cell:
    return Cell(row, also, value, suppressed, *((None, None) if value is None else (value - 0.1, value + 0.1)))


def made(*cells: Cell) -> dict[tuple[str, str], Cell]:
    return {(cell.series, cell.cell): cell for cell in cells}


def test_a_row_reads_as_shares_of_its_own_place() -> None:
    found = matrix(["a", "b"], made(share("a", "b", 0.25), share("b", "a", 0.5)))
    assert found is not None
    (_, (same, ours)), (_, (theirs, _)) = found.rows
    assert same is None
    assert ours is not None
    assert theirs is not None
    assert (ours.shown, ours.interval, theirs.shown) == ("25 %", "15 % – 35 %", "50 %")
    assert ours.shade < theirs.shade


def test_what_is_withheld_one_way_is_withheld_the_other_way_too() -> None:
    found = matrix(["a", "b"], made(share("a", "b", 0.25), share("b", "a", None, suppressed=True)))
    assert found is not None
    boxes = [box for _, row in found.rows for box in row if box is not None]
    assert all(box.few and box.shown == "too few" and not box.interval for box in boxes)


def test_what_nobody_heard_is_no_zero() -> None:
    found = matrix(["a", "b"], made(share("a", "b", None)))
    assert found is not None
    assert found.gaps
    assert found.rows[0][1][1] is not None
    assert found.rows[0][1][1].shown == "no data"


def test_one_place_makes_no_matrix() -> None:
    assert matrix(["a"], {}) is None

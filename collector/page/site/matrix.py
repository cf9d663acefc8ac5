"""Intersections as a matrix: of those in the row's place, how many were in the column's as well. Pure.

A table whose cells are darker where the share is larger, so that it reads without colours and without a drawing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...reporting.report import Report
from ...suppression import Cell
from .. import language, words
from .heat import SHADES

NAMES_MAX = 60  # a matrix of more places is no longer read; those beyond are named in the tables


@dataclass(frozen=True, slots=True)
class Box:
    """A share. few: withheld; none: nobody listened, or it was not asked for. shown: then in words."""

    shown: str
    interval: str
    shade: int
    few: bool
    none: bool


@dataclass(frozen=True, slots=True)
class Matrix:
    """The table: the same places as rows and as columns. A box is None where a place meets itself."""

    names: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Box | None, ...]], ...]
    gaps: bool


def of_zones(report: Report) -> Matrix | None:
    """The zones of a report; None where there are not two of them."""
    cells = report.answer("zone_intersections").cells
    return matrix(
        list(dict.fromkeys(cell.series for cell in cells)), {(cell.series, cell.cell): cell for cell in cells}
    )


def matrix(names: Sequence[str], cells: Mapping[tuple[str, str], Cell]) -> Matrix | None:
    """A matrix of shares, by (row, column); None where there are not two places.

    A pair that is withheld in one direction is withheld in both: with the places' own numbers one gives the other.
    """
    names = names[:NAMES_MAX]
    if len(names) < 2:
        return None
    top = max((cell.value or 0.0 for cell in cells.values()), default=0.0) or 1.0
    rows = tuple(
        (
            row,
            tuple(None if row == also else _box(cells.get((row, also)), cells.get((also, row)), top) for also in names),
        )
        for row in names
    )
    gaps = any(box is not None and box.none for _, boxes in rows for box in boxes)
    return Matrix(tuple(names), rows, gaps)


def _box(cell: Cell | None, other: Cell | None, top: float) -> Box:
    few = any(one is not None and one.suppressed for one in (cell, other))
    if few or cell is None or cell.value is None:
        before = any(one is not None and one.asked_before for one in (cell, other))
        said = words.shown(Cell("", "", None, suppressed=few, asked_before=before), "")
        return Box(said, "", 0, few, not few)
    interval = ""
    if cell.low is not None and cell.high is not None:
        interval = f"{language.percent(cell.low, 0)} – {language.percent(cell.high, 0)}"
    return Box(language.percent(cell.value, 0), interval, min(SHADES - 1, int(SHADES * cell.value / top)), False, False)

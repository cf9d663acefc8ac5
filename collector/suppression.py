"""The minimum group: no number that rests on fewer people than that leaves the query layer.

Zero is as private as nine: a suppressed cell says only that it is below the minimum. Where cells add up to a number
that is shown elsewhere, enough of them are suppressed together that the rest do not give one away.
"""

from collections.abc import Sequence
from dataclasses import dataclass

MINIMUM_GROUP = 10  # the floor; a tenant may ask for more, never for less


@dataclass(frozen=True, slots=True)
class Row:
    """A number as computed. group_size: people (tokens) that it rests on, the smallest group it would reveal.

    None of both: there is no number, because nobody listened. A value of None with a group is one that cannot be
    computed from so few, such as the median of no visit.
    """

    series: str
    cell: str
    value: float | None
    group_size: int | None
    of: float | None = None  # of a share: how many it is a share of
    low: float | None = None  # where the metric computes its own interval
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """A number as released. value None and suppressed False: there is no number (nobody listened)."""

    series: str
    cell: str
    value: float | None
    suppressed: bool
    low: float | None = None  # its interval, where it has one: see collector/answers/intervals.py
    high: float | None = None
    asked_before: bool = False  # suppressed, because with an answer given before it would tell of too few

    def withheld(self, asked_before: bool = False) -> "Cell":
        """The same cell without its number."""
        return Cell(self.series, self.cell, None, suppressed=True, asked_before=asked_before)


def release(
    rows: Sequence[Row], minimum: int, parts: bool, round_to: int = 1, counts: bool = True, by_day: bool = False
) -> list[Cell]:
    """The rows with every small group taken out, series by series. Raises ValueError for a minimum below the floor.

    round_to: counts become multiples of it, and shares those of two such counts. counts: the values are counts.
    by_day: cells are named by an instant, and those of one day add up.
    """
    if minimum < MINIMUM_GROUP:
        raise ValueError(f"the minimum group is at least {MINIMUM_GROUP}")
    hidden: set[int] = set()
    together: dict[tuple[str, str], list[int]] = {}
    for place, row in enumerate(rows):
        if not _gap(row):
            together.setdefault((row.series, row.cell[:10] if by_day else ""), []).append(place)
    for places in together.values():
        hidden |= _hidden([rows[place] for place in places], places, minimum, parts)
    return [
        Cell(row.series, row.cell, None if place in hidden else rounded(row, round_to, counts), place in hidden)
        for place, row in enumerate(rows)
    ]


def rounded(row: Row, to: int, counts: bool) -> float | None:
    """A row's value with its counts rounded to multiples of `to`."""
    if row.value is None or to == 1:
        return row.value
    if row.of:
        whole = near(row.of, to)
        return near(row.value * row.of, to) / whole if whole else None
    return near(row.value, to) if counts else blurred(row.value)


def blurred(value: float) -> float:
    """A number that is no count, to three digits: a mean in full tells how many it is the mean of."""
    return float(f"{value:.3g}")


def near(count: float, to: int) -> float:
    """A count rounded to a multiple of `to`."""
    return float(to * round(count / to))


def _gap(row: Row) -> bool:
    return row.value is None and row.group_size is None


def _hidden(rows: Sequence[Row], places: Sequence[int], minimum: int, parts: bool) -> set[int]:
    """The places of the rows to hide; of parts, so many that those hidden make a group of at least the minimum."""
    by_size = sorted(zip(rows, places, strict=True), key=lambda pair: pair[0].group_size or 0)
    small = [pair for pair in by_size if (pair[0].group_size or 0) < minimum]
    hidden = {place for _, place in small}
    if not parts or not small:
        return hidden
    together = sum(row.group_size or 0 for row, _ in small)
    for row, place in by_size[len(small) :]:
        if len(hidden) > 1 and (together >= minimum or together == 0):
            break
        hidden.add(place)
        together += row.group_size or 0
    return hidden

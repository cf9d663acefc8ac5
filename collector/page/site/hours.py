"""The released hours of a report: picked by days, added up, and set beside the same hours of another time. Pure.

Whatever is made here follows from cells that the page shows to everybody: nothing is asked of the store.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ... import calendar
from ...answers.intervals import garwood
from ...reporting.comparison import ratio
from ...reporting.report import Report
from ...suppression import Cell

VISITORS, PASSERS_BY, PEOPLE = "visitors", "passers_by", "people"
COUNTED = (VISITORS, PASSERS_BY)
HOUR_MS = calendar.HOUR_MS
SLACK_MS = 60_000  # a last window that is short by a little does not make an hour a part


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour of a site's clock, with its released cells by series."""

    name: str  # 2026-03-02T10:00+01:00
    start_ms: int
    cells: Mapping[str, Cell]
    whole: bool = True  # False: it was still going on, or had begun before anything was heard

    @property
    def gap(self) -> bool:
        """Whether nobody listened."""
        return all(cell.value is None and not cell.suppressed for cell in self.cells.values())


@dataclass(frozen=True, slots=True)
class Sum:
    """Released hours of one series added up: hours that were withheld or not heard are not in it, and are counted."""

    value: float | None  # None: of no hour there is a number
    shown: int
    few: int
    gaps: int

    @property
    def interval(self) -> tuple[float, float] | None:
        """How far another such time would be from it by chance."""
        return None if self.value is None else garwood(self.value)


@dataclass(frozen=True, slots=True)
class Change:
    """The ratio of two sums over the same hours of both times, with its interval."""

    before: float
    after: float
    change: float
    low: float
    high: float
    hours: int  # that both times show

    @property
    def clear(self) -> bool:
        """Whether more than chance is in it."""
        return not self.low <= 1.0 <= self.high


def of(report: Report) -> list[Hour]:
    """The hours of a report, in order."""
    cells: dict[str, dict[str, Cell]] = {}
    for cell in report.answer("hourly").cells:
        cells.setdefault(cell.cell, {})[cell.series] = cell
    for cell in report.answer("people_estimate").cells:
        if cell.cell in cells and len(cell.series) == len("2026-03-02"):  # ten minutes: the hour
            cells[cell.cell][PEOPLE] = cell
    found = []
    for name, said in cells.items():
        begins = datetime.fromisoformat(name)
        start_ms = int(begins.timestamp() * 1000)
        whole = begins.minute == 0 and start_ms + HOUR_MS <= report.span.end_ms + SLACK_MS
        found.append(Hour(name, start_ms, said, whole))
    return sorted(found, key=lambda hour: hour.start_ms)


def within(hours: Iterable[Hour], span: calendar.Span) -> list[Hour]:
    """Those that begin in a time."""
    return [hour for hour in hours if span.start_ms <= hour.start_ms < span.end_ms]


def total(hours: Sequence[Hour], series: str) -> Sum:
    """The sum of one series."""
    cells = [hour.cells[series] for hour in hours if series in hour.cells]
    values = [cell.value for cell in cells if cell.value is not None]
    few = sum(cell.suppressed for cell in cells)
    return Sum(sum(values) if values else None, len(values), few, len(hours) - len(values) - few)


def mean(hours: Sequence[Hour], series: str) -> tuple[float, float, float] | None:
    """The mean of released hours with an interval of their own: its value, low and high; None where there is none."""
    cells = [hour.cells[series] for hour in hours if series in hour.cells]
    ends = [(cell.value, cell.low, cell.high) for cell in cells]
    known = [
        (value, low, high) for value, low, high in ends if value is not None and low is not None and high is not None
    ]
    if not known:
        return None
    value, low, high = (sum(one) / len(known) for one in zip(*known, strict=True))
    return value, low, high


def rate(found: Sequence[Hour]) -> float | None:
    """Visitors of visitors and passers-by, over hours that show both."""
    both = [
        (hour.cells[VISITORS].value, hour.cells[PASSERS_BY].value)
        for hour in found
        if VISITORS in hour.cells and PASSERS_BY in hour.cells
    ]
    known = [(came, passed) for came, passed in both if came is not None and passed is not None]
    came, passed = sum(one for one, _ in known), sum(one for _, one in known)
    return came / (came + passed) if came + passed else None


def change(after: Sequence[Hour], before: Sequence[Hour], weeks: int, series: str) -> Change | None:
    """A series against the same hours of the week so many weeks before: of hours alone that both times show.

    None where there are none of them, or nobody came in one of the two.
    """
    then = {place: hour for hour, place in _places(before)}
    old = new = 0.0
    hours = 0
    for hour, (day, clock, time) in _places(after):
        other = then.get((day - timedelta(weeks=weeks), clock, time))
        if other is None or not (hour.whole and other.whole):
            continue
        if series not in hour.cells or series not in other.cells:
            continue
        ours, theirs = hour.cells[series].value, other.cells[series].value
        if ours is not None and theirs is not None:
            old, new, hours = old + theirs, new + ours, hours + 1
    if not old or not new:
        return None
    return Change(old, new, *ratio(old, new), hours)


def _places(hours: Iterable[Hour]) -> list[tuple[Hour, tuple[date, str, int]]]:
    """Each hour with its day, its clock, and how many times the clock has shown that before on that day (autumn)."""
    times: Counter[tuple[date, str]] = Counter()
    found = []
    for hour in hours:
        moment = datetime.fromisoformat(hour.name)
        shows = (moment.date(), f"{moment:%H}")
        found.append((hour, (*shows, times[shows])))
        times[shows] += 1
    return found

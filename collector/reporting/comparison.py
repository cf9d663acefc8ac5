"""Comparisons: the same numbers of two times, with an interval of the change. Made of released numbers alone.

Counts: the ratio of two Poisson rates, exact, by the binomial distribution of their sum (Przyborowski, Wilenski 1940).
Everything else with an interval: the difference, its interval from those of both (Newcombe 1998; Zou and Donner 2008).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from .. import calendar
from ..answers.intervals import COUNT, LEVEL
from ..suppression import Cell
from .report import Report

WEEK, BEFORE = "week", "before"
KINDS = (WEEK, BEFORE)


@dataclass(frozen=True, slots=True)
class Change:
    """How a number differs from that of another time. ratio: low, change and high are factors, else differences."""

    metric: str
    cell: str
    before: float
    after: float
    change: float
    low: float
    high: float
    ratio: bool

    @property
    def clear(self) -> bool:
        """Whether more than chance is in it: the interval does not hold "no change"."""
        return not self.low <= (1.0 if self.ratio else 0.0) <= self.high


def other_span(span: calendar.Span, kind: str, time_zone: str) -> calendar.Span:
    """The time to compare with: a week before, by the local clock, or the time of the same length just before."""
    if kind == BEFORE:
        return calendar.Span(BEFORE, 2 * span.start_ms - span.end_ms, span.start_ms)
    place = calendar.zone(time_zone)
    ends = []
    for at_ms in (span.start_ms, span.end_ms):
        local = datetime.fromtimestamp(at_ms / 1000, tz=place) - timedelta(days=7)
        ends.append(int(local.timestamp() * 1000))
    return calendar.Span(WEEK, *ends)


def compare(before: Report, after: Report) -> list[Change]:
    """All numbers of both reports that have an interval and are released in both."""
    longer = (after.span.end_ms - after.span.start_ms) / (before.span.end_ms - before.span.start_ms)
    found = []
    for answer in after.answers:
        then = {(cell.series, cell.cell): cell for cell in before.answer(answer.metric.name).cells}
        for cell in answer.cells:
            other = then.get((cell.series, cell.cell))
            if answer.metric.name == "flow" and (cell.series or cell.cell == "stay_median"):
                continue  # the single ways to a number that is compared already, as the panel's stays are
            if other is None or cell.low is None or other.low is None:
                continue
            made = _ratio(other, cell, longer) if answer.metric.interval == COUNT else _difference(other, cell)
            if made is not None:
                found.append(Change(answer.metric.name, cell.cell, other.value or 0.0, cell.value or 0.0, *made))
    return found


def _ratio(before: Cell, after: Cell, longer: float) -> tuple[float, float, float, bool] | None:
    """The ratio of the rates of two counts, with its interval."""
    if not before.value or not after.value:
        return None
    return *ratio(before.value, after.value, longer), True


def ratio(before: float, after: float, longer: float = 1.0) -> tuple[float, float, float]:
    """The ratio of the rates of two counts above 0, and its interval. longer: the second's time over the first's."""
    from scipy.special import betaincinv  # noqa: PLC0415 - a tenth of a second that other commands need not wait for

    tail = (1 - LEVEL) / 2
    low = float(betaincinv(after, before + 1, tail))
    high = float(betaincinv(after + 1, before, 1 - tail))
    return after / before / longer, low / (1 - low) / longer, high / (1 - high) / longer


def _difference(before: Cell, after: Cell) -> tuple[float, float, float, bool] | None:
    """The difference of two numbers, with its interval from theirs."""
    ends = (before.value, before.low, before.high, after.value, after.low, after.high)
    if any(end is None for end in ends):
        return None
    old, old_low, old_high, new, new_low, new_high = (float(end or 0.0) for end in ends)
    change = new - old
    low = change - ((new - new_low) ** 2 + (old_high - old) ** 2) ** 0.5
    high = change + ((new_high - new) ** 2 + (old - old_low) ** 2) ** 0.5
    return change, low, high, False

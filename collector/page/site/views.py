"""What stands on a site's page for a range of days, as values: the template only lays it out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from markupsafe import Markup

from ... import calendar
from ...reporting.report import Report
from ...suppression import Cell
from .. import language, words
from ..view import Row
from . import detail, hours, plot, summary
from .hours import Hour
from .plot import Mark
from .ranges import Range
from .summary import Fact


@dataclass(frozen=True, slots=True)
class RangePage:
    """A range beside the one before."""

    chosen: Range
    before: Range
    span: str  # from when to when, in the site's time
    facts: tuple[Fact, ...]
    asked: bool  # whether the store was asked about it as a whole; else it is added up from hours
    compared: bool  # whether there is anything of the range before
    known: bool  # whether there is any hour of it
    compared_hours: int  # of an added one: hours that both ranges show
    rows: tuple[Row, ...]  # a day or an hour a row
    by_hour: bool
    few: bool
    gaps: bool
    drawings: dict[str, Markup]


def of_reports(chosen: Range, turn_h: int, after: Report, before: Report | None) -> RangePage:
    """The page of a range that the store was asked about. turn_h: the hour at which days turn."""
    span = words.span(after.span.start_ms, after.span.end_ms, after.time_zone)
    return _page(chosen, turn_h, span, summary.of_reports(after, before), hours.of(after), asked=True, compared=0)


def of_hours(
    chosen: Range, turn_h: int, after: Sequence[Hour], before: Sequence[Hour], span: calendar.Span, zone: str
) -> RangePage:
    """The page of a range that is added up from released hours. span: of the range, as far as it has gone."""
    weeks = chosen.weeks_back
    facts = summary.of_hours(after, before, weeks)
    change = hours.change(after, before, weeks, hours.VISITORS)
    said = words.span(span.start_ms, span.end_ms, zone)
    return _page(chosen, turn_h, said, facts, after, asked=False, compared=change.hours if change else 0)


def _page(
    chosen: Range, turn_h: int, span: str, facts: list[Fact], found: Sequence[Hour], *, asked: bool, compared: int
) -> RangePage:
    by_hour = chosen.days == 1
    marks, rows = _by_hour(found) if by_hour else _by_day(chosen, turn_h, found)
    people = [hour for hour in found if hours.PEOPLE in hour.cells]
    drawn: dict[str, Callable[[int], str]] = {}
    if marks:
        drawn["visitors"] = lambda width: plot.columns(marks, width)
    if people and not asked:
        people_marks = [_mark(hour, hours.PEOPLE, one_day=by_hour) for hour in found]
        drawn["people"] = lambda width: plot.band(people_marks, width)
    return RangePage(
        chosen=chosen,
        before=chosen.before(),
        span=span,
        facts=tuple(facts),
        asked=asked,
        compared=any(fact.before for fact in facts),
        known=bool(found),
        compared_hours=compared,
        rows=tuple(rows),
        by_hour=by_hour,
        few=any(mark.few for mark in marks),
        gaps=any(mark.value is None and not mark.few for mark in marks),
        drawings=detail.both_widths(drawn),
    )


def _by_hour(found: Sequence[Hour]) -> tuple[list[Mark], list[Row]]:
    series = (hours.VISITORS, hours.PASSERS_BY, hours.PEOPLE)
    empty = Cell("", "", None, suppressed=False)
    rows = [
        Row(words.hour_label(hour.name), tuple(words.shown(hour.cells.get(one, empty), "") for one in series))
        for hour in found
    ]
    return [_mark(hour, hours.VISITORS, one_day=True) for hour in found], rows


def _mark(hour: Hour, series: str, *, one_day: bool) -> Mark:
    cell = hour.cells.get(series, Cell(series, hour.name, None, suppressed=False))
    clock = words.clock(hour.name)
    label = clock if one_day else words.weekday(hour.name) if clock == "00:00" else ""
    title = f"{words.hour_label(hour.name)}: {words.shown(cell, '')}"
    return Mark(label, cell.value, cell.suppressed, cell.low, cell.high, title)


def _by_day(chosen: Range, turn_h: int, found: Sequence[Hour]) -> tuple[list[Mark], list[Row]]:
    """A day a mark: what its released hours add up to. Days of which nothing is known are gaps."""
    by_day: dict[date, list[Hour]] = {chosen.first + timedelta(days=number): [] for number in range(chosen.days)}
    for hour in found:
        by_day.setdefault(_day(hour, turn_h), []).append(hour)
    marks, rows = [], []
    for day, those in sorted(by_day.items()):
        came, passed = hours.total(those, hours.VISITORS), hours.total(those, hours.PASSERS_BY)
        people = hours.mean(those, hours.PEOPLE)
        shown = summary.summed(came)
        label = f"{language.weekday_short(day)} {day.day}"
        few = came.value is None and came.few > 0
        marks.append(Mark(label, came.value, few, title=f"{language.day_named(day)}: {shown}"))
        inside = words.said("no data") if people is None else language.number(people[0], 1)
        left_out = str(came.few) if came.few else "–"
        missing = str(came.gaps) if came.gaps else "–"
        rows.append(Row(language.day_named(day), (shown, summary.summed(passed), inside, left_out, missing)))
    return marks, rows


def _day(hour: Hour, turn_h: int) -> date:
    """The day that an hour is of; the small hours are of the day before, as the business day has it."""
    return (datetime.fromisoformat(hour.name) - timedelta(hours=turn_h)).date()

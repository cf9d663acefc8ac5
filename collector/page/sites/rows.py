"""A line a site: its numbers, each beside the same range before, made of released cells alone. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from ... import calendar
from ...answers.intervals import garwood
from ...overview.hours import Heard
from ...overview.single import Single
from ...records.registry import Site
from ...suppression import Cell
from .. import language, words
from ..language import gettext as _
from ..site import hours
from ..site.hours import Hour

SORTS = ("site", "people", "visitors", "passers_by", "entry_rate", "stay", "coverage")


@dataclass(frozen=True, slots=True)
class Number:
    """A number as shown. value: for order and files; None where there is none, or it is withheld."""

    shown: str
    value: float | None = None
    few: bool = False
    interval: str = ""
    before: str = ""
    change: str = ""
    clear: bool = False
    pending: bool = False  # still being worked out


@dataclass(frozen=True, slots=True)
class Line:
    """A site's line. numbers: by the names of SORTS but the first."""

    site: Site
    numbers: Mapping[str, Number]

    @property
    def pending(self) -> bool:
        """Whether any of it is still being worked out."""
        return any(one.pending for one in self.numbers.values())


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of a site in one time. single: None where it was not asked yet."""

    hours: Sequence[Hour]
    heard_ms: int
    planned_ms: int
    single: Single | None


def told(
    heard: Sequence[Heard], span: calendar.Span, upto_ms: int, site: Site, sensors: int, single: Single | None
) -> Told:
    """A site's hours of a time, as far as it has gone (upto_ms), with the people of those hours."""
    people = {} if single is None else {cell.cell: cell for cell in single.people}
    found = []
    for one in heard:
        if span.start_ms <= one.start_ms < span.end_ms:
            more = {hours.PEOPLE: people[one.name]} if one.name in people else {}
            whole = one.name[14:16] == "00" and one.start_ms + hours.HOUR_MS <= upto_ms + hours.SLACK_MS
            found.append((Hour(one.name, one.start_ms, {**one.cells, **more}, whole), one.heard_ms))
    gone = calendar.Span("", span.start_ms, max(span.start_ms, min(span.end_ms, upto_ms)))
    opened = calendar.opening(gone, site.time_zone, site.opens, site.closes)
    planned_ms = sum(max(0, one.end_ms - one.start_ms) for one in opened) * max(1, sensors)
    return Told([hour for hour, _ in found], sum(ms for _, ms in found), planned_ms, single)


def line(site: Site, now: Told, then: Told, weeks: int, *, asked: bool) -> Line:
    """A site's line. weeks: that lie between both times; asked: whether stays can be asked about at all."""
    return Line(
        site,
        {
            "people": _people(now, then),
            "visitors": _count(now, then, weeks, hours.VISITORS),
            "passers_by": _count(now, then, weeks, hours.PASSERS_BY),
            "entry_rate": _rate(now, then),
            "stay": _stay(now, then, asked=asked),
            "coverage": _coverage(now, then),
        },
    )


def _count(now: Told, then: Told, weeks: int, series: str) -> Number:
    total, before = hours.total(now.hours, series), hours.total(then.hours, series)
    if total.value is None:
        return _none(few=total.few > 0)
    low, high = garwood(total.value)
    change = hours.change(now.hours, then.hours, weeks, series)
    return Number(
        shown=language.number(total.value),
        value=total.value,
        interval=_between(language.number(low), language.number(high)),
        before="" if before.value is None else language.number(before.value),
        change="" if change is None else _("%(change)s %%") % {"change": language.signed(100 * (change.change - 1))},
        clear=change is not None and change.clear,
    )


def _rate(now: Told, then: Told) -> Number:
    rate, before = hours.rate(now.hours), hours.rate(then.hours)
    if rate is None:
        return _none(few=any(cell.suppressed for hour in now.hours for cell in hour.cells.values()))
    return Number(
        language.percent(rate),
        rate,
        before="" if before is None else language.percent(before),
        change="" if before is None else _points(rate - before),
    )


def _people(now: Told, then: Told) -> Number:
    if now.single is None:
        return Number("…", pending=True)
    mean, before = hours.mean(now.hours, hours.PEOPLE), hours.mean(then.hours, hours.PEOPLE)
    if mean is None:
        return _none(few=any(cell.suppressed for cell in now.single.people))
    return Number(
        language.number(mean[0], 1),
        mean[0],
        interval=_between(language.number(mean[1], 1), language.number(mean[2], 1)),
        before="" if before is None else language.number(before[0], 1),
        change="" if before is None else language.signed(mean[0] - before[0], 1),
        clear=before is not None and (mean[1] > before[2] or mean[2] < before[1]),
    )


def _stay(now: Told, then: Told, *, asked: bool) -> Number:
    if not asked:
        return Number(words.shown(Cell("", "", None, suppressed=False), ""))
    if now.single is None:
        return Number("…", pending=True)
    cell = now.single.stay
    if cell is None or cell.value is None:
        return _none(few=cell is not None)
    before = None if then.single is None or then.single.stay is None else then.single.stay
    ends = (
        "" if cell.low is None or cell.high is None else _between(*(_time(cell, end) for end in (cell.low, cell.high)))
    )
    known = before is not None and before.value is not None
    return Number(
        words.shown(cell, "s"),
        cell.value,
        interval=ends,
        before=words.shown(before, "s") if before is not None and known else "",
        change=_("%(change)s min") % {"change": language.signed((cell.value - (before.value or 0.0)) / 60, 1)}
        if before is not None and known
        else "",
    )


def _coverage(now: Told, then: Told) -> Number:
    if not now.planned_ms or not now.hours:
        return _none(few=False)
    share = min(1.0, now.heard_ms / now.planned_ms)
    known = bool(then.hours and then.planned_ms)
    before = min(1.0, then.heard_ms / then.planned_ms) if known else 0.0
    return Number(language.percent(share), share, before=language.percent(before) if known else "")


def total(lines: Sequence[Line], series: str) -> float | None:
    """What the sites' shown numbers add up to; None where there is none. Who came to two sites is in it twice."""
    values = [value for one in lines if (value := one.numbers[series].value) is not None]
    return sum(values) if values else None


def ordered(lines: Sequence[Line], sort: str) -> list[Line]:
    """By a name of SORTS, "-" before it: downwards. What has no number comes last either way, by name."""
    name = sort.removeprefix("-")
    by_name = sorted(lines, key=lambda one: (one.site.tenant, one.site.name), reverse=sort == "-site")
    if name not in SORTS[1:]:
        return by_name
    value: Callable[[Line], float] = lambda one: one.numbers[name].value or 0.0  # noqa: E731
    known = [one for one in by_name if one.numbers[name].value is not None]
    return [
        *sorted(known, key=value, reverse=sort.startswith("-")),
        *(one for one in by_name if one.numbers[name].value is None),
    ]


def _none(*, few: bool) -> Number:
    return Number(words.shown(Cell("", "", None, suppressed=few), ""), few=few)


def _time(cell: Cell, value_s: float) -> str:
    return words.shown(replace(cell, value=value_s), "s")


def _points(change: float) -> str:
    return _("%(change)s points") % {"change": language.signed(100 * change, 1)}


def _between(low: str, high: str) -> str:
    return _("%(low)s to %(high)s") % {"low": low, "high": high}

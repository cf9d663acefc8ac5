"""A range in a few numbers, each beside that of the range before: of a report, or added up from released hours."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ...metrics import Metric, metric
from ...reporting import comparison
from ...reporting.report import Answer, Report
from ...suppression import Cell
from .. import language, words
from ..language import gettext as _
from ..language import marked
from . import hours
from .hours import Hour

CLEAR, UNCLEAR = "clear", "unclear"
ASKED = (  # metric, cell, its name, what stands beneath it
    ("visitors", "all", marked("Visitors"), marked("of the panel")),
    ("passers_by", "all", marked("Passers-by"), marked("of the panel")),
    ("entry_rate", "all", marked("Entry rate"), marked("visitors of all visitors and passers-by")),
    ("dwell", "median", marked("Median stay"), marked("half of the visits were longer")),
    ("returning_rate", "all", marked("Came back"), marked("within the epoch, see below")),
    ("coverage", "all", marked("Coverage"), marked("of the planned time was heard")),
)
SAME_DAY = marked("more than once on one day")  # of returning_rate, where an epoch is a day


@dataclass(frozen=True, slots=True)
class Fact:
    """A number, its interval, and how it changed, as a person reads them."""

    label: str
    shown: str
    few: bool
    note: str
    interval: str
    before: str
    change: str
    clear: str  # CLEAR, UNCLEAR, or "": nothing to compare
    metric: Metric


def of_reports(after: Report, before: Report | None) -> list[Fact]:
    """The numbers of a range that was asked about as a whole."""
    changes = {(one.metric, one.cell): one for one in comparison.compare(before, after)} if before else {}
    facts = []
    for name, cell_name, label, note in ASKED:
        answer = after.answer(name)
        cell = _cell(answer, cell_name)
        then = None if before is None else _cell(before.answer(name), cell_name)
        change = changes.get((name, cell_name))
        beneath = SAME_DAY if name == "returning_rate" and after.epoch_days == 1 else note
        facts.append(
            Fact(
                label=_(label),
                shown=_shown(answer, cell),
                few=_few(answer, cell),
                note=_(beneath),
                interval=_interval(cell, answer.unit(cell) if cell in answer.cells else ""),
                before="" if then is None or before is None else _shown(before.answer(name), then),
                change="" if change is None else _change(change),
                clear="" if change is None else CLEAR if change.clear else UNCLEAR,
                metric=answer.metric,
            )
        )
    return facts


def of_hours(after: Sequence[Hour], before: Sequence[Hour], weeks: int) -> list[Fact]:
    """The numbers of a range that is added up. Who came in two hours is in it twice, and the page says so."""
    facts = []
    names = {hours.VISITORS: _("Visitors, hour by hour"), hours.PASSERS_BY: _("Passers-by, hour by hour")}
    for series in hours.COUNTED:
        now, then = hours.total(after, series), hours.total(before, series)
        change = hours.change(after, before, weeks, series)
        ends = now.interval
        facts.append(
            Fact(
                label=names[series],
                shown=summed(now),
                few=now.value is None and now.few > 0,
                note=_left_out(now),
                interval="" if ends is None else _between(language.number(ends[0]), language.number(ends[1])),
                before=summed(then) if before else "",
                change="" if change is None else _factor(change.change, change.low, change.high),
                clear="" if change is None else CLEAR if change.clear else UNCLEAR,
                metric=metric("hourly"),
            )
        )
    rate = hours.rate(after)
    if rate is not None:
        then_rate = hours.rate(before)
        said = "" if then_rate is None else language.percent(then_rate)
        note = _("of the hours that show both")
        facts.append(Fact(_("Entry rate"), language.percent(rate), False, note, "", said, "", "", metric("entry_rate")))
    people = hours.mean(after, hours.PEOPLE)
    if people is not None:
        then_people = hours.mean(before, hours.PEOPLE)
        facts.append(
            Fact(
                label=_("People inside, on average"),
                shown=language.number(people[0], 1),
                few=False,
                note=_("estimate, of the hours that show it"),
                interval=_between(language.number(people[1], 1), language.number(people[2], 1)),
                before="" if then_people is None else language.number(then_people[0], 1),
                change="",
                clear="",
                metric=metric("people_estimate"),
            )
        )
    return facts


def summed(found: hours.Sum) -> str:
    """A sum as it is shown; of hours that are all withheld: too few."""
    if found.value is not None:
        return language.number(found.value)
    return words.shown(Cell("", "", None, suppressed=found.few > 0), "")


def _left_out(found: hours.Sum) -> str:
    said = []
    if found.few:
        said.append(
            language.ngettext("%(count)d hour withheld", "%(count)d hours withheld", found.few) % {"count": found.few}
        )
    if found.gaps:
        said.append(
            language.ngettext("%(count)d hour not heard", "%(count)d hours not heard", found.gaps)
            % {"count": found.gaps}
        )
    return ", ".join(said) or _("of the panel")


def _cell(answer: Answer, name: str) -> Cell:
    return next((cell for cell in answer.cells if cell.cell == name), Cell("", name, None, suppressed=False))


def _few(answer: Answer, cell: Cell) -> bool:
    return cell.suppressed or (answer.metric.people and cell.value is None)


def _shown(answer: Answer, cell: Cell) -> str:
    if _few(answer, cell):
        return words.said(words.TOO_FEW)
    return words.shown(cell, answer.unit(cell) if cell in answer.cells else answer.metric.unit)


def _interval(cell: Cell, unit: str) -> str:
    if cell.low is None or cell.high is None or cell.value is None:
        return ""
    return _between(*(words.shown(replace(cell, value=_round(end, unit)), unit) for end in (cell.low, cell.high)))


def _round(value: float, unit: str) -> float:
    """Counts to whole ones: an interval's end is no finer than what it is of."""
    return value if unit.startswith("share") or unit == "s" else float(round(value))


def _between(low: str, high: str) -> str:
    return _("%(low)s to %(high)s") % {"low": low, "high": high}


def _change(change: comparison.Change) -> str:
    if change.ratio:
        return _factor(change.change, change.low, change.high)
    if metric(change.metric).unit.startswith("share"):
        ends = [language.signed(100 * one, 1) for one in (change.change, change.low, change.high)]
        return _("%(change)s points (%(low)s to %(high)s)") % dict(zip(("change", "low", "high"), ends, strict=True))
    ends = [language.signed(one / 60, 1) for one in (change.change, change.low, change.high)]
    return _("%(change)s min (%(low)s to %(high)s)") % dict(zip(("change", "low", "high"), ends, strict=True))


def _factor(middle: float, low: float, high: float) -> str:
    ends = [language.signed(100 * (one - 1)) for one in (middle, low, high)]
    return _("%(change)s %% (%(low)s to %(high)s)") % dict(zip(("change", "low", "high"), ends, strict=True))

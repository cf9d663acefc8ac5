"""People with their interval: the estimate by time, and all people beside the panel's part. Pure."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from ...reporting.report import Report
from ...suppression import Cell
from .. import language, words
from ..language import gettext as _
from ..language import marked
from ..view import Row
from .plot import Mark

TEN_MINUTES, HOURS, DAYS = "ten minutes", "hours", "days"
MARKS_MAX = 288  # of a band: two days of ten minutes; more hours than this are shown as days
HOURS_NAMED_MAX = 72  # beyond it single hours have no room for their names, and the middle of each day is named
STEP_MS = {TEN_MINUTES: 600_000, HOURS: 3_600_000}
WAYS = {
    "": marked("weighed together"),
    "by_level": marked("by level"),
    "by_panel": marked("by panel"),
    "by_people": marked("by people present"),
}


@dataclass(frozen=True, slots=True)
class Band:
    """The estimate of people over a time. step: of one mark."""

    step: str
    marks: tuple[Mark, ...]
    rows: tuple[Row, ...]
    gaps: bool
    few: bool
    shown: bool  # at least one number
    basis: tuple[str, ...]  # what it rests on, in sentences


@dataclass(frozen=True, slots=True)
class AllPeople:
    """Visitors and passers-by of all people, each beside what the panel says."""

    rows: tuple[Row, ...]  # all people, its interval, the panel
    ways: tuple[Row, ...]  # the single ways to the visitors
    disagreements: tuple[str, ...]
    counts: int  # by hand, at the door
    came_in: str = ""  # how many visitors all people are, as a sentence has it; "" = not told
    interval: str = ""  # of it


def band(report: Report) -> Band | None:
    """The people of a report, as finely as it says them; None where nothing is estimated."""
    cells = report.answer("people_estimate").cells
    if not cells:
        return None
    by_step = {
        TEN_MINUTES: [cell for cell in cells if len(cell.series) > len("2026-03-02")],
        HOURS: [cell for cell in cells if len(cell.series) == len("2026-03-02")],
        DAYS: [cell for cell in cells if cell.series == "day"],
    }
    step = next(one for one in (TEN_MINUTES, HOURS, DAYS) if 0 < len(by_step[one]) <= MARKS_MAX or one == DAYS)
    shown = _with_gaps(by_step[step], STEP_MS.get(step))
    whole_days = step == HOURS and len(shown) > HOURS_NAMED_MAX
    return Band(
        step=step,
        marks=tuple(_mark(cell, step, whole_days) for cell in shown),
        rows=tuple(Row(_name(cell.cell), (words.shown(cell, ""), _interval(cell, ""))) for cell in shown),
        gaps=any(cell.value is None and not cell.suppressed for cell in shown),
        few=any(cell.suppressed for cell in shown),
        shown=any(cell.value is not None for cell in shown),
        basis=report.people.says if report.people else (),
    )


def all_people(report: Report) -> AllPeople | None:
    """The flows of a report; None where the panel has too few visits to say."""
    answer = report.answer("flow")
    if not answer.cells:
        return None
    whole = {cell.cell: cell for cell in answer.cells if cell.series == ""}
    titles = {"visitors": _("Visitors"), "passers_by": _("Passers-by"), "entry_rate": _("Entry rate")}
    titles["stay_median"] = _("Median stay")
    rows = [
        Row(
            title,
            (
                _people(whole[name], answer.unit(whole[name])),
                _interval(whole[name], answer.unit(whole[name])),
                _panel(report, name),
            ),
        )
        for name, title in titles.items()
        if name in whole
    ]
    ways = [
        Row(_(WAYS[cell.series]), (_people(cell, "people"), _interval(cell, "people")))
        for cell in answer.cells
        if cell.cell == "visitors" and cell.series in WAYS
    ]
    visitors = whole.get("visitors")
    told = visitors is not None and not visitors.suppressed and visitors.low is not None
    return AllPeople(
        tuple(rows),
        tuple(ways),
        tuple(report.disagreements),
        report.door_counts,
        came_in=_people(visitors, "people") if visitors is not None and told else "",
        interval=_interval(visitors, "people") if visitors is not None and told else "",
    )


def _with_gaps(cells: list[Cell], step_ms: int | None) -> list[Cell]:
    """The cells, and an empty one for each step between them that nobody listened to."""
    if step_ms is None:
        return cells
    found: list[Cell] = []
    for cell in sorted(cells, key=lambda one: datetime.fromisoformat(one.cell)):
        begins = datetime.fromisoformat(cell.cell)
        while found and len(found) < 2 * MARKS_MAX:
            last = datetime.fromisoformat(found[-1].cell)
            if (begins - last).total_seconds() * 1000 < 1.9 * step_ms:
                break
            missing = datetime.fromtimestamp(last.timestamp() + step_ms / 1000, tz=last.tzinfo)
            found.append(Cell("", missing.isoformat(timespec="minutes"), None, suppressed=False))
        found.append(cell)
    return found


def _mark(cell: Cell, step: str, whole_days: bool) -> Mark:
    title = f"{_name(cell.cell)}: {words.shown(cell, '')}"
    if cell.low is not None:
        title += f" ({_interval(cell, '')})"
    return Mark(_tick(cell.cell, step, whole_days), cell.value, cell.suppressed, cell.low, cell.high, title)


def _tick(name: str, step: str, whole_days: bool) -> str:
    if step == DAYS:
        return language.day(date.fromisoformat(name))
    if step == TEN_MINUTES and name[14:16] != "00":
        return ""
    if whole_days:
        return words.weekday(name) if name[11:13] == "12" else ""
    return words.weekday(name) if name[11:13] == "00" else words.clock(name)


def _name(name: str) -> str:
    return words.hour_label(name) if len(name) > len("2026-03-02") else language.day_named(date.fromisoformat(name))


def _people(cell: Cell, unit: str) -> str:
    if cell.suppressed or cell.value is None:
        return words.shown(cell, unit)
    return words.shown(cell if unit != "people" else replace(cell, value=float(round(cell.value))), unit)


def _panel(report: Report, name: str) -> str:
    answer = report.answer("dwell" if name == "stay_median" else name)
    cell = next((one for one in answer.cells if one.cell == "median"), answer.cells[0])
    return words.said(words.TOO_FEW) if cell.suppressed or cell.value is None else words.shown(cell, answer.unit(cell))


def _interval(cell: Cell, unit: str) -> str:
    """From where to where; nothing of a number that is not shown."""
    if cell.suppressed or cell.value is None or cell.low is None or cell.high is None:
        return "–"
    if unit.startswith("share"):
        return _("%(low)s to %(high)s") % {"low": language.percent(cell.low), "high": language.percent(cell.high)}
    if unit == "s":
        ends = {
            name: words.shown(replace(cell, value=end), unit) for name, end in (("low", cell.low), ("high", cell.high))
        }
        return _("%(low)s to %(high)s") % ends
    digits = 1 if cell.high < 20 else 0
    ends = {"low": language.number(cell.low, digits), "high": language.number(cell.high, digits)}
    return _("%(low)s to %(high)s") % ends

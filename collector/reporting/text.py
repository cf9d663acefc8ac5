"""The report for a terminal: numbers with what they mean, and bars where a shape says more."""

import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import replace

from ..admission.flags import lines
from ..answers.intervals import wide
from ..suppression import Cell
from .report import Answer, Report

BAR_COLUMNS = 32
LABEL_COLUMNS = 26
COLUMNS = 100
TOO_FEW = "too few"
ASKED_BEFORE = "withheld"
ADD_DAYS = "   wide: add days"
HOURS_MAX = 72  # of one metric; a month of hours in every one is three thousand lines
BARS = (
    "dwell_histogram",
    "occupancy",
    "profile",
    "zone_visitors",
    "zone_intersections",
    "routes",
    "intersections",
    "noise_share",
)


def render(report: Report) -> str:
    """The report as text, at most 100 columns wide."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    yield f"{report.site}: {report.local(report.span.start_ms)} to {report.local(report.span.end_ms)}"
    yield (
        f"Numbers under {report.minimum_group} people are not shown. Panel: phones whose address lasts. "
        f"Epochs: {_epochs(report.epochs)}."
    )
    if report.epoch_days > 1:
        yield f"A phone keeps its token for {report.epoch_days} days: {report.epoch_reason}"
    if report.classifier:
        yield from textwrap.wrap(f"Classifier of this site: {report.classifier}.", COLUMNS, subsequent_indent="  ")
    yield from (f"Degraded: {line}." for line in lines(report.degraded))
    if any(cell.asked_before for answer in report.answers for cell in answer.cells):
        yield f"{ASKED_BEFORE.capitalize()}: beside an answer given before, the number would tell of a smaller group."
    yield from (f"Disagree: {line}." for line in report.disagreements)
    yield ""
    for answer in report.answers:
        if answer.metric.name == "hourly":
            yield from _hourly(report, answer)
        elif answer.metric.name == "people_estimate":
            yield from _people(report, answer)
        elif answer.metric.name == "noise_devices":
            yield from _noise(report)
        elif answer.metric.name == "intersections_estimate":
            yield from _shares(answer)
        elif answer.metric.name in BARS:
            yield from _bars(answer)
        else:
            yield from _numbers(answer)
            if answer.metric.name == "flow" and answer.cells:
                yield f"  {_flow_rests_on(report)}"
    if report.against:
        yield from _changes(report)


def _changes(report: Report) -> Iterator[str]:
    """What is different from another time, and whether chance alone would do."""
    yield ""
    yield f"Change since {'a week before' if report.against == 'week' else 'the time just before'}"
    for one in report.changes:
        answer = report.answer(one.metric)
        unit = answer.metric.unit.split("; ")[0]
        label = answer.metric.title if one.cell == "all" else f"{answer.metric.title}, {one.cell}"
        if one.ratio:
            ends = [f"{100 * (end - 1):+.0f} %" for end in (one.change, one.low, one.high)]
        elif unit.startswith("share"):
            ends = [f"{100 * end:+.1f} points" for end in (one.change, one.low, one.high)]
        else:
            ends = [f"{end / 60:+.1f} min" if unit == "s" else f"{end:+.2f}" for end in (one.change, one.low, one.high)]
        word = "" if one.clear else "   may be chance"
        yield f"  {label:{LABEL_COLUMNS + 16}} {ends[0]:>14} ({ends[1]} to {ends[2]}){word}"


def _epochs(epochs: list[str]) -> str:
    return ", ".join(epochs) if len(epochs) < 4 else f"{epochs[0]} to {epochs[-1]} ({len(epochs)} days)"


def _numbers(answer: Answer) -> Iterator[str]:
    title = answer.metric.title
    for cell in answer.cells:
        unit = answer.unit(cell)
        label = ", ".join((title, *(name for name in (cell.series, cell.cell) if name not in ("", "all"))))
        yield f"{label:{LABEL_COLUMNS + 4}} {shown(cell, unit):>12}   {unit}{_interval(cell, unit)}"


def _flow_rests_on(report: Report) -> str:
    """What the estimate of all people rests on: the panel's size and share, and counts at the door."""
    panel = {cell.cell: cell for cell in report.answer("panel").cells}
    size, share = shown(panel["size"], "tokens"), shown(panel["share"], "share")
    counts = f"{report.door_counts} counts at the door" if report.door_counts else "documented rates (nobody counted)"
    return f"All people rest on a panel of {size} ({share} of tokens) and on {counts}."


def _interval(cell: Cell, unit: str) -> str:
    """From where to where its number may lie by chance."""
    if cell.low is None or cell.high is None:
        return ""
    low, high = (shown(replace(cell, value=end), unit) for end in (cell.low, cell.high))
    return f" ({low} to {high})"


def shown(cell: Cell, unit: str) -> str:
    """A cell's number as a person reads it."""
    if cell.suppressed:
        return ASKED_BEFORE if cell.asked_before else TOO_FEW
    if cell.value is None:
        return "no data"
    if unit.startswith("share"):
        return f"{100 * cell.value:.1f} %"
    if unit == "s":
        return f"{cell.value / 60:.1f} min"
    return f"{cell.value:,.0f}" if cell.value >= 10 or cell.value == int(cell.value) else f"{cell.value:.2f}"


def _people(report: Report, answer: Answer) -> Iterator[str]:
    """People present by the day and by the hour, each with its interval, and what the estimate rests on."""
    days = [cell for cell in answer.cells if cell.series == "day"]
    names = {cell.cell for cell in days}
    hours = [cell for cell in answer.cells if cell.series in names]
    yield ""
    yield f"{answer.metric.title}: mean number of people inside, and its 90 % interval"
    for says in report.people.says if report.people else ():
        yield from textwrap.wrap(says, COLUMNS, initial_indent="  ", subsequent_indent="    ")
    hours, left_out = _listed(hours)
    top = max((cell.value or 0 for cell in (*days, *hours)), default=0) or 1
    for label, cell in (*((cell.cell, cell) for cell in days), *((_hour(cell.cell), cell) for cell in hours)):
        number = f"{shown(cell, ''):>10}{_interval(cell, ''):18}"
        yield f"  {label:{LABEL_COLUMNS}} {number} {'█' * round(BAR_COLUMNS * (cell.value or 0) / top)}".rstrip()
    yield from left_out
    yield ""


def _listed(cells: list[Cell]) -> tuple[list[Cell], list[str]]:
    """The cells that are listed: all but hours, where they are too many; and a line that says so."""
    others = [cell for cell in cells if cell.cell[10:11] != "T"]
    hours = len(cells) - len(others)
    if hours <= HOURS_MAX:
        return cells, []
    return others, [f"  {hours:,} hours are not listed: the report of a day has them, and so have CSV and JSON"]


def _bars(answer: Answer) -> Iterator[str]:
    yield ""
    yield f"{answer.metric.title} ({answer.metric.unit})"
    cells, left_out = _listed(answer.cells)
    yield from _bar_rows([(_bar_name(cell), cell) for cell in cells], answer.metric.unit)
    yield from left_out
    if not answer.cells:
        yield "  none"


def _shares(answer: Answer) -> Iterator[str]:
    """Estimated shares, a line each, with their intervals."""
    yield ""
    yield f"{answer.metric.title}: {answer.metric.unit}, and its 90 % interval"
    unit = answer.metric.unit
    yield from (
        f"  {cell.cell:{LABEL_COLUMNS}} {shown(cell, unit):>10}{_interval(cell, unit)}{ADD_DAYS if wide(cell) else ''}"
        for cell in answer.cells
    )
    if not answer.cells:
        yield "  none"


def _noise(report: Report) -> Iterator[str]:
    """The rules that caught something, with how many devices."""
    for one in report.noise:
        if one.frames_share or one.devices or one.suppressed:
            devices = f"{TOO_FEW} devices" if one.suppressed else f"{one.devices:,.0f} devices" if one.devices else ""
            label = f"{one.reason} ({devices})" if devices else one.reason
            yield from textwrap.wrap(f"{label}: {one.rule}", COLUMNS, initial_indent="  ", subsequent_indent="    ")
    for kind, count in report.enrolled.items():
        if count:
            yield f"  enrolled as {kind}: {count}; sensors do not hear them, so they are in no number"
    yield ""


def _bar_name(cell: Cell) -> str:
    name = _hour(cell.cell) if cell.cell[10:11] == "T" else cell.cell
    return f"{cell.series}: {name}" if cell.series else name


def _hourly(report: Report, answer: Answer) -> Iterator[str]:
    for series, title in (("visitors", "Visitors (panel)"), ("devices_seen", "Distinct addresses")):
        cells, left_out = _listed([cell for cell in answer.cells if cell.series == series])
        yield ""
        yield f"{title} by the hour, {report.time_zone}"
        yield from _bar_rows([(_hour(cell.cell), cell) for cell in cells], "")
        yield from left_out


def _hour(name: str) -> str:
    """2022-10-18T11:00+02:00 as 10-18 11:00."""
    return f"{name[5:10]} {name[11:16]}"


def _bar_rows(rows: Iterable[tuple[str, Cell]], unit: str) -> Iterator[str]:
    rows = list(rows)
    top = max((cell.value or 0 for _, cell in rows), default=0) or 1
    for label, cell in rows:
        bar = "█" * round(BAR_COLUMNS * (cell.value or 0) / top)
        yield f"  {label:{LABEL_COLUMNS}} {shown(cell, unit):>10}  {bar}".rstrip()

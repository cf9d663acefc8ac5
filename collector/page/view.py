"""What stands on a site's page, as values: the templates only lay it out."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..admission.flags import lines
from ..fleet import SensorState, State
from ..metrics import Metric
from ..records.registry import Site
from ..reporting.report import Answer, Report
from ..suppression import Cell
from . import words
from .language import gettext as _
from .language import marked

COVERAGE_LOW = 0.95  # below it a number of people is visibly too low
SERIES = (
    ("visitors", marked("Visitors")),
    ("passers_by", marked("Passers-by")),
    ("devices_seen", marked("Distinct addresses")),
)

HOURS_MAX = 72  # the newest; more columns than that cannot be read
PANEL = ("visitors", "passers_by")


@dataclass(frozen=True, slots=True)
class Number:
    """One number as a person reads it, and what it means."""

    label: str
    shown: str
    note: str
    few: bool
    metric: Metric
    warns: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table beside a chart: what, and its numbers as shown."""

    label: str
    shown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hours:
    """Hour by hour: what the charts of it need said around them."""

    answer: Answer
    rows: tuple[Row, ...]
    panel_shown: bool  # at least one hour of the panel is released
    addresses_shown: bool
    silent_series: tuple[str, ...]  # of the panel: in every hour too few
    few: bool  # something is suppressed
    gaps: int  # hours without data
    cut: bool  # there are more hours than these


@dataclass(frozen=True, slots=True)
class Bars:
    """A chart of lying bars."""

    answer: Answer
    rows: tuple[Row, ...]
    released: bool  # at least one of them


@dataclass(frozen=True, slots=True)
class SensorRow:
    """A sensor as the page shows it."""

    state: SensorState
    heard: str
    ago: str
    ok: bool


@dataclass(frozen=True, slots=True)
class SitePage:
    """Everything on a site's page but the drawings."""

    report: Report
    span: str
    figures: tuple[Number, ...]
    stays: tuple[Number, ...]
    panel: tuple[Number, ...]
    hours: Hours
    dwell: Bars
    noise: Bars
    epochs: str
    coverage: str
    degraded: tuple[str, ...] = ()  # what is not counted, in words


def site_page(report: Report, site: Site) -> SitePage:
    """The page of one report."""
    return SitePage(
        report=report,
        span=words.span(report.span.start_ms, report.span.end_ms, report.time_zone),
        figures=_figures(report, site),
        stays=(
            number(report.answer("visits"), _("Visits"), _("one visitor may come twice")),
            number(report.answer("dwell"), _("Mean stay"), _("a few long visits pull it up"), "mean"),
            number(report.answer("dwell"), _("Long stays"), _("one visit in ten is longer than this"), "p90"),
            number(
                report.answer("bounce_rate"),
                _("Bounce rate"),
                _("visits under %(time)s") % {"time": words.minutes(site.bounce_s)},
            ),
        ),
        panel=(
            number(report.answer("panel"), _("Phones in the panel"), _("whose address lasts"), "size"),
            number(
                report.answer("panel"), _("Their share"), _("of addresses that are no noise, not of phones"), "share"
            ),
        ),
        hours=_hours(report.answer("hourly")),
        dwell=_bars(report.answer("dwell_histogram")),
        noise=_bars(report.answer("noise_share")),
        epochs=words.days(report.epochs),
        coverage=words.shown(_cell(report.answer("coverage")), report.answer("coverage").metric.unit),
        degraded=tuple(lines(report.degraded)),
    )


def sensor_rows(states: Sequence[SensorState], zone: str, now_ms: int) -> list[SensorRow]:
    """The sensors of a site, as its page shows them."""
    return [
        SensorRow(
            state=state,
            heard="" if state.heard_ms is None else words.local(state.heard_ms, zone, now_ms),
            ago="" if state.heard_ms is None else words.ago(state.heard_ms, now_ms),
            ok=state.state is State.CONNECTED and not state.says,
        )
        for state in states
    ]


def _figures(report: Report, site: Site) -> tuple[Number, ...]:
    p90 = number(report.answer("dwell"), "", "", "p90")
    randomised = _cell(report.answer("randomized_share"))
    changing = (
        _("%(share)s of them change at random") % {"share": words.share(randomised.value)}
        if randomised.value is not None
        else _("many change")
    )
    coverage = report.answer("coverage")
    low = (coverage.value or 0.0) < COVERAGE_LOW
    return (
        number(
            report.answer("visitors"),
            _("Visitors"),
            _("stayed inside %(time)s or more; panel") % {"time": words.minutes(site.visit_min_s)},
        ),
        number(report.answer("passers_by"), _("Passers-by"), _("heard, but made no visit; panel")),
        number(report.answer("entry_rate"), _("Entry rate"), _("visitors of all visitors and passers-by; panel")),
        number(
            report.answer("dwell"),
            _("Median stay"),
            _("of the panel's visits")
            if p90.few
            else _("half of the visits were longer; one in ten over %(time)s") % {"time": p90.shown},
            "median",
        ),
        number(
            report.answer("devices_seen"),
            _("Distinct addresses"),
            _("these are not people: %(changing)s") % {"changing": changing},
        ),
        number(
            coverage,
            _("Coverage"),
            _("parts were not heard, so counts are too low") if low else _("of the planned time was heard"),
            warns=low,
        ),
    )


def number(answer: Answer, label: str, note: str, cell: str = "all", warns: bool = False) -> Number:
    """A number of an answer as a person reads it."""
    found = _cell(answer, cell)
    few = found.suppressed or (
        answer.metric.people and found.value is None
    )  # of nobody there is no mean: the same here
    shown = words.said(words.TOO_FEW) if few else words.shown(found, answer.unit(found))
    return Number(label, shown, note, few, answer.metric, warns)


def _cell(answer: Answer, name: str = "all") -> Cell:
    return next((cell for cell in answer.cells if cell.cell == name), Cell("", name, None, suppressed=False))


def _hours(answer: Answer) -> Hours:
    hours = list(dict.fromkeys(cell.cell for cell in answer.cells))
    by_hour: dict[str, dict[str, Cell]] = {hour: {} for hour in hours[-HOURS_MAX:]}
    shown = [cell for cell in answer.cells if cell.cell in by_hour]
    for cell in shown:
        by_hour[cell.cell][cell.series] = cell
    released = {cell.series for cell in shown if cell.value is not None}
    return Hours(
        answer=answer,
        rows=tuple(
            Row(words.hour_label(hour), tuple(words.shown(cells[series], "") for series, _title in SERIES))
            for hour, cells in by_hour.items()
        ),
        panel_shown=bool(released & set(PANEL)),
        silent_series=tuple(_(title).lower() for series, title in SERIES if series in PANEL and series not in released),
        addresses_shown="devices_seen" in released,
        few=any(cell.suppressed for cell in shown),
        gaps=sum(
            all(cell.value is None and not cell.suppressed for cell in cells.values()) for cells in by_hour.values()
        ),
        cut=len(hours) > HOURS_MAX,
    )


def _bars(answer: Answer) -> Bars:
    return Bars(
        answer=answer,
        rows=tuple(Row(words.reason(cell.cell), (words.shown(cell, answer.metric.unit),)) for cell in answer.cells),
        released=any(cell.value is not None for cell in answer.cells),
    )

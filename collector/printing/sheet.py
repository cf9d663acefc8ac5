"""What stands on the sheet, as values, and the HTML that lays it out. Nothing but released cells reaches it."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from markupsafe import Markup

from .. import calendar
from ..answers.intervals import wide
from ..metrics import Metric
from ..page import charts, language, templating, words
from ..page.language import gettext as _
from ..page.language import marked
from ..page.site.people import AllPeople, all_people
from ..page.view import SitePage, site_page
from ..records.registry import Site
from ..reporting.report import Answer, Report
from ..suppression import Cell

HERE = Path(__file__).parent
TABLE_MAX = 200  # rows of one metric on paper; the CSV has them all
NAMES = {  # of series and cells; zones, sites and lengths have their own
    "mean": marked("mean"),
    "median": marked("median"),
    "p90": marked("one in ten is longer than"),
    "size": marked("phones in it"),
    "share": marked("share"),
    "associated": marked("in the venue's own network"),
    "panel": marked("by the panel"),
    "visitors": marked("visitors"),
    "passers_by": marked("passers-by"),
    "devices_seen": marked("distinct addresses"),
    "entry_rate": marked("entry rate"),
    "stay_median": marked("median stay"),
    "by_level": marked("by level"),
    "by_panel": marked("by the panel"),
    "by_people": marked("by people present"),
    "zone": marked("from zone to zone"),
    "path": marked("over three zones"),
    "site": marked("from site to site"),
}
DAYS_HELP = ("intersections", "intersections_estimate")  # shares that a day tells little of
DRAWN = ("zone_visitors", "routes", "intersections", "occupancy", "profile", "frequency", "recency", "noise_share")


_TEMPLATES = templating.environment(HERE)


@dataclass(frozen=True, slots=True)
class Line:
    """A number as it is printed: what, how much, from where to where."""

    label: str
    shown: str
    interval: str
    of_hour: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """One metric: its numbers and what they mean."""

    metric: Metric
    lines: tuple[Line, ...]
    left_out: int
    drawing: Markup | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything on it."""

    site: Site
    page: SitePage
    people: AllPeople | None
    made: str
    charts: tuple[tuple[str, Markup], ...]
    sections: tuple[Section, ...]


def make(report: Report, site: Site, now_ms: int) -> Sheet:
    """The sheet of one report."""
    made = datetime.fromtimestamp(now_ms / 1000, tz=calendar.zone(site.time_zone))
    return Sheet(
        site=site,
        page=site_page(report, site),
        people=all_people(report),
        made=f"{language.date_short(made)}, {language.clock(made)}",
        charts=tuple(_charts(report)),
        sections=tuple(_section(answer) for answer in report.answers if answer.cells),
    )


def render(report: Report, site: Site, now_ms: int, simulated: bool = False) -> str:
    """The report as one HTML page that fetches nothing."""
    return laid_out(make(report, site, now_ms), simulated)


def laid_out(sheet: Sheet, simulated: bool) -> str:
    """A sheet as one HTML page that fetches nothing."""
    style = Markup((HERE / "sheet.css").read_text(encoding="utf-8"))  # noqa: S704 - our own file
    template = _TEMPLATES.get_template("sheet.html")
    return template.render(sheet=sheet, style=style, simulated=simulated, language=language.spoken())


def _charts(report: Report) -> Iterator[tuple[str, Markup]]:
    """The drawings at the head, for who looks rather than reads."""
    hours = report.answer("hourly")
    drawn = (
        (_("Visitors and passers-by of the panel by the hour"), charts.panel_hours(hours)),
        (_("Visits of the panel, by their length"), charts.bars(report.answer("dwell_histogram"))),
    )
    yield from ((title, _image(svg, title)) for title, svg in drawn if svg)


def _section(answer: Answer) -> Section:
    cells = list(filter(_on_paper, answer.cells))[:TABLE_MAX]
    return Section(
        metric=answer.metric,
        lines=tuple(_line(answer, cell) for cell in cells),
        left_out=len(answer.cells) - len(cells),
        drawing=_bars(answer) if answer.metric.name in DRAWN else None,
    )


def _bars(answer: Answer) -> Markup | None:
    if not any(cell.value for cell in answer.cells):
        return None
    named = [replace(cell, cell=_label(cell)) for cell in answer.cells[:40]]
    return _image(charts.bars(replace(answer, cells=named)), words.said(answer.metric.title))


def _line(answer: Answer, cell: Cell) -> Line:
    unit = answer.unit(cell)
    interval = ""
    if cell.low is not None and cell.high is not None:
        low, high = (words.shown(replace(cell, value=end), unit) for end in (cell.low, cell.high))
        interval = _("%(low)s to %(high)s") % {"low": low, "high": high}
        if answer.metric.name in DAYS_HELP and wide(cell):
            interval = _("%(ends)s: add days") % {"ends": interval}
    return Line(_label(cell) or words.said(answer.metric.title), words.shown(cell, unit), interval, _is_hour(cell.cell))


def _label(cell: Cell) -> str:
    """What a row is called: its series and its cell, in words."""
    if cell.series == "weekday":
        return language.weekday(int(cell.cell))
    if cell.series == "hour of day":
        return f"{cell.cell}:00"
    if cell.series == "day":
        return language.date_long(date.fromisoformat(cell.cell))
    name = words.hour_label(cell.cell) if _is_hour(cell.cell) else words.reason(_named(cell.cell))
    series = "" if cell.series[:1].isdigit() else _named(cell.series)  # of an hour the day: it says that itself
    return ", ".join(part for part in (series, "" if cell.cell == "all" else name) if part)


def _named(name: str) -> str:
    return _(NAMES[name]) if name in NAMES else name.replace(" > ", " → ")


def _is_hour(name: str) -> bool:
    return name[10:11] == "T"


def _on_paper(cell: Cell) -> bool:
    """Ten minutes by ten minutes is for the CSV."""
    return not _is_hour(cell.series)


def _image(svg: str, title: str) -> Markup:
    """A drawing as an image within the page: the printer's engine and every mail program show it alike."""
    code = base64.b64encode(svg.encode()).decode()
    return Markup('<img alt="{}" src="data:image/svg+xml;base64,{}">').format(title, code)

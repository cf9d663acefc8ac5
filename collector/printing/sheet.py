"""What stands on the sheet, as values, and the HTML that lays it out. Nothing but released cells reaches it."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from .. import calendar
from ..metrics import Metric
from ..page import charts, words
from ..page.view import SitePage, site_page
from ..records.registry import Site
from ..reporting.report import Answer, Report
from ..suppression import Cell

HERE = Path(__file__).parent
TABLE_MAX = 200  # rows of one metric on paper; the CSV has them all
DRAWN = ("zone_visitors", "routes", "intersections", "occupancy", "profile", "frequency", "recency", "noise_share")
_TEMPLATES = Environment(
    loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)


@dataclass(frozen=True, slots=True)
class Line:
    """A number as it is printed: what, how much, from where to where."""

    label: str
    shown: str
    interval: str


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
    made: str
    charts: tuple[tuple[str, Markup], ...]
    sections: tuple[Section, ...]


def make(report: Report, site: Site, now_ms: int) -> Sheet:
    """The sheet of one report."""
    made = datetime.fromtimestamp(now_ms / 1000, tz=calendar.zone(site.time_zone))
    return Sheet(
        site=site,
        page=site_page(report, site),
        made=f"{made.day} {made:%B %Y, %H:%M}",
        charts=tuple(_charts(report)),
        sections=tuple(_section(answer) for answer in report.answers if answer.cells),
    )


def render(report: Report, site: Site, now_ms: int, simulated: bool = False) -> str:
    """The report as one HTML page that fetches nothing."""
    style = Markup((HERE / "sheet.css").read_text(encoding="utf-8"))  # noqa: S704 - our own file
    template = _TEMPLATES.get_template("sheet.html")
    return template.render(sheet=make(report, site, now_ms), style=style, simulated=simulated)


def _charts(report: Report) -> Iterator[tuple[str, Markup]]:
    """The drawings at the head, for who looks rather than reads."""
    hours = report.answer("hourly")
    drawn = (
        ("Visitors and passers-by of the panel by the hour", charts.panel_hours(hours)),
        ("Visits of the panel by their length", charts.bars(report.answer("dwell_histogram"))),
    )
    yield from ((title, _image(svg, title)) for title, svg in drawn if svg)


def _section(answer: Answer) -> Section:
    cells = answer.cells[:TABLE_MAX]
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
    return _image(charts.bars(replace(answer, cells=named)), answer.metric.title)


def _line(answer: Answer, cell: Cell) -> Line:
    unit = answer.unit(cell)
    interval = ""
    if cell.low is not None and cell.high is not None:
        interval = " to ".join(words.shown(replace(cell, value=end), unit) for end in (cell.low, cell.high))
    return Line(_label(cell) or answer.metric.title, words.shown(cell, unit), interval)


def _label(cell: Cell) -> str:
    name = words.hour_label(cell.cell) if cell.cell[10:11] == "T" else words.reason(cell.cell)
    parts = (cell.series.replace("_", " "), "" if name == "all" else name)
    return ", ".join(part for part in parts if part)


def _image(svg: str, title: str) -> Markup:
    """A drawing as an image within the page: the printer's engine and every mail program show it alike."""
    code = base64.b64encode(svg.encode()).decode()
    return Markup('<img alt="{}" src="data:image/svg+xml;base64,{}">').format(title, code)

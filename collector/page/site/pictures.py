"""A report's drawings as pictures that stand alone: each with what it shows, of where and when, and under which rules.

Made of a report for exports alone, so what such a report withholds is in no drawing. SVG is made here and is pure;
`png` paints it.
"""

import threading
from collections.abc import Callable, Sequence

from markupsafe import escape

from ...errors import QueryError
from ...reporting.report import Report
from .. import charts, words
from ..language import gettext as _
from ..language import marked
from . import views
from .detail import detail
from .plot import PLAIN, whole
from .ranges import Range

TITLES = {
    "people": marked("People inside with their interval"),
    "visitors": marked("Visitors of the panel"),
    "panel": marked("Visitors and passers-by of the panel by the hour"),
    "addresses": marked("Distinct addresses by the hour"),
    "dwell": marked("Visits by their length"),
    "routes": marked("Ways from zone to zone"),
    "sites": marked("Ways from site to site"),
    "noise": marked("Discarded frames by reason"),
}
HEAD_PX, FOOT_PX, EDGE_PX, WIDTH_PX_MIN = 58, 34, 16, 640
SCALE = 2.0  # a picture of 960 has 1920 dots: sharp on paper too
_painting = threading.Lock()  # one at a time: it takes a processor for as long as it lasts


def names(drawings: Sequence[str]) -> list[tuple[str, str]]:
    """Which of a page's drawings can be had as pictures, each with its title."""
    bare = {name.removesuffix("_wide").removesuffix("_narrow") for name in drawings}
    return [(name, _(title)) for name, title in TITLES.items() if name in bare]


def svg(report: Report, name: str, chosen: Range | None, turn_h: int) -> str:
    """A picture. turn_h: the hour at which days turn. Raises QueryError where the report has no such drawing."""
    drawn = _draw(report, name, chosen, turn_h)
    if not drawn:
        raise QueryError(_("of this time there is no such drawing: too few people, or nothing was heard"))
    width, height = _size(drawn)
    wide = max(width, WIDTH_PX_MIN) + 2 * EDGE_PX
    span = words.span(report.span.start_ms, report.span.end_ms, report.time_zone)
    rules = _("Groups under %(minimum)s are not shown, and counts are rounded to 5.") % {
        "minimum": report.minimum_group
    }
    tall, ink = HEAD_PX + height + FOOT_PX, "#1c232b"
    body = [
        f'<rect width="{wide:g}" height="{tall:g}" fill="#ffffff"/>',
        f'<text x="{EDGE_PX}" y="24" font-size="15" fill="{ink}">{escape(_(TITLES[name]))}</text>',
        f'<text x="{EDGE_PX}" y="43" fill="{PLAIN["grey"]}">{escape(report.site)}, {escape(span)}</text>',
        drawn.replace("<svg ", f'<svg x="{EDGE_PX}" y="{HEAD_PX}" ', 1),
        f'<text x="{EDGE_PX}" y="{tall - 12:g}" font-size="11" fill="{PLAIN["grey"]}">{escape(rules)} Footfall</text>',
    ]
    return whole(wide, tall, body)


def png(drawing: str) -> bytes:
    """The picture, painted."""
    import vl_convert  # noqa: PLC0415 - 60 MB that only who takes a picture along needs

    with _painting:
        return bytes(vl_convert.svg_to_png(drawing, scale=SCALE))


def _draw(report: Report, name: str, chosen: Range | None, turn_h: int) -> str:
    drawn: dict[str, Callable[[], str]] = {
        "panel": lambda: charts.panel_hours(report.answer("hourly")),
        "addresses": lambda: charts.address_hours(report.answer("hourly")),
        "dwell": lambda: charts.bars(report.answer("dwell_histogram")),
        "noise": lambda: charts.bars(report.answer("noise_share")),
    }
    if name in drawn:
        return drawn[name]()
    if name == "visitors" and chosen is not None:
        return str(views.of_reports(chosen, turn_h, report, None).drawings.get("visitors_wide", ""))
    return str(detail(report, ()).drawings.get(f"{name}_wide", "")) if name in TITLES else ""


def _size(drawn: str) -> tuple[float, float]:
    """Width and height that a drawing names."""
    width, height = (float(drawn.split(f' {name}="', 1)[1].split('"', 1)[0]) for name in ("width", "height"))
    return width, height

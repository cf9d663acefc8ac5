"""What a report says beyond its key figures: people, all people, the usual week, zones, ways, who came back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from ...reporting.report import Report
from .. import view
from ..language import gettext as _
from . import hours, matrix, plot, ways, zones
from .heat import Heat, heat
from .hours import Hour
from .matrix import Matrix
from .people import AllPeople, Band, all_people, band
from .plot import NARROW_PX, WIDE_PX
from .ways import Ways
from .zones import Zone


@dataclass(frozen=True, slots=True)
class Detail:
    """Everything of a report that has a section of its own."""

    band: Band | None
    all_people: AllPeople | None
    heat: Heat | None
    zones: tuple[Zone, ...]
    zone_rows: tuple[view.Row, ...]
    zone_pairs: Matrix | None
    routes: Ways
    paths: Ways
    sites: Ways
    elsewhere: tuple[view.Row, ...]
    returning: tuple[view.Number, ...]
    drawings: dict[str, Markup]


def detail(report: Report, placed: Sequence[tuple[str, str]], found: Sequence[Hour] | None = None) -> Detail:
    """The sections of a report. placed: (sensor, zone); found: hours of the usual week, else its own."""
    people, between = band(report), ways.ways(report, "zone")
    sites, rooms = ways.ways(report, "site"), zones.zones(report, placed)
    drawn: dict[str, Callable[[int], str]] = {}
    if people is not None:
        drawn["people"] = lambda width: plot.band(people.marks, width)
    if between.ways:
        drawn["routes"] = lambda width: ways.diagram(between.ways, ways.WIDE_PX if width == WIDE_PX else ways.NARROW_PX)
    if sites.ways:
        drawn["sites"] = lambda width: ways.diagram(sites.ways, ways.WIDE_PX if width == WIDE_PX else ways.NARROW_PX)
    return Detail(
        band=people,
        all_people=all_people(report),
        heat=heat(hours.of(report) if found is None else found),
        zones=rooms,
        zone_rows=zones.rows(rooms),
        zone_pairs=matrix.of_zones(report),
        routes=between,
        paths=ways.ways(report, "path"),
        sites=sites,
        elsewhere=ways.elsewhere(report),
        returning=_returning(report),
        drawings=both_widths(drawn),
    )


def both_widths(drawn: dict[str, Callable[[int], str]]) -> dict[str, Markup]:
    """Each drawing for a wide page and for a phone. They are our own SVG, of released cells only."""
    return {
        f"{name}_{kind}": Markup(draw(width))  # noqa: S704 - see above
        for name, draw in drawn.items()
        for kind, width in (("wide", WIDE_PX), ("narrow", NARROW_PX))
    }


def _returning(report: Report) -> tuple[view.Number, ...]:
    daily = report.epoch_days == 1  # then nobody has to learn the word
    said = (
        ("new_visitors", _("New"), _("first visit of the day") if daily else _("first visit of the epoch")),
        (
            "returning_visitors",
            _("Came back"),
            _("more than once on one day") if daily else _("after a visit in the same epoch"),
        ),
        ("returning_rate", _("Share who came back"), _("of the panel's visitors")),
        ("frequency", _("Visits a visitor"), _("on one day") if daily else _("since the epoch's begin")),
        ("recency", _("Time away"), _("median, between two visits")),
        ("loyal_share", _("Three visits or more"), _("of the panel's visitors")),
    )
    return tuple(view.number(report.answer(name), label, note) for name, label, note in said)

"""Zones: how many were in each, and how long. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ...reporting.report import Report
from ...suppression import Cell
from .. import words
from ..view import Row


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone with its sensors; visitors: None where too few."""

    name: str
    sensors: tuple[str, ...]
    visitors: float | None
    shown: tuple[str, ...]  # visitors, their share, median stay, coverage


def zones(report: Report, placed: Sequence[tuple[str, str]]) -> tuple[Zone, ...]:
    """The zones of a report. placed: (sensor, zone)."""
    found, gaps = [], silent(report)
    for cell in report.answer("zone_visitors").cells:
        share = _of(report, "exposure_rate", "", cell.cell)
        stay = _of(report, "zone_dwell", cell.cell, "median")
        sensors = tuple(sensor for sensor, zone in placed if zone == cell.cell)
        heard = _of(report, "zone_coverage", "", cell.cell)
        numbers = [(cell, ""), (share, "share"), (stay, "s")]
        if cell.cell in gaps:
            numbers = [(replace(one, value=None, suppressed=False), unit) for one, unit in numbers]
        shown = tuple(words.shown(one, unit) for one, unit in (*numbers, (heard, "share")))
        found.append(Zone(cell.cell, sensors, cell.value, shown))
    return tuple(found)


def silent(report: Report) -> frozenset[str]:
    """Zones that no sensor listened to: what they lack is a gap, and not too few people."""
    return frozenset(cell.cell for cell in report.answer("zone_coverage").cells if cell.value == 0)


def rows(found: Sequence[Zone]) -> tuple[Row, ...]:
    """The same as lines of a table."""
    return tuple(Row(zone.name, (*zone.shown, ", ".join(zone.sensors) or "–")) for zone in found)


def _of(report: Report, metric: str, series: str, name: str) -> Cell:
    cells = report.answer(metric).cells
    found = (cell for cell in cells if (cell.series, cell.cell) == (series, name))
    return next(found, Cell(series, name, None, suppressed=False))

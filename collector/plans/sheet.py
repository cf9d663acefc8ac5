"""Positions as CSV, out and in again: where each sensor of a site hangs on its plan, and its zone. Pure.

Sensors that are not in a sheet stay as they are, and so do zones where there is no such column. Empty cells: nowhere on
the plan, in no zone.
"""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .. import sheets
from ..sheets import Form, Row
from .errors import PlanError
from .plan import Spot

COLUMNS = ("sensor", "x", "y", "zone")  # x, y: per cent of the plan from the left, and from the top
FORM = Form(needed=COLUMNS[:3], more=COLUMNS[3:], rows_max=2000)
WHOLE = (0, 100)
PERCENT = "x and y are per cent of the plan, such as 12.5, or both are empty"


@dataclass(frozen=True, slots=True)
class Placed:
    """What a sheet says of a sensor. spot: None is nowhere on the plan; zone: "" is none, None is as it was."""

    spot: Spot | None
    zone: str | None


def write(sensors: Iterable[str], spots: Mapping[str, Spot], zones: Mapping[str, str]) -> str:
    """The sheet of a site's sensors."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for name in sensors:
        spot = spots.get(name)
        writer.writerow((name, spot.x if spot else "", spot.y if spot else "", zones.get(name, "")))
    return out.getvalue()


def read(content: bytes) -> dict[str, Placed]:
    """What a sheet says of each sensor. Raises SheetError that names line and column, PlanError where none was sent."""
    if not content:
        raise PlanError("no file was sent; choose one")
    found: dict[str, Placed] = {}
    for row in sheets.read(content, FORM):
        if row["sensor"] in found:
            raise row.twice("sensor")
        found[row["sensor"]] = _placed(row)
    return found


def _placed(row: Row) -> Placed:
    zone = row.cells.get("zone")
    if not row["x"] and not row["y"]:
        return Placed(None, zone)
    return Placed(Spot(row.number("x", PERCENT, WHOLE), row.number("y", PERCENT, WHOLE)), zone)

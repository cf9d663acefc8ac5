"""Positions as CSV, out and in again: where each sensor of a site hangs on its plan, and its zone. Pure.

Sensors that are not in a sheet stay as they are, and so do zones where there is no such column. Empty cells: nowhere on
the plan, in no zone.
"""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .errors import PlanError
from .plan import Spot

COLUMNS = ("sensor", "x", "y", "zone")  # x, y: per cent of the plan from the left, and from the top
ROWS_MAX = 2000


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
    """What a sheet says of each sensor. Raises PlanError that names the line."""
    if not content:
        raise PlanError("no file was sent; choose one")
    try:
        reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig")), strict=True)
        names = set(reader.fieldnames or ())
        if not {"sensor", "x", "y"} <= names <= set(COLUMNS):
            raise PlanError(f"the first line names the columns sensor,x,y and perhaps zone, not '{_first(content)}'")
        found: dict[str, Placed] = {}
        for row in reader:
            if None in row or None in row.values():
                raise PlanError(f"line {reader.line_num}: it has another number of cells than the first line")
            name = row["sensor"].strip()
            if name in found:
                raise PlanError(f"line {reader.line_num}: '{name[:32]}' is there twice")
            found[name] = _placed(row, reader.line_num)
            if len(found) > ROWS_MAX:
                raise PlanError(f"a file of positions has at most {ROWS_MAX:,} lines")
    except (UnicodeDecodeError, csv.Error) as exc:
        raise PlanError("this is no CSV in UTF-8 that can be read; take the file of this page and change it") from exc
    if not found:
        raise PlanError("the file names no sensor")
    return found


def _placed(row: Mapping[str, str], line: int) -> Placed:
    x, y = row["x"].strip(), row["y"].strip()
    zone = row["zone"].strip() if "zone" in row else None
    if not x and not y:
        return Placed(None, zone)
    try:
        return Placed(Spot(float(x), float(y)), zone)
    except ValueError:
        raise PlanError(f"line {line}: x and y are per cent of the plan, such as 12.5, or both are empty") from None


def _first(content: bytes) -> str:
    return content.split(b"\n", 1)[0][:60].decode("utf-8", "replace").strip()

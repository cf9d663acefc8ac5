"""Sheets: the fleet as CSV, out and in again. Pure.

Columns that are not in a sheet, and sensors that are not, stay as they are. An empty cell empties (but for the site).
"""

import csv
import io
from collections.abc import Iterable, Mapping

from ..errors import QueryError
from .book import Edit
from .selection import Known, tag

EDITABLE = ("site", "group", "tags", "behind", "latitude", "longitude")
SHOWN = ("tenant", "state", "version", "heard")  # for people: an import does not read them
COLUMNS = ("sensor", "tenant", *EDITABLE, "state", "version", "heard")
ROWS_MAX = 100_000


def write(known: Iterable[Known], said: Mapping[int, Mapping[str, str]]) -> str:
    """The sheet; said: of each sensor by its id, the columns state, version and heard."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n", restval="")
    writer.writeheader()
    for one in known:
        sensor = one.sensor
        row = {"sensor": sensor.name, "tenant": sensor.tenant, "site": sensor.site, "group": sensor.group_name}
        row |= {"tags": " ".join(sorted(one.tags)), "behind": one.behind}
        if one.latitude is not None and one.longitude is not None:
            row |= {"latitude": f"{one.latitude:.6f}", "longitude": f"{one.longitude:.6f}"}
        writer.writerow(row | dict(said.get(sensor.id, {})))
    return out.getvalue()


def read(text: str) -> list[tuple[str, Edit]]:
    """What a sheet says of each sensor. Raises QueryError that names the line."""
    reader = csv.DictReader(io.StringIO(text))
    names = reader.fieldnames or []
    unknown = sorted(set(names) - set(COLUMNS))
    if "sensor" not in names or unknown:
        what = f"column '{unknown[0]}' is unknown" if "sensor" in names else "there is no column 'sensor'"
        raise QueryError(f"{what}; a sheet has sensor and any of {', '.join(EDITABLE)}")
    if ("latitude" in names) != ("longitude" in names):
        raise QueryError("latitude and longitude come together")
    found: dict[str, Edit] = {}
    try:
        for row in reader:
            if None in row or None in row.values():
                raise QueryError(f"line {reader.line_num}: it has another number of cells than the first line")
            name = row["sensor"].strip()
            if name in found:
                raise QueryError(f"line {reader.line_num}: '{name}' is there twice")
            found[name] = _edit(row, reader.line_num)
            if len(found) > ROWS_MAX:
                raise QueryError(f"a sheet has at most {ROWS_MAX} lines")
    except csv.Error as exc:
        raise QueryError(f"line {reader.line_num}: {exc}") from exc
    return list(found.items())


def _edit(row: Mapping[str, str], line: int) -> Edit:
    cells = {name: row[name].strip() for name in EDITABLE if name in row}
    if cells.get("site") == "":
        raise QueryError(f"line {line}: a sensor hangs at a site; leave the column out to change none")
    position, clear = None, False
    if "latitude" in cells:
        both = (cells["latitude"], cells["longitude"])
        clear = both == ("", "")
        try:
            position = None if clear else (float(both[0]), float(both[1]))
        except ValueError as exc:
            raise QueryError(f"line {line}: latitude and longitude are degrees, such as 52.516275") from exc
    tags = frozenset(tag(one) for one in cells["tags"].split()) if "tags" in cells else None
    return Edit(
        tags=tags,
        site=cells.get("site"),
        group=cells.get("group"),
        behind=cells.get("behind"),
        position=position,
        clear=clear,
    )

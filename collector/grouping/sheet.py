"""Sheets: the fleet as CSV, out and in again. Pure.

Columns that are not in a sheet, and sensors that are not, stay as they are. An empty cell empties (but for the site).
"""

import csv
import io
from collections.abc import Iterable, Mapping

from .. import sheets
from ..sheets import Form, Row, SheetError
from .book import Edit
from .selection import Known, tag

EDITABLE = ("site", "group", "tags", "behind", "latitude", "longitude")
SHOWN = ("tenant", "state", "version", "heard")  # for people: an import does not read them
COLUMNS = ("sensor", "tenant", *EDITABLE, "state", "version", "heard")
FORM = Form(needed=("sensor",), more=COLUMNS[1:], empty=True)
DEGREES = "latitude and longitude are degrees, such as 52.516275, or both are empty"


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


def read(content: bytes) -> list[tuple[str, Edit]]:
    """What a sheet says of each sensor. Raises QueryError that names line and column."""
    found: dict[str, Edit] = {}
    for row in sheets.read(content, FORM):
        if row["sensor"] in found:
            raise row.twice("sensor")
        found[row["sensor"]] = _edit(row)
    return list(found.items())


def _edit(row: Row) -> Edit:
    if ("latitude" in row) != ("longitude" in row):
        raise SheetError("line 1: latitude and longitude come together; add the column of the other")
    if row.cells.get("site") == "":
        raise row.fault("site", "a sensor hangs at a site; leave the column out to change none")
    clear = "latitude" in row and not row["latitude"] and not row["longitude"]
    position = None
    if "latitude" in row and not clear:
        position = (row.number("latitude", DEGREES), row.number("longitude", DEGREES))
    return Edit(
        tags=frozenset(tag(one) for one in row["tags"].split()) if "tags" in row else None,
        site=row.cells.get("site"),
        group=row.cells.get("group"),
        behind=row.cells.get("behind"),
        position=position,
        clear=clear,
    )

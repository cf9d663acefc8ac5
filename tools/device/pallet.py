"""A pallet: the units of a delivery, a row each, as a CSV file has them."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from collector import sheets
from collector.sheets import Form, Row, SheetError
from footfall_sensor.claim import Claim
from footfall_sensor.errors import SensorError
from footfall_sensor.wire.envelope import check_sensor_name

from .errors import DeviceError

MORE = ("site", "position", "unit")
FORM = Form(needed=("name", "claim"), more=None, rows_max=10_000)
TEXT_MAX = 120


@dataclass(frozen=True, slots=True)
class Place:
    """Where a unit will hang, and the claim by which it gets there."""

    name: str  # of the sensor, also the unit's host name
    claim: Claim  # who has its code can enrol one unit; its repr shows the id only
    site: str = ""
    position: str = ""  # in words or as latitude, longitude
    unit: str = ""  # the model, as in the catalogue


def place(name: str, claim: str, site: str = "", position: str = "", unit: str = "") -> Place:
    """A row, checked. Raises DeviceError that names the field."""
    try:
        parsed = Claim.parse(claim)
        check_sensor_name(name)
    except SensorError as exc:
        raise DeviceError(f"{name or 'a row without a name'}: {exc}") from exc
    for what, text in (("site", site), ("position", position), ("unit", unit)):
        if len(text) > TEXT_MAX or not text.isprintable():
            raise DeviceError(f"the {what} of {name} is too long or holds what cannot be printed; shorten it")
    return Place(name, parsed, site.strip(), position.strip(), unit.strip())


def read(path: Path) -> list[Place]:
    """The rows of a CSV file: columns name, claim and, where wanted, site, position, unit. Raises DeviceError."""
    try:
        rows = list(sheets.of_file(path, FORM))
    except SheetError as exc:
        raise DeviceError(f"{path}: {exc}") from exc
    found = [_place(row, path) for row in rows]
    for what, values in (("name", [one.name for one in found]), ("claim", [one.claim.id for one in found])):
        twice, times = Counter(values).most_common(1)[0]
        if times > 1:
            raise DeviceError(f"{path}: the {what} {twice} stands there twice; each is for one unit")
    return found


def _place(row: Row, path: Path) -> Place:
    if not row["name"] or not row["claim"]:
        raise DeviceError(f"{path}: line {row.line}: the columns name and claim are wanted in every row; fill them in")
    try:
        return place(**{name: row.get(name) for name in (*FORM.needed, *MORE)})
    except DeviceError as exc:
        raise DeviceError(f"{path}: line {row.line}: {exc.message}") from exc

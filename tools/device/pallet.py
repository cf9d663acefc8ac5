"""A pallet: the units of a delivery, a row each, as a CSV file has them."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from footfall_sensor.claim import Claim
from footfall_sensor.errors import SensorError
from footfall_sensor.wire.envelope import check_sensor_name

from .errors import DeviceError

ROWS_MAX = 10_000
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
            raise DeviceError(f"the {what} of {name} is too long or holds what cannot be printed")
    return Place(name, parsed, site.strip(), position.strip(), unit.strip())


def read(path: Path) -> list[Place]:
    """The rows of a CSV file: columns name, claim and, where wanted, site, position, unit. Raises DeviceError."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            return _rows(csv.DictReader(file), path)
    except OSError as exc:
        raise DeviceError(f"{path} cannot be read: {exc.strerror}") from exc
    except (UnicodeDecodeError, csv.Error) as exc:
        raise DeviceError(f"{path} is no CSV file in UTF-8") from exc


def _rows(rows: Iterable[dict[str, str]], path: Path) -> list[Place]:
    found: list[Place] = []
    for number, row in enumerate(rows, 2):
        if number > ROWS_MAX:
            raise DeviceError(f"{path} has more than {ROWS_MAX} rows: split it")
        fields = {name: (row.get(name) or "") for name in ("name", "claim", "site", "position", "unit")}
        if not fields["name"] or not fields["claim"]:
            raise DeviceError(f"{path}, line {number}: the columns name and claim are wanted in every row")
        try:
            found.append(place(**fields))
        except DeviceError as exc:
            raise DeviceError(f"{path}, line {number}: {exc.message}") from exc
    for what, values in (("name", [one.name for one in found]), ("claim", [one.claim.id for one in found])):
        twice = next((value for value in values if values.count(value) > 1), None)
        if twice is not None:
            raise DeviceError(f"{path}: the {what} {twice} stands there twice; each is for one unit")
    if not found:
        raise DeviceError(f"{path} has no rows")
    return found

"""Where sensors hang, from a table such as the installer's pallet list. The registry does not keep it."""

import csv
from dataclasses import dataclass
from pathlib import Path

from ..errors import QueryError


@dataclass(frozen=True, slots=True)
class Position:
    """Degrees, WGS 84; both None where it is not known."""

    lat: float | None
    lng: float | None


NOWHERE = Position(None, None)


def read(path: Path) -> dict[str, Position]:
    """By sensor, from a CSV file with the columns name and position, "52.5163, 13.3777".

    Positions in words are passed over: they are of use to people only. Raises QueryError.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as exc:
        raise QueryError(f"{path} cannot be read: {exc}") from exc
    if rows and not {"name", "position"} <= set(rows[0]):
        raise QueryError(f"{path} has no columns name and position")
    found = {}
    for row in rows:
        position = _position(row["position"] or "")
        if position is not None:
            found[row["name"]] = position
    return found


def _position(text: str) -> Position | None:
    lat, comma, lng = text.partition(",")
    try:
        position = Position(float(lat), float(lng))
    except ValueError:
        return None
    good = comma and -90 <= (position.lat or 0) <= 90 and -180 <= (position.lng or 0) <= 180
    return position if good else None

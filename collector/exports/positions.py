"""Where sensors hang, from a table such as the installer's pallet list. The registry does not keep it."""

from dataclasses import dataclass
from pathlib import Path

from .. import sheets
from ..sheets import Form

FORM = Form(needed=("name", "position"), more=None, empty=True)


@dataclass(frozen=True, slots=True)
class Position:
    """Degrees, WGS 84; both None where it is not known."""

    lat: float | None
    lng: float | None


NOWHERE = Position(None, None)


def read(path: Path) -> dict[str, Position]:
    """By sensor, from a CSV file with the columns name and position, "52.5163, 13.3777".

    Positions in words are passed over: they are of use to people only. Raises SheetError.
    """
    found = {}
    for row in sheets.of_file(path, FORM):
        position = _position(row["position"])
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

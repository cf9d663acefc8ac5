"""Walks: where a phone that somebody carried was, and when. Read from a CSV."""

from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path

from .. import calendar, sheets
from ..records.registry import Site
from ..sheets import Form, Row, SheetError

PHONES_MAX = 50
PLACES = ("inside", "outside")
FORM = Form(needed=("from", "to", "place"), more=None, rows_max=10_000)
HOW_MANY = f"a number of phones from 1 to {PHONES_MAX} is wanted, or nothing for one"


@dataclass(frozen=True, slots=True)
class Leg:
    """A time (UTC) in which so many phones, carried together, were inside or outside."""

    start_ms: int
    end_ms: int
    inside: bool
    phones: int = 1


def read(file: Path, site: Site) -> list[Leg]:
    """The legs of a CSV with the columns from, to, place (inside or outside) and, where there is one, phones.

    Times without an offset are the site's own. Raises SheetError naming the file and the wrong cell.
    """
    zone = calendar.zone(site.time_zone)
    try:
        return [_leg(row, zone) for row in sheets.of_file(file, FORM)]
    except SheetError as exc:
        raise SheetError(f"{file}: {exc}") from exc


def _leg(row: Row, zone: tzinfo) -> Leg:
    start_ms, end_ms, place = row.moment_ms("from", zone), row.moment_ms("to", zone), row["place"].lower()
    if place not in PLACES:
        raise row.fault("place", f"it is one of {', '.join(PLACES)}")
    if end_ms <= start_ms:
        raise row.fault("to", "it lies after `from`")
    phones = row.whole("phones", HOW_MANY, PHONES_MAX) if row.get("phones") else 1
    if phones < 1:
        raise row.fault("phones", HOW_MANY)
    return Leg(start_ms, end_ms, place == "inside", phones)

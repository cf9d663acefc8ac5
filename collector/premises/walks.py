"""Walks: where a phone that somebody carried was, and when. Read from a CSV."""

import csv
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from .. import calendar
from ..errors import QueryError
from ..records.registry import Site

PHONES_MAX = 50
LEGS_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Leg:
    """A time (UTC) in which so many phones, carried together, were inside or outside."""

    start_ms: int
    end_ms: int
    inside: bool
    phones: int = 1


def read(path: Path, site: Site) -> list[Leg]:
    """The legs of a CSV with the columns from, to, place (inside or outside) and, where there is one, phones.

    Times without an offset are the site's own. Raises QueryError naming the line that cannot be read.
    """
    zone = calendar.zone(site.time_zone)
    legs = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.DictReader(lines))
    except (OSError, UnicodeDecodeError) as exc:
        raise QueryError(f"{path} cannot be read: {exc}. A CSV file with from,to,place is wanted") from exc
    if not 1 <= len(rows) <= LEGS_MAX:
        raise QueryError(f"{path} has {len(rows)} lines; 1 to {LEGS_MAX:,} with from,to,place are wanted")
    for number, row in enumerate(rows, start=2):
        try:
            times = [datetime.fromisoformat((row[key] or "").strip()) for key in ("from", "to")]
            place = (row["place"] or "").strip().lower()
            phones = int(row.get("phones") or 1)
        except (KeyError, ValueError) as exc:
            raise QueryError(f"{path}, line {number}: from,to,place with times like 2026-11-22T10:00 wanted") from exc
        start_ms, end_ms = (int((one if one.tzinfo else one.replace(tzinfo=zone)).timestamp() * 1000) for one in times)
        if place not in ("inside", "outside") or end_ms <= start_ms:
            raise QueryError(f"{path}, line {number}: place is inside or outside, and `to` lies after `from`")
        if not 1 <= phones <= PHONES_MAX:
            raise QueryError(f"{path}, line {number}: 1 to {PHONES_MAX} phones, not {phones}")
        legs.append(Leg(start_ms, end_ms, place == "inside", phones))
    return legs

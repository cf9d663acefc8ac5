"""Holdings: what the manifest lists, in sums: files, rows and bytes by tenant, kind and business day."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Engine, func, select

from .. import schema

GROWTH_DAYS = 7  # whole days that growth is the mean of
DAYS_MIN = 2  # fewer say nothing


@dataclass(frozen=True, slots=True)
class Holding:
    """The files of one kind and business day of a tenant."""

    tenant: str
    kind: str
    day: str
    files: int
    rows: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Published:
    """What of an open table has been written: days, and the first and last of them."""

    tenant: str
    kind: str
    days: int
    first: str
    last: str


@dataclass(frozen=True, slots=True)
class Growth:
    """What one more day takes, bytes, and over how many days that is the mean."""

    bytes_per_day: float
    days: int


def holdings(engine: Engine) -> list[Holding]:
    """All of it, newest day first."""
    table = schema.files.c
    named = (table.tenant, table.kind, table.day)
    wanted = select(*named, func.count(), func.sum(table.rows), func.sum(table.bytes)).group_by(*named)
    with engine.begin() as connection:
        # PostgreSQL's sums of bigint are decimals.
        rows = connection.execute(wanted).all()
        found = [Holding(row[0], row[1], row[2], int(row[3]), int(row[4]), int(row[5])) for row in rows]
    return sorted(found, key=lambda one: (one.day, one.tenant, one.kind), reverse=True)


def published(engine: Engine) -> list[Published]:
    """The open tables, by tenant and kind."""
    table = schema.published.c
    named = (table.tenant, table.kind)
    wanted = select(*named, func.count(), func.min(table.day), func.max(table.day)).group_by(*named).order_by(*named)
    with engine.begin() as connection:
        return [Published(*row) for row in connection.execute(wanted)]


def growth(held: Iterable[Holding], kinds: Sequence[str], today: date) -> Growth | None:
    """How much the newest whole days have taken, of kinds that stay. None where there are too few days.

    Today is not whole yet, and yesterday's end may not have been judged yet: both are left out.
    """
    by_day: dict[date, int] = {}
    for one in held:
        if one.kind in kinds:
            day = date.fromisoformat(one.day)
            by_day[day] = by_day.get(day, 0) + one.bytes
    last = today - timedelta(days=2)
    first = max((last - timedelta(days=GROWTH_DAYS - 1)), min(by_day, default=last))
    days = (last - first).days + 1
    if days < DAYS_MIN or not by_day:
        return None
    taken = sum(size for day, size in by_day.items() if first <= day <= last)
    return Growth(taken / days, days)


def days_left(free_bytes: int, floor_bytes: int, grown: Growth | None) -> float | None:
    """How long what is free above the floor lasts; None where nothing can be said, or nothing grows."""
    if grown is None or grown.bytes_per_day <= 0:
        return None
    return max(0.0, (free_bytes - floor_bytes) / grown.bytes_per_day)

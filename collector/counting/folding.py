"""Signs of people are folded from sightings while there are tokens, and kept for as long as windows are.

A day's signs lie in one file, which is made again from all the day's sightings when more have come: which devices are
fixed is known only from the whole day. What comes for a day that has ended is not counted any more.
"""

from collections.abc import Iterable

import pyarrow as pa

from .. import calendar, fold
from ..manifest import StoredFile
from ..metrics import sql_text
from ..registry import Tenant
from ..store import SIGHTINGS, SIGNS, VISITS, Store
from ..turn import not_counted
from . import signs


def refresh(store: Store, tenant: Tenant, now_ms: int, fresh_ms: int = 0) -> list[str]:
    """Make the signs of days that have changed. Returns these days. Raises StoreError.

    fresh_ms: signs that were made less than so long ago will do; to make them costs half a second for 50,000 sightings.
    """
    ended = set(store.manifest.days(tenant.name, VISITS))
    made = {file.day: file for file in store.manifest.files(tenant.name, SIGNS)}
    heard: dict[str, list[StoredFile]] = {}
    for file in store.manifest.files(tenant.name, SIGHTINGS):
        if file.day not in ended:
            heard.setdefault(file.day, []).append(file)
    return [
        day
        for day, files in heard.items()
        if (day not in made or _newest(files) > (made[day].covers_id or 0))
        and not (day in made and 0 <= now_ms - made[day].created_ms < fresh_ms)
        and _make(store, tenant, day, files, [made[day]] if day in made else [], now_ms)
    ]


def _newest(files: Iterable[StoredFile]) -> int:
    return max(file.id for file in files)


def _make(
    store: Store, tenant: Tenant, day: str, files: list[StoredFile], before: list[StoredFile], now_ms: int
) -> bool:
    """One day's signs in the place of those before; False where another process was first."""

    span = calendar.day_named(day, tenant.time_zone, tenant.epoch_turn_h)
    with fold.engine() as connection:
        store.read(connection, files).create_view("all_sightings")
        flagged = not_counted(store.flags.within(tenant.name, span))
        connection.register("not_counted", flagged)
        counted = sql_text("counted") if flagged.num_rows else "FROM all_sightings"
        connection.execute(f"CREATE VIEW sightings AS {counted}")
        rows: pa.Table = signs.make(connection)
    return store.swap(before, [store.write(SIGNS, tenant.name, "", day, rows)], _newest(files), now_ms)

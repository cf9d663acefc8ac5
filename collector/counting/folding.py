"""Signs of people are folded from sightings while there are tokens, and kept for as long as windows are.

A day's signs lie in one file, which is made again from all the day's sightings when more have come: which devices are
fixed is known only from the whole day. What comes for a day that has ended is not counted any more.
"""

from collections.abc import Iterable

from .. import calendar
from ..records.registry import Tenant
from ..stays import fold
from ..stays.turn import counted
from ..storage import engines, tables
from ..storage.manifest import StoredFile
from ..storage.store import SIGHTINGS, SIGNS, VISITS, Store
from . import signs


def refresh(
    store: Store, tenant: Tenant, now_ms: int, fresh_ms: int = 0, engine_name: str = engines.DUCKDB
) -> list[str]:
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
        and _make(store, tenant, day, files, [made[day]] if day in made else [], now_ms, engine_name)
    ]


def _newest(files: Iterable[StoredFile]) -> int:
    return max(file.id for file in files)


def _make(
    store: Store,
    tenant: Tenant,
    day: str,
    files: list[StoredFile],
    before: list[StoredFile],
    now_ms: int,
    engine_name: str,
) -> bool:
    """One day's signs in the place of those before; False where another process was first."""

    span = calendar.day_named(day, tenant.time_zone, tenant.epoch_turn_h)
    with fold.folding(store, engine_name, sum(file.rows for file in files)) as engine:
        engine.read("all_sightings", files, tables.SIGHTINGS)
        engine.view("sightings", counted(engine, store.flags.within(tenant.name, span)))
        engine.give("levels", signs.levels())
        engine.give("rungs", signs.rungs())
        engine.make("marks", signs.sql_text("marks"))
        rows = engine.table(signs.sql_text()).cast(signs.schema())
    return store.swap(before, [store.write(SIGNS, tenant.name, "", day, rows)], _newest(files), now_ms)

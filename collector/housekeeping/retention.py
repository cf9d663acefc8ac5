"""Retention: how long each class of data is kept, and proof that what should be gone is gone.

tokens     sightings, stays and marks of a business day: LATE_MS beyond the end of its epoch. Then the day's visits are
           judged for good and kept without tokens: a random number stands for each device of the day.
visits     without tokens: `retention_visits_days`.
windows    counts of sensors and times, signs of people and what is estimated of these, nothing of devices:
           `retention_windows_days`.

What comes for a day that has ended still counts, as devices of which nothing else is known; it opens no visit again.
"""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import pyarrow as pa

from .. import calendar
from ..answers.tables import VISITS_SCHEMA
from ..counting import folding
from ..folder import Collector
from ..keys.blinding import LATE_MS
from ..metrics import sql_text
from ..options.keep import Keep
from ..premises.zones import KEPT_ZONES, table
from ..premises.zones import STEPS as STEPS_SCHEMA
from ..records.audit import Audit, Event
from ..records.registry import Site, Tenant
from ..stays import fold
from ..stays.turn import STAYS_SCHEMA, hear
from ..storage.engines import DUCKDB, Engine
from ..storage.manifest import NewFile, StoredFile
from ..storage.store import ESTIMATES, MARKS, OPEN_STAYS, SIGHTINGS, SIGNS, STAYS, STEPS, VISITS, WINDOWS, ZONES, Store

ACTOR = "collector"
TOKENS = (SIGHTINGS, STAYS, OPEN_STAYS, STEPS, MARKS)
CLASSES = {"tokens": TOKENS, "visits": (VISITS, ZONES), "windows": (WINDOWS, SIGNS, ESTIMATES)}


@dataclass(frozen=True, slots=True)
class Due:
    """Files of one class and day whose time is over."""

    data: str  # tokens, visits or windows
    tenant: str
    day: str
    files: tuple[StoredFile, ...]

    @property
    def rows(self) -> int:
        """Rows in them."""
        return sum(file.rows for file in self.files)

    @property
    def bytes(self) -> int:
        """Bytes in them."""
        return sum(file.bytes for file in self.files)


def due(store: Store, tenant: Tenant, keep: Keep, now_ms: int) -> list[Due]:
    """What is to go now, oldest day first. Looks, and changes nothing."""
    return sorted(_due(store, tenant, keep, now_ms), key=lambda one: (one.day, one.data))


def _due(store: Store, tenant: Tenant, keep: Keep, now_ms: int) -> Iterator[Due]:
    for data, kinds in CLASSES.items():
        by_day: dict[str, list[StoredFile]] = {}
        for kind in kinds:
            for file in store.manifest.files(tenant.name, kind):
                by_day.setdefault(file.day, []).append(file)
        for day, files in by_day.items():
            if now_ms >= over_ms(tenant, keep, data, day):
                yield Due(data, tenant.name, day, tuple(files))


def over_ms(tenant: Tenant, keep: Keep, data: str, day: str) -> int:
    """When the time of a class of data of a business day is over, UTC ms."""
    if data == "tokens":
        start_ms = calendar.day_named(day, tenant.time_zone, tenant.epoch_turn_h).start_ms
        epoch = calendar.epoch_of(start_ms, tenant.time_zone, tenant.epoch_turn_h, tenant.epoch_days)
        return epoch.end_ms + LATE_MS
    days = keep.visits_days if data == "visits" else keep.windows_days
    last = date.fromisoformat(day) + timedelta(days=days + 1)
    return int(datetime.combine(last, time(), UTC).timestamp() * 1000)


def apply(
    store: Store, tenant: Tenant, sites: Sequence[Site], one: Due, now_ms: int, engine_name: str = DUCKDB
) -> bool:
    """Let go what is due; of tokens, what they say without them is kept. False: another process was first.

    engine_name: which engine judges the stays; the visits are the same. Raises StoreError, and QueryError where Spark
    is asked for and cannot run here.
    """
    if one.data == "tokens":
        return end_day(store, tenant, sites, one.day, now_ms, engine_name)
    return store.swap(one.files, [], None, now_ms)


def overdue(store: Store, tenant: Tenant, keep: Keep, now_ms: int) -> list[Due]:
    """What should have gone an hour ago and is still listed: a reason to worry, and empty where all is well."""
    return due(store, tenant, keep, now_ms - 3600 * 1000)


def end_day(
    store: Store, tenant: Tenant, sites: Sequence[Site], day: str, now_ms: int, engine_name: str = DUCKDB
) -> bool:
    """Put a day's visits without tokens in the place of its sightings and stays. See `apply`."""
    late = bool(store.manifest.files(tenant.name, VISITS, [day]))
    if not late:
        fold.refresh(store, tenant, sites, now_ms, engine_name)  # from here on, what comes for this day is late
        folding.refresh(store, tenant, now_ms, engine_name=engine_name)
    files = {kind: store.manifest.files(tenant.name, kind, [day]) for kind in TOKENS}
    covered = max((file.covers_id or 0 for file in files[OPEN_STAYS]), default=0)
    sightings = [file for file in files[SIGHTINGS] if late or file.id <= covered or file.covers_id is not None]
    stays = [] if late else [*files[STAYS], *files[OPEN_STAYS]]
    span = calendar.day_named(day, tenant.time_zone, tenant.epoch_turn_h)
    with fold.folding(store, engine_name, sum(file.rows for file in (sightings if late else stays))) as engine:
        if late:
            engine.give("places", fold.places(sites))
            hear(engine, span, sightings, store.flags.within(tenant.name, span))
            engine.view("day_stays", "SELECT * FROM fresh")
        else:
            engine.read("day_stays", stays, STAYS_SCHEMA)
        _number(engine)
        if files[STEPS]:
            engine.read("steps", files[STEPS], STEPS_SCHEMA)
        new: list[NewFile] = []
        # A site at a time, so that its rows and not the day's are in memory. Nothing is judged across sites.
        for place in [[site] for site in sites] or [[]]:
            engine.give("judging", pa.table({"site": pa.array([site.name for site in place], pa.string())}))
            engine.view("stays", "SELECT s.* FROM day_stays AS s JOIN judging AS j ON j.site = s.site")
            made = {VISITS: _visits(engine, place, span, late)}
            if files[STEPS]:
                made[ZONES] = _zones(engine, place, store.zones.of(tenant.name))
            # The first also where it is empty: visits, however few, say that the day has ended.
            new += [
                store.write(kind, tenant.name, "", day, rows) for kind, rows in made.items() if rows.num_rows or not new
            ]
    return store.swap([*sightings, *stays, *files[STEPS], *files[MARKS]], new, None, now_ms)


def _number(engine: Engine) -> None:
    """The table `numbered`: a random number for each token, the same at all sites of the day, and nothing in common."""
    tokens = engine.table("SELECT DISTINCT token FROM day_stays")
    draw = np.random.Generator(np.random.PCG64(secrets.randbits(128)))
    numbers = draw.integers(-(1 << 63), 1 << 63, tokens.num_rows, dtype=np.int64)
    engine.give("numbered", tokens.append_column("number", pa.array(numbers)))


def _visits(engine: Engine, sites: Sequence[Site], span: calendar.Span, late: bool) -> "pa.Table":
    """The view `stays`, judged, each token with its number in its place."""
    for name, rules in fold.judged_by(sites, span).items():
        engine.give(name, rules)
    engine.make("visits_judged", sql_text("judge"))
    kept = "v.panel AS panel, v.outcome AS outcome"
    if late:  # the day's own visits are there already: these are other devices, as far as anybody can tell
        kept = "FALSE AS panel, CASE WHEN v.outcome = 'noise' THEN v.outcome ELSE 'unlinked' END AS outcome"
    return _renamed(engine, "visits_judged", VISITS_SCHEMA, kept)


def _zones(engine: Engine, sites: Sequence[Site], zones: tuple[tuple[str, str], ...]) -> "pa.Table":
    """Where the day's visitors were, under the numbers that stand for their tokens now."""
    engine.give("place", pa.table({"site": pa.array([site.name for site in sites], pa.string())}))
    engine.give("zones", table(zones))
    engine.view("visits", "SELECT * FROM visits_judged")
    engine.give("kept_zones", KEPT_ZONES.empty_table())
    engine.make("zone_stays", sql_text("zone_stays"))
    return _renamed(engine, "zone_stays", KEPT_ZONES)


def _renamed(engine: Engine, name: str, schema: "pa.Schema", kept: str = "") -> "pa.Table":
    """The rows under this name as they are kept: each token's number for it. kept: SQL of further columns."""
    said = [one for one in schema.names if one != "token" and f" AS {one}" not in kept]
    columns = ", ".join(["n.number AS token", *(f"v.{one} AS {one}" for one in said), *filter(None, [kept])])
    joined = f"SELECT {columns} FROM {name} AS v JOIN numbered AS n ON n.token = v.token"  # noqa: S608 - constants
    return engine.table(f"{joined} ORDER BY v.site, v.start_ms").select(schema.names).cast(schema)


def retain(collector: Collector, now_ms: int) -> None:
    """Let go everything that is due, each with a row in the audit log."""
    log_of = Audit(collector.registry.engine)
    for tenant in collector.registry.tenants():
        sites = collector.registry.sites(tenant.name)
        for one in due(collector.store, tenant, collector.settings.keep, now_ms):
            if apply(collector.store, tenant, sites, one, now_ms):
                says = f"{len(one.files)} files, {one.rows} rows"
                log_of.append(Event(ACTOR, "delete", f"{one.data} {one.tenant}/{one.day}", says), now_ms)
    collector.store.tidy(now_ms)

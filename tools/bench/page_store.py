"""A store as a chain has it after a year: simulated visits and windows of many sites, and a wide fleet beside them.

Visits lie as the end of a day leaves them, without tokens; each site has one sensor that was always heard. The fleet's
units stand in the registry with their last reports; they are of another tenant and have stored nothing.
"""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from collector import calendar, schema
from collector import folder as folders
from collector.counting import signs
from collector.database import writing
from collector.options.settings import Settings
from collector.people.user import EVERYWHERE, Role
from collector.records.registry import Registry, Site, Tenant
from collector.storage.store import SIGNS, VISITS, WINDOWS

from .site_days import CLOSES_H, OPENS_H, stays

CHAIN, FLEET = "default", "fleet"
UNITS_A_SITE = 25
WINDOW_MS = 30_000
HOUR_MS, DAY_MS = 3_600_000, 86_400_000
SEED = 8
DRAWN = 7  # days that differ; the others are the same people, days later


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is; visits and the like: of each site and day."""

    sites: int = 50
    days: int = 365
    units: int = 2500
    users: int = 50
    visits: int = 150
    passers_by: int = 300
    unlinked: int = 550

    @property
    def rows(self) -> int:
        """Visits of all kinds in the whole store."""
        return self.sites * self.days * (self.visits + self.passers_by + self.unlinked)


def site_name(number: int) -> str:
    """A site of the chain."""
    return f"site-{number:03}"


def user_name(number: int) -> str:
    """Who looks: administrators, whom nothing is hidden from."""
    return f"viewer-{number:03}"


def fill(folder: Path, size: Size, tick: Callable[[], object]) -> None:
    """Make a collector's folder of this size; ends yesterday. Raises StoreError."""
    folders.create(folder, Settings(replay=True, simulated=True))
    collector = folders.open_folder(folder)
    try:
        _register(collector.registry, size)
        draw = np.random.default_rng(SEED)
        today = calendar.day_of(int(time.time() * 1000), "UTC", 4)
        drawn = [_day(draw, size) for _ in range(min(DRAWN, size.days))]
        for back in range(size.days, 0, -1):
            day = calendar.day_of(today.start_ms - back * DAY_MS, "UTC", 4)
            visits = _moved(drawn[back % len(drawn)], day.start_ms)
            store = collector.store
            new = [
                store.write(VISITS, CHAIN, "", day.name, visits),
                store.write(WINDOWS, CHAIN, "", day.name, _windows(day, size)),
                store.write(SIGNS, CHAIN, "", day.name, _signs(day, size)),
            ]
            store.swap([], new, None, 0)
            if back % 30 == 0:
                tick()
    finally:
        collector.close()


def _register(registry: Registry, size: Size) -> None:
    now_ms = int(time.time() * 1000)
    registry.put_tenant(Tenant(CHAIN))
    registry.put_tenant(Tenant(FLEET))
    for number in range(size.sites):
        registry.put_site(Site(CHAIN, site_name(number), opens=f"{OPENS_H:02}:00", closes=f"{CLOSES_H}:00"))
    for number in range(-(-size.units // UNITS_A_SITE)):
        registry.put_site(Site(FLEET, f"hall-{number:03}"))
    rows = [_sensor(CHAIN, f"{site_name(number)}-door", site_name(number)) for number in range(size.sites)]
    rows += [_sensor(FLEET, f"unit-{number:04}", f"hall-{number // UNITS_A_SITE:03}") for number in range(size.units)]
    with writing(registry.engine).begin() as connection:
        connection.execute(schema.sensors.insert(), rows)
        users = [
            {"name": user_name(number), "role": str(Role.ADMINISTRATOR), "sites": EVERYWHERE.encoded()}
            | {"password_hash": "", "disabled": False, "must_change": False, "made_ms": now_ms}
            for number in range(size.users)
        ]
        connection.execute(schema.users.insert(), users)
    said = {"boot": 1, "received_ms": now_ms, "connected": True, "version": "0.1.0"}
    reports = [said | {"sensor_id": sensor.id} for sensor in registry.sensors()]
    with writing(registry.engine).begin() as connection:
        connection.execute(schema.reports.insert(), reports)


def _sensor(tenant: str, name: str, site: str) -> dict[str, object]:
    key = f"{tenant}/{name}".encode().ljust(32, b"\0")  # of nobody: nothing is sealed here
    named: dict[str, object] = {"tenant": tenant, "name": name, "site": site, "state": "approved", "says": ""}
    return named | {"group_name": "", "key_id": hashlib.sha256(key).digest()[:8], "public_key": key, "changed_ms": 0}


def _day(draw: np.random.Generator, size: Size) -> "pa.Table":
    """A day of all sites, its times from the begin of the day."""
    parts = []
    for number in range(size.sites):
        devices = size.visits * 5 // 6  # every sixth visit is of somebody who came before
        tokens = draw.integers(-(1 << 62), 1 << 62, devices + size.passers_by + size.unlinked)
        came = np.concatenate([np.arange(devices), draw.integers(0, devices, size.visits - devices)])
        for outcome, mine, mean_s in (
            ("visit", tokens[came], 1200.0),
            ("passer_by", tokens[devices : devices + size.passers_by], 40.0),
            ("unlinked", tokens[devices + size.passers_by :], 1.0),
        ):
            parts.append(stays(draw, 0, site_name(number), mine, outcome, mean_s))
    return pa.concat_tables(parts).sort_by([("site", "ascending"), ("start_ms", "ascending")])


def _moved(drawn: "pa.Table", begin_ms: int) -> "pa.Table":
    """A drawn day at its place in the year; other tokens than on any other day."""
    moved = drawn
    for name in ("start_ms", "end_ms", "inside_start_ms", "inside_end_ms"):
        place = moved.schema.get_field_index(name)
        moved = moved.set_column(place, name, pc.add(moved[name], begin_ms))
    tokens = moved["token"].to_numpy() ^ np.int64(begin_ms)
    return moved.set_column(moved.schema.get_field_index("token"), "token", pa.array(tokens))


def _signs(day: calendar.Span, size: Size) -> "pa.Table":
    """Signs of people in every ten minutes that the site is open, at every level: as many as its visits leave."""
    opens = day.start_ms - day.start_ms % DAY_MS
    steps = np.arange(opens + OPENS_H * HOUR_MS, opens + CLOSES_H * HOUR_MS, signs.STEP_MS)
    count = size.sites * len(signs.LEVELS_DBM) * len(steps)
    start_ms = np.tile(steps, size.sites * len(signs.LEVELS_DBM))
    draw = np.random.default_rng(day.start_ms % (1 << 32))
    levels = np.tile(np.repeat(np.array(signs.LEVELS_DBM, np.int32), len(steps)), size.sites)
    sites = [site_name(number) for number in range(size.sites) for _ in range(len(signs.LEVELS_DBM) * len(steps))]
    here = size.visits / len(steps)
    return pa.table(
        [sites, levels, start_ms, start_ms + signs.STEP_MS, draw.poisson(here, count), draw.poisson(3 * here, count)],
        schema=signs.schema(),
    )


def _windows(day: calendar.Span, size: Size) -> "pa.Table":
    starts = np.arange(day.start_ms, day.end_ms, WINDOW_MS)
    sites = pa.array([site_name(number) for number in range(size.sites)])
    doors = pa.array([f"{site_name(number)}-door" for number in range(size.sites)])
    place = pa.array(np.repeat(np.arange(size.sites, dtype=np.int32), len(starts)))
    count = len(starts) * size.sites
    zero = np.zeros(count, np.int64)
    return pa.table(
        {
            "site": pa.DictionaryArray.from_arrays(place, sites),
            "sensor": pa.DictionaryArray.from_arrays(place, doors),
            "start_ms": np.tile(starts, size.sites),
            "length_ms": np.full(count, WINDOW_MS, np.int32),
            "clock": np.zeros(count, np.int8),
            "frames": np.full(count, 100),
            "probes": np.full(count, 60),
            "malformed": zero,
            "overflow": zero,
            "keyless": zero,
            "kernel_drops": zero,
        }
    )

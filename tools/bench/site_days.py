"""Days of a site as they lie in the store: simulated visits, without a sensor. What metrics are measured on."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa

from collector import calendar
from collector import folder as folders
from collector.folder import Collector
from collector.options.settings import Settings
from collector.records.registry import Site, Tenant
from collector.storage.store import VISITS, WINDOWS, ZONES

TENANT, SITE, OTHER = "default", "shop", "kiosk"
SENSORS = ("front", "middle", "back")  # each a zone of its own
FIRST_DAY = "2026-03-02"
OPENS_H, CLOSES_H = 9, 20
WINDOW_MS = 30_000
HOUR_MS = calendar.HOUR_MS


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is of a day: visits and passers-by of the panel, and addresses outside it."""

    visits: int = 3000
    passers_by: int = 6000
    unlinked: int = 20_000


@contextmanager
def stored(days: int, size: Size, seed: int) -> Iterator[Collector]:
    """A collector's folder with so many days of two sites, the last of them over, without tokens."""
    with TemporaryDirectory(prefix="footfall-bench-") as name:
        folder = Path(name) / "collector"
        folders.create(folder, Settings(replay=True))
        collector = folders.open_folder(folder)
        registry, store = collector.registry, collector.store
        registry.put_tenant(Tenant(TENANT))
        for site in (SITE, OTHER):
            registry.put_site(Site(TENANT, site))
        for number, sensor in enumerate(SENSORS):
            registry.put_sensor(TENANT, sensor, SITE, bytes([number]) * 8, bytes([number]) * 32)
            store.zones.put(TENANT, SITE, sensor, (sensor,), "bench", 0)
        draw = np.random.default_rng(seed)
        for number in range(days):
            day = calendar.day_named(FIRST_DAY, "UTC", 4)
            day = calendar.day_of(day.start_ms + number * 24 * HOUR_MS, "UTC", 4)
            visits, zones = _day(draw, day, size)
            new = [
                store.write(kind, TENANT, "", day.name, table)
                for kind, table in ((VISITS, visits), (ZONES, zones), (WINDOWS, _windows(day)))
            ]
            store.swap([], new, None, 0)
        try:
            yield collector
        finally:
            collector.close()


def _day(draw: np.random.Generator, day: calendar.Span, size: Size) -> tuple["pa.Table", "pa.Table"]:
    """The visits of a day at both sites, and where in the first one they were."""
    devices = size.visits * 5 // 6  # every sixth visit is of somebody who came before
    tokens = draw.integers(-(1 << 62), 1 << 62, devices + size.passers_by + size.unlinked)
    came = np.concatenate([np.arange(devices), draw.integers(0, devices, size.visits - devices)])
    away = draw.choice(devices, devices // 6, replace=False)
    parts = [
        stays(draw, day.start_ms, SITE, tokens[came], "visit", 1200),
        stays(draw, day.start_ms, OTHER, tokens[away], "visit", 400),
        stays(draw, day.start_ms, SITE, tokens[devices : devices + size.passers_by], "passer_by", 40),
        stays(draw, day.start_ms, SITE, tokens[devices + size.passers_by :], "unlinked", 1),
    ]
    ways = _ways(draw, parts[0])
    alone = draw.integers(-(1 << 62), 1 << 62, devices // 16)  # at the other site and not at the first
    parts.append(stays(draw, day.start_ms, OTHER, alone, "visit", 400))
    return pa.concat_tables(parts).sort_by([("site", "ascending"), ("start_ms", "ascending")]), ways


def stays(
    draw: np.random.Generator,
    begin_ms: int,
    site: str,
    tokens: "np.ndarray[tuple[int], np.dtype[np.int64]]",
    outcome: str,
    mean_s: float,
) -> "pa.Table":
    """Visits of these tokens at a site, in the order drawn, in the opening hours of the day that begins then, at 4."""
    count = len(tokens)
    hours = draw.beta(2, 1.6, count) * (CLOSES_H - OPENS_H) + OPENS_H
    start = begin_ms - 4 * HOUR_MS + (hours * HOUR_MS).astype(np.int64)
    end = start + (np.maximum(60, draw.exponential(mean_s, count)) * 1000).astype(np.int64)
    inside = outcome == "visit"
    return pa.table(
        {
            "site": pa.array([site] * count, pa.string()),
            "token": tokens,
            "start_ms": start,
            "end_ms": end,
            "inside_start_ms": pa.array(start, mask=np.full(count, not inside)),
            "inside_end_ms": pa.array(end, mask=np.full(count, not inside)),
            "frames": draw.integers(1, 40, count),
            "rssi_max_dbm": pa.array(draw.integers(-60, -40, count).astype(np.int8)),
            "randomised": np.full(count, outcome == "unlinked"),
            "associated": np.full(count, False),
            "panel": np.full(count, outcome != "unlinked"),
            "outcome": pa.array([outcome] * count, pa.string()),
            "reason": pa.nulls(count, pa.string()),
            "looks": pa.nulls(count, pa.int32()),
            "bursts": pa.nulls(count, pa.int32()),
        }
    )


def _ways(draw: np.random.Generator, visits: "pa.Table") -> "pa.Table":
    """Each visit's way: at the front, and for most of them on to the middle and the back."""
    start, end = (visits[name].to_numpy() for name in ("start_ms", "end_ms"))
    third = (end - start) // 3
    parts = []
    for place, (zone, share) in enumerate(zip(SENSORS, (1.0, 0.8, 0.5), strict=True)):
        there = draw.random(len(start)) < share
        parts.append(
            pa.table(
                {
                    "site": pa.array([SITE] * int(there.sum()), pa.string()),
                    "token": visits["token"].to_numpy()[there],
                    "zone": pa.array([zone] * int(there.sum()), pa.string()),
                    "visit_start_ms": start[there],
                    "start_ms": (start + place * third)[there],
                    "end_ms": (start + (place + 1) * third)[there],
                }
            )
        )
    return pa.concat_tables(parts)


def _windows(day: calendar.Span) -> "pa.Table":
    starts = np.arange(day.start_ms, day.end_ms, WINDOW_MS)
    count = len(starts) * len(SENSORS)
    zero = np.zeros(count, np.int64)
    return pa.table(
        {
            "site": pa.array([SITE] * count, pa.string()),
            "sensor": pa.array(np.repeat(SENSORS, len(starts))),
            "start_ms": np.tile(starts, len(SENSORS)),
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

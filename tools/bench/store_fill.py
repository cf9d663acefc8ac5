"""A collector's folder with so many sightings, stored by the store's own commits, a file a commit, as in life.

What is left out is what comes before a commit: sealing, broker, verifying, decoding (`footfall bench ingest`).
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from collector import calendar
from collector import folder as folders
from collector.admission.door import Admitted
from collector.folder import Collector
from collector.options.settings import Settings
from collector.records.registry import Sensor, Site
from footfall_sensor.window import WINDOW_MS
from footfall_sensor.wire.batch import SIGHTINGS_MAX, WIDTHS, Batch, ClockState, Columns, Counters
from tools.bench.crowd_people import Day
from tools.bench.crowds import Heard, elsewhere, site_day

ON_THE_WAY = "... "  # begins a line on standard error that is no complaint
SEED = 2026
TENANT = "default"
FIRST_DAY_MS = 1_772_337_600_000  # 2026-03-01 04:00 UTC, when the business day turns
DAY_MS = 86_400_000
OPENS, CLOSES = "09:00", "20:00"
SENSORS = 5  # a site
# 2,500 sensors that bring a thousand million sightings a day: the load that the collector is made for.
ROWS_A_SENSOR_DAY = 400_000
DAYS_MAX = 5
DRAWN = 2  # site-days that differ; more sites, and all further days, are the same people under other tokens
COMMITS_A_DAY = (20, 64)  # of a small day, and of one with ROWS_A_COMMIT for each; compaction wants 16
ROWS_A_COMMIT = 10_000
LENGTHS = {name: size for name, (_, size) in WIDTHS.items()}


@dataclass(frozen=True, slots=True)
class Shape:
    """How the sightings lie: on so many days, so many sites a day, so many rows for each of them."""

    days: int
    sites: int
    rows: int  # of each site and day

    @property
    def total(self) -> int:
        """All sightings."""
        return self.days * self.sites * self.rows

    @classmethod
    def of(cls, rows: int) -> "Shape":
        """At most DAYS_MAX days, and as many sites as the load a sensor gives, two at least."""
        days = min(DAYS_MAX, max(2, rows // (2 * SENSORS * ROWS_A_SENSOR_DAY)))
        sites = max(2, round(rows / days / SENSORS / ROWS_A_SENSOR_DAY))
        return cls(days, sites, max(1, rows // (days * sites)))


def day_names(days: int) -> list[str]:
    """The business days that are filled."""
    spans = (calendar.day_of(FIRST_DAY_MS + number * DAY_MS, "UTC", 4) for number in range(days))
    return [span.name for span in spans]


def later_ms(shape: Shape) -> int:
    """A time by which all days and their epochs have ended, and no file is young."""
    return FIRST_DAY_MS + (shape.days + 1) * DAY_MS


def site_name(number: int) -> str:
    """The name of a site."""
    return f"site-{number:02d}"


def fill(folder: Path, shape: Shape) -> None:
    """Make a collector in `folder` and store the sightings of `shape`; says on standard error how far it is.

    Raises StoreError.
    """
    folders.create(folder, Settings(replay=True))
    collector = folders.open_folder(folder)
    try:
        sensors = _enrol(collector, shape.sites)
        seeds = np.random.SeedSequence(SEED).spawn(DRAWN)
        drawn = [
            site_day(shape.rows, SENSORS, Day(FIRST_DAY_MS), np.random.default_rng(seed))
            for seed in seeds[: shape.sites]
        ]
        heard = [elsewhere(drawn[site % len(drawn)], site) for site in range(shape.sites)]
        numbers = [[0] * SENSORS for _ in heard]
        for day, name in enumerate(day_names(shape.days)):
            for batches, end_ms in _commits(heard, sensors, numbers, FIRST_DAY_MS + day * DAY_MS, name):
                collector.store.commit(batches, end_ms)
            sys.stderr.write(f"{ON_THE_WAY}{day + 1} of {shape.days} days are filled\n")
    finally:
        collector.close()


def _enrol(collector: Collector, sites: int) -> list[list[Sensor]]:
    found: list[list[Sensor]] = []
    for number in range(sites):
        name = site_name(number)
        collector.registry.put_site(Site(TENANT, name, opens=OPENS, closes=CLOSES))
        for sensor in range(SENSORS):
            key = f"{name}-{sensor}".encode().ljust(32, b"\0")  # of nobody: nothing is sealed here
            collector.registry.put_sensor(TENANT, f"{name}-{sensor}", name, key[:8], key)
    by_name = {sensor.name: sensor for sensor in collector.registry.sensors()}
    for number in range(sites):
        found.append([by_name[f"{site_name(number)}-{sensor}"] for sensor in range(SENSORS)])
    return found


def _commits(
    heard: Sequence[Heard], sensors: Sequence[Sequence[Sensor]], numbers: list[list[int]], day_ms: int, epoch: str
) -> Iterator[tuple[list[Admitted], int]]:
    """The day's batches in the order of their windows, in commits of about as many rows each."""
    a_window = np.sum([np.bincount(one.window, minlength=DAY_MS // WINDOW_MS) for one in heard], axis=0)
    so_far = np.cumsum(a_window)
    least, most = COMMITS_A_DAY
    commits = int(np.clip(so_far[-1] // ROWS_A_COMMIT, least, most))
    wanted = np.linspace(0, so_far[-1], commits + 1)[1:]
    ends = np.unique(np.searchsorted(so_far, wanted) + 1)
    for first, last in pairwise([0, *ends.tolist()]):
        end_ms = day_ms + last * WINDOW_MS
        batches: list[Admitted] = []
        for site, one in enumerate(heard):
            low, high = np.searchsorted(one.window, [first, last])
            part = one.part(slice(low, high))
            batches += _batches(part, sensors[site], numbers[site], day_ms, epoch, end_ms)
        if batches:
            yield batches, end_ms


def _batches(
    heard: Heard, sensors: Sequence[Sensor], numbers: list[int], day_ms: int, epoch: str, now_ms: int
) -> Iterator[Admitted]:
    """A batch a sensor and window; what does not fit into one comes in a second part."""
    place = heard.window.astype(np.int64) * len(sensors) + heard.sensor
    cuts = [0, *(np.nonzero(np.diff(place))[0] + 1).tolist(), len(heard)]
    raw = {name: getattr(heard, name).astype(getattr(heard, name).dtype.newbyteorder("<")).tobytes() for name in WIDTHS}
    if not len(heard):
        return
    frames = np.add.reduceat(heard.frames, cuts[:-1], dtype=np.int64)
    for (start, stop), probes in zip(pairwise(cuts), frames, strict=True):
        sensor = int(heard.sensor[start])
        parts = -(-(stop - start) // SIGHTINGS_MAX)
        for part in range(parts):
            low = start + part * SIGHTINGS_MAX
            high = min(stop, low + SIGHTINGS_MAX)
            batch = Batch(
                epoch=epoch,
                start_ms=day_ms + int(heard.window[start]) * WINDOW_MS,
                length_ms=WINDOW_MS,
                clock=ClockState.SYNCED,
                part=part,
                parts=parts,
                counters=Counters(frames=int(probes), probes=int(probes)) if part == 0 else Counters(),
                columns=Columns(**{name: raw[name][low * size : high * size] for name, size in LENGTHS.items()}),
            )
            yield Admitted(sensors[sensor], 1, numbers[sensor], batch, now_ms)
            numbers[sensor] += 1

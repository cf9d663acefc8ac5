"""What the day shall be like: every parameter of a simulated shop, with its limits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

# Limits keep a slip of the finger from filling a disk or a memory. The largest day with 8 sensors, measured: 3.5
# million frames, 0.5 GB on disk, 1.5 GB of memory, 25 s.
SENSORS_MAX = 8
VISITORS_MAX = 10_000
PASSERS_BY_MAX = 50_000
STAFF_MAX = 100
NEIGHBOURS_MAX = 200
FIXED_DEVICES_MAX = 100
SEED_MAX = 2**63 - 1
DWELL_MEDIAN_S_MIN, DWELL_MEDIAN_S_MAX = 30, 4 * 3600
DWELL_SIGMA_MAX = 2.0
MARGIN_MIN_MIN, MARGIN_MIN_MAX = 30, 240
YEAR_MIN, YEAR_MAX = 2000, 2099
OPEN_MIN_MIN = 60
OPENS_EARLIEST = time(5, 0)
CLOSES_LATEST = time(23, 30)


@dataclass(frozen=True, slots=True)
class ShopPlan:
    """One business day (04:00 to 04:00 local time) in a shop and the street before it.

    `visitors`, `passers_by`, `staff`, `neighbours` and `fixed_devices` are exact numbers. `carrying_share` is the share
    of people whose phone has its Wi-Fi on. `randomizing_share` None leaves the share of the handset table (17 of 22).
    Dwell is log-normal: median in seconds and the sigma of its logarithm. `margin_min` None records the whole business
    day, a number records that many minutes before opening and after closing. The shop opens and closes on the same
    calendar day.

    Raises ValueError, with a sentence that names the field and its limits, for a value outside them.
    """

    date: date = date(2026, 6, 12)
    time_zone: str = "Europe/Berlin"
    opens: time = time(9, 0)
    closes: time = time(20, 0)
    sensors: int = 3
    visitors: int = 400
    passers_by: int = 3500
    staff: int = 5
    neighbours: int = 8
    fixed_devices: int = 4
    carrying_share: float = 0.8
    randomizing_share: float | None = None
    dwell_median_s: float = 480.0
    dwell_sigma: float = 0.9
    margin_min: int | None = None
    seed: int = 1

    def __post_init__(self) -> None:
        for name, lowest, highest in COUNT_LIMITS:
            _check_whole(name, getattr(self, name), lowest, highest)
        for name, lowest_real, highest_real in REAL_LIMITS:
            _check_between(name, getattr(self, name), lowest_real, highest_real)
        if self.randomizing_share is not None:
            _check_between("randomizing_share", self.randomizing_share, 0.0, 1.0)
        if self.margin_min is not None:
            _check_whole("margin_min", self.margin_min, MARGIN_MIN_MIN, MARGIN_MIN_MAX)
        _check_between("the year of date", self.date.year, YEAR_MIN, YEAR_MAX)
        self._check_opening()
        try:
            ZoneInfo(self.time_zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as exc:
            raise ValueError(
                f"time_zone {self.time_zone!r} is unknown: give a name like Europe/Berlin or America/New_York"
            ) from exc

    def _check_opening(self) -> None:
        if self.opens.tzinfo or self.closes.tzinfo:
            raise ValueError("opens and closes are local times: give them without an offset")
        if self.opens < OPENS_EARLIEST or self.closes > CLOSES_LATEST:
            raise ValueError(
                f"opening hours must lie between {OPENS_EARLIEST:%H:%M} and {CLOSES_LATEST:%H:%M}, "
                f"got {self.opens:%H:%M} to {self.closes:%H:%M}"
            )
        open_min = self.closes.hour * 60 + self.closes.minute - self.opens.hour * 60 - self.opens.minute
        if open_min < OPEN_MIN_MIN:
            raise ValueError(
                f"the shop must close at least {OPEN_MIN_MIN} minutes after it opens, "
                f"got {self.opens:%H:%M} to {self.closes:%H:%M}"
            )

    @classmethod
    def small(cls, seed: int = 1) -> ShopPlan:
        """Two open hours of a quiet shop, half an hour of margin: for tests that want a whole line in a second."""
        return cls(
            opens=time(10, 0),
            closes=time(12, 0),
            visitors=60,
            passers_by=300,
            staff=2,
            neighbours=3,
            fixed_devices=2,
            margin_min=MARGIN_MIN_MIN,
            seed=seed,
        )


COUNT_LIMITS: tuple[tuple[str, int, int], ...] = (
    ("sensors", 1, SENSORS_MAX),
    ("visitors", 0, VISITORS_MAX),
    ("passers_by", 0, PASSERS_BY_MAX),
    ("staff", 0, STAFF_MAX),
    ("neighbours", 0, NEIGHBOURS_MAX),
    ("fixed_devices", 0, FIXED_DEVICES_MAX),
    ("seed", 0, SEED_MAX),
)
REAL_LIMITS: tuple[tuple[str, float, float], ...] = (
    ("carrying_share", 0.0, 1.0),
    ("dwell_median_s", DWELL_MEDIAN_S_MIN, DWELL_MEDIAN_S_MAX),
    ("dwell_sigma", 0.0, DWELL_SIGMA_MAX),
)


def _check_whole(name: str, value: int, lowest: int, highest: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"{name} must be a whole number, got {value!r}")
    _check_between(name, value, lowest, highest)


def _check_between(name: str, value: float, lowest: float, highest: float) -> None:
    if not lowest <= value <= highest:  # written so that a NaN fails too
        raise ValueError(f"{name} must be between {lowest} and {highest}, got {value}")

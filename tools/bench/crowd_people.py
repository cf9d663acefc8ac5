"""Who is at a busy site on a day, when, and with which device: drawn for all at once. See crowds.py."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tools.simulate import crowd, premises, walk
from tools.simulate.handsets import FIXED_MODELS, HANDSETS
from tools.simulate.people import OFFSET_SIGMA_DB, Kind
from tools.simulate.plan import ShopPlan

PLAN = ShopPlan()  # a shop's counts; a site is as many of it as its rows take
KINDS = tuple(Kind)
MODELS = (*HANDSETS, *FIXED_MODELS)
HOUR_MS = 3_600_000

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Day:
    """When a business day begins (UTC ms), and how far its local clock is ahead of that of the hour tables."""

    start_ms: int
    turn_h: int = 4
    opens_h: int = 9
    closes_h: int = 20


@dataclass(frozen=True, slots=True)
class People:
    """Everybody with a device: arrays of one length. Times in ms from the day's beginning."""

    kind: Ints
    model: Ints
    start_ms: Floats  # in range of the site
    end_ms: Floats
    enter_ms: Floats  # inside; beyond the end for those who stay out
    leave_ms: Floats
    pace: Floats  # m/s along the street, to the right or (negative) to the left
    lane_m: Floats
    behind_db: Floats
    offset_db: Floats
    uid: npt.NDArray[np.uint64]


def people_of(plans: int, day: Day, rng: np.random.Generator) -> People:
    """Everybody of so many plans of a day."""
    counts = (PLAN.passers_by, PLAN.visitors, PLAN.staff, PLAN.neighbours, PLAN.fixed_devices)
    order = (Kind.PASSER_BY, Kind.VISITOR, Kind.STAFF, Kind.NEIGHBOUR, Kind.FIXED)
    kind = np.repeat([KINDS.index(one) for one in order], np.array(counts) * plans)
    kind = kind[(kind == KINDS.index(Kind.FIXED)) | (rng.random(len(kind)) < PLAN.carrying_share)]
    count = len(kind)
    of = {one: kind == KINDS.index(one) for one in Kind}
    speed = np.maximum(rng.normal(*walk.STREET_M_PER_S, count), walk.STREET_M_PER_S_MIN)
    leg_ms = 1000 * premises.STREET_HALF_M / speed
    opens_ms, closes_ms = ((hour - day.turn_h) * HOUR_MS for hour in (day.opens_h, day.closes_h))
    # Passers-by, and the default of all: before the door at `at`.
    at = _arrivals(crowd.PASSERS_BY_HOUR, day.turn_h, 0, 24 * HOUR_MS, count, rng)
    start, end = at - leg_ms, at + leg_ms
    enter, leave = np.full(count, np.inf), np.full(count, np.inf)
    entry = _arrivals(crowd.VISITORS_BY_HOUR, day.turn_h, opens_ms, closes_ms - crowd.LAST_ENTRY_MS, count, rng)
    dwell_ms = 1000 * np.maximum(crowd.DWELL_S_MIN, PLAN.dwell_median_s * rng.lognormal(0, PLAN.dwell_sigma, count))
    shift_ms = rng.uniform(opens_ms - crowd.STAFF_LEAD_MS, closes_ms + crowd.STAFF_LEAD_MS - crowd.SHIFT_MS_MAX, count)
    home_ms = HOUR_MS * crowd.NEIGHBOUR_MEDIAN_H * rng.lognormal(0, crowd.NEIGHBOUR_SIGMA, count)
    for who, came, went in (
        (Kind.VISITOR, entry, np.minimum(entry + dwell_ms, closes_ms)),
        (Kind.STAFF, shift_ms, shift_ms + crowd.SHIFT_MS_MAX),
        (Kind.FIXED, np.zeros(count), np.full(count, 24.0 * HOUR_MS)),
    ):
        enter[of[who]], leave[of[who]] = came[of[who]], went[of[who]]
        start[of[who]], end[of[who]] = (came - leg_ms)[of[who]], (went + leg_ms)[of[who]]
    at_home = rng.uniform(0, 24 * HOUR_MS, count)
    start[of[Kind.NEIGHBOUR]], end[of[Kind.NEIGHBOUR]] = (
        at_home[of[Kind.NEIGHBOUR]],
        (at_home + home_ms)[of[Kind.NEIGHBOUR]],
    )
    model = drawn([one.weight for one in HANDSETS], count, rng)
    model[of[Kind.FIXED]] = len(HANDSETS) + drawn([one.weight for one in FIXED_MODELS], of[Kind.FIXED].sum(), rng)
    return People(
        kind=kind,
        model=model,
        start_ms=np.maximum(start, 0),
        end_ms=np.minimum(end, 24 * HOUR_MS - 1),
        enter_ms=enter,
        leave_ms=leave,
        pace=speed * rng.choice((-1, 1), count),
        lane_m=rng.uniform(*premises.PAVEMENT_Y_M, count),
        behind_db=np.where(of[Kind.NEIGHBOUR], rng.uniform(*crowd.NEIGHBOUR_BEHIND_DB, count), 0),
        offset_db=rng.normal(0, OFFSET_SIGMA_DB, count),
        uid=rng.integers(0, 1 << 64, count, dtype=np.uint64),
    )


def _arrivals(
    by_hour: tuple[int, ...], turn_h: int, from_ms: int, to_ms: int, count: int, rng: np.random.Generator
) -> Floats:
    """Instants, as dense in each local hour as its weight says."""
    hours = np.arange(from_ms // HOUR_MS, -(-to_ms // HOUR_MS))
    hour = hours[drawn([by_hour[(int(one) + turn_h) % 24] for one in hours], count, rng)]
    return np.minimum((hour + rng.random(count)) * HOUR_MS, to_ms)


def drawn(weights: list[Any], count: int, rng: np.random.Generator) -> Ints:
    """Indices, as frequent as their weights say."""
    ends = np.cumsum(weights, dtype=float)
    return np.asarray(np.searchsorted(ends, rng.random(count) * ends[-1], side="right"), dtype=np.int64)

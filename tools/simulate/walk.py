"""How people move: a track of waypoints, and the zones it passes.

Between two waypoints a person walks in a straight line at an even pace. Speeds are those of ordinary pedestrians,
chosen: 1.35 m/s on the street, slower among shelves.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from tools.simulate.hours import Span
from tools.simulate.premises import DOOR_X_M, PAVEMENT_Y_M, STREET_HALF_M, ZONE_BOXES, Zone

STREET_M_PER_S = (1.35, 0.2)  # mean, standard deviation
STREET_M_PER_S_MIN = 0.7
SHOP_M_PER_S = 0.8
PAUSE_SHARE = 0.06  # of passers-by look at the window
PAUSE_MEDIAN_S, PAUSE_SIGMA = 10.0, 0.7
STOP_MEAN_S = 200.0  # a visitor looks at one thing for about so long
STOPS_MAX = 8
WINDOW_SHARE = 0.35  # of visits begin at the window
TILL_SHARE = 0.4  # of visits long enough end at the till
TILL_DWELL_S_MIN = 150.0
WALKING_SHARE_MAX = 0.5  # of a visit: who has less time walks faster, so that there is still a stop


class Waypoint(NamedTuple):
    """A place in metres at a time in UTC milliseconds."""

    t_ms: int
    x_m: float
    y_m: float


@dataclass(frozen=True, slots=True)
class ZoneStay:
    """A stay in one zone, [start_ms, end_ms)."""

    zone: Zone
    start_ms: int
    end_ms: int


def past_the_shop(middle_ms: int, rng: np.random.Generator) -> tuple[Waypoint, ...]:
    """Walk along the whole street, before the door at `middle_ms`; a few stop at the window."""
    direction = 1 if rng.random() < 0.5 else -1
    lane_m = float(rng.uniform(*PAVEMENT_Y_M))
    leg_ms = round(1000 * STREET_HALF_M / _street_speed(rng))
    pause_ms = 0
    if rng.random() < PAUSE_SHARE:
        pause_ms = round(1000 * PAUSE_MEDIAN_S * float(rng.lognormal(0.0, PAUSE_SIGMA)))
    return (
        Waypoint(middle_ms - leg_ms, DOOR_X_M - direction * STREET_HALF_M, lane_m),
        Waypoint(middle_ms, DOOR_X_M, lane_m),
        Waypoint(middle_ms + pause_ms, DOOR_X_M, lane_m),
        Waypoint(middle_ms + pause_ms + leg_ms, DOOR_X_M + direction * STREET_HALF_M, lane_m),
    )


def to_the_door(entry_ms: int, rng: np.random.Generator) -> tuple[Waypoint, ...]:
    """Come along the street and stand in the door at `entry_ms`."""
    side = 1 if rng.random() < 0.5 else -1
    lane_m = float(rng.uniform(*PAVEMENT_Y_M))
    leg_ms = round(1000 * STREET_HALF_M / _street_speed(rng))
    return (
        Waypoint(entry_ms - leg_ms, DOOR_X_M + side * STREET_HALF_M, lane_m),
        Waypoint(entry_ms - 2000, DOOR_X_M, lane_m),
        Waypoint(entry_ms, DOOR_X_M, 0.0),
    )


def from_the_door(exit_ms: int, rng: np.random.Generator) -> tuple[Waypoint, ...]:
    """Leave the door at `exit_ms` and go out of range along the street."""
    there = to_the_door(0, rng)
    return tuple(Waypoint(exit_ms - point.t_ms, point.x_m, point.y_m) for point in reversed(there))


def visit_zones(dwell_s: float, rng: np.random.Generator) -> tuple[Zone, ...]:
    """The zones of one visit in order: often the window, then shelves, and the till for those who buy."""
    stops = min(STOPS_MAX, 1 + int(rng.poisson(dwell_s / STOP_MEAN_S)))
    zones = [Zone.SHELVES] * stops
    if rng.random() < WINDOW_SHARE:
        zones[0] = Zone.WINDOW
    if dwell_s >= TILL_DWELL_S_MIN and rng.random() < TILL_SHARE:
        zones.append(Zone.TILL)
    return tuple(zones)


def among_zones(
    inside: Span, zones: tuple[Zone, ...], rng: np.random.Generator
) -> tuple[tuple[Waypoint, ...], tuple[ZoneStay, ...]]:
    """Spend `inside` at one place in each zone, in order. Returns the track, door to door, and the stays.

    A stay runs from the previous stay's end: the way to a zone counts as that zone, and the way out as the last one.
    """
    shares = rng.dirichlet(np.full(len(zones), 2.0))
    door = (DOOR_X_M, 0.0)
    places = [_place_in(zone, rng) for zone in zones]
    ways_ms = np.array([_walk_ms(here, there) for here, there in pairwise([door, *places, door])])
    length_ms = inside.end_ms - inside.start_ms
    ways_ms *= min(1.0, WALKING_SHARE_MAX * length_ms / ways_ms.sum())
    stops_ms = shares * (length_ms - ways_ms.sum())
    leaves_ms = inside.start_ms + np.cumsum(ways_ms[:-1] + stops_ms)
    track = [Waypoint(inside.start_ms, *door)]
    for place, leave_ms, stop_ms in zip(places, leaves_ms, stops_ms, strict=True):
        track += [Waypoint(int(leave_ms - stop_ms), *place), Waypoint(int(leave_ms), *place)]
    track.append(Waypoint(inside.end_ms, *door))
    return tuple(track), _merged(zones, [inside.start_ms, *(int(end) for end in leaves_ms[:-1]), inside.end_ms])


def _walk_ms(here: tuple[float, float], there: tuple[float, float]) -> float:
    """How long it takes to walk inside a shop."""
    return 1000 * math.dist(here, there) / SHOP_M_PER_S


def _merged(zones: tuple[Zone, ...], bounds_ms: list[int]) -> tuple[ZoneStay, ...]:
    """Two stops in the same zone, one after the other, are one stay."""
    stays: list[ZoneStay] = []
    for zone, start_ms, end_ms in zip(zones, bounds_ms, bounds_ms[1:], strict=False):
        if stays and stays[-1].zone is zone:
            stays[-1] = ZoneStay(zone, stays[-1].start_ms, end_ms)
        else:
            stays.append(ZoneStay(zone, start_ms, end_ms))
    return tuple(stays)


def _place_in(zone: Zone, rng: np.random.Generator) -> tuple[float, float]:
    box = ZONE_BOXES[zone]
    return float(rng.uniform(*box.x_m)), float(rng.uniform(*box.y_m))


def _street_speed(rng: np.random.Generator) -> float:
    return max(STREET_M_PER_S_MIN, float(rng.normal(*STREET_M_PER_S)))

"""The people of one day: arrivals by hour, visits, shifts, neighbours and machines."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tools.simulate import walk
from tools.simulate.hours import Hours, Span, clipped
from tools.simulate.people import Device, Devices, Kind, Person
from tools.simulate.plan import ShopPlan
from tools.simulate.premises import SHOP_DEPTH_M, SHOP_WIDTH_M, Zone

# Relative arrivals by local hour of day, 0 to 23: few at night, a lunch bump, most in the late afternoon. The
# street has a morning peak that the shop has not. Chosen to look like a weekday in a town centre; no source.
VISITORS_BY_HOUR = (1, 1, 1, 1, 1, 1, 2, 3, 5, 6, 9, 11, 13, 11, 10, 12, 14, 16, 14, 9, 6, 4, 2, 1)
PASSERS_BY_HOUR = (2, 1, 1, 1, 1, 2, 5, 11, 14, 9, 9, 11, 15, 13, 11, 13, 16, 19, 16, 11, 8, 6, 5, 3)

DWELL_S_MIN = 15.0  # someone who turns round in the door
LAST_ENTRY_MS = 3 * 60_000  # nobody is let in later than this before closing
STAFF_LEAD_MS = 20 * 60_000  # staff are in before opening and after closing
SHIFT_MS_MAX = int(8.5 * 3_600_000)
BREAK_MS_MIN_SHIFT = 6 * 3_600_000
BREAK_MIN = (30.0, 45.0)
STAFF_STOP_MS = 15 * 60_000
STAFF_ZONES = (Zone.TILL, Zone.TILL, Zone.SHELVES, Zone.SHELVES, Zone.WINDOW)
NEIGHBOUR_MEDIAN_H, NEIGHBOUR_SIGMA = 6.0, 0.5
NEIGHBOUR_BEHIND_DB = (16.0, 26.0)  # a ceiling or a party wall; chosen
FIXED_ZONE = (SHOP_DEPTH_M - 6.0, SHOP_DEPTH_M - 0.5)


def crowd(
    plan: ShopPlan, hours: Hours, rng: np.random.Generator, house: np.random.Generator | None = None
) -> tuple[Person, ...]:
    """Everybody and everything with the plan's counts, in the order of first appearance.

    house: draws those who are there every day (staff, neighbours, fixed devices), so that two days can share them.
    """
    devices = Devices(plan.carrying_share, plan.randomizing_share, rng)
    people = [_passer_by(at, hours, devices, rng) for at in _arrivals(plan.passers_by, hours, rng)]
    people += [visitor(at, plan, hours, devices.phone, rng) for at in _entries(plan.visitors, hours, rng)]
    if house is not None:
        rng, devices = house, Devices(plan.carrying_share, plan.randomizing_share, house)
    people += [_staff(number, hours, devices, rng) for number in range(plan.staff)]
    people += [_neighbour(hours, devices, rng) for _ in range(plan.neighbours)]
    people += [_fixed(hours, devices, rng) for _ in range(plan.fixed_devices)]
    return tuple(sorted(people, key=lambda person: person.start_ms))


def _arrivals(count: int, hours: Hours, rng: np.random.Generator) -> list[int]:
    return _spread(count, hours, hours.recorded, PASSERS_BY_HOUR, rng)


def _entries(count: int, hours: Hours, rng: np.random.Generator) -> list[int]:
    doors_open = Span(hours.opened.start_ms, hours.opened.end_ms - LAST_ENTRY_MS)
    return _spread(count, hours, doors_open, VISITORS_BY_HOUR, rng)


def _spread(
    count: int, hours: Hours, within: Span, weight_by_hour: tuple[int, ...], rng: np.random.Generator
) -> list[int]:
    """Exactly `count` instants within an interval, as dense in each hour as its weight says."""
    parts = [(span, hour.clock) for hour in hours.every for span in clipped([hour.span], within)]
    weights = np.array([(span.end_ms - span.start_ms) * weight_by_hour[clock] for span, clock in parts], float)
    instants: list[int] = []
    for (span, _), number in zip(parts, rng.multinomial(count, weights / weights.sum()), strict=True):
        instants += [int(at) for at in rng.integers(span.start_ms, span.end_ms, number)]
    return sorted(instants)


def _passer_by(middle_ms: int, hours: Hours, devices: Devices, rng: np.random.Generator) -> Person:
    track = walk.past_the_shop(middle_ms, rng)
    outside = clipped([Span(track[0].t_ms, track[-1].t_ms)], hours.recorded)
    return Person(Kind.PASSER_BY, devices.phone(), (), outside, (), track)


def visitor(
    entry_ms: int, plan: ShopPlan, hours: Hours, phone: Callable[[], Device | None], rng: np.random.Generator
) -> Person:
    """Somebody who comes in at `entry_ms`; phone: gives what they carry."""
    dwell_s = max(DWELL_S_MIN, plan.dwell_median_s * float(rng.lognormal(0.0, plan.dwell_sigma)))
    inside = Span(entry_ms, min(entry_ms + round(dwell_s * 1000), hours.opened.end_ms))
    coming = walk.to_the_door(inside.start_ms, rng)
    going = walk.from_the_door(inside.end_ms, rng)
    zones = walk.visit_zones((inside.end_ms - inside.start_ms) / 1000, rng)
    track, stays = walk.among_zones(inside, zones, rng)
    outside = [Span(coming[0].t_ms, inside.start_ms), Span(inside.end_ms, going[-1].t_ms)]
    return Person(
        kind=Kind.VISITOR,
        device=phone(),
        inside=(inside,),
        outside=clipped(outside, hours.recorded),
        zones=stays,
        track=coming + track + going,
    )


def _staff(number: int, hours: Hours, devices: Devices, rng: np.random.Generator) -> Person:
    """One shift, early and late ones in turn where the day is longer than a shift, with a break spent away."""
    day = Span(hours.opened.start_ms - STAFF_LEAD_MS, hours.opened.end_ms + STAFF_LEAD_MS)
    length_ms = min(SHIFT_MS_MAX, day.end_ms - day.start_ms)
    start_ms = day.start_ms if number % 2 == 0 else day.end_ms - length_ms
    start_ms += round(float(rng.uniform(0.0, 0.4)) * STAFF_LEAD_MS) * (1 if number % 2 == 0 else -1)
    parts = _shift_parts(Span(start_ms, start_ms + length_ms), rng)
    outside: list[Span] = []
    track: list[walk.Waypoint] = []
    stays: list[walk.ZoneStay] = []
    for part in parts:
        coming, going = walk.to_the_door(part.start_ms, rng), walk.from_the_door(part.end_ms, rng)
        stops = max(2, (part.end_ms - part.start_ms) // STAFF_STOP_MS)
        zones = tuple(STAFF_ZONES[int(pick)] for pick in rng.integers(0, len(STAFF_ZONES), stops))
        within, part_stays = walk.among_zones(part, zones, rng)
        track += coming + within + going
        stays += part_stays
        outside += [Span(coming[0].t_ms, part.start_ms), Span(part.end_ms, going[-1].t_ms)]
    return Person(
        kind=Kind.STAFF,
        device=devices.phone(),
        inside=tuple(parts),
        outside=clipped(outside, hours.recorded),
        zones=tuple(stays),
        track=tuple(track),
    )


def _shift_parts(shift: Span, rng: np.random.Generator) -> list[Span]:
    if shift.end_ms - shift.start_ms < BREAK_MS_MIN_SHIFT:
        return [shift]
    break_ms = round(float(rng.uniform(*BREAK_MIN)) * 60_000)
    start_ms = shift.start_ms + round(float(rng.uniform(0.4, 0.55)) * (shift.end_ms - shift.start_ms))
    return [Span(shift.start_ms, start_ms), Span(start_ms + break_ms, shift.end_ms)]


def _neighbour(hours: Hours, devices: Devices, rng: np.random.Generator) -> Person:
    """Someone above or next door: at home for hours, at any time of day, always behind a ceiling or a wall."""
    length_ms = round(NEIGHBOUR_MEDIAN_H * 3_600_000 * float(rng.lognormal(0.0, NEIGHBOUR_SIGMA)))
    recorded = hours.recorded
    length_ms = min(length_ms, recorded.end_ms - recorded.start_ms)
    start_ms = int(rng.integers(recorded.start_ms, recorded.end_ms - length_ms + 1))
    at = float(rng.uniform(-4.0, SHOP_WIDTH_M + 4.0)), float(rng.uniform(1.0, SHOP_DEPTH_M))
    return Person(
        kind=Kind.NEIGHBOUR,
        device=devices.phone(),
        inside=(),
        outside=(Span(start_ms, start_ms + length_ms),),
        zones=(),
        track=(walk.Waypoint(start_ms, *at),),
        behind_db=float(rng.uniform(*NEIGHBOUR_BEHIND_DB)),
    )


def _fixed(hours: Hours, devices: Devices, rng: np.random.Generator) -> Person:
    at = float(rng.uniform(0.5, SHOP_WIDTH_M - 0.5)), float(rng.uniform(*FIXED_ZONE))
    return Person(
        kind=Kind.FIXED,
        device=devices.fixed(),
        inside=(hours.recorded,),
        outside=(),
        zones=(),
        track=(walk.Waypoint(hours.recorded.start_ms, *at),),
    )

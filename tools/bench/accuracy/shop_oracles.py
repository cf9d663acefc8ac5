"""Oracles of simulated shops: what would be said by who is told the truth, of those phones alone whose address lasts.

They say what chance leaves to anybody who follows addresses, and so how much of an error is the method's.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np

from tools.simulate.people import Kind, Person
from tools.simulate.premises import Zone
from tools.simulate.shop import ShopDay
from tools.simulate.truth import VISIT_S_MIN

NEAREST = {Zone.WINDOW: "door", Zone.SHELVES: "middle", Zone.TILL: "back"}  # the sensor that hangs in a zone
Ways = Counter[str]


def in_panel(person: Person) -> bool:
    """Whether it is a visitor of a minute or longer with a phone whose address lasts."""
    visits = person.kind is Kind.VISITOR and person.dwell_s >= VISIT_S_MIN
    return visits and person.device is not None and not person.device.model.randomizing


def crossing(first: ShopDay, second: ShopDay) -> tuple[int, int]:
    """(of the first shop's panel, those who made a visit in the second as well; the panel)."""
    there = {id(one.device) for one in second.people if in_panel(one)}
    panel = [one for one in first.people if in_panel(one)]
    return sum(id(one.device) in there for one in panel), len(panel)


def passed(names: Iterable[str]) -> Ways:
    """The ways of somebody who was in these places one after the other: over two and over three of them."""
    named = list(names)
    places = [name for place, name in enumerate(named) if not place or named[place - 1] != name]
    both = pairwise(places), zip(places, places[1:], places[2:], strict=False)
    return Ways(" > ".join(way) for ways in both for way in ways)


def walked(person: Person) -> Ways:
    """The ways that somebody took from zone to zone."""
    return passed(NEAREST[stay.zone] for stay in sorted(person.zones, key=lambda stay: stay.start_ms))


def heard_ways(day: ShopDay) -> Ways:
    """The panel's ways, had the zone of each frame that was heard been told right: one passed in silence is missed."""
    found = Ways()
    for person, times_ms in _heard(day):
        stays = sorted(person.zones, key=lambda stay: stay.start_ms)
        starts_ms = np.array([stay.start_ms for stay in stays])
        found += passed(NEAREST[stays[at].zone] for at in np.searchsorted(starts_ms, times_ms, side="right") - 1)
    return found


def nearest_ways(day: ShopDay) -> Ways:
    """The same, had each frame told which sensor the phone was nearest to: as levels would that nothing dims."""
    found = Ways()
    for person, times_ms in _heard(day):
        x_m, y_m = (
            np.interp(
                times_ms, [point.t_ms for point in person.track], [getattr(point, axis) for point in person.track]
            )
            for axis in ("x_m", "y_m")
        )
        apart_m = np.array([np.hypot(x_m - spot.x_m, y_m - spot.y_m) for spot in day.sensors])
        found += passed(day.sensors[at].name for at in apart_m.argmin(axis=0))
    return found


def _heard(day: ShopDay) -> list[tuple[Person, "Sequence[int]"]]:
    """The panel, each with the times inside at which something of theirs was heard, UTC ms."""
    times_ms: dict[int, set[int]] = defaultdict(set)
    for frame, sender in zip(day.frames, day.senders, strict=True):
        times_ms[sender].add(frame.ts_us // 1000)
    return [
        (person, sorted(at for at in times_ms[number] if person.inside[0].start_ms <= at < person.inside[-1].end_ms))
        for number, person in enumerate(day.people)
        if in_panel(person)
    ]

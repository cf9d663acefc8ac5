"""Two shops on one day, and people who go from the first to the second: their phones are the same in both.

Within a shop everything is as `tools.simulate.shop` has it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from tools.simulate.crowd import LAST_ENTRY_MS, visitor
from tools.simulate.hours import hours_of
from tools.simulate.people import Kind, Person
from tools.simulate.plan import SEED_MAX, ShopPlan
from tools.simulate.probing import Sender
from tools.simulate.shop import ShopDay, simulate

WAY_S = (60.0, 600.0)  # from one door to the other; chosen


@dataclass(frozen=True, slots=True)
class Mall:
    """Two shops' days. `crossed`: visitors of the first who went on to the second, with a phone or without."""

    first: ShopDay
    second: ShopDay
    crossed: int


def simulate_mall(plan: ShopPlan, crossing_share: float, house_seed: int | None = None) -> Mall:
    """The plan's shop, and another of the same kind; so many of the first one's visitors go on to the second.

    Both shops have as many visitors as the plan says. house_seed: days of the same mall share staff and neighbours.
    Raises ValueError for a share outside 0 to 1.
    """
    if not 0 <= crossing_share <= 1:
        raise ValueError(f"crossing_share must be between 0 and 1, got {crossing_share}")
    senders: dict[int, Sender] = {}
    first = simulate(plan, senders=senders, house_seed=house_seed)
    rng = np.random.default_rng(np.random.SeedSequence((plan.seed, 1)))
    other = replace(plan, seed=(plan.seed * 7919 + 1) % SEED_MAX)
    guests = _guests(first, other, crossing_share, rng)
    second = simulate(
        replace(other, visitors=max(0, plan.visitors - len(guests))),
        guests=guests,
        senders=senders,
        house_seed=None if house_seed is None else house_seed + 1,
    )
    return Mall(first, second, len(guests))


def _guests(first: ShopDay, other: ShopPlan, share: float, rng: np.random.Generator) -> list[Person]:
    hours = hours_of(other)
    guests = []
    for person in first.people:
        if person.kind is not Kind.VISITOR or rng.random() >= share:
            continue
        entry_ms = person.inside[-1].end_ms + round(1000 * float(rng.uniform(*WAY_S)))
        if entry_ms < hours.opened.end_ms - LAST_ENTRY_MS:
            guests.append(visitor(entry_ms, other, hours, partial(getattr, person, "device"), rng))
    return guests

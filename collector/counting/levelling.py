"""Rates brought up to date by days that nobody counted: how the two signs stand to each other then.

How many people were there cancels out of the ratio of a day's lasting devices to its phones. Where it moves, the rates
moved: the one that is known less well moves more, and both are known together from then on (belief.Belief.told).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from .belief import Array, Belief, either
from .rates import BACKGROUND, Rates

DAYS_BEFORE = 56  # so many days before one are asked: eight weeks
SIGNS_FEW = 20.0  # of both kinds, of one day; fewer say little of their ratio
ANEW = 0.1  # chance that another time has begun since the last count, before a day says so (assumed)
ALONE = 3.0  # steps with fewer signs than this and the background's are left out: hardly anybody is there
# Of the tables signs and days (name, start_ms): the own signs of each site, level and day, of all sites at once.
SHOWN_SQL = f"""
SELECT signs.site, signs.level_dbm, days.name AS day,
    sum(lasting_devices - {BACKGROUND[0]}) AS lasting, sum(phones - {BACKGROUND[1]}) AS phones
FROM signs ASOF JOIN days ON signs.start_ms >= days.start_ms
WHERE lasting_devices + phones >= {ALONE + BACKGROUND.sum()}
GROUP BY ALL ORDER BY ALL
"""  # noqa: S608 - numbers of ours
APART = np.array([1.0, -1.0])  # the logarithm of a ratio is the difference of logarithms


@dataclass(frozen=True, slots=True)
class Shown:
    """What one day shows of the ratio of lasting devices to phones: its logarithm, and the variance of that."""

    day: int  # number of the day, as date.toordinal
    log_ratio: float
    variance: float  # of what was heard, without what differs from day to day


def days_before(first: str, last: str | None = None) -> list[str]:
    """The days that those from first to last, YYYY-MM-DD, are levelled by: up to the one before last."""
    end = date.fromisoformat(last or first)
    begin = date.fromisoformat(first) - timedelta(days=DAYS_BEFORE - 1)
    return [(begin + timedelta(days=number)).isoformat() for number in range((end - begin).days)]


def own(values: Array) -> tuple[float, float]:
    """(lasting devices, phones) of steps, shape (steps, 2), without the background; as SHOWN_SQL sums them."""
    less = values - BACKGROUND
    lasting, phones = less[less.sum(axis=1) >= ALONE].sum(axis=0).tolist()
    return lasting, phones


def shown(day: int, lasting: float, phones: float) -> Shown | None:
    """The ratio of a day's own signs; None where there are too few of them."""
    lasting, phones = max(lasting, 0.0), max(phones, 0.0)
    if lasting + phones < SIGNS_FEW:
        return None
    return Shown(day, float(np.log((lasting + 0.5) / (phones + 0.5))), 1 / (lasting + 0.5) + 1 / (phones + 0.5))


def levelled(rates: Rates, day: int, before: Iterable[Shown]) -> Rates:
    """Rates as known on a day, by the days between the last count, or DAYS_BEFORE, and it.

    Since the last count things went on gradually, or another time began at once (a term ended, a sensor was moved),
    with the chance ANEW beforehand; how well each foretells the ratios says which.
    """
    since = max(day - DAYS_BEFORE, rates.day)
    days = sorted((one for one in before if since < one.day < day), key=lambda one: one.day)
    noise = float((rates.day_sd**2).sum())
    begun = (rates.belief, rates.belief.anew())
    found = [_followed(belief, rates.day or since, days, day, noise) for belief in begun]
    log_chance = np.log([1 - ANEW, ANEW]) + np.array([fit for _, fit in found])
    chance = np.exp(log_chance - log_chance.max())
    return replace(rates, belief=either([belief for belief, _ in found], chance / chance.sum()))


def _followed(belief: Belief, now: int, days: Iterable[Shown], day: int, noise: float) -> tuple[Belief, float]:
    """(what is known on a day after these, log likelihood of what they show)."""
    fit = 0.0
    for one in days:
        belief, now = belief.later(one.day - now), one.day
        fit += belief.log_chance(APART, one.log_ratio, noise + one.variance)
        belief = belief.told(APART, one.log_ratio, noise + one.variance)
    return belief.later(day - now), fit

"""What counts by hand tell of one stream: its rate, and how far single steps and days scatter around it.

A step's signs are negative binomial around rate x people + background. Counts of one day share that day's people: they
are first put together to what the day says, and days are what the rate is learnt from. A Kalman filter (1960) over the
counted days, for each of a grid of how far steps, and days, scatter. Nothing else is fitted.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from .belief import PERIOD_SD, PLACE_SD, RATE_LOG_SD, RATE_MEDIAN, Array, likeness

# Spread of one step's signs around the rate of its day (sd of the logarithm, beyond Poisson): screens go on and off.
# Measured on twelve days of one room: 0.18 and 0.16.
SPREAD = np.array([0.3, 0.25])
SPREAD_COUNTS = 4.0

# Sd of the logarithm of a day's rate around that of its time: who is there. Measured on twelve days of one room: 0.09
# and 0.18; people of other years and places differ more. Worth DAY_COUNTS days, and learnt from days that were counted.
DAY_SD = np.array([0.2, 0.35])
DAY_COUNTS = 4.0

SPREADS = np.geomspace(0.08, 2.0, 24)  # the grid of spreads of a step,
DAY_SDS = np.geomspace(0.04, 1.2, 16)  # and of a day
REACH_SD = 4.0  # how far the grid of rates reaches from the prior's median
RATES = 241  # numbers of that grid


@dataclass(frozen=True, slots=True)
class Learnt:
    """One stream as of the last counted day."""

    mean: Array  # shape (2,), of the logarithms of the place's and the time's; see belief.Belief
    covariance: Array  # shape (2, 2)
    spread: float  # sd of the logarithm of one step's signs
    day_sd: float  # and of one day's


@dataclass(slots=True)
class _Filter:
    """A Kalman filter of (place, time), for each of DAY_SDS, or of SPREADS and DAY_SDS: arrays of that shape."""

    place: Array
    time: Array
    of_place: Array  # variance
    of_time: Array
    of_both: Array  # covariance
    prior_variance: float  # of the time's

    def later(self, days: float) -> None:
        """So many days pass."""
        still = likeness(days)
        self.time, self.of_both = still * self.time, still * self.of_both
        self.of_time = still**2 * self.of_time + (1 - still**2) * self.prior_variance

    def told(self, seen: Array, unsure: Array) -> Array:
        """Moved by a day's logarithm of the rate and its variance. Returns the log likelihood of that."""
        off = seen - self.place - self.time
        together = self.of_place + 2 * self.of_both + self.of_time + unsure
        of_place, of_time = (self.of_place + self.of_both) / together, (self.of_time + self.of_both) / together
        self.place, self.time = self.place + of_place * off, self.time + of_time * off
        self.of_place = self.of_place - of_place**2 * together
        self.of_time = self.of_time - of_time**2 * together
        self.of_both = self.of_both - of_place * of_time * together
        likely: Array = -0.5 * (np.log(together) + off**2 / together)
        return likely


def learn(
    people: Array, signs: Array, days: "np.ndarray[Any, np.dtype[np.int64]]", background: float, stream: int
) -> Learnt:
    """One stream after counts of people, one at least, and their signs, on these days (numbers, in any order)."""
    middle, sd = float(np.log(RATE_MEDIAN[stream])), float(RATE_LOG_SD[stream])
    size = (len(SPREADS), len(DAY_SDS))
    place, time = float(PLACE_SD[stream]) ** 2, float(PERIOD_SD[stream]) ** 2
    rate = _Filter(
        np.full(size, middle), np.zeros(size), np.full(size, place), np.full(size, time), np.zeros(size), time
    )
    log_chance = _scatter(SPREADS, SPREAD[stream], SPREAD_COUNTS)[:, None] + _scatter(
        DAY_SDS, DAY_SD[stream], DAY_COUNTS
    )
    last = None
    for day in np.unique(days):
        if last is not None:
            rate.later(float(day - last))
        seen, unsure, fit = _of_day(people[days == day], signs[days == day], background, middle, sd)
        log_chance = log_chance + fit[:, None] + rate.told(seen[:, None], unsure[:, None] + DAY_SDS**2)
        last = day
    chance = np.exp(log_chance - log_chance.max())
    chance /= chance.sum()
    mean = np.array([(chance * rate.place).sum(), (chance * rate.time).sum()])
    off_place, off_time = rate.place - mean[0], rate.time - mean[1]
    both = float((chance * (rate.of_both + off_place * off_time)).sum())
    covariance = np.array(
        [
            [float((chance * (rate.of_place + off_place**2)).sum()), both],
            [both, float((chance * (rate.of_time + off_time**2)).sum())],
        ]
    )
    return Learnt(
        mean,
        covariance,
        float(np.sqrt(chance.sum(axis=1) @ SPREADS**2)),
        float(np.sqrt(chance.sum(axis=0) @ DAY_SDS**2)),
    )


def _scatter(tried: Array, usual: float, worth: float) -> Array:
    """Log density of a standard deviation before anything is counted: inverse gamma, worth so many counts."""
    density: Array = -(worth + 1) * np.log(tried) - worth * usual**2 / (2 * tried**2)
    return density


def _of_day(people: Array, signs: Array, background: float, middle: float, sd: float) -> tuple[Array, Array, Array]:
    """What one day's counts say of its rate, for each of SPREADS: (log rate, its variance, log of how well they fit).

    Their likelihood is put as a normal one in the logarithm of the rate, by its moments under the prior.
    """
    log_rate = middle + sd * np.linspace(-REACH_SD, REACH_SD, RATES)
    mean = background + np.exp(log_rate)[:, None] * people[None, :]
    fit = negative_binomial(signs[None, None, :], mean[None], (1 / SPREADS**2)[:, None, None]).sum(axis=2)
    before = -0.5 * ((log_rate - middle) / sd) ** 2
    after = fit + before
    top = after.max(axis=1, keepdims=True)
    chance = np.exp(after - top)
    total = chance.sum(axis=1, keepdims=True)
    chance /= total
    best = chance @ log_rate
    variance = (chance * (log_rate - best[:, None]) ** 2).sum(axis=1)
    # The prior is taken out again: precisions subtract.
    told = np.maximum(1 / np.maximum(variance, 1e-6) - 1 / sd**2, 1e-3 / sd**2)
    seen = middle + (best - middle) / np.maximum(variance, 1e-6) / told
    unsure = 1 / told
    evidence = np.log(total[:, 0] / np.exp(before).sum()) + top[:, 0]
    return seen, unsure, evidence + 0.5 * (np.log(unsure + sd**2) + (seen - middle) ** 2 / (unsure + sd**2))


def negative_binomial(seen: Array, mean: Array, size: Array | float) -> Array:
    """Log density with variance mean + mean**2 / size; the gamma function lets `seen` be no whole number."""
    from scipy.special import gammaln  # noqa: PLC0415 - a tenth of a second that other commands need not wait for

    density: Array = (
        gammaln(seen + size)
        - gammaln(size)
        - gammaln(seen + 1)
        + size * np.log(size / (size + mean))
        + seen * np.log(mean / (size + mean))
    )
    return density

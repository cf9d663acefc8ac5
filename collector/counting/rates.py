"""What one person shows: the rates that turn signs into people, from documented priors and from manual counts.

Signs of one step are negative binomial around rate x people + background. The rate is lognormal, the spread of a
single step has an inverse-gamma prior worth SPREAD_COUNTS counts; counts by hand move both, by Bayes' rule over a grid
of the two. Nothing else is fitted.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

STREAMS = ("lasting_devices", "phones")  # the columns of Signs.values, and the order of every array here

# Prior medians, signs a person in ten minutes, and sd of their logarithms.
# lasting_devices: 5 of 22 labelled phones of 2021 showed a lasting address (Pintor and Atzori, measured), and laptops
#   add to that in an office and nothing in a street: known within a factor of three or so.
# phones: 17 of 22 randomised; 0.1 to 1 burst a minute (the same set, standby to screen active), so ten minutes show 63
#   to 99 % of them; a few people carry no phone with Wi-Fi on, and phones of one class fall together.
RATE_MEDIAN = np.array([0.25, 0.65])
RATE_LOG_SD = np.array([1.0, 0.4])

# Spread of one step's signs around its rate (sd of the logarithm, beyond Poisson): screens go on and off.
SPREAD = np.array([0.6, 0.4])
SPREAD_COUNTS = 4.0

# Signs in ten minutes with nobody there: what comes through the walls at the level chosen. Worth BACKGROUND_COUNTS.
BACKGROUND = np.array([0.1, 0.3])
BACKGROUND_COUNTS = 3.0

DAY_WEIGHT_MAX = 3.0  # counts of one day see the same people with the same phones: together they weigh as three at most
NOBODY = 0.5  # people, on average over ten minutes; below that a count tells of the background
YEAR_SD = 0.2  # of the logarithm of a rate, a year: people replace their phones every two to four years

SPREADS = np.geomspace(0.08, 2.0, 40)  # the grid of spreads
REACH_SD = 4.0  # how far the grid of rates reaches from the prior's median

Array = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True, slots=True)
class Rates:
    """What one person shows in ten minutes, an entry a stream (see STREAMS)."""

    log_rate: Array  # mean of the logarithm of signs a person
    variance: Array  # of that logarithm: how well it is known
    spread: Array  # sd of the logarithm of one step's signs
    background: Array  # signs with nobody there
    counts: int = 0  # manual counts that it rests on
    people_max: float = 0.0  # of these counts


@dataclass(frozen=True, slots=True)
class Counted:
    """A manual count: so many people, on average over ten minutes that showed these signs."""

    day: str
    people: float
    signs: Array  # shape (2,)


def prior() -> Rates:
    """Rates of a place nobody has counted at."""
    return Rates(np.log(RATE_MEDIAN), RATE_LOG_SD**2, SPREAD.copy(), BACKGROUND.copy())


def calibrate(counts: Sequence[Counted]) -> Rates:
    """The prior, moved by manual counts. Without any it stays as it is."""
    if not counts:
        return prior()
    people = np.array([count.people for count in counts])
    signs = np.array([count.signs for count in counts], dtype=np.float64)
    weight = _weights([count.day for count in counts])
    nobody = people < NOBODY
    idle = weight[nobody]
    background = (BACKGROUND * BACKGROUND_COUNTS + idle @ signs[nobody]) / (BACKGROUND_COUNTS + idle.sum())
    some = people >= NOBODY
    learned = [
        _learn(people[some], signs[some, stream], weight[some], float(background[stream]), stream)
        for stream in range(len(STREAMS))
    ]
    log_rate, variance, spread = np.array(learned).T
    return Rates(log_rate, variance, spread, background, len(counts), float(people.max()))


def aged(rates: Rates, days: float) -> Rates:
    """Rates as they are known so many days after they were counted. Rates of the prior do not age."""
    if not rates.counts:
        return rates
    return replace(rates, variance=rates.variance + YEAR_SD**2 * max(0.0, days) / 365)


def _weights(days: Sequence[str]) -> Array:
    _, place, how_many = np.unique(np.array(days), return_inverse=True, return_counts=True)
    weights: Array = np.minimum(1.0, DAY_WEIGHT_MAX / how_many)[place]
    return weights


def _learn(people: Array, signs: Array, weight: Array, background: float, stream: int) -> tuple[float, float, float]:
    """(mean and variance of the logarithm of one stream's rate, its spread), after counts of some people."""
    middle, sd = np.log(RATE_MEDIAN[stream]), RATE_LOG_SD[stream]
    log_rate = middle + sd * np.linspace(-REACH_SD, REACH_SD, 161)
    size = 1 / SPREADS**2
    mean = background + np.exp(log_rate)[:, None] * people[None, :]
    seen = negative_binomial(signs[None, None, :], mean[:, None, :], size[None, :, None])
    of_rate = -0.5 * ((log_rate - middle) / sd) ** 2
    of_spread = -(SPREAD_COUNTS + 1) * np.log(SPREADS) - SPREAD_COUNTS * SPREAD[stream] ** 2 / (2 * SPREADS**2)
    log_chance = seen @ weight + of_rate[:, None] + of_spread[None, :]
    chance = np.exp(log_chance - log_chance.max())
    chance /= chance.sum()
    best = float(chance.sum(axis=1) @ log_rate)
    variance = float(chance.sum(axis=1) @ (log_rate - best) ** 2)
    return best, variance, float(np.sqrt(chance.sum(axis=0) @ SPREADS**2))


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

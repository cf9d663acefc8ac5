"""What one person shows: the rates that turn signs into people, from documented priors and from manual counts.

A day's signs are negative binomial around rate x people + background. The logarithm of the rate wanders slowly, because
people replace what they carry, and each day has its own people besides. So counts of a day tell of that day, less of
others, and little of the far future: a Kalman filter (1960) over the counted days, for each of a grid of how far days,
and single steps, scatter. Nothing else is fitted.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
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

# Spread of one step's signs around the rate of its day (sd of the logarithm, beyond Poisson): screens go on and off.
# Measured on twelve days of one room: 0.18 and 0.16.
SPREAD = np.array([0.3, 0.25])
SPREAD_COUNTS = 4.0

# Signs in ten minutes with nobody there: what comes through the walls at the level chosen. Worth BACKGROUND_COUNTS.
BACKGROUND = np.array([0.1, 0.3])
BACKGROUND_COUNTS = 3.0

# Sd of the logarithm of a day's rate around that of its time: who is there. Measured on twelve days of one room: 0.09
# and 0.18; people of other years and places differ more. Worth DAY_COUNTS days, and learnt from days that were counted.
DAY_SD = np.array([0.2, 0.35])
DAY_COUNTS = 4.0

DAY_WEIGHT_MAX = 3.0  # counts of one day weigh as three at most for the background: the same comes through the walls
NOBODY = 0.5  # people, on average over ten minutes; below that a count tells of the background
RENEWAL_YEARS = 3.0  # people replace their phones every two to four years: as fast it is forgotten what was known

SPREADS = np.geomspace(0.08, 2.0, 24)  # the grid of spreads of a step,
DAY_SDS = np.geomspace(0.04, 1.2, 16)  # and of a day
REACH_SD = 4.0  # how far the grid of rates reaches from the prior's median
RATES = 241  # numbers of that grid

Array = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True, slots=True)
class Rates:
    """What one person shows in ten minutes, an entry a stream (see STREAMS)."""

    log_rate: Array  # mean of the logarithm of signs a person
    variance: Array  # of that logarithm: how well it is known
    spread: Array  # sd of the logarithm of one step's signs
    background: Array  # signs with nobody there
    day_sd: Array  # sd of the logarithm of one day's signs a person
    counts: int = 0  # manual counts that it rests on
    people_max: float = 0.0  # of these counts
    day: int = 0  # of the last of them, as date.toordinal; 0: none
    together: float = 0.0  # covariance of the two logarithms


@dataclass(frozen=True, slots=True)
class Counted:
    """A manual count: so many people, on average over ten minutes that showed these signs."""

    day: str  # YYYY-MM-DD
    people: float
    signs: Array  # shape (2,)


def prior() -> Rates:
    """Rates of a place nobody has counted at."""
    return Rates(np.log(RATE_MEDIAN), RATE_LOG_SD**2, SPREAD.copy(), BACKGROUND.copy(), DAY_SD.copy())


def calibrate(counts: Sequence[Counted]) -> Rates:
    """The prior, moved by manual counts, as of the last counted day. Without any it stays as it is."""
    if not counts:
        return prior()
    people = np.array([count.people for count in counts])
    signs = np.array([count.signs for count in counts], dtype=np.float64)
    day = np.array([numbered(count.day) for count in counts])
    nobody = people < NOBODY
    idle = _weights(day)[nobody]
    background = (BACKGROUND * BACKGROUND_COUNTS + idle @ signs[nobody]) / (BACKGROUND_COUNTS + idle.sum())
    some = people >= NOBODY
    learned = [
        _learn(people[some], signs[some, stream], day[some], float(background[stream]), stream)
        for stream in range(len(STREAMS))
    ]
    log_rate, variance, spread, day_sd = np.array(learned).T
    known = Rates(log_rate, variance, spread, background, day_sd, len(counts), float(people.max()), int(day.max()))
    return aged(known, float(day.max() - day[some].max())) if some.any() else known


def aged(rates: Rates, days: float) -> Rates:
    """Rates as they are known so many days later: less well, in the end as badly as before anybody counted."""
    left = kept(days)
    return replace(rates, variance=left * rates.variance + (1 - left) * RATE_LOG_SD**2)


def numbered(day: str) -> int:
    """The number of a day YYYY-MM-DD, as date.toordinal."""
    return date.fromisoformat(day).toordinal()


def kept(days: float) -> float:
    """The share of what was known of a rate that is left after so many days."""
    return float(np.exp(-2 * max(0.0, days) / (365 * RENEWAL_YEARS)))


def _weights(days: "np.ndarray[Any, np.dtype[np.int64]]") -> Array:
    _, place, how_many = np.unique(days, return_inverse=True, return_counts=True)
    weights: Array = np.minimum(1.0, DAY_WEIGHT_MAX / how_many)[place]
    return weights


def _learn(
    people: Array, signs: Array, days: "np.ndarray[Any, np.dtype[np.int64]]", background: float, stream: int
) -> tuple[float, float, float, float]:
    """One stream's (mean and variance of the logarithm of its rate, spread of a step, sd of a day), after counts."""
    middle, sd = float(np.log(RATE_MEDIAN[stream])), float(RATE_LOG_SD[stream])
    best, variance = np.full((len(SPREADS), len(DAY_SDS)), middle), np.full((len(SPREADS), len(DAY_SDS)), sd**2)
    log_chance = _scatter(SPREADS, SPREAD[stream], SPREAD_COUNTS)[:, None] + _scatter(
        DAY_SDS, DAY_SD[stream], DAY_COUNTS
    )
    last = None
    for day in np.unique(days):
        left = kept(float(day - last)) if last is not None else 1.0
        variance = left * variance + (1 - left) * sd**2
        seen, unsure, fit = _of_day(people[days == day], signs[days == day], background, middle, sd)
        off, together = seen[:, None] - best, variance + unsure[:, None] + DAY_SDS**2
        log_chance = log_chance + fit[:, None] - 0.5 * (np.log(together) + off**2 / together)
        gain = variance / together
        best, variance, last = best + gain * off, variance * (1 - gain), day
    chance = np.exp(log_chance - log_chance.max())
    chance /= chance.sum()
    mean = float((chance * best).sum())
    return (
        mean,
        float((chance * (variance + (best - mean) ** 2)).sum()),
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

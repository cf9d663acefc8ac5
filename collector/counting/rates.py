"""What one person shows: the rates that turn signs into people, from documented priors and from manual counts.

A day's signs are negative binomial around rate x people + background. See belief for what is taken to last of a rate,
learning for what counts tell of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np

from . import learning
from .belief import STREAMS, Array, Belief, nothing
from .learning import DAY_SD, SPREAD

# Signs in ten minutes with nobody there: what comes through the walls at the level chosen. Worth BACKGROUND_COUNTS.
BACKGROUND = np.array([0.1, 0.3])
BACKGROUND_COUNTS = 3.0

DAY_WEIGHT_MAX = 3.0  # counts of one day weigh as three at most for the background: the same comes through the walls
NOBODY = 0.5  # people, on average over ten minutes; below that a count tells of the background
HALVES = 2  # numbers of people that were counted are kept to the half


@dataclass(frozen=True, slots=True)
class Usual:
    """How many people were there when somebody counted: numbers above none, and how many counted days each is worth."""

    people: Array
    days: Array


@dataclass(frozen=True, slots=True)
class Rates:
    """What one person shows in ten minutes, an entry a stream (see belief.STREAMS), and how many people are usual."""

    belief: Belief
    spread: Array  # sd of the logarithm of one step's signs
    background: Array  # signs with nobody there
    day_sd: Array  # sd of the logarithm of one day's signs a person
    counts: int = 0  # manual counts that it rests on
    people_max: float = 0.0  # of these counts
    day: int = 0  # of the last of them, as date.toordinal; 0: none
    usual: Usual = field(default_factory=lambda: Usual(np.zeros(0), np.zeros(0)))

    @property
    def log_rate(self) -> Array:
        """Mean of the logarithm of signs a person."""
        return self.belief.log_rate

    @property
    def variance(self) -> Array:
        """Of that logarithm: how well it is known."""
        return np.diag(self.belief.of_rates).copy()

    @property
    def together(self) -> float:
        """Covariance of the two logarithms."""
        return float(self.belief.of_rates[0, 1])


@dataclass(frozen=True, slots=True)
class Counted:
    """A manual count: so many people, on average over ten minutes that showed these signs."""

    day: str  # YYYY-MM-DD
    people: float
    signs: Array  # shape (2,)


def prior() -> Rates:
    """Rates of a place nobody has counted at."""
    return Rates(nothing(), SPREAD.copy(), BACKGROUND.copy(), DAY_SD.copy())


def calibrate(counts: Sequence[Counted]) -> Rates:
    """The prior, moved by manual counts, as of the last counted day. Without any it stays as it is."""
    if not counts:
        return prior()
    people = np.array([count.people for count in counts])
    signs = np.array([count.signs for count in counts], dtype=np.float64)
    day = np.array([numbered(count.day) for count in counts])
    nobody = people < NOBODY
    idle = _weights(day[nobody], DAY_WEIGHT_MAX)
    background = (BACKGROUND * BACKGROUND_COUNTS + idle @ signs[nobody]) / (BACKGROUND_COUNTS + idle.sum())
    last = int(day.max())
    so_far = replace(prior(), background=background, counts=len(counts), people_max=float(people.max()), day=last)
    some = people >= NOBODY
    if not some.any():
        return so_far
    learnt = [
        learning.learn(people[some], signs[some, stream], day[some], float(background[stream]), stream)
        for stream in range(len(STREAMS))
    ]
    return replace(
        so_far,
        belief=_together(learnt).later(float(last - day[some].max())),
        spread=np.array([one.spread for one in learnt]),
        day_sd=np.array([one.day_sd for one in learnt]),
        usual=_usual(people[some], day[some]),
    )


def _together(learnt: Sequence[learning.Learnt]) -> Belief:
    """What is known of all streams: counts tell of each alone."""
    covariance = np.zeros((2 * len(learnt), 2 * len(learnt)))
    for stream, one in enumerate(learnt):
        mine = [stream, len(learnt) + stream]
        covariance[np.ix_(mine, mine)] = one.covariance
    return Belief(np.array([one.mean for one in learnt]).T.ravel(), covariance)


def _usual(people: Array, days: "np.ndarray[Any, np.dtype[np.int64]]") -> Usual:
    """Each counted day weighs as one, however often somebody counted then."""
    numbers, place = np.unique(np.round(people * HALVES) / HALVES, return_inverse=True)
    return Usual(numbers, np.bincount(place, _weights(days, 1.0), len(numbers)).astype(np.float64))


def aged(rates: Rates, days: float) -> Rates:
    """Rates as they are known so many days later: less well, in the end as another time of the same place."""
    return replace(rates, belief=rates.belief.later(days))


def numbered(day: str) -> int:
    """The number of a day YYYY-MM-DD, as date.toordinal."""
    return date.fromisoformat(day).toordinal()


def _weights(days: "np.ndarray[Any, np.dtype[np.int64]]", day_max: float) -> Array:
    """A weight for each count, so that those of one day weigh as `day_max` counts at most."""
    _, place, how_many = np.unique(days, return_inverse=True, return_counts=True)
    weights: Array = np.minimum(1.0, day_max / how_many)[place]
    return weights

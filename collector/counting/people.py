"""People present, with 90 % intervals: of each ten minutes, and of any longer time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

from . import chain
from .rates import NOBODY, Rates
from .signs import Signs

DAYS_KEPT = 2048  # 58 kB of a day heard round the clock, where under 256 people were there; 31 days of 66 sites
LOW, HIGH = 0.05, 0.95  # of the courses: a 90 % interval
EMPTY_CHANCE = (
    0.25  # a place is called empty where so many of the courses say so: a ghost costs more than a loner missed
)
QUANTILES = np.array([LOW, EMPTY_CHANCE, 0.5, HIGH])

Array = np.ndarray[Any, np.dtype[np.float64]]
Ends = tuple[float, float, float]  # low, middle, high


@dataclass(frozen=True, slots=True)
class People:
    """People present on average over a time, and the 90 % interval of that."""

    start_ms: int
    end_ms: int
    people: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Known:
    """What was read off a day's courses before. steps: see Day.steps; means: (start_ms, end_ms) -> see Day.means."""

    steps: Array
    means: Mapping[tuple[int, int], Ends]


@dataclass(frozen=True, slots=True)
class Day:
    """One business day, from whose courses people of any part of it are read; they are drawn where that is needed."""

    signs: Signs
    rates: Rates
    of_steps: Array  # see steps
    known: Mapping[tuple[int, int], Ends] = field(default_factory=dict)  # of times that were asked before

    def courses(self) -> chain.Courses:
        """Its courses: the same whenever they are drawn."""
        return chain.Courses(_courses(_asked(self.signs, self.rates))[0].astype(np.float64))

    def between(self, start_ms: int, end_ms: int, step_ms: int) -> People | None:
        """People present on average over the steps in a time that were listened to; None where there are none."""
        return self.means([(start_ms, end_ms)], step_ms)[0]

    def means(self, spans: Sequence[tuple[int, int]], step_ms: int) -> list[People | None]:
        """The same of many times: to find the quantiles of one costs as much as to find those of a day's hours."""
        starts = self.signs.start_ms
        wanted = [(starts >= start) & (starts + step_ms <= end) & self.signs.listened for start, end in spans]
        some = [place for place, steps in enumerate(wanted) if steps.any()]
        ends = {place: self.known[spans[place]] for place in some if spans[place] in self.known}
        fresh = [place for place in some if place not in ends]
        if fresh:
            people = self.courses().people
            courses = np.stack([people[:, wanted[place]].mean(axis=1) for place in fresh], axis=1)
            found = gated(np.quantile(courses, QUANTILES, axis=0)).T.tolist()
            ends |= {place: (low, middle, high) for place, (low, middle, high) in zip(fresh, found, strict=True)}
        return [_people(spans[place], ends.get(place)) for place in range(len(spans))]

    def steps(self) -> Array:
        """(low, middle, high) of each step, shape (3, steps); steps nobody listened to are bridged."""
        return self.of_steps


def _people(span: tuple[int, int], ends: Ends | None) -> People | None:
    if ends is None:
        return None
    low, middle, high = ends
    return People(*span, middle, low, high)


def gated(quantiles: Array) -> Array:
    """(low, middle, high) from rows of QUANTILES: the median, or nobody where that is likely enough."""
    low, nobody, median, high = quantiles
    return np.stack([low, np.where(nobody < NOBODY, 0.0, median), high])


def estimate(signs: Signs, rates: Rates, known: Known | None = None) -> Day:
    """The people of one business day. The last days asked for are kept: the same signs give the same courses.

    known: what was read off these same signs and rates before (see kept.py).
    """
    if known is not None:
        return Day(signs, rates, known.steps, known.means)
    return Day(signs, rates, _courses(_asked(signs, rates))[1])


def learnt(rates: Rates) -> tuple[bytes, ...]:
    """All numbers of rates that courses depend on."""
    of_signs = (rates.log_rate, rates.belief.of_rates, rates.spread, rates.background, rates.day_sd)
    return tuple(np.asarray(one, np.float64).tobytes() for one in (*of_signs, rates.usual.people, rates.usual.days))


@dataclass(frozen=True, slots=True)
class _Asked:
    """A day's signs and rates: equal where all their numbers are."""

    values: bytes
    listened: bytes
    learnt: tuple[bytes, ...]
    signs: Signs = field(compare=False)
    rates: Rates = field(compare=False)


def _asked(signs: Signs, rates: Rates) -> _Asked:
    return _Asked(signs.values.tobytes(), signs.listened.tobytes(), learnt(rates), signs, rates)


@lru_cache(maxsize=DAYS_KEPT)
def _courses(asked: _Asked) -> "tuple[np.ndarray[Any, np.dtype[np.unsignedinteger[Any]]], Array]":
    """(courses, what is read off each step). Numbers of people are whole, and at most chain.PEOPLE_MAX and a step: two
    bytes hold them, and mostly one.
    """
    people = chain.courses(asked.signs.values, asked.signs.listened, asked.rates).people
    steps = gated(np.quantile(people, QUANTILES, axis=0))
    steps.setflags(write=False)  # many read it
    return people.astype(np.min_scalar_type(int(people.max(initial=0)))), steps


def so_far(signs: Signs, rates: Rates) -> Array:
    """(low, middle, high) of each step as known at its end, shape (3, steps)."""
    return gated(chain.so_far(signs.values, signs.listened, rates, QUANTILES))

"""People present, with 90 % intervals: of each ten minutes, and of any longer time."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from . import chain
from .rates import Rates
from .signs import Signs

LOW, HIGH = 0.05, 0.95  # of the courses: a 90 % interval


@dataclass(frozen=True, slots=True)
class People:
    """People present on average over a time, and the 90 % interval of that."""

    start_ms: int
    end_ms: int
    people: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Day:
    """The courses of one business day, from which people of any part of it are read."""

    signs: Signs
    courses: chain.Courses

    def between(self, start_ms: int, end_ms: int, step_ms: int) -> People | None:
        """People present on average over the steps in a time that were listened to; None where there are none."""
        starts = self.signs.start_ms
        wanted = (starts >= start_ms) & (starts + step_ms <= end_ms) & self.signs.listened
        if not wanted.any():
            return None
        means = self.courses.people[:, wanted].mean(axis=1)
        low, middle, high = np.quantile(means, [LOW, 0.5, HIGH])
        return People(start_ms, end_ms, float(middle), float(low), float(high))

    def steps(self) -> "np.ndarray[Any, np.dtype[np.float64]]":
        """(low, middle, high) of each step, shape (3, steps); steps nobody listened to are bridged."""
        found: np.ndarray[Any, np.dtype[np.float64]] = np.quantile(self.courses.people, [LOW, 0.5, HIGH], axis=0)
        return found


def estimate(signs: Signs, rates: Rates) -> Day:
    """The people of one business day."""
    return Day(signs, chain.courses(signs.values, signs.listened, rates))


def so_far(signs: Signs, rates: Rates) -> "np.ndarray[Any, np.dtype[np.float64]]":
    """(low, middle, high) of each step as known at its end, shape (3, steps)."""
    return chain.so_far(signs.values, signs.listened, rates, np.array([LOW, 0.5, HIGH]))

"""A number with its 90 % interval. Pure."""

from dataclasses import dataclass
from math import exp, log, sqrt
from typing import Any

import numpy as np

Z90 = 1.645

Floats = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its 90 % interval."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, value: float, log_sd: float) -> "Estimate":
        """A number known up to a factor: log_sd of its logarithm."""
        return cls(value, value * exp(-Z90 * log_sd), value * exp(Z90 * log_sd))

    def meets(self, other: "Estimate") -> bool:
        """Whether the two intervals overlap."""
        return self.low <= other.high and other.low <= self.high


def around(values: Floats, log_likelihood: Floats) -> Estimate:
    """The median and the 90 % interval of these values, each as likely as it says; shape (n,), rising."""
    chance = np.exp(log_likelihood - log_likelihood.max())
    ladder = np.cumsum(chance) - 0.5 * chance
    low, middle, high = np.interp(np.array([0.05, 0.5, 0.95]) * chance.sum(), ladder, values)
    return Estimate(float(middle), float(low), float(high))


def share_of(visitors: Estimate, passers_by: Estimate) -> Estimate:
    """visitors / (visitors + passers-by); the two are taken to be off independently."""
    if visitors.value <= 0 or passers_by.value <= 0:
        return Estimate(float(visitors.value > 0), 0.0, 1.0)
    odds = visitors.value / passers_by.value
    sd = sqrt(sum((log(each.high / max(each.low, 1e-9)) / (2 * Z90)) ** 2 for each in (visitors, passers_by)))
    low, middle, high = (odds * exp(move * sd) for move in (-Z90, 0.0, Z90))
    return Estimate(middle / (1 + middle), low / (1 + low), high / (1 + high))

"""A number with its 90 % interval. Pure."""

from dataclasses import dataclass
from math import exp, log, sqrt

Z90 = 1.645


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


def together(one: Estimate, other: Estimate) -> Estimate:
    """Both ways, each as far as it is known. Where they do not meet, an interval that holds both."""
    if min(one.value, other.value) <= 0:
        return max(one, other, key=lambda each: each.value)
    sds = [log(each.high / each.value) / Z90 for each in (one, other)]
    weights = [1 / sd**2 for sd in sds]
    middle = (weights[0] * log(one.value) + weights[1] * log(other.value)) / sum(weights)
    if not one.meets(other):
        return Estimate(exp(middle), min(one.low, other.low), max(one.high, other.high))
    return Estimate.of(exp(middle), 1 / sqrt(sum(weights)))


def share_of(visitors: Estimate, passers_by: Estimate) -> Estimate:
    """visitors / (visitors + passers-by); the two are taken to be off independently."""
    if visitors.value <= 0 or passers_by.value <= 0:
        return Estimate(float(visitors.value > 0), 0.0, 1.0)
    odds = visitors.value / passers_by.value
    sd = sqrt(sum((log(each.high / each.value) / Z90) ** 2 for each in (visitors, passers_by)))
    low, middle, high = (odds * exp(move * sd) for move in (-Z90, 0.0, Z90))
    return Estimate(middle / (1 + middle), low / (1 + low), high / (1 + high))

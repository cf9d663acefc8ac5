"""What is known of what one person shows: what lasts of a place, and what is of the time.

The logarithm of a stream's rate is the sum of two. The place's own (an office with laptops, a street without) stays.
The time's comes from who is there and what they carry and use, in a term or a season; others follow, and what was
counted of the first says no more of those than the place does. So counts of one time, however many, tell the place only
as well as one group of people can.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

STREAMS = ("lasting_devices", "phones")  # the columns of Signs.values, and the order of every array here

# Prior medians, signs a person in ten minutes.
# lasting_devices: 5 of 22 labelled phones of 2021 showed a lasting address (Pintor and Atzori, measured).
# phones: 17 of 22 randomised; 0.1 to 1 burst a minute (the same set, standby to screen active), so ten minutes show 63
#   to 99 % of them; a few people carry no phone with Wi-Fi on, and phones of one class fall together.
RATE_MEDIAN = np.array([0.25, 0.65])

# Sd of the logarithm from place to place: laptops add lasting devices in an office and none in a street.
PLACE_SD = np.array([0.95, 0.2])
# Sd from time to time at one place, and days after which a third (1/e) of a time's likeness is left: a term, a season.
# Assumptions. They are alike for both streams, since nothing says which of them moves more.
PERIOD_SD = np.array([0.35, 0.35])
PERIOD_DAYS = 120.0

RATE_LOG_SD = np.hypot(PLACE_SD, PERIOD_SD)  # of a place and time that nobody counted

Array = np.ndarray[Any, np.dtype[np.float64]]
SUM = np.hstack([np.eye(len(STREAMS))] * 2)  # of the place's and the time's


@dataclass(frozen=True, slots=True)
class Belief:
    """Logarithms of rates, the place's of each stream and then the time's: mean (4,), and covariance (4, 4)."""

    mean: Array
    covariance: Array

    @property
    def log_rate(self) -> Array:
        """Mean of the logarithm of each stream's rate, shape (2,)."""
        rate: Array = SUM @ self.mean
        return rate

    @property
    def of_rates(self) -> Array:
        """Covariance of the logarithms of both rates, shape (2, 2)."""
        both: Array = SUM @ self.covariance @ SUM.T
        return both

    def later(self, days: float) -> "Belief":
        """The same so many days later: the place as well as before, the time less."""
        still = np.repeat([1.0, likeness(days)], len(STREAMS))
        fresh = (1 - still**2) * np.concatenate([PLACE_SD, PERIOD_SD]) ** 2
        return Belief(still * self.mean, still[:, None] * self.covariance * still + np.diag(fresh))

    def anew(self) -> "Belief":
        """What is left of it where another time has begun: what is known of the place."""
        still = np.repeat([1.0, 0.0], len(STREAMS))
        fresh = np.diag(np.concatenate([np.zeros(len(STREAMS)), PERIOD_SD**2]))
        return Belief(still * self.mean, still[:, None] * self.covariance * still + fresh)

    def log_chance(self, of: Array, value: float, variance: float) -> float:
        """How well it foretells what `told` is told, as a log likelihood less a constant."""
        onto = of @ SUM
        together = float(onto @ self.covariance @ onto) + variance
        return float(-0.5 * (np.log(together) + (value - float(onto @ self.mean)) ** 2 / together))

    def told(self, of: Array, value: float, variance: float) -> "Belief":
        """Moved by a measured value of the sum of logarithms that `of`, shape (2,), weighs (Kalman 1960)."""
        onto = of @ SUM
        gain = self.covariance @ onto / (float(onto @ self.covariance @ onto) + variance)
        off = value - float(onto @ self.mean)
        return Belief(self.mean + gain * off, self.covariance - np.outer(gain, onto @ self.covariance))


def either(beliefs: Sequence[Belief], chances: Array) -> Belief:
    """One of these, with such chances that sum to one; by its mean and covariance."""
    mean: Array = chances @ np.stack([one.mean for one in beliefs])
    spread = (one.covariance + np.outer(one.mean - mean, one.mean - mean) for one in beliefs)
    return Belief(mean, sum((chance * one for chance, one in zip(chances, spread, strict=True)), np.zeros((4, 4))))


def nothing() -> Belief:
    """What is known of a place that nobody counted at."""
    return Belief(
        np.concatenate([np.log(RATE_MEDIAN), np.zeros(len(STREAMS))]),
        np.diag(np.concatenate([PLACE_SD, PERIOD_SD]) ** 2),
    )


def likeness(days: float) -> float:
    """Correlation of two times that lie so many days apart."""
    return float(np.exp(-max(0.0, days) / PERIOD_DAYS))

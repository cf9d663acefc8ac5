"""Devices in one counting window, from what the sensors sent: a count with an interval, and who is told apart.

Phones change their address from burst to burst, so addresses say little; a model class says which family of phones a
burst is of, and several phones may share one. Each family's bursts are explained by the phones that may have sent them
(`explaining`): by their timers, levels, sizes and by addresses that last.

The grouping that comes of it lives inside the counting of one window. It is never stored, never keyed to anything, and
no two windows are compared: addresses are not linked to follow a phone. What the product keeps is the count.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, lgamma

import numpy as np
import numpy.typing as npt

from . import bursts, explaining
from .bursts import Burst
from .heard import Heard, Ints

INTERVAL = 0.9
SECOND_FACE_SHARE = 0.05  # of phones that show two unrelated classes in one window, and are counted twice
# Of phones with another of their model: it goes unnoticed behind them. Known as if ten phones had been seen, because
# models differ in it: one that scans now and then, without a rhythm, hides most.
HIDDEN_SHARE, HIDDEN_WEIGHT = 0.2, 10.0
# What a family's bursts say of its number weighs less than it says: timers, levels and sizes of real phones stray
# further than manners describe (a coarsened likelihood: Miller and Dunson 2019).
TRUST = 0.7
AGAIN = np.linspace(0.025, 0.975, 20)  # the chance that a model which is there is there once more: any, equally likely

CHANCE_MIN = 1e-4
BURSTS_MAX = 1500  # of one family in one window; more are counted by their rate alone
BURSTS_A_MINUTE = 0.7  # of a phone; 0.4 to 1 is the middle of what was measured
BURSTS_A_MINUTE_RANGE = (0.4, 1.0)

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Devices:
    """How many phones were heard: an estimate, its 90 % interval, and of each sighting the phone it went to.

    groups are numbers from 0 on that mean nothing outside this one value.
    """

    count: float
    low: int
    high: int
    groups: Ints


def count(heard: Heard, start_ms: int, window_s: float) -> Devices:
    """The phones behind the sightings of the counting window that begins at start_ms (UTC) and is window_s long."""
    groups = np.zeros(len(heard), dtype=np.int64)
    families: list[Floats] = []
    told_apart = 0
    for family in bursts.families(heard, start_ms):
        found = _explained(family, window_s)
        for burst, phone in zip(family, found.phone, strict=True):
            groups[list(burst.rows)] = told_apart + phone
        told_apart += max(found.phone) + 1
        families.append(_likelihood(found.chance))
    if not families:
        return Devices(0.0, 0, 0, groups)
    return Devices(*_together(families), groups)


def _together(families: Sequence[Floats]) -> tuple[float, int, int]:
    """(mean, low, high) of the phones of all families, from the likelihood of each number of phones in each.

    How likely a model is to be there once more is the same for all models of a window, and learnt from them: where all
    differ one doubtful burst makes no second phone, and in a school that hands out one model it does.
    """
    likely = np.ones(len(AGAIN))
    each: list[Floats] = []
    for family in families:
        prior = (1 - AGAIN)[:, None] * AGAIN[:, None] ** np.maximum(np.arange(len(family)) - 1, 0)
        found = prior * family
        total = found.sum(axis=1, keepdims=True)
        likely = likely * total[:, 0] / total.max()
        each.append(found / total)
    likely /= likely.sum()
    most = sum(len(family) - 1 for family in families)
    chance = np.zeros(3 * most + 1)  # of -most .. 2 most: second faces are taken off, hidden phones added
    for place in np.flatnonzero(likely > CHANCE_MIN):
        phones = np.ones(1)
        for family in each:
            phones = np.convolve(phones, family[place])
        number = round(float(phones @ np.arange(len(phones))))
        hidden = _hidden(number, HIDDEN_SHARE * float(AGAIN[place]))
        shifted = np.convolve(np.convolve(phones, hidden), _binomial(number, SECOND_FACE_SHARE)[::-1])
        begin = most - number
        chance[begin : begin + len(shifted)] += likely[place] * shifted
    chance /= chance.sum()
    reached = np.cumsum(chance)
    low, high = (int(np.searchsorted(reached, edge)) - most for edge in ((1 - INTERVAL) / 2, (1 + INTERVAL) / 2))
    return max(1.0, float(chance @ (np.arange(len(chance)) - most))), max(1, low), max(1, high)


def _explained(family: list[Burst], window_s: float) -> explaining.Explained:
    if len(family) <= BURSTS_MAX:
        return explaining.explain(family, window_s)
    scans = sum(burst.scans for burst in family)
    least, most = (max(1, round(scans / (rate * window_s / 60))) for rate in reversed(BURSTS_A_MINUTE_RANGE))
    middle = max(1, round(scans / (BURSTS_A_MINUTE * window_s / 60)))
    return explaining.Explained({least: 0.25, middle: 0.5, most: 0.25}, (0,) * len(family))


def _likelihood(chance: dict[int, float]) -> Floats:
    """Of 0, 1 .. phones of one family: its chances without the prior of `explaining`, which is 1 / phones."""
    found = np.zeros(max(chance) + 1)
    for phones, share in chance.items():
        found[phones] = (share * phones) ** TRUST
    return found


def _hidden(phones: int, share: float) -> Floats:
    """Chances that 0 .. phones more are hidden: beta binomial."""
    a, b = share * HIDDEN_WEIGHT, (1 - share) * HIDDEN_WEIGHT
    of_all = lgamma(phones + 1) - lgamma(phones + a + b) + lgamma(a + b) - lgamma(a) - lgamma(b)
    return np.array(
        [
            exp(of_all - lgamma(k + 1) - lgamma(phones - k + 1) + lgamma(k + a) + lgamma(phones - k + b))
            for k in range(phones + 1)
        ]
    )


def _binomial(trials: int, share: float) -> Floats:
    found = np.ones(1)
    for _ in range(trials):
        found = np.convolve(found, (1 - share, share))
    return found

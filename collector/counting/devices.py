"""Devices in one counting window, from what the sensors sent: a count with an interval, and who is told apart.

Phones change their address from burst to burst, so addresses say little; a model class says which family of phones a
burst is of, and several phones may share one. Each family's bursts are explained by the phones that may have sent them
(`explaining`): by their timers, levels, sizes and by addresses that last.

The grouping that comes of it lives inside the counting of one window. It is never stored, never keyed to anything, and
no two windows are compared: addresses are not linked to follow a phone. What the product keeps is the count.
"""

from collections.abc import Mapping, Sequence
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
    """How many phones were heard: the median of what is probable, its 90 % interval, and of each sighting its phone.

    groups are numbers from 0 on that mean nothing outside this one value. There are `count` of them where the bursts
    can be dealt to so many phones: phones hidden behind others have no bursts, and which of two classes are two faces
    of one phone is not known.
    """

    count: int
    low: int
    high: int
    groups: Ints


def count(heard: Heard, start_ms: int, window_s: float) -> Devices:
    """The phones behind the sightings of the counting window that begins at start_ms (UTC) and is window_s long."""
    groups = np.zeros(len(heard), dtype=np.int64)
    families = bursts.families(heard, start_ms)
    if not families:
        return Devices(0, 0, 0, groups)
    explained = [_explained(family, window_s) for family in families]
    low, middle, high, each = _together([_likelihood(found.chance) for found in explained])
    dealt = _dealt(middle, each, [found.phone for found in explained])
    told_apart = 0
    for family, phones in zip(families, dealt, strict=True):
        for burst, phone in zip(family, phones, strict=True):
            groups[list(burst.rows)] = told_apart + phone
        told_apart += max(phones) + 1
    return Devices(middle, low, high, groups)


def _together(families: Sequence[Floats]) -> tuple[int, int, int, list[Floats]]:
    """(low, median, high) of the phones of all families, from the likelihood of each number of phones in each; and how
    probable each number is in each.

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
    reached = np.cumsum(chance / chance.sum())
    edges = ((1 - INTERVAL) / 2, 0.5, (1 + INTERVAL) / 2)
    low, middle, high = (max(1, int(np.searchsorted(reached, edge)) - most) for edge in edges)
    return low, middle, high, [likely @ family for family in each]


def _dealt(
    count: int, each: Sequence[Floats], explained: Sequence[Mapping[int, tuple[int, ...]]]
) -> list[tuple[int, ...]]:
    """Of each family its bursts' phones, so many together as were counted, as far as explanations go.

    Each family has its most probable number first; then, one by one, that number is changed for the next one up or down
    where this is most probable.
    """
    numbers = [max((chance[n], n) for n in phones)[1] for chance, phones in zip(each, explained, strict=True)]
    while missing := count - sum(numbers):
        steps = [
            (float(chance[other] / chance[number]), at, other)
            for at, (chance, phones, number) in enumerate(zip(each, explained, numbers, strict=True))
            for other in phones
            if 0 < (other - number) / missing <= 1 and chance[other] > 0
        ]
        if not steps:
            break
        _, at, other = max(steps)
        numbers[at] = other
    return [phones[number] for phones, number in zip(explained, numbers, strict=True)]


def _explained(family: list[Burst], window_s: float) -> explaining.Explained:
    if len(family) <= BURSTS_MAX:
        return explaining.explain(family, window_s)
    scans = sum(burst.scans for burst in family)
    least, most = (max(1, round(scans / (rate * window_s / 60))) for rate in reversed(BURSTS_A_MINUTE_RANGE))
    middle = max(1, round(scans / (BURSTS_A_MINUTE * window_s / 60)))
    chance: dict[int, float] = {}
    for phones, share in ((least, 0.25), (middle, 0.5), (most, 0.25)):
        chance[phones] = chance.get(phones, 0.0) + share
    return explaining.Explained(chance, dict.fromkeys(chance, (0,) * len(family)))


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

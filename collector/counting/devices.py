"""Devices in one counting window, from what the sensors sent: a count with an interval, and who is told apart.

Phones change their address from burst to burst, so addresses say little; a model class says which family of phones a
burst is of, and several phones may share one. Each family's bursts are explained by the phones that may have sent them
(`explaining`): by their timers, levels, sizes and by addresses that last.

The grouping that comes of it lives inside the counting of one window. It is never stored, never keyed to anything, and
no two windows are compared: addresses are not linked to follow a phone. What the product keeps is the count.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from . import bursts, explaining
from .bursts import Burst
from .heard import Heard, Ints

INTERVAL = 0.9
SECOND_FACE_SHARE = 0.1  # of phones that show two unrelated classes in one window, and are counted twice
HIDDEN_SHARE = 0.1  # of phones behind which another of the family goes unnoticed

BURSTS_MAX = 1500  # of one family in one window; more are counted by their rate alone
BURSTS_A_MINUTE = 0.7  # of a phone; 0.4 to 1 is the middle of what was measured
BURSTS_A_MINUTE_RANGE = (0.4, 1.0)


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
    chance = np.ones(1)  # of 0, 1 .. phones
    told_apart = 0
    for family in bursts.families(heard, start_ms):
        found = _explained(family, window_s)
        for burst, phone in zip(family, found.phone, strict=True):
            groups[list(burst.rows)] = told_apart + phone
        told_apart += max(found.phone) + 1
        chance = np.convolve(chance, _dense(found.chance))
    low, high = _interval(chance)
    return Devices(float(chance @ np.arange(len(chance))), low, high, groups)


def _explained(family: list[Burst], window_s: float) -> explaining.Explained:
    if len(family) <= BURSTS_MAX:
        return explaining.explain(family, window_s)
    scans = sum(burst.scans for burst in family)
    least, most = (max(1, round(scans / (rate * window_s / 60))) for rate in reversed(BURSTS_A_MINUTE_RANGE))
    middle = max(1, round(scans / (BURSTS_A_MINUTE * window_s / 60)))
    return explaining.Explained({least: 0.25, middle: 0.5, most: 0.25}, (0,) * len(family))


def _dense(chance: dict[int, float]) -> npt.NDArray[np.float64]:
    dense = np.zeros(max(chance) + 1)
    for phones, share in chance.items():
        dense[phones] += share
    return dense


def _interval(chance: npt.NDArray[np.float64]) -> tuple[int, int]:
    """Low and high of the middle INTERVAL, with what no explanation knows: second faces and hidden phones."""
    phones = round(float(chance @ np.arange(len(chance))))
    wider = np.convolve(
        np.convolve(chance, _binomial(phones, HIDDEN_SHARE)), _binomial(phones, SECOND_FACE_SHARE)[::-1]
    )
    reached = np.cumsum(wider)
    low, high = (int(np.searchsorted(reached, edge)) - phones for edge in ((1 - INTERVAL) / 2, (1 + INTERVAL) / 2))
    return max(low, min(phones, 1)), high


def _binomial(trials: int, share: float) -> npt.NDArray[np.float64]:
    found = np.ones(1)
    for _ in range(trials):
        found = np.convolve(found, (1 - share, share))
    return found

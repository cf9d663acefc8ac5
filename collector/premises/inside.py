"""The inside level of a site, from a walk or from the data's own two humps. Pure; the random start is fixed.

What is loud is near. Between the levels of those who are inside and of those who pass lies a valley, if the sensors
hang well: two Gaussians are fitted to the loudest signal of each lasting device, and the level is where the two are
equally likely. Where one Gaussian explains the levels as well (Schwarz 1978), or the two lie closer than Ashman's D of
2 (Ashman, Bird, Zepf 1994), or one of them is hardly anybody, there is no valley, and nothing is proposed. A walk needs
no humps: it says when one phone was inside, and the level is the one that tells its signals best.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..suppression import MINIMUM_GROUP

Floats = np.ndarray[Any, np.dtype[np.float64]]
Bools = np.ndarray[Any, np.dtype[np.bool_]]

DEVICES_MIN = 50  # fewer levels show no humps
SIGNALS_MIN = 10  # of a walk, of each side
BIC_MIN = 10.0  # by which two Gaussians must be better than one: Kass and Raftery 1995 call that very strong
ASHMAN_MIN = 2.0
SHARE_MIN = 0.1  # of the devices, in the smaller hump
RESAMPLES = 20
RIGHT_MIN = 0.6  # of a walk's signals, mean of both sides; a coin tells 0.5
BIN_DB = 3


@dataclass(frozen=True, slots=True)
class Proposal:
    """An inside level, dBm; None: nothing can be proposed, and `says` has why. give_or_take_db: its sd.

    right, right_now: share of a walk's signals that it tells right, mean of both sides, and that today's level does.
    louder, louder_now: share of the devices that are ever as loud as it, and as today's; None of small groups.
    """

    dbm: int | None
    now_dbm: int
    says: str
    levels: int
    give_or_take_db: float | None = None
    right: float | None = None
    right_now: float | None = None
    louder: float | None = None
    louder_now: float | None = None


def from_humps(rssi_dbm: Floats, now_dbm: int) -> Proposal:
    """From the loudest signal of each lasting device, shape (n,)."""
    count = len(rssi_dbm)
    if count < DEVICES_MIN:
        return Proposal(None, now_dbm, f"{count} lasting devices were heard; {DEVICES_MIN} are wanted", count)
    middle, why = _valley(rssi_dbm)
    if middle is None:
        return Proposal(None, now_dbm, f"no two humps: {why}; the level stays, or walk: --walk", count)
    draw = np.random.default_rng(0)
    again = [_valley(draw.choice(rssi_dbm, count))[0] for _ in range(RESAMPLES)]
    found = [one for one in again if one is not None]
    if len(found) < 0.8 * RESAMPLES:
        says = f"no two humps for sure: {RESAMPLES - len(found)} of {RESAMPLES} resamples show none; the level stays"
        return Proposal(None, now_dbm, says, count)
    return Proposal(
        dbm=round(middle),
        now_dbm=now_dbm,
        says=f"two humps, {why}",
        levels=count,
        give_or_take_db=float(np.std(found)),
        louder=_share(rssi_dbm, round(middle)),
        louder_now=_share(rssi_dbm, now_dbm),
    )


def from_walk(rssi_dbm: Floats, inside: Bools, now_dbm: int) -> Proposal:
    """From the signals of one device during a walk, and whether it was inside at each; shape (n,)."""
    there, away = int(inside.sum()), int((~inside).sum())
    if min(there, away) < SIGNALS_MIN:
        says = f"{there} signals inside and {away} outside; {SIGNALS_MIN} of each are wanted: walk for longer"
        return Proposal(None, now_dbm, says, len(rssi_dbm))
    best, right = _best(rssi_dbm, inside)
    if right < RIGHT_MIN:
        says = f"no level tells inside from outside: the best one is right in {right:.0%}; hang the sensor elsewhere"
        return Proposal(None, now_dbm, says, len(rssi_dbm), right=right, right_now=_right(rssi_dbm, inside, now_dbm))
    draw = np.random.default_rng(0)
    places = [draw.integers(0, len(rssi_dbm), len(rssi_dbm)) for _ in range(RESAMPLES)]
    again = [_best(rssi_dbm[place], inside[place])[0] for place in places if 0 < inside[place].sum() < len(place)]
    return Proposal(
        dbm=round(best),
        now_dbm=now_dbm,
        says=f"a walk: {there} signals inside, {away} outside",
        levels=len(rssi_dbm),
        give_or_take_db=float(np.std(again)),
        right=right,
        right_now=_right(rssi_dbm, inside, now_dbm),
    )


def histogram(rssi_dbm: Floats) -> list[tuple[int, int]]:
    """(lower end of a bin of BIN_DB, how many), loudest first, without empty ends."""
    if not len(rssi_dbm):
        return []
    bins = np.floor(rssi_dbm / BIN_DB).astype(int)
    return [(int(one) * BIN_DB, int((bins == one).sum())) for one in range(bins.max(), bins.min() - 1, -1)]


def _share(rssi_dbm: Floats, level_dbm: float) -> float | None:
    louder = int((rssi_dbm >= level_dbm).sum())
    return louder / len(rssi_dbm) if MINIMUM_GROUP <= louder <= len(rssi_dbm) - MINIMUM_GROUP else None


def _valley(rssi_dbm: Floats) -> tuple[float | None, str]:
    """Where the two Gaussians are equally likely, and what they are; None, and why there are not two."""
    from sklearn.mixture import GaussianMixture  # noqa: PLC0415 - slow to load

    column = rssi_dbm.reshape(-1, 1)
    one, two = (GaussianMixture(number, random_state=0, reg_covar=1.0).fit(column) for number in (1, 2))
    if one.bic(column) - two.bic(column) < BIC_MIN:
        return None, "one explains the levels as well"
    order = np.argsort(two.means_[:, 0])
    means, sds, shares = two.means_[order, 0], np.sqrt(two.covariances_[order, 0, 0]), two.weights_[order]
    apart = float(np.sqrt(2) * (means[1] - means[0]) / np.hypot(*sds))
    if apart < ASHMAN_MIN:
        return None, f"the two overlap (D = {apart:.1f}, {ASHMAN_MIN:.0f} is wanted)"
    if shares.min() < SHARE_MIN:
        return None, f"one of them holds {shares.min():.0%} of the devices"
    line = np.linspace(means[0], means[1], 400)
    density = shares * np.exp(-0.5 * ((line[:, None] - means) / sds) ** 2) / sds
    place = int(np.argmax(density[:, 1] >= density[:, 0]))
    says = (
        f"around {means[0]:.0f} and {means[1]:.0f} dBm, {shares[1]:.0%} of the devices in the louder (D = {apart:.1f})"
    )
    return float(line[place]), says


def _best(rssi_dbm: Floats, inside: Bools) -> tuple[float, float]:
    """The level that is right most often, the middle one of those that are; and how often."""
    tried = np.arange(np.floor(rssi_dbm.min()), np.ceil(rssi_dbm.max()) + 2)
    right = np.array([_right(rssi_dbm, inside, level) for level in tried])
    return float(np.median(tried[right >= right.max() - 1e-9])), float(right.max())


def _right(rssi_dbm: Floats, inside: Bools, level_dbm: float) -> float:
    return float((rssi_dbm[inside] >= level_dbm).mean() + (rssi_dbm[~inside] < level_dbm).mean()) / 2

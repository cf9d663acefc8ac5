"""How long visits last, and how many were missed: stays of the panel, mended for silence. Pure.

A phone is silent most of the time, so a stay reads short and a short stay is missed. Both are mended under two
assumptions: looks (half-minutes in which a phone is heard) fall evenly, as a Poisson process does; and lengths are
lognormal. Then the silence before the first look and the one after the last are exponential, whatever lies between; a
stay of length T that was heard for D has the likelihood (T - D) exp(-rate T); and it is heard as a visit, two looks
visit_min apart, with chance 1 - exp(-x) (1 + x), x = rate (T - visit_min). The two parameters of the lengths are
averaged over all that fit, each as well as it does (a grid; for the spread a prior): that gives the intervals too.

A day of one shop has few visits of the panel, so the law that the days before tell may be the prior of this one's: what
fits those days, with the median as far apart as days are (a random effect: Laird and Ware, Biometrics 38, 1982).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import exp, sqrt
from typing import Any

import numpy as np

from .interval import Estimate, around

Floats = np.ndarray[Any, np.dtype[np.float64]]

LENGTHS = 160  # of the grid of lengths, from visit_min to LENGTH_S_MAX, evenly in their logarithm
LENGTH_S_MAX = 12 * 3600.0
MEDIANS_S, MEDIANS = (45.0, 4 * 3600.0), 150  # of the lengths' law, that are tried
SIGMAS = np.linspace(0.3, 1.8, 16)
SIGMA = (1.0, 0.2)  # what these are before anything is heard, mean and sd; chosen, no source: short stays are not seen
DAY_SD = 0.15  # by which a day's median differs from those of the days before, of its logarithm; chosen, no source
SPANS = 120  # spans are put into so many bins, each 5 % wide: a year of visits costs as much as a day
VISITS_MIN = 10  # of the panel, below which nothing is said


@dataclass(frozen=True, slots=True)
class Stays:
    """Visits of the panel as they were heard: seconds from the first to the last look inside, and looks; shape (n,).

    visit_min_s: the shortest that counts as a visit.
    """

    span_s: Floats
    looks: Floats
    visit_min_s: float = 60.0

    @classmethod
    def together(cls, parts: "Sequence[Stays]") -> "Stays":
        """Those of several times of one site; at least one."""
        span_s, looks = (np.concatenate([getattr(one, name) for one in parts]) for name in ("span_s", "looks"))
        return cls(span_s, looks, parts[0].visit_min_s)


@dataclass(frozen=True, slots=True)
class Dwell:
    """How long visits lasted, seconds, mended for silence; log_sd: of the mean's logarithm."""

    mean_s: float
    log_sd: float
    median: Estimate
    missed: Estimate  # visits that the panel made for each one that was heard, at least 1


def dwell(stays: Stays, before: Stays | None = None) -> Dwell | None:
    """How long visits lasted; None of fewer than VISITS_MIN. before: those of the days before, of the same site."""
    fits = _fit(stays)
    if fits is None:
        return None
    likely, chance = fits
    laws = _laws(stays.visit_min_s)
    earlier = None if before is None else _fit(before)
    likely = likely + (_unknown(laws) if earlier is None else _carried(earlier[0] + _unknown(laws)))
    weight = np.exp(likely - likely.max())
    weight /= weight.sum()
    mean, log_sd = _moments(np.log(laws.mean_s), weight)
    # Short stays are not seen, so laws with more of them fit nearly as well: means lean to them, medians do not.
    median, missed = (_around(values, weight) for values in (laws.median_s, 1 / chance))
    return Dwell(exp(mean), log_sd, median, missed)


def _fit(stays: Stays) -> tuple[Floats, Floats] | None:
    """The log likelihood of the visits under each law, and the chance that a visit is heard as one; shape (laws,)."""
    heard = (stays.looks >= 2) & (stays.span_s >= stays.visit_min_s)
    span_s, looks = stays.span_s[heard], stays.looks[heard]
    if len(span_s) < VISITS_MIN:
        return None
    rate = float((looks - 1).sum() / span_s.sum())  # looks a second of a phone that is there
    laws = _laws(stays.visit_min_s)
    beyond = rate * (laws.length_s - stays.visit_min_s)
    chance = (1 - np.exp(-beyond) * (1 + beyond)) @ laws.law
    return _log_likelihood(span_s, rate, laws) - len(span_s) * np.log(chance), chance


def _unknown(laws: "_Laws") -> Floats:
    """The log of the prior, before anything was heard; shape (laws,)."""
    found: Floats = -0.5 * ((laws.sigma - SIGMA[0]) / SIGMA[1]) ** 2
    return found


def _carried(likely: Floats) -> Floats:
    """The log of the prior that the days before make: their posterior, medians as far apart as days are."""
    log_s = np.log(np.geomspace(*MEDIANS_S, MEDIANS))
    apart = np.exp(-0.5 * ((log_s[:, None] - log_s[None, :]) / DAY_SD) ** 2)
    fits = np.exp(likely - likely.max()).reshape(len(SIGMAS), MEDIANS)
    found: Floats = np.log((fits @ (apart / apart.sum(axis=0)).T).ravel() + 1e-300)
    return found


@dataclass(frozen=True, slots=True)
class _Laws:
    """All laws that are tried: length_s (lengths,), law (lengths, laws), the rest (laws,)."""

    length_s: Floats
    law: Floats
    sigma: Floats
    mean_s: Floats
    median_s: Floats


@lru_cache(maxsize=4)
def _laws(visit_min_s: float) -> _Laws:
    """Of lengths above visit_min_s; they take as long to make as to try, and are the same for all sites."""
    length_s = np.geomspace(visit_min_s, LENGTH_S_MAX, LENGTHS + 1)[1:]
    medians_s, sigmas = (axis.ravel() for axis in np.meshgrid(np.geomspace(*MEDIANS_S, MEDIANS), SIGMAS))
    law = np.exp(-0.5 * (np.log(length_s[:, None] / medians_s) / sigmas) ** 2)
    law /= law.sum(axis=0)
    return _Laws(length_s, law, sigmas, length_s @ law, length_s[(np.cumsum(law, axis=0) < 0.5).sum(axis=0)])


def _log_likelihood(span_s: Floats, rate: float, laws: _Laws) -> Floats:
    """Of the spans under each law, but for a factor that is the same for all; shape (laws,)."""
    edges = np.geomspace(span_s.min(), span_s.max() * 1.0001, SPANS + 1)
    place = np.clip(np.searchsorted(edges, span_s, side="right") - 1, 0, SPANS - 1)
    count = np.bincount(place, minlength=SPANS).astype(np.float64)
    total = np.bincount(place, weights=span_s, minlength=SPANS)
    some = count > 0
    heard_s = total[some] / count[some]
    silence_s = np.maximum(laws.length_s[None, :] - heard_s[:, None], 0.0)
    shown = (silence_s * np.exp(-rate * silence_s)) @ laws.law
    found: Floats = count[some] @ np.log(np.maximum(shown, 1e-300))
    return found


def _around(values: Floats, weight: Floats) -> Estimate:
    order = np.argsort(values)
    return around(values[order], np.log(weight[order] + 1e-300))


def _moments(values: Floats, weight: Floats) -> tuple[float, float]:
    middle = float(weight @ values)
    return middle, sqrt(float(weight @ (values - middle) ** 2))

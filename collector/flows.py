"""Flows: visitors and passers-by of all phones, from levels of all bursts and stays of the panel. Pure.

Two ways to the same number, shown side by side:
- by level: bursts heard inside say how many phone-minutes were spent there; over the mean stay that is visitors
  (Little's law, Operations Research 9, 1961). Bursts of phones that randomise count like any other.
- by panel: the panel's own visitors, over the panel's share of the phones.
Each rests on figures nobody knows before somebody has counted: they have documented priors, and are learnt from counts
at the door. See docs/decisions/047.

A phone is silent most of the time, so a stay reads short and a short stay is missed. Both are mended under two
assumptions: looks (half-minutes in which a phone is heard) fall evenly, as a Poisson process does; and lengths are
lognormal. Then the silence before the first look and the one after the last are exponential, whatever lies between; a
stay of length T that was heard for D has the likelihood (T - D) exp(-rate T); and it is heard as a visit, two looks
visit_min apart, with chance 1 - exp(-x) (1 + x), x = rate (T - visit_min). The two parameters of the lengths are
averaged over all that fit, each as well as it does (a grid; for the spread a prior): that gives the intervals too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, sqrt
from typing import Any

import numpy as np

Floats = np.ndarray[Any, np.dtype[np.float64]]

# Priors, each a median and the sd of its logarithm.
LOOKS_A_MIN = (
    0.65,
    0.35,
)  # bursts a minute of one phone: 0.4 to 1.0 in 22 labelled phones (measured)
PANEL_SHARE = (5 / 22, 0.35)  # of phones: 5 of 22 labelled phones of 2021 showed a lasting address
PHONES_A_PERSON = (0.8, 0.2)  # switched on, with Wi-Fi; chosen, no source
DAY_SD = 0.10  # by which a day's mean stay differs from another's, of its logarithm; chosen
FIT_SD_MIN = 0.08  # no handful of counts knows a rate better than that
VISITOR_CV2 = 3.0  # squared variation of the bursts of one visitor: many show none, few stay long
Z90 = 1.645
LENGTHS = 160  # of the grid of lengths, from visit_min to LENGTH_S_MAX, evenly in their logarithm
LENGTH_S_MAX = 12 * 3600.0
MEDIANS_S, MEDIANS = (45.0, 4 * 3600.0), 150  # of the lengths' law, that are tried
SIGMAS = np.linspace(0.3, 1.8, 16)
SIGMA = (1.0, 0.2)  # what these are before anything is heard, mean and sd; chosen, no source: short stays are not seen
SPANS = 120  # spans are put into so many bins, each 5 % wide: a year of visits costs as much as a day
PASSER_HEARD = (0.6, 0.25)  # share of passing phones that are heard at all: 0.65 looks a minute for a minute and a half
VISITS_MIN = 10  # of the panel, below which nothing is said


@dataclass(frozen=True, slots=True)
class Stays:
    """Visits of the panel as they were heard: seconds from the first to the last look inside, and looks; shape (n,).

    visit_min_s: the shortest that counts as a visit.
    """

    span_s: Floats
    looks: Floats
    visit_min_s: float = 60.0


@dataclass(frozen=True, slots=True)
class Hour:
    """What was heard in one hour, or any other time that was listened to all along."""

    start_ms: int  # UTC
    hours: float  # its length
    bursts_inside: int  # of addresses that do not last, as loud as inside
    bursts_outside: int
    panel_visitors: int
    panel_passers: int


@dataclass(frozen=True, slots=True)
class Dwell:
    """How long visits lasted, seconds, mended for silence; log_sd: of the mean's logarithm."""

    mean_s: float
    log_sd: float
    median: "Estimate"
    missed: float  # visits that the panel made for each one that was heard, at least 1
    looks_a_min: float  # of a phone that is inside


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


@dataclass(frozen=True, slots=True)
class Rates:
    """What one visitor, and one passer-by, shows. None of `counts`: priors alone.

    *_log_sd: of the logarithm. background: bursts inside an hour with no visitor there (staff, the street).
    """

    bursts_a_visitor_min: float  # inside, of addresses that do not last, a minute that a visitor is there
    bursts_log_sd: float
    panel_a_visitor: float  # visits of the panel, mended, a visitor
    panel_log_sd: float
    passers_a_passer: float  # passers-by of the panel a passer-by
    passers_log_sd: float
    background: float = 0.0
    background_sd: float = 0.0
    stay_s: float | None = None  # mean stay where it was learnt
    counts: int = 0


@dataclass(frozen=True, slots=True)
class Flows:
    """Visitors and passers-by of a time, each with its interval, and whether the two ways to the visitors meet."""

    dwell: Dwell
    by_level: Estimate | None  # None where counts have shown that no phone here changes its address
    by_panel: Estimate
    visitors: Estimate
    passers_by: Estimate
    entry_rate: Estimate
    panel_visits: int
    calibrated: bool
    agree: bool


def prior() -> Rates:
    """Rates of a place where nobody has counted."""
    share, phones, looks = PANEL_SHARE[0], PHONES_A_PERSON[0], LOOKS_A_MIN[0]
    panel_sd = sqrt(PANEL_SHARE[1] ** 2 + PHONES_A_PERSON[1] ** 2)
    heard, heard_sd = PASSER_HEARD
    return Rates(
        bursts_a_visitor_min=looks * phones * (1 - share),
        bursts_log_sd=sqrt(LOOKS_A_MIN[1] ** 2 + PHONES_A_PERSON[1] ** 2),
        panel_a_visitor=share * phones,
        panel_log_sd=panel_sd,
        passers_a_passer=share * phones * heard,
        passers_log_sd=sqrt(panel_sd**2 + heard_sd**2),
    )


def dwell(stays: Stays) -> Dwell | None:
    """How long visits lasted; None of fewer than VISITS_MIN."""
    heard = (stays.looks >= 2) & (stays.span_s >= stays.visit_min_s)
    span_s, looks = stays.span_s[heard], stays.looks[heard]
    if len(span_s) < VISITS_MIN:
        return None
    rate = float((looks - 1).sum() / span_s.sum())  # looks a second of a phone that is there
    length_s = np.geomspace(stays.visit_min_s, LENGTH_S_MAX, LENGTHS + 1)[1:]
    medians_s, sigmas = (axis.ravel() for axis in np.meshgrid(np.geomspace(*MEDIANS_S, MEDIANS), SIGMAS))
    law = np.exp(-0.5 * (np.log(length_s[:, None] / medians_s) / sigmas) ** 2)  # (lengths, laws)
    law /= law.sum(axis=0)
    beyond = rate * (length_s - stays.visit_min_s)
    chance = (1 - np.exp(-beyond) * (1 + beyond)) @ law
    likely = _log_likelihood(span_s, rate, length_s, law) - len(span_s) * np.log(chance)
    likely -= 0.5 * ((sigmas - SIGMA[0]) / SIGMA[1]) ** 2
    weight = np.exp(likely - likely.max())
    weight /= weight.sum()
    log_mean = np.log(length_s @ law)
    middle = np.log(length_s[(np.cumsum(law, axis=0) < 0.5).sum(axis=0)])
    mean, log_sd = _moments(log_mean, weight)
    median, median_sd = _moments(middle, weight)
    return Dwell(exp(mean), log_sd, Estimate.of(exp(median), median_sd), float(weight @ (1 / chance)), 60 * rate)


def _log_likelihood(span_s: Floats, rate: float, length_s: Floats, law: Floats) -> Floats:
    """Of the spans under each law, but for a factor that is the same for all; shape (laws,)."""
    edges = np.geomspace(span_s.min(), span_s.max() * 1.0001, SPANS + 1)
    place = np.clip(np.searchsorted(edges, span_s, side="right") - 1, 0, SPANS - 1)
    count = np.bincount(place, minlength=SPANS).astype(np.float64)
    total = np.bincount(place, weights=span_s, minlength=SPANS)
    some = count > 0
    heard_s = total[some] / count[some]
    silence_s = np.maximum(length_s[None, :] - heard_s[:, None], 0.0)
    shown = (silence_s * np.exp(-rate * silence_s)) @ law
    found: Floats = count[some] @ np.log(np.maximum(shown, 1e-300))
    return found


def _moments(values: Floats, weight: Floats) -> tuple[float, float]:
    middle = float(weight @ values)
    return middle, sqrt(float(weight @ (values - middle) ** 2))


def estimate(stays: Stays, hours: Sequence[Hour], rates: Rates) -> Flows | None:
    """The flows of the time that these hours make up; None where the panel has too few visits to say their length.

    A time that nobody listened to is in no hour: it is missing from the numbers, which is what coverage says.
    """
    stayed = dwell(stays)
    if stayed is None or not hours:
        return None
    stay_s, stay_sd = _stay(stayed, rates)
    bursts = sum(hour.bursts_inside for hour in hours)
    length_h = sum(hour.hours for hour in hours)
    of_visitors = max(bursts - rates.background * length_h, 1.0)
    level = of_visitors / (max(rates.bursts_a_visitor_min, 1e-9) * stay_s / 60)
    level_sd = sqrt(
        rates.bursts_log_sd**2
        + stay_sd**2
        + VISITOR_CV2 / max(level, 1.0)
        + (rates.background_sd * length_h / of_visitors) ** 2
    )
    seen = sum(hour.panel_visitors for hour in hours)
    mended = seen * stayed.missed
    by_panel = Estimate.of(
        mended / rates.panel_a_visitor, sqrt(rates.panel_log_sd**2 + 1 / max(seen, 1) + 0.25 * stayed.log_sd**2)
    )
    by_level = Estimate.of(level, level_sd) if rates.bursts_a_visitor_min > 0 else None
    visitors = by_panel if by_level is None else _together(by_level, by_panel)
    passers = max(sum(hour.panel_passers for hour in hours) - (mended - seen), 0.0)
    passers_by = Estimate.of(passers / rates.passers_a_passer, sqrt(rates.passers_log_sd**2 + 1 / max(passers, 1.0)))
    return Flows(
        dwell=stayed,
        by_level=by_level,
        by_panel=by_panel,
        visitors=visitors,
        passers_by=passers_by,
        entry_rate=_rate(visitors, passers_by),
        panel_visits=len(stays.span_s),
        calibrated=rates.counts > 0,
        agree=by_level is None or by_level.meets(by_panel),
    )


@dataclass(frozen=True, slots=True)
class Counted:
    """Counts at the door: so many came in, and so many walked past (None: not counted), in a time that was heard so."""

    heard: Hour
    visitors: int
    passers_by: int | None = None


def calibrate(stays: Stays, counts: Sequence[Counted]) -> Rates:
    """Rates from counts at the door, and from the stays of the same days; the prior where they cannot be learnt.

    Bursts inside = background + rate x visitors is fitted by least squares, neither below zero, each count weighted by
    the bursts it heard; the others are ratios of sums. Counts of a quiet and of a crowded time tell the two apart. At
    least three counts, which see ten visitors of the panel together, or nothing is learnt.
    """
    start, stayed = prior(), dwell(stays)
    seen = sum(one.heard.panel_visitors for one in counts)
    came = sum(one.visitors for one in counts)
    if len(counts) < 3 or stayed is None or seen < VISITS_MIN or not came:
        return start
    from scipy.optimize import nnls  # noqa: PLC0415 - slow to load, and only wanted here

    table = np.array([[one.heard.hours, one.visitors] for one in counts], dtype=np.float64)
    bursts = np.array([one.heard.bursts_inside for one in counts], dtype=np.float64)
    weight = 1 / np.sqrt(bursts + 1)
    (background, a_visitor), rest = nnls(table * weight[:, None], bursts * weight)
    spread = np.linalg.pinv((table * weight[:, None]).T @ (table * weight[:, None])) * rest**2 / (len(counts) - 2)
    fit_sd = max(sqrt(spread[1, 1]) / a_visitor, FIT_SD_MIN) if a_visitor > 0 else start.bursts_log_sd
    walked = [one for one in counts if one.passers_by]
    past = sum(one.passers_by or 0 for one in walked)
    past_visits = sum(one.heard.panel_visitors for one in walked)
    past_seen = sum(one.heard.panel_passers for one in walked) - (stayed.missed - 1) * past_visits
    learnt = past > 0 and past_seen >= VISITS_MIN
    return Rates(
        bursts_a_visitor_min=float(a_visitor) / (stayed.mean_s / 60),
        bursts_log_sd=fit_sd,
        panel_a_visitor=seen * stayed.missed / came,
        panel_log_sd=sqrt(1 / seen + FIT_SD_MIN**2),
        passers_a_passer=past_seen / past if learnt else start.passers_a_passer,
        passers_log_sd=sqrt(1 / past_seen + FIT_SD_MIN**2) if learnt else start.passers_log_sd,
        background=float(background),
        background_sd=sqrt(spread[0, 0]),
        stay_s=stayed.mean_s,
        counts=len(counts),
    )


def _stay(stayed: Dwell, rates: Rates) -> tuple[float, float]:
    """The mean stay and the sd of its logarithm: today's and the usual one, each as far as it is known."""
    if rates.stay_s is None:
        return stayed.mean_s, stayed.log_sd
    today, usual = 1 / max(stayed.log_sd, 1e-3) ** 2, 1 / DAY_SD**2
    middle = (today * log(stayed.mean_s) + usual * log(rates.stay_s)) / (today + usual)
    return exp(middle), 1 / sqrt(today + usual)


def _together(one: Estimate, other: Estimate) -> Estimate:
    """Both ways, each as far as it is known. Where they do not meet, an interval that holds both."""
    if min(one.value, other.value) <= 0:
        return max(one, other, key=lambda each: each.value)
    sds = [log(each.high / each.value) / Z90 for each in (one, other)]
    weights = [1 / sd**2 for sd in sds]
    middle = (weights[0] * log(one.value) + weights[1] * log(other.value)) / sum(weights)
    if not one.meets(other):
        return Estimate(exp(middle), min(one.low, other.low), max(one.high, other.high))
    return Estimate.of(exp(middle), 1 / sqrt(sum(weights)))


def _rate(visitors: Estimate, passers_by: Estimate) -> Estimate:
    """visitors / (visitors + passers-by); the two are taken to be off independently."""
    if visitors.value <= 0 or passers_by.value <= 0:
        return Estimate(float(visitors.value > 0), 0.0, 1.0)
    odds = visitors.value / passers_by.value
    sd = sqrt(sum((log(each.high / each.value) / Z90) ** 2 for each in (visitors, passers_by)))
    low, middle, high = (odds * exp(move * sd) for move in (-Z90, 0.0, Z90))
    return Estimate(middle / (1 + middle), low / (1 + low), high / (1 + high))

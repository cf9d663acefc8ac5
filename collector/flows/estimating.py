"""Flows: visitors and passers-by of all phones, from levels of all bursts and stays of the panel. Pure.

Two ways to the same number, shown side by side and together:
- by level: bursts heard inside say how many phone-minutes were spent there; over the mean stay that is visitors
  (Little's law, Operations Research 9, 1961). Bursts of phones that randomise count like any other.
- by panel: the panel's own visitors, over the panel's share of the phones.
Each number of visitors is asked how likely it shows these bursts, and these visits; the answer is the median of all
numbers, no size being likelier than another before. So each way weighs by what it knows at that size: bursts of staff
drown ten visitors and not a thousand.
Each rests on figures nobody knows before somebody has counted: they have documented priors, and are learnt from counts
at the door. See docs/decisions/047 and 075.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, sqrt
from typing import Any

import numpy as np

from .dwell import Dwell, Stays, dwell
from .interval import Estimate, around, share_of
from .level import ANY_CLOCK, CLUMP, VISITOR_CV2, Usual, expected
from .rates import Hour, Rates

DAY_SD = 0.10  # by which a day's mean stay differs from another's, of its logarithm; chosen
NUMBERS = 800  # of visitors that are tried, evenly in their logarithm
FACTORS_SD = np.linspace(-3, 3, 25)  # where what is not known of the rate is tried, in its standard deviations

Floats = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True, slots=True)
class Flows:
    """Visitors and passers-by of a time, each with its interval, and whether the two ways to the visitors meet."""

    dwell: Dwell  # of this time alone: what the visitors rest on
    stay: Estimate  # the median stay, of this time and the days before
    by_level: Estimate | None  # None where counts have shown that no phone here changes its address
    by_panel: Estimate
    visitors: Estimate
    passers_by: Estimate
    entry_rate: Estimate
    panel_visits: int
    calibrated: bool
    agree: bool


def estimate(stays: Stays, hours: Sequence[Hour], rates: Rates, before: Stays | None = None) -> Flows | None:
    """The flows of the time that these hours make up; None where the panel has too few visits to say their length.

    before: visits of the days before, which make the median stay of few visits better known.
    A time that nobody listened to is in no hour: it is missing from the numbers, which is what coverage says.
    """
    stayed = dwell(stays)
    if stayed is None or not hours:
        return None
    longer = stayed if before is None else dwell(stays, before) or stayed
    today = _Today.of(stayed, rates)
    seen = sum(hour.panel_visitors for hour in hours)
    numbers = np.geomspace(0.5, 20 * _largest(hours, rates) + 100, NUMBERS)
    of_panel = _panel(numbers, seen, today, rates)
    by_panel = around(numbers, of_panel)
    by_level, visitors = None, by_panel
    if rates.bursts_a_visitor_min > 0:
        of_level = _level(numbers, hours, today, rates)
        by_level, visitors = around(numbers, of_level), around(numbers, of_level + of_panel)
        if not by_level.meets(by_panel):
            visitors = Estimate(visitors.value, min(by_level.low, by_panel.low), max(by_level.high, by_panel.high))
    passers = max(sum(hour.panel_passers for hour in hours) - seen * (today.missed - 1), 0.0)
    passers_by = Estimate.of(passers / rates.passers_a_passer, sqrt(rates.passers_log_sd**2 + 1 / max(passers, 1.0)))
    return Flows(
        dwell=stayed,
        stay=longer.median,
        by_level=by_level,
        by_panel=by_panel,
        visitors=visitors,
        passers_by=passers_by,
        entry_rate=share_of(visitors, passers_by),
        panel_visits=len(stays.span_s),
        calibrated=rates.counts > 0,
        agree=by_level is None or by_level.meets(by_panel),
    )


@dataclass(frozen=True, slots=True)
class _Today:
    """The day's stays beside those of the counted days: each is believed as far as it is known."""

    stay_s: float
    longer: float  # mean stay over that of the counted days, as far as it can be told
    log_sd: float  # of that ratio
    missed: float

    @classmethod
    def of(cls, stayed: Dwell, rates: Rates) -> "_Today":
        if rates.stay_s is None:
            return cls(stayed.mean_s, 1.0, stayed.log_sd, stayed.missed.value)
        told = DAY_SD**2 / (DAY_SD**2 + stayed.log_sd**2 + rates.stay_log_sd**2)
        longer = exp(told * log(stayed.mean_s / rates.stay_s))
        usual = rates.missed or stayed.missed.value
        missed = usual * (stayed.missed.value / usual) ** told
        return cls(rates.stay_s * longer, longer, DAY_SD * sqrt(1 - told), missed)


def _largest(hours: Sequence[Hour], rates: Rates) -> float:
    """Visitors if all that was heard were theirs: numbers far above need not be tried."""
    bursts = sum(hour.bursts_inside for hour in hours) / max(rates.bursts_a_visitor_min, 0.05)
    return max(bursts, sum(hour.panel_visitors for hour in hours) / rates.panel_a_visitor)


def _level(numbers: Floats, hours: Sequence[Hour], today: _Today, rates: Rates) -> Floats:
    """Log likelihood of the bursts inside, were there so many visitors; shape (numbers,)."""
    a_visitor = rates.bursts_a_visitor_min * today.stay_s / 60
    usual = rates.usual or (Usual(ANY_CLOCK, 0.0, rates.background, rates.background_sd**2),)
    counted = expected([(hour.clock, hour.hours) for hour in hours], usual)
    sd = sqrt(rates.bursts_log_sd**2 + today.log_sd**2)
    each = a_visitor * np.exp(FACTORS_SD * sd)[:, None]
    background = rates.background * sum(hour.hours for hour in hours)
    mean = counted.bursts + each * (numbers - counted.visitors / today.longer)
    noise = rates.noise * (VISITOR_CV2 * each**2 * numbers + CLUMP * background + 1)
    variance = counted.variance + noise
    bursts = sum(hour.bursts_inside for hour in hours)
    likely = -0.5 * ((bursts - mean) ** 2 / variance + np.log(variance) + FACTORS_SD[:, None] ** 2)
    found: Floats = np.logaddexp.reduce(likely, axis=0)
    return found


def _panel(numbers: Floats, seen: int, today: _Today, rates: Rates) -> Floats:
    """Log likelihood of the panel's visits, Poisson of a rate that is lognormal; shape (numbers,)."""
    mean = numbers * rates.panel_a_visitor / today.missed * np.exp(FACTORS_SD * rates.panel_log_sd)[:, None]
    found: Floats = np.logaddexp.reduce(seen * np.log(mean) - mean - 0.5 * FACTORS_SD[:, None] ** 2, axis=0)
    return found

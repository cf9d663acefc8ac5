"""Flows: visitors and passers-by of all phones, from levels of all bursts and stays of the panel. Pure.

Two ways to the same number, shown side by side:
- by level: bursts heard inside say how many phone-minutes were spent there; over the mean stay that is visitors
  (Little's law, Operations Research 9, 1961). Bursts of phones that randomise count like any other.
- by panel: the panel's own visitors, over the panel's share of the phones.
Each rests on figures nobody knows before somebody has counted: they have documented priors, and are learnt from counts
at the door. See docs/decisions/047.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, sqrt

from .dwell import Dwell, Stays, dwell
from .interval import Estimate, share_of, together
from .rates import Hour, Rates

DAY_SD = 0.10  # by which a day's mean stay differs from another's, of its logarithm; chosen
VISITOR_CV2 = 3.0  # squared variation of the bursts of one visitor: many show none, few stay long


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
    visitors = by_panel if by_level is None else together(by_level, by_panel)
    passers = max(sum(hour.panel_passers for hour in hours) - (mended - seen), 0.0)
    passers_by = Estimate.of(passers / rates.passers_a_passer, sqrt(rates.passers_log_sd**2 + 1 / max(passers, 1.0)))
    return Flows(
        dwell=stayed,
        by_level=by_level,
        by_panel=by_panel,
        visitors=visitors,
        passers_by=passers_by,
        entry_rate=share_of(visitors, passers_by),
        panel_visits=len(stays.span_s),
        calibrated=rates.counts > 0,
        agree=by_level is None or by_level.meets(by_panel),
    )


def _stay(stayed: Dwell, rates: Rates) -> tuple[float, float]:
    """The mean stay and the sd of its logarithm: today's and the usual one, each as far as it is known."""
    if rates.stay_s is None:
        return stayed.mean_s, stayed.log_sd
    today, usual = 1 / max(stayed.log_sd, 1e-3) ** 2, 1 / DAY_SD**2
    middle = (today * log(stayed.mean_s) + usual * log(rates.stay_s)) / (today + usual)
    return exp(middle), 1 / sqrt(today + usual)

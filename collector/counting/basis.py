"""What an estimate of people rests on, in words: prior or counts, and where these do not carry."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from . import levelling
from .people import Day
from .rates import Counted, Rates, calibrate

COUNTS_FEW = 5  # fewer move the rates, and the prior still weighs about as much
BEYOND = 1.5  # of the largest count: further up nobody has looked
RECENT = 3  # counts that are held against those before
COUNTS_TO_COMPARE = 6
DRIFT = np.log(1.5)  # of a rate, or of the two signs' ratio, against the time of calibration
SIGNS_TO_COMPARE = 30.0  # signs of each stream, summed; a ratio of fewer says nothing
DAYS_APART_SD = 2.0  # so many sd of what days differ by is more than days differ
DAYS_TO_COMPARE = 3  # of an hour or more: one may be a quiet day
FULL = 0.9  # of the steps show less: a full one, and no odd one
SIGNS_OF_A_FEW = 2.0  # in ten minutes
STEPS_FEW = 6  # an hour


@dataclass(frozen=True, slots=True)
class Basis:
    """What an estimate rests on. state: uncalibrated or calibrated; says: what a reader must know, a sentence each."""

    state: str
    counts: int
    says: tuple[str, ...]


def of(days: Sequence[Day], rates: Rates, counts: Sequence[Counted]) -> Basis:
    """The basis of estimates. counts: what the rates were calibrated with, oldest first."""
    said = []
    if not counts:
        said.append("uncalibrated: rates of a typical phone; count people a few times (footfall report calibrate)")
    else:
        said.append(f"calibrated by {len(counts)} counts by hand")
        if len(counts) < COUNTS_FEW:
            said.append(f"too little data: {COUNTS_FEW} counts at different times are the least to rely on")
    if sum(int(day.signs.listened.sum()) for day in days) < STEPS_FEW:
        said.append("too little data: sensors listened for less than an hour")
    top = max((float(day.steps()[1].max()) for day in days if len(day.signs)), default=0.0)
    if counts and top > BEYOND * rates.people_max:
        said.append(f"extrapolates: up to {top:.0f} people, where no count was above {rates.people_max:.0f}")
    if _shows_less(days, counts):
        said.append("shows less: a third fewer signs at the fullest; fewer people, or a weaker sensor: count again")
    if _residuals_drift(counts) or _mix_drifts(days, rates, counts):
        said.append("drifts: people show other signs than when they were counted; count again")
    return Basis("calibrated" if counts else "uncalibrated", len(counts), tuple(said))


def _residuals_drift(counts: Sequence[Counted]) -> bool:
    """Whether the last counts lie apart from what the ones before make of their signs."""
    if len(counts) < COUNTS_TO_COMPARE:
        return False
    before, recent = calibrate(counts[:-RECENT]), [one for one in counts[-RECENT:] if one.people >= 1]
    if not recent:
        return False
    people = np.array([one.people for one in recent]).sum()
    seen = np.sum([one.signs for one in recent], axis=0)
    expected = before.background * len(recent) + np.exp(before.log_rate) * people
    return bool(abs(np.log((seen + 0.5) / (expected + 0.5)).mean()) > DRIFT)


def _mix_drifts(days: Sequence[Day], rates: Rates, counts: Sequence[Counted]) -> bool:
    """Whether lasting devices and phones stand in another ratio than when people were counted, and apart by more than
    days are apart from each other.
    """
    if not counts or not days:
        return False
    now = np.sum([levelling.own(day.signs.values[day.signs.listened]) for day in days], axis=0)
    then = np.array(levelling.own(np.stack([one.signs for one in counts])))
    if min(now.min(), then.min()) < SIGNS_TO_COMPARE:
        return False
    of_days = float((rates.day_sd**2).sum()) * (1 / len(days) + 1 / len({one.day for one in counts}))
    apart = abs(np.log(now[0] / now[1]) - np.log(then[0] / then[1]))
    return bool(apart > max(DRIFT, DAYS_APART_SD * np.sqrt(of_days)))


def _shows_less(days: Sequence[Day], counts: Sequence[Counted]) -> bool:
    """Whether of both signs the fullest of these days showed less than counted times did, by DRIFT."""
    heard = [day.signs.values[day.signs.listened] for day in days]
    heard = [values for values in heard if len(values) >= STEPS_FEW]
    if len(heard) < DAYS_TO_COMPARE or len(counts) < COUNTS_FEW:
        return False
    then = np.quantile([one.signs for one in counts], FULL, axis=0)
    now = np.max([np.quantile(values, FULL, axis=0) for values in heard], axis=0)
    return bool((then >= SIGNS_OF_A_FEW).all() and (now * np.exp(DRIFT) < then).all())

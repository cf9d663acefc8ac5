"""Bursts heard inside, as a line on visitors: learnt within each hour of the day, where staff are the same. Pure.

Who works there, and what the street brings in, changes with the hour of the day as visitors do: a line through all
hours would take a larger staff at noon for visitors. So hours are compared with the same hour of other days first; how
hours of the day differ from each other counts as far as staff (ROSTER_SD) leave it any weight. This is generalised
least squares with a random effect an hour of the day (Laird and Ware, Biometrics 38, 1982), in closed form.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np

Floats = np.ndarray[Any, np.dtype[np.float64]]

# Squared variation of the bursts of one visitor. Of people who come in, 0.8 x 17/22 carry a phone that randomises;
# lengths of stay vary by 1.25 (lognormal, sd 0.9 of the logarithm), phones' rates by 0.13 (LOOKS_A_MIN): 2.25 x 1.13
# / 0.62 - 1 = 3.1; bursts come in clumps (gaps of 22 labelled phones, measured), which adds about 1.
VISITOR_CV2 = 4.0
CLUMP = 4.0  # variance over mean of the bursts of people who are there all along, for the same clumps
ROSTER_SD = 1.0  # by which the background of one hour of the day differs from the mean of all: none, or twice; chosen
ANY_CLOCK = -1  # of a count that is longer than one hour of the day
STEPS = 20  # the noise depends on the line, and is made again from each


@dataclass(frozen=True, slots=True)
class Usual:
    """One hour of the day as it was counted: bursts at so many visitors, by the line, and how far that is known."""

    clock: int  # hour of the site's day, or ANY_CLOCK
    visitors: float  # an hour
    bursts: float
    variance: float


@dataclass(frozen=True, slots=True)
class Line:
    """Bursts of an hour = those of its usual visitors + a_visitor for each more."""

    a_visitor: float
    sd: float  # of a_visitor
    background: float  # bursts an hour with no visitor, mean of all hours of the day
    noise: float  # variance of an hour over what VISITOR_CV2 and CLUMP say; at least 1
    usual: tuple[Usual, ...]


@dataclass(frozen=True, slots=True)
class Count:
    """Visitors and bursts of a counted time of so many hours."""

    clock: int
    hours: float
    visitors: float
    bursts: float


def learn(counts: Sequence[Count], a_visitor: float, log_sd: float) -> Line:
    """The line of these counts. a_visitor: bursts a visitor before anything was counted, known up to log_sd."""
    hours = np.array([one.hours for one in counts])
    visitors = np.array([one.visitors for one in counts]) / hours
    bursts = np.array([one.bursts for one in counts]) / hours
    clocks, of = np.unique([one.clock for one in counts], return_inverse=True)
    before = 1 / (log_sd * a_visitor) ** 2
    slope, background = a_visitor, max(0.0, float(bursts.mean() - a_visitor * visitors.mean()))
    noise = 1.0
    for _ in range(STEPS):
        weight = hours / _variance(slope, background, visitors)
        of_clock = np.bincount(of, weight)
        usual_visitors, usual_bursts = (np.bincount(of, weight * each) / of_clock for each in (visitors, bursts))
        more, rest = visitors - usual_visitors[of], bursts - usual_bursts[of]
        if len(counts) > len(clocks):
            noise = max(1.0, float(weight @ (rest - slope * more) ** 2) / (len(counts) - len(clocks)))
        roster = (ROSTER_SD * background) ** 2
        between = 1 / (noise / of_clock + roster)
        middle, level = (float(between @ each / between.sum()) for each in (usual_visitors, usual_bursts))
        known = before + float(weight @ more**2) / noise + float(between @ (usual_visitors - middle) ** 2)
        told = float(weight @ (more * rest)) / noise + float(
            between @ ((usual_visitors - middle) * (usual_bursts - level))
        )
        slope = (before * a_visitor + told) / known
        background = max(0.0, level - slope * middle)
    own = roster / (roster + noise / of_clock)  # how far an hour of the day is believed to have a background of its own
    line = level + slope * (usual_visitors - middle)
    shrunk = line + own * (usual_bursts - line)
    variance = own * noise / of_clock + (1 - own) ** 2 / between.sum()
    usual = (
        (*clocks.tolist(), ANY_CLOCK),
        (*usual_visitors, middle),
        (*shrunk, level),
        (*variance, roster + 1 / between.sum()),
    )
    rows = [Usual(int(clock), *map(float, rest)) for clock, *rest in zip(*usual, strict=True)]
    return Line(float(slope), 1 / sqrt(known), background, noise, tuple({one.clock: one for one in rows}.values()))


def expected(hours: Sequence[tuple[int, float]], usual: Sequence[Usual]) -> Usual:
    """Visitors and bursts of these hours (hour of the day, length in hours) as they were counted, summed up.

    What is not known of an hour of the day is the same each time that it comes.
    """
    known = {one.clock: one for one in usual}
    length_h: dict[int, float] = {}
    for clock, length in hours:
        row = clock if clock in known else ANY_CLOCK
        length_h[row] = length_h.get(row, 0.0) + length
    rows = [(length, known[row]) for row, length in length_h.items()]
    return Usual(
        ANY_CLOCK,
        sum(length * one.visitors for length, one in rows),
        sum(length * one.bursts for length, one in rows),
        sum(length**2 * one.variance for length, one in rows),
    )


def _variance(slope: float, background: float, visitors: Floats) -> Floats:
    """Of the bursts of an hour."""
    found: Floats = VISITOR_CV2 * slope**2 * np.maximum(visitors, 1.0) + CLUMP * background + 1
    return found

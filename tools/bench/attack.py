"""The differencing attack: two answers about random times, and what follows from them of groups that are withheld.

The attacker has both answers: every released number of people, of the whole time and of its single hours. All of it is
a linear system over the pieces that the ends of the times cut; whatever piece it determines is compared with the truth.
Beside that the attacker takes one number from the other where one time lies in the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np

from collector import calendar
from collector.answers.differencing import (
    HOURS,
    TOTALS,
    Cell,
    Day,
    Groups,
    Spans,
    inside,
    pieces,
    refused,
    shown_hours,
    within,
)
from collector.suppression import MINIMUM_GROUP

HOUR_MS = calendar.HOUR_MS


@dataclass(frozen=True, slots=True)
class Attack:
    """What an attack came to. refused: pairs of which at least one number was withheld by the memory of answers."""

    pairs: int
    recoveries: int
    refused: int


def run(groups: Groups, first_ms: int, hours: int, pairs: int, seed: int, guarded: bool = True) -> Attack:
    """Attack the answers about so many hours from first_ms on. guarded: False shows what follows without the memory."""
    draw = np.random.default_rng(seed)
    recovered = held = 0
    for _ in range(pairs):
        one, other = _pair(draw, first_ms, hours)
        single = _hours([one, other], first_ms) if draw.random() < 0.1 else []  # a tenth: they cost most
        no = refused(groups, [one], other, single, MINIMUM_GROUP) if guarded else set()
        held += bool(no)
        recovered += sum(_recovers(groups, cell, one, other, single, no) for cell in groups.tokens)
    return Attack(pairs, recovered, held)


def _pair(draw: np.random.Generator, first_ms: int, hours: int) -> tuple[Spans, Spans]:
    """Two different times of whole hours, half of them sharing an end, a quarter only some hours of each day."""
    while True:
        one, other = (sorted(draw.choice(hours + 1, 2, replace=False).tolist()) for _ in range(2))
        if draw.random() < 0.5:
            other[0] = one[0]
        daily = sorted(draw.choice(25, 2, replace=False).tolist()) if draw.random() < 0.25 else None
        found = [_spans(first_ms, ends, daily) for ends in (one, other)]
        if all(found) and found[0] != found[1]:
            return found[0], found[1]


def _spans(first_ms: int, ends: Sequence[int], daily: Sequence[int] | None) -> Spans:
    asked = (first_ms + ends[0] * HOUR_MS, first_ms + ends[1] * HOUR_MS)
    if daily is None:
        return (asked,) if asked[0] < asked[1] else ()
    days = range(first_ms - 24 * HOUR_MS, asked[1], 24 * HOUR_MS)
    clipped = [(max(asked[0], day + daily[0] * HOUR_MS), min(asked[1], day + daily[1] * HOUR_MS)) for day in days]
    return tuple((start, end) for start, end in clipped if start < end)


def _hours(both: Sequence[Spans], first_ms: int) -> list[Day]:
    """The single hours of both times, day by day."""
    starts = sorted({at for spans in both for start, end in spans for at in range(start, end, HOUR_MS)})
    days = groupby(starts, lambda at: (at - first_ms) // (24 * HOUR_MS))
    return [tuple(((at, at + HOUR_MS),) for at in day) for _, day in days]


def _recovers(groups: Groups, cell: Cell, one: Spans, other: Spans, single: Sequence[Day], no: set[Cell]) -> bool:
    """Whether the exact number of a withheld group of this cell follows from both answers."""
    given = [spans for spans in (one, other) if groups.count(cell, spans) >= MINIMUM_GROUP]
    if cell in no and other in given:
        given.remove(other)
    if len(given) == 2 and _difference(groups, cell, one, other):
        return True
    cut = pieces([one, other, *(hour for day in single for hour in day)])
    shown = list(given)
    if single and cell[0] in TOTALS:
        for spans in given:
            if not (spans == other and HOURS in no):
                shown += [hour for day in single for hour in shown_hours(groups, cell, day, spans, MINIMUM_GROUP)]
    if len(shown) < 2:
        return False
    system = np.array([[inside(piece, spans) for piece in cut] for spans in shown], dtype=float)
    values = np.array([groups.count(cell, spans) for spans in shown], dtype=float)
    return _solves(groups, cell, cut, system, values)


def _difference(groups: Groups, cell: Cell, one: Spans, other: Spans) -> bool:
    if not (within(one, other) or within(other, one)):
        return False
    large, small = (other, one) if within(one, other) else (one, other)
    rest = tuple(piece for piece in pieces([one, other]) if not inside(piece, small))
    truth = groups.count(cell, rest)
    return truth < MINIMUM_GROUP and groups.count(cell, large) - groups.count(cell, small) == truth


def _solves(groups: Groups, cell: Cell, cut: Sequence[tuple[int, int]], system: Any, values: Any) -> bool:
    small = [place for place, piece in enumerate(cut) if groups.count(cell, (piece,)) < MINIMUM_GROUP]
    if not small:
        return False
    inverse = np.linalg.pinv(system)
    determined = np.abs(inverse @ system - np.eye(len(cut)))[small].max(axis=1) < 1e-6
    solved = (inverse @ values)[small]
    truth = np.array([groups.count(cell, (cut[place],)) for place in small])
    return bool((determined & (np.abs(solved - truth) < 0.5)).any())

"""Lag: how long it takes from heard (the end of a batch's window) to committed, in counts by upper bounds.

Counts and not values: they add up over processes and over time, and Prometheus takes them as a histogram.
"""

import math
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

BOUNDS_S = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0, 7200.0, math.inf)
PREFIX = "lag_"
SUM = f"{PREFIX}sum_ms"


def name_of(bound_s: float) -> str:
    """A bound's name among counters."""
    return f"{PREFIX}le_{bound_s:g}"


@dataclass(slots=True)
class Lag:
    """Batches since the start, by how late they were on disk."""

    _counts: list[int] = field(default_factory=lambda: [0] * len(BOUNDS_S))
    _sum_ms: int = 0

    def note(self, ends_ms: Iterable[int], committed_ms: int) -> None:
        """Batches whose windows ended then were committed then. Below zero, by clocks that differ, is none."""
        for end_ms in ends_ms:
            late_ms = max(0, committed_ms - end_ms)
            self._counts[bisect_left(BOUNDS_S, late_ms / 1000)] += 1
            self._sum_ms += late_ms

    def counters(self) -> dict[str, int]:
        """Batches up to each bound that are over the one before, by name; and the sum of all lags."""
        return {
            **{name_of(bound): count for bound, count in zip(BOUNDS_S, self._counts, strict=True)},
            SUM: self._sum_ms,
        }


def counts_of(counters: Mapping[str, int]) -> tuple[int, ...]:
    """The counts in the order of BOUNDS_S, whoever counted them."""
    return tuple(counters.get(name_of(bound), 0) for bound in BOUNDS_S)


def within_s(counts: Iterable[int], share: float) -> float | None:
    """The least bound within which this share of batches was committed; None where there were none."""
    found = list(counts)
    wanted, seen = share * sum(found), 0
    if not wanted:
        return None
    for bound, count in zip(BOUNDS_S, found, strict=True):
        seen += count
        if seen >= wanted:
            return bound
    return math.inf

"""Lag: from heard to committed, in counts that add up."""

import math

import pytest

from collector.ingest import lag
from collector.ingest.lag import Lag


def test_each_batch_is_counted_under_the_least_bound_that_holds_it() -> None:
    kept = Lag()
    kept.note([10_000, 9_000, 5_000, 0], 11_000)
    found = dict(zip(lag.BOUNDS_S, lag.counts_of(kept.counters()), strict=True))
    assert {bound: count for bound, count in found.items() if count} == {1.0: 1, 2.0: 1, 10.0: 1, 30.0: 1}
    assert kept.counters()[lag.SUM] == 1000 + 2000 + 6000 + 11_000


def test_a_sensor_whose_clock_is_ahead_has_no_lag_below_zero() -> None:
    kept = Lag()
    kept.note([12_000], 11_000)
    assert lag.counts_of(kept.counters())[0] == 1
    assert kept.counters()[lag.SUM] == 0


@pytest.mark.parametrize(("share", "bound"), [(0.5, 1.0), (0.9, 5.0), (0.999, math.inf)])
def test_a_share_of_batches_lies_within_a_bound(share: float, bound: float) -> None:
    counts = dict.fromkeys(lag.BOUNDS_S, 0) | {1.0: 80, 5.0: 19, math.inf: 1}
    assert lag.within_s(counts.values(), share) == bound


def test_of_no_batches_nothing_is_said() -> None:
    assert lag.within_s([0] * len(lag.BOUNDS_S), 0.5) is None

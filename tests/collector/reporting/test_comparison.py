"""Changes from one time to another, with intervals that agree with published methods."""

from pathlib import Path

import pytest
from shop import STREET_DBM, TENANT, SmallShop, Stay, at

from collector import calendar
from collector.reporting import comparison, report
from collector.reporting.comparison import BEFORE, WEEK, Change, compare, other_span
from collector.suppression import Cell

DAY_MS = 86_400_000


def test_a_difference_of_shares_has_newcombes_interval() -> None:
    """56/70 against 48/80: Newcombe 1998, table II a, method 10: 0.0524 to 0.3339 at 95 %, of two Wilson intervals."""
    found = comparison._difference(
        Cell("", "all", 48 / 80, suppressed=False, low=0.4904, high=0.7004),
        Cell("", "all", 56 / 70, suppressed=False, low=0.6918, high=0.8777),
    )
    assert found is not None
    assert found[:3] == (pytest.approx(0.2), pytest.approx(0.0524, abs=2e-3), pytest.approx(0.3339, abs=2e-3))


def test_a_ratio_of_counts_has_the_exact_interval() -> None:
    """The same as of the binomial distribution of 60 in 100: scipy.stats.binomtest, exact, at 90 %."""
    from scipy.stats import binomtest

    found = comparison._ratio(Cell("", "", 40.0, suppressed=False), Cell("", "", 60.0, suppressed=False), 1.0)
    ends = binomtest(60, 100).proportion_ci(0.9, "exact")
    assert found is not None
    assert found[:3] == (
        pytest.approx(1.5),
        pytest.approx(ends.low / (1 - ends.low)),
        pytest.approx(ends.high / (1 - ends.high)),
    )


def test_a_week_before_is_a_week_by_the_local_clock() -> None:
    """Berlin, 2026-03-30, the day after the clocks went forward: the Monday before began an hour later in UTC."""
    monday = calendar.day_named("2026-03-30", "Europe/Berlin", 4)
    before = other_span(monday, WEEK, "Europe/Berlin")
    assert (before.start_ms, before.end_ms) == (
        monday.start_ms - 7 * DAY_MS + 3_600_000,
        monday.end_ms - 7 * DAY_MS + 3_600_000,
    )
    assert other_span(monday, BEFORE, "Europe/Berlin").end_ms == monday.start_ms


def test_twice_the_visitors_a_week_later_are_a_clear_change(tmp_path: Path) -> None:
    shop = SmallShop(tmp_path / "collector")
    for day, count in ((0, 40), (7, 80)):
        shift = day * DAY_MS
        shop.hear(
            [
                *(Stay(1000 * day + n, at(10) + shift, at(10, 20) + shift) for n in range(count)),
                *(Stay(1000 * day + 500 + n, at(10) + shift, at(10, 1) + shift, STREET_DBM) for n in range(60)),
            ],
            start_ms=at(10) + shift,
            end_ms=at(11) + shift,
        )
    span = calendar.Span("", at(10) + 7 * DAY_MS, at(11) + 7 * DAY_MS)
    both = [
        report.build(shop.collector.store, shop.collector.registry, TENANT, "shop", one, at(24) + 8 * DAY_MS)
        for one in (other_span(span, WEEK, "UTC"), span)
    ]
    found = {change.metric: change for change in compare(*both)}
    assert found["visitors"].change == 2
    assert found["visitors"].clear
    assert not found["passers_by"].clear
    assert found["entry_rate"].change == pytest.approx(80 / 140 - 40 / 100)
    assert isinstance(found["entry_rate"], Change)

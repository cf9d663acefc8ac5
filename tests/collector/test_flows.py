"""Flows: stays mended for silence, visitors by level and by panel, and what counts at the door teach."""

from dataclasses import replace

import numpy as np
import pytest

from collector import flows
from collector.flows import Counted, Hour, Stays

LOOKS_A_S = 0.7 / 60


def heard(lengths_s: np.ndarray, seed: int) -> Stays:
    """What a sensor would see of visits of these lengths: looks of a Poisson process, a minute apart at least."""
    random = np.random.default_rng(seed)
    spans, looks = [], []
    for length_s in lengths_s:
        at_s = np.sort(random.random(random.poisson(LOOKS_A_S * length_s)) * length_s)
        if len(at_s) > 1 and at_s[-1] - at_s[0] >= 60:
            spans.append(at_s[-1] - at_s[0])
            looks.append(float(len(at_s)))
    return Stays(np.array(spans), np.array(looks))


def lognormal(median_s: float, sigma: float, count: int, seed: int) -> np.ndarray:
    lengths_s = median_s * np.exp(sigma * np.random.default_rng(seed).normal(size=count))
    return lengths_s[lengths_s >= 60]


@pytest.mark.parametrize(("median_s", "sigma"), [(300, 0.9), (480, 0.9), (1500, 0.9), (480, 0.7), (480, 1.2)])
def test_stays_are_mended_for_the_silence_at_both_ends_and_for_those_that_were_missed(
    median_s: float, sigma: float
) -> None:
    lengths_s = lognormal(median_s, sigma, 4000, seed=1)
    seen = heard(lengths_s, seed=2)
    found = flows.dwell(seen)
    assert found is not None
    assert found.median.value == pytest.approx(np.median(lengths_s), rel=0.10)
    assert found.mean_s == pytest.approx(lengths_s.mean(), rel=0.06)
    assert found.missed == pytest.approx(len(lengths_s) / len(seen.span_s), rel=0.10)


def test_ten_visits_are_wanted_before_anything_is_said() -> None:
    few = heard(lognormal(900, 0.5, 8, seed=3), seed=3)
    assert flows.dwell(few) is None
    assert flows.estimate(few, [Hour(0, 1.0, 100, 100, 8, 30)], flows.prior()) is None


def hour(visitors: int, passers_by: int, staff_bursts: int = 0) -> Hour:
    """An hour in which each visitor shows 6 bursts inside, and a fifth of the phones is of the panel."""
    return Hour(0, 1.0, 6 * visitors + staff_bursts, passers_by, round(0.2 * visitors), round(0.1 * passers_by))


@pytest.fixture(scope="module")
def stays() -> Stays:
    return heard(lognormal(480, 0.9, 200, seed=4), seed=5)


def test_counts_at_the_door_tell_visitors_from_those_who_work_there(stays: Stays) -> None:
    """Staff's 60 bursts an hour are the background; a quiet and a crowded day come out right with the same rates."""
    counts = [Counted(hour(visitors, 200, 60), visitors, 200) for visitors in (10, 20, 40, 60)]
    rates = flows.calibrate(stays, counts)
    assert rates.background == pytest.approx(60, abs=1)
    for visitors in (15, 120):
        found = flows.estimate(stays, [hour(visitors, 400, 60)] * 10, rates)
        assert found is not None
        assert found.by_level is not None
        assert found.by_level.value == pytest.approx(10 * visitors, rel=0.02)
        assert found.passers_by.low < 4000 < found.passers_by.high
        assert found.calibrated


def test_too_few_counts_teach_nothing(stays: Stays) -> None:
    assert flows.calibrate(stays, [Counted(hour(40, 200), 40, 200)] * 2) == flows.prior()
    assert flows.calibrate(stays, []) == flows.prior()


def test_without_a_count_the_interval_is_as_wide_as_the_ignorance(stays: Stays) -> None:
    found = flows.estimate(stays, [hour(40, 200)] * 10, flows.prior())
    assert found is not None
    assert found.by_level is not None
    assert found.by_level.high / found.by_level.low > 3
    assert not found.calibrated


def test_where_the_two_ways_disagree_the_interval_holds_both(stays: Stays) -> None:
    rates = replace(flows.prior(), bursts_log_sd=0.05, panel_log_sd=0.05)
    found = flows.estimate(stays, [Hour(0, 1.0, 10, 100, 30, 60)] * 10, rates)
    assert found is not None
    assert not found.agree
    assert found.by_level is not None
    assert found.visitors.low <= found.by_level.low
    assert found.visitors.high >= found.by_panel.high


def test_where_no_phone_changes_its_address_the_panel_alone_is_believed(stays: Stays) -> None:
    """Then a visitor shows nothing of the level, and the counts say so."""

    def of_panel(visitors: int) -> Hour:
        return Hour(0, 1.0, 0, 0, round(0.6 * visitors), 60)

    rates = flows.calibrate(stays, [Counted(of_panel(visitors), visitors, 200) for visitors in (10, 20, 40, 60)])
    found = flows.estimate(stays, [of_panel(50)] * 10, rates)
    assert found is not None
    assert found.by_level is None
    assert found.visitors.value == pytest.approx(500, rel=0.02)

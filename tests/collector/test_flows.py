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
    assert found.missed.value == pytest.approx(len(lengths_s) / len(seen.span_s), rel=0.10)


def test_ten_visits_are_wanted_before_anything_is_said() -> None:
    few = heard(lognormal(900, 0.5, 8, seed=3), seed=3)
    assert flows.dwell(few) is None
    assert flows.estimate(few, [Hour(0, 1.0, 100, 100, 8, 30)], flows.prior()) is None


def test_the_days_before_make_a_quiet_days_stays_better_known_and_do_not_overrule_a_busy_one() -> None:
    """480 s on all days: a quiet day comes nearer. 1,500 s on a day of many visits, 480 before: it is believed."""
    before = heard(lognormal(480, 0.9, 600, seed=6), seed=7)
    true_s = float(np.median(lognormal(480, 0.9, 4000, seed=1)))
    errors = []
    for seed in range(8):
        quiet = heard(lognormal(480, 0.9, 40, seed=20 + seed), seed=40 + seed)
        alone, known = flows.dwell(quiet), flows.dwell(quiet, before)
        assert alone is not None
        assert known is not None
        errors.append([abs(one.median.value / true_s - 1) for one in (alone, known)])
        assert known.median.high / known.median.low < alone.median.high / alone.median.low
    of_alone, of_known = np.mean(errors, axis=0)
    assert of_known < 0.6 * of_alone
    busy = flows.dwell(heard(lognormal(1500, 0.9, 1500, seed=8), seed=9), before)
    assert busy is not None
    assert busy.median.value == pytest.approx(1500, rel=0.15)


def hour(visitors: int, passers_by: int, staff_bursts: int = 0) -> Hour:
    """An hour in which each visitor shows 6 bursts inside, and a fifth of the phones is of the panel."""
    return Hour(0, 1.0, 6 * visitors + staff_bursts, passers_by, round(0.2 * visitors), round(0.1 * passers_by))


@pytest.fixture(scope="module")
def stays() -> Stays:
    return heard(lognormal(480, 0.9, 200, seed=4), seed=5)


STAFF_BURSTS = (20, 40, 90, 120, 110, 60, 30, 20)  # of each hour of the day: more people work there at noon


def day(visitors: int, clock: int = 0) -> list[Hour]:
    """A day of eight hours, in which most of the visitors come when most of the staff are there."""
    shares = (0.05, 0.1, 0.15, 0.2, 0.2, 0.15, 0.1, 0.05)
    return [
        replace(hour(round(visitors * share), 200, bursts), clock=clock + number)
        for number, (share, bursts) in enumerate(zip(shares, STAFF_BURSTS, strict=True))
    ]


def counted(hours: list[Hour]) -> list[Counted]:
    return [
        Counted(one, (one.bursts_inside - bursts) // 6, 200) for one, bursts in zip(hours, STAFF_BURSTS, strict=True)
    ]


def test_counts_at_the_same_hours_tell_visitors_from_a_staff_that_is_larger_at_noon(stays: Stays) -> None:
    rates = flows.calibrate(stays, [*counted(day(100)), *counted(day(400))])
    assert rates.background == pytest.approx(sum(STAFF_BURSTS) / 8, rel=0.2)
    for visitors in (100, 200, 800):
        found = flows.estimate(stays, day(visitors), rates)
        assert found is not None
        assert found.by_level is not None
        assert found.by_level.value == pytest.approx(visitors, rel=0.05)
        assert found.visitors.low < visitors < found.visitors.high
        assert found.passers_by.low < 1600 < found.passers_by.high
        assert found.calibrated


def test_hours_of_the_day_that_nobody_counted_have_the_background_of_the_others(stays: Stays) -> None:
    rates = flows.calibrate(stays, [*counted(day(100)), *counted(day(400))])
    known, unknown = (flows.estimate(stays, day(200, clock), rates) for clock in (0, 12))
    assert known is not None
    assert unknown is not None
    assert known.by_level is not None
    assert unknown.by_level is not None
    assert unknown.by_level.value == pytest.approx(200, rel=0.25)
    assert unknown.by_level.high - unknown.by_level.low > known.by_level.high - known.by_level.low


def test_what_staff_send_drowns_few_visitors_and_not_many(stays: Stays) -> None:
    """So the panel says how many a quiet day had, and both say it of a busy one."""
    rates = flows.calibrate(stays, [*counted(day(100)), *counted(day(400))])
    quiet, busy = (flows.estimate(stays, day(visitors), rates) for visitors in (60, 800))
    assert quiet is not None
    assert busy is not None
    assert quiet.by_level is not None
    assert busy.by_level is not None
    assert quiet.by_level.high / quiet.by_level.low > 2 * busy.by_level.high / busy.by_level.low
    assert busy.visitors.high - busy.visitors.low < busy.by_panel.high - busy.by_panel.low


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

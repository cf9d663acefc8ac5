"""Simulated shops: the truth goes through the real line, and silence is a gap in what comes out."""

from pathlib import Path

import pytest

from tools.bench.accuracy import shop_days, shop_oracles, shops
from tools.bench.accuracy.shop_days import SITES, Silence
from tools.simulate.mall import Mall, simulate_mall
from tools.simulate.people import Kind
from tools.simulate.plan import ShopPlan

SEEDS = (1, 2)


@pytest.fixture(scope="module")
def malls() -> list[Mall]:
    return [simulate_mall(ShopPlan.small(seed), 0.5, house_seed=7) for seed in SEEDS]


def test_people_who_go_on_to_the_second_shop_keep_their_phones(malls: list[Mall]) -> None:
    for mall in malls:
        assert 10 < mall.crossed < 50
        assert 0.1 < shop_days.crossing_share(mall.first, mall.second) < 0.6
        found = shop_days.truth(mall.first)
        assert 40 < found.visitors <= 60 < found.passers_by < 360


def test_the_oracle_of_intersections_follows_the_phones_whose_address_lasts(malls: list[Mall]) -> None:
    """They are some of the first shop's visitors, and the share of them who go on is near that of all."""
    known = [shop_oracles.crossing(mall.first, mall.second) for mall in malls]
    both, panel = (sum(one[place] for one in known) for place in (0, 1))
    assert 0 < both < panel < sum(shop_days.phone_visitors(mall.first) for mall in malls)
    true = [shop_days.crossing_share(mall.first, mall.second) for mall in malls]
    assert both / panel == pytest.approx(sum(true) / len(true), abs=0.25)


def test_days_of_one_mall_have_the_same_staff(malls: list[Mall]) -> None:
    def house(mall: Mall) -> list[object]:
        return [one.device for one in mall.first.people if one.kind in ("staff", "neighbour", "fixed")]

    assert house(malls[0]) == house(malls[1])


def test_visits_that_are_said_are_about_those_that_the_panel_made(tmp_path: Path, malls: list[Mall]) -> None:
    """Through sensor core, store, fold and query, over four days of two shops; no hour is lost."""
    said_visitors = true_visitors = 0
    for mall in malls:
        collector = shop_days.collector_of(tmp_path / str(mall.first.plan.seed), [mall.first, mall.second])
        for name, day in zip(SITES, (mall.first, mall.second), strict=True):
            said = shop_days.said(collector, name, day)
            assert said.coverage == 1.0
            assert [hour.hours for hour in said.hours] == [1.0, 1.0]
            said_visitors += said.panel_visitors
            came = [one for one in day.people if one.kind is Kind.VISITOR and one.device and one.dwell_s >= 60]
            true_visitors += sum(one.device is not None and not one.device.model.randomizing for one in came)
        collector.close()
    assert true_visitors > 20
    assert said_visitors == pytest.approx(true_visitors, rel=0.45)


def test_a_silent_hour_is_a_gap_and_coverage_says_so(tmp_path: Path, malls: list[Mall]) -> None:
    day = malls[0].first
    opened = day.hours.opened
    middle = opened.start_ms + shops.HOUR_MS
    silent = [Silence(f"{SITES[0]}-{spot.name}", middle, opened.end_ms) for spot in day.sensors]
    said = shop_days.said(shop_days.collector_of(tmp_path / "c", [day], silent), SITES[0], day)
    assert said.coverage == pytest.approx(0.5, abs=0.01)
    assert said.gap_hours == 1
    assert [hour.hours for hour in said.hours] == [1.0]

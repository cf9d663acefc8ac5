"""The people of a site from what is stored: tokens gone, small groups withheld, and what the estimate rests on said."""

from datetime import date

import numpy as np
import pytest
from shop import DAY, TENANT, SmallShop, Stay, at

from collector import calendar
from collector.counting import basis, estimating, folding, levelling, people, rates
from collector.counting.calibrations import Calibration, Calibrations, join
from collector.counting.rates import Counted
from collector.counting.signs import STEP_MS, Signs
from collector.errors import QueryError
from collector.housekeeping import retention
from collector.records.registry import Site
from collector.reporting import report
from collector.reporting import text as report_text
from collector.storage.store import SIGHTINGS, SIGNS

DAY_MS = 86_400_000
CALIBRATED = [Calibration(at(10) - (n + 1) * DAY_MS, -70, 20.0, (20.0, 0.0)) for n in reversed(range(6))]


@pytest.fixture
def shop(tmp_path):
    """Twenty people, each with one lasting device, for two hours; then half an hour of nobody."""
    shop = SmallShop(tmp_path / "collector")
    shop.hear([Stay(n, at(10), at(12)) for n in range(20)], start_ms=at(10), end_ms=at(12, 30))
    return shop


def build(shop):
    return report.build(shop.collector.store, shop.collector.registry, TENANT, "shop", None, 0)


def test_the_report_says_how_many_were_there_and_from_where_to_where(shop):
    """Calibrated by six counts of twenty people, an hour of twenty reads about twenty.

    The quiet hour is withheld, and one of the busy ones with it: it would follow from the day's mean.
    """
    Calibrations(shop.collector.registry.engine).put(shop.site, CALIBRATED, "test", 0)
    built = build(shop)
    hours = [cell for cell in built.answer("people_estimate").cells if cell.series == DAY]
    (busy,) = [cell for cell in hours if not cell.suppressed]
    assert busy.value == pytest.approx(20, abs=6)
    assert busy.low <= 20 <= busy.high
    assert all(cell.value is None and cell.low is None for cell in hours if cell.suppressed)
    assert report.as_json(built)["people"]["state"] == "calibrated"
    assert "calibrated by 6 counts" in report_text.render(built)


def test_without_counts_the_report_says_so(shop):
    """What nobody has counted is called uncalibrated, in every format."""
    built = build(shop)
    assert report.as_json(built)["people"]["state"] == "uncalibrated"
    assert "uncalibrated" in report_text.render(built)


def test_signs_outlive_tokens_and_come_once(shop):
    """Folding again changes nothing; a day that has ended keeps its signs without its sightings."""
    store, tenant = shop.collector.store, shop.collector.registry.tenant(TENANT)
    assert folding.refresh(store, tenant, 0) == [DAY]
    assert folding.refresh(store, tenant, 0) == []
    assert retention.end_day(store, tenant, shop.collector.registry.sites(TENANT), DAY, at(48))
    assert store.manifest.files(TENANT, SIGHTINGS, [DAY]) == []
    assert folding.refresh(store, tenant, 0) == []
    (kept,) = store.manifest.files(TENANT, SIGNS, [DAY])
    assert kept.rows > 0


def test_what_comes_later_is_counted_too(shop):
    """More sightings of a day make its signs anew, in the place of those before."""
    store, tenant = shop.collector.store, shop.collector.registry.tenant(TENANT)
    folding.refresh(store, tenant, 0)
    shop.hear([Stay(100 + n, at(13), at(14)) for n in range(5)])
    assert folding.refresh(store, tenant, 0) == [DAY]
    assert len(store.manifest.files(TENANT, SIGNS, [DAY])) == 1


def test_a_count_when_nobody_listened_is_refused():
    """It could teach nothing."""
    heard = Signs(np.array([0, STEP_MS]), np.ones((2, 2)), np.array([True, False]))
    (one,) = join([(1, 4), (2, 6)], -70, [heard])
    assert (one.start_ms, one.people, one.signs) == (0, 5.0, (1.0, 1.0))
    with pytest.raises(QueryError, match="no sensor listened"):
        join([(STEP_MS + 1, 4)], -70, [heard])


def test_signs_are_read_near_the_inside_level(shop):
    """The default inside level of -65 dBm reads signs at -70."""
    assert estimating.level_dbm(shop.site) == -70


def test_a_day_is_estimated_by_the_days_before_it(shop):
    """The day before shows the ratio of its signs, read at the site's level; the day itself, and later ones, do not."""
    day_ms, registry = 86_400_000, shop.collector.registry
    shop.hear([Stay(n, at(10) - day_ms, at(12) - day_ms) for n in range(20)])
    tenant, days = registry.tenant(TENANT), [calendar.day_named(DAY, "UTC", 4)]
    folding.refresh(shop.collector.store, tenant, 0)
    (one,) = estimating._shown_before(shop.collector.store, tenant, shop.site, days, rates.prior())
    assert one.day == date.fromisoformat(DAY).toordinal() - 1
    assert one.log_ratio > np.log(10)
    (heard,) = estimating.heard(shop.collector.store, tenant, shop.site, [calendar.day_of(at(10) - day_ms, "UTC", 4)])
    by_hand = levelling.shown(one.day, *levelling.own(heard.values))
    assert (one.log_ratio, one.variance) == pytest.approx((by_hand.log_ratio, by_hand.variance))
    counted = rates.calibrate([Counted(DAY, 20.0, np.array([20.0, 0.0]))])
    assert estimating._shown_before(shop.collector.store, tenant, shop.site, days, counted) == []


def day(values):
    starts = STEP_MS * np.arange(len(values), dtype=np.int64)
    signs = Signs(starts, np.array(values, dtype=float), np.ones(len(values), dtype=bool))
    return people.estimate(signs, rates.prior())


def test_a_time_that_cuts_an_hour_shows_no_part_of_it():
    """From ten to half past eleven less from ten to eleven would be half an hour. So the cells of a time are those of
    its whole hours, with the numbers and the company that they always have; and a day is shown whole or not.
    """
    one = day([(8, 20)] * 9 + [(0, 0)] * 3)
    site, hour_ms = Site(TENANT, "shop"), 6 * STEP_MS
    whole, beside = estimating._present(site, [one], calendar.Span("", 0, 2 * hour_ms))
    assert beside == frozenset()
    cut, beside = estimating._present(site, [one], calendar.Span("", 0, hour_ms + 3 * STEP_MS))
    assert cut.to_pylist() == whole.to_pylist()
    assert {cell for _, cell in beside} >= {"1970-01-01", "1970-01-01T01:00+00:00", "1970-01-01T01:50+00:00"}
    assert ("1970-01-01", "1970-01-01T00:00+00:00") not in beside
    assert ("1970-01-01T01:00+00:00", "1970-01-01T01:20+00:00") not in beside


def said(days, counts):
    return " ".join(basis.of(days, rates.calibrate(counts), counts).says)


def counts_of(*pairs):
    return [
        Counted(f"2026-03-{n + 1:02}", people, np.array(signs, dtype=float)) for n, (people, signs) in enumerate(pairs)
    ]


def test_it_says_when_it_extrapolates():
    """Far more people than anybody has counted are said to be so."""
    counts = counts_of(*[(5, (3, 4))] * 6)
    assert "extrapolates" in said([day([(30, 40)] * 12)], counts)
    assert "extrapolates" not in said([day([(1, 2)] * 12)], counts)


def test_it_says_when_it_drifts():
    """Counts that no longer fit those before, or another mix of signs than was counted, are called a drift."""
    steady = counts_of(*[(10, (8, 8))] * 6)
    moved = counts_of(*[(10, (8, 8))] * 6, *[(10, (3, 3))] * 3)
    assert "drifts" not in said([day([(8, 8)] * 12)], steady)
    assert "drifts" in said([day([(8, 8)] * 12)], moved)
    assert "drifts" in said([day([(30, 4)] * 12)], steady)


def test_several_days_tell_a_smaller_drift_than_one():
    """Half of the lasting devices gone may be one day's people; over six days it is a drift."""
    steady = counts_of(*[(10, (8, 8))] * 6)
    assert "drifts" not in said([day([(4, 8)] * 12)], steady)
    assert "drifts" in said([day([(4, 8)] * 12)] * 6, steady)


def test_it_says_when_everything_weakens():
    """Half as much of both signs on three days is said, since nothing tells fewer people from a weaker sensor; one
    quiet day is none, and neither are three of which one is as full as ever.
    """
    counts = counts_of(*[(10, (8, 8))] * 6)
    quiet, full = day([(4, 4)] * 12), day([(1, 1)] * 6 + [(8, 8)] * 6)
    assert "shows less" in said([quiet] * 3, counts)
    assert "shows less" not in said([quiet], counts)
    assert "shows less" not in said([quiet, quiet, full], counts)


def test_it_says_when_there_is_too_little():
    """Two counts, or half an hour, are too little to rely on."""
    assert "too little data: 5 counts" in said([day([(8, 8)] * 12)], counts_of((10, (8, 8)), (9, (8, 8))))
    assert "less than an hour" in said([day([(8, 8)] * 3)], [])

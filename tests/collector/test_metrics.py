"""Zones, routes, other sites, coming back, transactions and all people: with numbers that were put in."""

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
from shop import DAY, INSIDE_DBM, SITE, STREET_DBM, TENANT, SmallShop, Stay, asking, at

from collector import calendar, flows
from collector.answers import query
from collector.answers.question import EXPORT, LEVELS, Question
from collector.errors import QueryError
from collector.housekeeping import retention
from collector.metrics import metric
from collector.records.registry import Site
from collector.reporting import report, sales
from collector.stays import fold
from collector.suppression import Row

LOUD = INSIDE_DBM + 10


@pytest.fixture
def shop(tmp_path: Path) -> SmallShop:
    return SmallShop(tmp_path / "collector")


def question(shop: SmallShop, **more: object) -> Question:
    collector = shop.collector
    registry = collector.registry
    fold.refresh(collector.store, registry.tenant(TENANT), registry.sites(TENANT), at(24))
    return asking(shop, **{"span": calendar.Span(DAY, at(4), at(28)), **more})


def rows(shop: SmallShop, name: str, **more: object) -> dict[tuple[str, str], Row]:
    with query.Answers(shop.collector.store, question(shop, **more)) as answers:
        return {(row.series, row.cell): row for row in answers.rows(metric(name))}


def walk(shop: SmallShop) -> None:
    """30 visitors: 20 go from the door (10:00 to 10:10) to the shelf (10:10 to 10:20), 10 stay at the door."""
    for sensor, zone in (("front", "door"), ("back", "shelf")):
        shop.sensor(sensor)
        shop.collector.store.zones.put(TENANT, SITE, zone, (sensor,), "test", 0)
    shop.hear([Stay(n, at(10), at(10, 20)) for n in range(30)], sensor="front")
    shop.hear([Stay(n, at(10, 10), at(10, 20), LOUD) for n in range(20)], sensor="back")


def test_a_visitor_is_in_the_zone_that_hears_loudest(shop: SmallShop) -> None:
    walk(shop)
    assert {cell: row.value for (_, cell), row in rows(shop, "zone_visitors").items()} == {"door": 30, "shelf": 20}
    assert rows(shop, "exposure_rate")["", "shelf"].value == pytest.approx(2 / 3)
    dwell = rows(shop, "zone_dwell")
    assert dwell["shelf", "median"].value == pytest.approx(600, abs=60), "a minute before and after is weighed"
    assert dwell["door", "mean"].value == pytest.approx((20 * 600 + 10 * 1200) / 30, abs=60)
    assert rows(shop, "routes") == {("zone", "door > shelf"): Row("zone", "door > shelf", 15, 20)}, "blurred"


def test_who_stands_still_between_two_sensors_takes_no_way(shop: SmallShop) -> None:
    """20 are heard 6 dB louder now by one, now by the other: the only way is that of the 20 who walked."""
    walk(shop)
    for sensor, odd in (("front", 0), ("back", 1)):
        looks = [(at(12, 0, 30 * half), INSIDE_DBM + 6 * (half % 2 == odd)) for half in range(41)]
        shop.hear([Stay(n, ms, ms + 20_000, level) for n in range(100, 120) for ms, level in looks], sensor=sensor)
    assert {cell: row.group_size for (_, cell), row in rows(shop, "routes").items()} == {"door > shelf": 20}


def test_zones_outlive_the_tokens_they_were_heard_by(shop: SmallShop) -> None:
    """Six hours after the day its steps go, and who was where stays, under numbers that lead to no token."""
    walk(shop)
    before = rows(shop, "zone_dwell")
    collector = shop.collector
    tenant = collector.registry.tenant(TENANT)
    assert retention.end_day(collector.store, tenant, collector.registry.sites(TENANT), DAY, at(40))
    assert not collector.store.manifest.files(TENANT, "steps")
    assert rows(shop, "zone_dwell") == before
    (kept,) = collector.store.manifest.files(TENANT, "zones")
    assert not set(collector.store.table(kept)["token"].to_pylist()) & set(range(30))


def test_without_zones_nobodys_steps_are_kept(shop: SmallShop) -> None:
    shop.hear([Stay(n, at(10), at(10, 20)) for n in range(30)])
    question(shop)
    assert not shop.collector.store.manifest.files(TENANT, "steps")


def test_a_zone_takes_sensors_of_its_site_only(shop: SmallShop) -> None:
    shop.sensor("front")
    with pytest.raises(QueryError, match="there are: front"):
        shop.collector.store.zones.put(TENANT, SITE, "door", ("nowhere",), "test", 0)
    with pytest.raises(QueryError, match="none yet"):
        shop.collector.store.zones.remove(TENANT, SITE, "door", "test", 0)


def test_who_visits_two_sites_stands_in_their_intersection_and_on_the_way_between(shop: SmallShop) -> None:
    shop.collector.registry.put_site(Site(TENANT, "kiosk"))
    shop.sensor("kiosk-1", site="kiosk")
    shop.hear([Stay(n, at(10), at(10, 20)) for n in range(40)])
    shop.hear([Stay(n, at(11), at(11, 20)) for n in range(25, 60)], sensor="kiosk-1")
    assert rows(shop, "intersections")["", "kiosk"] == Row("", "kiosk", 15 / 40, 15, 40)
    assert rows(shop, "routes")["site", "shop > kiosk"] == Row("site", "shop > kiosk", 10, 15), "blurred"


def test_the_share_at_another_site_is_mended_for_visits_that_were_missed_there(shop: SmallShop) -> None:
    """Short visits of phones that send once a minute: some were missed, so the estimate is above the panel's share."""
    shop.collector.registry.put_site(Site(TENANT, "kiosk"))
    shop.sensor("kiosk-1", site="kiosk")
    shop.hear([Stay(n, at(10), at(10, 20)) for n in range(60)])
    there = [Stay(n, at(11, minute), at(11, minute, 9)) for n in range(25, 90) for minute in (0, 1, 1 + n % 6)]
    shop.hear(there, sensor="kiosk-1")
    share, found = (rows(shop, name)["", "kiosk"] for name in ("intersections", "intersections_estimate"))
    assert share.value == pytest.approx(35 / 60)
    assert share.value < (found.value or 0.0) <= 1.0
    assert (found.low or 0.0) < (found.value or 0.0) <= (found.high or 0.0)
    assert found.group_size == share.group_size


def test_a_quiet_days_median_stay_is_better_known_once_the_day_before_has_ended(shop: SmallShop) -> None:
    """60 visitors yesterday, 14 today, of the same lengths: only the ended day's visits are read beside today's."""
    for first, count, hour in ((0, 60, 10), (100, 14, 34)):
        stays = [Stay(first + n, at(hour, n % 30), at(hour, n % 30 + 2 + (7 * n) % 23)) for n in range(count)]
        shop.hear(stays, at(hour), at(hour + 2))
    today = calendar.Span("today", at(28), at(52))
    before = rows(shop, "flow", span=today)["", "stay_median"]
    collector = shop.collector
    tenant = collector.registry.tenant(TENANT)
    assert retention.end_day(collector.store, tenant, collector.registry.sites(TENANT), DAY, at(60))
    after = rows(shop, "flow", span=today)["", "stay_median"]
    assert (after.high or 0) / (after.low or 1) < 0.8 * (before.high or 0) / (before.low or 1)
    assert after.group_size == before.group_size == 14


def test_coming_back_is_said_within_the_epoch(shop: SmallShop) -> None:
    """30 come at ten, 12 of them again at two, 11 of these at six; of the afternoon's 12 nobody is new."""
    for hour, count in ((10, 30), (14, 12), (18, 11)):
        shop.hear([Stay(n, at(hour), at(hour, 10)) for n in range(count)])
    afternoon = calendar.Span("afternoon", at(13), at(16))
    assert rows(shop, "new_visitors")["", "all"] == Row("", "all", 30, 30)
    assert rows(shop, "new_visitors", span=afternoon)["", "all"].value == 0
    assert rows(shop, "returning_visitors")["", "all"].value == 12
    assert rows(shop, "returning_visitors", span=afternoon)["", "all"].value == 12
    assert rows(shop, "returning_rate")["", "all"].value == pytest.approx(0.4)
    assert rows(shop, "loyal_share")["", "all"].value == pytest.approx(11 / 30)
    assert rows(shop, "frequency")["", "all"].value == pytest.approx(53 / 30)
    assert rows(shop, "recency")["", "all"].value == pytest.approx(4 * 3600 - 600, abs=1)
    assert all("within the epoch" in metric(name).title for name in ("new_visitors", "returning_rate", "recency"))


def sold(shop: SmallShop, *lines: str) -> "pa.Table":
    """Transactions, from lines of time, transactions, till; as they were kept, and are asked of the whole day."""
    book = sales.Transactions(shop.collector.registry.engine)
    book.put(
        shop.site, sales.parse("\n".join(["time,transactions,till", *lines]).encode(), shop.site, at(28)), "test", 0
    )
    return book.of(TENANT, SITE, calendar.Span(DAY, at(4), at(28)))


def test_transactions_are_counted_by_visitor(shop: SmallShop) -> None:
    shop.hear([Stay(n, at(10), at(10, 20)) for n in range(30)])
    found = sold(shop, "2026-03-02T10:05,9,1", "2026-03-02T10:30:00+01:00,6,2")
    assert rows(shop, "conversion", transactions=found)["", "panel"].value == pytest.approx(0.5)
    none = rows(shop, "conversion")["", "panel"]
    assert (none.value, none.group_size) == (None, None)


def test_a_transaction_belongs_to_the_time_in_which_it_begins(shop: SmallShop) -> None:
    """The first moment of a time is of it, the moment at its end is not."""
    shop.hear([Stay(n, at(10), at(10, 20)) for n in range(30)])
    found, hour = sold(shop, "2026-03-02T10:00,6,1", "2026-03-02T11:00,100,1"), calendar.Span("", at(10), at(11))
    assert rows(shop, "conversion", transactions=found, span=hour)["", "panel"].value == pytest.approx(6 / 30)


def test_engaged_visits_rest_on_the_smaller_of_those_who_stayed_and_those_who_did_not(shop: SmallShop) -> None:
    shop.hear([Stay(n, at(10), at(10, 25)) for n in range(18)] + [Stay(n, at(10), at(10, 10)) for n in range(18, 30)])
    row = rows(shop, "engaged_rate")["", "all"]
    assert (row.value, row.group_size, row.of) == (pytest.approx(0.6), 12, 30)


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (["when,transactions"], "no column 'time'"),
        (["time", "yesterday"], "line 2, column time: 'yesterday'"),
        (["time,transactions", "2026-03-02,-1"], "line 2, column transactions: '-1'"),
        (["time", "2026-03-02T10:05", "2027-03-02T10:05"], "line 3, column time: .* it lies ahead"),
    ],
)
def test_a_file_of_transactions_that_is_wrong_is_refused_with_its_line(lines: list[str], says: str) -> None:
    with pytest.raises(QueryError, match=says):
        sales.parse("\n".join(lines).encode(), Site(TENANT, SITE), at(28))


def test_a_file_imported_twice_counts_once(shop: SmallShop) -> None:
    book = sales.Transactions(shop.collector.registry.engine)
    replaced = [book.put(shop.site, {at(9): 5, at(10): 7}, "test", 0) for _ in range(2)]
    assert replaced == [0, 12], "and who imports it is told so"
    assert book.known(TENANT, SITE) == (12, at(9), at(10))


def crowd_of(shop: SmallShop, visitors: int, start_ms: int = at(10)) -> None:
    """Visitors of 20 minutes who are heard all along, and as many who pass."""
    shop.hear(
        [
            *(Stay(n, start_ms, start_ms + 20 * 60_000) for n in range(visitors)),
            *(Stay(100 + n, start_ms, start_ms + 60_000, STREET_DBM) for n in range(visitors)),
        ]
    )


def test_all_people_are_said_by_each_way_and_together(shop: SmallShop) -> None:
    """20 visits of the panel at one for five visitors; 60 people for two hours are 360 stays of 20 minutes.

    The law of lengths is never as narrow as these stays are: their mean is mended to 22 minutes. The median of what may
    have been lies a third of a visit lower.
    """
    crowd_of(shop, 20)
    levels = pa.Table.from_pylist(
        [
            {"site": SITE, "part": "inside", "start_ms": at(hour), "end_ms": at(hour + 1)}
            | {"people": 60, "low": 50, "high": 70}
            for hour in (10, 11)
        ],
        schema=LEVELS,
    )
    rates = replace(flows.prior(), panel_a_visitor=0.2, passers_a_passer=0.1, bursts_a_visitor_min=0.0, counts=4)
    found = rows(shop, "flow", levels=levels, rates=rates)
    assert found["by_panel", "visitors"].value == pytest.approx(100, rel=0.03)
    assert found["by_people", "visitors"].value == pytest.approx(360, rel=0.1)
    assert found["", "visitors"].value == found["by_panel", "visitors"].value
    assert found["", "passers_by"].value == pytest.approx(200, rel=0.02)
    assert found["", "entry_rate"].value == pytest.approx(1 / 3, rel=0.03)
    assert found["", "stay_median"].value == pytest.approx(21 * 60, rel=0.1)
    assert ("by_level", "visitors") not in found
    assert all(row.group_size == 20 for row in found.values())
    export = rows(shop, "flow", rates=rates, audience=EXPORT)
    assert all(row.value is not None and row.value % 5 == 0 for key, row in export.items() if key[1] != "entry_rate")


def test_transactions_of_all_people_have_the_interval_of_the_people(shop: SmallShop) -> None:
    """The more visitors there may have been, the fewer transactions are of each."""
    crowd_of(shop, 20)
    rates = replace(flows.prior(), panel_a_visitor=0.2, passers_a_passer=0.1, bursts_a_visitor_min=0.0, counts=4)
    people = rows(shop, "flow", rates=rates)["", "visitors"]
    row = rows(shop, "conversion", rates=rates, transactions=sold(shop, "2026-03-02T10:05,50,1"))["", "all"]
    assert people.low is not None
    assert people.high is not None
    assert row.value == pytest.approx(50 / (people.value or 0))
    assert (row.low, row.high) == (pytest.approx(50 / people.high), pytest.approx(50 / people.low))
    assert row.group_size == 20


def test_fewer_than_ten_visits_say_nothing_of_all_people(shop: SmallShop) -> None:
    crowd_of(shop, 9)
    assert rows(shop, "flow") == {}


def test_occupancy_is_time_inside_over_the_hour(shop: SmallShop) -> None:
    shop.hear([Stay(n, at(10), at(10, 30)) for n in range(20)], start_ms=at(10), end_ms=at(11))
    found = {cell[11:16]: row.value for (_, cell), row in rows(shop, "occupancy").items()}
    assert found["10:00"] == pytest.approx(10, abs=0.01)
    assert found["11:00"] is None
    assert rows(shop, "peak_hour")["", "all"].value == 10


def test_the_hour_that_autumn_shows_twice_is_two_hours_of_one_name(tmp_path: Path) -> None:
    """Berlin, 2026-10-25: 02:00 to 03:00 local comes twice; the profile gives the mean of both."""
    site = Site(TENANT, SITE, time_zone="Europe/Berlin")
    shop = SmallShop(tmp_path / "collector", site=site)
    midnight = at(0) + 237 * 86_400_000  # 2026-10-25, UTC
    asked = calendar.Span("", midnight, midnight + 4 * 3_600_000)
    shop.hear([Stay(n, midnight, midnight + 1_800_000) for n in range(12)], midnight, midnight + 3_600_000)
    later = midnight + 3_600_000
    shop.hear([Stay(50 + n, later, later + 1_800_000) for n in range(20)], later, later + 3_600_000)
    assert rows(shop, "profile", span=asked)["hour_of_day", "02"].value == 16


def test_an_export_wants_twenty_and_rounds_to_five(shop: SmallShop) -> None:
    shop.hear([Stay(n, at(10), at(10, 2 + n // 4)) for n in range(43)])
    with query.Answers(shop.collector.store, question(shop, audience=EXPORT)) as answers:
        names = ("visitors", "bounce_rate", "dwell_histogram", "profile")
        cells = answers.cells([metric(name) for name in names])
    assert cells["visitors"][0].value == 45
    assert cells["bounce_rate"][0].suppressed
    for name in ("dwell_histogram", "profile"):  # of a day the profile is the exact count of its hours
        assert all(cell.suppressed or (cell.value or 0) % 5 == 0 for cell in cells[name])
    assert any(cell.value == 45 for cell in cells["profile"])


def test_only_some_hours_of_each_day_may_be_asked_for(shop: SmallShop) -> None:
    shop.hear([*(Stay(n, at(10), at(10, 5)) for n in range(12)), *(Stay(50 + n, at(12), at(12, 5)) for n in range(20))])
    assert rows(shop, "visitors", hours=("09:00", "11:00"))["", "all"].value == 12


def test_every_number_of_a_share_has_its_interval(shop: SmallShop) -> None:
    """Wilson's interval of 20 in 50 at 90 %: 0.294 to 0.516 (scipy.stats.binomtest gives the same)."""
    shop.hear(
        [
            *(Stay(n, at(10), at(10, 5)) for n in range(20)),
            *(Stay(100 + n, at(10), at(10, 1), STREET_DBM) for n in range(30)),
        ]
    )
    built = report.build(shop.collector.store, shop.collector.registry, TENANT, SITE, None, 0)
    (cell,) = built.answer("entry_rate").cells
    assert (cell.value, cell.low, cell.high) == (
        0.4,
        pytest.approx(0.2940, abs=1e-4),
        pytest.approx(0.5162, abs=1e-4),
    )
    (count,) = built.answer("visitors").cells
    assert (count.low, count.high) == (pytest.approx(13.25, abs=0.01), pytest.approx(29.06, abs=0.01))


def three_zones(shop: SmallShop, both: int) -> None:
    """60 visitors: 20 from the door to the shelf, `both` more from the door to the till, the rest in one zone alone."""
    for sensor, zone in (("front", "door"), ("back", "shelf"), ("desk", "till")):
        shop.sensor(sensor)
        shop.collector.store.zones.put(TENANT, SITE, zone, (sensor,), "test", 0)
    shop.hear([Stay(n, at(10), at(10, 20)) for n in range(50)], sensor="front")
    later = [Stay(n, at(10, 10), at(10, 20), LOUD) for n in (*range(20), *range(50, 65))]
    shop.hear(later, sensor="back")
    shop.hear([Stay(n, at(10, 10), at(10, 20), LOUD) for n in (*range(20, 20 + both), *range(65, 80))], sensor="desk")


def test_who_was_in_two_zones_is_a_share_of_either(shop: SmallShop) -> None:
    three_zones(shop, both=15)
    found = rows(shop, "zone_intersections")
    assert found["door", "shelf"] == Row("door", "shelf", 20 / 50, 15, 50), "35 at the shelf, 15 of them there alone"
    assert found["shelf", "door"] == Row("shelf", "door", 20 / 35, 15, 35)
    assert found["shelf", "till"].value == 0
    assert len(found) == 6


def test_a_pair_of_zones_is_withheld_where_any_part_of_it_is_too_small(shop: SmallShop) -> None:
    """Of 80 visitors nine were in both the door and the till; of the other pairs each part has ten or more."""
    three_zones(shop, both=9)
    with query.Answers(shop.collector.store, question(shop)) as answers:
        cells = answers.cells([metric("zone_intersections"), metric("zone_visitors")])
    shown = {(cell.series, cell.cell) for cell in cells["zone_intersections"] if not cell.suppressed}
    assert shown == {("door", "shelf"), ("shelf", "door")}, "nobody in both is withheld as nine are"
    assert not any(cell.suppressed for cell in cells["zone_visitors"])


def test_a_site_that_two_zones_cover_wholly_shows_no_pair(shop: SmallShop) -> None:
    """Who was in neither follows from the sizes, and nobody was."""
    walk(shop)
    assert {row.group_size for row in rows(shop, "zone_intersections").values()} == {0}


def test_an_earlier_answer_forbids_a_pair_in_both_directions(shop: SmallShop) -> None:
    three_zones(shop, both=15)
    with query.Answers(shop.collector.store, question(shop)) as answers:
        groups = answers.groups()
        assert groups.count(("zone_intersections", "door > shelf"), ((at(4), at(28)),)) == 20
        cells = answers.cells([metric("zone_intersections")], {("zone_intersections", "door > shelf")})
    withheld = {(cell.series, cell.cell) for cell in cells["zone_intersections"] if cell.asked_before}
    assert withheld == {("door", "shelf"), ("shelf", "door")}

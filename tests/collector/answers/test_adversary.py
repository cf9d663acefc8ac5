"""What somebody works out who sees every page: no withheld group follows from what other pages, metrics and days show.

The attacker has the released cells alone, and the definitions; what would have come out without the guard is told
beside it, so that each attack is known to be one. All shops are SIMULATED.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from shop import INSIDE_DBM, SITE, STREET_DBM, TENANT, SmallShop, Stay, asking, at

from collector import calendar
from collector.answers import crossing, query
from collector.answers.question import EXPORT, Question
from collector.metrics import metric, metrics
from collector.records.registry import Site
from collector.reporting import report
from collector.reporting.sales import Transactions
from collector.stays import fold
from collector.suppression import MINIMUM_GROUP, Row

KIOSK = "kiosk"
DAY_H = 24
CLOSED_H = 4  # a business day turns at 04:00


def came(tokens: Sequence[int], hour: int) -> list[Stay]:
    """Visitors of nine minutes, all of that hour."""
    return [Stay(token, at(hour, n % 50), at(hour, n % 50 + 9)) for n, token in enumerate(tokens)]


def ask(shop: SmallShop, site: str, days: tuple[int, int]) -> report.Report:
    """The report of whole business days, from the first up to, not including, the second."""
    span = calendar.Span("asked", at(CLOSED_H + DAY_H * days[0]), at(CLOSED_H + DAY_H * days[1]))
    collector = shop.collector
    return report.build(collector.store, collector.registry, TENANT, site, span, at(DAY_H * 5))


def in_both(of: report.Report, other: str) -> float | None:
    """How many were at both sites: share x base."""
    (cell,) = [cell for cell in of.answer("intersections").cells if cell.cell == other]
    visitors = of.answer("visitors").value
    return None if cell.value is None or visitors is None else cell.value * visitors


def only_there(of: report.Report, there: report.Report) -> float | None:
    """How many were at the other site alone: its visitors less those at both."""
    both, visitors = in_both(of, there.site), there.answer("visitors").value
    return None if both is None or visitors is None else visitors - both


@pytest.fixture(scope="module")
def mall(tmp_path_factory: pytest.TempPathFactory) -> SmallShop:
    """Two sites, three days. The kiosk: 3 of 28 were there alone; 21 of 46, and 26 of 51."""
    shop = SmallShop(tmp_path_factory.mktemp("mall") / "collector")
    shop.collector.registry.put_site(Site(TENANT, KIOSK))
    shop.sensor("kiosk-1", site=KIOSK)
    for day, (alone, begin) in enumerate(((3, 10), (21, 34), (26, 58))):
        base = 1000 * day
        shop.hear(came(range(base, base + 60), begin), at(begin), at(begin + 1))
        there = [*range(base, base + 25), *range(base + 500, base + 500 + alone)]
        shop.hear(came(there, begin + 1), at(begin + 1), at(begin + 2), "kiosk-1")
    return shop


def test_who_was_at_the_other_site_alone_does_not_follow_from_both_pages(mall: SmallShop) -> None:
    """28 at the kiosk less 25 at both would be three people."""
    here, there = ask(mall, SITE, (0, 1)), ask(mall, KIOSK, (0, 1))
    assert there.answer("visitors").value == 28
    assert only_there(here, there) is None
    assert only_there(there, here) is None, "neither side tells"


def test_a_pair_of_sites_is_told_from_both_sides_where_all_groups_are_large(mall: SmallShop) -> None:
    here, there = ask(mall, SITE, (1, 2)), ask(mall, KIOSK, (1, 2))
    assert only_there(here, there) == pytest.approx(21)
    assert only_there(there, here) == pytest.approx(35)


def test_nor_from_a_longer_time_less_a_shorter_one(mall: SmallShop) -> None:
    """Two days less the second are the first, where three were at the kiosk alone."""
    first_two, second = ([ask(mall, site, days) for site in (SITE, KIOSK)] for days in ((0, 2), (1, 2)))
    told = [only_there(*pair) for pair in (first_two, second)]
    assert None in told
    known = [there.answer("visitors").value for _, there in (first_two, second)]
    assert known == [74, 46], "the kiosk's own numbers are shown: it is the pair that must not be"


def question(shop: SmallShop, days: tuple[int, int]) -> Question:
    span = calendar.Span("", at(CLOSED_H + DAY_H * days[0]), at(CLOSED_H + DAY_H * days[1]))
    return asking(shop, span=span, transactions=Transactions(shop.collector.registry.engine).of(TENANT, SITE, span))


def test_without_the_other_sites_own_group_three_people_would_follow(mall: SmallShop) -> None:
    """Those at both and those here alone are many: that was all that had been looked at."""
    with query.Answers(mall.collector.store, question(mall, (0, 1))) as answers:
        (row,) = answers.rows(metric("intersections"))
    assert row.value is not None
    assert row.of is not None
    both = row.value * row.of
    assert min(both, row.of - both) >= MINIMUM_GROUP
    assert 28 - both == pytest.approx(3)
    assert row.group_size == 3


def test_a_mended_share_is_withheld_with_the_panels_own(mall: SmallShop) -> None:
    """It is the panel's share times a factor: where that is withheld, over the factor it would be told."""
    shown = []
    for days, site in (((0, 1), SITE), ((0, 1), KIOSK), ((1, 2), SITE), ((0, 2), KIOSK)):
        found = ask(mall, site, days)
        panel, estimate = (found.answer(name).cells for name in ("intersections", "intersections_estimate"))
        assert [(cell.cell, cell.suppressed) for cell in panel] == [(cell.cell, cell.suppressed) for cell in estimate]
        assert all(cell.value is cell.low is cell.high is None for cell in estimate if cell.suppressed)
        shown.append(any(cell.value is not None for cell in estimate))
    assert shown[:3] == [False, False, True], "an attack wants a number that is shown at times"


def test_an_export_mends_the_rounded_share(mall: SmallShop) -> None:
    """24 of 61 and 26 of 59 are both 25 of 60 there: the estimate and its interval are the same."""
    asked = replace(question(mall, (1, 2)), audience=EXPORT)
    with query.Answers(mall.collector.store, asked) as answers:
        shares = [Row("", KIOSK, both / of, EXPORT.minimum_group, of) for both, of in ((24, 61), (26, 59))]
        one, other = (crossing.crossed(answers._engine, asked, [share]).to_pylist() for share in shares)
    assert one == other
    assert one[0]["value"] == round(one[0]["value"], crossing.EXPORT_DIGITS)


@pytest.fixture(scope="module")
def computed(mall: SmallShop) -> Iterator[query.Answers]:
    with query.Answers(mall.collector.store, question(mall, (0, 3))) as answers:
        yield answers


def test_those_at_the_other_site_alone_are_a_group_of_their_own_for_the_memory(computed: query.Answers) -> None:
    groups = computed.groups(("only_here", "only_there", "intersections"))
    days = [((at(CLOSED_H + DAY_H * day), at(CLOSED_H + DAY_H * (day + 1))),) for day in range(3)]
    assert [groups.count(("only_there", KIOSK), day) for day in days] == [3, 21, 26]
    assert [groups.count(("intersections", KIOSK), day) for day in days] == [25, 25, 25]
    assert [groups.count(("only_here", KIOSK), day) for day in days] == [35, 35, 35]


SHELF = "shelf"


@pytest.fixture(scope="module")
def corner(tmp_path_factory: pytest.TempPathFactory) -> SmallShop:
    """One shop, two days, two zones. Small groups: on the first day 5 came at eleven, 6 came again, 4 were too weak,
    nobody was at the shelf alone; on the second 5 came exactly twice.
    """
    shop = SmallShop(tmp_path_factory.mktemp("corner") / "collector")
    shop.sensor("sensor-1")
    shop.sensor(SHELF)
    for zone, sensor in (("door", "sensor-1"), (SHELF, SHELF)):
        shop.collector.store.zones.put(TENANT, SITE, zone, (sensor,), "test", 0)
    shop.hear(
        [
            *came(range(40), 10),
            *came(range(40, 45), 11),
            *came([*range(6), *range(50, 82)], 12),
            *(Stay(500 + n, at(10, n), at(10, n, 30), STREET_DBM) for n in range(20)),
            *(Stay(600 + n, at(10, n), at(10, n, 30), -95) for n in range(4)),
            *(Stay(700 + n, at(10, n), at(10, n, 5), randomised=True) for n in range(30)),
        ],
        at(10),
        at(13),
    )
    shelf = [Stay(n, at(10, n % 50 + 5), at(10, n % 50 + 9), INSIDE_DBM + 5) for n in range(36)]
    shop.hear(shelf, at(10), at(11), SHELF)
    second = [*came(range(1000, 1060), 34), *came([*range(1000, 1022), *range(1100, 1130)], 35)]
    shop.hear([*second, *came(range(1000, 1017), 37)], at(34), at(38))
    collector = shop.collector
    Transactions(collector.registry.engine).put(shop.site, {at(10, n): 1 for n in range(30)}, "test", 0)
    fold.refresh(collector.store, collector.registry.tenant(TENANT), collector.registry.sites(TENANT), at(DAY_H * 5))
    return shop


Cells = dict[str, dict[tuple[str, str], float | None]]


@pytest.fixture(scope="module")
def told(corner: SmallShop) -> dict[str, Cells]:
    """What the page shows of the first day, the second, and both; and an export of the first."""
    questions = {
        "first": question(corner, (0, 1)),
        "second": question(corner, (1, 2)),
        "both": question(corner, (0, 2)),
        "export": replace(question(corner, (0, 1)), audience=EXPORT),
    }
    found: dict[str, Cells] = {}
    for name, asked in questions.items():
        with query.Answers(corner.collector.store, asked) as answers:
            cells = answers.cells(metrics())
        found[name] = {of: {(cell.series, cell.cell): cell.value for cell in some} for of, some in cells.items()}
    return found


def number(cells: Cells, metric_name: str, cell: str = "all", series: str = "") -> float:
    value = cells[metric_name][series, cell]
    assert value is not None, "the attack wants a number that is shown"
    return value


def test_how_many_came_back_does_not_follow_from_visits_less_visitors(told: dict[str, Cells]) -> None:
    """Six made a second visit: neither the number of visits says so, nor their mean, nor the bars of their lengths."""
    first = told["first"]
    visitors = number(first, "visitors")
    assert (visitors, first["returning_visitors"]["", "all"]) == (77, None)
    assert number(first, "visits") - visitors == 0
    assert number(first, "frequency") * visitors - visitors == 0
    bars = [value for value in first["dwell_histogram"].values() if value is not None]
    assert sum(bars) <= visitors


def test_who_came_exactly_twice_does_not_follow_from_the_loyal_and_the_returning(told: dict[str, Cells]) -> None:
    second = told["second"]
    assert number(second, "returning_visitors") == 22
    assert second["loyal_share"]["", "all"] is None, "17 of 90, and 22 less 17 would be five"


def test_discarded_devices_do_not_follow_from_the_shares(told: dict[str, Cells]) -> None:
    """Four were too weak: all tokens less the panel over its share would be these; so the lasting less the panel."""
    first = told["first"]
    seen, panel = number(first, "devices_seen"), number(first, "panel", "size")
    assert first["noise_devices"]["", "weak"] is None
    assert round(seen - panel / number(first, "panel", "share")) != 4
    assert round(seen - seen * number(first, "randomized_share") - panel) != 4


def test_who_was_in_a_zone_and_did_not_go_on_does_not_follow_from_the_routes(told: dict[str, Cells]) -> None:
    """All 36 at the shelf came from the door: that nobody came another way is as private as nine."""
    first = told["first"]
    times = number(first, "routes", "door > shelf", "zone")
    assert number(first, "zone_visitors", SHELF) - times not in (0, 36)
    assert abs(times - 36) <= MINIMUM_GROUP / 2


def test_a_withheld_hour_does_not_follow_from_the_usual_day_less_the_other_days(told: dict[str, Cells]) -> None:
    """Eleven o'clock had 5 and 52: of both days, 57 less the 52 of the second."""
    both = told["both"]
    hours = {cell: value for (series, cell), value in both["hourly"].items() if series == "visitors"}
    eleven = [value for cell, value in hours.items() if "T11:" in cell]
    assert eleven == [None, 52]
    assert both["profile"]["hour_of_day", "11"] is None


def test_an_export_does_not_tell_the_exact_visitors_by_the_sales(told: dict[str, Cells]) -> None:
    """77 visitors leave as 75; 30 sales over 77 would be as good as the number."""
    export = told["export"]
    assert number(export, "visitors") == 75
    assert 30 / number(export, "conversion", "panel") == pytest.approx(75)
    mean_ms = number(export, "dwell", "mean") * 1000
    assert mean_ms == int(mean_ms), "a mean in full tells how many it is the mean of"


def test_a_quiet_monday_does_not_follow_from_the_usual_week_and_the_other_monday(tmp_path: Path) -> None:
    """5 and 50 on two Mondays: the usual Monday is their mean, and a report of the second one has its visitors."""
    shop = SmallShop(tmp_path / "collector")
    for first, count, hour in ((0, 5, 10), (100, 40, 34), (200, 50, 7 * DAY_H + 10)):
        shop.hear(came(range(first, first + count), hour), at(hour), at(hour + 1))
    everything = report.build(shop.collector.store, shop.collector.registry, TENANT, SITE, None, at(DAY_H * 9))
    monday = {cell.cell: cell.value for cell in everything.answer("profile").cells if cell.series == "weekday"}["0"]
    assert monday is None or ask(shop, SITE, (7, 8)).answer("visitors").value is None


def test_the_memory_of_answers_sees_everybody_whom_the_answer_counts(mall: SmallShop, computed: query.Answers) -> None:
    """It reads visits from their files again and again, where the answer keeps them: days of stays, of both sites."""
    with query.Answers(mall.collector.store, computed.question, once=True) as once:
        seen = once.groups()
    kept = computed.groups()
    assert {cell: sorted(some.tolist()) for cell, some in seen.tokens.items()} == {
        cell: sorted(some.tolist()) for cell, some in kept.tokens.items()
    }
    assert ("only_there", KIOSK) in seen.tokens
    assert len(seen.tokens["devices_seen", "all"]) == 180, "60 stays a day, none of them the kiosk's"

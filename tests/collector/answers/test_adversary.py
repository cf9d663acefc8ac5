"""What somebody works out who sees every page: no withheld group follows from what other pages, metrics and days show.

The attacker has the released cells alone, and the definitions; what would have come out without the guard is told
beside it, so that each attack is known to be one. All shops are SIMULATED.
"""

from collections.abc import Iterator, Sequence

import pytest
from shop import SITE, TENANT, SmallShop, Stay, at

from collector import calendar
from collector.answers import query
from collector.answers.question import Question
from collector.metrics import metric
from collector.records.registry import Site
from collector.reporting import report
from collector.suppression import MINIMUM_GROUP

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


def test_nor_from_a_longer_time_less_a_shorter_one(tmp_path_factory: pytest.TempPathFactory, mall: SmallShop) -> None:
    """Two days less the second are the first, where three were at the kiosk alone."""
    first_two, second = ([ask(mall, site, days) for site in (SITE, KIOSK)] for days in ((0, 2), (1, 2)))
    told = [only_there(*pair) for pair in (first_two, second)]
    assert None in told
    known = [ask(mall, KIOSK, days).answer("visitors").value for days in ((0, 2), (1, 2))]
    assert known == [74, 46], "the kiosk's own numbers are shown: it is the pair that must not be"


def question(shop: SmallShop, days: tuple[int, int]) -> Question:
    registry = shop.collector.registry
    return Question(
        registry.tenant(TENANT),
        registry.site(TENANT, SITE),
        1,
        calendar.Span("", at(CLOSED_H + DAY_H * days[0]), at(CLOSED_H + DAY_H * days[1])),
        sites=tuple(registry.sites(TENANT)),
    )


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

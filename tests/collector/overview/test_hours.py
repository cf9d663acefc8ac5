"""The hours of many sites: the same, cell by cell, that each site's own page shows."""

from dataclasses import replace

import pytest
from shop import DAY, SITE, STREET_DBM, TENANT, SmallShop, Stay, at

from collector import calendar
from collector.answers.question import EXPORT, PAGE, Audience
from collector.overview import hours
from collector.records.registry import Site
from collector.reporting import report

WEEK_H = 7 * 24
KIOSK = "kiosk"


def came(first: int, count: int, hour: int) -> list[Stay]:
    return [Stay(first + n, at(hour, n % 30), at(hour, n % 30 + 10)) for n in range(count)]


def passed(first: int, count: int, hour: int) -> list[Stay]:
    return [Stay(first + n, at(hour, n % 50), at(hour, n % 50, 20), STREET_DBM) for n in range(count)]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> SmallShop:
    """Two sites, two Mondays and the night between; hours of 9 beside hours of 30; SIMULATED."""
    shop = SmallShop(tmp_path_factory.mktemp("hours") / "collector", site=Site(TENANT, SITE, time_zone="Europe/Prague"))
    registry = shop.collector.registry
    registry.put_site(replace(registry.site(TENANT, SITE), name=KIOSK, time_zone="Europe/Lisbon"))
    shop.sensor("kiosk-1", site=KIOSK)
    first = [*came(0, 40, 10), *came(1000, 9, 11), *came(4000, 30, 12), *passed(5000, 60, 11), *came(6000, 25, 23)]
    shop.hear(first, at(10), at(24))
    shop.hear([*came(2000, 20, WEEK_H + 10), *came(3000, 30, WEEK_H + 11)], at(WEEK_H + 10), at(WEEK_H + 12))
    shop.hear([*came(7000, 12, 10), *came(8000, 3, 12)], at(10), at(13), sensor="kiosk-1")
    return shop


@pytest.mark.parametrize("audience", [PAGE, EXPORT], ids=lambda one: one.name)
@pytest.mark.parametrize("name", [SITE, KIOSK])
def test_they_are_the_hours_of_the_sites_own_page(shop: SmallShop, name: str, audience: Audience) -> None:
    collector, now_ms = shop.collector, at(WEEK_H + 12)
    own = report.build(collector.store, collector.registry, TENANT, name, None, now_ms, audience=audience)
    tenant, sites = collector.registry.tenant(TENANT), collector.registry.sites(TENANT)
    found = {}
    for span in (calendar.Span("", at(4), at(28)), calendar.Span("", at(WEEK_H + 4), at(WEEK_H + 28))):
        for one in hours.asked(collector.store, tenant, sites, span, audience).get(name, ()):
            found |= {(series, one.name): cell for series, cell in one.cells.items()}
    theirs = {
        (cell.series, cell.cell): cell
        for cell in own.answer("hourly").cells
        if cell.series in hours.COUNTED and (cell.value is not None or cell.suppressed)
    }
    assert found
    assert {key: (cell.value, cell.suppressed) for key, cell in found.items()} == {
        key: (cell.value, cell.suppressed) for key, cell in theirs.items()
    }


def test_listening_is_counted_for_every_sensor_while_open(shop: SmallShop) -> None:
    collector = shop.collector
    tenant, sites = collector.registry.tenant(TENANT), collector.registry.sites(TENANT)
    found = hours.asked(collector.store, tenant, sites, calendar.Span(DAY, at(4), at(28)), PAGE)
    assert {one.heard_ms for one in found[KIOSK]} == {calendar.HOUR_MS}


def test_of_a_time_that_the_pages_do_not_show_there_is_nothing(shop: SmallShop) -> None:
    collector = shop.collector
    tenant, sites = collector.registry.tenant(TENANT), collector.registry.sites(TENANT)
    assert hours.asked(collector.store, tenant, sites, calendar.Span("", at(-240), at(-200)), PAGE) == {}

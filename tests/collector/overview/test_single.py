"""What is asked site by site: the cells of the site's own report, through the same memory of answers."""

import pytest
from shop import SITE, TENANT, SmallShop, Stay, at

from collector import calendar, schema
from collector.counting import folding
from collector.overview import single
from collector.records.registry import Site
from collector.reporting import report
from collector.stays import fold

DAY_SPAN = calendar.Span("day", at(4), at(28))
LATER_MS = at(48)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> SmallShop:
    """60 visitors of the shop, 25 of them also at the kiosk, which 20 others visited too; SIMULATED."""
    shop = SmallShop(tmp_path_factory.mktemp("single") / "collector")
    shop.collector.registry.put_site(Site(TENANT, "kiosk"))
    shop.sensor("kiosk-1", site="kiosk")
    shop.hear([Stay(n, at(10, n % 50), at(10, n % 50 + 9)) for n in range(60)], at(10), at(12))
    shop.hear([Stay(n, at(13), at(13, 20)) for n in range(35, 80)], at(13), at(14), sensor="kiosk-1")
    return shop


def asked(shop: SmallShop, site: str, *, whole: bool = True) -> single.Single:
    registry, store = shop.collector.registry, shop.collector.store
    tenant, sites = registry.tenant(TENANT), registry.sites(TENANT)
    fold.refresh(store, tenant, sites, LATER_MS)
    folding.refresh(store, tenant, LATER_MS)
    return single.asked(store, registry, tenant, registry.site(TENANT, site), sites, DAY_SPAN, LATER_MS, whole)


@pytest.mark.parametrize("site", [SITE, "kiosk"])
def test_they_are_the_cells_of_the_sites_report(shop: SmallShop, site: str) -> None:
    found = asked(shop, site)
    own = report.build(shop.collector.store, shop.collector.registry, TENANT, site, DAY_SPAN, LATER_MS)
    assert found.stay in own.answer("dwell").cells
    assert list(found.elsewhere) == own.answer("intersections").cells
    assert found.elsewhere[0].value is not None
    people = [cell for cell in own.answer("people_estimate").cells if len(cell.series) == len("2026-03-02")]
    assert list(found.people) == people


def test_a_time_that_goes_on_is_no_question(shop: SmallShop) -> None:
    with shop.collector.registry.engine.begin() as connection:
        before = len(connection.execute(schema.questions.select()).all())
    found = asked(shop, SITE, whole=False)
    assert found.stay is None
    assert not found.elsewhere
    with shop.collector.registry.engine.begin() as connection:
        assert len(connection.execute(schema.questions.select()).all()) == before


def test_a_time_in_which_nothing_was_heard_has_nothing(shop: SmallShop) -> None:
    registry, store = shop.collector.registry, shop.collector.store
    tenant, sites = registry.tenant(TENANT), registry.sites(TENANT)
    empty = calendar.Span("day", at(-240 + 4), at(-240 + 28))
    site = registry.site(TENANT, SITE)
    assert single.asked(store, registry, tenant, site, sites, empty, LATER_MS, True) == single.Single(())

"""A report to be printed."""

import pytest
from shop import STREET_DBM, TENANT, SmallShop, Stay, at

from collector.reporting import report
from collector.reporting.report import Report


@pytest.fixture(scope="package")
def built(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """A report of 23 visitors and 7 passers-by, who are too few to be shown."""
    shop = SmallShop(tmp_path_factory.mktemp("sheet") / "collector")
    stays = [Stay(n, at(10), at(10, 2 * (n + 1)) + 1) for n in range(23)]
    stays += [Stay(1000 + n, at(10, 5), at(10, 5, 30), STREET_DBM) for n in range(7)]
    shop.hear(stays, start_ms=at(10), end_ms=at(11))
    made = report.build(shop.collector.store, shop.collector.registry, TENANT, "shop", None, at(12))
    shop.collector.close()
    return made

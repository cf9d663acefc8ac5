"""Open tables: written by us, read by polars, which is not ours; the same rows as the store's, and no tokens."""

from pathlib import Path

import polars as pl
import pytest
from shop import DAY, TENANT, SmallShop, Stay, at

from collector.housekeeping import retention
from collector.housekeeping.publish import Publisher
from collector.options.keep import Keep
from collector.storage.store import VISITS, WINDOWS

OVER_MS = at(28) + retention.LATE_MS
TOKENS = [0x1122334455667700 + n for n in range(12)]


@pytest.fixture
def shop(tmp_path: Path) -> SmallShop:
    shop = SmallShop(tmp_path / "collector")
    shop.hear([Stay(token, at(10), at(10, 5)) for token in TOKENS])
    return shop


def publish(shop: SmallShop) -> list[str]:
    return Publisher.of(shop.collector).publish(TENANT)


def table(shop: SmallShop, name: str) -> pl.DataFrame:
    return pl.read_delta(str(shop.collector.folder / "open" / name))


def test_a_running_day_is_not_published(shop: SmallShop) -> None:
    assert publish(shop) == []


def test_an_ended_day_is_read_by_another_engine(shop: SmallShop) -> None:
    retention.retain(shop.collector, OVER_MS)
    assert publish(shop) == [DAY]
    visits = table(shop, VISITS)
    assert visits.filter(pl.col("outcome") == "visit").height == len(TOKENS)
    assert visits["device"].n_unique() == len(TOKENS)
    assert not set(visits["device"]) & set(TOKENS)
    assert visits.select(
        (pl.col("last_seen") - pl.col("first_seen")).dt.total_seconds()
    ).to_series().unique().to_list() == [299]
    assert str(visits["first_seen"][0]) == "2026-03-02 10:00:00"
    (windows,) = shop.collector.store.manifest.files(TENANT, WINDOWS)
    assert table(shop, WINDOWS)["frames"].sum() == sum(shop.collector.store.table(windows)["frames"].to_pylist())


def test_publishing_twice_changes_nothing(shop: SmallShop) -> None:
    retention.retain(shop.collector, OVER_MS)
    publish(shop)
    before = table(shop, VISITS)
    assert publish(shop) == []
    assert table(shop, VISITS).equals(before)


def test_what_came_late_is_published_with_its_day_once(shop: SmallShop) -> None:
    retention.retain(shop.collector, OVER_MS)
    publish(shop)
    shop.hear([Stay(99, at(12), at(12, 5))])
    retention.retain(shop.collector, OVER_MS)
    assert publish(shop) == [DAY]
    assert table(shop, VISITS).height == len(TOKENS) + 1


def test_a_day_whose_retention_is_over_leaves_the_table_too(shop: SmallShop) -> None:
    retention.retain(shop.collector, OVER_MS)
    publish(shop)
    tenant = shop.collector.registry.tenant(TENANT)
    for one in retention.due(shop.collector.store, tenant, Keep(1, 1), OVER_MS + 3 * 86_400_000):
        retention.apply(shop.collector.store, tenant, [shop.site], one, OVER_MS)
    assert publish(shop) == [DAY]
    assert (table(shop, VISITS).height, table(shop, WINDOWS).height) == (0, 0)

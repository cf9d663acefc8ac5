"""Compaction: fewer files, the same rows, the same visits; and nothing is folded twice."""

from pathlib import Path

import pytest
from shop import TENANT, SmallShop, Stay, at

from collector.housekeeping import compaction
from collector.stays import fold
from collector.storage.manifest import StoredFile
from collector.storage.store import OPEN_STAYS, SIGHTINGS, STAYS, WINDOWS

LATER_MS = at(48)


@pytest.fixture
def shop(tmp_path: Path) -> SmallShop:
    """Twenty commits of a morning."""
    shop = SmallShop(tmp_path / "collector")
    for minute in range(20):
        shop.hear([Stay(50 - minute, at(10, minute), at(10, minute + 2)), Stay(7, at(10, minute), at(10, minute + 1))])
    return shop


def files(shop: SmallShop, kind: str) -> list[StoredFile]:
    return shop.collector.store.manifest.files(TENANT, kind)


def refold(shop: SmallShop) -> list[str]:
    return fold.refresh(shop.collector.store, shop.collector.registry.tenant(TENANT), [shop.site], 0)


def rows(shop: SmallShop, kind: str) -> list[tuple[object, ...]]:
    return sorted(
        (tuple(row.values()) for file in files(shop, kind) for row in shop.collector.store.table(file).to_pylist()),
        key=repr,
    )


def compact(shop: SmallShop) -> int:
    return compaction.compact(shop.collector.store, TENANT, LATER_MS)


def test_many_files_become_one_with_the_same_rows(shop: SmallShop) -> None:
    refold(shop)
    before = rows(shop, SIGHTINGS), rows(shop, WINDOWS)
    assert compact(shop) == 40
    assert (len(files(shop, SIGHTINGS)), len(files(shop, WINDOWS))) == (1, 1)
    assert (rows(shop, SIGHTINGS), rows(shop, WINDOWS)) == before


def test_what_is_compacted_is_sorted(shop: SmallShop) -> None:
    refold(shop)
    compact(shop)
    table = shop.collector.store.table(files(shop, SIGHTINGS)[0])
    found = list(zip(*(table[name].to_pylist() for name in ("site", "first_ms", "token")), strict=True))
    assert found == sorted(found)


def test_sightings_that_no_turn_has_taken_are_left_alone(shop: SmallShop) -> None:
    compact(shop)
    assert len(files(shop, SIGHTINGS)) == 20
    assert len(files(shop, WINDOWS)) == 1


def test_nothing_is_folded_twice(shop: SmallShop) -> None:
    refold(shop)
    before = rows(shop, STAYS) + rows(shop, OPEN_STAYS)
    compact(shop)
    assert refold(shop) == []
    assert rows(shop, STAYS) + rows(shop, OPEN_STAYS) == before
    shop.hear([Stay(7, at(10, 21), at(10, 22))])
    refold(shop)
    (grown,) = [
        row
        for file in files(shop, OPEN_STAYS)
        for row in shop.collector.store.table(file).to_pylist()
        if row["token"] == 7
    ]
    assert (grown["start_ms"], grown["end_ms"]) == (at(10), at(10, 22) - 1)


def test_young_files_and_few_files_are_left_alone(shop: SmallShop) -> None:
    refold(shop)
    assert compaction.compact(shop.collector.store, TENANT, at(24)) == 0  # they were made then
    compact(shop)
    assert compact(shop) == 0


def test_a_bundle_is_no_larger_than_what_is_sorted_in_memory(shop: SmallShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compaction, "ROWS_MAX", 30)
    monkeypatch.setattr(compaction, "FILES_MIN", 2)
    refold(shop)
    compact(shop)
    assert all(file.rows <= 30 for file in files(shop, SIGHTINGS))
    assert 1 < len(files(shop, SIGHTINGS)) < 20

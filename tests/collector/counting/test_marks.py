"""Signs that grow with what has come are the signs of everything, whatever came when, and was compacted in between."""

from pathlib import Path

import duckdb
import pyarrow as pa
from hypothesis import example, given, settings
from hypothesis import strategies as st
from shop import DAY, TENANT, SmallShop, Stay, at

from collector.counting import folding, signs
from collector.housekeeping import compaction, retention
from collector.stays import fold
from collector.storage.store import MARKS, SIGHTINGS, SIGNS
from collector.storage.tables import SIGHTINGS as ALL_COLUMNS

READ = ("site", "token", "first_ms", "rssi_max_dbm", "randomised", "associated", "model_class")
HEARD = pa.schema([ALL_COLUMNS.field(name) for name in READ])
ROWS = st.builds(
    lambda token, at_s, rssi_dbm, lasting: heard(token, at_s, rssi_dbm, lasting=lasting),
    st.integers(1, 3),
    st.integers(0, 1900),
    st.sampled_from((-50, -63, -66, -78, -90, None)),
    st.booleans(),
)


def heard(token: int, at_s: int, rssi_dbm: int | None, *, lasting: bool) -> dict[str, object]:
    one = {"site": "shop", "token": token, "first_ms": at(10) + 1000 * at_s, "rssi_max_dbm": rssi_dbm}
    return one | {"randomised": not lasting, "associated": False, "model_class": token}


def made(turns: list[list[dict[str, object]]]) -> list[dict[str, object]]:
    """Signs of marks that grow turn by turn."""
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.register("levels", signs.levels())
        connection.register("rungs", signs.rungs())
        grown = signs.marks_schema().empty_table()
        for rows in turns:
            connection.register("sightings", pa.Table.from_pylist(rows, schema=HEARD))
            connection.register("grown", grown)
            connection.execute(f"CREATE OR REPLACE VIEW noted AS {signs.noted('grown')}")
            grown = connection.sql(signs.sql_text("marks")).to_arrow_table().cast(signs.marks_schema())
        connection.register("marks", grown)
        return rounded(connection.sql(signs.sql_text()).to_arrow_table().to_pylist())


def rounded(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    """Sums of parts differ in their last digit with the order of the parts."""
    return [{name: round(v, 9) if isinstance(v, float) else v for name, v in row.items()} for row in rows]


def kept(shop: SmallShop) -> list[dict[str, object]]:
    """The day's signs as they are kept now."""
    files = shop.collector.store.manifest.files(TENANT, SIGNS, [DAY])
    return rounded([row for file in files for row in shop.collector.store.table(file).to_pylist()])


def from_scratch(shop: SmallShop) -> list[dict[str, object]]:
    """The same made of all sightings at once."""
    store = shop.collector.store
    gone = [file for kind in (SIGNS, MARKS) for file in store.manifest.files(TENANT, kind, [DAY])]
    assert store.swap(gone, [], None, 0)
    count(shop)
    return kept(shop)


def count(shop: SmallShop) -> list[str]:
    return folding.refresh(shop.collector.store, shop.collector.registry.tenant(TENANT), at(12))


@settings(max_examples=6)
@given(st.lists(ROWS, min_size=4, max_size=12), st.integers(3, 5))
@example([heard(1, 5, -78, lasting=True), heard(1, 40, -50, lasting=True), heard(1, 700, -66, lasting=True)], 1)
def test_signs_that_grow_are_the_signs_of_everything(rows: list[dict[str, object]], a_turn: int) -> None:
    turns = [rows[start : start + a_turn] for start in range(0, len(rows), a_turn)]
    assert made(turns) == made([rows])


def test_compacted_sightings_are_no_news(tmp_path: Path) -> None:
    """And what marks do not rest on yet is left as it is until they do."""
    shop = SmallShop(tmp_path / "compacted")
    store, tenant = shop.collector.store, shop.collector.registry.tenant(TENANT)
    for minute in range(compaction.FILES_MIN):
        shop.hear([Stay(minute + 1, at(10, minute), at(10, minute, 20))])
    assert count(shop) == [DAY]
    assert count(shop) == []
    before = kept(shop)
    shop.hear([Stay(90, at(10, 30), at(10, 35))])
    fold.refresh(store, tenant, shop.collector.registry.sites(TENANT), at(12))
    assert compaction.compact(store, TENANT, at(48)) > compaction.FILES_MIN
    merged, left = sorted(store.manifest.files(TENANT, SIGHTINGS), key=lambda file: file.rows, reverse=True)[:2]
    assert merged.covers_id is not None
    assert left.covers_id is None
    (stale,) = folding.stale(store, TENANT)
    assert merged not in stale.fresh
    assert kept(shop) == before
    count(shop)
    assert kept(shop) != before
    assert kept(shop) == from_scratch(shop)
    shop.collector.close()


def test_marks_go_with_the_tokens(tmp_path: Path) -> None:
    shop = SmallShop(tmp_path / "gone")
    store, tenant = shop.collector.store, shop.collector.registry.tenant(TENANT)
    shop.hear([Stay(1, at(10), at(10, 5))])
    count(shop)
    assert retention.end_day(store, tenant, shop.collector.registry.sites(TENANT), DAY, at(48))
    assert store.manifest.files(TENANT, MARKS) == []
    assert store.manifest.files(TENANT, SIGNS)
    shop.collector.close()

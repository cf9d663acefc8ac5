"""Numbers of batches as ranges: fewer rows, and no number is ever taken for new again."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, insert, select

from collector import schema
from collector.database import open_database
from collector.housekeeping import ranges
from collector.storage import batches
from collector.storage.batches import Key
from collector.storage.manifest import Manifest

LATER_MS = 10 * ranges.ROWS_KEPT_MS
LAST = (1 << 63) - 1


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    found = Manifest(open_database(f"sqlite:///{tmp_path_factory.mktemp('ranges') / 'r.sqlite'}"))
    with found._engine.begin() as connection:
        starts = [
            {"sensor_id": sensor, "boot": boot, "batches": 0, "sightings": 0, "duplicates": 0}
            for sensor in (1, 2)
            for boot in (-5, 7)
        ]
        connection.execute(insert(schema.ledger), starts)
    return found


def put(manifest: Manifest, keys: set[Key], received_ms: int) -> None:
    names = ("sensor_id", "boot", "number")
    if keys:
        with manifest._engine.begin() as connection:
            rows = [{**dict(zip(names, key, strict=True)), "received_ms": received_ms} for key in keys]
            connection.execute(insert(schema.batches), rows)


def rows(manifest: Manifest, table: str) -> int:
    with manifest._engine.begin() as connection:
        return int(connection.scalar(select(func.count()).select_from(schema.metadata.tables[table])) or 0)


def clear(manifest: Manifest) -> None:
    with manifest._engine.begin() as connection:
        for table in (schema.batches, schema.batch_ranges):
            connection.execute(table.delete())


KEYS = st.sets(st.tuples(st.sampled_from((1, 2)), st.sampled_from((-5, 7)), st.integers(0, 12)), max_size=40)


@given(first=KEYS, second=KEYS, third=KEYS)
@settings(max_examples=25, deadline=None)
def test_what_has_come_is_known_and_what_has_not_is_not_whatever_was_closed_when(
    manifest: Manifest, first: set[Key], second: set[Key], third: set[Key]
) -> None:
    clear(manifest)
    put(manifest, first, 0)
    ranges.close(manifest._engine, LATER_MS)
    put(manifest, second - first, 1)
    ranges.close(manifest._engine, LATER_MS)
    put(manifest, third - second - first, LATER_MS)
    ranges.close(manifest._engine, LATER_MS)
    there = first | second | third
    asked = [(sensor, boot, number) for sensor in (1, 2) for boot in (-5, 7) for number in range(14)]
    assert set(manifest.known(asked)) == there
    assert rows(manifest, "batches") == len(third - second - first), "the young ones stay rows"
    with manifest._engine.begin() as connection:
        listed = batches.counts(connection)
    assert listed == {start: sum(key[:2] == start for key in there) for start in {key[:2] for key in there}}


def test_a_start_whose_batches_have_all_come_is_one_range(manifest: Manifest) -> None:
    clear(manifest)
    put(manifest, {(1, 7, number) for number in range(1000)}, 0)
    put(manifest, {(1, 7, LAST), (1, 7, LAST - 1)}, 0)
    assert ranges.close(manifest._engine, LATER_MS) == 1002
    assert (rows(manifest, "batches"), rows(manifest, "batch_ranges")) == (0, 2)
    assert set(manifest.known([(1, 7, LAST), (1, 7, 999), (1, 7, 1000)])) == {(1, 7, LAST), (1, 7, 999)}

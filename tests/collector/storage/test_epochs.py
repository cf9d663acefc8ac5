"""The ledger by epoch: it always comes to what the ledger says, whatever is joined."""

from pathlib import Path

import pytest
from sqlalchemy import select

from collector import schema
from collector.database import open_database
from collector.storage import epochs
from collector.storage.manifest import Entry, Manifest

DAY_MS = 24 * 3600 * 1000


@pytest.fixture
def manifest(tmp_path: Path) -> Manifest:
    return Manifest(open_database(f"sqlite:///{tmp_path / 'r.sqlite'}"))


def rows(manifest: Manifest) -> dict[str, tuple[int, int, int]]:
    with manifest._engine.begin() as connection:
        return {
            row.epoch: (row.batches, row.sightings, row.last_ms)
            for row in connection.execute(select(schema.epoch_ledger))
        }


def test_batches_are_counted_under_the_epoch_they_were_made_in(manifest: Manifest) -> None:
    manifest.add([Entry((1, 2, 0), 3, None, 10, epoch="a"), Entry((1, 2, 1), 0, None, 10)], [], [], 10)
    manifest.add([Entry((1, 2, 2), 4, None, 30, epoch="a"), Entry((1, 2, 3), 1, None, 20, epoch="b")], [], [], 30)
    assert rows(manifest) == {"a": (2, 7, 30), "": (1, 0, 10), "b": (1, 1, 20)}


def test_what_is_long_past_becomes_one_row_and_the_sum_stays(manifest: Manifest) -> None:
    days = 12
    for day in range(days):
        manifest.add([Entry((1, 2, day), 5, None, day * DAY_MS, epoch=f"day-{day:02}")], [], [], day * DAY_MS)
    assert epochs.join(manifest._engine, 9 * DAY_MS) == 2, "those older than a week, and beyond the newest eight"
    assert epochs.join(manifest._engine, 40 * DAY_MS) == 2
    kept = rows(manifest)
    assert kept[epochs.EARLIER] == (4, 20, 3 * DAY_MS)
    assert sorted(kept) == [epochs.EARLIER, *(f"day-{day:02}" for day in range(4, days))]
    with manifest._engine.begin() as connection:
        assert epochs.sums(connection) == {(1, 2): days} == {(1, 2): manifest.ledger()[0].batches}

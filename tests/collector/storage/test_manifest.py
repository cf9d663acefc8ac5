"""The manifest finds batches by their key, however many there are."""

from pathlib import Path

import pytest
from sqlalchemy import event, insert

from collector import schema
from collector.database import open_database
from collector.storage.batches import Key
from collector.storage.manifest import Manifest

EDGES = (0, 1, -1, (1 << 63) - 1, -(1 << 63), 1 << 53)


@pytest.fixture
def manifest(tmp_path: Path) -> Manifest:
    return Manifest(open_database(f"sqlite:///{tmp_path / 'r.sqlite'}"))


def put(manifest: Manifest, keys: list[Key]) -> None:
    names = ("sensor_id", "boot", "number")
    with manifest._engine.begin() as connection:
        connection.execute(
            insert(schema.batches),
            [
                {**dict(zip(names, key, strict=True)), "received_ms": 0, "digest": bytes([at]) * 8}
                for at, key in enumerate(keys)
            ],
        )


def test_every_number_that_there_may_be_is_found_as_it_is(manifest: Manifest) -> None:
    """To the last bit: boots are 64 bits with a sign."""
    there = [(1, boot, number) for boot in EDGES for number in (0, (1 << 63) - 1)]
    put(manifest, there)
    found = manifest.known([*there, (1, 5, 0), (2, 0, 0), (1, 0, 1)])
    assert found == {key: bytes([at]) * 8 for at, key in enumerate(there)}


def test_a_look_up_reads_the_index_and_not_the_table(manifest: Manifest) -> None:
    """Else each commit would cost more with every batch that was ever stored."""
    put(manifest, [(1, 2, number) for number in range(100)])
    plans: list[str] = []

    def look(connection, _cursor, statement, parameters, _context, _many) -> None:  # type: ignore[no-untyped-def]
        if statement.startswith("SELECT") and "FROM json_each" in statement:
            cursor = connection.connection.cursor()
            plans.extend(row[3] for row in cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall())

    event.listen(manifest._engine, "before_cursor_execute", look)
    assert len(manifest.known([(1, 2, 3), (1, 2, 300)])) == 1
    assert any(plan.startswith("SEARCH batches USING PRIMARY KEY") for plan in plans)
    assert not any(plan.startswith("SCAN batches") for plan in plans)

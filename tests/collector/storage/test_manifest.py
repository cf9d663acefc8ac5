"""The manifest finds batches by their key, however many there are."""

from pathlib import Path

import pytest
from sqlalchemy import event, insert

from collector import schema
from collector.database import open_database
from collector.storage.batches import Key
from collector.storage.manifest import Entry, Manifest, NewFile

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


def new_file(name: str, kind: str = "sightings", day: str = "2026-11-27", rows: int = 3) -> NewFile:
    return NewFile(kind, "shops", "today", day, name, rows, 100)


def test_files_are_listed_by_kind_and_day_and_a_stamp_tells_that_one_has_come(manifest: Manifest) -> None:
    """Of one tenant; whoever keeps an answer looks whether its stamp is still the same."""
    assert manifest.stamp("shops") == (0, 0, 0)
    manifest.add([], [new_file("a"), new_file("b", day="2026-11-26"), new_file("c", "windows", "2026-11-25")], [], 7)
    assert [one.name for one in manifest.files("shops", "sightings")] == ["a", "b"]
    assert [one.name for one in manifest.files("shops", "sightings", ["2026-11-26"])] == ["b"]
    assert manifest.days("shops", "sightings") == ["2026-11-26", "2026-11-27"]
    assert manifest.days("shops", "windows") == ["2026-11-25"]
    assert (manifest.names(), manifest.rows("shops"), manifest.rows("others")) == ({"a", "b", "c"}, 9, 0)
    assert (manifest.files("others", "sightings"), manifest.stamp("others")) == ([], (0, 0, 0))
    assert manifest.stamp("shops")[::2] == (3, 7)


def test_files_are_replaced_by_whoever_comes_first(manifest: Manifest) -> None:
    """Who looked them up before another replaced them is told so, and nothing of theirs is listed."""
    manifest.add([], [new_file("a"), new_file("b")], [], 7)
    old = manifest.files("shops", "sightings")
    assert manifest.swap(old, [new_file("c")], None, 8)
    assert manifest.names() == {"c"}
    assert not manifest.swap(old, [new_file("d")], None, 9)
    assert not manifest.swap([*manifest.files("shops", "sightings"), old[0]], [new_file("d")], None, 9)
    assert manifest.names() == {"c"}
    assert manifest.swap(manifest.files("shops", "sightings"), [new_file("d")], 5, 9)
    assert [(one.name, one.covers_id, one.created_ms) for one in manifest.files("shops", "sightings")] == [("d", 5, 9)]


def test_batches_that_came_are_counted_by_time(manifest: Manifest) -> None:
    """The newest first; a time begins at a multiple of its length."""
    manifest.add(
        [Entry((1, 2, number), 0, None, came) for number, came in enumerate((999, 1000, 1999, 2000))], [], [], 0
    )
    manifest.add([Entry((2, 2, 0), 0, None, 1500)], [], [], 0)
    assert manifest.received(1, 0, 1000) == [(2000, 1), (1000, 2), (0, 1)]
    assert manifest.received(1, 1000, 1000) == [(2000, 1), (1000, 2)]

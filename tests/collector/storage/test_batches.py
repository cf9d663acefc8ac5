"""Which batches are stored: rows and ranges say it as one, however many are asked for."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert

from collector import schema
from collector.database import open_database
from collector.storage import batches

ONE, OTHER = (1, 7), (2, 7)  # starts: sensor id and boot


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    with open_database(f"sqlite:///{tmp_path / 'r.sqlite'}").begin() as made:
        yield made


def _range(connection: Connection, start: tuple[int, int], first: int, last: int) -> None:
    row = {"sensor_id": start[0], "boot": start[1], "first": first, "last": last}
    connection.execute(insert(schema.batch_ranges), [row])


def test_a_batch_that_has_become_part_of_a_range_is_still_known(connection: Connection) -> None:
    """From the first number to the last, of its own start only; its digest is gone."""
    _range(connection, ONE, 10, 20)
    _range(connection, ONE, 30, 30)
    asked = [(*ONE, number) for number in (9, 10, 20, 21, 29, 30, 31)]
    assert batches.known(connection, [*asked, (*OTHER, 10)]) == {(*ONE, number): b"" for number in (10, 20, 30)}


def test_a_row_wins_over_a_range(connection: Connection) -> None:
    """While housekeeping moves one into the other, both may hold it."""
    batches.add(connection, [(*ONE, 10, None, 0, b"digest 8")])
    _range(connection, ONE, 10, 20)
    assert batches.known(connection, [(*ONE, 10)]) == {(*ONE, 10): b"digest 8"}


def test_more_keys_than_a_query_takes_are_found(connection: Connection) -> None:
    """And more starts: 2000 at a time."""
    keys = [(sensor, 7, 0) for sensor in range(1, batches.KEYS_A_QUERY + 2)]
    batches.add(connection, [(*key, None, 0, None) for key in keys])
    assert set(batches.known(connection, keys)) == set(keys)
    for start in (keys[0], keys[-1]):
        _range(connection, start[:2], 5, 6)
    assert set(batches.known(connection, [(*key[:2], 5) for key in keys])) == {(1, 7, 5), (len(keys), 7, 5)}


def test_rows_and_ranges_are_counted_together(connection: Connection) -> None:
    batches.add(connection, [(*ONE, 1, None, 0, None), (*ONE, 2, None, 0, None), (*OTHER, 1, None, 0, None)])
    _range(connection, ONE, 10, 20)
    assert batches.counts(connection) == {ONE: 13, OTHER: 1}

"""Which batches are stored: by key, as rows, and in ranges of numbers where they came long ago.

For the transactions of the manifest; housekeeping.ranges puts rows into ranges.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, func, insert, select, text, tuple_

from .. import schema

KEYS_A_QUERY = 2000  # SQLite takes 32,766 variables, three a key

# For (sensor_id, boot, number) IN (VALUES ...) SQLite reads the whole table, and a commit costs more with every batch
# that was ever stored; of a joined list, the outer of the two, each is looked up by its key.
_BY_KEY_IN_SQLITE = text(
    "SELECT batches.sensor_id, batches.boot, batches.number, batches.digest FROM json_each(:keys) AS wanted "
    "CROSS JOIN batches ON batches.sensor_id = wanted.value ->> 0 AND batches.boot = wanted.value ->> 1 "
    "AND batches.number = wanted.value ->> 2"
)

_RANGES_IN_SQLITE = text(
    "SELECT batch_ranges.* FROM json_each(:starts) AS wanted "
    "CROSS JOIN batch_ranges ON batch_ranges.sensor_id = wanted.value ->> 0 AND batch_ranges.boot = wanted.value ->> 1"
)

# As text: for each row SQLAlchemy would find out anew where its values go, which costs more than SQLite takes for it.
_ADD_IN_SQLITE = "INSERT INTO batches (sensor_id, boot, number, file_id, received_ms, digest) VALUES (?, ?, ?, ?, ?, ?)"
_COLUMNS = ("sensor_id", "boot", "number", "file_id", "received_ms", "digest")

Start = tuple[int, int]  # sensor id and boot
Key = tuple[int, int, int]  # sensor id, boot, number


def add(connection: Connection, rows: Sequence[tuple[int, int, int, int | None, int, bytes | None]]) -> None:
    """List batches: key, file, when it came, digest. Raises sqlalchemy's IntegrityError where one is listed already."""
    if rows and connection.dialect.name == "sqlite":
        connection.exec_driver_sql(_ADD_IN_SQLITE, [*rows])
    elif rows:
        connection.execute(insert(schema.batches), [dict(zip(_COLUMNS, row, strict=True)) for row in rows])


def known(connection: Connection, keys: Sequence[Key]) -> dict[Key, bytes]:
    """Those of the keys that are listed, each with its batch's digest; empty where none is kept."""
    found: dict[Key, bytes] = {}
    for start in range(0, len(keys), KEYS_A_QUERY):
        rows = _rows(connection, keys[start : start + KEYS_A_QUERY])
        found.update(((row[0], row[1], row[2]), row[3] or b"") for row in rows)
    # After the rows: what housekeeping moves meanwhile is found in one of both, at least.
    ranges = _ranges(connection, {key[:2] for key in keys if key not in found})
    for key in keys:
        if key not in found and any(first <= key[2] <= last for first, last in ranges.get(key[:2], ())):
            found[key] = b""
    return found


def counts(connection: Connection) -> dict[Start, int]:
    """How many batches of each start a transaction sees listed, as rows and in ranges."""
    table, ranges = schema.batches, schema.batch_ranges
    rows = select(table.c.sensor_id, table.c.boot, func.count()).group_by(table.c.sensor_id, table.c.boot)
    found: dict[Start, int] = defaultdict(int)
    for sensor_id, boot, count in connection.execute(rows):
        found[sensor_id, boot] += count
    for row in connection.execute(select(ranges)):
        found[row.sensor_id, row.boot] += row.last - row.first + 1
    return dict(found)


def _rows(connection: Connection, keys: Sequence[Key]) -> Iterable[Any]:
    if connection.dialect.name == "sqlite":
        return connection.execute(_BY_KEY_IN_SQLITE, {"keys": json.dumps(keys)})
    table = schema.batches
    columns = (table.c.sensor_id, table.c.boot, table.c.number)
    return connection.execute(select(*columns, table.c.digest).where(tuple_(*columns).in_(keys)))


def _ranges(connection: Connection, starts: Iterable[Start]) -> dict[Start, list[tuple[int, int]]]:
    """The ranges of numbers of these starts. Most have none: they began within the last days."""
    found: dict[Start, list[tuple[int, int]]] = defaultdict(list)
    wanted, table = list(starts), schema.batch_ranges
    for begin in range(0, len(wanted), KEYS_A_QUERY):
        some = wanted[begin : begin + KEYS_A_QUERY]
        if connection.dialect.name == "sqlite":
            rows = connection.execute(_RANGES_IN_SQLITE, {"starts": json.dumps(some)})
        else:
            rows = connection.execute(select(table).where(tuple_(table.c.sensor_id, table.c.boot).in_(some)))
        for sensor_id, boot, first, last in rows:
            found[sensor_id, boot].append((first, last))
    return found

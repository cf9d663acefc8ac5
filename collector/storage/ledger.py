"""The ledger: the collector's half of the conservation check, a row for each start of each sensor.

It is changed in the transactions of the manifest that list the batches. By epoch: epochs.py.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Table, select

from .. import schema

if TYPE_CHECKING:
    from .batches import Key
    from .manifest import Entry

# As text: for each row SQLAlchemy would find out anew where its values go, which costs more than SQLite takes for it.
_COUNT_IN_SQLITE = (
    "INSERT INTO ledger (sensor_id, boot, batches, sightings, duplicates) VALUES (?, ?, ?, ?, ?) "
    "ON CONFLICT (sensor_id, boot) DO UPDATE SET batches = batches + excluded.batches, "
    "sightings = sightings + excluded.sightings, duplicates = duplicates + excluded.duplicates"
)


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """The collector's half of the conservation check for one start of one sensor."""

    sensor_id: int
    boot: int
    batches: int
    sightings: int
    duplicates: int


def read(connection: Connection, sensors: Sequence[int] | None = None) -> list[LedgerRow]:
    """What has been committed of each start of each sensor, or of some, by their numbers."""
    wanted = select(schema.ledger)
    if sensors is not None:
        wanted = wanted.where(schema.ledger.c.sensor_id.in_(sensors))
    return [
        LedgerRow(row.sensor_id, row.boot, row.batches, row.sightings, row.duplicates)
        for row in connection.execute(wanted)
    ]


def count(
    connection: Connection,
    inserting: Callable[[Table], Any],
    entries: "Sequence[Entry]",
    duplicates: "Sequence[Key]",
) -> None:
    """Add these batches to their starts' sums, and those that came again."""
    sums: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0, 0])
    for entry in entries:
        row = sums[entry.key[:2]]
        row[0] += 1
        row[1] += entry.sightings
    for key in duplicates:
        sums[key[:2]][2] += 1
    if not sums:
        return
    # One statement for all starts: to build one for each costs more than the rest of a commit.
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(_COUNT_IN_SQLITE, [(*start, *row) for start, row in sums.items()])
        return
    table, names = schema.ledger, ("batches", "sightings", "duplicates")
    wanted = inserting(table)
    added = {name: table.c[name] + wanted.excluded[name] for name in names}
    connection.execute(
        wanted.on_conflict_do_update(index_elements=["sensor_id", "boot"], set_=added),
        [
            {"sensor_id": start[0], "boot": start[1], **dict(zip(names, row, strict=True))}
            for start, row in sums.items()
        ],
    )

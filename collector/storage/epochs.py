"""The ledger by epoch: how many batches and sightings of each start were committed under each epoch's key.

A start has a row for each of its newest epochs; what was before is one row under EARLIER, so that the rows of a start
always come to what the ledger says.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, Table, delete, func, select, tuple_

from .. import schema
from ..database import inserting, writing

if TYPE_CHECKING:
    from .manifest import Entry

# No epoch is called so: the door takes letters, digits, '_', '.' and '-'.
EARLIER = "*"  # epochs that nothing more is said of
UNKNOWN = "?"  # of a start that ran when epochs came to be counted: which one is not known
EPOCHS_KEPT = 8  # of a start; a sensor speaks of its newest three
KEPT_MS = 7 * 24 * 3600 * 1000  # and what came within a week is kept however many they are

# As text: to build it anew for each commit costs more than SQLite takes for it.
_COUNT_IN_SQLITE = (
    "INSERT INTO epoch_ledger (sensor_id, boot, epoch, batches, sightings, last_ms) VALUES (?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (sensor_id, boot, epoch) DO UPDATE SET batches = batches + excluded.batches, "
    "sightings = sightings + excluded.sightings, last_ms = max(last_ms, excluded.last_ms)"
)
_KEY = ["sensor_id", "boot", "epoch"]
_SUMS = ("batches", "sightings", "last_ms")

Start = tuple[int, int]  # sensor id and boot


def count(connection: Connection, inserting_: Callable[[Table], Any], entries: Iterable["Entry"]) -> None:
    """Add these batches to their starts' epochs, in the transaction that lists them."""
    sums: dict[tuple[int, int, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for entry in entries:
        row = sums[*entry.key[:2], entry.epoch]
        row[0] += 1
        row[1] += entry.sightings
        row[2] = max(row[2], entry.received_ms)
    rows = [(*key, *row) for key, row in sums.items()]
    if not rows:
        return
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(_COUNT_IN_SQLITE, rows)
    else:
        _add(connection, inserting_, [dict(zip((*_KEY, *_SUMS), row, strict=True)) for row in rows])


def join(engine: Engine, now_ms: int) -> int:
    """Put epochs that a start is done with together under EARLIER. Returns how many rows went.

    Raises sqlalchemy's OperationalError.
    """
    table = schema.epoch_ledger
    place = func.row_number().over(partition_by=(table.c.sensor_id, table.c.boot), order_by=table.c.last_ms.desc())
    placed = select(table, place.label("place")).where(table.c.epoch.not_in((EARLIER, UNKNOWN))).subquery()
    old = select(placed).where(placed.c.place > EPOCHS_KEPT, placed.c.last_ms < now_ms - KEPT_MS)
    with writing(engine).begin() as connection:
        rows = connection.execute(old).all()
        if rows:
            gone = [(row.sensor_id, row.boot, row.epoch) for row in rows]
            for begin in range(0, len(gone), 1000):
                some = gone[begin : begin + 1000]
                connection.execute(
                    delete(table).where(tuple_(table.c.sensor_id, table.c.boot, table.c.epoch).in_(some))
                )
            values = [{name: getattr(row, name) for name in (*_KEY, *_SUMS)} | {"epoch": EARLIER} for row in rows]
            for value in values:  # one after another: several are of one start
                _add(connection, inserting(engine), [value])
    return len(rows)


def sums(connection: Connection) -> dict[Start, int]:
    """How many batches the epochs of each start come to."""
    table = schema.epoch_ledger
    wanted = select(table.c.sensor_id, table.c.boot, func.sum(table.c.batches))
    rows = connection.execute(wanted.group_by(table.c.sensor_id, table.c.boot))
    return {(row[0], row[1]): int(row[2]) for row in rows}


def _add(connection: Connection, inserting_: Callable[[Table], Any], rows: list[dict[str, object]]) -> None:
    table = schema.epoch_ledger
    wanted = inserting_(table)
    change = {name: table.c[name] + wanted.excluded[name] for name in ("batches", "sightings")}
    change["last_ms"] = func.greatest(table.c.last_ms, wanted.excluded.last_ms)
    if connection.dialect.name == "sqlite":
        change["last_ms"] = func.max(table.c.last_ms, wanted.excluded.last_ms)
    connection.execute(wanted.on_conflict_do_update(index_elements=_KEY, set_=change), rows)

"""Numbers of batches as ranges: what came days ago is remembered as "of this start, from this number to that one".

A batch's row costs 41 bytes; a start whose batches have all come costs one range. A number in a range is found as
surely as a row (Manifest.known), for as long as the collector lives. What goes is the digest, which tells a batch that
came again from another one under its number, and the time when it came. See docs/decisions/069.
"""

from collections.abc import Iterable

from sqlalchemy import Connection, Engine, delete, func, insert, select

from .. import schema
from ..database import writing
from ..storage.manifest import in_turn

ROWS_KEPT_MS = 48 * 3600 * 1000  # a unit's page tells of the last 24 hours; a twin comes within minutes

Range = tuple[int, int]  # first and last number, both in it


def close(engine: Engine, now_ms: int) -> int:
    """Put ranges in the place of rows of batches that came long ago, a transaction a sensor. Returns how many rows.

    Raises sqlalchemy's OperationalError.
    """
    with engine.begin() as connection:
        sensors = connection.scalars(select(schema.ledger.c.sensor_id).distinct()).all()
    gone = 0
    for sensor_id in sensors:
        with writing(engine).begin() as connection:
            in_turn(connection)
            gone += _close_of(connection, sensor_id, now_ms - ROWS_KEPT_MS)
    return gone


def joined(ranges: Iterable[Range]) -> list[Range]:
    """The same numbers in as few ranges as there can be, in their order."""
    found: list[Range] = []
    for first, last in sorted(ranges):
        if found and first <= found[-1][1] + 1:
            found[-1] = found[-1][0], max(last, found[-1][1])
        else:
            found.append((first, last))
    return found


def _close_of(connection: Connection, sensor_id: int, before_ms: int) -> int:
    """Of one sensor."""
    rows, ranges = schema.batches, schema.batch_ranges
    old = (rows.c.sensor_id == sensor_id) & (rows.c.received_ms < before_ms)
    # What follows without a gap has the same distance from its place in the order.
    place = func.row_number().over(partition_by=rows.c.boot, order_by=rows.c.number)
    placed = select(rows.c.boot, rows.c.number, (rows.c.number - place).label("apart")).where(old).subquery()
    wanted = select(placed.c.boot, func.min(placed.c.number), func.max(placed.c.number))
    new: dict[int, list[Range]] = {}
    for boot, first, last in connection.execute(wanted.group_by(placed.c.boot, placed.c.apart)):
        new.setdefault(boot, []).append((first, last))
    for boot, some in new.items():
        of_start = (ranges.c.sensor_id == sensor_id) & (ranges.c.boot == boot)
        there = [(row.first, row.last) for row in connection.execute(select(ranges).where(of_start))]
        connection.execute(delete(ranges).where(of_start))
        values = [
            {"sensor_id": sensor_id, "boot": boot, "first": first, "last": last}
            for first, last in joined([*there, *some])
        ]
        connection.execute(insert(ranges), values)
    return connection.execute(delete(rows).where(old)).rowcount if new else 0

"""One turn of the fold: a day's new sightings, and the stays that they touch, become stays."""

from collections.abc import Sequence

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from . import calendar
from .flags import NOT_COUNTED, Degraded
from .manifest import NewFile, StoredFile
from .metrics import sql_text
from .store import OPEN_STAYS, STAYS, STEPS, Store
from .zones import table

SETTLE_MS = 10 * 60 * 1000  # a stay is closed when it has been silent for its gap and so much longer


def not_counted(flagged: Sequence[Degraded]) -> "pa.Table":
    """Times in which what a sensor heard is kept and not counted: rows (sensor, start_ms, end_ms)."""
    rows = [one for one in flagged if one.reason in NOT_COUNTED]
    return pa.table(
        {
            "sensor": pa.array([row.sensor for row in rows], pa.string()),
            "start_ms": pa.array([row.start_ms for row in rows], pa.int64()),
            "end_ms": pa.array([row.end_ms for row in rows], pa.int64()),
        }
    )


def hear(
    connection: duckdb.DuckDBPyConnection,
    store: Store,
    day: calendar.Span,
    files: list[StoredFile],
    flagged: Sequence[Degraded],
) -> None:
    """Make the table `fresh`: the stays among the sightings in `files`, without flagged times.

    The table `places` must be there. A window's flag is written before its sightings: it is known here.
    """
    today = {"day": [day.name], "first_hour": [day.start_ms // calendar.HOUR_MS]}
    connection.register("today", pa.table(today))
    store.read(connection, files).create_view("all_sightings")
    connection.execute(f"CREATE VIEW sightings AS {_counted(connection, flagged)}")
    connection.execute(f"CREATE VIEW heard AS {sql_text('heard')}")
    connection.execute(f"CREATE TABLE fresh AS {sql_text('stays')}")


def _counted(connection: duckdb.DuckDBPyConnection, flagged: Sequence[Degraded]) -> str:
    """The SQL of what counts. To look for flags where there are none takes as long as the fold's other half."""
    table = not_counted(flagged)
    if not table.num_rows:
        return "FROM all_sightings"
    connection.register("not_counted", table)
    return sql_text("counted")


class Turn:
    """A turn of one day, in a DuckDB of its own. places: the thresholds of the tenant's sites (see fold.places)."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, store: Store, tenant: str, day: calendar.Span, places: "pa.Table"
    ) -> None:
        self._connection = connection
        self._store = store
        self._tenant = tenant
        self._day = day
        self._gap_ms = pc.max(places["visit_gap_ms"]).as_py() or 0
        connection.register("places", places)
        connection.register("settling", pa.table({"settle_ms": [SETTLE_MS]}))

    def take(self, fresh: list[StoredFile], folded: list[StoredFile], now_ms: int) -> bool:
        """Make stays of these sightings and of the stays that they touch; False where another process was first.

        Raises StoreError.
        """
        growing = [file for file in folded if file.kind == OPEN_STAYS]
        hear(self._connection, self._store, self._day, fresh, self._store.flags.within(self._tenant, self._day))
        gone, new = self._reopen([file for file in folded if file.kind == STAYS])
        new += [*self._join(growing), *self._steps()]
        return self._store.swap([*growing, *gone], new, max(file.id for file in fresh), now_ms)

    def _steps(self) -> list[NewFile]:
        """What the fresh sightings say of zones, where the tenant has any."""
        zones = self._store.zones.of(self._tenant)
        if not zones:
            return []
        self._connection.register("zones", table(zones))
        return self._written(STEPS, self._connection.sql(sql_text("steps")).to_arrow_table())

    def _reopen(self, closed: list[StoredFile]) -> tuple[list[StoredFile], list[NewFile]]:
        """The table `reopened`: closed stays that late sightings touch. Returns their files and the rest of these."""
        connection = self._connection
        connection.execute("CREATE TABLE reopened AS FROM fresh LIMIT 0")
        ((start_ms, end_ms),) = connection.execute("SELECT min(start_ms), max(end_ms) FROM fresh").fetchall()
        gone, left = [], []
        for file in closed:
            if not _near(file, start_ms, end_ms, self._gap_ms):
                continue
            self._store.read(connection, [file]).create_view("closed")
            found = connection.sql(sql_text("touched")).to_arrow_table()
            connection.execute("DROP VIEW closed")
            touched, found = found["touched"], found.drop_columns("touched")
            if not pc.any(touched).as_py():
                continue
            connection.register("grown", found.filter(touched))
            connection.execute("INSERT INTO reopened BY NAME FROM grown")
            connection.unregister("grown")
            gone.append(file)
            left += self._written(STAYS, found.filter(pc.invert(touched)))
        return gone, left

    def _join(self, growing: list[StoredFile]) -> list[NewFile]:
        """Make stays of all of these together; write those that are over, and those that may still grow."""
        connection = self._connection
        parts = ["FROM fresh", "FROM reopened"]
        if growing:
            self._store.read(connection, growing).create_view("growing")
            parts.append("FROM growing")
        connection.execute(f"CREATE OR REPLACE VIEW heard AS {' UNION ALL BY NAME '.join(parts)}")
        connection.execute(f"CREATE TABLE joined AS {sql_text('stays')}")
        found = connection.sql(sql_text("over")).to_arrow_table()
        over, found = found["over"], found.drop_columns("over")
        closed, rest = found.filter(over), found.filter(pc.invert(over))
        # The open file is written also when it is empty: it says which sightings are covered.
        return [*self._written(STAYS, closed), self._write(OPEN_STAYS, rest)]

    def _written(self, kind: str, table: "pa.Table") -> list[NewFile]:
        return [self._write(kind, table)] if table.num_rows else []

    def _write(self, kind: str, table: "pa.Table") -> NewFile:
        return self._store.write(kind, self._tenant, "", self._day.name, table)


def _near(file: StoredFile, start_ms: int | None, end_ms: int | None, gap_ms: int) -> bool:
    """Whether a row of the file may lie within the gap of the time from start_ms to end_ms."""
    if start_ms is None or end_ms is None or file.first_ms is None or file.last_ms is None:
        return False
    return file.last_ms >= start_ms - gap_ms and file.first_ms <= end_ms + gap_ms

"""One turn of the fold: a day's new sightings, and the stays that they touch, become stays."""

from collections.abc import Sequence
from itertools import chain

import pyarrow as pa
import pyarrow.compute as pc

from .. import calendar
from ..admission.flags import NOT_COUNTED, Degraded
from ..metrics import sql_text
from ..premises.zones import table
from ..storage import tables
from ..storage.engines import Engine
from ..storage.manifest import NewFile, StoredFile
from ..storage.store import OPEN_STAYS, STAYS, STEPS, Store

STAYS_SCHEMA = pa.schema(
    [
        ("day", pa.string()),
        ("site", pa.string()),
        ("token", pa.int64()),
        ("start_ms", pa.int64()),
        ("end_ms", pa.int64()),
        ("inside_start_ms", pa.int64()),
        ("inside_end_ms", pa.int64()),
        ("frames", pa.int64()),
        ("rssi_max_dbm", pa.int8()),
        ("randomised", pa.bool_()),
        ("associated", pa.bool_()),
        ("hours", pa.int64()),
        ("inside_slots", pa.int64()),
        ("model_class", pa.int32()),
    ]
)
COLUMNS = ", ".join(STAYS_SCHEMA.names)
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
    engine: Engine,
    day: calendar.Span,
    files: Sequence[StoredFile],
    flagged: Sequence[Degraded],
) -> None:
    """Make the table `fresh`: the stays among the sightings in `files`, without flagged times.

    The table `places` must be there. A window's flag is written before its sightings: it is known here.
    """
    engine.give("today", pa.table({"day": [day.name], "first_hour": [day.start_ms // calendar.HOUR_MS]}))
    engine.read("all_sightings", files, tables.SIGHTINGS)
    engine.view("sightings", counted(engine, flagged))
    engine.view("heard", sql_text("heard"))
    engine.make("fresh", sql_text("stays"))


def counted(engine: Engine, flagged: Sequence[Degraded]) -> str:
    """The SQL of what counts. To look for flags where there are none takes as long as the fold's other half."""
    table = not_counted(flagged)
    if not table.num_rows:
        return "SELECT * FROM all_sightings"
    engine.give("not_counted", table)
    return sql_text("counted")


class Turn:
    """A turn of one day, on an engine of its own. places: the thresholds of the tenant's sites (see fold.places)."""

    def __init__(self, engine: Engine, store: Store, tenant: str, day: calendar.Span, places: "pa.Table") -> None:
        self._engine = engine
        self._store = store
        self._tenant = tenant
        self._day = day
        self._gap_ms = pc.max(places["visit_gap_ms"]).as_py() or 0
        engine.give("places", places)

    def take(self, fresh: Sequence[StoredFile], folded: list[StoredFile], now_ms: int) -> bool:
        """Make stays of these sightings and of the stays that they touch; False where another process was first.

        Raises StoreError.
        """
        growing = [file for file in folded if file.kind == OPEN_STAYS]
        hear(self._engine, self._day, fresh, self._store.flags.within(self._tenant, self._day))
        gone, new = self._reopen([file for file in folded if file.kind == STAYS])
        new += [*self._join(growing), *self._steps()]
        return self._store.swap([*growing, *gone], new, max(file.id for file in fresh), now_ms)

    def _steps(self) -> list[NewFile]:
        """What the fresh sightings say of zones, where the tenant has any."""
        zones = self._store.zones.of(self._tenant)
        if not zones:
            return []
        self._engine.give("zones", table(zones))
        return self._written(STEPS, self._engine.table(sql_text("steps")))

    def _reopen(self, closed: list[StoredFile]) -> tuple[list[StoredFile], list[NewFile]]:
        """The table `reopened`: closed stays that late sightings touch. Returns their files and the rest of these."""
        engine = self._engine
        ((start_ms, end_ms),) = engine.rows("SELECT min(start_ms) AS first, max(end_ms) AS last FROM fresh")[1]
        gone, left, grown = [], [], [STAYS_SCHEMA.empty_table()]
        for file in closed:
            if not _near(file, start_ms, end_ms, self._gap_ms):
                continue
            engine.read("closed", [file], STAYS_SCHEMA)
            found = engine.table(sql_text("touched"))
            touched, found = found["touched"], found.drop_columns("touched")
            if not pc.any(touched).as_py():
                continue
            grown.append(_stays(found.filter(touched)))
            gone.append(file)
            left += self._written(STAYS, _stays(found.filter(pc.invert(touched))))
        engine.give("reopened", pa.concat_tables(grown))
        return gone, left

    def _join(self, growing: list[StoredFile]) -> list[NewFile]:
        """Make stays of all of these together; write those that are over, and those that may still grow.

        Only what was heard again is made anew. The rest goes from file to file, a batch of rows at a time.
        """
        engine = self._engine
        engine.read("growing", growing, STAYS_SCHEMA)
        engine.make("met", _union(f"({sql_text('met')})", "reopened"))
        again = "SELECT 1 FROM met WHERE met.site = fresh.site AND met.token = fresh.token"
        engine.view("heard", _union("met", f"(SELECT * FROM fresh WHERE EXISTS ({again}))"))  # noqa: S608 - constants
        engine.make("mended", sql_text("stays"))
        engine.view("joined", _union("mended", f"({sql_text('alone')})"))
        latest = " UNION ALL ".join(f"SELECT end_ms FROM {name}" for name in ("fresh", "reopened", "growing"))  # noqa: S608
        ((last_ms,),) = engine.rows(f"SELECT max(end_ms) AS last_ms FROM ({latest}) AS heard")[1]  # noqa: S608
        engine.give("settling", pa.table({"settle_ms": [SETTLE_MS], "last_ms": pa.array([last_ms], pa.int64())}))
        # The open file is written also when it is empty: it says which sightings are covered.
        return [*self._streamed(STAYS, "over"), *self._streamed(OPEN_STAYS, "NOT over", empty=True)]

    def _streamed(self, kind: str, which: str, *, empty: bool = False) -> list[NewFile]:
        """Write those of the judged stays, by site: a question about one passes over most of the file.

        empty: also where there is none.
        """
        judged = f"SELECT {COLUMNS} FROM ({sql_text('over')}) AS judged WHERE {which} ORDER BY site"  # noqa: S608
        batches = (_stays(pa.Table.from_batches([batch])) for batch in self._engine.stream(judged))
        first = next((batch for batch in batches if batch.num_rows), None)
        if first is None:
            return [self._write(kind, STAYS_SCHEMA.empty_table())] if empty else []
        whole = (batch for table in chain([first], batches) for batch in table.to_batches())
        return [self._write(kind, pa.RecordBatchReader.from_batches(STAYS_SCHEMA, whole))]

    def _written(self, kind: str, table: "pa.Table") -> list[NewFile]:
        return [self._write(kind, table)] if table.num_rows else []

    def _write(self, kind: str, rows: "pa.Table | pa.RecordBatchReader") -> NewFile:
        return self._store.write(kind, self._tenant, "", self._day.name, rows)


def _union(*tables: str) -> str:
    """The stays in all of these."""
    parts = (f"SELECT {COLUMNS} FROM {table} AS part{number}" for number, table in enumerate(tables))  # noqa: S608
    return " UNION ALL ".join(parts)


def _near(file: StoredFile, start_ms: int | None, end_ms: int | None, gap_ms: int) -> bool:
    """Whether a row of the file may lie within the gap of the time from start_ms to end_ms."""
    if start_ms is None or end_ms is None or file.first_ms is None or file.last_ms is None:
        return False
    return file.last_ms >= start_ms - gap_ms and file.first_ms <= end_ms + gap_ms


def _stays(found: "pa.Table") -> "pa.Table":
    """Stays in the columns and types that they are stored in, whichever engine made them."""
    return found.select(STAYS_SCHEMA.names).cast(STAYS_SCHEMA)

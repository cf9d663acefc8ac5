"""Signs of people: sightings become two numbers for each ten minutes, and no token is left. See signs.sql."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

STEP_MS = (
    600_000  # phones scan every one to six minutes, so ten are the shortest time worth counting (docs/counting.md)
)
LEVELS_DBM = (-80, -75, -70, -65, -60)  # at which signs are kept, so that a site's level can be chosen later
BELOW_INSIDE_DB = (
    5  # a stay is judged by its loudest window, a sign by each: the same distance reads about so much lower
)
MARKS = "site, start_ms, lasting, who, rung_dbm, slots, first_ms, last_ms, loudest_dbm"  # columns, see marks.sql


@dataclass(frozen=True, slots=True)
class Signs:
    """Signs of one site at one level, a row for each ten minutes of a time without gaps in the row.

    values: shape (steps, 2), columns lasting_devices and phones. listened: shape (steps,), whether any sensor listened
    for at least half of the step; where not, its values say nothing.
    """

    start_ms: "np.ndarray[Any, np.dtype[np.int64]]"
    values: "np.ndarray[Any, np.dtype[np.float64]]"
    listened: "np.ndarray[Any, np.dtype[np.bool_]]"

    def __len__(self) -> int:
        return len(self.start_ms)


def sql_text(name: str = "signs") -> str:
    """The query that makes signs of the table `marks`, or of this name another one of this package."""
    return files(__package__).joinpath(f"{name}.sql").read_text(encoding="utf-8")


def noted(grown: str) -> str:
    """The query of `noted`, which marks are made of: of these marks, and of the view `sightings`."""
    return f"{sql_text('mark')} UNION ALL SELECT {MARKS} FROM {grown}"  # noqa: S608 - constants


def levels(levels_dbm: Sequence[int] = LEVELS_DBM) -> "pa.Table":
    """The table `levels` that the query of signs reads."""
    import pyarrow as pa  # noqa: PLC0415 - the pure core beside it does without

    return pa.table({"level_dbm": pa.array(levels_dbm, pa.int32())})


def rungs(levels_dbm: Sequence[int] = LEVELS_DBM) -> "pa.Table":
    """The table `rungs` that the query of a mark reads: of each RSSI the highest level that it reaches, if any."""
    import pyarrow as pa  # noqa: PLC0415

    reached = {rssi: [level for level in levels_dbm if level <= rssi] for rssi in range(-128, 128)}
    rows = {rssi: max(levels) for rssi, levels in reached.items() if levels}
    return pa.table({"rssi_max_dbm": pa.array(rows, pa.int8()), "rung_dbm": pa.array(rows.values(), pa.int32())})


def schema() -> "pa.Schema":
    """Of the signs as they are kept, whichever engine made them."""
    import pyarrow as pa  # noqa: PLC0415

    numbers = [("level_dbm", pa.int32()), ("start_ms", pa.int64()), ("end_ms", pa.int64())]
    return pa.schema([("site", pa.string()), *numbers, ("lasting_devices", pa.float64()), ("phones", pa.float64())])


def marks_schema() -> "pa.Schema":
    """Of the marks as they are kept while there are tokens. first_ms, last_ms: after start_ms."""
    import pyarrow as pa  # noqa: PLC0415

    whose = [("site", pa.string()), ("start_ms", pa.int64()), ("lasting", pa.bool_()), ("who", pa.int64())]
    times = [("slots", pa.int64()), ("first_ms", pa.int64()), ("last_ms", pa.int64())]
    return pa.schema([*whose, ("rung_dbm", pa.int32()), *times, ("loudest_dbm", pa.int8())])


def make(connection: "duckdb.DuckDBPyConnection", levels_dbm: Sequence[int] = LEVELS_DBM) -> "pa.Table":
    """The signs of the view `sightings`: rows (site, level_dbm, start_ms, end_ms, lasting_devices, phones).

    The view holds whole days: which devices are fixed is learned from its quiet times. Steps that show nothing have no
    row.
    """
    given = {"levels": levels(levels_dbm), "rungs": rungs(levels_dbm)}
    for name, table in given.items():
        connection.register(name, table)
    connection.execute(f"CREATE OR REPLACE TEMP VIEW noted AS {sql_text('mark')}")
    connection.execute(f"CREATE OR REPLACE TEMP TABLE marks AS {sql_text('marks')}")
    made = connection.sql(sql_text()).to_arrow_table()
    connection.execute("DROP TABLE marks")
    connection.execute("DROP VIEW noted")
    for name in given:
        connection.unregister(name)
    return made


def spread(rows: "pa.Table", level_dbm: int, listened_ms: "dict[int, int]", start_ms: int, end_ms: int) -> Signs:
    """Rows of one site (see `make`) as Signs of the steps that lie wholly between start_ms and end_ms (UTC).

    listened_ms: step's start -> milliseconds that any sensor listened to.
    """
    first = -(-start_ms // STEP_MS) * STEP_MS
    starts = np.arange(first, end_ms - STEP_MS + 1, STEP_MS, dtype=np.int64)
    values = np.zeros((len(starts), 2))
    at_level = np.asarray(rows["level_dbm"]) == level_dbm
    of = (np.asarray(rows["start_ms"])[at_level] - first) // STEP_MS
    within = (of >= 0) & (of < len(starts))
    for column, name in enumerate(("lasting_devices", "phones")):
        values[of[within], column] = np.asarray(rows[name])[at_level][within]
    heard = np.array([listened_ms.get(int(start), 0) for start in starts], dtype=np.int64)
    return Signs(starts, values, heard >= STEP_MS // 2)

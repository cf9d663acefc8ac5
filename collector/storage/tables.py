"""Arrow tables of admitted batches: columns are joined as bytes and read by numpy where they lie; no loop over rows.

Types are those that Parquet, DuckDB and Spark share: Spark has no unsigned 64-bit integers, so a token is kept as the
signed integer with the same 64 bits.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from footfall_sensor.frames import FREQ_UNKNOWN_MHZ, RSSI_UNKNOWN_DBM
from footfall_sensor.window import FLAG_ASSOCIATED, FLAG_DIRECTED, FLAG_RANDOMISED

from ..admission.door import Admitted

NAME = pa.dictionary(pa.int32(), pa.string())

SIGHTINGS = pa.schema(
    [
        ("site", NAME),
        ("sensor", NAME),
        ("token", pa.int64()),
        ("first_ms", pa.int64()),  # UTC
        ("last_ms", pa.int64()),
        ("frames", pa.int32()),
        ("bursts", pa.int16()),
        ("rssi_max_dbm", pa.int8()),  # null where the capture does not say
        ("rssi_mean_dbm", pa.int8()),
        ("freq_mhz", pa.int32()),
        ("randomised", pa.bool_()),
        ("associated", pa.bool_()),
        ("directed", pa.bool_()),
        ("model_class", pa.int32()),
    ]
)

WINDOWS = pa.schema(
    [
        ("site", NAME),
        ("sensor", NAME),
        ("start_ms", pa.int64()),
        ("length_ms", pa.int32()),
        ("clock", pa.int8()),
        ("frames", pa.int64()),
        ("probes", pa.int64()),
        ("malformed", pa.int64()),
        ("overflow", pa.int64()),
        ("keyless", pa.int64()),
        ("kernel_drops", pa.int64()),
    ]
)


def sightings(batches: Sequence[Admitted], turn: Callable[[bytes], bytes] | None = None) -> "pa.Table":
    """The sightings of these batches, a row a token and window. turn: of all tokens in a row, what is stored."""
    rows = np.array([len(item.batch.columns) for item in batches], dtype=np.int64)
    start_ms = np.repeat(np.array([item.batch.start_ms for item in batches], dtype=np.int64), rows)
    flags = _column(batches, "flags", np.uint8)
    columns = [
        _names([item.sensor.site for item in batches], rows),
        _names([item.sensor.name for item in batches], rows),
        pa.array(_tokens(batches, turn)),
        pa.array(start_ms + _column(batches, "first_ms", "<u2")),
        pa.array(start_ms + _column(batches, "last_ms", "<u2")),
        pa.array(_column(batches, "frames", "<u2").astype(np.int32)),
        pa.array(_column(batches, "bursts", np.uint8).astype(np.int16)),
        _known(_column(batches, "rssi_max_dbm", np.int8), RSSI_UNKNOWN_DBM),
        _known(_column(batches, "rssi_mean_dbm", np.int8), RSSI_UNKNOWN_DBM),
        _known(_column(batches, "freq_mhz", "<u2").astype(np.int32), FREQ_UNKNOWN_MHZ),
        pa.array(flags & FLAG_RANDOMISED != 0),
        pa.array(flags & FLAG_ASSOCIATED != 0),
        pa.array(flags & FLAG_DIRECTED != 0),
        pa.array(_column(batches, "model_class", "<u2").astype(np.int32)),
    ]
    return pa.Table.from_arrays(columns, schema=SIGHTINGS)


def windows(batches: Sequence[Admitted]) -> "pa.Table":
    """The windows of these batches, one row each; a window of several parts is told by its first."""
    firsts = [item for item in batches if item.batch.part == 0]
    each = np.ones(len(firsts), dtype=np.int64)
    counters = [item.batch.counters for item in firsts]
    columns = [
        _names([item.sensor.site for item in firsts], each),
        _names([item.sensor.name for item in firsts], each),
        pa.array([item.batch.start_ms for item in firsts], pa.int64()),
        pa.array([item.batch.length_ms for item in firsts], pa.int32()),
        pa.array([int(item.batch.clock) for item in firsts], pa.int8()),
        pa.array([counter.frames for counter in counters], pa.int64()),
        pa.array([counter.probes for counter in counters], pa.int64()),
        pa.array([counter.malformed for counter in counters], pa.int64()),
        pa.array([counter.overflow for counter in counters], pa.int64()),
        pa.array([counter.keyless for counter in counters], pa.int64()),
        pa.array([counter.kernel_drops for counter in counters], pa.int64()),
    ]
    return pa.Table.from_arrays(columns, schema=WINDOWS)


class Passing:
    """Rows on their way into a file: how many have passed, and from when to when, by these two columns, if any."""

    def __init__(self, rows: "pa.Table | pa.RecordBatchReader", first: str = "", last: str = "") -> None:
        self.count = 0
        self.first_ms: int | None = None
        self.last_ms: int | None = None
        self._first, self._last = first, last
        if isinstance(rows, pa.RecordBatchReader):
            self.rows = pa.RecordBatchReader.from_batches(rows.schema, map(self._note, rows))
        else:
            self.rows = self._note(rows)

    def _note(self, rows: Any) -> Any:
        self.count += rows.num_rows
        if self._first and rows.num_rows:
            first_ms, last_ms = pc.min(rows[self._first]).as_py(), pc.max(rows[self._last]).as_py()
            self.first_ms = first_ms if self.first_ms is None else min(self.first_ms, first_ms)
            self.last_ms = last_ms if self.last_ms is None else max(self.last_ms, last_ms)
        return rows


def _tokens(
    batches: Sequence[Admitted], turn: Callable[[bytes], bytes] | None
) -> "np.ndarray[Any, np.dtype[np.int64]]":
    raw = b"".join([item.batch.columns.token for item in batches])
    return np.frombuffer(turn(raw) if turn else raw, dtype="<i8")


def _column(batches: Sequence[Admitted], name: str, dtype: Any) -> "np.ndarray[Any, np.dtype[Any]]":
    return np.frombuffer(b"".join([getattr(item.batch.columns, name) for item in batches]), dtype=dtype)


def _names(of_batch: list[str], rows: "np.ndarray[Any, np.dtype[np.int64]]") -> "pa.DictionaryArray":
    distinct = sorted(set(of_batch))
    place = {name: index for index, name in enumerate(distinct)}
    indices = np.repeat(np.array([place[name] for name in of_batch], dtype=np.int32), rows)
    return pa.DictionaryArray.from_arrays(pa.array(indices), pa.array(distinct, pa.string()))


def _known(values: "np.ndarray[Any, np.dtype[Any]]", unknown: int) -> "pa.Array":
    missing = values == unknown
    return pa.array(values, mask=missing) if missing.any() else pa.array(values)

"""What a file holds, read through: every page against its checksum, every row against the place that the file is in."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from footfall_sensor.wire.batch import WINDOW_MS_MAX

from .. import calendar
from ..records.registry import Tenant
from ..storage.manifest import StoredFile
from ..storage.store import ESTIMATES, FOLDED, MARKS, SIGHTINGS, SIGNS, STEPS, WINDOWS, ZONES
from .finding import Finding

ROWS_A_STEP = 1 << 16
OTHER_CLOCK_MS = 26 * calendar.HOUR_MS  # days of any zone and turn hour begin within so much of one another
STARTED = (WINDOWS, ZONES, SIGNS, MARKS, ESTIMATES, *FOLDED)
FIRST = {**dict.fromkeys(STARTED, "start_ms"), SIGHTINGS: "first_ms", STEPS: "first_ms"}
OF_SENSORS = (SIGHTINGS, WINDOWS, STEPS)
ALSO = {**dict.fromkeys(OF_SENSORS, "sensor"), MARKS: "who"}  # another column that it must have; else end_ms
DAMAGED = "cannot be read: {}. Restore the collector from a backup, or take what is lost as lost"


@dataclass(slots=True)
class Reader:
    """Reads the files of one tenant. moved: its time zone or turn hour was once another, so days may lie elsewhere."""

    tenant: Tenant
    sites: frozenset[str]
    sensors: frozenset[str]
    moved: bool
    heard: Counter[str] = field(default_factory=Counter)  # rows of sightings by sensor, of all files read so far

    def read(self, file: StoredFile, opened: pq.ParquetFile) -> Iterator[Finding]:
        """Findings in one file. Raises OSError and pyarrow's ArrowException where a page is damaged."""
        wanted = {FIRST[file.kind], "site", ALSO.get(file.kind, "end_ms")}
        missing = wanted - set(opened.schema_arrow.names)
        if missing:
            yield Finding("columns", file.name, f"has no column {min(missing)}: it is no file of {file.kind}")
            return
        rows, firsts, lasts, strangers = 0, [], [], set()
        for batch in opened.iter_batches(ROWS_A_STEP):
            rows += batch.num_rows
            strangers |= self._strangers(file, batch)
            firsts += _ends(batch[FIRST[file.kind]])
            lasts += _ends(batch["end_ms"]) if file.kind in FOLDED else []
        if rows != file.rows:
            yield Finding("rows", file.name, f"gives {rows} rows, the manifest says {file.rows}")
        if strangers:
            yield Finding("place", file.name, f"holds rows of {min(strangers)}, which is not {self.tenant.name}'s")
        if firsts and not self._within(file, min(firsts), max(firsts)):
            yield Finding("place", file.name, f"holds rows of another time than the day {file.day}")
        if lasts and (min(firsts), max(lasts)) != (file.first_ms, file.last_ms):
            yield Finding("place", file.name, "holds rows of another time than the manifest says")

    def _strangers(self, file: StoredFile, batch: "pa.RecordBatch") -> set[str]:
        """Sites, sensors and days of rows that do not belong there."""
        found = _names(batch["site"]) - self.sites
        if file.kind in OF_SENSORS:
            found |= _names(batch["sensor"]) - self.sensors
        if "day" in batch.schema.names:
            found |= _names(batch["day"]) - {file.day}
        if file.kind == SIGHTINGS:
            for entry in pc.value_counts(_plain(batch["sensor"])).to_pylist():
                self.heard[entry["values"]] += entry["counts"]
        return found

    def _within(self, file: StoredFile, first_ms: int, last_ms: int) -> bool:
        """A window belongs to the day that it begins in; what is heard in it may be of the next."""
        day = calendar.day_named(file.day, self.tenant.time_zone, self.tenant.epoch_turn_h)
        slack_ms = OTHER_CLOCK_MS if self.moved else 0
        return day.start_ms - slack_ms <= first_ms and last_ms < day.end_ms + WINDOW_MS_MAX + slack_ms


def _ends(column: "pa.Array") -> list[int]:
    found = pc.min_max(column).as_py()
    return [] if found["min"] is None else [found["min"], found["max"]]


def _names(column: "pa.Array") -> set[str]:
    return {str(name) for name in pc.unique(_plain(column)).to_pylist()}


def _plain(column: "pa.Array") -> "pa.Array":
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column

"""What the checks may look at: one sensor as the collector knows it at one moment."""

from dataclasses import dataclass

from ..configuration.push import Push
from ..records.registry import Sensor
from ..records.reports import Report
from ..records.standing import Standing


@dataclass(frozen=True, slots=True)
class Sample:
    """How a sensor was some time ago. Counts are of one start (boot); None = its machine does not say."""

    sensor_id: int
    time_ms: int
    boot: int
    frames: int
    kernel_drops: int
    dropped: int  # batches pushed out of a full spool, or refused
    reconnects: int
    load_1m: float | None = None
    memory_available_kib: int | None = None
    temperature_c: float | None = None
    clock_offset_ms: int | None = None
    spool_batches: int | None = None
    spool_bytes: int | None = None

    @classmethod
    def of(cls, report: Report) -> "Sample | None":
        """The sample in a report; None where it has no health."""
        if report.health is None:
            return None
        totals = report.health.totals
        dropped = totals.batches_dropped_full + totals.batches_dropped_refused
        counts = (totals.frames, totals.kernel_drops, dropped, totals.reconnects)
        health = report.health
        rest = (health.load_1m, health.memory_available_kib, health.temperature_c, health.clock_offset_ms)
        spool = (health.spool_batches, health.spool_bytes)
        return cls(report.sensor_id, report.received_ms, report.boot, *counts, *rest, *spool)


@dataclass(frozen=True, slots=True)
class Seen:
    """One sensor, now."""

    sensor: Sensor
    now_ms: int
    report: Report | None = None
    before: Sample | None = None  # at least ten minutes older than the report, of the same start
    push: Push | None = None
    newest: str = ""  # the agent's version that this collector ships
    still_ms: int | None = None  # since when its count of frames stands still; None = nobody has watched

    @property
    def sends(self) -> bool:
        """Whether something is expected of it."""
        return self.sensor.state is Standing.APPROVED and self.report is not None

    @property
    def now(self) -> Sample | None:
        """Its counts in its last word."""
        return Sample.of(self.report) if self.report else None

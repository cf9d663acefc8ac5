"""How the collector itself is: figures for Prometheus, and whether it is ready. No figure speaks of people."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import accumulate

from fastapi import FastAPI, Response
from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector as Source
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from footfall_sensor import __version__

from .. import clock, fleet, schema
from ..admission.doubt import Doubt
from ..folder import Collector
from ..housekeeping import retention
from ..housekeeping.keeper import Keeper
from ..ingest import lag
from ..ingest.crew import Crew
from ..ingest.mqtt import Ingest
from .trend import Sample, Trend

OVERDUE = "tokens of {} should be deleted and are not"
STUCK_S = 1800.0  # a day's fold after a long pause takes minutes
STUCK = "{}: {:.0f} minutes late: housekeeping is stuck. Start the collector again, and look at its log"


@dataclass(frozen=True, slots=True)
class IntakeFigures:
    """What the intake of all processes says of itself; counts are since the start."""

    state: str
    workers: dict[int, str]  # number -> what it says of its connection
    waiting: int
    settled: int
    refused: dict[str, int]
    withheld: dict[str, int]
    lag: tuple[int, ...]
    lag_sum_ms: int
    others: dict[str, int]


class Vitals(Source):
    """Looks at one collector process when asked."""

    def __init__(
        self,
        collector: Collector,
        ingest: Ingest,
        keeper: Keeper | None,
        now_ms: Callable[[], int] | None = None,
        doubt: Doubt | None = None,
        crew: Crew | None = None,
    ) -> None:
        """crew: what its workers count is added to its own."""
        self._crew = crew
        self._collector = collector
        self._ingest = ingest
        self._keeper = keeper
        self._doubt = doubt
        self._now_ms = now_ms or clock.now_ms
        self.trend = Trend()
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)
        ProcessCollector(registry=self._registry)

    def reasons(self) -> list[str]:
        """Why this collector is not ready; empty where it is."""
        found = []
        if not self._ingest.ok:
            found.append("ingest has ended; the log says why")
        elif self._ingest.state != "connected":
            found.append(f"ingest: {self._ingest.state}")
        states = self._crew.states() if self._crew else {}
        found += [f"worker {number}: {state}" for number, state in states.items() if state != "connected"]
        settings = self._collector.settings
        if self._collector.store.floor.free_mib() < settings.disk_floor_mib:
            found.append(f"less than {settings.disk_floor_mib} MiB are free: intake has stopped")
        try:
            found += [OVERDUE.format(f"{one.tenant}/{one.day}") for one in self._overdue()]
        except OperationalError as exc:
            found.append(f"the registry does not answer: {exc.orig}")
        failed = self._keeper.failed if self._keeper else {}
        found += [f"{task}: {says}" for task, says in failed.items()]
        late = self._keeper.overdue_s() if self._keeper else {}
        return found + [STUCK.format(task, late_s / 60) for task, late_s in late.items() if late_s > STUCK_S]

    def _overdue(self) -> list[retention.Due]:
        """Days of data that should be gone and are not. A replay keeps what it has."""
        collector, now_ms = self._collector, self._now_ms()
        tenants = [] if collector.settings.replay else collector.registry.tenants()
        return [
            one
            for tenant in tenants
            for one in retention.overdue(collector.store, tenant, collector.settings.keep, now_ms)
        ]

    def exposition(self) -> bytes:
        """Everything, in Prometheus' text format."""
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """See prometheus_client: the figures, as they are now."""
        info = GaugeMetricFamily("footfall_info", "The version that runs.", labels=["version"])
        info.add_metric([__version__], 1)
        yield info
        yield from self._of_intake()
        yield from self._of_store()
        yield from self._of_fleet()

    def intake(self) -> IntakeFigures:
        """What this process and its workers counted."""
        ingest, crew = self._ingest, self._crew
        counted = Counter(ingest.counters() | ingest.lag())
        waiting, settled = ingest.waiting, ingest.messages_total
        if crew:
            waiting, settled = waiting + crew.waiting, settled + crew.messages_total
            counted.update(crew.counters())
        late = {name: counted.pop(name) for name in list(counted) if name.startswith(lag.PREFIX)}
        refused, withheld = _taken(counted, "refused_"), _taken(counted, "keys_withheld_")
        states = crew.states() if crew else {}
        of_lag = lag.counts_of(late), late.get(lag.SUM, 0)
        return IntakeFigures(ingest.state, states, waiting, settled, refused, withheld, *of_lag, dict(counted))

    def note(self, now_ms: int) -> None:
        """Keep what the counters say now for the trend."""
        now = self.intake()
        self.trend.note(Sample(now_ms, now.settled, sum(now.refused.values()), now.waiting, now.lag))

    @property
    def keeper(self) -> Keeper | None:
        """Who keeps house in this process."""
        return self._keeper

    @property
    def in_doubt(self) -> bool:
        """Whether the clock has jumped of late."""
        return self._doubt is not None and self._doubt.lasts

    def _of_intake(self) -> Iterator[Metric]:
        now = self.intake()
        yield _gauge("footfall_ingest_connected", "1 while the broker is there.", float(now.state == "connected"))
        workers = GaugeMetricFamily("footfall_worker_connected", "1 while it has the broker.", labels=["worker"])
        for number, state in now.workers.items():
            workers.add_metric([str(number)], float(state == "connected"))
        yield workers
        yield _gauge("footfall_ingest_queue_messages", "Messages that wait for a commit.", float(now.waiting))
        yield _counter("footfall_messages", "Messages settled since the start.", now.settled)
        for name, says, counts in (
            ("footfall_messages_refused", "Messages not let in.", now.refused),
            ("footfall_keys_withheld", "Keys not given.", now.withheld),
        ):
            family = CounterMetricFamily(name, says, labels=["reason"])
            for reason, count in counts.items():
                family.add_metric([reason], count)
            yield family
        for name, count in now.others.items():
            yield _counter(f"footfall_{name}", "See docs/door.md.", count)
        late = HistogramMetricFamily("footfall_lag_seconds", "From the end of a batch's window to its commit.")
        bounds = ["+Inf" if bound == float("inf") else f"{bound:g}" for bound in lag.BOUNDS_S]
        late.add_metric([], list(zip(bounds, accumulate(map(float, now.lag)), strict=True)), now.lag_sum_ms / 1000)
        yield late
        yield _gauge("footfall_clock_in_doubt", "1 for a while after a jump of the clock.", float(self.in_doubt))
        failed = GaugeMetricFamily("footfall_task_failed", "1 for a housekeeping task that fails.", labels=["task"])
        for task in sorted(self._keeper.failed if self._keeper else ()):
            failed.add_metric([task], 1)
        yield failed
        overdue = GaugeMetricFamily(
            "footfall_task_overdue_seconds", "How late a housekeeping task is, 0 = in time.", labels=["task"]
        )
        for task, late_s in (self._keeper.overdue_s() if self._keeper else {}).items():
            overdue.add_metric([task], late_s)
        yield overdue

    def _of_store(self) -> Iterator[Metric]:
        table = schema.ledger
        sums = select(*(func.coalesce(func.sum(table.c[name]), 0) for name in ("batches", "sightings", "duplicates")))
        with self._collector.registry.engine.begin() as connection:
            batches, sightings, again = connection.execute(sums).one()
        yield _counter("footfall_stored_batches", "Batches on disk, of all time.", batches)
        yield _counter("footfall_stored_sightings", "Sightings in them.", sightings)
        yield _counter("footfall_duplicate_batches", "Batches that came again.", again)
        kept = float(len(self._overdue()))
        yield _gauge("footfall_retention_overdue", "Days of data that should be gone and are not: must be 0.", kept)
        free_mib = self._collector.store.floor.free_mib()
        yield _gauge("footfall_disk_free_bytes", "Free on the disk of data.", float(free_mib << 20))
        floor = self._collector.settings.disk_floor_mib << 20
        yield _gauge("footfall_disk_floor_bytes", "Intake stops below this.", float(floor))

    def _of_fleet(self) -> Iterator[Metric]:
        states = fleet.look(self._collector.registry, self._collector.manifest, self._now_ms())
        sensors = GaugeMetricFamily("footfall_sensors", "Sensors by state.", labels=["state"])
        for state in fleet.State:
            sensors.add_metric([state.name.lower()], sum(one.state is state for one in states))
        yield sensors
        missing = sum(one.missing or 0 for one in states)
        yield _gauge("footfall_batches_missing", "Emitted, and nowhere: must be 0.", float(missing))


def _taken(counted: Counter[str], prefix: str) -> dict[str, int]:
    """The counters of this prefix, without it; they are gone from the rest."""
    return {name.removeprefix(prefix): counted.pop(name) for name in list(counted) if name.startswith(prefix)}


def _gauge(name: str, says: str, value: float) -> Metric:
    return GaugeMetricFamily(name, says, value=value)


def _counter(name: str, says: str, value: float) -> Metric:
    return CounterMetricFamily(name, says, value=value)


def add_routes(app: FastAPI, vitals: Vitals) -> None:
    """/metrics for Prometheus, and /readyz for whoever decides where work goes. Pages find the vitals in the state."""
    app.state.vitals = vitals

    @app.get("/metrics", include_in_schema=False)
    def metrics() -> Response:
        return Response(vitals.exposition(), media_type=CONTENT_TYPE_LATEST)

    @app.get("/readyz", include_in_schema=False)
    def readyz(response: Response) -> dict[str, object]:
        reasons = vitals.reasons()
        response.status_code = 503 if reasons else 200
        return {"ready": not reasons, "reasons": reasons}

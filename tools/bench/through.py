"""Storing through the real broker: mosquitto with mutual TLS, collector processes, sensors in processes of their own.

Three things in one run: how much goes through one collector process, and one with a worker, next to what verifying and
decoding alone allow and to the plain way, as sightings a second and as processor time; and the real load, 2,500 sensors
with a batch a window each: how long they wait for the word, and how much of a core the collector takes for them.

Broker and senders need processor time too, and where there are few cores they take it from the collector: then the
share by processor time is the fairer one.
"""

import os
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from statistics import median

from collector import folder as folders
from collector.admission.door import Door, Limits
from collector.counting import folding
from collector.folder import Collector
from collector.housekeeping import compaction
from collector.ingest.intake import Message
from collector.service.upkeep import PUT_OFF_S
from collector.stays import fold
from collector.storage.manifest import StoredFile
from collector.storage.store import OPEN_STAYS, SIGHTINGS
from footfall_sensor.window import WINDOW_MS
from tools.bench.flood import quantile
from tools.bench.ingest import admit_all
from tools.bench.intake_work import Sender as Keyed
from tools.bench.intake_work import messages
from tools.bench.measure import Tick
from tools.bench.publisher import Sent
from tools.bench.result import Figure, Group, Line, Target, rounded
from tools.bench.through_work import BATCH, INFLIGHT, SENDING, SENSORS, Looks, Stage, per_second
from tools.load.processes import Meter
from tools.run.child import Child

CEILING_BATCHES = 1000
CEILING_SHARE_MIN = 0.6
PLAIN_TIMES_MIN = 10.0
QUERYABLE_S_MAX = 2.0
TENANT, KEEPER = "default", "keeper"
FOLDS = 3  # looks at the fleet's windows while they come


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is sent."""

    sensors: int = SENSORS
    sending: int = SENDING
    batches: int = 100  # a sensor and turn, of those that send a backlog
    plain_batches: int = 5
    windows: int = 2  # of the whole fleet
    window_s: float = WINDOW_MS / 1000


@dataclass(frozen=True, slots=True)
class Costs:
    """Microseconds of processor time a batch, of each process that had a part in it."""

    collector_us: float  # its workers are not in it
    keeper_us: float  # of it: the keeper's thread, which folds, counts and compacts what earlier rounds have left
    broker_us: float
    senders_us: float  # both together
    busy_share: float  # of all cores of the machine, all of them together


@dataclass(frozen=True, slots=True)
class Owed:
    """What the rounds have left to the keeper, and what it takes of a batch when it comes, in one thread."""

    batches: float  # that were not folded
    fold_us: float
    signs_us: float  # each of those that were left to it
    compact_us: float


@dataclass(frozen=True, slots=True)
class Waited:
    """How the whole fleet fared."""

    took_s: list[float]  # to the word, of each batch
    fold_s: float  # a fold meanwhile, median
    cores: float  # that the collector's process took
    unanswered: int


@dataclass(frozen=True, slots=True)
class ThroughResult:
    """Rates are sightings a second; the median over the rounds."""

    one: float  # one collector process
    two: float | None  # one with a worker; None: not measured
    ceiling: float  # verify and decode in this process, with nothing else of ours running
    plain: float
    cpu: Costs
    ceiling_cpu_us: float
    owed: Owed
    fleet_cores: float  # that the collector's process took of the whole fleet's load
    queryable_p50_s: float  # from publishing to the word that it is in the manifest, whole fleet
    queryable_p99_s: float
    fold_s: float  # what a report waits for the newest sightings to be folded, median
    unanswered: int
    fleet: Scale
    rounds: int

    @property
    def ingest_us(self) -> float:
        """Microseconds a batch of the collector's process without its keeper."""
        return self.cpu.collector_us - self.cpu.keeper_us

    def figures(self) -> dict[str, Figure]:
        """See result.Result."""
        said = {
            "sightings_per_s": self.one,
            "ceiling_sightings_per_s": self.ceiling,
            "ceiling_share": self.one / self.ceiling,
            "sqlite_json_sightings_per_s": self.plain,
            "sqlite_json_speedup": self.one / self.plain,
            "collector_cpu_us_a_batch": self.cpu.collector_us,
            "ingest_cpu_us_a_batch": self.ingest_us,
            "keeper_cpu_us_a_batch": self.cpu.keeper_us,
            "fold_owed_batches": self.owed.batches,
            "fold_owed_cpu_us_a_batch": self.owed.fold_us,
            "signs_owed_cpu_us_a_batch": self.owed.signs_us,
            "compact_owed_cpu_us_a_batch": self.owed.compact_us,
            "ceiling_cpu_us_a_batch": self.ceiling_cpu_us,
            "ceiling_cpu_share": self.ceiling_cpu_us / self.ingest_us,
            "broker_cpu_us_a_batch": self.cpu.broker_us,
            "senders_cpu_us_a_batch": self.cpu.senders_us,
            "machine_busy_share": self.cpu.busy_share,
            "fleet_batches_per_s": self.fleet.sensors / self.fleet.window_s,
            "fleet_collector_cores": self.fleet_cores,
            "heard_to_queryable_p50_s": self.queryable_p50_s,
            "heard_to_queryable_p99_s": self.queryable_p99_s,
            "fold_s": self.fold_s,
            "unanswered": self.unanswered,
            "sightings_per_batch": BATCH,
            "rounds": self.rounds,
        }
        grown = {"two_processes_sightings_per_s": self.two, "growth": self.two / self.one} if self.two else {}
        scale = {
            "backlog_sensors": self.fleet.sending,
            "backlog_batches": self.fleet.batches,
            "backlog_batches_plain": self.fleet.plain_batches,
            "fleet_sensors": self.fleet.sensors,
            "fleet_windows": self.fleet.windows,
            "fleet_window_s": self.fleet.window_s,
        }
        return rounded(said | grown | scale)

    def groups(self) -> tuple[Group, ...]:
        """See result.Result."""
        return (
            Group(
                "sightings a second through mosquitto",
                (
                    Line("one collector process", self.one),
                    *((Line("and a worker", self.two),) if self.two else ()),
                    Line("verify and decode only", self.ceiling),
                    Line("JSON, SQLite, a row an insert", self.plain),
                ),
            ),
            Group(
                "us of processor time a batch",
                (
                    Line("one collector process: ingest", self.ingest_us),
                    Line("its keeper meanwhile, for earlier batches", self.cpu.keeper_us),
                    Line("the fold of a batch, when it comes", self.owed.fold_us),
                    Line("its signs of people", self.owed.signs_us),
                    Line("its compaction", self.owed.compact_us),
                    Line("verify and decode only", self.ceiling_cpu_us),
                    Line("mosquitto", self.cpu.broker_us),
                    Line("senders", self.cpu.senders_us),
                ),
            ),
            Group(
                "s from published to the manifest",
                (Line("99th percentile", self.queryable_p99_s), Line("median", self.queryable_p50_s)),
            ),
        )

    def targets(self) -> tuple[Target, ...]:
        """See result.Result."""
        share, times = self.one / self.ceiling, self.one / self.plain
        of_cpu = self.ceiling_cpu_us / self.ingest_us
        return (
            Target("of the verify-and-decode ceiling, at least 0.6", share, CEILING_SHARE_MIN, at_most=False),
            Target("the same by ingest's processor time, at least 0.6", of_cpu, CEILING_SHARE_MIN, at_most=False),
            Target("times the plain way, at least 10", times, PLAIN_TIMES_MIN, at_most=False),
            Target("s to queryable, p99, at most 2", self.queryable_p99_s, QUERYABLE_S_MAX, at_most=True, is_time=True),
            Target("batches left unanswered, at most 0", self.unanswered, 0, at_most=True),
        )

    def notes(self) -> tuple[str, ...]:
        """See result.Result."""
        return (
            f"{self.fleet.sending} sensors, a TLS connection each, with {INFLIGHT} batches of {BATCH} sightings in "
            f"flight (a sensor's own default), signed beforehand; {self.rounds} rounds, medians. After one batch of "
            "each the clock runs, from the first published to the last signed word that one is on disk. A sensor may "
            "send more a second than it usually may.",
            f"Broker, senders and collector share the machine and kept {self.cpu.busy_share:.0%} of its cores busy. "
            "Where that is near 100 % the rates tell of the machine, and processor time tells of the collector.",
            f"The collector keeps house as always: behind ingest, and put off for {PUT_OFF_S:.0f} s at most while a "
            f"backlog waits. {self.owed.batches:,.0f} batches were left to be folded after the rounds. Ingest, fold, "
            "signs and compaction together are what a batch costs.",
            "The ceiling is verifying and decoding in one thread with no broker. The plain way is JSON through the "
            "same broker, a row an insert and a synced transaction a message; no signature is checked.",
            f"To queryable: {self.fleet.sensors} simulated sensors, a batch each in every window of "
            f"{self.fleet.window_s:.0f} s ({self.fleet.sensors / self.fleet.window_s:.0f} batches a second; the "
            f"collector took {self.fleet_cores:.2f} of a core for them), from published to the collector's word; the "
            "window itself is not in it. A report folds what is new when it is asked for: fold_s more.",
        )


def measure(rounds: int, tick: Tick, scale: Scale = Scale(), *, workers: bool = True) -> ThroughResult:
    """Let the contenders take turns in a temporary folder of the working directory's disk. Raises ToolError."""
    with (
        tempfile.TemporaryDirectory(prefix="footfall-bench-", dir=Path.cwd()) as name,
        Stage(Path(name), scale.sensors) as stage,
    ):
        ceiling = _Ceiling(stage)
        one, two, plain, costs, unanswered = [], [], [], [], 0
        for _ in range(rounds):
            ceiling.look()
            sent, cost = _turn(stage, stage.serve(), scale.batches, scale.sending)
            one.append(per_second(sent))
            costs.append(cost)
            unanswered += sum(part.unanswered for part in sent)
            if workers:
                sent, _ = _turn(stage, stage.serve(1), scale.batches, scale.sending)
                two.append(per_second(sent))
                unanswered += sum(part.unanswered for part in sent)
            ceiling.look()
            sent, _ = _turn(stage, stage.plain(), scale.plain_batches, scale.sending, plain=True)
            plain.append(per_second(sent))
            tick()
        owed = _owed(stage)
        waited = _fleet(stage, scale)
        tick()
        return ThroughResult(
            one=median(one),
            two=median(two) if two else None,
            ceiling=median(ceiling.per_s),
            plain=median(plain),
            cpu=Costs(*map(median, zip(*(astuple(cost) for cost in costs), strict=True))),
            ceiling_cpu_us=median(ceiling.cpu_us),
            owed=owed,
            fleet_cores=waited.cores,
            queryable_p50_s=quantile(waited.took_s, 0.5),
            queryable_p99_s=quantile(waited.took_s, 0.99),
            fold_s=waited.fold_s,
            unanswered=unanswered + waited.unanswered,
            fleet=scale,
            rounds=rounds,
        )


def _turn(stage: Stage, child: Child, batches: int, sensors: int, *, plain: bool = False) -> tuple[list[Sent], Costs]:
    """One contender's turn: what was sent, and what it cost."""
    meters: list[Meter] = []
    try:
        sent = stage.send(
            batches,
            sensors=sensors,
            plain=plain,
            begins=lambda: meters.extend((Meter(child.pid), Meter(stage.broker_pids[0]), Meter(child.pid, KEEPER))),
        )
        collector_us, broker_us, keeper_us = (meter.spent_us() for meter in meters)
    finally:
        child.stop()
    senders_us = sum(one.cpu_s for one in sent) * 1e6
    took_us = (max(one.ended_s for one in sent) - min(one.began_s for one in sent)) * 1e6
    busy = (collector_us + broker_us + senders_us) / took_us / (os.cpu_count() or 1)
    answered = max(1, sum(one.answered for one in sent))
    return sent, Costs(collector_us / answered, keeper_us / answered, broker_us / answered, senders_us / answered, busy)


def _fleet(stage: Stage, scale: Scale) -> Waited:
    """The whole fleet's load: each sensor a batch in every window, while reports are asked for."""
    child = stage.serve()
    folds: list[float] = []
    meters: list[Meter] = []
    began_s: list[float] = []

    def begins() -> None:
        meters.append(Meter(child.pid))
        began_s.append(time.monotonic())
        looks.start()

    looks = Looks(lambda: folds.append(_fold(stage)), FOLDS, scale.windows * scale.window_s / (FOLDS + 1))
    try:
        sent = stage.send(scale.windows, sensors=scale.sensors, window_s=scale.window_s, begins=begins)
        cores = meters[0].spent_us() / 1e6 / (time.monotonic() - began_s[0])
    finally:
        looks.stop()
        child.stop()
    took_s = [seconds for one in sent for seconds in one.took_s]
    return Waited(took_s, median(folds), cores, sum(one.unanswered for one in sent))


def _fold(stage: Stage) -> float:
    """What a report does first: fold what has come since."""
    opened = folders.open_folder(stage.home)
    began_s = time.perf_counter()
    _refresh(opened)
    took_s = time.perf_counter() - began_s
    opened.close()
    return took_s


def _refresh(opened: Collector, threads: int = 0) -> None:
    for tenant in opened.registry.tenants():
        sites = opened.registry.sites(tenant.name)
        fold.refresh(opened.store, tenant, sites, time.time_ns() // 1_000_000, threads=threads)


def _owed(stage: Stage) -> Owed:
    """Do what the collectors of all rounds have left, as their keeper does it."""
    opened = folders.open_folder(stage.home)
    store, tenant, now_ms = opened.store, opened.registry.tenant(TENANT), time.time_ns() // 1_000_000
    settled_ms = now_ms + compaction.SETTLED_MS + 1000  # the newest files too
    try:
        covered = {file.day: file.covers_id or 0 for file in store.manifest.files(TENANT, OPEN_STAYS)}
        sightings = store.manifest.files(TENANT, SIGHTINGS)
        left = [file for file in sightings if file.covers_id is None and file.id > covered.get(file.day, -1)]
        fold_us = _cost_us(left, lambda: _refresh(opened, threads=1))
        uncounted = [file for one in folding.stale(store, TENANT) for file in one.fresh]
        signs_us = _cost_us(uncounted, lambda: folding.refresh(store, tenant, now_ms, threads=1))
        wanted = compaction.wanted(store, TENANT, settled_ms)
        small = [file for kind, bundle in wanted if kind == SIGHTINGS for file in bundle]
        compact_us = _cost_us(small, lambda: compaction.compact(store, TENANT, settled_ms, threads=1))
        return Owed(sum(file.rows for file in left) / BATCH, fold_us, signs_us, compact_us)
    finally:
        opened.close()


def _cost_us(files: Sequence[StoredFile], do: Callable[[], object]) -> float:
    """Microseconds of processor time that this takes for each batch in these files of sightings."""
    began_s = time.process_time()
    do()
    batches = sum(file.rows for file in files) / BATCH
    return (time.process_time() - began_s) * 1e6 / batches if batches else 0.0


class _Ceiling:
    """Verifying and decoding, and nothing else, of batches of the same sensors."""

    def __init__(self, stage: Stage) -> None:
        self.per_s: list[float] = []
        self.cpu_us: list[float] = []
        keyed = [Keyed(one.name, one.secret, bytes(8)) for one in stage.members[:SENDING]]
        self._set: Sequence[Message] = next(messages(keyed, CEILING_BATCHES, BATCH))
        opened = folders.open_folder(stage.home)
        self._door = Door(Limits(rate_per_s=None, late_ms=None, ahead_ms=None))
        self._door.know(opened.registry.sensors())
        opened.close()
        admit_all(self._door, list(self._set))

    def look(self) -> None:
        """Measure it once more."""
        began_s, cpu_s = time.perf_counter(), time.process_time()
        admit_all(self._door, list(self._set))
        self.per_s.append(CEILING_BATCHES * BATCH / (time.perf_counter() - began_s))
        self.cpu_us.append((time.process_time() - cpu_s) / CEILING_BATCHES * 1e6)

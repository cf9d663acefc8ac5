"""Storing through the real broker: mosquitto with mutual TLS, collector processes, sensors in processes of their own.

Three things in one run: how much goes through one collector process, and one with a worker, next to what verifying and
decoding alone allow and to the plain way; and how long 2,500 sensors wait, a batch a window each.
"""

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from collector import fold
from collector import folder as folders
from collector.door import Door, Limits
from collector.intake import Message
from footfall_sensor.window import WINDOW_MS
from tools.bench.flood import quantile
from tools.bench.ingest import admit_all
from tools.bench.intake_work import Sender as Keyed
from tools.bench.intake_work import messages
from tools.bench.measure import Tick
from tools.bench.processor import Meter
from tools.bench.publisher import Sent
from tools.bench.result import Figure, Group, Line, Target, rounded
from tools.bench.through_work import BATCH, INFLIGHT, SENDING, SENSORS, Stage, per_second
from tools.run.child import Child

CEILING_BATCHES = 1000
CEILING_SHARE_MIN = 0.6
PLAIN_TIMES_MIN = 10.0
QUERYABLE_S_MAX = 2.0
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
class ThroughResult:
    """Rates are sightings a second; the median over the rounds."""

    one: float  # one collector process
    two: float | None  # one with a worker; None: not measured
    ceiling: float  # verify and decode in this process, with nothing else of ours running
    plain: float
    one_cpu_us: float  # of the collector's process, a batch
    ceiling_cpu_us: float
    queryable_p50_s: float  # from publishing to the word that it is in the manifest, whole fleet
    queryable_p99_s: float
    fold_s: float  # what a report waits for the newest sightings to be folded, median
    unanswered: int
    fleet: Scale
    rounds: int

    def figures(self) -> dict[str, Figure]:
        """See result.Result."""
        said = {
            "sightings_per_s": self.one,
            "ceiling_sightings_per_s": self.ceiling,
            "ceiling_share": self.one / self.ceiling,
            "sqlite_json_sightings_per_s": self.plain,
            "sqlite_json_speedup": self.one / self.plain,
            "collector_cpu_us_a_batch": self.one_cpu_us,
            "ceiling_cpu_us_a_batch": self.ceiling_cpu_us,
            "ceiling_cpu_share": self.ceiling_cpu_us / self.one_cpu_us,
            "heard_to_queryable_p50_s": self.queryable_p50_s,
            "heard_to_queryable_p99_s": self.queryable_p99_s,
            "fold_s": self.fold_s,
            "unanswered": self.unanswered,
            "sightings_per_batch": BATCH,
            "rounds": self.rounds,
        }
        grown = {"two_processes_sightings_per_s": self.two, "growth": self.two / self.one} if self.two else {}
        return rounded(said | grown | asdict(self.fleet))

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
                "s from published to the manifest",
                (Line("99th percentile", self.queryable_p99_s), Line("median", self.queryable_p50_s)),
            ),
        )

    def targets(self) -> tuple[Target, ...]:
        """See result.Result."""
        share, times = self.one / self.ceiling, self.one / self.plain
        return (
            Target("of the verify-and-decode ceiling, at least 0.6", share, CEILING_SHARE_MIN, at_most=False),
            Target("times the plain way, at least 10", times, PLAIN_TIMES_MIN, at_most=False),
            Target("s to queryable, p99, at most 2", self.queryable_p99_s, QUERYABLE_S_MAX, at_most=True),
            Target("batches left unanswered, at most 0", self.unanswered, 0, at_most=True),
        )

    def notes(self) -> tuple[str, ...]:
        """See result.Result."""
        return (
            f"{self.fleet.sending} sensors, a TLS connection each, with {INFLIGHT} batches of {BATCH} sightings in "
            f"flight (a sensor's own default), signed beforehand; {self.rounds} rounds, medians. The clock runs from "
            "the first batch published to the last signed word that one is on disk. Broker, senders and collector "
            "share the machine; a sensor may send more a second than it usually may.",
            "The ceiling is verifying and decoding in one thread with no broker. The plain way is JSON through the "
            "same broker, a row an insert and a synced transaction a message; no signature is checked.",
            f"To queryable: {self.fleet.sensors} simulated sensors, a batch each in every window of "
            f"{self.fleet.window_s:.0f} s, from published to the collector's word; the window itself is not in it. A "
            "report folds what is new when it is asked for: fold_s more.",
        )


def measure(rounds: int, tick: Tick, scale: Scale = Scale(), *, workers: bool = True) -> ThroughResult:
    """Let the contenders take turns in a temporary folder of the working directory's disk. Raises ToolError."""
    with (
        tempfile.TemporaryDirectory(prefix="footfall-bench-", dir=Path.cwd()) as name,
        Stage(Path(name), scale.sensors) as stage,
    ):
        ceiling = _Ceiling(stage)
        one, two, plain, cpu_us, unanswered = [], [], [], [], 0
        for _ in range(rounds):
            ceiling.look()
            sent, spent_us = _turn(stage, stage.serve(), lambda: stage.send(scale.batches, sensors=scale.sending))
            one.append(per_second(sent))
            cpu_us.append(spent_us / sum(part.answered for part in sent))
            unanswered += sum(part.unanswered for part in sent)
            if workers:
                sent, _ = _turn(stage, stage.serve(1), lambda: stage.send(scale.batches, sensors=scale.sending))
                two.append(per_second(sent))
                unanswered += sum(part.unanswered for part in sent)
            ceiling.look()
            sent, _ = _turn(
                stage, stage.plain(), lambda: stage.send(scale.plain_batches, sensors=scale.sending, plain=True)
            )
            plain.append(per_second(sent))
            tick()
        took_s, fold_s, left = _fleet(stage, scale)
        tick()
        return ThroughResult(
            one=median(one),
            two=median(two) if two else None,
            ceiling=median(ceiling.per_s),
            plain=median(plain),
            one_cpu_us=median(cpu_us),
            ceiling_cpu_us=median(ceiling.cpu_us),
            queryable_p50_s=quantile(took_s, 0.5),
            queryable_p99_s=quantile(took_s, 0.99),
            fold_s=fold_s,
            unanswered=unanswered + left,
            fleet=scale,
            rounds=rounds,
        )


def _turn(stage: Stage, child: Child, send: Callable[[], list[Sent]]) -> tuple[list[Sent], float]:
    """One contender's turn: what was sent, and the microseconds of processor its process took for it."""
    meter = Meter(child.pid)
    try:
        sent = send()
        return sent, meter.spent_us()
    finally:
        child.stop()


def _fleet(stage: Stage, scale: Scale) -> tuple[list[float], float, int]:
    """Seconds to the word of every batch of the whole fleet; of a fold meanwhile, the median; unanswered batches."""
    child = stage.serve()
    folds: list[float] = []
    try:
        with stage.beside(lambda: folds.append(_fold(stage)), FOLDS, scale.windows * scale.window_s / (FOLDS + 1)):
            sent = stage.send(scale.windows, sensors=scale.sensors, window_s=scale.window_s)
    finally:
        child.stop()
    took_s = [seconds for one in sent for seconds in one.took_s]
    return took_s, median(folds), sum(one.unanswered for one in sent)


def _fold(stage: Stage) -> float:
    """What a report does first: fold what has come since."""
    opened = folders.open_folder(stage.home)
    began_s = time.perf_counter()
    for tenant in opened.registry.tenants():
        fold.refresh(opened.store, tenant, opened.registry.sites(tenant.name), time.time_ns() // 1_000_000)
    took_s = time.perf_counter() - began_s
    opened.close()
    return took_s


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
